# Each target sets up what it needs: a virtual environment in .venv with this package in it.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
JOBS ?= 2

.PHONY: demo test check docs fuzz build benchmark scale gradescope-root release clean

# The class holds a broken upload on purpose: exit code 1 says that something was not graded.
demo: $(VENV)/installed
	$(BIN)/autograder grade examples/class --assignment assignment1 --out results/assignment1 || test $$? -eq 1
	$(BIN)/autograder grade examples/class --assignment assignment2 --out results/assignment2 || test $$? -eq 1
	$(BIN)/autograder grade examples/class --assignment assignment3 --out results/assignment3 || test $$? -eq 1

test: check
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal

# The quality gates without the tests.
check: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/mypy --platform win32 --cache-dir .mypy_cache/win32 autograder/student autograder/cli/students.py
	$(BIN)/mypy --platform darwin --cache-dir .mypy_cache/darwin autograder/student autograder/cli/students.py

# The documents as pages, without network: docs/_build/index.html. Links that lead nowhere end it.
docs: $(VENV)/installed-dev
	$(BIN)/python -m sphinx -c docs -W --keep-going -q -b html . docs/_build
	@echo docs/_build/index.html

# Strange inputs by the thousand for whatever reads what was handed in.
fuzz: $(VENV)/installed-dev
	FUZZ_EXAMPLES=$${FUZZ_EXAMPLES:-20000} $(BIN)/python -m pytest -q tests/fuzz

build: $(VENV)/installed
	$(BIN)/autograder build

benchmark: $(VENV)/installed-dev
	$(BIN)/python benchmarks/references.py

# Speed and memory: against Otter-Grader, and with a class of 1,000.
scale: $(VENV)/installed-dev
	$(BIN)/python benchmarks/against_otter.py
	$(BIN)/python benchmarks/scale.py

# Setup and grading in a clean system under Gradescope's limits; needs root and debootstrap.
gradescope-root: $(VENV)/installed
	PYTHON=$(BIN)/python scripts/gradescope_root.sh

# Wheel and source archive in dist/: built, looked into, and installed with each Python at hand.
release: $(VENV)/installed-dev
	$(BIN)/python scripts/release.py $(RELEASE)

clean:
	rm -rf $(VENV) results

# The stamps make a second run need no network.
$(VENV)/installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --retries 5 --editable '.[grade,lab]'
	touch $@

$(VENV)/installed-dev: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --retries 5 --editable '.[dev]'
	touch $@ $(VENV)/installed
