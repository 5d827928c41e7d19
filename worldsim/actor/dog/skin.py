"""What a dog looks like: the geoms of each bone, in its centre-of-mass frame. It knows nothing of motion."""

from __future__ import annotations

from worldsim.actor.base import ActorLink
from worldsim.actor.dog.breed import Breed
from worldsim.actor.dog.skeleton import Bone, Skeleton
from worldsim.scene.layout import Geom


def dress(breed: Breed, skeleton: Skeleton) -> tuple[ActorLink, ...]:
    """Return the links of a dog with what is drawn and what collides."""
    links = []
    for index, bone in enumerate((skeleton.torso, *skeleton.bones), start=-1):
        links.append(ActorLink(bone.name, index, _geoms(breed, bone), bone.mass, "leather"))
    return tuple(links)


def _geoms(breed: Breed, bone: Bone) -> tuple[Geom, ...]:
    if bone.collider is None:
        return ()
    geom = bone.collider
    cx, cy, cz = bone.centre
    x, y, z = geom.position
    return (Geom(geom.shape, (x - cx, y - cy, z - cz), geom.orientation, "leather", breed.coat.side, smooth=True),)
