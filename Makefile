# The front door. `make help` lists what it opens.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help run test check format lint types contracts web screenshots bench mutants psql lock clean
NAME ?=
BIN := .venv/bin
COMPILE = $(BIN)/uv pip compile -q --system-certs --universal --generate-hashes --no-annotate --custom-compile-command "make lock"

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

run: ## Start everything on http://127.0.0.1:8400 with its own database
	@scripts/environment.sh run
	@scripts/front.sh
	@exec $(BIN)/largesse run

test: ## Set up and run every test (TESTS=tests/ledger for a part)
	@scripts/environment.sh dev
	@scripts/front.sh
	@scripts/test.sh

check: ## Format, lint, types, import contracts and every test
	@scripts/environment.sh dev
	$(BIN)/ruff format --check .
	@$(MAKE) --no-print-directory lint types contracts
	@$(MAKE) --no-print-directory test

format: ## Bring the Python code into its form
	@scripts/environment.sh dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lint: ## Ruff, and the front end's own rules
	@scripts/environment.sh dev
	$(BIN)/ruff check .
	@scripts/front.sh run tidy

types: ## mypy --strict, and svelte-check
	@scripts/environment.sh dev
	$(BIN)/mypy
	@scripts/front.sh run check

contracts: ## Who may import whom
	@scripts/environment.sh dev
	$(BIN)/lint-imports

web: ## Build the front end if its sources changed
	@scripts/environment.sh run
	@scripts/front.sh

screenshots: ## Photograph every screen into docs/screenshots
	@scripts/environment.sh dev
	@scripts/front.sh
	@LARGESSE_SCREENSHOTS=1 TESTS=tests/e2e/test_screenshots.py scripts/test.sh

bench: ## Run the benchmarks (NAME=ledger for one)
	@scripts/environment.sh dev
	@scripts/bench.sh $(NAME)

mutants: ## Plant mistakes and count those that tests notice (NAME=rules or NAME=sql)
	@scripts/environment.sh dev
	@scripts/mutants.sh $(NAME)

psql: ## Open psql on the running embedded database, as its owner
	@scripts/environment.sh run
	@exec $(BIN)/python -m largesse.kernel.postgres

lock: ## Pin the newest fitting versions of every dependency, with hashes
	@scripts/environment.sh dev
	$(COMPILE) --upgrade --extra embedded --group build pyproject.toml -o requirements.lock
	$(COMPILE) --upgrade -c requirements.lock --all-extras --group build --group dev pyproject.toml -o requirements-dev.lock
	$(COMPILE) --upgrade --group pyproject.toml:node -o requirements-node.lock

clean: ## Remove what was built; the data under ./var stays
	rm -rf .venv web/dist web/node_modules mutants .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
