"""Prints the table of docs/behaviours.md: what every breed achieves of each behaviour, and how often it falls.

    python docs/tools/behaviour_table.py [--draws 5] [BREED …]

Draw k puts the thing 1.5 to 3.5 m from the dog in a direction of its own; what is counted is the truth of the world.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from worldsim.actor.dog.breed import BREEDS
from worldsim.physics.world import World
from worldsim.policy import fitted, pilot_for
from worldsim.scene.model import Scene

LIMIT = 30.0  # s that a story may take
Things = list[dict[str, Any]]


@dataclass(frozen=True)
class Deed:
    """A behaviour to measure.

    Attributes:
        label: as in the table. words: the story. thing: what it is about, without its place; none for postures.
        done: whether it was achieved, given the world, its director and the dog's hip height in m.
    """

    label: str
    words: str
    thing: dict[str, Any] | None
    done: Callable[[World, Any, float], bool]


def nose_up(world: World) -> float:
    """Return how far the torso is nose up, as a sine."""
    turn = world.pose(world.part_index("rex"))[1]
    return float(world.client.getMatrixFromQuaternion(turn)[6])


def gap(world: World, director: Any) -> float:
    """Return how far the muzzle is from the thing's middle, m on the ground."""
    thing = director.cast.nearest("thing", director.body.place()[0])
    return float(np.linalg.norm((thing.at() - director.body.muzzle())[:2])) - float(thing.radius())


def cleared(world: World, director: Any) -> bool:
    """Whether the dog is on the thing's far side, and nothing of the thing lies elsewhere."""
    rows = [part.index for part in world.parts if part.owner.startswith("thing")]
    now = world.snapshot().position
    start = world.scene.layout(world.seed)
    before = {body.name: body.position for body in start.bodies}
    moved = max(float(np.linalg.norm(now[row] - before[world.parts[row].name])) for row in rows)
    middle = now[rows].mean(axis=0)[:2]
    return moved < 0.05 and float((director.body.place()[0][:2] - middle) @ middle) > 0


CRATE = {"prefab": "crate", "params": {"size": 0.3, "mass": 8}}
BALL = {"shape": "sphere", "radius": 0.045, "mass": 0.09, "material": "rubber"}
DEEDS = (
    Deed("`sit`", "sit for 3 s", None, lambda w, d, h: nose_up(w) > 0.34),
    Deed("`lie`", "lie down for 3 s", None, lambda w, d, h: w.snapshot().position[w.part_index("rex"), 2] < 0.75 * h),
    Deed("`run_to` a crate", "run to the thing", CRATE, lambda w, d, h: gap(w, d) < 2.5 * h),
    Deed("`sniff` a crate", "sniff the thing", CRATE, lambda w, d, h: gap(w, d) < 1.5 * h),
    Deed("`knock_over` a bin", "knock over the thing", {"prefab": "bin"}, lambda w, d, h: fallen(w, d)),
    Deed("`knock_over` a flower pot", "knock over the thing", {"prefab": "flower_pot"}, lambda w, d, h: fallen(w, d)),
    Deed("`knock_over` a cone", "knock over the thing", {"prefab": "cone"}, lambda w, d, h: fallen(w, d)),
    Deed("`jump_over` a hurdle", "jump over the thing", {"prefab": "jump_barrier", "params": {"height": 0.18}},
         lambda w, d, h: cleared(w, d)),
    Deed("`fetch` a ball", "fetch the thing", BALL, lambda w, d, h: float(
        np.hypot(*w.snapshot().position[w.part_index("thing"), :2])) < 1.2),
)  # fmt: skip


def fallen(world: World, director: Any) -> bool:
    """Whether the thing lies."""
    return not director.cast.things("thing") or director.cast.things("thing")[0].fallen()


def act(breed: str, deed: Deed, draw: int) -> tuple[bool, bool, float]:
    """Act a deed out; return whether it was achieved, whether the dog fell, and how long it took, s."""
    rng = np.random.default_rng((draw, 5))
    angle, far = rng.uniform(-np.pi, np.pi), rng.uniform(1.5, 3.5)
    things: Things = []
    if deed.thing is not None:
        at = [float(far * np.cos(angle)), float(far * np.sin(angle))]
        height = [0.045] if deed.thing.get("shape") == "sphere" else []
        things = [{**deed.thing, "name": "thing", "at": [*at, *height]}]
    data = {"format": 1, "name": "deed", "ground": {"material": "grass"}, "objects": things,
            "actors": {"rex": {"kind": "dog", "breed": breed}}}  # fmt: skip
    policy = f"dog_story: {deed.words}"
    with World(fitted(Scene.model_validate(data), policy), seed=draw, detailed=False) as world:
        world.reset()
        pilot: Any = pilot_for(world, policy)
        achieved = False
        while world.time < LIMIT:
            world.advance(pilot(world))
            director = pilot._policy.director
            if deed.thing is None:
                if world.time > 2.5:
                    achieved = deed.done(world, director, BREEDS[breed].hip_height)
                    break
            elif director.over:
                achieved = deed.done(world, director, BREEDS[breed].hip_height)
                break
        fell = any(what == "recover" for _, what in director.log)
        return achieved, fell, world.time


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("breeds", nargs="*", default=list(BREEDS))
    parser.add_argument("--draws", type=int, default=5)
    wanted = parser.parse_args()
    print("| behaviour | " + " | ".join(wanted.breeds) + " |\n" + "|---" * (len(wanted.breeds) + 1) + "|")
    for deed in DEEDS:
        cells = []
        for breed in wanted.breeds:
            seen = [act(breed, deed, draw) for draw in range(wanted.draws)]
            falls = sum(fell for _, fell, _ in seen)
            time = statistics.median(seconds for _, _, seconds in seen)
            note = f", {falls} fell" if falls else ""
            cells.append(f"{sum(done for done, _, _ in seen)}{note}; {time:.1f} s")
        print(f"| {deed.label} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
