"""Judges a scene's outcomes: names looked up once, conditions evaluated from a snapshot and what touched what.

Definitions. `up` is the world's z axis. A body has *fallen* when
  * its axis has tilted by more than 45° from how it stood at the start (an actor's first part: 60°). The axis is the
    direction that was up at the start, fixed to the body; for a body that is round about one axis (a can, a pole) it is
    that axis, so that rolling is not falling; for one that is round all over (a ball) there is none; or
  * its origin has sunk by more than half its height at the start, and by more than 3 cm.
A *touch* is a contact that pressed at any time since the reset. Origins are those of the parts' frames.
Knows nothing of PyBullet, rewards or episodes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from worldsim.errors import UnknownNameError
from worldsim.physics.part import Part
from worldsim.physics.state import Floats, Snapshot
from worldsim.rotation import quat_inverse_xyzw, quat_rotate_xyzw
from worldsim.scene.bounds import bounds
from worldsim.scene.layout import Geom, Layout
from worldsim.scene.outcome import Predicate, Selection, Touched
from worldsim.scene.pose import Pose, rotate_xyzw
from worldsim.scene.select import matching

if TYPE_CHECKING:
    from worldsim.scene.model import Scene

TILT = math.cos(math.radians(45))
ACTOR_TILT = math.cos(math.radians(60))
LEAST_DROP = 0.03  # m: less is settling, not falling
Test = Callable[[Snapshot], bool]


@dataclass(frozen=True)
class _Tagged:
    """A part as `matching` sees it."""

    name: str
    tags: tuple[str, ...]


@dataclass(frozen=True)
class JudgeState:
    """What a judge remembers: pairs of part indices that touched, flags set, triggers that hold or are spent."""

    touched: frozenset[tuple[int, int]] = frozenset()
    flags: frozenset[str] = frozenset()
    holding: frozenset[int] = frozenset()
    spent: frozenset[int] = frozenset()


class OutcomeJudge:
    """Says which outcomes of a scene hold.

    `observe` after each stretch of steps, `judge` whenever the answer is wanted. Judging changes nothing.
    """

    def __init__(self, scene: Scene, layout: Layout, parts: Sequence[Part], start: Snapshot) -> None:
        """Look up every name.

        Args:
            scene: has the outcomes and triggers.
            layout: has the tags.
            parts: in the snapshots' order.
            start: the state at the reset.

        Raises:
            UnknownNameError: an outcome names a body that is not there.
        """
        self._made_of = scene, layout, tuple(parts), start
        tags = {body.name: body.tags for body in layout.bodies}
        self._parts = tuple(parts)
        self._named = [_Tagged(part.name, tags.get(part.owner, ())) for part in parts]
        self._start = start
        self._ground = frozenset(part.index for part in parts if part.name == "ground")
        self._watches_touch = False
        self._state = JudgeState()
        # Triggers set flags that outcomes ask for, so both are compiled to functions of a snapshot.
        self._triggers = [(trigger, self._compile(trigger.when)) for trigger in scene.triggers]
        self._outcomes = [(outcome.name, self._compile(outcome.when)) for outcome in scene.outcomes]

    def __reduce__(self) -> tuple[Any, ...]:
        """Cross to another process as what it was made of: functions can't."""
        return OutcomeJudge, self._made_of, {"_state": self._state}

    @property
    def has_triggers(self) -> bool:
        """Whether `observe` needs a snapshot."""
        return bool(self._triggers)

    def reset(self) -> None:
        """Forget what touched what and what was triggered."""
        self._state = JudgeState()

    def state(self) -> JudgeState:
        """Return all that is remembered."""
        return self._state

    def set_state(self, state: JudgeState) -> None:
        """Take back what `state` returned."""
        self._state = state

    def observe(self, contacts: Any, now: Callable[[], Snapshot] | None = None) -> tuple[str, ...]:
        """Take the contacts of a stretch of steps.

        Args:
            contacts: has `pairs()`, a set of pairs of part indices.
            now: returns the snapshot at its end; without it triggers are not looked at.

        Returns:
            The events of the triggers that fired.
        """
        state = self._state
        if self._watches_touch and len(contacts):
            new = contacts.pairs() - state.touched
            if new:
                state = JudgeState(state.touched | new, state.flags, state.holding, state.spent)
                self._state = state
        return self._fire(now()) if self._triggers and now is not None else ()

    def judge(self, snapshot: Snapshot) -> dict[str, bool]:
        """Return every outcome of the scene, in the order of the file, and whether it holds."""
        return {name: test(snapshot) for name, test in self._outcomes}

    def _fire(self, snapshot: Snapshot) -> tuple[str, ...]:
        events = []
        for index, (trigger, test) in enumerate(self._triggers):
            state = self._state
            holds = index not in state.spent and test(snapshot)
            holding = state.holding | {index} if holds else state.holding - {index}
            fires = holds and index not in state.holding
            flags = state.flags | {trigger.sets} if fires and trigger.sets else state.flags
            spent = state.spent | {index} if fires and trigger.once else state.spent
            self._state = JudgeState(state.touched, flags, holding, spent)
            if fires and trigger.event:
                events.append(trigger.event)
        return tuple(events)

    # ---- conditions to functions

    def _compile(self, predicate: Predicate) -> Test:
        if predicate.all_of is not None:
            tests = [self._compile(one) for one in predicate.all_of]
            return lambda snapshot: all(test(snapshot) for test in tests)
        if predicate.any_of is not None:
            tests = [self._compile(one) for one in predicate.any_of]
            return lambda snapshot: any(test(snapshot) for test in tests)
        if predicate.none is not None:
            inner = self._compile(predicate.none)
            return lambda snapshot: not inner(snapshot)
        if predicate.after is not None:
            seconds = predicate.after
            return lambda snapshot: snapshot.time >= seconds - 1e-9
        if predicate.flag is not None:
            word = predicate.flag
            return lambda _: word in self._state.flags
        if predicate.touched is not None:
            return self._touched(predicate.touched)
        return self._counted(predicate)

    def _counted(self, predicate: Predicate) -> Test:
        """Compile a condition that asks how many of some parts fulfil it."""
        mask: Callable[[Snapshot, NDArray[np.intp]], Any]  # (N,) bool
        if predicate.fallen is not None:
            chosen: Selection = predicate.fallen
            rows = self._rows(chosen.body)
            mask = self._fallen(rows)
        elif predicate.inside is not None:
            zone = predicate.inside
            chosen, rows = zone, self._rows(zone.body)
            if zone.box is not None:
                low, high = np.array(zone.box.low), np.array(zone.box.high)
                mask = lambda s, r: ((s.position[r] >= low) & (s.position[r] <= high)).all(axis=1)  # noqa: E731
            elif zone.sphere is not None:
                centre, radius = np.array(zone.sphere.centre), zone.sphere.radius
                mask = lambda s, r: np.linalg.norm(s.position[r] - centre, axis=1) <= radius  # noqa: E731
        elif predicate.beyond is not None:
            chosen, rows = predicate.beyond, self._rows(predicate.beyond.body)
            point, direction = np.array(predicate.beyond.point), np.array(predicate.beyond.direction)
            mask = lambda s, r: (s.position[r] - point) @ direction > 0  # noqa: E731
        elif predicate.near is not None:
            chosen, rows, within = predicate.near, self._rows(predicate.near.body), predicate.near.within
            to = predicate.near.to
            if isinstance(to, str):
                others = self._rows(to)
                mask = lambda s, r: (  # noqa: E731
                    np.linalg.norm(s.position[r][:, None] - s.position[others][None], axis=2).min(axis=1) <= within
                )
            else:
                spot = np.array(to)
                mask = lambda s, r: np.linalg.norm(s.position[r] - spot, axis=1) <= within  # noqa: E731
        elif predicate.moved is not None:
            chosen, rows, distance = predicate.moved, self._rows(predicate.moved.body), predicate.moved.distance
            start = self._start.position[rows]
            mask = lambda s, r: np.linalg.norm(s.position[r] - start, axis=1) > distance  # noqa: E731
        else:
            assert predicate.still is not None
            chosen, rows, speed = predicate.still, self._rows(predicate.still.body), predicate.still.speed
            mask = lambda s, r: (  # noqa: E731
                (np.linalg.norm(s.velocity[r], axis=1) < speed)
                & (np.linalg.norm(s.angular_velocity[r], axis=1) < 10 * speed)
            )
        needed = len(rows) if chosen.at_least == "all" else chosen.at_least
        return lambda snapshot: int(np.count_nonzero(mask(snapshot, rows))) >= needed

    def _fallen(self, rows: NDArray[np.intp]) -> Callable[[Snapshot, NDArray[np.intp]], NDArray[np.bool_]]:
        start = self._start
        up = np.array([0.0, 0.0, 1.0])
        own = quat_rotate_xyzw(quat_inverse_xyzw(start.orientation[rows]), np.broadcast_to(up, (len(rows), 3)))
        limit = np.empty(len(rows))
        drop = np.empty(len(rows))
        for place, row in enumerate(rows.tolist()):
            part = self._parts[row]
            limit[place] = ACTOR_TILT if part.actor else TILT
            axis = round_axis(part.geoms)
            if axis == "all":
                limit[place] = -2.0
            elif isinstance(axis, tuple):
                own[place] = axis
            pose = Pose((0.0, 0.0, 0.0), _quat(start.orientation[row]))
            box = bounds(part.geoms, pose)
            drop[place] = max(LEAST_DROP, 0.5 * (box[1][2] - box[0][2])) if box else np.inf
        axis_then = quat_rotate_xyzw(start.orientation[rows], own)
        height_then = start.position[rows, 2]

        def mask(snapshot: Snapshot, r: NDArray[np.intp]) -> NDArray[np.bool_]:
            axis_now = quat_rotate_xyzw(snapshot.orientation[r], own)
            tilted = np.einsum("ij,ij->i", axis_now, axis_then) < limit
            sunk = height_then - snapshot.position[r, 2] > drop
            return np.asarray(tilted | sunk)

        return mask

    def _touched(self, spec: Touched) -> Test:
        self._watches_touch = True
        rows = self._rows(spec.body, whole=True)
        if spec.by == "anything":
            others = frozenset(range(len(self._parts))) - self._ground
        else:
            others = frozenset(self._rows(spec.by, whole=True).tolist())
        groups: dict[str, set[int]] = {}
        for row in rows.tolist():  # an actor counts once, not once for each of its parts
            part = self._parts[row]
            groups.setdefault(part.actor or part.name, set()).add(row)
        needed = len(groups) if spec.at_least == "all" else spec.at_least

        def test(_: Snapshot) -> bool:
            hit = {a for a, b in self._state.touched if b in others} | {
                b for a, b in self._state.touched if a in others
            }
            return sum(1 for group in groups.values() if group & hit) >= needed

        return test

    def _rows(self, target: str, whole: bool = False) -> NDArray[np.intp]:
        """Return the indices of the parts a target means.

        Args:
            target: as in `worldsim.scene.select.matching`; an actor's name means its first part.
            whole: let an actor's name mean all its parts.
        """
        owned = [part.index for part in self._parts if part.owner == target]
        actor = any(self._parts[index].actor for index in owned)
        if owned and (actor or len(owned) > 1):
            return np.array(owned if whole else owned[:1], np.intp)
        names = set(matching(target, self._named))
        rows = [part.index for part in self._parts if part.name in names]
        if not rows:
            raise UnknownNameError("object", target, [part.name for part in self._parts])
        return np.array(rows, np.intp)


def round_axis(geoms: Sequence[Geom]) -> tuple[float, float, float] | str | None:
    """Return the axis (part's frame, unit) about which a body of these geoms is round; "all" for a ball; else None."""
    solids = [geom for geom in geoms if geom.collides and geom.shape.kind != "ellipsoid"]
    if not solids:
        return None
    round_kinds = ("cylinder", "capsule", "cone")
    axial = [geom for geom in solids if geom.shape.kind in round_kinds]
    if len(axial) + sum(geom.shape.kind == "sphere" for geom in solids) < len(solids):
        return None
    centre = np.array((axial or solids)[0].position)
    if not axial:
        return "all" if all(np.allclose(geom.position, centre, atol=1e-4) for geom in solids) else None
    axis = rotate_xyzw(axial[0].orientation, (0.0, 0.0, 1.0))
    for geom in solids:
        offset = np.array(geom.position) - centre
        if np.linalg.norm(np.cross(offset, axis)) > 1e-4:
            return None
        if geom in axial and abs(float(np.dot(rotate_xyzw(geom.orientation, (0.0, 0.0, 1.0)), axis))) < 1 - 1e-6:
            return None
    return axis


def _quat(row: Floats) -> tuple[float, float, float, float]:
    x, y, z, w = row.tolist()
    return x, y, z, w
