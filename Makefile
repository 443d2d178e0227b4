# Every chore of this project. `make` alone lists them; interface: README.md.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

export PATH := $(PATH):$(HOME)/.cargo/bin
CARGO ?= cargo
TARGET := $(or $(CARGO_TARGET_DIR),target)
RELEASE := $(TARGET)/release
DEBUG := $(TARGET)/debug
VAR := var

.PHONY: help build demo serve test lint unit conformance bench scale memory model fuzz

help: ## list the chores
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(firstword $(MAKEFILE_LIST)) | while IFS=$$'\t' read -r name text; do printf '  make %-12s %s\n' "$$name" "$$text"; done

build: ## install what the machine lacks, leave a release build at target/release/dmp-gateway
	@.ci/machine build
	$(CARGO) build --release --locked --bin dmp-gateway

demo: build ## deposit, find and fetch a CDA document over mutual TLS with a signed VIHF
	@$(RELEASE)/dmp-gateway demo

serve: build $(VAR)/pki $(VAR)/gateway.toml ## run the gateway for a day's work: data and test PKI under ./var
	@exec $(RELEASE)/dmp-gateway serve --config $(VAR)/gateway.toml

test: ## everything a change must pass: format, lints, documentation, tests, conformance
	@.ci/machine test
	@$(MAKE) lint
	@$(MAKE) unit
	@$(MAKE) conformance

lint: ## format, clippy, documentation; licences and advisories where cargo-deny is installed
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings
	RUSTDOCFLAGS='-D warnings' $(CARGO) doc --workspace --no-deps --document-private-items --locked --quiet
	@if $(CARGO) deny --version >/dev/null 2>&1; then \
	  echo '$(CARGO) deny check'; $(CARGO) deny --all-features --config .deny.toml check bans licenses sources; \
	  if $(CARGO) deny --config .deny.toml fetch db >/dev/null 2>&1; then $(CARGO) deny --config .deny.toml check advisories; \
	  else echo 'lint: the advisory database cannot be fetched from here: advisories not looked at'; fi; \
	else echo 'lint: cargo-deny is not installed: licences and advisories not looked at'; fi

unit: ## the tests of both crates, documentation examples included; one process, so that the test PKI is made once
	$(CARGO) test --workspace --locked

conformance: ## drive the built gateway over the network on both databases: our plans, and the NIST plans where ../shared is there
	$(CARGO) build --workspace --locked --quiet
	$(DEBUG)/dmp-conformance run --start $(DEBUG)/dmp-gateway
	conformance/postgres.sh bash -c 'DMP__REGISTRY__URL="$$REGISTRY_URL" $(DEBUG)/dmp-conformance run --start $(DEBUG)/dmp-gateway'
	GATEWAY=$(DEBUG)/dmp-gateway conformance/nist.sh

bench: build ## requests per second and CPU per request of a release build, against the unavoidable work
	$(CARGO) build --release --locked --package dmp-conformance
	$(RELEASE)/dmp-conformance bench --start $(RELEASE)/dmp-gateway $(BENCH)
	$(CARGO) bench --locked --bench cda
	@$(MAKE) scale ENTRIES=100000 CHECK=-
	@echo 'bench: the last table with a million entries: make scale (a quarter of an hour, 30 GB under $${TMPDIR:-/tmp})'

ENTRIES := 1000000
scale: build ## what a query costs in a registry of ENTRIES entries against one of 10,000, on both databases; what 5,000 and 20,000 entries cost in memory
	$(CARGO) build --release --locked --package dmp-conformance
	$(CHECK)$(RELEASE)/dmp-conformance scale --start $(RELEASE)/dmp-gateway --entries $(ENTRIES)

memory: build ## peak memory of large documents against a small one; what 100,000 validations of clinical documents leave behind
	$(CARGO) build --release --locked --package dmp-conformance
	$(RELEASE)/dmp-conformance memory --start $(RELEASE)/dmp-gateway
	CDA_VALIDATIONS=100000 $(CARGO) test --locked --test spec cda_schema::memory

SEED = $(shell date +%s)
SEQUENCES := 20000
model: ## hold the registry against its model on SEQUENCES other random sequences than `make test` does
	MODEL_SEED=$(SEED) MODEL_SEQUENCES=$(SEQUENCES) $(CARGO) test --locked --test spec model:: -- --nocapture

SECONDS := 60
TARGETS := multipart envelope ebrim vihf hl7v2 xades cda
fuzz: ## fuzz each target for SECONDS (nightly toolchain and cargo-fuzz): make fuzz SECONDS=600 TARGETS=vihf
	@for target in $(TARGETS); do \
	  found=$(abspath $(TARGET))/fuzz-corpus/$$target; mkdir -p $$found; \
	  $(CARGO) +nightly fuzz run --fuzz-dir tests/fuzz $$target $$found tests/fuzz/corpus/$$target -- \
	    -max_total_time=$(SECONDS) -max_len=65536 -rss_limit_mb=2048 -timeout=10 -print_final_stats=1 || exit 1; done

$(VAR)/pki:
	@$(RELEASE)/dmp-gateway pki init $@

$(VAR)/gateway.toml: | $(VAR)/pki
	$(file >$@,$(SERVE))
	@echo 'serve: wrote $@'

# Paths are relative to the file itself; every other key has the default that `dmp-gateway config show` prints.
define SERVE
[domain]
unknown_patients = "accept"

[registry]
url = "sqlite://registry.db"

[repository]
url = "file://blobs"
endef
