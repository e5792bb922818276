# `make run` and `make test` do all the set-up: a virtual environment in .venv, then an install.

PYTHON ?= python3
SWEEP ?= sweeps/grid.toml
BIN := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: run test lint bench coverage docs test-torch clean

run: .venv/installed
	$(BIN)/python -m rnnsweep run $(SWEEP)

test: lint
	$(BIN)/python -m pytest -q

lint: .venv/installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: .venv/installed
	$(BIN)/python -m benchmarks.steps
	$(BIN)/python -m benchmarks.threads
	$(BIN)/python -m benchmarks.lengths
	$(BIN)/python -m benchmarks.sweep

# The kernels as plain Python, line by line: the job for a debugger and for coverage.
KERNEL_TESTS := $(patsubst %,tests/test_%.py,activations elementary products cells losses \
	optimizers training model initialization params dropout metrics)

coverage: .venv/installed-test
	NUMBA_DISABLE_JIT=1 NUMBA_CACHE_DIR=.venv/python-kernels $(BIN)/python -m pytest -q \
		--cov=rnnsweep.kernels --cov-report term-missing $(KERNEL_TESTS)

# The comparisons with PyTorch, which is large: `make test` runs them where it is there already.
test-torch: .venv/installed-test
	$(BIN)/pip install --quiet --editable '.[torch]'
	$(BIN)/python -m pytest -q -k torch

docs: .venv/installed
	$(BIN)/python docs/make_reference.py

clean:
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache

.venv/installed: pyproject.toml | .venv/bin/python
	$(BIN)/pip install --quiet --editable .
	touch $@

.venv/installed-test: pyproject.toml | .venv/bin/python
	$(BIN)/pip install --quiet --editable '.[test]'
	touch .venv/installed $@

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "rnnsweep needs Python 3.11 or newer; name one with make PYTHON=..."; exit 1; }
	$(PYTHON) -m venv .venv
