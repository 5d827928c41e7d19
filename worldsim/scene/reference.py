"""Names in a scene that must mean something: in cameras, outcomes, triggers, sounds and keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from worldsim.errors import Problem, did_you_mean
from worldsim.scene.camera import FollowCamera, MountedCamera, OrbitCamera
from worldsim.scene.layout import Body
from worldsim.scene.mark import mark_of
from worldsim.scene.outcome import Predicate
from worldsim.scene.problems import in_words, problem_at
from worldsim.scene.select import matching
from worldsim.scene.story_target import targets

if TYPE_CHECKING:
    from worldsim.scene.model import Scene


def reference_problems(scene: Scene, bodies: Sequence[Body]) -> list[Problem]:
    """Return every name in the scene that means none of its actors or of these bodies."""
    return _References(scene, bodies).problems


class _References:
    def __init__(self, scene: Scene, bodies: Sequence[Body]) -> None:
        self.data = scene.data
        self.bodies = bodies
        self.has_ground = scene.ground is not None
        self.actors = set(scene.actors)
        self.problems: list[Problem] = []
        self.flags = {trigger.sets for trigger in scene.triggers if trigger.sets}
        for name, camera in scene.cameras.items():
            if isinstance(camera, FollowCamera):
                self._single(("cameras", name, "follow"), camera.follow)
            elif isinstance(camera, OrbitCamera) and isinstance(camera.orbit, str):
                self._single(("cameras", name, "orbit"), camera.orbit)
            elif isinstance(camera, MountedCamera):
                self._single(("cameras", name, "mount"), camera.mount)
        seen: set[str] = set()
        for place, outcome in enumerate(scene.outcomes):
            path: tuple[str | int, ...] = ("outcomes", place)
            if outcome.name in seen:
                self._add((*path, "name"), f"the outcome {outcome.name!r} is already there; names must be unique")
            seen.add(outcome.name)
            self._predicate((*path, "when"), outcome.when)
        for place, trigger in enumerate(scene.triggers):
            self._predicate(("triggers", place, "when"), trigger.when)
        self._sounds(scene)
        for place, line in enumerate(scene.story):
            for said in line.said():
                if said.to is not None and not targets(said.to, self.bodies, sorted(self.actors)):
                    self._unknown(("story", place), said.to)
        for key, actors in scene.keys.items():
            for name in actors:
                if name not in self.actors:
                    hint = did_you_mean(name, self.actors)
                    known = ", ".join(sorted(self.actors)) or "none"
                    self._add(("keys", key, name), f"no actor is called {name!r}; known: {known}", hint, key=True)

    def _sounds(self, scene: Scene) -> None:
        happenings = {outcome.name for outcome in scene.outcomes}
        for trigger in scene.triggers:
            happenings |= {word for word in (trigger.name, trigger.event) if word}
        for place, event in enumerate(scene.sound.events):
            path: tuple[str | int, ...] = ("sound", "events", place)
            if event.on not in happenings:
                known = ", ".join(sorted(happenings)) or "none"
                hint = did_you_mean(event.on, happenings)
                self._add((*path, "on"), f"no outcome or trigger is called {event.on!r}; there are: {known}", hint)
            if isinstance(event.at, str):
                self._single((*path, "at"), event.at, "a sound")
        for place, vehicle in enumerate(scene.sound.vehicles):
            self._single(("sound", "vehicles", place, "at"), vehicle.at, "a vehicle")

    def _predicate(self, path: tuple[str | int, ...], predicate: Predicate) -> None:
        for keys, target in predicate.selections():
            is_other = target.split("/", 1)[0] in self.actors or (target == "ground" and self.has_ground)
            if not is_other and not matching(target, self.bodies):
                self._unknown((*path, *keys), target)
        if predicate.flag is not None and predicate.flag not in self.flags:
            known = ", ".join(sorted(self.flags)) or "none"
            hint = did_you_mean(predicate.flag, self.flags)
            self._add((*path, "flag"), f"no trigger sets {predicate.flag!r}; set are: {known}", hint)
        for steps, inner in predicate.inner():
            self._predicate((*path, *steps), inner)

    def _single(self, path: tuple[str | int, ...], target: str, what: str = "a camera") -> None:
        if target.split("/", 1)[0] in self.actors:
            return
        found = matching(target, self.bodies)
        if not found:
            self._unknown(path, target)
        elif found != [target]:
            self._add(path, f"{target!r} means several objects; {what} needs one, {found[0]!r} for example")

    def _unknown(self, path: tuple[str | int, ...], target: str) -> None:
        known = [*sorted(self.actors), *(body.name for body in self.bodies)]
        tops = list(dict.fromkeys(name.split("/", 1)[0] for name in known))
        hint = did_you_mean(target, [*known, *tops])
        shown = ", ".join(tops[:12]) + (", …" if len(tops) > 12 else "") or "none"
        self._add(path, f"nothing is called {target!r}; there are: {shown}", hint)

    def _add(self, path: tuple[str | int, ...], message: str, hint: str = "", *, key: bool = False) -> None:
        self.problems.append(problem_at(mark_of(self.data, path, key=key), f"{in_words(path)}: {message}", hint))
