"""All of a layout built in one PyBullet connection: ground, objects, actors, spare balls, and who is who among them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from worldsim.actor import actor_class
from worldsim.actor.base import Actor, Rates
from worldsim.physics.breakage import Breakable, Breakage
from worldsim.physics.build import build_objects
from worldsim.physics.client import Client
from worldsim.physics.contacts import key
from worldsim.physics.joining import PlacedJoint
from worldsim.physics.part import Part
from worldsim.physics.reader import Located, StateReader
from worldsim.physics.urdf import load_urdf
from worldsim.scene.layout import Body, Geom, Layout, Shape

SPARE_HEIGHT = 900.0  # m: spare balls wait on a tray above everything, farther than any camera sees
SPARE_RADIUS = 0.1  # m
SPARE_MASS = 0.5  # kg


@dataclass(frozen=True)
class Assembly:
    """Who is who in a built world.

    Attributes:
        parts: what the world is made of. located: where each part is in PyBullet. index: part name → index; an owner's
            name stands for its first part.
        actors: by name. driven: those with forces of their own to apply before each physics step.
        part_of: (body, link) key → part index. body_of: part index → body id. keys_of: body id → its keys.
        always: (P,) bool, parts whose contacts count even at rest: the actors'. actor_bodies: their body ids.
        owner_mass: kg, by owner.
        dynamic_bodies: how many PyBullet bodies can move.
        joint_names: of the recorded joints. springs: scene joints with a spring. breakage: those that can
            give way. spares: body ids of the spare balls.
        reader: reads the state of the parts.
    """

    parts: tuple[Part, ...]
    located: tuple[Located, ...]
    index: Mapping[str, int]
    actors: Mapping[str, Actor]
    driven: tuple[Actor, ...]
    part_of: dict[int, int]
    body_of: tuple[int, ...]
    keys_of: dict[int, list[int]]
    always: NDArray[np.bool_]
    actor_bodies: frozenset[int]
    owner_mass: Mapping[str, float]
    dynamic_bodies: int
    joint_names: tuple[str, ...]
    springs: tuple[PlacedJoint, ...]
    breakage: Breakage
    spares: tuple[int, ...]
    reader: StateReader


class _Register:
    """Collects parts while bodies are built."""

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self.located: list[Located] = []
        self.part_of: dict[int, int] = {}
        self._instances: dict[str, int] = {}

    def add(
        self,
        name: str,
        owner: str,
        class_name: str,
        actor: str | None,
        material: str,
        geoms: tuple[Geom, ...],
        mass: float,
        located: Located,
        keys: tuple[tuple[int, int], ...],
    ) -> None:
        instance = self._instances.setdefault(owner, len(self._instances) + 1)
        index = len(self.parts)
        self.parts.append(Part(index, name, owner, instance, class_name, actor, material, geoms, located.static, mass))
        self.located.append(located)
        for body, link in keys:
            self.part_of[key(body, link)] = index


def assemble(client: Client, layout: Layout, spare_balls: int) -> Assembly:
    """Build everything of a layout.

    Raises:
        SceneError: something in it can't be built.
    """
    client.setGravity(*layout.gravity)
    client.setPhysicsEngineParameter(
        fixedTimeStep=1 / layout.step_rate,
        numSolverIterations=layout.solver_iterations,
        numSubSteps=0,  # contacts are read after every step: an impact inside a substep would be lost
        deterministicOverlappingPairs=1,  # a restored state goes on exactly only with this
        enableFileCaching=0,
        restitutionVelocityThreshold=0.05,  # m/s: slower impacts do not bounce, so things come to rest
    )
    register = _Register()
    bodies = layout.bodies + tuple(_spares(spare_balls))
    spared = dataclasses.replace(layout, bodies=bodies)
    placed, joints, breakable = build_objects(client, spared)
    recorded: list[tuple[str, int, int]] = [
        (item.joint.name, item.body, item.index) for item in joints if item.joint.kind in ("hinge", "slider")
    ]
    for body in bodies:
        if body.urdf is not None:
            recorded.extend(_add_urdf(client, register, body))
            continue
        where = placed[body.name]
        located = Located(where.body, where.link, body.mass == 0, where.offset)
        register.add(
            body.name, body.name, body.class_name, None, body.material, body.geoms, body.mass, located, where.keys
        )
    actors: dict[str, Actor] = {}
    rates = Rates(layout.step_rate, layout.control_rate)
    for placement in layout.actors:
        actor = actor_class(placement.kind)(placement, rates)
        actor.build(client, layout.materials)
        actors[placement.name] = actor
        for link in actor.links:
            located = Located(actor.body, link.link, False)
            name = f"{actor.name}/{link.name}"
            register.add(
                name,
                actor.name,
                actor.kind,
                actor.name,
                link.material,
                link.geoms,
                link.mass,
                located,
                ((actor.body, link.link),),
            )
        recorded.extend(
            (f"{actor.name}/{name}", actor.body, index)
            for name, index in zip(actor.joint_names, actor.joint_indices, strict=True)
        )
    spares = [placed[b.name].body for b in _spares(spare_balls)[1:]]
    return _assembly(client, register, actors, recorded, joints, breakable, spares)


def _assembly(
    client: Client,
    register: _Register,
    actors: dict[str, Actor],
    recorded: list[tuple[str, int, int]],
    joints: list[PlacedJoint],
    breakable: list[Breakable],
    spares: list[int],
) -> Assembly:
    parts, located = tuple(register.parts), tuple(register.located)
    index = {part.name: part.index for part in parts}
    masses: dict[str, float] = {}
    for part in parts:
        index.setdefault(part.owner, part.index)
        masses[part.owner] = masses.get(part.owner, 0.0) + part.mass
    keys_of: dict[int, list[int]] = {}
    for number in register.part_of:
        keys_of.setdefault(number // 4096, []).append(number)
    by_body: dict[int, list[int]] = {}
    for _, body, joint in recorded:
        by_body.setdefault(body, []).append(joint)
    ordered = {body: [name for name, b, _ in recorded if b == body] for body in by_body}
    return Assembly(
        parts=parts,
        located=located,
        index=index,
        actors=actors,
        driven=tuple(a for a in actors.values() if type(a).before_step is not Actor.before_step),
        part_of=register.part_of,
        body_of=tuple(place.body for place in located),
        keys_of=keys_of,
        always=np.array([part.actor is not None for part in parts], bool),
        actor_bodies=frozenset(actor.body for actor in actors.values()),
        owner_mass=masses,
        dynamic_bodies=len({place.body for place in located if not place.static}),
        joint_names=tuple(name for names in ordered.values() for name in names),
        springs=tuple(item for item in joints if item.joint.stiffness > 0 and item.joint.kind in ("hinge", "slider")),
        breakage=Breakage(client, breakable),
        spares=tuple(spares),
        reader=StateReader(client, located, list(by_body.items())),
    )


def _add_urdf(client: Client, register: _Register, body: Body) -> list[tuple[str, int, int]]:
    """Load an object that is a URDF: a part a link, its joints free; return the joints to record."""
    assert body.urdf is not None
    loaded = load_urdf(
        client, body.urdf, body.position, body.orientation, fixed_base=body.fixed_base, material=body.material
    )
    single = len(loaded.links) == 1
    for link in loaded.links:
        client.changeDynamics(loaded.body, link.link, lateralFriction=body.friction, restitution=body.restitution)
        static = link.mass == 0 and (link.link < 0 or single)
        located = Located(loaded.body, link.link, static, link.offset)
        name = body.name if single else f"{body.name}/{link.name}"
        register.add(
            name,
            body.name,
            body.class_name,
            None,
            body.material,
            link.geoms,
            link.mass,
            located,
            ((loaded.body, link.link),),
        )
    for _, index in loaded.joints:
        client.setJointMotorControl2(loaded.body, index, client.VELOCITY_CONTROL, targetVelocity=0, force=0)
    return [(f"{body.name}/{name}", loaded.body, index) for name, index in loaded.joints]


def _spares(count: int) -> list[Body]:
    """Return a tray and `count` balls on it; nothing for 0."""
    if count <= 0:
        return []
    width = 4 * SPARE_RADIUS * count
    tray = Geom(Shape("box", (width + 1, 1.0, 0.1)), visible=False)
    bodies = [Body("spare_tray", "spare_tray", (tray,), (0.0, 0.0, SPARE_HEIGHT - 0.05), friction=1.0)]
    for k in range(count):
        at = ((k + 0.5) * 4 * SPARE_RADIUS - width / 2, 0.0, SPARE_HEIGHT + SPARE_RADIUS)
        ball = Geom(Shape("sphere", (SPARE_RADIUS,)), material="rubber", colour=(0.75, 0.08, 0.05))
        bodies.append(
            Body(
                f"spare_ball.{k}",
                "spare_ball",
                (ball,),
                at,
                mass=SPARE_MASS,
                material="rubber",
                friction=0.9,
                restitution=0.75,
                rolling_friction=0.002,
            )
        )
    return bodies
