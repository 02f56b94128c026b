# Everything below needs Python 3.11 or newer and nothing else; it all happens in .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN := $(VENV)/.run-installed
DEV := $(VENV)/.dev-installed
WORKERS ?= 2

# Tests start Python hundreds of times: without what it keeps of its compiled sources, each start takes seconds.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help demo install test test-all check bench bench-identity bench-cuts bench-speech bench-streams soak docs docs-serve lock clean

help:  ## show this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 18

$(RUN): requirements/run.lock tools/install.py pyproject.toml
	@$(PYTHON) tools/install.py run

$(DEV): requirements/dev.lock $(RUN)
	@$(BIN)/python tools/install.py dev

demo: $(RUN)  ## make a two-person clip and turn it into a split screen
	$(BIN)/dualface demo -o out --overwrite

install: $(RUN)  ## install what dualface needs to run, as .venv/bin/dualface

test: $(DEV)  ## run the tests, but for the slow ones
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -q -m "not slow"

test-all: $(DEV)  ## run the slow tests
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -q -m slow

check: $(DEV)  ## lint, types, import directions, CUDA kernels
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tests.support.compile_kernels

bench: $(DEV)  ## speed and memory against plain FFmpeg and deface
	$(BIN)/python -m benchmarks.bench

bench-identity: $(DEV)  ## who keeps the tile, beside other trackers; CLIPS=DIR LABELS=DIR: of labelled footage
	$(BIN)/python -m benchmarks.bench_identity $(if $(CLIPS),--clips $(CLIPS)) $(if $(LABELS),--labels $(LABELS)) $(ARGS)

bench-cuts: $(DEV)  ## precision and recall of cut detection, beside PySceneDetect
	$(BIN)/python -m benchmarks.bench_cuts

bench-speech: $(DEV)  ## who speaks: each kind of evidence alone and together
	$(BIN)/python -m benchmarks.bench_speech

bench-streams: $(DEV)  ## one, two and four videos at a time; cost of checkpoints, time to go on
	$(BIN)/python -m benchmarks.bench_streams

soak: $(DEV)  ## kill it at random points, feed it thousands of damaged files
	$(BIN)/python -m tests.soak

docs: $(DEV)  ## build the documentation into site/
	$(BIN)/python -m dualface.cli.reference docs
	$(BIN)/python -m tools.pictures
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

docs-serve: docs  ## show the documentation at http://127.0.0.1:8000, built anew when a page is saved
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs serve

COMPILE = uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
	--custom-compile-command "make lock" --no-emit-package dualface pyproject.toml requirements/run.in

lock:  ## lock the versions anew (needs uv)
	$(COMPILE) requirements/dev.in -o requirements/dev.lock
	$(COMPILE) -c requirements/dev.lock -o requirements/run.lock

clean:  ## remove everything that make made
	rm -rf $(VENV) out site bench-out .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find benchmarks examples src tests tools -name __pycache__ -prune -exec rm -rf {} +
