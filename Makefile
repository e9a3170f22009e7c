# adidem
#   make         install into .venv, show the model case and ten thousand futures of it
#   make test    format, lint, types, imports, tests: what CI runs
#   make bench   measure
#   make clean   remove .venv and every cache

BIN  := .venv/bin
PIP  := $(BIN)/python -m pip install -qq --disable-pip-version-check --no-input
BOLD := $(if $(MAKE_TERMOUT),$(if $(NO_COLOR),,\033[1m))
OFF  := $(if $(BOLD),\033[0m)
say   = @printf '$(BOLD)%s$(OFF)\n' '$(1)'

export PIP_ROOT_USER_ACTION := ignore
export PYRIGHT_PYTHON_IGNORE_WARNINGS := 1

.PHONY: show test bench clean

show: .venv/.installed
	@$(BIN)/adidem show examples/microsoft-openai --as-of 2025-06-30 --since
	$(call say,ten thousand futures of it)
	@$(BIN)/adidem simulate examples/microsoft-openai --worlds 10000

test: .venv/.installed-dev
	$(call say,format)
	@$(BIN)/ruff format --check .
	$(call say,lint)
	@$(BIN)/ruff check .
	$(call say,types)
	@$(BIN)/pyright --pythonpath $(BIN)/python
	$(call say,imports)
	@$(BIN)/lint-imports --no-logo
	$(call say,tests)
	@$(BIN)/pytest

bench: .venv/.installed-bench
	@$(BIN)/python bench/run.py
	@$(BIN)/python bench/futures/run.py
	@$(BIN)/python bench/simulate.py
	@$(BIN)/python bench/imports.py
	@$(BIN)/python bench/ledger.py
	@$(BIN)/python bench/reconcile.py

clean:
	@rm -rf .venv build dist .hypothesis .import_linter_cache .pytest_cache .ruff_cache
	@find src tests -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

# A stamp is older than pyproject.toml when something must be installed anew.
.venv/.installed: pyproject.toml | .venv/bin/python
	$(call say,installing adidem)
	@$(PIP) -e '.[futures,tables]'
	@touch $@

.venv/.installed-%: pyproject.toml | .venv/bin/python
	$(call say,installing adidem with what $* needs)
	@$(PIP) -e '.[$*]'
	@touch .venv/.installed $@

# The first python that is new enough and can make a venv; PYTHON=… names another.
.venv/bin/python:
	@for python in $(PYTHON) python3 python3.13 python3.12 python3.14 python3.11; do \
	    $$python -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 || continue; \
	    $$python -m venv .venv && exit 0; \
	    rm -rf .venv; exit 1; \
	done; \
	echo 'adidem needs Python 3.11 or later with venv: install it, or name it: make PYTHON=/path/to/python' >&2; exit 1
