"""Prints the table of docs/dog_measures.md: how every breed walks, trots and runs.

python docs/tools/dog_measures.py
"""

from __future__ import annotations

from worldsim.actor.dog.breed import BREEDS
from worldsim.benchmarks.gait import honesty

HEAD = (
    "breed, gait", "m/s", "slip", "worst paw", "loaded", "paw in ground", "body in ground", "torque, of limit",
    "at the gait's limit", "joint speed", "J/m", "cost", "with braking",
)  # fmt: skip


def main() -> None:
    """Print the table."""
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
