"""When a dog says what: a small seeded temper. It knows numbers about the dog and what goes on, no waves, no parts.

Sparse on purpose: in ten seconds of running one hears a bark or two, a yelp only after a hard knock.
"""

from __future__ import annotations

from dataclasses import dataclass

from worldsim.sound.source.luck import Luck

TIRES, RESTS = 7.0, 25.0  # s in which effort follows the work, up and down
STIRS, CALMS = 1.2, 8.0  # s in which excitement follows what goes on
BARKS, IDLE = 0.80, 0.012  # bouts a second: wholly excited, not at all
AFTER = 3.5  # s of silence between bouts
KNOCK = 0.9  # m/s by which a knock changes a dog's speed before it yelps
STARTLE = 1.2  # N·s/m: a blow of 1.2 N·s at 1 m, or of 12 at 10 m, startles
LATE = 0.22  # s that a dog takes to answer
BORED = 10.0  # s of standing before a whine


@dataclass(frozen=True)
class Moment:
    """One control period in a dog's life.

    Attributes:
        period: control periods since the reset.
        work: 0 … 1: how hard it moves.
        knock: m/s by which the hardest contact of trunk or head has changed its speed.
        crash: N·s/m: the hardest blow among other things, by its distance.
        stranger: whether something heavy comes slowly near while it stands.
        down: whether it lies on its side or back.
    """

    period: int
    work: float = 0.0
    knock: float = 0.0
    crash: float = 0.0
    stranger: bool = False
    down: bool = False


@dataclass(frozen=True)
class Saying:
    """Something to say.

    Attributes:
        kind: "bark", "woof", "yelp", "whine" or "growl".
        delay: s from the period's end. strength: 0 … 1.
    """

    kind: str
    delay: float
    strength: float = 1.0


class Temper:
    """One dog's.

    Attributes:
        effort: 0 … 1, how far out of breath it is. excitement: 0 … 1.
    """

    def __init__(self, seed: int, period: float) -> None:
        """Start calm and rested; `period` in s between two moments."""
        self._luck, self._period = Luck(4, seed, 21), period
        self.effort = self.excitement = 0.0
        self._quiet = 0.0  # s since the last word was over
        self._stood = self._lain = 0.0

    def feel(self, now: Moment) -> list[Saying]:
        """Take one more period; return what the dog says because of it."""
        passed = self._period
        self.effort += (now.work - self.effort) * passed / (TIRES if now.work > self.effort else RESTS)
        stirred = min(1.0, 0.75 * now.work + now.crash / STARTLE + now.knock / KNOCK)
        self.excitement += (stirred - self.excitement) * min(
            1.0, passed / (STIRS if stirred > self.excitement else CALMS)
        )
        self._quiet += passed
        self._stood = self._stood + passed if now.work < 0.1 else 0.0
        self._lain = self._lain + passed if now.down else 0.0
        luck, kind, delay, force = self._luck.at(now.period)
        late = LATE * (0.8 + 0.4 * delay)
        if now.knock > KNOCK and self._quiet > 0.5:
            strength = min(1.0, 0.4 + 0.4 * (now.knock / KNOCK - 1))
            after = [Saying("whine", 0.6)] if strength > 0.8 and kind < 0.5 else []
            return self._said([Saying("yelp", 0.03, strength), *after])
        if self._quiet < AFTER:
            return []
        if now.crash > STARTLE:
            return self._said([Saying("woof", late)] if kind < 0.4 else self._bout(late, kind, force))
        if now.stranger and luck < 1.2 * passed:
            return self._said([Saying("growl", 0.0)])
        if self._lain > 1.0 and luck < 0.7 * passed:
            return self._said([Saying("whine", 0.0)])
        if self._stood > BORED and luck < 0.04 * passed:
            return self._said([Saying("whine" if kind < 0.6 else "woof", 0.0)])
        if luck < (IDLE + BARKS * self.excitement**2) * passed:
            return self._said(self._bout(0.0, kind, force))
        return []

    def _bout(self, start: float, kind: float, force: float) -> list[Saying]:
        """Return one to three barks."""
        count = 1 + int(kind * 2.2 + 0.6 * self.excitement)
        gap = 0.34 + 0.12 * force
        return [Saying("bark", start + k * gap, 0.55 + 0.45 * max(force, self.excitement)) for k in range(count)]

    def _said(self, words: list[Saying]) -> list[Saying]:
        self._quiet = -max(word.delay for word in words)
        return words
