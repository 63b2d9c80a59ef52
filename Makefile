# Run `make` to see what can be made. Modules are read from go.work, tools are
# pinned in proto/tools/go.mod and land, like every other product, in .build.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

BIN := $(CURDIR)/.build/bin
# Absolute folders of the modules in go.work.
modules = $(shell go list -m -f '{{.Dir}}')
# Packages that have tests.
tested = $(shell go list -f '{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}}{{end}}' work)
# Folders of packages that have benchmarks.
benchmarked = $(shell grep -rl --include='*_test.go' '^func Benchmark' services | sed 's|^|./|; s|/[^/]*$$||' | sort -u)
# Folders with Go that people write.
sources := gen/openapi proto/tools services
LINT := go run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0

.PHONY: help
help: ## Show this list.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# --- Running

.PHONY: run
run: postgres ## Start everything in one process; data is kept between runs.
	@go build -o $(BIN)/ ./services/allinone/cmd/holdfast
	@exec $(BIN)/holdfast

.PHONY: demo
demo: ## Walk the README's journey against a running server and print it.
	@go run ./services/allinone/cmd/demo

.PHONY: build
build: ## Build every binary into .build/bin.
	@go build -o $(BIN)/ $$(go list -f '{{if eq .Name "main"}}{{.ImportPath}}{{end}}' work)
	@ls $(BIN)

.PHONY: postgres
postgres: ## Find PostgreSQL, or install it with the machine's package manager.
	@deploy/require.sh postgres

# --- Testing

.PHONY: test
test: ## Run every test of every module, with real databases.
	@deploy/require.sh postgres cc curl
	@$(MAKE) --no-print-directory browser
	@go test -race -shuffle=on -timeout 30m $(tested)
	@GOWORK=off go -C proto/tools test -race -shuffle=on ./openapi

# The random runs over the money path, at length: one goes some hundred steps, each
# with facts, people, bank and clock in any order. A failure names its seed, which
# goes here as SEED.
SEED := 0
.PHONY: test-long
test-long: postgres ## Hold the money path against its model for 100,000 random steps.
	@go test -count 1 -run '^TestMoney_' -v -timeout 5h ./services/commission/internal/finance \
	  -money.steps=100000 -rapid.checks=25 -rapid.steps=250 -rapid.seed=$(SEED) -rapid.nofailfile

# What tests of pages need: a browser, and the rules of accessibility, which land
# in .build like every other product.
AXE := 4.10.3
.PHONY: browser
browser: ## Bring the browser and axe-core, which the tests of pages use.
	@deploy/require.sh chromium npm
	@[ -f .build/npm/axe-$(AXE) ] || { \
	  npm install --silent --no-save --no-audit --no-fund --ignore-scripts --prefix .build/npm axe-core@$(AXE) && touch .build/npm/axe-$(AXE); }

.PHONY: bench
bench: postgres ## Run the benchmarks one after the other, and print a table of ratios and goals.
	@go test -run '^$$' -bench . -benchmem -p 1 -timeout 30m $(benchmarked) | go run ./services/allinone/internal/bench/ratios

# --- Generating

# Plugins and buf. Takes minutes the first time, half a second afterwards.
.PHONY: tools
tools:
	@cd proto/tools && GOWORK=off GOBIN=$(BIN) go install tool

# Protos of others, printed from the descriptors in the pinned Go modules.
.PHONY: thirdparty
thirdparty: tools
	@rm -rf .build/proto && $(BIN)/thirdparty .build/proto

# Everything that gen/ should hold, generated into .build.
.PHONY: generated
generated: thirdparty
	@rm -rf .build/gen .build/openapi && mkdir -p .build/openapi
	@$(BIN)/buf generate
	@$(BIN)/openapi $$(find .build/openapi -name '*.openapi.json')
	@$(BIN)/openapi base > .build/openapi/base.json
	@$(BIN)/openapiv3-merge .build/openapi/base.json $$(find .build/openapi -name '*.openapi.json' | sort) \
	  > .build/openapi/openapi.json

.PHONY: gen
gen: generated ## Generate Go, gateway, OpenAPI and reference pages.
	@rm -rf gen/holdfast && cp -R .build/gen/holdfast gen/holdfast
	@cp .build/openapi/openapi.json gen/openapi/openapi.json
	@go run ./services/allinone/cmd/reference gen/docs

# --- Checking

.PHONY: check
check: check-gen check-proto check-breaking check-format check-vet lint check-modules ## Everything but the tests.
	@echo 'check: all good'

.PHONY: check-gen
check-gen: generated
	@mkdir -p .build/docs && go run ./services/allinone/cmd/reference .build/docs
	@diff -rq .build/gen/holdfast gen/holdfast && cmp .build/openapi/openapi.json gen/openapi/openapi.json \
	  && diff -rq .build/docs gen/docs \
	  || { echo 'gen/ is not what the contracts say: run make gen'; exit 1; }

.PHONY: check-proto
check-proto: thirdparty
	@$(BIN)/buf lint

# Compares the contracts with those of BREAKING_AGAINST, which proto/against.sh
# chooses unless it is given.
.PHONY: check-breaking
check-breaking: thirdparty
	@BUF=$(BIN)/buf proto/against.sh $(BREAKING_AGAINST)

.PHONY: check-format
check-format:
	@unformatted=$$(gofmt -l $(sources)); \
	  [ -z "$$unformatted" ] || { printf 'gofmt these:\n%s\n' "$$unformatted"; exit 1; }

.PHONY: check-vet
check-vet:
	@go vet work

.PHONY: lint
lint: ## Run golangci-lint, with the import rules of the layers.
	@$(LINT) run $(addsuffix /...,$(modules))
	@cd proto/tools && GOWORK=off $(LINT) run ./...

# Each module must build on its own and list exactly what it needs.
.PHONY: check-modules
check-modules:
	@for module in $(modules); do \
	  (cd "$$module" && GOWORK=off go build ./... && go mod tidy -diff) \
	    || { echo "$$module does not build alone, or needs go mod tidy"; exit 1; }; \
	done
	@cd proto/tools && GOWORK=off go mod tidy -diff

.PHONY: tidy
tidy: ## Run go mod tidy in every module.
	@for module in $(modules) proto/tools; do (cd "$$module" && GOWORK=off go mod tidy); done

.PHONY: clean
clean: ## Remove everything that make made; data is kept.
	@rm -rf .build
