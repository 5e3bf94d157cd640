package kafka

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"
)

// securityProperty tells whether security acts on the property, or refuses it.
func securityProperty(name string) bool {
	return name == "security.protocol" || strings.HasPrefix(name, "sasl.") || strings.HasPrefix(name, "ssl.")
}

// security maps the Java client's security properties: PLAIN and SCRAM from
// sasl.jaas.config, TLS from PEM. What it does not know it refuses by name: to go on
// without would be less secure than what was asked for.
func security(properties map[string]string) ([]kgo.Opt, error) {
	protocol := properties["security.protocol"]
	if protocol == "" {
		protocol = "PLAINTEXT"
	}
	overTLS := protocol == "SSL" || protocol == "SASL_SSL"
	overSASL := protocol == "SASL_PLAINTEXT" || protocol == "SASL_SSL"
	if !overTLS && !overSASL && protocol != "PLAINTEXT" {
		return nil, fmt.Errorf("option 'properties.security.protocol' = '%s': expected PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL", protocol)
	}
	for name := range properties {
		if securityProperty(name) && !securityKnown[name] {
			return nil, fmt.Errorf("option 'properties.%s' is not supported; TLS is set up by PEM files ('ssl.truststore.location' with 'ssl.truststore.type' = 'PEM', and likewise 'ssl.keystore.'), SASL by 'sasl.mechanism' (PLAIN, SCRAM-SHA-256, SCRAM-SHA-512) and 'sasl.jaas.config'", name)
		}
	}
	var options []kgo.Opt
	if overTLS {
		config, err := tlsConfig(properties)
		if err != nil {
			return nil, err
		}
		options = append(options, kgo.DialTLSConfig(config))
	}
	if overSASL {
		mechanism, err := saslMechanism(properties)
		if err != nil {
			return nil, err
		}
		options = append(options, kgo.SASL(mechanism))
	}
	return options, nil
}

var securityKnown = map[string]bool{
	"security.protocol": true, "sasl.mechanism": true, "sasl.jaas.config": true,
	"ssl.truststore.type": true, "ssl.truststore.location": true, "ssl.truststore.certificates": true,
	"ssl.keystore.type": true, "ssl.keystore.location": true, "ssl.keystore.certificate.chain": true, "ssl.keystore.key": true,
	"ssl.endpoint.identification.algorithm": true,
}

func tlsConfig(properties map[string]string) (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	trusted, err := pem(properties, "ssl.truststore", "ssl.truststore.certificates")
	if err != nil {
		return nil, err
	}
	if trusted != nil {
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(trusted) {
			return nil, fmt.Errorf("option 'properties.ssl.truststore.location': no PEM certificate in '%s'", properties["ssl.truststore.location"])
		}
	}
	chain, err := pem(properties, "ssl.keystore", "ssl.keystore.certificate.chain")
	if err != nil {
		return nil, err
	}
	if chain != nil {
		key := chain // a PEM key store holds both
		if text := properties["ssl.keystore.key"]; text != "" {
			key = []byte(text)
		}
		pair, err := tls.X509KeyPair(chain, key)
		if err != nil {
			return nil, fmt.Errorf("option 'properties.ssl.keystore.location': %v; expected an unencrypted key and its certificates as PEM", err)
		}
		config.Certificates = []tls.Certificate{pair}
	}
	if name, given := properties["ssl.endpoint.identification.algorithm"]; given && name == "" {
		verifyChainOnly(config)
	}
	return config, nil
}

// pem reads the PEM text of a store: given in place, or in a file.
func pem(properties map[string]string, store, inPlace string) ([]byte, error) {
	if text := properties[inPlace]; text != "" {
		return []byte(text), nil
	}
	file := properties[store+".location"]
	if file == "" {
		return nil, nil
	}
	if kind := properties[store+".type"]; !strings.EqualFold(kind, "PEM") {
		if kind == "" {
			kind = "JKS"
		}
		return nil, fmt.Errorf("option 'properties.%s.type': a store of type %s is not read; convert it by\n  keytool -importkeystore -srckeystore %s -destkeystore store.p12 -deststoretype PKCS12\n  openssl pkcs12 -in store.p12 -out store.pem -nodes\nand set '%s.type' = 'PEM'", store, kind, file, store)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("option 'properties.%s.location': %v", store, err)
	}
	return data, nil
}

// verifyChainOnly checks the broker's certificates but not its name, as the Java client
// does when ssl.endpoint.identification.algorithm is set to nothing.
func verifyChainOnly(config *tls.Config) {
	config.InsecureSkipVerify = true
	config.VerifyConnection = func(s tls.ConnectionState) error {
		options := x509.VerifyOptions{Roots: config.RootCAs, Intermediates: x509.NewCertPool()}
		for _, c := range s.PeerCertificates[1:] {
			options.Intermediates.AddCert(c)
		}
		_, err := s.PeerCertificates[0].Verify(options)
		return err
	}
}

func saslMechanism(properties map[string]string) (sasl.Mechanism, error) {
	name := properties["sasl.mechanism"]
	user, password, err := parseJAAS(properties["sasl.jaas.config"])
	if err != nil {
		return nil, fmt.Errorf("option 'properties.sasl.jaas.config': %v", err)
	}
	switch name {
	case "PLAIN":
		return plain.Auth{User: user, Pass: password}.AsMechanism(), nil
	case "SCRAM-SHA-256":
		return scram.Auth{User: user, Pass: password}.AsSha256Mechanism(), nil
	case "SCRAM-SHA-512":
		return scram.Auth{User: user, Pass: password}.AsSha512Mechanism(), nil
	}
	return nil, fmt.Errorf("option 'properties.sasl.mechanism' = '%s': expected PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512", name)
}

// parseJAAS reads the user and the password of
//
//	org.apache.kafka.common.security.plain.PlainLoginModule required username="u" password="p";
//
// Its errors never hold what it read: that is a secret.
func parseJAAS(text string) (user, password string, err error) {
	expected := fmt.Errorf(`expected '...LoginModule required username="..." password="...";'`)
	values := map[string]string{}
	rest := strings.TrimSpace(text)
	_, rest, _ = strings.Cut(rest, "required")
	for {
		rest = strings.TrimLeft(rest, " \t\r\n")
		if rest == "" || rest[0] == ';' {
			break
		}
		name, after, ok := strings.Cut(rest, "=")
		if !ok || len(after) < 2 || after[0] != '"' && after[0] != '\'' {
			return "", "", expected
		}
		value, n := quoted(after)
		if n < 0 {
			return "", "", expected
		}
		values[strings.TrimSpace(name)], rest = value, after[n:]
	}
	if values["username"] == "" {
		return "", "", expected
	}
	return values["username"], values["password"], nil
}

// quoted reads a text in quotes, with backslashes; n is where it ends, -1 if it does not.
func quoted(s string) (value string, n int) {
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s):
			i++
			b.WriteByte(s[i])
		case s[i] == s[0]:
			return b.String(), i + 1
		default:
			b.WriteByte(s[i])
		}
	}
	return "", -1
}
