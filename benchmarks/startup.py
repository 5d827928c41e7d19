"""How long it takes until anything happens: `import worldsim` and `worldsim --help`, beside `python -c pass`."""

from __future__ import annotations

from collections.abc import Iterator

from worldsim.benchmarks.measure import Result, python, taking_turns

ROUNDS = 7


def run() -> Iterator[Result]:
    """Yield starts a second, in fresh processes."""
    bare, imported, helped = taking_turns(
        [python("-c", "pass"), python("-c", "import worldsim"), python("-m", "worldsim", "--help")], ROUNDS
    )
    for name, took in (("import_worldsim", imported), ("worldsim_help", helped)):
        yield Result(name, 1 / took, "starts/s", 1 / bare, f"{1000 * took:.0f} ms; python -c pass {1000 * bare:.0f} ms")
