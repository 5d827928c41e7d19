"""A scene as its author wrote it, validated: the whole file as one frozen model.

`Scene.layout(seed)` draws it. A scene knows nothing of physics or pictures; world and renderers are views of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from pydantic import BeforeValidator, Field, PrivateAttr, ValidationError

from worldsim.errors import SceneError, UnknownNameError
from worldsim.scene.actor import ActorSpec
from worldsim.scene.camera import CameraSpec
from worldsim.scene.ground import GroundSpec
from worldsim.scene.joint import JointSpec
from worldsim.scene.layout import Layout
from worldsim.scene.limits import MAX_ACTORS, MAX_BODIES, MAX_GRAVITY, MAX_JOINTS, MAX_LENGTH
from worldsim.scene.look import Look
from worldsim.scene.mark import NOWHERE, Mark, MarkedDict
from worldsim.scene.material import MaterialSpec
from worldsim.scene.number import Draw, Finite, Number, between, listed
from worldsim.scene.object import ObjectSpec, Word
from worldsim.scene.outcome import OutcomeSpec, TriggerSpec
from worldsim.scene.rates import Rates
from worldsim.scene.sound import SoundSpec
from worldsim.scene.spec import Spec, plain_error
from worldsim.scene.story import Story

if TYPE_CHECKING:
    from worldsim.scene.expand import Drawn
    from worldsim.scene.files import Files

Pull = Annotated[Number, between(-MAX_GRAVITY, MAX_GRAVITY, " m/s²")]


def _ground(value: Any) -> Any:
    """Let the word "none" stand for no ground."""
    return None if isinstance(value, str) and value == "none" else value


def _look(value: Any) -> Any:
    """Validate a look with messages in plain words."""
    try:
        return Look.model_validate(value)
    except ValidationError as error:
        raise plain_error(error, Look) from None


class Scene(Spec):
    """A scene file.

    Attributes:
        format: 1. name, description: for people. include: files merged into this one before it is read.
        gravity: m/s². rates: Hz. bounds: m: what is farther from the origin has left the world.
        solver_iterations: of the physics, per step; more make tall stacks and long chains stiffer.
        look: light and sky. sound: ambience, music, sounds of events. ground: what things stand on, None for nothing.
        materials: by name, on top of the shipped ones. objects, joints: what is there.
        actors: bodies that can be driven, by name. cameras: by name.
        outcomes, triggers: what may come to hold. keys: key → actor → {channel: value while held}, on top of the
            actor's own keys.
        story: what the first dog does where the policy `dog_story` drives it.
    """

    format: Literal[1]
    name: Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_][A-Za-z0-9_ .-]*$")]
    description: str = Field(default="", max_length=2000)
    include: tuple[str, ...] = Field(default=(), description="files merged into this one, relative to it")
    gravity: Annotated[tuple[Pull, Pull, Pull], listed((3,), "three numbers [x, y, z]")] = (0.0, 0.0, -9.81)
    rates: Rates = Rates()
    bounds: Annotated[Finite, between(1, MAX_LENGTH, " m")] = 1000.0
    solver_iterations: Annotated[int, Field(strict=True, ge=1, le=1000)] = 50
    look: Annotated[Look, BeforeValidator(_look)] = Look()
    sound: SoundSpec = SoundSpec()
    ground: Annotated[GroundSpec | None, BeforeValidator(_ground)] = GroundSpec()
    materials: dict[Word, MaterialSpec] = Field(default_factory=dict, max_length=200)
    objects: tuple[ObjectSpec, ...] = Field(default=(), max_length=MAX_BODIES)
    joints: tuple[JointSpec, ...] = Field(default=(), max_length=MAX_JOINTS)
    actors: dict[Word, ActorSpec] = Field(default_factory=dict, max_length=MAX_ACTORS)
    cameras: dict[Word, CameraSpec] = Field(default_factory=dict, max_length=100)
    outcomes: tuple[OutcomeSpec, ...] = Field(default=(), max_length=200)
    triggers: tuple[TriggerSpec, ...] = Field(default=(), max_length=200)
    keys: dict[str, dict[str, dict[str, Finite]]] = Field(default_factory=dict, max_length=200)
    story: Annotated[Story, Field(max_length=200)] = ()

    _data: MarkedDict | None = PrivateAttr(default=None)
    _files: Files | None = PrivateAttr(default=None)
    _fixed: Drawn | None = PrivateAttr(default=None)
    _random: bool | None = PrivateAttr(default=None)

    def layout(self, seed: int = 0) -> Layout:
        """Return one drawing of the scene: prefabs expanded, repeats unrolled, random numbers drawn from the seed.

        Raises:
            SceneError: this drawing can't be made (a random size, say, that a capsule can't have).
        """
        return self.draw(seed).layout

    def draw(self, seed: int = 0, *, references: bool = False) -> Drawn:
        """Return the layout together with where in the file each body stands.

        Args:
            seed: of the random numbers.
            references: also look up every name in cameras, outcomes, triggers and keys.

        Raises:
            SceneError: this drawing can't be made.
        """
        if self._fixed is not None:
            return self._fixed
        from worldsim.scene.expand import Expander

        drawn = Expander(self, Draw(np.random.default_rng(seed))).run(references=references)
        self._random = drawn.random
        if not drawn.random:
            self._fixed = drawn
        return drawn

    def with_options(self, actor: str | None, options: Mapping[str, Any]) -> Scene:
        """Return the scene with more of an actor's own keys, None for its first actor, on top of those it has.

        Raises:
            SceneError: there is no actor. UnknownNameError: none of that name.
        """
        if not self.actors:
            raise SceneError(f"scene {self.name!r} has no actor: add one under 'actors'")
        name = next(iter(self.actors)) if actor is None else actor
        if name not in self.actors:
            raise UnknownNameError("actor", name, self.actors)
        spec = self.actors[name]
        changed = spec.model_copy(update={"options": {**spec.options, **options}})
        return self.with_parts(actors={**self.actors, name: changed})

    def with_parts(self, **parts: Any) -> Scene:
        """Return the scene with some of its attributes replaced by others of the same types, not checked again.

        It is a scene made in code from then on: a take of it carries its own text, not the file's.
        """
        changed = self.model_copy(update={"include": (), **parts})
        changed._fixed = changed._random = changed._data = None
        return changed

    @property
    def is_random(self) -> bool:
        """Whether another seed can give another layout."""
        if self._random is None:
            self.draw(0)
        return bool(self._random)

    @property
    def data(self) -> MarkedDict | None:
        """The marked data it was read from, includes merged in; None for a scene made in code."""
        return self._data

    def mark_of(self, name: str, seed: int = 0) -> Mark:
        """Return where in its file the object or actor of that name stands."""
        try:
            return self.draw(seed).marks.get(name, NOWHERE)
        except SceneError:
            return NOWHERE
