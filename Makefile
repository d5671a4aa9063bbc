# Two commands on a machine that has only Python 3.11 or newer, make and a package index:
#   make demo    plays the main job          make test    passes the tests
# Each sets up .venv itself. PYTHON=/path/to/python3 chooses the interpreter.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help demo test browser screenshots check lint unit bench fuzz mutants soak format lock clean

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
WORKERS ?= 2
# The machine's own certificates, so that uv works wherever pip does.
export UV_SYSTEM_CERTS ?= 1
# The tests start many processes: what was compiled once is kept, whatever the shell says.
unexport PYTHONDONTWRITEBYTECODE
PYTHON ?= $(shell for each in python3.13 python3.12 python3.11 python3; do \
	"$$each" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 \
	&& { echo "$$each"; break; }; done)

help:  ## what there is
	@grep -E '^[a-z]+:.*  ## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*  ## /\t/' | expand -t 10

$(READY): requirements.lock pyproject.toml
	@if [ -z "$(PYTHON)" ]; then \
		echo "Ingather needs Python 3.11 or newer with venv, and none was found." >&2; \
		echo "Install one (on Debian: python3 and python3-venv), or say where it is: make PYTHON=/path/to/python3" >&2; \
		exit 1; fi
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "$(PYTHON) is older than Python 3.11." >&2; exit 1; }
	@[ -x $(BIN)/python ] || "$(PYTHON)" -m venv $(VENV)
	@awk '/^uv==/ {on = 1} on {print} on && !/\\$$/ {exit}' requirements.lock > $(VENV)/uv.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r $(VENV)/uv.txt \
		|| echo "uv is not to be had here; pip does its work." >&2
	@echo "installing what requirements.lock names"
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock \
		|| { echo "uv could not; pip does it, more slowly." >&2; \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock; }
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e . \
		|| $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: $(READY)  ## the main job: twelve banking days of a marketplace, from orders to statements
	@$(BIN)/ingather demo

test: lint browser  ## all the tests, in two processes, and everything `check` looks at
	@$(BIN)/pytest -n $(WORKERS) --dist loadgroup --ignore tests/bench --ignore tests/soak tests

browser: $(READY)  ## a Chromium for the console's tests, where the machine has none
	@$(BIN)/python -m tests.browser

screenshots: $(READY) browser  ## the README's pictures of the console, from the demo's book
	@$(BIN)/python -m tests.screenshots docs/pictures

check: lint unit  ## format, lint, types, floors, conventions, unit and golden tests, in under 90 seconds

lint: $(READY)
	@$(BIN)/ruff format --check --quiet . || { echo "make format would change these files:" >&2; \
		$(BIN)/ruff format --check . >&2; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-cache >$(VENV)/floors.txt 2>&1 || { cat $(VENV)/floors.txt >&2; exit 1; }
	@echo "format, lint, types and floors are clean"

unit: $(READY)
	@$(BIN)/pytest -q -n $(WORKERS) --dist loadgroup $(wildcard tests/unit tests/golden tests/conventions)

bench: $(READY)  ## the figures: a night of 100,000 orders, the codec at a million entries
	@$(BIN)/python -m tests.bench

fuzz: $(READY)  ## a million damaged files before two readers; resumable, INGATHER_TEST_SEED chooses the damage
	@$(BIN)/python -m tests.fuzz

mutants: $(READY)  ## 600 faults planted in the format's checks and kernels; most must be caught
	@$(BIN)/python -m tests.mutation

soak: $(READY)  ## the full numbers of the proofs; resumable
	@$(BIN)/python -m tests.soak

format: $(READY)  ## format and repair what can be repaired
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

lock: $(READY)  ## write requirements.lock anew from pyproject.toml
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --group dev --generate-hashes \
		--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" \
		--upgrade --output-file requirements.lock pyproject.toml
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --extra pdf --extra parquet --extra oidc --extra kms \
		--generate-hashes --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" \
		--constraint requirements.lock --upgrade --output-file requirements.image.lock pyproject.toml

clean:  ## remove what was set up or produced here, never a book
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
