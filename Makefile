# `make` alone prints what there is. Each target is a line or two; the work is in cargo and in tests/env/.
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help build demo up down test faults bench lint fmt docs buf deny deploy ci postgres clean-env

DEMO_ARGS ?=
STORE ?= sqlite
REPLICAS ?= 2
TEST_ARGS ?= --workspace
FAULTS_ARGS ?=
BENCH_ARGS ?=

help: ## Print this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | while IFS='|' read -r name text; do printf '%-18s%s\n' "$$name" "$$text"; done

build: ## Build everything
	cargo build --locked --workspace

demo: ## Run the whole suite on a simulated customer base (DEMO_ARGS; STORE=postgres: on a PostgreSQL that is brought up for it)
	$(if $(filter postgres,$(STORE)),tests/env/with-postgres.sh )cargo run --locked -p tenure -- demo \
		$(if $(filter postgres,$(STORE)),--postgres )$(DEMO_ARGS)

up: ## Run every service in processes of its own, over TLS, on a PostgreSQL and a Redis (REPLICAS)
	cargo build --locked -p tenure
	tests/env/up.sh up $(REPLICAS)

down: ## Stop what `make up` started, and delete its data
	tests/env/up.sh down

test: ## Run all tests, on SQLite and on a PostgreSQL and a Redis that are brought up for it (TEST_ARGS)
	tests/env/with-postgres.sh tests/env/with-redis.sh tests/env/with-python.sh cargo test --locked $(TEST_ARGS)

# A release, but with the points compiled in at which a test can have a process crash; no other release has them.
ARMED = --release --config profile.release.package.tenure-failpoint.debug-assertions=true

faults: ## Play the fault table long and print it (FAULTS_ARGS: --rows F01,F13 --seeds 20 ...; --help lists them)
	cargo build --locked $(ARMED) -p tenure-tests --bins
	tests/env/with-postgres.sh tests/env/with-redis.sh cargo run --locked $(ARMED) -q -p tenure-tests --bin faults -- $(FAULTS_ARGS)

bench: ## Measure ratios and print them beside the last run's (BENCH_ARGS='-- profile'; BENCH_LONG=1: more rows, longer)
	tests/env/with-postgres.sh tests/env/with-redis.sh cargo bench --locked -p tenure-tests $(BENCH_ARGS)

lint: ## Check the code with clippy; a warning is an error
	cargo clippy --locked --workspace --all-targets -- -D warnings

fmt: ## Format the code
	cargo fmt --all

docs: ## Build the API documentation; a warning is an error
	RUSTDOCFLAGS='-D warnings' cargo doc --locked --workspace --no-deps

buf: ## Lint the contract and compare it with the released one
	tests/env/with-buf.sh buf lint
	$(if $(wildcard proto/baseline.binpb),tests/env/with-buf.sh buf breaking proto --against proto/baseline.binpb --exclude-imports)

deny: ## Check licences, bans, sources and advisories of the dependencies
	tests/env/deny.sh

deploy: ## Check the image and lint its Dockerfile, as far as that goes without a container engine
	tests/env/check-deploy.sh

ci: ## Check everything, the quick things first
	cargo fmt --all --check
	$(MAKE) --no-print-directory buf deny lint docs test deploy

postgres: ## Open a shell beside a throwaway PostgreSQL
	@tests/env/with-postgres.sh sh -c 'echo "TENURE_TEST_POSTGRES_URL=$$TENURE_TEST_POSTGRES_URL until you exit"; exec "$${SHELL:-sh}"'

clean-env: ## Delete the cached tools of the tests
	rm -rf target/env
