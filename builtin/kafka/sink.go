package kafka

import "tidemark.dev/connector"

func newSink(t *connector.Table) (connector.Sink, error) { return nil, nil }
