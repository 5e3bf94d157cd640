# What is done to this checkout beyond `go build` and `go test`. The targets that need the real
# Kafka, Flink, PostgreSQL or Redis find them in ../shared/peers, and fail where they are missing.

.PHONY: test record

# Needs nothing but Go and the checkout.
test:
	go vet ./...
	go test ./...

# Asks a real Flink what the scripts under test/ come to, and writes its answers into them.
# make record CHECK=1 compares, and fails where a golden is not Flink's.
# make record SCRIPTS='test/stream/group.txt test/sql' asks about some of them.
record:
	go run ./internal/record $(if $(CHECK),-check) $(SCRIPTS)

.PHONY: invariants
# All tests with the dear assertions built in: see internal/invariants.
invariants:
	go test -tags invariants ./...

.PHONY: sim
# Simulates the engine by seeds: crashes, disks that fail, brokers that refuse.
# make sim SEEDS=10000 FIRST=1
sim:
	go test ./test/sim -run TestSeeds -count=1 -timeout 60m -v -seeds $(or $(SEEDS),1000) -first $(or $(FIRST),1)

.PHONY: kill
# Kills the real binary over and over, beside a real Kafka.
# make kill KILLS=200
kill:
	CGO_ENABLED=0 go test -tags proof ./test/kill -count=1 -timeout 60m -v -kills $(or $(KILLS),200)

.PHONY: proof
# What needs the peers and the data of ../shared: the Kafka connector against a real Kafka, windows
# over rides against Python, formats and scripts against a real Flink, kills of the real binary, and the simulation. Nothing is skipped: what is
# missing fails. make proof KILLS=12 SEEDS=2000 QUERIES=50 VALUES=operators is the short form that CI runs.
proof:
	../shared/peers/kafka install
	../shared/peers/flink install
	CGO_ENABLED=0 go test -tags proof -count=1 -timeout 30m ./builtin/kafka
	PATH="$(CURDIR)/../shared/peers:$$PATH" FLINK=$(CURDIR)/../shared/peers/flink CGO_ENABLED=0 go test -tags peers -count=1 -timeout 30m -p 1 -run AsFlink ./builtin/json ./builtin/csv ./builtin/raw ./builtin/debezium ./builtin/canal ./builtin/maxwell ./builtin/ogg
	CGO_ENABLED=0 go test -tags proof -count=1 -timeout 30m ./test/proof
	$(MAKE) record CHECK=1
	CGO_ENABLED=0 go test -tags proof -count=1 -timeout 60m ./test/values -run AgreeWithFlink $(if $(VALUES),-only $(VALUES))
	CGO_ENABLED=0 go test -tags proof -count=1 -timeout 30m ./test/random -run AgreesWithFlink -seeds $(or $(QUERIES),150)
	$(MAKE) conformance FLOOR=test/conformance/floor.json
	$(MAKE) sim SEEDS=$(or $(SEEDS),10000)
	$(MAKE) kill KILLS=$(or $(KILLS),200)

.PHONY: conformance
# Runs cases of Flink's own tests and tells what came of each: docs/conformance.md.
# make conformance CASES=DIR ONLY=scalar,functions BATCH=1024 PARALLELISM=2 REPORT=FILE.json DETAILS=FILE.txt NAME=part-of-a-name
conformance:
	CGO_ENABLED=0 go run ./test/conformance -cases $(or $(CASES),../shared/conformance) $(if $(ONLY),-only $(ONLY)) \
		$(if $(BATCH),-batch $(BATCH)) $(if $(PARALLELISM),-parallelism $(PARALLELISM)) $(if $(REPORT),-report $(REPORT)) \
		$(if $(DETAILS),-details $(DETAILS)) $(if $(NAME),-run '$(NAME)') $(if $(FLOOR),-floor $(FLOOR))
