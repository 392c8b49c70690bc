# The house: `make install` makes the environment, everything else runs in it.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

# No more workers than that: each takes some gigabytes of memory by the end.
WORKERS := --numprocesses auto --maxprocesses 4 --dist loadfile

.DEFAULT_GOAL := help
.PHONY: help install demo test check bench replay format lock

help:
	@echo "make install         make .venv with exactly what requirements.lock names, and qmo in it"
	@echo "make demo            open the cockpit on a simulated gold market"
	@echo "make test            run all tests"
	@echo "make check           formatting, lint, types, import contracts"
	@echo "make bench           measure the promised numbers on this machine"
	@echo "make replay FILE=f   open the cockpit on a recording"
	@echo "make format          format the code and repair what lint can repair"
	@echo "make lock            resolve the dependencies anew into requirements.lock"

install: $(INSTALLED)

$(INSTALLED): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "$(PYTHON) is missing or older than Python 3.11: try make install PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "$(PYTHON) lacks venv or ensurepip: install them (Debian and Ubuntu: apt install python3-venv)" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing the locked packages into $(VENV): about a gigabyte, some minutes"
	@$(PIP) install --require-hashes --requirement requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

demo: install
	$(BIN)/qmo demo

test: install
	$(BIN)/pytest $(WORKERS)

check: install
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: install
	$(BIN)/qmo bench

replay: install
	@test -n "$(FILE)" || { echo "usage: make replay FILE=recording.dbn.zst" >&2; exit 2; }
	$(BIN)/qmo replay "$(FILE)"

format: install
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

lock: install
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-header --no-emit-index-url --no-emit-find-links \
		--group dev --output-file requirements.lock pyproject.toml
