# The two commands of this project: make demo, make test.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000
JOBS ?= auto

.PHONY: setup run-time browser demo demo-reset test lint style types tests faults bench lock peers clean
.DEFAULT_GOAL := help

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

# Each stamp is as new as the file it was made from, so a second `make setup` takes seconds.
$(VENV)/.run-time: requirements.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/.development: requirements-dev.txt $(VENV)/.run-time
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt -r requirements-dev.txt
	@touch $@

node_modules/.installed: package-lock.json package.json scripts/npm-install $(VENV)/.run-time
	sh scripts/npm-install $(BIN)/python
	@touch $@

run-time: $(VENV)/.run-time node_modules/.installed

browser:
	@sh scripts/find-browser

setup: run-time $(VENV)/.development browser ## everything the demo and the tests need

demo: run-time ## the whole product with a living demo county on http://127.0.0.1:$(PORT)
	@PORT=$(PORT) exec $(BIN)/python manage.py demo

demo-reset: ## forget the demo county
	@$(BIN)/python manage.py demo --reset

lint: style types ## every check that runs nothing

style: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache
	$(BIN)/djlint --lint --quiet templates
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml

types: setup
	$(BIN)/mypy .

tests: setup
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal -m "not root"
	@echo "left out: the faults that need root (make faults)"

# The types take a minute of one core: beside the tests, not before them.
test: style ## every check and every test
	@$(MAKE) --no-print-directory -j2 types tests

faults: setup ## as root: the faults that need it
	$(BIN)/python -m pytest -m root

bench: setup ## the benchmarks, a size that takes minutes
	$(BIN)/python manage.py bench

lock: $(VENV)/.development ## compile the lock files from the .in files
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-header --no-emit-index-url --annotation-style line requirements.in -o requirements.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-header --no-emit-index-url --annotation-style line requirements-dev.in -o requirements-dev.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-header --no-emit-index-url --annotation-style line requirements-bench.in -o requirements-bench.txt

peers: $(VENV)/.run-time ## the detectors that `manage.py bench` and `backtest --compare` measure against
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt -r requirements-bench.txt

clean: ## forget everything that was installed or made
	rm -rf $(VENV) node_modules .local
