"""A world: a scene in motion. Everything that happens goes through `advance`, or `step`, and can be done again.

One physics step is 1/step_rate s; one control period, `advance`, is a whole number of them with one command for each
actor. A world knows nothing of cameras, rewards or files. It is deterministic: the same scene, seed and inputs give the
same bytes (on the same machine with the same versions).
It is longer than other modules because going on, looking, saving and going back all touch the same state.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from worldsim.errors import CheckpointError, ClosedError, UnknownNameError
from worldsim.physics.assembly import Assembly, assemble
from worldsim.physics.checkpoint import Checkpoint, Saved
from worldsim.physics.client import Client
from worldsim.physics.command import CommandLimits, Commands, check_commands
from worldsim.physics.contacts import Contacts, StepContacts
from worldsim.physics.event import Event, Pull, Throw
from worldsim.physics.gather import ContactGatherer
from worldsim.physics.hand import check_events, pull, throw
from worldsim.physics.history import History
from worldsim.physics.outcome import OutcomeJudge
from worldsim.physics.ray import RayHit, RayHits, cast
from worldsim.physics.reader import Motion
from worldsim.physics.skin import Skin
from worldsim.physics.state import Snapshot

if TYPE_CHECKING:
    from worldsim.actor.base import Actor
    from worldsim.physics.part import Part
    from worldsim.scene.layout import Layout
    from worldsim.scene.model import Scene


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
        detailed: bool = True,
    ) -> None:
        """Build the scene as drawn with the seed.

        Args:
            scene: what to build.
            seed: draws the scene's random numbers and the actors' own.
            spare_balls: how many balls `Throw` has; the oldest one is thrown again when all are out.
            layout: replaces `scene.layout(seed)`.
            anchor_every: s of simulated time between saved states that make `restore` of a snapshot quick; None for
                no such states: a restore then replays from the reset.
            detailed: whether contacts between objects are gathered too, and every contact with its velocity. False
                gathers the actors' own contacts, with velocity NaN and none marked new: for training, where every
                microsecond counts.

        Raises:
            SceneError: the scene can't be built.
        """
        self.scene = scene
        self.seed = seed
        self.client = Client()
        self.era = 0  # counts rebuilds: checkpoints of an earlier era are void
        self.spare_balls = spare_balls
        self._anchor_every = anchor_every
        self._detailed = detailed
        self._closed = False
        self._motion: Motion | None = None  # read when it is first asked for after a step
        self._last: StepContacts | None = None
        self._period: Contacts | None = None
        self.fired: tuple[str, ...] = ()  # events of the triggers that fired in the last control period
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
    def skins(self) -> tuple[Skin, ...]:
        """The skins of the actors that have one. They are made when first asked for: a world nobody sees has none."""
        found = []
        for name, actor in self.actors.items():
            rows = [part.index for part in self.parts if part.actor == name]
            skin = actor.skin(rows)
            if skin is not None:
                found.append(skin)
        return tuple(found)

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
    def broken(self) -> tuple[str, ...]:
        """Names of the joints that have given way since the reset."""
        return self._assembly.breakage.names

    @property
    def contacts(self) -> Contacts:
        """The contacts of the last physics step."""
        return Contacts([self._last] if self._last else [], self._assembly.part_of)

    @property
    def period_contacts(self) -> Contacts:
        """The contacts of all steps of the last control period; none after a reset or a restore."""
        return self._period if self._period is not None else Contacts([], self._assembly.part_of)

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
        checked = check_commands(commands or {}, self._limits)
        check_events(events, self._assembly)
        history = self._past()
        if history.due(self.step_count):
            history.keep(self.checkpoint())
        history.entries.append((checked, tuple(events)))
        for event in events:
            if isinstance(event, Throw):
                throw(self.client, self._assembly, event, self._spares_used)
                self._spares_used += 1
        for actor, command in zip(self.actors.values(), checked, strict=True):
            actor.command(command)
        steps = []
        for _ in range(self.steps_per_control):
            for event in events:
                if isinstance(event, Pull):
                    pull(self.client, self._assembly, event, self._now())
            steps.append(self._step())
            if states is not None:
                states.append(self.snapshot())
        contacts = self._period = Contacts(steps, self._assembly.part_of)
        self.fired = self._judge.observe(contacts, self.snapshot)
        return contacts

    def step(self) -> None:
        """Let one physics step pass, with the motors' targets as they are."""
        self._past().entries.append(None)
        self.fired = self._judge.observe(Contacts([self._step()], self._assembly.part_of), self.snapshot)

    def _step(self) -> StepContacts:
        before = self._now() if self._detailed else None
        for actor in self._assembly.driven:
            actor.before_step()
        if self._assembly.springs:
            self._apply_springs()
        self.client.stepSimulation()
        self.step_count += 1
        self._motion = None
        self._assembly.breakage.check(1 / self.step_rate)
        if before is None:
            self._last = self._gatherer.of_actors(self.step_count)
        else:
            self._last = self._gatherer.of_movers(self.step_count, before, self._now())
        return self._last

    def _now(self) -> Motion:
        if self._motion is None:
            self._motion = self._reader.motion()
        return self._motion

    # ---- now, and back to then

    def snapshot(self) -> Snapshot:
        """Return the state of every part now."""
        self._open()
        motion = self._now()
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

    def motion(self) -> Motion:
        """Return poses and velocities of every part now; cheaper than a snapshot. Not to be written to."""
        self._open()
        return self._now()

    def pose(self, part: int) -> tuple[Sequence[float], Sequence[float]]:
        """Return one part's position (3,) in m and orientation (4,) xyzw; cheaper than `motion` for few parts."""
        self._open()
        if self._motion is None and (pose := self._reader.pose(part)) is not None:
            return pose
        now = self._now()
        return now.position[part].tolist(), now.orientation[part].tolist()

    def places(self, parts: Sequence[int]) -> NDArray[np.float64]:
        """Return where parts are, (N, 3) m; cheaper than `motion` for things without joints."""
        self._open()
        if self._motion is None and (places := self._reader.places(parts)) is not None:
            return np.array(places, np.float64).reshape(-1, 3)
        return self._now().position[list(parts)]

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
        anchor, entries = self._past().way_to(state.step, self.step_count)
        self._return_to(anchor)
        for entry in entries:
            if entry is None:
                self.step()
            else:
                self.advance(dict(zip(self.actors, entry[0], strict=True)), entry[1])
        if not np.array_equal(self._now().position, state.position):
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
        hits = self.rays(np.asarray(start)[None], np.asarray(end)[None])
        if hits.part[0] < 0:
            return None
        return RayHit(int(hits.part[0]), hits.position[0], hits.normal[0], float(hits.fraction[0]))

    def rays(self, starts: ArrayLike, ends: ArrayLike) -> RayHits:
        """Cast N rays at once, from (N, 3) to (N, 3), m, world."""
        self._open()
        return cast(self.client, self._assembly.part_of, starts, ends)

    # ---- the end

    def close(self) -> None:
        """Free PyBullet's world; a second call does nothing."""
        self._closed = True
        self.client.close()

    def __enter__(self) -> World:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # ---- inside

    def _past(self) -> History:
        self._open()
        assert self._history is not None  # set by the first reset, at the end of the constructor
        return self._history

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
        self._assembly: Assembly = assemble(self.client, layout, self.spare_balls)
        self._reader = self._assembly.reader
        self._limits = {name: CommandLimits.of(actor) for name, actor in self.actors.items()}
        self.step_count = 0
        self._motion = None
        self._last = self._period = None
        self._gatherer = ContactGatherer(self.client, self._assembly, 1 / self.step_rate)
        self._spares_used = 0
        self._judge = OutcomeJudge(self.scene, layout, self.parts, self.snapshot())
        self.client.performCollisionDetection()  # a state saved without its contacts comes back with others
        self._state = self.client.saveState()
        self._history: History | None = None
        self._start = self._saved(actors=False)  # they have no state before their first reset
        self._begin()

    def _rebuild(self, layout: Layout) -> None:
        """Build another drawing of the scene in the same connection."""
        self.era += 1
        self.client.resetSimulation()
        self._build(layout)

    def _begin(self) -> None:
        """Restore the start and let the actors begin."""
        if self._history is not None:
            self._history.close()
        self._history = None
        self._put_back(self._state)
        self._take(self._start)
        self._judge.reset()
        rng = np.random.default_rng(self.seed)
        for actor in self.actors.values():
            actor.reset(rng)
        every = None if self._anchor_every is None else round(self._anchor_every * self.step_rate)
        self._history = History(Checkpoint(self, self._state, self._saved()), self.steps_per_control, every)

    def _put_back(self, state: int) -> None:
        """Restore PyBullet's state with no contact of the present left over.

        PyBullet matches saved contacts to those there are; contacts that are there but not in the saved state change
        when its solver stops iterating, and so the eighth digit of what follows (measured: 8 of 30 restores). With
        every body taken far away first, there are none.
        """
        for k, body in enumerate(self._assembly.reader.movable):
            self.client.resetBasePositionAndOrientation(body, (10.0 * k, 0.0, 5000.0), (0.0, 0.0, 0.0, 1.0))
        self.client.performCollisionDetection()
        self.client.restoreState(state)

    def _saved(self, actors: bool = True) -> Saved:
        return Saved(
            self.step_count,
            len(self._history.entries) if self._history is not None else 0,
            tuple(actor.state() for actor in self.actors.values()) if actors else (),
            self._judge.state(),
            self._gatherer.touching.copy(),
            self._now(),
            self._spares_used,
            self._assembly.breakage.state(),
        )

    def _take(self, saved: Saved) -> None:
        """Take back what PyBullet's saved state leaves out, the motors' targets included."""
        self.step_count = saved.step_count
        self._judge.set_state(saved.judge)
        self._gatherer.touching = saved.touching.copy()
        self._motion = saved.motion
        self._spares_used = saved.spares_used
        self._assembly.breakage.set_state(saved.broken)
        self._last = self._period = None
        self.fired = ()
        for actor, state in zip(self.actors.values(), saved.actors, strict=False):
            actor.set_state(state)

    def _return_to(self, checkpoint: Checkpoint) -> None:
        self._put_back(checkpoint.state)
        self._take(checkpoint.saved)
        self._past().cut(checkpoint.saved.journal, self.step_count)

    def _apply_springs(self) -> None:
        """Apply the torque or force of the scene joints that have a spring, for one physics step."""
        for item in self._assembly.springs:
            joint = item.joint
            position = self.client.getJointState(item.body, item.index)[0]
            self.client.setJointMotorControl2(
                item.body, item.index, self.client.TORQUE_CONTROL, force=joint.stiffness * (joint.rest - position)
            )
