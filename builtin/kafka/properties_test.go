package kafka

import (
	"fmt"
	"strings"
	"testing"
)

// Every property that is taken makes another client: of other fields, or with another
// option for the client of the protocol.
func TestEveryPropertyActs(t *testing.T) {
	samples := map[string]string{
		"bootstrap.servers": "b:1,c:2", "auto.offset.reset": "earliest", "isolation.level": "read_uncommitted", "commit.offsets.on.checkpoint": "false",
		"check.crcs": "false", "compression.type": "lz4", "acks": "all", "transactional.id": "x", "enable.idempotence": "true",
	}
	shape := func(properties map[string]string) string {
		c, err := newClient(properties, both)
		if err != nil {
			return err.Error()
		}
		return fmt.Sprint(c.bootstrap, c.group, c.reset, c.committed, c.autoGroup, c.txTimeout, c.txGiven, c.buffer, len(c.options), c.unknown)
	}
	// Those that say what the client does anyway.
	idle := map[string]bool{"acks": true}
	for name := range propertyTable {
		value := samples[name]
		if value == "" {
			value = "77"
		}
		with := map[string]string{"bootstrap.servers": "a:1", name: value}
		without := map[string]string{"bootstrap.servers": "a:1"}
		if same := shape(with) == shape(without); same != idle[name] {
			t.Errorf("'properties.%s' = '%s': nothing comes of it: %v", name, value, same)
		}
	}
}

const plainLogin = `properties.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required username="u" password="p";`

// Options of security are looked at: credentials are used, and what would be read from
// stores or encrypted keys is refused.
func TestSecurityOptionsAct(t *testing.T) {
	b := &broker{t: t, addr: "localhost:1"}
	open := func(options ...string) error {
		_, err := Connector.NewSource(tableOf(t, b, columnsOf("id BIGINT"), append(options, "topic=in")...))
		return err
	}
	sasl := []string{"properties.security.protocol=SASL_PLAINTEXT", "properties.sasl.mechanism=PLAIN"}
	expectError(t, open(sasl...), "properties.sasl.jaas.config")
	check(t, open(append(sasl, plainLogin)...))
	for _, name := range []string{"properties.ssl.key.password", "properties.ssl.keystore.password", "properties.ssl.truststore.password"} {
		expectError(t, open("properties.security.protocol=SSL", name+"=secret"), "'"+name+"' is not supported")
	}
	err := open("properties.security.protocol=SSL", "properties.ssl.keystore.type=PEM", "properties.ssl.keystore.certificate.chain=x", "properties.ssl.keystore.key=no key")
	if err == nil || !strings.Contains(err.Error(), "ssl.keystore") {
		t.Errorf("a key that is none: %v", err)
	}
}
