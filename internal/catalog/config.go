package catalog

import (
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"tidemark.dev/internal/sql"
	"tidemark.dev/option"
	"tidemark.dev/types"
)

// Keys declares every session setting that has an effect. Keys of other systems are
// accepted with a warning, as Flink accepts any; a key under "tidemark." that is not
// here is an error.
var Keys = []option.Option{
	{Name: "pipeline.name", Type: option.String, Summary: "the name of the pipelines; the target table is added to it"},
	{Name: "parallelism.default", Type: option.Int, Check: positive, Summary: "tasks of each operator; the number of cores if it is not set"},
	{Name: "execution.checkpointing.interval", Type: option.Duration, Summary: "the time between epochs; adaptive if it is not set"},
	{Name: "execution.runtime-mode", Type: option.Enum, Choices: []string{"STREAMING"}, Default: "STREAMING", Summary: "only streaming"},
	{Name: "table.dml-sync", Type: option.Bool, Default: "false", Summary: "whether an INSERT is awaited before the next statement"},
	{Name: "table.local-time-zone", Type: option.String, Default: "default", Check: zone, Summary: "the session's time zone"},
	{Name: "table.exec.source.idle-timeout", Type: option.Duration, Default: "0 ms", Check: zero, Summary: "after which a split without rows no longer holds the watermark; not supported yet"},
	{Name: "table.exec.sink.not-null-enforcer", Type: option.Enum, Choices: []string{"ERROR", "DROP"}, Default: "ERROR", Summary: "what a NULL in a NOT NULL column of a sink does: it fails, or its row is dropped and counted"},
	{Name: "table.exec.sink.type-length-enforcer", Type: option.Enum, Choices: []string{"IGNORE", "TRIM_PAD", "ERROR"}, Default: "IGNORE", Summary: "what a text or binary does whose length is not that of its column in a sink: it is written as it is, cut or filled up, or fails"},
	{Name: "table.exec.sink.nested-constraint-enforcer", Type: option.Enum, Choices: []string{"IGNORE", "ROWS", "ROWS_AND_COLLECTIONS"}, Default: "IGNORE", Summary: "whether NOT NULL and lengths are looked for within rows, arrays and maps too"},
	{Name: "table.exec.source.cdc-events-duplicate", Type: option.Bool, Default: "false", Check: isFalse, Summary: "sources that repeat changes; not supported yet"},
	{Name: "table.exec.emit.early-fire.enabled", Type: option.Bool, Default: "false", Check: isFalse, Summary: "early results of windows; not supported yet"},
	{Name: "table.exec.emit.late-fire.enabled", Type: option.Bool, Default: "false", Check: isFalse, Summary: "late results of windows; not supported yet"},
	{Name: "table.exec.emit.allow-lateness", Type: option.Duration, Default: "0 ms", Check: zero, Summary: "late rows in windows; not supported yet"},
	{Name: "table.optimizer.non-deterministic-update.strategy", Type: option.Enum, Choices: []string{"IGNORE"}, Default: "IGNORE", Summary: "checks of functions that vary under updates; not supported yet"},
	{Name: "table.exec.legacy-cast-behaviour", Type: option.Enum, Choices: []string{"DISABLED"}, Default: "DISABLED", Summary: "only Flink's present rules of CAST"},
	{Name: "table.exec.mini-batch.enabled", Type: option.Bool, Default: "false", Check: isFalse, Summary: "netting of changes; not supported yet"},
	{Name: "table.exec.state.ttl", Type: option.Duration, Default: "0 ms", Check: zero, Summary: "expiry of state; not supported yet"},
	{Name: "table.exec.sink.upsert-materialize", Type: option.Enum, Choices: []string{"AUTO", "NONE"}, Default: "AUTO", Summary: "whether a sink whose key is not the query's is guarded by a materializer"},
	{Name: "sql-client.execution.result-mode", Type: option.String, Summary: "of Flink's client; results are always a changelog"},
	{Name: "tidemark.bad-records", Type: option.Enum, Choices: []string{"fail"}, Default: "fail", Summary: "what a record that does not decode does"},
	{Name: "tidemark.memory.budget", Type: option.Memory, Default: "0", Summary: "memory of a pipeline's state and buffers, at most; 0: what the process may use"},
	{Name: "tidemark.batch.rows", Type: option.Int, Check: positive, Summary: "rows of a source's batch, at most"},
}

func positive(text string) error {
	if n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64); err != nil || n < 1 {
		return configError("expected 1 or more")
	}
	return nil
}

func zone(text string) error {
	if text == "default" {
		return nil
	}
	if _, err := types.LoadZone(text); err != nil {
		return configError("expected a time zone such as 'UTC', 'Europe/Berlin' or 'GMT-08:00'")
	}
	return nil
}

func isFalse(text string) error {
	if !strings.EqualFold(text, "false") {
		return configError("only false is supported")
	}
	return nil
}

func zero(text string) error {
	if d, err := option.ParseDuration(text); err == nil && d != 0 {
		return configError("only 0 is supported")
	}
	return nil
}

type configError string

func (e configError) Error() string { return string(e) }

// Config is the session's settings as of a statement.
type Config struct {
	given    map[string]string
	defaults map[string]string // what RESET goes back to
}

// NewConfig returns settings with nothing set.
func NewConfig() *Config { return &Config{given: map[string]string{}, defaults: map[string]string{}} }

// Override sets a key from outside the script (a flag): RESET goes back to it.
func (c *Config) Override(ps *Problems, key, value string) {
	c.Set(ps, &sql.Set{Key: key, Value: value})
	if v, ok := c.given[key]; ok {
		c.defaults[key] = v
	}
}

// Set is the SET statement.
func (c *Config) Set(ps *Problems, s *sql.Set) {
	_, problems := option.Parse(Keys, map[string]string{s.Key: s.Value})
	for _, p := range problems {
		if p.Key != s.Key {
			continue
		}
		if !known(s.Key) {
			if strings.HasPrefix(s.Key, "tidemark.") {
				ps.Errorf(s.Span, "unknown setting '%s'", s.Key).Because(nearestOr(s.Key, own(), "the settings are"))
				return
			}
			ps.Warnf(s.Span, "setting '%s' has no effect here", s.Key).Because(option.Nearest(s.Key, all()))
			continue
		}
		ps.Errorf(s.Span, "setting '%s' = '%s': %s", s.Key, s.Value, strings.TrimPrefix(p.Text, "option '"+s.Key+"' = '"+s.Value+"': "))
		return
	}
	c.given[s.Key] = s.Value
}

// Reset is the RESET statement; without a key it resets all.
func (c *Config) Reset(ps *Problems, s *sql.Reset) {
	for k := range c.given {
		if s.Key == "" || s.Key == k {
			delete(c.given, k)
			if v, ok := c.defaults[k]; ok {
				c.given[k] = v
			}
		}
	}
	if s.Key != "" && !known(s.Key) && strings.HasPrefix(s.Key, "tidemark.") {
		ps.Errorf(s.Span, "unknown setting '%s'", s.Key).Because(nearestOr(s.Key, own(), "the settings are"))
	}
}

func known(key string) bool {
	for i := range Keys {
		if Keys[i].Name == key {
			return true
		}
	}
	return false
}

func all() []string {
	names := make([]string, len(Keys))
	for i := range Keys {
		names[i] = Keys[i].Name
	}
	return names
}

func own() []string {
	var names []string
	for i := range Keys {
		if strings.HasPrefix(Keys[i].Name, "tidemark.") {
			names = append(names, Keys[i].Name)
		}
	}
	return names
}

// Values reads the settings by their declarations.
func (c *Config) Values() *option.Values {
	declared := map[string]string{}
	for k, v := range c.given {
		if known(k) {
			declared[k] = v
		}
	}
	v, _ := option.Parse(Keys, declared)
	return v
}

// All returns every key that is set.
func (c *Config) All() map[string]string {
	m := make(map[string]string, len(c.given))
	for k, v := range c.given {
		m[k] = v
	}
	return m
}

// Show lists what is set, sorted, as SET alone prints it: 'key' = 'value'.
func (c *Config) Show() Answer {
	a := Answer{Head: []string{"key", "value"}}
	var lines []string
	for _, k := range slices.Sorted(maps.Keys(c.given)) {
		lines = append(lines, "'"+k+"' = '"+c.given[k]+"'")
		a.Rows = append(a.Rows, []string{k, c.given[k]})
	}
	a.Text = strings.Join(lines, "\n") + "\n"
	return a
}

// Zone is the session's time zone by name; the process's own if none is set.
func (c *Config) Zone() string {
	if z := c.Values().String("table.local-time-zone"); z != "default" {
		return z
	}
	return machineZone()
}

// machineZone is the zone of the machine by its name in the zone database, UTC where it
// has none.
func machineZone() string {
	name := strings.TrimPrefix(os.Getenv("TZ"), ":")
	if name == "" {
		if link, err := os.Readlink("/etc/localtime"); err == nil {
			if _, region, ok := strings.Cut(link, "zoneinfo/"); ok {
				name = region
			}
		}
	}
	if _, err := types.LoadZone(name); err != nil {
		return "UTC"
	}
	return name
}
