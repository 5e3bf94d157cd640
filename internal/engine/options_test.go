package engine_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"tidemark.dev/internal/engine"
)

// acts names, for each option of each connector, a test of the connector's package that
// fails when the option is ignored. A new option needs one.
var acts = map[string]map[string]string{
	"blackhole": {},
	"datagen": {
		"rows-per-second":  "TestRate",
		"number-of-rows":   "TestRowsDependOnlyOnTheirNumber",
		"scan.parallelism": "TestRefusals",
		"fields.":          "TestRandomValues",
	},
	"filesystem": {
		"path":                                    "TestListing",
		"source.path.regex-pattern":               "TestListing",
		"source.monitor-interval":                 "TestMonitor",
		"partition.default-name":                  "TestPartitionedFiles",
		"sink.rolling-policy.file-size":           "TestOnlyFinishedAndCommittedFilesAreVisible",
		"sink.rolling-policy.rollover-interval":   "TestRollingByTime",
		"sink.rolling-policy.inactivity-interval": "TestRollingByTime",
		"sink.rolling-policy.check-interval":      "TestRollingByTime",
	},
	"kafka": {
		"topic":                                   "TestTopicsByListAndPattern",
		"topic-pattern":                           "TestTopicsByListAndPattern",
		"properties.bootstrap.servers":            "TestEveryPropertyActs",
		"properties.group.id":                     "TestSourceOffsetsAreCommittedWithTheRows",
		"properties.sasl.jaas.config":             "TestSecurityOptionsAct",
		"properties.ssl.key.password":             "TestSecurityOptionsAct",
		"properties.ssl.keystore.key":             "TestSecurityOptionsAct",
		"properties.ssl.keystore.password":        "TestSecurityOptionsAct",
		"properties.ssl.truststore.password":      "TestSecurityOptionsAct",
		"properties.":                             "TestEveryPropertyActs",
		"key.fields":                              "TestPartitioners",
		"key.fields-prefix":                       "TestKeysAndMetadataAreWritten",
		"value.fields-include":                    "TestKeysAndMetadataAreWritten",
		"scan.startup.mode":                       "TestStartAndEnd",
		"scan.startup.timestamp-millis":           "TestStartAndEnd",
		"scan.startup.specific-offsets":           "TestStartAndEnd",
		"scan.bounded.mode":                       "TestSourceReadsAllPartitions",
		"scan.bounded.timestamp-millis":           "TestStartAndEnd",
		"scan.bounded.specific-offsets":           "TestStartAndEnd",
		"scan.topic-partition-discovery.interval": "TestNewPartitionsAreFound",
		"sink.delivery-guarantee":                 "TestSinkWithoutTransactions",
		"sink.transactional-id-prefix":            "TestMissingMarkStops",
		"sink.partitioner":                        "TestPartitioners",
	},
	"nexmark": {
		"events.num":                "TestOptionsAct",
		"stop-at":                   "TestOptionsAct",
		"keep-alive":                "TestOptionsAct",
		"first-event.rate":          "TestOptionsAct",
		"next-event.rate":           "TestOptionsAct",
		"max-emit-speed":            "TestOptionsAct",
		"person.proportion":         "TestOptionsAct",
		"auction.proportion":        "TestOptionsAct",
		"bid.proportion":            "TestOptionsAct",
		"bid.hot-ratio.auctions":    "TestOptionsAct",
		"bid.hot-ratio.bidders":     "TestOptionsAct",
		"auction.hot-ratio.sellers": "TestOptionsAct",
		"person.avg-size":           "TestOptionsAct",
		"auction.avg-size":          "TestOptionsAct",
		"bid.avg-size":              "TestOptionsAct",
		"seed":                      "TestOptionsAct",
		"base-time":                 "TestOptionsAct",
		"scan.parallelism":          "TestRefusals",
	},
	"print": {
		"print-identifier": "TestLines",
		"standard-error":   "TestLines",
	},
	"shop": {
		"number-of-rows":   "TestOptionsAct",
		"rows-per-second":  "TestOptionsAct",
		"event-interval":   "TestOptionsAct",
		"base-time":        "TestOptionsAct",
		"users":            "TestOptionsAct",
		"late-share":       "TestOptionsAct",
		"skewed-share":     "TestOptionsAct",
		"scan.parallelism": "TestRefusals",
	},
}

func TestEveryOptionHasATest(t *testing.T) {
	connectors, _, _ := engine.Builtin(io.Discard)
	for _, name := range connectors.Names() {
		dir := name
		if name == "filesystem" {
			dir = "file"
		}
		tests := testsOf(t, filepath.Join("..", "..", "builtin", dir))
		declared := map[string]bool{}
		for _, o := range connectors.Find(name).Options {
			declared[o.Name] = true
			test := acts[name][o.Name]
			if test == "" {
				t.Errorf("connector %s: no test is named that fails when '%s' is ignored", name, o.Name)
			} else if !tests[test] {
				t.Errorf("connector %s: there is no %s, which is to fail when '%s' is ignored", name, test, o.Name)
			}
		}
		for o := range acts[name] {
			if !declared[o] {
				t.Errorf("connector %s has no option '%s'", name, o)
			}
		}
	}
}

// testsOf are the names of a package's tests.
func testsOf(t *testing.T, dir string) map[string]bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no tests in %s: %v", dir, err)
	}
	names := map[string]bool{}
	for _, f := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), f, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range parsed.Decls {
			if x, ok := d.(*ast.FuncDecl); ok && strings.HasPrefix(x.Name.Name, "Test") {
				names[x.Name.Name] = true
			}
		}
	}
	return names
}
