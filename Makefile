# Everything below needs Python 3.11 or newer and nothing else; it all happens in .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
WORKERS ?= 2

.DEFAULT_GOAL := help
.PHONY: help demo test check bench bench-identity bench-cuts bench-streams soak docs lock clean

help:  ## show this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 18

$(STAMP): requirements/dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "dualface needs Python 3.11 or newer; name one with make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(STAMP)

demo: $(STAMP)  ## make a two-person clip and turn it into a split screen
	$(BIN)/dualface demo -o out --overwrite

test: $(STAMP)  ## run the tests
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -q

check: $(STAMP)  ## lint, types, import directions, CUDA kernels
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tests.support.compile_kernels

bench: $(STAMP)  ## speed and memory against plain FFmpeg and deface
	$(BIN)/python -m benchmarks.bench

bench-identity: $(STAMP)  ## who keeps the tile, with and without re-identification, beside other trackers
	$(BIN)/python -m benchmarks.bench_identity

bench-cuts: $(STAMP)  ## precision and recall of cut detection, beside PySceneDetect
	$(BIN)/python -m benchmarks.bench_cuts

bench-streams: $(STAMP)  ## one, two and four videos at a time; cost of checkpoints, time to go on
	$(BIN)/python -m benchmarks.bench_streams

soak: $(STAMP)  ## kill it at random points, feed it thousands of damaged files
	$(BIN)/python -m tests.soak

docs: $(STAMP)  ## build the documentation into site/
	$(BIN)/python -m dualface.cli.reference docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

lock:  ## lock the versions anew (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
		--custom-compile-command "make lock" --no-emit-package dualface pyproject.toml requirements/lock.in -o requirements/dev.lock

clean:  ## remove everything that make made
	rm -rf $(VENV) out site bench-out .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
