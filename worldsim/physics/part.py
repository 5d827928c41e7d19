"""What a world is made of, for those who draw it or listen to it. No PyBullet in here."""

from __future__ import annotations

from dataclasses import dataclass

from worldsim.scene.layout import Geom


@dataclass(frozen=True)
class Part:
    """One rigid thing with a pose of its own: an object of the scene, or one link of an actor.

    Attributes:
        index: its place in `World.parts` and in every (P, …) array of a `Snapshot`.
        name: unique: "crate", "post.3", "rex/torso".
        owner: the object's or actor's name: "crate", "post.3", "rex".
        instance: >= 1, the id in the instance buffer; all parts of one owner share it. 0 is the background.
        class_name: what it is ("crate", "domino", "dog"), for class ids.
        actor: the actor's name, or None for an object.
        material: the name of its main material.
        geoms: what is drawn (geoms with visible=True) and what collides, in the part's frame.
        static: never moves.
        mass: kg; 0 where static.
    """

    index: int
    name: str
    owner: str
    instance: int
    class_name: str
    actor: str | None
    material: str
    geoms: tuple[Geom, ...]
    static: bool
    mass: float
