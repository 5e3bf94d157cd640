package main

import (
	"regexp"
	"strings"

	"tidemark.dev/internal/catalog"
)

// Settings come as keys ('table.exec.state.ttl'), as names of Java constants
// (ExecutionConfigOptions.TABLE_EXEC_STATE_TTL) and as calls (setLocalTimeZone(ZoneId.of("UTC"))).

// otherKeys are keys of Flink that the engine does not declare and that constants name.
var otherKeys = []string{
	"table.exec.async-state.enabled", "table.exec.mini-batch.allow-latency", "table.exec.mini-batch.size",
	"table.exec.mini-batch.enabled", "table.optimizer.agg-phase-strategy", "table.optimizer.distinct-agg.split.enabled",
	"table.optimizer.distinct-agg.split.bucket-num", "table.optimizer.join-reorder-enabled", "table.exec.state.ttl",
	"table.exec.emit.early-fire.enabled", "table.exec.emit.early-fire.delay", "table.exec.emit.late-fire.enabled",
	"table.exec.emit.late-fire.delay", "table.exec.emit.allow-lateness", "table.optimizer.multi-join.enabled",
	"table.exec.source.idle-timeout", "table.exec.source.cdc-events-duplicate", "table.exec.sink.upsert-materialize",
	"table.exec.sink.not-null-enforcer", "table.exec.sink.type-length-enforcer", "table.exec.sink.keyed-shuffle",
	"table.exec.resource.default-parallelism", "table.exec.legacy-cast-behaviour", "table.exec.rank.topn-cache-size",
	"table.exec.simplify-operator-name-enabled", "table.exec.deduplicate.mini-batch.compact-changes-enabled",
	"table.exec.deduplicate.insert-update-after-sensitive-enabled", "table.exec.interval-join.min-cleanup-interval",
	"table.exec.spill-compression.enabled", "table.exec.window-agg.buffer-size-limit", "table.exec.unbounded-over.version",
	"table.optimizer.incremental-agg-enabled", "table.optimizer.delta-join.strategy", "table.optimizer.union-all-as-breakpoint-enabled",
	"table.optimizer.source.predicate-pushdown-enabled", "table.optimizer.reuse-source-enabled", "table.optimizer.reuse-sub-plan-enabled",
	"table.optimizer.non-deterministic-update.strategy", "table.exec.non-temporal-sort.enabled", "table.local-time-zone",
	"table.exec.uid.generation", "table.exec.async-lookup.output-mode", "table.exec.async-lookup.buffer-capacity",
	"table.exec.disabled-operators", "table.exec.sort.async-merge-enabled", "table.exec.window-agg.buffer-size-limit",
}

// renamed are constants whose name is not their key's.
var renamed = map[string]string{"idlestateretention": "table.exec.state.ttl"}

func squeezed(s string) string {
	return strings.ToLower(strings.NewReplacer("_", "", ".", "", "-", "").Replace(s))
}

// keyOf is the key that a key or a Java constant names.
func keyOf(name string) string {
	if strings.ToLower(name) == name && strings.Contains(name, ".") {
		return name
	}
	constant := name[strings.LastIndexByte(name, '.')+1:]
	want := squeezed(constant)
	if k := renamed[want]; k != "" {
		return k
	}
	for _, k := range catalog.Keys {
		if squeezed(k.Name) == want {
			return k.Name
		}
	}
	for _, k := range otherKeys {
		if squeezed(k) == want {
			return k
		}
	}
	return strings.ToLower(strings.ReplaceAll(constant, "_", "."))
}

var quoted = regexp.MustCompile(`"([^"]*)"|'([^']*)'`)
var javaDuration = regexp.MustCompile(`Duration\.of(\w+)\((\d+)L?\)`)

// javaValueOf is the text of a setting's value that Java wrote.
func javaValueOf(s string) string {
	s = strings.TrimSpace(s)
	if m := javaDuration.FindStringSubmatch(s); m != nil {
		unit := map[string]string{"Millis": "ms", "Seconds": "s", "Minutes": "min", "Hours": "h", "Days": "d"}[m[1]]
		return m[2] + " " + unit
	}
	if m := quoted.FindStringSubmatch(s); m != nil {
		return m[1] + m[2]
	}
	switch s {
	case "True", "False":
		return strings.ToLower(s)
	}
	s = strings.TrimSuffix(s, "L")
	if i := strings.LastIndexByte(s, '.'); i >= 0 && !strings.ContainsAny(s, "0123456789(") {
		s = s[i+1:] // an enum's constant
	}
	return s
}

var call = regexp.MustCompile(`^(\w+)\((.*)\)$`)

// settingOf reads one entry of a case's config; ok is false for what says nothing.
func settingOf(entry string) (key, value string, ok bool) {
	m := call.FindStringSubmatch(strings.TrimSpace(entry))
	if m == nil {
		if k, v, found := strings.Cut(entry, "="); found {
			return keyOf(strings.TrimSpace(k)), javaValueOf(v), true
		}
		return "", "", false
	}
	switch m[1] {
	case "setLocalTimeZone":
		zone := "Asia/Shanghai" // that of Flink's tests where the case does not tell
		if q := quoted.FindStringSubmatch(m[2]); q != nil {
			zone = q[1] + q[2]
		}
		return "table.local-time-zone", zone, true
	case "setIdleStateRetention", "setIdleStateRetentionTime":
		first, _, _ := strings.Cut(m[2], ",")
		return "table.exec.state.ttl", javaValueOf(first), true
	}
	k, v, found := strings.Cut(m[2], ",")
	if !found {
		return "", "", false
	}
	if q := quoted.FindStringSubmatch(k); q != nil {
		k = q[1] + q[2]
	}
	return keyOf(strings.TrimSpace(k)), javaValueOf(v), true
}
