# make demo: record the main scene. make test: the fast tests. make check: what CI runs.
PYTHON ?= python3.11
BIN := .venv/bin

.PHONY: demo test check clean

.venv/done: pyproject.toml constraints.txt
	@command -v $(PYTHON) >/dev/null || { echo "worldsim needs CPython 3.11 (PyBullet has no wheels for later ones): install python3.11"; exit 1; }
	@test -d .venv || $(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet -c constraints.txt -e '.[dev]'
	@touch .venv/done

demo: .venv/done
	@mkdir -p out
	$(BIN)/worldsim record dog_agility -o out/demo.mp4

test: .venv/done
	$(BIN)/pytest -m "not slow"

check: .venv/done
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pytest

clean:
	rm -rf .venv out build dist *.egg-info
