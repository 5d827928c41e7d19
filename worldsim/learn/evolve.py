"""Learning by search: CMA-ES over a few gains from what an actor senses to what it does, on top of a policy.

Where one action in a thousand matters (a knock, a slip), gradients of noisy actions drown; whole episodes with the same
orders and the same knocks can still be compared. The strategy is Hansen's (The CMA Evolution Strategy: A Tutorial,
2016) with its default constants. What it finds is a `Trained` policy with one linear layer, the same file as any other.
It needs neither torch nor stable-baselines3; the same config gives the same policy. `worldsim.learn.search` runs it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from worldsim.errors import TrainingError
from worldsim.learn.config import RunConfig

Floats = NDArray[np.float64]


class EvolveConfig(RunConfig):
    """A search.

    Attributes:
        env: an id. arguments: of the env, which the policy needs. lesson: of the env, only while it learns.
        base: the policy that the gains are added to. scale: how far they may depart from it, in the action's unit of 1.
        gains: for each channel of the command that is changed, the channels of the observation that change it, as
            many standard deviations as they are off their mean; "1" is a constant. Several channels can share a gain:
            "a + b" both get it, "a - b" b the opposite, as a dog's left and right do.
        weights: what terms of the reward count for candidates, as factors; those not named count once. Where it is
            easier to stand than to walk, standing must not pay.
        generations: how many. population: candidates of each. episodes: that each candidate does. sigma: standard
            deviation of the first candidates' gains. check_every: generations between evaluations. checks: episodes of
            each evaluation, never trained on. seed: of all that is random.
    """

    kind = "a search"

    env: str
    arguments: dict[str, Any] = Field(default_factory=dict)
    lesson: dict[str, Any] = Field(default_factory=dict)
    base: str
    scale: float = Field(default=0.5, gt=0, le=2)
    gains: dict[str, tuple[str, ...]]
    weights: dict[str, float] = Field(default_factory=dict)
    generations: int = Field(default=20, ge=1)
    population: int = Field(default=12, ge=4)
    episodes: int = Field(default=6, ge=1)
    sigma: float = Field(default=0.1, gt=0)
    check_every: int = Field(default=4, ge=1)
    checks: int = Field(default=30, ge=1)
    seed: int = Field(default=0, ge=0)


class Cloud(NamedTuple):
    """Where candidates are drawn from: a normal distribution and how it has moved.

    Attributes:
        mean: (N,). sigma: overall size. shape: (N, N) covariance over sigma². path, path_sigma: (N,) how the mean went.
        age: generations.
    """

    mean: Floats
    sigma: float
    shape: Floats
    path: Floats
    path_sigma: Floats
    age: int


def cloud(size: int, sigma: float) -> Cloud:
    """Return the first one, round 0."""
    none = np.zeros(size)
    return Cloud(none, sigma, np.eye(size), none, none, 0)


def draw(at: Cloud, count: int, rng: np.random.Generator) -> Floats:
    """Return (count, N) candidates, in pairs that mirror each other."""
    half = rng.standard_normal(((count + 1) // 2, len(at.mean)))
    values, axes = np.linalg.eigh(at.shape)
    return at.mean + at.sigma * np.concatenate((half, -half))[:count] @ (axes * np.sqrt(np.maximum(values, 1e-20))).T


def moved(at: Cloud, candidates: Floats, scores: Floats) -> Cloud:
    """Return the cloud after a generation: towards the better half, longer where that went on in one direction.

    Args:
        at: the cloud that they were drawn from.
        candidates: (K, N).
        scores: (K,), higher is better.
    """
    n, count = len(at.mean), len(candidates) // 2
    weights = np.log(len(candidates) / 2 + 0.5) - np.log(np.arange(1, count + 1))
    weights /= weights.sum()
    mass = 1 / (weights**2).sum()
    c_sigma = (mass + 2) / (n + mass + 5)
    d_sigma = 1 + 2 * max(0.0, np.sqrt((mass - 1) / (n + 1)) - 1) + c_sigma
    c_path = (4 + mass / n) / (n + 4 + 2 * mass / n)
    c_one = 2 / ((n + 1.3) ** 2 + mass)
    c_many = min(1 - c_one, 2 * (mass - 2 + 1 / mass) / ((n + 2) ** 2 + mass))
    usual = np.sqrt(n) * (1 - 1 / (4 * n) + 1 / (21 * n * n))  # length of a standard normal vector
    best = (candidates[np.argsort(-scores, kind="stable")[:count]] - at.mean) / at.sigma
    step = weights @ best
    values, axes = np.linalg.eigh(at.shape)
    whitened = axes @ ((axes.T @ step) / np.sqrt(np.maximum(values, 1e-20)))
    path_sigma = (1 - c_sigma) * at.path_sigma + np.sqrt(c_sigma * (2 - c_sigma) * mass) * whitened
    length = float(np.linalg.norm(path_sigma))
    going = length / np.sqrt(1 - (1 - c_sigma) ** (2 * (at.age + 1))) < (1.4 + 2 / (n + 1)) * usual
    path = (1 - c_path) * at.path + going * np.sqrt(c_path * (2 - c_path) * mass) * step
    kept = 1 - c_one - c_many + (not going) * c_one * c_path * (2 - c_path)
    shape = kept * at.shape + c_one * np.outer(path, path) + c_many * (best.T * weights) @ best
    sigma = at.sigma * float(np.exp(c_sigma / d_sigma * (length / usual - 1)))
    return Cloud(at.mean + at.sigma * step, sigma, (shape + shape.T) / 2, path, path_sigma, at.age + 1)


def default_search(env: str) -> EvolveConfig:
    """Return what a shipped env's policy is searched with.

    Raises:
        TrainingError: nobody has written down which gains to search for.
    """
    if env != "worldsim/DogWalk-v0":
        raise TrainingError(f"there is no search for {env} by default: give one with --config (see docs/learning.md)")
    legs = ("front_left", "front_right", "rear_left", "rear_right")
    lift, stride, side = (" + ".join(f"{leg}_{what}" for leg in legs) for what in ("lift", "stride", "side"))
    falling = ("velocity_y", "gravity_y", "angular_velocity_x", "angular_velocity_z")
    pitching = ("1", "gravity_x", "angular_velocity_y", "target_speed")
    return EvolveConfig(
        env=env,
        arguments={"control": "cpg"},
        lesson={"terrain": "flat", "max_episode_steps": 360, "seconds": 6.0, "speed": [0.3, 1.2]},
        base="dog_rhythm",
        scale=1.0,
        gains={
            "frequency": ("1", "target_speed"),
            lift: ("1", "target_speed"),
            stride: ("target_speed", "velocity_x", "gravity_x", "angular_velocity_y"),
            "front_right_stride + rear_right_stride - front_left_stride - rear_left_stride": (
                "heading_error", "angular_velocity_z",
            ),
            "front_left_side - front_right_side": falling,
            "rear_left_side - rear_right_side": falling,
            side: ("1",),
            "front_left_height + front_right_height": pitching,
            "rear_left_height + rear_right_height": pitching,
            "front_left_height - front_right_height + rear_left_height - rear_right_height": (
                "gravity_y", "angular_velocity_x",
            ),
        },
        weights={"heading": 0.2},
        generations=40,
        population=14,
        sigma=0.1,
        check_every=4,
        checks=20,
    )  # fmt: skip
