"""Learning from a teacher: DAgger, with the student at the wheel and the teacher saying what it would have done.

What a rule knows, a network can learn from it in minutes, and then be trained further (Ross, Gordon and Bagnell, A
Reduction of Imitation Learning and Structured Prediction to No-Regret Online Learning, 2011). Copying the teacher's own
episodes is not enough: the student errs, and never saw what comes of that. `worldsim.learn.dagger` runs it.
"""

from __future__ import annotations

from typing import Any

from pydantic import Field, field_validator

from worldsim.errors import TrainingError
from worldsim.learn.config import RunConfig


class ImitateConfig(RunConfig):
    """A training by a teacher.

    Attributes:
        env: an id. arguments: of the env, which the policy needs. lesson: of the env, only while it learns.
        teacher: the policy that is imitated.
            It must judge by what it sees alone what was done: it is not told who drives.
        events: channels of the command that are orders of a moment, such as a jump: rare, so they weigh `weight` times
            as much.
        blind: beginnings of the names of channels that the student is not shown. Who is shown the last command copies
            it: nearly always right, and no help (Wen et al., Fighting Copycat Agents in Behavioral Cloning, 2020).
            Joint angles that the teacher leads on from the last ones are another thing: who can't see those trembles.
        demonstrations: episodes that the teacher drives alone. rounds: of learning, the first from those only; before
            each other one `episodes` are driven by both in turns of 1 to 4 s, the student's share growing from `share`
            to 1 in the last round. beyond: s that they are driven on after the task is over: what was reached is to be
            kept.
        values: how many at equal distances each number of an action is chosen among, 0 to tell numbers instead. Who
            tells numbers and can't know which of two plans is on tells the mean of both, which is neither.
        hidden: width of encoder and memory. batch: episodes that are read side by side, each from its beginning to its
            end. window: control periods of each that a step reads; gradients go no further back, the memory does.
            updates, finish: steps of each round, and of the last. rate: of learning (Adam's).
        checks: episodes of each evaluation, never trained on. seed: of all that is random.
        processes: that drive episodes side by side; how many changes the time it takes and nothing else.
    """

    kind = "an imitation"

    env: str
    arguments: dict[str, Any] = Field(default_factory=dict)
    lesson: dict[str, Any] = Field(default_factory=dict)
    teacher: str
    events: tuple[str, ...] = ()
    weight: float = Field(default=8.0, ge=1)
    blind: tuple[str, ...] = ("last_",)
    demonstrations: int = Field(default=60, ge=1)
    rounds: int = Field(default=6, ge=1)
    episodes: int = Field(default=25, ge=1)
    share: float = Field(default=0.5, ge=0, le=1)
    beyond: float = Field(default=0.0, ge=0)
    values: int = Field(default=0, ge=0)
    hidden: int = Field(default=96, ge=1)
    window: int = Field(default=60, ge=2)
    batch: int = Field(default=32, ge=1)
    updates: int = Field(default=1500, ge=1)
    finish: int = Field(default=1500, ge=1)
    rate: float = Field(default=5e-3, gt=0)
    checks: int = Field(default=20, ge=1)
    seed: int = Field(default=0, ge=0)
    processes: int = Field(default=2, ge=1)

    @field_validator("values")
    @classmethod
    def _some_or_none(cls, values: int) -> int:
        if values == 1:
            raise ValueError("0 to tell numbers, or 2 and more to choose among")
        return values

    def share_in(self, number: int) -> float:
        """Return the student's share of the driving before a round, 0 for the first."""
        if number == 0:
            return 0.0
        return self.share + (1 - self.share) * (number - 1) / max(1, self.rounds - 2)


def default_imitation(env: str) -> ImitateConfig:
    """Return what a shipped env's policy is taught with.

    Raises:
        TrainingError: nobody has written down who teaches it.
    """
    known = {
        "worldsim/DogAgility-v0": ImitateConfig(
            env=env,
            lesson={"scene": "agility_random"},
            teacher="dog_agility",
            events=("jump",),
            weight=2.0,
            blind=("last_speed", "last_turn", "since_jump"),
            demonstrations=100,
            episodes=60,
            rounds=6,
            values=41,
            hidden=192,
            rate=3e-3,
            finish=9000,
            checks=20,
        ),
        "worldsim/DogFetch-v0": ImitateConfig(env=env, teacher="dog_fetch", demonstrations=40, episodes=20, rounds=4),
        "worldsim/DogRecover-v0": ImitateConfig(
            env=env,
            arguments={"control": "joint"},
            teacher="dog_recover_joints",
            blind=(),
            demonstrations=80,
            episodes=60,
            rounds=10,
            beyond=1.5,
            window=40,
            rate=3e-3,
            finish=6000,
            checks=80,
        ),
        "worldsim/DogRampage-v0": ImitateConfig(
            env=env,
            teacher="dog_rampage",
            demonstrations=60,
            episodes=40,
            rounds=5,
            values=41,
            hidden=192,
            rate=3e-3,
            finish=6000,
            checks=16,
        ),
        "worldsim/DogWalk-v0": ImitateConfig(
            env=env,
            lesson={"speed": [0.0, 2.5], "pushes": 0.5},
            teacher="dog_walk",
            demonstrations=40,
            episodes=20,
            rounds=5,
        ),
    }
    if env not in known:
        raise TrainingError(f"nobody teaches {env} by default: give a teacher with --config (see docs/learning.md)")
    return known[env]
