"""Acts out a scene's `story`, or a sentence: "dog_story: run to the ball, sniff it, then sit and wag"."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from worldsim.behaviour.director import Cue, Director
from worldsim.errors import PolicyError
from worldsim.scene.story_text import understand
from worldsim.scene.story_words import DEEDS
from worldsim.task import Task


class Story:
    """A director at work; it looks at the world itself, not at the observation.

    Attributes:
        director: of the episode, from `reset` on.
    """

    task = ""
    arguments = {"actor_options": {"look": True, "mouth": True, "poses": True}}  # noqa: RUF012  never changed

    def __init__(self, words: str = "") -> None:
        """Take a sentence that is acted out instead of the scene's story; words without a meaning become a warning.

        Raises:
            PolicyError: no behaviour is in it, or one lacks what it is about.
        """
        found = understand(words)
        for said in found.said:
            if DEEDS[said.do].needs and said.to is None:
                raise PolicyError(f"{said.do.replace('_', ' ')!r} needs to know what: say what it is about")
        if words.strip() and not found.said:
            raise PolicyError(f"no behaviour is in {words.strip()!r}; there are: {', '.join(DEEDS)}")
        if found.unknown:
            unknown = ", ".join(found.unknown)
            warnings.warn(
                f"story: no meaning is known for {unknown}; the words there are: docs/behaviours.md",
                RuntimeWarning,
                stacklevel=2,
            )
        self._cues = tuple(Cue(said) for said in found.said)

    def reset(self, task: Task, seed: int) -> None:
        """Begin the story where the world is now."""
        cues = self._cues or tuple(
            Cue(said, line.after if k == 0 else 0.0)
            for line in task.world.scene.story
            for k, said in enumerate(line.said())
        )
        if not cues:
            raise PolicyError(
                f"scene {task.world.scene.name!r} has no story: write one under 'story', or say it: "
                "--policy 'dog_story: sit and wag'"
            )
        self._task = task
        self.director = Director(task, cues)

    def act(self, observation: Any) -> NDArray[np.float32]:
        """Return the action that means the director's command."""
        return self._task.action(self.director.command()).astype(np.float32)


def make(words: str = "") -> Story:
    """Return a new one."""
    return Story(words)
