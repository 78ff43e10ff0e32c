# Needs only Python >= 3.11 and make; everything else goes into .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: help demo test lint clean

help:
	@echo "make demo   fit the shipped Naples crabs table; results in demo/"
	@echo "make test   run every test"
	@echo "make lint   ruff, mypy, import-linter"
	@echo "make clean  remove what the above made"

demo: $(VENV)/.installed-demo
	$(BIN)/gaussmix demo --out demo/

test: $(VENV)/.installed-test
	$(BIN)/python -m pytest -n auto

lint: $(VENV)/.installed-lint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

clean:
	rm -rf $(VENV) demo build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "gaussmix needs Python 3.11 or newer; name one: make PYTHON=python3.12 ..." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

# One stamp per set of extras: a second run installs nothing. All installs are editable, the
# demo's too, so that none of them leaves an old copy of the code in the shared environment.
$(VENV)/.installed-demo: EXTRAS := cli,plot
$(VENV)/.installed-test: EXTRAS := test
$(VENV)/.installed-lint: EXTRAS := lint
$(VENV)/.installed-%: pyproject.toml | $(BIN)/python
	$(PIP) --editable '.[$(EXTRAS)]'
	@touch $@
