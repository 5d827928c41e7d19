"""The story of a scene: what its first dog does, one behaviour after the other, each a sentence or a few keys."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from worldsim.errors import did_you_mean
from worldsim.scene.number import Finite, between
from worldsim.scene.spec import Spec, refuse_with, shown
from worldsim.scene.story_text import Said, understand
from worldsim.scene.story_words import DEEDS

LONGEST = 600.0
"""s that a behaviour can be told to last, or a story to wait."""

Seconds = Annotated[Finite, between(0, LONGEST, " s")]


def _deed(value: Any) -> Any:
    """Refuse a behaviour that there is not, with a guess."""
    if isinstance(value, str) and value not in DEEDS:
        known = ", ".join(DEEDS)
        raise refuse_with(f"no behaviour is called {value!r}; there are: {known}", did_you_mean(value, DEEDS))
    return value


class StoryLine(Spec):
    """A sentence, or one behaviour.

    Attributes:
        say: a sentence ("run to the ball, sniff it, then sit and wag"), instead of the other keys but `after`.
        do: a behaviour. to: what it is about, where it is about something. for: s it is held. wag: the tail
            meanwhile.
        after: s since the story began, before which it does not begin.
    """

    say: str | None = Field(default=None, min_length=1, max_length=500)
    do: Annotated[str, BeforeValidator(_deed)] | None = None
    to: str | None = Field(default=None, min_length=1, max_length=200)
    seconds: Seconds | None = Field(default=None, alias="for")
    wag: bool = False
    after: Seconds = 0.0

    @model_validator(mode="before")
    @classmethod
    def _sentence(cls, data: Any) -> Any:
        """Let a text alone be a sentence."""
        return {"say": data} if isinstance(data, str) else data

    @model_validator(mode="after")
    def _whole(self) -> StoryLine:
        if (self.say is None) == (self.do is None):
            raise refuse_with("a line of a story is a sentence, or has the key 'do'", "")
        if self.say is not None:
            if self.to is not None or self.seconds is not None or self.wag:
                raise refuse_with("beside 'say' only 'after' is allowed: say the rest in words", "")
            _check_sentence(self.say)
        elif self.do is not None:
            if DEEDS[self.do].needs and self.to is None:
                raise refuse_with(f"{self.do!r} is about a thing: the key 'to' is missing", "")
            if not DEEDS[self.do].needs and self.to is not None:
                raise refuse_with(f"{self.do!r} is about nothing, found to: {shown(self.to)}", "")
        return self

    def said(self) -> tuple[Said, ...]:
        """Return its behaviours in order."""
        if self.say is not None:
            return understand(self.say).said
        assert self.do is not None
        return (Said(self.do, self.to, self.seconds, self.wag),)


def _check_sentence(text: str) -> None:
    """Refuse a sentence with words that mean nothing, or behaviours that lack what they are about."""
    found = understand(text)
    if found.unknown or not found.said:
        words = ", ".join(repr(word) for word in found.unknown) or repr(text)
        phrases = [*DEEDS, *(phrase for deed in DEEDS.values() for phrase in deed.english)]
        hint = did_you_mean(found.unknown[0], phrases) if found.unknown else ""
        raise refuse_with(f"no meaning is known for {words}; the words there are: docs/behaviours.md", hint)
    for said in found.said:
        if DEEDS[said.do].needs and said.to is None:
            raise refuse_with(f"{said.do.replace('_', ' ')!r} needs to know what: say {said.do} and a thing's name", "")


Story = tuple[StoryLine, ...]
"""What a scene has under `story`."""
