"""Prints the tables of docs/dog_measures.md: how every breed walks, trots and runs; how deep a dog was in things.

python docs/tools/dog_measures.py
python docs/tools/dog_measures.py TAKE …     of the first actor, in what was recorded
"""

from __future__ import annotations

import sys

import numpy as np

from worldsim.actor.dog.breed import BREEDS
from worldsim.benchmarks.gait import honesty
from worldsim.take import Take

HEAD = (
    "breed, gait", "m/s", "slip", "worst paw", "loaded", "paw in ground", "body in ground", "torque, of limit",
    "at the gait's limit", "joint speed", "J/m", "cost", "with braking",
)  # fmt: skip


def depths(path: str) -> None:
    """Print what paws and the rest of the body were deepest in, and how often deeper than 5 mm."""
    found: dict[tuple[str, str], list[float]] = {}
    with Take.open(path) as take:
        with take.world() as world:
            parts, name = world.parts, next(iter(world.actors))
        dog = [part.index for part in parts if part.actor == name]
        for period in range(len(take)):
            rows = take.contacts(period)
            for mine, other in (("part_a", "part_b"), ("part_b", "part_a")):
                for row in rows[np.isin(rows[mine], dog) & ~np.isin(rows[other], dog)]:
                    limb = "paw" if parts[row[mine]].name.endswith("_lower") else "body"
                    found.setdefault((limb, parts[row[other]].class_name), []).append(1000 * float(row["depth"]))
    for (limb, thing), mm in sorted(found.items()):
        share = 100 * np.mean(np.array(mm) > 5)
        print(f"| {limb} in {thing} | {max(mm):.1f} mm | {share:.1f} % of {len(mm)} contacts |")


def main() -> None:
    """Print the table."""
    if len(sys.argv) > 1:
        for path in sys.argv[1:]:
            depths(path)
        return
    print("| " + " | ".join(HEAD) + " |\n" + "|---" * len(HEAD) + "|")
    for breed in BREEDS:
        for gait in ("walk", "trot", "run"):
            seen = honesty(breed, gait)
            cells = (
                f"{breed}, {gait}",
                f"{seen.mean_speed:.2f}",
                f"{100 * seen.slip:.1f} %",
                f"{100 * max(seen.paw_slip):.1f} %",
                f"{100 * seen.loaded_slip:.1f} %",
                f"{1000 * seen.paw_depth:.1f} mm",
                f"{1000 * seen.body_depth:.1f} mm",
                f"{seen.torque:.0f} N·m, {100 * seen.torque_share:.0f} %",
                f"{100 * seen.at_share:.1f} %",
                f"{seen.speed:.0f} rad/s",
                f"{seen.energy_per_metre:.0f}",
                f"{seen.cost_of_transport:.2f}",
                f"{seen.absolute_cost:.2f}",
            )
            print("| " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
