# backcast: the verbs. `make` lists them; CI calls nothing else.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

# The way to the wasm32 target: empty (installed, else rustup, else Debian), or `installed`, `rustup`, `debian`.
export BACKCAST_WASM ?=

# The calibration study: repetitions of each world, the first seed, and the page to write the tables into (none: print only).
REPS ?= 300
SEED ?= 1
PAGE ?=

PYTHON ?= python3
# All versions are pinned, so nothing is resolved; what is imported is compiled then.
PIP_INSTALL := install -q --no-deps --no-compile
# Our own is compiled, as anybody's pip does: how long its import takes is tested.
PIP_WHEEL := install -q --no-deps --force-reinstall
# The Python tests on two processors, each test in one process with one thread of linear algebra.
WORKERS ?= 2
PYTEST := bin/pytest -c python/pyproject.toml --rootdir python -n $(WORKERS) --dist worksteal
export OPENBLAS_NUM_THREADS ?= 1
VENV := .venv
ORACLES := .venv-oracles
WHEELS := target/wheels
WHEEL = $(WHEELS)/.$(PROFILE)
# How the Python package is compiled: `local` is quick to compile, `release` is what is published; both give the same bits.
PROFILE ?= local
RUST := $(shell git ls-files -co --exclude-standard 'crates/*' 'bindings/*/src/*' 'bindings/*/Cargo.toml' Cargo.toml Cargo.lock 2>/dev/null)
FACADE := $(shell git ls-files -co --exclude-standard 'python/src/*' python/pyproject.toml README.md 2>/dev/null)

.PHONY: help
help: ## list the verbs
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

# --- the two commands -------------------------------------------------------------------------------------------------

.PHONY: demo
demo: $(VENV)/.backcast ## read the sample CRM, print rates and a plan, write plan.html
	@$(VENV)/bin/python -m backcast.demo

.PHONY: test
test: ## every test of every language, with times and totals
	@bash .ci/totals $(TESTS)

.PHONY: ci
ci: ## what CI does: lint and every test, with times and totals
	@bash .ci/totals lint $(TESTS)

# --- tests, language by language --------------------------------------------------------------------------------------

TESTS := test-house test-rust test-python test-oracles test-js

.PHONY: test-house
test-house: $(VENV)/.dev ## the house itself: the set-up on an old machine, what is published, what the pages say
	$(VENV)/bin/pytest -q -p no:cacheprovider .ci/tests

.PHONY: test-rust
test-rust: ## the core and the simulator: unit, property, golden and documentation tests
	cargo test --workspace --exclude backcast-python --exclude backcast-wasm --exclude glue
	cargo run -q -p backcast --example campaign | diff crates/backcast/examples/campaign.txt -

.PHONY: test-python
test-python: $(VENV)/.dev $(VENV)/.backcast ## the Python package, from the built wheel
	$(VENV)/$(PYTEST) python/tests --ignore python/tests/oracles
	$(VENV)/bin/pytest -c python/pyproject.toml --rootdir python --doctest-modules --pyargs backcast

.PHONY: test-oracles
test-oracles: $(ORACLES)/.backcast ## the estimators and plans against SciPy, lifelines and simulations
	$(ORACLES)/$(PYTEST) --durations 5 --durations-min 5 python/tests/oracles

.PHONY: oracle-figures
oracle-figures: $(ORACLES)/.backcast ## draw and search anew what the oracles keep in files (minutes; CASES= names of simulations)
	cd python/tests/oracles && ../../../$(ORACLES)/bin/python simulation.py $(CASES)
	cd python/tests/oracles && ../../../$(ORACLES)/bin/python mixes.py

.PHONY: test-js
test-js: web chromium ## the npm package as packed, and the calculator in headless Chromium
	cd bindings && npm test

.PHONY: promise
promise: $(ORACLES)/.backcast ## random requests worked out anew: is each stated error kept, in time? (N= how many, FIRST= from which, CHANNELS=1)
	cd python/tests/oracles && ../../../$(ORACLES)/bin/python promise_hunt.py $(or $(FIRST),0) $(or $(N),1000) $(if $(CHANNELS),--channels)

.PHONY: promise-figures
promise-figures: $(ORACLES)/.backcast ## draw anew what the short form of that keeps (NUMBERS= of requests; all that are kept)
	cd python/tests/oracles && ../../../$(ORACLES)/bin/python draw_promises.py $(NUMBERS)

.PHONY: fuzz
fuzz: ## anything at all is answered: random requests, tables, texts and saved rates (N= inputs of each target)
	BACKCAST_FUZZ=$(or $(N),20000) cargo test --release -p backcast --test fuzz -- --nocapture --test-threads 1

# --- checks -----------------------------------------------------------------------------------------------------------

.PHONY: lint
lint: $(VENV)/.dev $(VENV)/.backcast web msrv ## formats, clippy, rustdoc, ruff, mypy, tsc: warnings denied
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --exclude backcast-wasm -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --no-deps -p backcast -p simulate
	$(VENV)/bin/ruff format --check python benches .ci
	$(VENV)/bin/ruff check python benches .ci
	cd python && ../$(VENV)/bin/mypy && ../$(VENV)/bin/python -m mypy.stubtest backcast._native --ignore-missing-stub
	cd bindings && npm run lint

MSRV := $(shell sed -n 's/^rust-version = "\(.*\)"$$/\1/p' Cargo.toml)
.PHONY: msrv
msrv: ## compile the core with the oldest Rust that is allowed, where rustup has it or can bring it
	@cargo +$(MSRV) --version 2>/dev/null || timeout 120 rustup toolchain install $(MSRV) --profile minimal --no-self-update \
	  || { echo "no Rust $(MSRV) here, and rustup does not bring it: not compiled with it (clippy looks for newer functions all the same)"; exit 0; } \
	  && cargo +$(MSRV) check -p backcast -p simulate --all-features --target-dir target/msrv

.PHONY: results
results: $(VENV)/.dev ## write the typed results of Python from the schema of the core's types
	$(VENV)/bin/python python/scripts/results.py
	$(VENV)/bin/ruff format -q python/src/backcast/results.py

.PHONY: format
format: ## set all sources in the house's format
	cargo fmt --all
	$(VENV)/bin/ruff format python benches .ci
	$(VENV)/bin/ruff check --fix python benches .ci
	cd bindings && npm run format

.PHONY: bench
bench: ## time what must be fast beside its peers, answers compared first (PART="outlook mix"; all: outlook needed mix web rates tally)
	cargo bench -p backcast-benches --bench compare -- $(PART)

.PHONY: calibrate
calibrate: ## how often intervals cover and plans hit, in worlds whose truth is known (REPS=, SEED=, PAGE=docs/calibration.md)
	cargo run --release -q -p backcast-benches --bin calibrate -- $(REPS) $(SEED) $(PAGE)

# --- what is built ----------------------------------------------------------------------------------------------------

.PHONY: web
web: bindings/node_modules/.done ## the npm package and the calculator
	cd bindings && npm run build

.PHONY: docs
docs: ## the documentation of the crates
	RUSTDOCFLAGS="-D warnings" cargo doc --no-deps -p backcast -p simulate
	@echo "target/doc/backcast/index.html"

.PHONY: readme
readme: $(VENV)/.backcast ## print the README's plan anew
	$(VENV)/bin/python python/tests/readme.py

.PHONY: wheel
wheel: $(WHEEL) ## the Python package (PROFILE=release as it is published)

.PHONY: clean
clean: ## remove all that was built (the wasm toolchain under target/ too)
	rm -rf target $(VENV) $(ORACLES) bindings/node_modules bindings/*/node_modules bindings/wasm/pkg bindings/wasm/README.md bindings/wasm/LICENSE-* bindings/calculator/dist plan.html

$(VENV)/.tools: python/requirements.txt
	@$(PYTHON) -m venv $(VENV) || { echo "python3 -m venv does not work here: apt-get install python3-venv" >&2; exit 1; }
	$(VENV)/bin/pip $(PIP_INSTALL) -r $<
	@touch $@

$(VENV)/.dev: python/requirements-dev.txt $(VENV)/.tools
	$(VENV)/bin/pip $(PIP_INSTALL) -r $<
	@touch $@

$(WHEEL): $(VENV)/.tools $(RUST) $(FACADE)
	@rm -rf $(WHEELS)
	cd python && ../$(VENV)/bin/maturin build --profile $(PROFILE) --locked -q -o ../$(WHEELS)
	@touch $@

$(VENV)/.backcast: $(WHEEL)
	$(VENV)/bin/pip $(PIP_WHEEL) $(WHEELS)/*.whl
	@touch $@

$(ORACLES)/.tools: python/requirements-oracles.txt
	@$(PYTHON) -m venv $(ORACLES)
	$(ORACLES)/bin/pip $(PIP_INSTALL) -r $<
	@touch $@

$(ORACLES)/.backcast: $(ORACLES)/.tools $(WHEEL)
	$(ORACLES)/bin/pip $(PIP_WHEEL) $(WHEELS)/*.whl
	@touch $@

bindings/node_modules/.done: bindings/package-lock.json
	@node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' || { echo "the npm package needs Node 20 or later, with npm" >&2; exit 1; }
	cd bindings && npm ci
	@touch $@

.PHONY: chromium
chromium:
	@command -v chromium >/dev/null || command -v "$${CHROMIUM:-google-chrome}" >/dev/null \
	  || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && { apt-get update -q || echo "not every package source answered" >&2; } && apt-get install -y -q chromium; } \
	  || { echo "the calculator is tested in Chromium: apt-get install chromium, or set CHROMIUM" >&2; exit 1; }
