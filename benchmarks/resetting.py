"""How often a world goes back to its start in a second, beside PyBullet's own restoreState."""

from __future__ import annotations

from collections.abc import Iterator

from worldsim.benchmarks.measure import Result, taking_turns
from worldsim.benchmarks.scenes import dog_and_crates
from worldsim.physics.world import World

RESETS = 200
ROUNDS = 9


def run() -> Iterator[Result]:
    """Yield resets a second of a dog alone and of a dog with 100 crates."""
    for crates in (0, 100):
        with World(dog_and_crates(crates), detailed=False) as world:
            state = world.client.saveState()

            def bare(world: World = world, state: int = state) -> None:
                for _ in range(RESETS):
                    world.client.restoreState(state)

            def ours(world: World = world) -> None:
                for _ in range(RESETS):
                    world.reset()

            took, floor = taking_turns([ours, bare], ROUNDS)
        name = "reset_dog" if not crates else f"reset_dog_{crates}_crates"
        note = f"{1000 * took / RESETS:.2f} ms; restoreState alone {1000 * floor / RESETS:.2f} ms"
        yield Result(name, RESETS / took, "resets/s", RESETS / floor, note)
