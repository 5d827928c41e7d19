"""A world: a scene in motion. Everything that happens goes through `advance`, or `step`, and can be done again.

One physics step is 1/step_rate s; one control period, `advance`, is a whole number of them with one command for each
actor. A world knows nothing of cameras, rewards or files. It is deterministic: the same scene, seed and inputs give the
same bytes (on the same machine with the same versions).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from worldsim.errors import ActionError, CheckpointError, ClosedError, UnknownNameError
from worldsim.physics.assembly import Assembly, assemble
from worldsim.physics.client import Client
from worldsim.physics.contacts import Contacts, StepContacts, Touching
from worldsim.physics.event import Event, Pull, Throw
from worldsim.physics.outcome import OutcomeJudge
from worldsim.physics.reader import Motion
from worldsim.physics.state import Snapshot

if TYPE_CHECKING:
    from worldsim.actor.base import Actor
    from worldsim.physics.part import Part
    from worldsim.scene.layout import Layout
    from worldsim.scene.model import Scene

Commands = Mapping[str, NDArray[np.float64]]
REST_SPEED = 0.01  # m/s below which a body counts as at rest
REST_SPIN = 0.1  # rad/s likewise


@dataclass(frozen=True)
class RayHit:
    """What a ray met: part index, position (3,) m, normal (3,) unit, and the fraction of the ray's length."""

    part: int
    position: NDArray[np.float64]
    normal: NDArray[np.float64]
    fraction: float


@dataclass(frozen=True)
class _Saved:
    """Everything of a world at one instant that PyBullet's saved state leaves out."""

    step_count: int
    journal: int
    actors: tuple[Any, ...]
    judge: Any
    touching: Touching
    motion: Motion
    spares_used: int


class Checkpoint:
    """A saved instant of one world; restoring takes about 0.1 ms. Close it, or use it in a `with` block."""

    def __init__(self, world: World, state: int, saved: _Saved) -> None:
        """Made by `World.checkpoint`."""
        self.world = world
        self.state = state
        self.saved = saved
        self.era = world.era

    @property
    def closed(self) -> bool:
        """Whether the saved state is gone."""
        return self.state < 0 or self.world.closed or self.era != self.world.era

    def close(self) -> None:
        """Free the saved state (about 200 KiB); a second call does nothing."""
        if not self.closed:
            self.world.client.removeState(self.state)
        self.state = -1

    def __enter__(self) -> Checkpoint:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class World:
    """A scene built in PyBullet. Use it in one thread, in the process that made it; close it when done."""

    def __init__(
        self,
        scene: Scene,
        seed: int = 0,
        *,
        spare_balls: int = 0,
        layout: Layout | None = None,
        anchor_every: float | None = None,
    ) -> None:
        """Build the scene as drawn with the seed.

        Args:
            scene: what to build.
            seed: draws the scene's random numbers and the actors' own.
            spare_balls: how many balls `Throw` has; the oldest one is thrown again when all are out.
            layout: replaces `scene.layout(seed)`.
            anchor_every: s of simulated time between saved states that make `restore` of a snapshot quick; None for
                no such states: a restore then replays from the reset.

        Raises:
            SceneError: the scene can't be built.
        """
        self.scene = scene
        self.seed = seed
        self.client = Client()
        self.era = 0  # counts rebuilds: checkpoints of an earlier era are void
        self._spare_balls = spare_balls
        self._anchor_every = anchor_every
        self._closed = False
        try:
            self._build(layout if layout is not None else scene.layout(seed))
        except BaseException:
            self.close()
            raise

    # ---- what is there

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._closed

    @property
    def parts(self) -> tuple[Part, ...]:
        """What the world is made of; the order of every (P, …) array."""
        return self._assembly.parts

    @property
    def actors(self) -> Mapping[str, Actor]:
        """The actors by name, in the order of the scene."""
        return self._assembly.actors

    @property
    def joint_names(self) -> tuple[str, ...]:
        """Names of the recorded joints; the order of the (J,) arrays."""
        return self._assembly.joint_names

    @property
    def time(self) -> float:
        """Simulated seconds since the reset."""
        return self.step_count / self.step_rate

    @property
    def contacts(self) -> Contacts:
        """The contacts of the last physics step."""
        return Contacts([self._last] if self._last else [], self._assembly.part_of)

    def part_index(self, name: str) -> int:
        """Return the index of a part by its name: "crate", "rex/torso"; an actor's own name means its first part."""
        index = self._assembly.index.get(name)
        if index is None:
            raise UnknownNameError("part", name, self._assembly.index)
        return index

    def observe(self, actor: str) -> NDArray[np.float64]:
        """Read an actor's sensors: (len(sensor_channels),) float64, finite."""
        return self._actor(actor).observe()

    # ---- time goes on

    def advance(
        self, commands: Commands | None = None, events: Sequence[Event] = (), states: list[Snapshot] | None = None
    ) -> Contacts:
        """Let one control period pass.

        Args:
            commands: for each actor by name, (len(command_channels),) in the channels' units; clipped to their bounds.
                An actor without a command gets its neutral one.
            events: what people do to the world in this period.
            states: gets one snapshot appended for each physics step.

        Returns:
            The contacts of all its physics steps.

        Raises:
            ActionError: a command for nobody, of the wrong shape, or with NaN or infinity; nothing has happened then.
        """
        checked = self._checked(commands or {})
        pulls = self._checked_events(events)
        self._keep_anchor()
        self._journal.append((checked, tuple(events)))
        for actor, command in zip(self.actors.values(), checked, strict=True):
            actor.command(command)
        steps = []
        for _ in range(self.steps_per_control):
            for pull in pulls:
                self._pull(pull)
            steps.append(self._step())
            if states is not None:
                states.append(self.snapshot())
        contacts = Contacts(steps, self._assembly.part_of)
        self._judge.observe(contacts)
        return contacts

    def step(self) -> None:
        """Let one physics step pass, with the motors' targets as they are."""
        self._open()
        self._journal.append(None)
        self._judge.observe(Contacts([self._step()], self._assembly.part_of))

    def _step(self) -> StepContacts:
        before = self._motion
        for actor in self._assembly.driven:
            actor.before_step()
        self._apply_springs()
        self.client.stepSimulation()
        self.step_count += 1
        self._motion = self._reader.motion()
        points, movers = self._read_contacts(before)
        new = self._touching.update(points, movers)
        self._last = StepContacts(
            self.step_count, points, 1 / self.step_rate, new, before.position, before.velocity, before.angular_velocity
        )
        return self._last

    def _read_contacts(self, before: Motion) -> tuple[list[Any], list[int]]:
        """Return the contact points of everything that is an actor or moves, and the keys of those links."""
        assembly, now = self._assembly, self._motion
        speed = np.maximum(np.abs(before.velocity).max(axis=1), np.abs(now.velocity).max(axis=1))
        spin = np.maximum(np.abs(before.angular_velocity).max(axis=1), np.abs(now.angular_velocity).max(axis=1))
        moving = (speed > REST_SPEED) | (spin > REST_SPIN) | assembly.always
        bodies = {assembly.body_of[row] for row in np.flatnonzero(moving).tolist()}
        get = self.client.getContactPoints
        movers = [key for body in sorted(bodies) for key in assembly.keys_of[body]]
        if len(bodies) * 4 > assembly.dynamic_bodies:
            if not bodies:
                return [], []
            return [p for p in get() if p[1] in bodies or p[2] in bodies], movers
        points: list[Any] = []
        done: set[int] = set()
        for body in sorted(bodies):
            points.extend(p for p in get(body) if p[1] not in done and p[2] not in done)
            done.add(body)
        return points, movers

    # ---- now, and back to then

    def snapshot(self) -> Snapshot:
        """Return the state of every part now."""
        self._open()
        motion = self._motion
        arrays = (
            motion.position,
            motion.orientation,
            motion.velocity,
            motion.angular_velocity,
            *self._reader.joints(),
        )
        for array in arrays:
            array.setflags(write=False)
        return Snapshot(self.step_count, self.time, *arrays)

    def state_hash(self) -> str:
        """Return the SHA-256, as hex, of the snapshot's arrays and step count."""
        now = self.snapshot()
        digest = hashlib.sha256(now.step.to_bytes(8, "little"))
        for array in (now.position, now.orientation, now.velocity, now.angular_velocity):
            digest.update(array.tobytes())
        digest.update(now.joint_position.tobytes())
        digest.update(now.joint_velocity.tobytes())
        return digest.hexdigest()

    def reset(self, seed: int | None = None) -> None:
        """Go back to the start by restoring it; another seed redraws a scene that has random numbers."""
        self._open()
        if seed is not None and seed != self.seed:
            self.seed = seed
            if self.scene.is_random:
                self._rebuild(self.scene.layout(seed))
                return
        self._begin()

    def checkpoint(self) -> Checkpoint:
        """Save this instant."""
        self._open()
        return Checkpoint(self, self.client.saveState(), self._saved())

    def restore(self, state: Checkpoint | Snapshot) -> None:
        """Go back exactly: what follows is, to the byte, what followed then.

        A snapshot must be one of this world's since its last reset, taken between control periods; it is reached by
        replaying the inputs from the nearest saved state before it.

        Raises:
            CheckpointError: the checkpoint is closed or another world's, or the snapshot is not from this history.
        """
        self._open()
        if isinstance(state, Checkpoint):
            if state.world is not self:
                raise CheckpointError("this checkpoint belongs to another world")
            if state.closed:
                raise CheckpointError("this checkpoint is closed, or the world was rebuilt since it was made")
            self._return_to(state)
            return
        self._replay_to(state)

    def _replay_to(self, state: Snapshot) -> None:
        journal = list(self._journal)
        boundary = 0
        for entries, entry in enumerate(journal):
            if boundary >= state.step:
                journal = journal[:entries]
                break
            boundary += 1 if entry is None else self.steps_per_control
        if boundary != state.step:
            raise CheckpointError(
                f"step {state.step} is not an instant between two inputs of this world's history since its reset "
                f"(which ends at step {self.step_count}, {self.steps_per_control} steps a control period)"
            )
        anchors = [anchor for anchor in self._anchors if anchor.saved.step_count <= state.step]
        self._return_to(max(anchors, key=lambda anchor: anchor.saved.step_count))
        for entry in journal[len(self._journal) :]:
            if entry is None:
                self.step()
            else:
                self.advance(dict(zip(self.actors, entry[0], strict=True)), entry[1])
        if not np.array_equal(self._motion.position, state.position):
            raise CheckpointError("this snapshot is not from this world's history: the replay ended in another state")

    # ---- questions

    def outcomes(self) -> dict[str, bool]:
        """Return every outcome the scene names, and whether it holds."""
        return self._judge.judge(self.snapshot())

    def outcome(self) -> str | None:
        """Return the first outcome of the scene that holds now, or None."""
        return next((name for name, holds in self.outcomes().items() if holds), None)

    def ray(self, start: ArrayLike, end: ArrayLike) -> RayHit | None:
        """Return what a ray from (3,) to (3,), m, meets first, or None."""
        fraction, part, position, normal = self.rays(np.asarray(start)[None], np.asarray(end)[None])
        return None if part[0] < 0 else RayHit(int(part[0]), position[0], normal[0], float(fraction[0]))

    def rays(
        self, starts: ArrayLike, ends: ArrayLike
    ) -> tuple[NDArray[np.float64], NDArray[np.int32], NDArray[np.float64], NDArray[np.float64]]:
        """Cast N rays at once.

        Args:
            starts, ends: (N, 3) m, world.

        Returns:
            fraction (N,) of the way, 1 where nothing is met; part (N,) int32, -1 for none; position (N, 3) m;
            normal (N, 3) unit.
        """
        self._open()
        starts, ends = np.asarray(starts, np.float64), np.asarray(ends, np.float64)
        limit = 16_000  # PyBullet's MAX_RAY_INTERSECTION_BATCH_SIZE is 16 384
        hits: list[Any] = []
        for first in range(0, len(starts), limit):
            batch = slice(first, first + limit)
            hits.extend(self.client.rayTestBatch(starts[batch].tolist(), ends[batch].tolist()))
        part_of = self._assembly.part_of
        part = np.array([-1 if h[0] < 0 else part_of[h[0] * 4096 + h[1] + 1] for h in hits], np.int32)
        return (
            np.array([h[2] if h[0] >= 0 else 1.0 for h in hits], np.float64),
            part,
            np.array([h[3] for h in hits], np.float64).reshape(-1, 3),
            np.array([h[4] for h in hits], np.float64).reshape(-1, 3),
        )

    # ---- the end

    def close(self) -> None:
        """Free PyBullet's world; a second call does nothing."""
        self._closed = True
        self.client.close()

    def __enter__(self) -> World:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    # ---- inside

    def _open(self) -> None:
        if self._closed:
            raise ClosedError("this world is closed: make a new World(scene)")

    def _actor(self, name: str) -> Actor:
        if name not in self.actors:
            raise UnknownNameError("actor", name, self.actors)
        return self.actors[name]

    def _build(self, layout: Layout) -> None:
        self.layout = layout
        self.step_rate, self.control_rate = layout.step_rate, layout.control_rate
        self.steps_per_control = layout.step_rate // layout.control_rate
        self._assembly: Assembly = assemble(self.client, layout, self._spare_balls)
        self._reader = self._assembly.reader
        self._limits = {
            name: tuple(np.array([getattr(c, what) for c in actor.command_channels]) for what in ("low", "high", "neutral"))
            for name, actor in self.actors.items()
        }
        self.step_count = 0
        self._motion = self._reader.motion()
        self._last: StepContacts | None = None
        self._touching = Touching()
        self._spares_used = 0
        self._journal: list[tuple[tuple[NDArray[np.float64], ...], tuple[Event, ...]] | None] = []
        self._anchors: list[Checkpoint] = []
        self._judge = OutcomeJudge(self.scene, layout, self.parts, self.snapshot())
        self._state = self.client.saveState()
        self._begun = False  # the actors have no state before their first reset
        self._start = self._saved()
        self._begun = True
        self._begin()

    def _rebuild(self, layout: Layout) -> None:
        """Build another drawing of the scene in the same connection."""
        self.era += 1
        self.client.resetSimulation()
        self._build(layout)

    def _begin(self) -> None:
        """Restore the start and let the actors begin."""
        for anchor in self._anchors[1:]:
            anchor.close()
        self.client.restoreState(self._state)
        self._take(self._start)
        self._journal.clear()
        self._judge.reset()
        rng = np.random.default_rng(self.seed)
        for actor in self.actors.values():
            actor.reset(rng)
        self._anchors = [Checkpoint(self, self._state, self._saved())]  # the start's own state: never closed

    def _saved(self) -> _Saved:
        return _Saved(
            self.step_count,
            len(self._journal),
            tuple(actor.state() for actor in self.actors.values()) if self._begun else (),
            self._judge.state(),
            self._touching.copy(),
            self._motion,
            self._spares_used,
        )

    def _take(self, saved: _Saved) -> None:
        """Take back what PyBullet's saved state leaves out, the motors' targets included."""
        self.step_count = saved.step_count
        del self._journal[saved.journal :]
        self._judge.set_state(saved.judge)
        self._touching = saved.touching.copy()
        self._motion = saved.motion
        self._spares_used = saved.spares_used
        self._last = None
        for actor, state in zip(self.actors.values(), saved.actors, strict=False):
            actor.set_state(state)

    def _return_to(self, checkpoint: Checkpoint) -> None:
        self.client.restoreState(checkpoint.state)
        self._take(checkpoint.saved)
        for anchor in [a for a in self._anchors if a.saved.step_count > self.step_count]:
            anchor.close()
            self._anchors.remove(anchor)

    def _keep_anchor(self) -> None:
        self._open()
        if self._anchor_every is None:
            return
        last = self._anchors[-1].saved.step_count
        if self.step_count - last >= self._anchor_every * self.step_rate:
            self._anchors.append(self.checkpoint())
            if len(self._anchors) > 64:  # keep every other one: memory stays bounded, old moments take longer
                for anchor in self._anchors[1:-1:2]:
                    anchor.close()
                self._anchors = [anchor for anchor in self._anchors if not anchor.closed]

    def _checked(self, commands: Commands) -> tuple[NDArray[np.float64], ...]:
        for name in commands:
            if name not in self.actors:
                raise ActionError(f"a command for {name!r}, but the actors are: {', '.join(self.actors) or 'none'}")
        checked = []
        for name in self.actors:
            low, high, neutral = self._limits[name]
            value = commands.get(name)
            if value is None:
                checked.append(neutral)
                continue
            try:
                command = np.asarray(value, np.float64)
            except (TypeError, ValueError) as error:
                raise ActionError(f"the command for {name!r} is not an array of numbers: {value!r}") from error
            if command.shape != low.shape:
                raise ActionError(f"the command for {name!r} has shape {command.shape}, expected {low.shape}")
            if not np.isfinite(command).all():
                raise ActionError(f"the command for {name!r} has NaN or infinity: {command.tolist()}")
            checked.append(np.clip(command, low, high))
        return tuple(checked)

    def _checked_events(self, events: Sequence[Event]) -> list[Pull]:
        pulls = []
        for event in events:
            if isinstance(event, Throw):
                self._throw(event)
            elif not 0 <= event.part < len(self.parts):
                raise ActionError(f"a pull on part {event.part}, but there are {len(self.parts)} parts")
            elif not self.parts[event.part].static:
                pulls.append(event)
        return pulls

    def _throw(self, event: Throw) -> None:
        spares = self._assembly.spares
        if not spares:
            raise ActionError("this world has no balls to throw: make it with spare_balls=8")
        ball = spares[self._spares_used % len(spares)]
        self._spares_used += 1
        self.client.resetBasePositionAndOrientation(ball, event.position, (0, 0, 0, 1))
        self.client.resetBaseVelocity(ball, event.velocity, (0, 0, 0))

    def _pull(self, pull: Pull) -> None:
        """Apply the spring's force at the held point, for one physics step."""
        from worldsim.rotation import quat_rotate_xyzw

        part, motion = self.parts[pull.part], self._motion
        located = self._assembly.located[pull.part]
        lever = quat_rotate_xyzw(motion.orientation[pull.part], pull.local)
        point = motion.position[pull.part] + lever
        velocity = motion.velocity[pull.part] + np.cross(motion.angular_velocity[pull.part], lever)
        mass = self._assembly.owner_mass[part.owner]
        force = mass * (pull.stiffness * (np.asarray(pull.target) - point) - pull.damping * velocity)
        strength = float(np.linalg.norm(force))
        force *= min(1.0, 200 * mass / strength) if strength > 0 else 0.0
        self.client.applyExternalForce(
            located.body, located.link, force.tolist(), point.tolist(), self.client.WORLD_FRAME
        )

    def _apply_springs(self) -> None:
        """Apply the torque or force of the scene joints that have a spring, for one physics step."""
        for item in self._assembly.springs:
            joint = item.joint
            position = self.client.getJointState(item.body, item.index)[0]
            self.client.setJointMotorControl2(
                item.body, item.index, self.client.TORQUE_CONTROL, force=joint.stiffness * (joint.rest - position)
            )
