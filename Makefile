PYTHON ?= python3
BIN := .venv/bin

.PHONY: setup run test coverage bench check-deep check-official lock

setup: .venv/.stamp

# Made again only when the lock file or the project's own metadata changes.
.venv/.stamp: requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/pip install -q --no-deps --require-hashes -r requirements.lock
	$(BIN)/pip install -q --no-deps --no-build-isolation -e .
	touch $@

run: setup
	$(BIN)/fhirpa sandbox load
	$(BIN)/fhirpa serve

# Two to four processes: the tests are many, and most machines have the cores.
test: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -n auto --maxprocesses 4 --dist worksteal

# The same tests with branch coverage, which doubles their time.
coverage: setup
	$(BIN)/pytest --cov=fhirpa --cov-branch --cov-report=term-missing:skip-covered

bench: setup
	$(BIN)/python bench/submit.py
	$(BIN)/python -m bench.validate
	$(BIN)/python -m bench.decide

# What takes minutes: all mutants of all rules, a hundred thousand mangled inputs, every definition of the guides.
check-deep: setup
	$(BIN)/pytest -m deep

# The differential with HL7's own validator: Java 17, Maven (once, for its jars) and the official packages. What it said
# is kept under build/official, so that a second run takes a minute. Exit code 1: a disagreement without explanation.
PACKAGES ?= ../shared/packages
PAYLOADS ?= ../shared/pas/payloads
check-official: setup
	$(BIN)/python -m tests.official.differential --packages $(PACKAGES) --payloads $(PAYLOADS)

lock: setup
	$(BIN)/pip install -q uv
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-emit-find-links \
		--no-header --no-annotate pyproject.toml --all-extras -o requirements.lock
