"""Which things of a world have a sound of their own: looked up once, from what its layout and parts say."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from worldsim.sound.music.band import Music
from worldsim.sound.source.ambience import Ambience
from worldsim.sound.source.chain import ChainRattle, chains_of
from worldsim.sound.source.cue import Announcements, Cues, callers_of
from worldsim.sound.source.dog import DogVoice
from worldsim.sound.source.driving import DRIVES, Driver
from worldsim.sound.source.hinge import LIGHTEST, HingeCreak, is_metal
from worldsim.sound.source.servo import ServoWhine
from worldsim.sound.source.source import Bed, Clock, Source
from worldsim.sound.source.vehicle import VehicleSound
from worldsim.sound.source.whoosh import Whoosh

if TYPE_CHECKING:
    from worldsim.physics.world import World
    from worldsim.scene.look import Look

MOST_HINGES = 12  # that are listened to: the heaviest


@dataclass(frozen=True)
class Programme:
    """All that a world has to be heard besides its contacts.

    Attributes:
        sources: what has a place. ambience, music: what is heard around, or None.
    """

    sources: tuple[Source, ...] = ()
    ambience: Bed | None = None
    music: Bed | None = None


def programme_of(world: World, sample_rate: int = 48_000, look: Look | None = None) -> Programme:
    """Return what a world holds and its scene asks for.

    Args:
        world: at its start.
        sample_rate: Hz.
        look: that the ambience follows; the scene's own where left out.
    """
    clock, sound = clock_of(world, sample_rate), world.scene.sound
    cues = Cues(world, clock) if sound.events else None
    everywhere = cues is not None and any(event.at is None for event in sound.events)
    announcements = Announcements(cues, clock) if cues is not None and everywhere else None
    ambience = None
    if sound.ambience is not None or announcements is not None:
        ambience = Ambience(
            look or world.scene.look, sound.ambience, clock, seed_of("ambience", world.seed), announcements
        )
    music = Music(sound.music, world.parts, clock, seed_of("music", world.seed)) if sound.music is not None else None
    return Programme(tuple(sources_of(world, sample_rate, cues)), ambience, music)


def clock_of(world: World, sample_rate: int = 48_000) -> Clock:
    """Return a world's rates."""
    return Clock(sample_rate, world.step_rate, world.control_rate)


def seed_of(name: str, seed: int) -> int:
    """Return the seed of one thing: another name or another world's seed, another voice."""
    return (zlib.crc32(name.encode()) ^ (seed * 0x9E3779B1)) & 0x7FFFFFFF


def sources_of(world: World, sample_rate: int = 48_000, cues: Cues | None = None) -> list[Source]:
    """Return what a world holds that sounds without being touched.

    Args:
        world: at its start.
        sample_rate: Hz.
        cues: of the scene's sound events, where it has any.
    """
    clock, parts = clock_of(world, sample_rate), world.parts
    dogs: dict[str, DogVoice] = {}
    by_name = {part.name: part for part in parts}
    found: list[Source] = []
    for name, placement in ((actor.name, actor) for actor in world.layout.actors):
        if placement.kind == "dog":
            own_seed = seed_of(f"{world.scene.name}/{name}", world.seed)  # or all scenes' dogs bark at the same moments
            dogs[name] = DogVoice(name, parts, clock, own_seed)
        elif placement.kind == "robot":
            turning = [row for row, joint in enumerate(world.joint_names) if joint.startswith(f"{name}/")]
            if turning:
                own = [part.index for part in parts if part.actor == name]
                found.append(ServoWhine(name, turning, own, clock, seed_of(name, world.seed)))
    found += dogs.values()
    joints = world.layout.joints
    rows = {name: row for row, name in enumerate(world.joint_names)}
    hinges = [
        joint
        for joint in joints
        if joint.kind == "hinge" and joint.name in rows and by_name[joint.child].mass >= LIGHTEST
    ]
    hinges.sort(key=lambda joint: -by_name[joint.child].mass)
    start = world.snapshot() if hinges else None
    for joint in hinges[:MOST_HINGES]:
        assert start is not None
        child = by_name[joint.child]
        parent = by_name[joint.parent] if joint.parent else None
        metal = is_metal(world.layout.materials.get(child.material))
        seed = seed_of(joint.name, world.seed)
        found.append(HingeCreak(joint, rows[joint.name], child, parent, metal, clock, seed, start))
    for row in chains_of(joints):
        links = [by_name[joint.child] for joint in row]
        metal = is_metal(world.layout.materials.get(links[0].material))
        above = by_name[row[0].parent] if row[0].parent else None
        found.append(ChainRattle(links, above, metal, clock, seed_of(row[0].name, world.seed)))
    for vehicle in world.scene.sound.vehicles:
        name = vehicle.at.split("/", 1)[0] if vehicle.at.split("/", 1)[0] in world.actors else vehicle.at
        index, drive = world.part_index(vehicle.at), DRIVES[vehicle.engine]
        gain, seed = 10 ** (vehicle.level / 20), seed_of(f"vehicle {vehicle.at}", world.seed)
        found.append(VehicleSound(name, index, drive.kind, Driver(index, drive, clock), clock, seed, gain))
    whoosh = Whoosh(parts, clock)
    if whoosh.listens:
        found.append(whoosh)
    if cues is not None:
        found += callers_of(world, cues, clock, dogs)
    return found
