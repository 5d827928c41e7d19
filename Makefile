# make demo    record the main scene to out/demo.mp4, and open the window where there is a display
# make test    the fast tests
# make check   format, lint, types and all tests: what .ci/run calls
# make bench   worldsim bench: every figure beside its floor
# make reference   set up the reference path tracer (Blender's Cycles) in .venv-reference: 370 MB, for --renderer pathtrace
# make clean   remove what these made
#
# Each sets up what it needs by itself: .venv from CPython 3.11 (PYTHON=… names another), an OpenGL software driver.
BIN := .venv/bin
WORKERS ?= 2

.PHONY: demo test check bench reference clean

.venv/installed: pyproject.toml constraints.txt scripts/venv
	@scripts/venv

.venv/system-opengl: .venv/installed scripts/system
	@scripts/system opengl

.venv/system-window: .venv/installed scripts/system
	@scripts/system window

demo: .venv/system-opengl
	@mkdir -p out
	@$(BIN)/worldsim record dog_agility --policy dog_agility --seconds 24 -o out/demo.mp4
	@if [ -n "$$DISPLAY$$WAYLAND_DISPLAY" ]; then $(BIN)/worldsim play dog_agility --policy dog_agility; \
	else echo "no display here: on a machine with one, .venv/bin/worldsim play dog_agility opens the window"; fi

test: .venv/system-opengl .venv/system-window
	@$(BIN)/pytest -q -n $(WORKERS) --dist loadfile -m "not slow"

check: .venv/system-opengl .venv/system-window
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pytest -q -n $(WORKERS) --dist loadfile

bench: .venv/system-opengl
	@$(BIN)/worldsim bench

reference: .venv/installed
	@scripts/reference

clean:
	rm -rf .venv .venv-reference out build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
