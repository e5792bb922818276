# `make run` and `make test` do all the set-up: a virtual environment in .venv, then an install.

PYTHON ?= python3
SWEEP ?= sweeps/grid.toml
BIN := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: run test lint bench coverage docs notebook site test-torch soak fuzz clean

run: .venv/installed
	$(BIN)/python -m rnnsweep run $(SWEEP)

# A process a usable core: each begins with its own stretch of the tests, and takes from the others
# when it is through.
AT_ONCE := -n auto --dist worksteal

# `make test` runs all tests after lint and types, `make test ROOM=store` those of one room, or of
# several: ROOM='store tables'.
ROOMS := $(sort $(patsubst tests/%/,%,$(dir $(wildcard tests/*/test_*.py))))
ifneq ($(filter-out $(ROOMS),$(ROOM)),)
$(error no tests of $(filter-out $(ROOMS),$(ROOM)); the rooms are $(ROOMS))
endif

test: lint
	$(BIN)/python -m pytest -q $(AT_ONCE) $(addprefix tests/,$(ROOM))

lint: .venv/installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Everything in under 20 minutes on two quiet cores; the last one rewrites the comparison in
# docs/performance.md. The others, as the benchmarks' docstrings: python -m benchmarks.products
bench: .venv/installed-bench
	$(BIN)/python -m benchmarks.steps
	$(BIN)/python -m benchmarks.cells
	$(BIN)/python -m benchmarks.derived
	$(BIN)/python -m benchmarks.shapes
	$(BIN)/python -m benchmarks.lengths
	$(BIN)/python -m benchmarks.threads
	$(BIN)/python -m benchmarks.notebook
	$(BIN)/python -m benchmarks.sweep
	$(BIN)/python -m benchmarks.comparison --write

# The kernels as plain Python, line by line: the job for a debugger and for coverage.
KERNEL_TESTS := tests/kernels $(wildcard $(addprefix tests/,training/test_metrics.py \
	training/test_session.py network/test_model*.py network/test_initialization.py \
	network/test_layout.py))

coverage: .venv/installed-test
	NUMBA_DISABLE_JIT=1 NUMBA_CACHE_DIR=.venv/python-kernels $(BIN)/python -m pytest -q $(AT_ONCE) \
		--cov=rnnsweep.kernels --cov-report term-missing $(KERNEL_TESTS)

# The comparisons with PyTorch, which is large: `make test` runs them where it is there already.
test-torch: .venv/installed-test .venv/installed-torch
	$(BIN)/python -m pytest -q -k torch

# Kills runs N times and prints what came of it; N=300 takes about half an hour.
N ?= 100
soak: .venv/installed-test
	PYTHONPATH=.:tests $(BIN)/python -m soak $(N)
	PYTHONPATH=.:tests $(BIN)/python -m soak.damage $(N)

# The pages that are made from the code; tests compare them with it.
docs: .venv/installed
	$(BIN)/python docs/make_reference.py
	$(BIN)/python docs/make_api.py
	$(BIN)/python docs/make_architecture.py
	$(BIN)/python docs/make_cells.py

# docs/notebook.ipynb with what its cells show now.
notebook: .venv/installed-test
	$(BIN)/python docs/make_notebook.py

# The pages as a site in site/, which opens from disk; a broken link fails.
site: .venv/installed-docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --clean

# Inputs that nobody meant well, N of each kind, or of one: make fuzz N=100000 KIND=sweep_files
fuzz: N = 10000
fuzz: .venv/installed-test
	$(BIN)/python -c 'import atheris' 2>/dev/null || $(BIN)/pip install --quiet atheris \
		|| echo "no atheris for this Python: fuzzing without coverage"
	$(BIN)/python tests/fuzz/run.py $(N) $(KIND)

clean:
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache

.venv/installed: pyproject.toml | .venv/bin/python
	$(BIN)/pip install --quiet --editable .
	touch $@

.venv/installed-test: pyproject.toml | .venv/bin/python
	$(BIN)/pip install --quiet --editable '.[test]'
	touch .venv/installed $@

.venv/installed-docs: pyproject.toml | .venv/bin/python
	$(BIN)/pip install --quiet --editable '.[docs]'
	touch .venv/installed $@

# Where PyTorch is not there yet. What pip finds for Linux is the CUDA build, gigabytes; uv knows
# where the CPU builds lie (0.2 GB, 0.7 unpacked). Another way: make bench INSTALL_TORCH='...'
INSTALL_TORCH ?= $(BIN)/pip install --quiet uv && $(BIN)/uv pip install --quiet \
	--python $(BIN)/python --torch-backend cpu 'torch>=2.4'

.venv/installed-torch: | .venv/installed
	$(BIN)/python -c 'import torch' 2>/dev/null \
		|| { $(INSTALL_TORCH); } \
		|| { echo "no PyTorch: install it into .venv, or name a way with INSTALL_TORCH='...'"; exit 1; }
	touch $@

# JAX for the CPU: 0.1 GB, 0.4 unpacked.
.venv/installed-bench: pyproject.toml | .venv/installed-torch
	$(BIN)/pip install --quiet --editable '.[bench]'
	touch .venv/installed $@

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "rnnsweep needs Python 3.11 or newer; name one with make PYTHON=..."; exit 1; }
	$(PYTHON) -m venv .venv
