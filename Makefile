# The two commands are `make demo` and `make test`. Each target prints what it does.

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev demo test test-spark check format bench bench-models lock messages docs clean python

help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

python:
	@test -n "$(PYTHON)" || { echo "Plumbline needs Python 3.11 or newer; none was found. On Debian: sudo apt-get install python3 python3-venv" >&2; exit 1; }

setup: python ## environment, locked packages, browser assets, translations
	@$(PYTHON) tools/setup.py

setup-dev: python
	@$(PYTHON) tools/setup.py --dev

demo: setup ## set up, load the demonstration, serve it on 127.0.0.1:8000
	@echo "demo: data folder, demonstration, server"
	@$(BIN)/plumbline init
	@$(BIN)/plumbline demo
	@$(BIN)/plumbline serve

test: setup-dev ## every test, on SQLite and on PostgreSQL, with a real browser
	@$(BIN)/python tools/test.py $(ARGS)

test-spark: setup-dev ## install Spark (needs Java; half a gigabyte) and test what runs on it
	@$(BIN)/python tools/test.py --spark $(ARGS)

check: setup-dev ## style, types, architecture, migrations, translations, generated docs
	@$(BIN)/python tools/check.py

format: setup-dev ## put the source into the house's style
	@echo "format: ruff"
	@$(BIN)/ruff check --fix --quiet src tests tools bench || true
	@$(BIN)/ruff format --quiet src tests tools bench

bench: setup-dev ## measure beside a bare baseline; PLUMBLINE_BENCH_DATA names the folder of test corpora
	@echo "bench: one run, ratios at the end"
	@$(BIN)/python -m bench $(ARGS)

bench-models: setup-dev ## train the models of bench/blueprints on the corpora of PLUMBLINE_BENCH_DATA, into bench/models
	@echo "bench-models: political-violence, shootings; a few minutes"
	@$(BIN)/python -m bench.models

lock: setup-dev ## resolve requirements/*.in again (ARGS=--upgrade for newer versions)
	@echo "lock: hashed pins without any index address"
	@$(BIN)/python tools/lock.py $(ARGS)

messages: setup-dev ## collect the sentences to translate and compile the translations
	@echo "messages: extract, update, compile"
	@$(BIN)/python tools/messages.py update
	@$(BIN)/python tools/messages.py compile

docs: setup-dev ## write docs/reference/ anew from the code
	@echo "docs: generated reference pages"
	@$(BIN)/python tools/docs.py write

clean: ## remove the environment, caches and copied assets; the data folder stays
	@echo "clean: environment, caches, assets (data/ is kept)"
	@rm -rf .venv node_modules build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	@rm -rf src/plumbline/ui/static/vendor src/plumbline/ui/static/geo src/*.egg-info
	@find src tests tools -name __pycache__ -type d -prune -exec rm -rf {} +
	@find src -name '*.mo' -delete
