"""What a world expects of a body that can be driven: a dog, a robot, a car.

An actor owns its PyBullet body, turns commands into motor targets or forces, and reads its own sensors. It never sets a
pose or a velocity after the reset: it moves by its joints' motors and by contact alone. It knows nothing of scenes,
cameras or rewards.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from worldsim.physics.client import Client
from worldsim.physics.skin import Skin
from worldsim.scene.layout import ActorPlacement, Geom, Material


@dataclass(frozen=True)
class Channel:
    """One number of a command or of the sensors.

    Attributes:
        name: snake_case. unit: SI, "1" for none.
        low, high: bounds; a command outside is clipped, sensors are clipped to them too.
        neutral: the command that asks for nothing.
    """

    name: str
    unit: str
    low: float
    high: float
    neutral: float = 0.0


@dataclass(frozen=True)
class ActorLink:
    """One link of an actor's PyBullet body.

    Attributes:
        name: "torso", "front_left_shin" …
        link: PyBullet's link index, -1 for the base.
        geoms: what is drawn and what collides, in the link's frame (PyBullet's inertial frame: centre of mass).
        mass: kg. material: name of its main material.
    """

    name: str
    link: int
    geoms: tuple[Geom, ...]
    mass: float
    material: str


@dataclass(frozen=True)
class Rates:
    """The rates an actor lives at, Hz: `step` physics steps and `control` commands a second."""

    step: int
    control: int


class Actor(ABC):
    """A body that can be driven. The world calls build once, then reset, then command and before_step for ever.

    Attributes set by `build`:
        body: PyBullet's body id. links: in the order of the world's parts.
        joint_names, joint_indices: the movable joints, whose state goes into snapshots.
    """

    kind: ClassVar[str]
    """The word a scene file uses."""
    options: ClassVar[type]
    """The pydantic model (frozen, unknown keys refused) of the actor's own keys in a scene file."""

    body: int
    links: tuple[ActorLink, ...]
    joint_names: tuple[str, ...]
    joint_indices: tuple[int, ...]

    def __init__(self, placement: ActorPlacement, rates: Rates) -> None:
        """Keep the placement; `placement.options` is an instance of `type(self).options`."""
        self.name = placement.name
        self.placement = placement
        self.rates = rates

    @property
    @abstractmethod
    def command_channels(self) -> tuple[Channel, ...]:
        """What a command means: one channel a number."""

    @property
    @abstractmethod
    def sensor_channels(self) -> tuple[Channel, ...]:
        """What `observe` returns: one channel a number."""

    @property
    def keys(self) -> Mapping[str, Mapping[str, float]]:
        """Key name (pygame's, "w", "space", "left") → {channel name: value while held}. For people at a keyboard."""
        return {}

    def skin(self, parts: Sequence[int]) -> Skin | None:
        """Return the skin over the body, or None where it has none; nobody asks unless something is drawn.

        Args:
            parts: the index in `World.parts` of each of `links`.
        """
        return None

    @abstractmethod
    def build(self, client: Client, materials: Mapping[str, Material]) -> None:
        """Create the body at its placement and set `body`, `links`, `joint_names`, `joint_indices`."""

    @abstractmethod
    def reset(self, rng: np.random.Generator) -> None:
        """Start an episode: the world has restored the poses; set internal state and motor targets anew."""

    @abstractmethod
    def command(self, values: NDArray[np.float64]) -> None:
        """Take a command of shape (len(command_channels),), clipped and finite, once a control period."""

    def before_step(self) -> None:  # noqa: B027  most actors need nothing here
        """Apply forces for one physics step; actors driven by PyBullet's own joint motors need nothing here."""

    @abstractmethod
    def observe(self) -> NDArray[np.float64]:
        """Read the sensors: shape (len(sensor_channels),), finite."""

    @abstractmethod
    def state(self) -> Any:
        """Return all internal state that is not in PyBullet (phase, last targets), as plain immutable data."""

    @abstractmethod
    def set_state(self, state: Any) -> None:
        """Take back what `state` returned and issue its motor targets again."""
