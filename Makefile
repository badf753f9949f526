PYTHON ?= python3
BIN := .venv/bin

.PHONY: setup run test bench check-deep lock

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

test: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest

bench: setup
	$(BIN)/python bench/submit.py

# Ten thousand mutated bundles and what else takes minutes.
check-deep: setup
	$(BIN)/pytest -m deep

lock: setup
	$(BIN)/pip install -q uv
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-emit-find-links \
		--no-header --no-annotate pyproject.toml --all-extras -o requirements.lock
