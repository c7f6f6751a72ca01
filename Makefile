# Everything runs inside .venv, which the targets make for themselves. Needs Python 3.11 or newer, pip and make.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PORT   ?= 8000

# One more than there are cores: tests also wait, for disks, peers and clocks.
TESTERS := $(shell echo $$(($$(getconf _NPROCESSORS_ONLN) + 1)))

# What fails beside others on a full machine is asked once more, alone; its name is told either way (DECISIONS).
TRY       := $(BIN)/python -m pytest
ONCE_MORE  = { echo "Once more, alone, what failed:"; $(TRY) -vv --lf --lfnf=none $(1); }

.DEFAULT_GOAL := help

help: ## Show these targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:[^#]*## /\t/' | expand -t 18

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "The gateway needs Python 3.11 or newer. Set PYTHON=python3.12, or install it."; exit 2; }
	@$(PYTHON) -m venv $(VENV) \
	  || { echo "Python's venv module is missing. On Debian or Ubuntu: sudo apt install python3-venv"; exit 2; }

$(VENV)/.run: $(VENV)/bin/python requirements.lock
	@echo "Installing the gateway (once)…"
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@printf '#!/bin/sh\nPYTHONPATH="%s" exec "%s/python" -m gateway "$$@"\n' '$(CURDIR)' '$(CURDIR)/$(BIN)' > $(BIN)/gateway
	@chmod +x $(BIN)/gateway
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements-dev.lock
	@echo "Installing what the tests need (once)…"
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

install: $(VENV)/.run ## Make the environment

run: $(VENV)/.run ## Start the gateway on this machine, with demo councils and stub hubs
	@$(BIN)/gateway run --demo --port $(PORT)

demo: $(VENV)/.run ## Watch twelve referrals go through, on a throw-away store
	@$(BIN)/gateway demo

test: $(VENV)/.dev ## Run every test this machine can run
	@$(TRY) -n $(TESTERS) || $(call ONCE_MORE)
	@$(TRY) tests/browser || $(call ONCE_MORE,tests/browser)

test-browser: $(VENV)/.dev ## Only the pages, in a real browser; pictures are left in build/screenshots
	@$(BIN)/python -m pytest tests/browser

guides: $(VENV)/.dev ## Take the pictures of the printable guides anew
	@TAKE_PICTURES=yes $(BIN)/python -m pytest tests/browser/test_guides.py

check: $(VENV)/.dev ## Lint, types, import directions, mappings, rules, published schemas
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry .
	$(BIN)/gateway check
	$(BIN)/gateway rules --check
	$(BIN)/gateway schemas --check

format: $(VENV)/.dev ## Put the code in order
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

bench: $(VENV)/.dev ## Measure against floors, side by side, and print the ratios
	@$(BIN)/python -m tests.bench

mutations: $(VENV)/.dev ## Try 10,000 almost right inputs on every source
	@$(BIN)/python -m tests.mutations --each 10000

campaign: $(VENV)/.dev ## Kill it 200 times under load, restart it in storms, change its keys; count what was lost
	@$(BIN)/python -m tests.campaign --sqlite 200 --postgresql 60
	@$(BIN)/python -m tests.campaign storm --sqlite 100 --postgresql 10 --queued 1000
	@$(BIN)/python -m tests.campaign rotations --sqlite 60 --postgresql 20

campaign-small: $(VENV)/.dev ## Kill it 14 times, as CI does
	@$(BIN)/python -m tests.campaign --sqlite 10 --postgresql 4

lock: $(VENV)/.dev ## Refresh the pinned dependencies (needs uv)
	uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --python-version 3.11 pyproject.toml -o requirements.lock
	uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --python-version 3.11 pyproject.toml \
	  --all-extras --group test --group lint -c requirements.lock -o requirements-dev.lock

.PHONY: help install run demo test test-browser guides check format bench mutations campaign campaign-small lock
