package kafka

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"tidemark.dev/connector"
	"tidemark.dev/option"
	"tidemark.dev/types"
)

// Connector is the 'kafka' connector. Its options are those of Flink's
// (https://nightlies.apache.org/flink/flink-docs-release-2.3/docs/connectors/table/kafka/);
// two defaults differ: a source reads only committed records, and a sink delivers
// exactly once.
var Connector = &connector.Connector{
	Name:    "kafka",
	Summary: "Reads and writes topics of an Apache Kafka cluster, or of what speaks its protocol.",
	Example: `CREATE TABLE clicks (
  user_id BIGINT,
  url STRING,
  produced_at TIMESTAMP_LTZ(3) METADATA FROM 'timestamp',
  WATERMARK FOR produced_at AS produced_at - INTERVAL '5' SECOND
) WITH (
  'connector' = 'kafka',
  'topic' = 'clicks',
  'properties.bootstrap.servers' = 'localhost:9092',
  'properties.group.id' = 'tidemark',
  'scan.startup.mode' = 'earliest-offset',
  'format' = 'json'
)`,
	Options:    declared,
	Metadata:   metadata,
	Formats:    true,
	KeyFormats: true,
	NewSource:  newSource,
	NewSink:    newSink,
}

var declared = []option.Option{
	{Name: "topic", Summary: "The topic to write; the topics to read, separated by ';'."},
	{Name: "topic-pattern", Check: checkPattern, Summary: "A regular expression for the whole names of the topics to read, instead of 'topic'."},
	{Name: "properties.bootstrap.servers", Required: true, Connection: true, Summary: "Addresses of some brokers, 'host:port', separated by commas."},
	{Name: "properties.group.id", Summary: "The consumer group whose offsets are read by 'group-offsets' and committed with each epoch."},
	{Name: "properties.sasl.jaas.config", Secret: true, Connection: true, Summary: "Credentials, in the syntax of the Java client."},
	{Name: "properties.ssl.key.password", Secret: true, Connection: true, Summary: "The password of the private key; only unencrypted PEM keys are read."},
	{Name: "properties.ssl.keystore.key", Secret: true, Connection: true, Summary: "The client's private key, as PEM text."},
	{Name: "properties.ssl.keystore.password", Secret: true, Connection: true, Summary: "Refused: JKS and PKCS12 stores are not read."},
	{Name: "properties.ssl.truststore.password", Secret: true, Connection: true, Summary: "Refused: JKS and PKCS12 stores are not read."},
	{Name: "properties.", Prefix: true, Connection: true, Summary: "Any property of the Java client; one that means nothing here is named in a warning."},

	{Name: "key.fields", Summary: "The columns of the key, separated by ';'."},
	{Name: "key.fields-prefix", Summary: "What the names of key columns begin with in the table but not in the key; needs 'value.fields-include' = 'EXCEPT_KEY'."},
	{Name: "value.fields-include", Type: option.Enum, Choices: []string{"ALL", "EXCEPT_KEY"}, Default: "ALL", Summary: "Whether the value holds the key's columns too."},

	{Name: "scan.startup.mode", Type: option.Enum, Default: startGroup,
		Choices: []string{startEarliest, startLatest, startGroup, startTimestamp, startSpecific}, Summary: "Where reading starts when there is nothing to resume."},
	{Name: "scan.startup.timestamp-millis", Type: option.Int, Summary: "For 'timestamp': the first record at or after this time, in milliseconds since 1970."},
	{Name: "scan.startup.specific-offsets", Check: checkSpecific, Summary: "For 'specific-offsets': 'partition:0,offset:42;partition:1,offset:300'."},
	{Name: "scan.bounded.mode", Type: option.Enum, Default: endNever,
		Choices: []string{endNever, startLatest, startGroup, startTimestamp, startSpecific}, Summary: "Where reading ends; resolved once, at the first start."},
	{Name: "scan.bounded.timestamp-millis", Type: option.Int, Summary: "For 'timestamp': reading ends before the first record at or after this time."},
	{Name: "scan.bounded.specific-offsets", Check: checkSpecific, Summary: "For 'specific-offsets': the first offset of each partition that is not read; a partition that is not named is not read."},
	{Name: "scan.topic-partition-discovery.interval", Type: option.Duration, Default: "5 min", Summary: "How often new partitions and topics are looked for, which are read from their beginning; 0: never."},

	{Name: "sink.delivery-guarantee", Type: option.Enum, Default: exactlyOnce,
		Choices: []string{exactlyOnce, atLeastOnce, noGuarantee}, Summary: "What is promised about rows after a failure."},
	{Name: "sink.transactional-id-prefix", Check: checkPrefix, Summary: "What transactional ids begin with, before the pipeline's name and the run; unique to this data directory on the cluster. Default: 'tidemark'."},
	{Name: "sink.partitioner", Type: option.Enum, Default: partitionDefault,
		Choices: []string{partitionDefault, partitionFixed, partitionRoundRobin}, Summary: "default: by key as the Java client hashes, else sticky; fixed: one partition a task; round-robin."},
}

// The texts of the options' choices.
const (
	startEarliest  = "earliest-offset"
	startLatest    = "latest-offset"
	startGroup     = "group-offsets"
	startTimestamp = "timestamp"
	startSpecific  = "specific-offsets"
	endNever       = "unbounded"

	exactlyOnce = "exactly-once"
	atLeastOnce = "at-least-once"
	noGuarantee = "none"

	partitionDefault    = "default"
	partitionFixed      = "fixed"
	partitionRoundRobin = "round-robin"
)

// The metadata columns, with Flink's keys and types.
const (
	metaTopic         = "topic"
	metaPartition     = "partition"
	metaHeaders       = "headers"
	metaLeaderEpoch   = "leader-epoch"
	metaOffset        = "offset"
	metaTimestamp     = "timestamp"
	metaTimestampType = "timestamp-type"
)

var (
	bytesType   = types.Type{Kind: types.VarBinary, Precision: types.MaxLength}
	headersType = types.Type{Kind: types.Map, NotNull: true, Key: &types.TString, Elem: &bytesType}
)

var metadata = []connector.Metadata{
	{Key: metaTopic, Type: types.TString.Required(), Summary: "The topic of the record."},
	{Key: metaPartition, Type: types.TInt.Required(), Summary: "The partition of the record."},
	{Key: metaHeaders, Type: headersType, Writable: true, Summary: "The headers of the record."},
	{Key: metaLeaderEpoch, Type: types.TInt, Summary: "The leader epoch of the record, if the broker tells."},
	{Key: metaOffset, Type: types.TBigInt.Required(), Summary: "The offset of the record in its partition."},
	{Key: metaTimestamp, Type: types.TTimestampLTZ(3).Required(), Writable: true, Summary: "The timestamp of the record."},
	{Key: metaTimestampType, Type: types.TString.Required(), Summary: "NoTimestampType, CreateTime or LogAppendTime."},
}

func checkPattern(text string) error {
	if _, err := regexp.Compile(text); err != nil {
		return fmt.Errorf("expected a regular expression: %v", err)
	}
	return nil
}

func checkSpecific(text string) error { _, err := parseSpecific(text); return err }

func checkPrefix(text string) error {
	if strings.TrimSpace(text) == "" {
		return fmt.Errorf("expected a text that is not empty")
	}
	return nil
}

// parseSpecific reads 'partition:0,offset:42;partition:1,offset:300'.
func parseSpecific(text string) (map[int32]int64, error) {
	offsets := map[int32]int64{}
	for _, pair := range strings.Split(strings.TrimSuffix(text, ";"), ";") {
		left, right, _ := strings.Cut(pair, ",")
		p, okP := strings.CutPrefix(strings.TrimSpace(left), "partition:")
		o, okO := strings.CutPrefix(strings.TrimSpace(right), "offset:")
		partition, errP := strconv.ParseInt(p, 10, 32)
		offset, errO := strconv.ParseInt(o, 10, 64)
		if !okP || !okO || errP != nil || errO != nil || partition < 0 || offset < 0 {
			return nil, fmt.Errorf("expected 'partition:0,offset:42;partition:1,offset:300', found %q", pair)
		}
		offsets[int32(partition)] = offset
	}
	return offsets, nil
}

// list splits an option that Flink declares as a list.
func list(text string) []string {
	var items []string
	for _, s := range strings.Split(text, ";") {
		if s = strings.TrimSpace(s); s != "" {
			items = append(items, s)
		}
	}
	return items
}
