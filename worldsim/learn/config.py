"""What a training is: typed, with units, written beside the policy it makes.

It knows nothing of stable-baselines3 beyond the names of PPO's numbers.
"""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from worldsim.errors import TrainingError


class Stage(BaseModel):
    """One stage of a curriculum.

    Attributes:
        steps: actions of all envs together after which the next stage begins.
        arguments: of the env, on top of the training's own.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    steps: int = Field(ge=1)
    arguments: dict[str, Any] = Field(default_factory=dict)


class RunConfig(BaseModel):
    """What every config of a run has: no key but its own, a file, and words for what is wrong in one.

    Attributes:
        kind: what it is a config of, in words.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: ClassVar[str]

    def save(self, path: Path) -> None:
        """Write it as JSON."""
        path.write_text(self.model_dump_json(indent=2) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what `save` wrote.

        Raises:
            TrainingError: it can't be read, or says what means nothing; the message names every mistake.
        """
        try:
            return cls.model_validate_json(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise TrainingError(f"{path} can't be read: {error}") from error
        except ValidationError as error:
            raise TrainingError(f"{path} is no config of {cls.kind}: {told(error, cls)}") from error


class TrainConfig(RunConfig):
    """A training with PPO (Schulman et al., 2017).

    Attributes:
        env: an id. arguments: of the env.
        base: a shipped policy whose action the learned one is added to, or None to learn from nothing; the policy then
            begins as good as its base (residual policy learning, Silver et al., 2018). scale: how far, in the action
            space's units of 1, the learned part can depart from it.
        steps: actions of all envs together. envs: how many side by side. processes: whether each has its own.
        horizon: actions of each env between updates. batch: a minibatch. epochs: passes over what was collected.
        gamma: discount of a second's reward; gae_lambda: PPO's. learning_rate, clip, entropy: PPO's. spread: log of
            the standard deviation of the first actions. hidden: width of each of the tanh layers.
        evaluate_every: actions between evaluations. episodes: of each. patience: evaluations without a better one after
            which training ends, 0 for never.
        curriculum: stages in order; none for one stage.
        seed: of all that is random.
    """

    kind = "a training"

    env: str
    arguments: dict[str, Any] = Field(default_factory=dict)
    base: str | None = None
    scale: float = Field(default=1.0, gt=0, le=2)
    steps: int = Field(default=200_000, ge=1)
    envs: int = Field(default=4, ge=1, le=256)
    processes: bool = False
    horizon: int = Field(default=512, ge=8)
    batch: int = Field(default=256, ge=8)
    epochs: int = Field(default=6, ge=1)
    gamma: float = Field(default=0.98, gt=0, lt=1)
    gae_lambda: float = Field(default=0.95, gt=0, le=1)
    learning_rate: float = Field(default=5e-4, gt=0)
    clip: float = Field(default=0.2, gt=0)
    entropy: float = Field(default=0.0, ge=0)
    spread: float = -1.0
    hidden: tuple[int, ...] = (64, 64)
    evaluate_every: int = Field(default=40_000, ge=1)
    episodes: int = Field(default=20, ge=1)
    patience: int = Field(default=0, ge=0)
    curriculum: tuple[Stage, ...] = ()
    seed: int = Field(default=0, ge=0)

    def stage_at(self, steps: int) -> int:
        """Return which stage of the curriculum, from 0, follows after so many actions."""
        done = 0
        for index, stage in enumerate(self.curriculum):
            done += stage.steps
            if steps < done:
                return index
        return max(0, len(self.curriculum) - 1)

    def env_arguments(self, stage: int) -> dict[str, Any]:
        """Return the env's arguments in a stage."""
        return {**self.arguments, **(self.curriculum[stage].arguments if self.curriculum else {})}

    def changed(self, **changes: Any) -> TrainConfig:
        """Return a config with some keys changed, checked like one from a file.

        Raises:
            TrainingError: a value that means nothing.
        """
        try:
            return TrainConfig.model_validate({**self.model_dump(), **changes})
        except ValidationError as error:
            raise TrainingError(f"no such training: {told(error, TrainConfig)}") from error


def told(error: ValidationError, kind: type[BaseModel]) -> str:
    """Return every mistake in a config of a kind in a few words each, with a guess at what a key was meant to be."""
    words = []
    for problem in error.errors():
        place = ".".join(str(piece) for piece in problem["loc"])
        known = (Stage if "curriculum" in problem["loc"] else kind).model_fields
        guess = difflib.get_close_matches(str(problem["loc"][-1]) if problem["loc"] else "", known, 1)
        if problem["type"] == "extra_forbidden":
            hint = f"did you mean {guess[0]!r}?" if guess else f"known: {', '.join(known)}"
            words.append(f"no key is called {place!r}; {hint}")
        else:
            found = "" if problem["type"] in ("missing", "json_invalid") else f", found {problem['input']!r}"
            words.append(f"{place or 'the file'}: {problem['msg'].removeprefix('Value error, ')}{found}")
    return "; ".join(words)


def default_config(env: str) -> TrainConfig:
    """Return the settings a shipped env is trained with, or PPO's usual ones."""
    walk = {"control": "gait+residual", "terrain": "flat"}
    known = {
        "worldsim/DogWalk-v0": TrainConfig(
            env=env,
            arguments=walk,
            base="dog_walk",
            scale=0.5,
            steps=400_000,
            spread=-1.6,
            learning_rate=3e-4,
            curriculum=(
                Stage(steps=120_000, arguments={"speed": [0.0, 1.5], "pushes": 0.7}),
                Stage(steps=280_000, arguments={"speed": [0.0, 2.4], "pushes": 1.2}),
            ),
        ),
    }
    return known.get(env, TrainConfig(env=env))
