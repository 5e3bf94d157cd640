package kafka

import (
	"testing"
)

func TestJAAS(t *testing.T) {
	for _, c := range []struct{ text, user, password string }{
		{`org.apache.kafka.common.security.plain.PlainLoginModule required username="u" password="p";`, "u", "p"},
		{"org.apache.kafka.common.security.scram.ScramLoginModule required\n  username='u'\n  password='p \\'q\\' ;';", "u", "p 'q' ;"},
		{`x required username="$ConnectionString" password="Endpoint=sb://h/;SharedAccessKey=a=";`, "$ConnectionString", "Endpoint=sb://h/;SharedAccessKey=a="},
	} {
		user, password, err := parseJAAS(c.text)
		check(t, err)
		if user != c.user || password != c.password {
			t.Errorf("%s: %q %q", c.text, user, password)
		}
	}
	for _, bad := range []string{"", "secret", `x required username="u`, `x required password="secret";`, "x required username=u password=secret;"} {
		_, _, err := parseJAAS(bad)
		expectError(t, err, "LoginModule required")
	}
}

func TestSecurityRefuses(t *testing.T) {
	for _, c := range []struct {
		properties map[string]string
		want       string
	}{
		{map[string]string{"security.protocol": "TLS"}, "expected PLAINTEXT, SSL"},
		{map[string]string{"security.protocol": "SASL_SSL", "sasl.mechanism": "GSSAPI", "sasl.jaas.config": `x required username="u" password="p";`}, "PLAIN, SCRAM-SHA-256"},
		{map[string]string{"security.protocol": "SSL", "ssl.truststore.location": "t.jks"}, "keytool -importkeystore"},
		{map[string]string{"security.protocol": "SSL", "ssl.truststore.location": "/nowhere.pem", "ssl.truststore.type": "PEM"}, "/nowhere.pem"},
		{map[string]string{"security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "PLAIN", "sasl.login.class": "x"}, "'properties.sasl.login.class' is not supported"},
	} {
		c.properties["bootstrap.servers"] = "localhost:1"
		_, err := newClient(c.properties, both)
		expectError(t, err, c.want)
	}
}

func TestProperties(t *testing.T) {
	for name, value := range map[string]string{
		"auto.offset.reset": "soon", "isolation.level": "x", "compression.type": "rar", "linger.ms": "-1",
		"fetch.max.bytes": "many", "check.crcs": "perhaps", "acks": "1", "transactional.id": "x",
	} {
		_, err := newClient(map[string]string{"bootstrap.servers": "localhost:1", name: value}, both)
		expectError(t, err, "option 'properties."+name+"' = '"+value+"'")
	}
	_, err := newClient(map[string]string{"bootstrap.servers": " , "}, both)
	expectError(t, err, "names no broker")
}
