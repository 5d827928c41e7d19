"""Sentences to behaviours: "run to the ball, sniff it, then sit and wag for 4 s"; "공으로 달려가서 앉아".

No model and no guessing: a table of words (`story_words`), what they are about taken from beside them, and everything
that was not understood handed back. It knows nothing of scenes: things stay words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from worldsim.scene.story_words import COLOURS, DEEDS, FILLERS, NOUNS, PARTICLES, PRONOUNS

SECONDS = re.compile(r"(?:for\s+)?(\d+(?:\.\d+)?)\s*(?:seconds?|secs?|s\b|초)\s*(?:동안|간)?")
CUTS = re.compile(r"[,;!]|\.(?!\d)|\bthen\b|\bwhile\b")
WAG = "wag"
POSED = ("sit", "lie", "stand", "wait", "look_at", "sniff")
"""Behaviours during which a tail may wag when one says so: "sit and wag"."""


@dataclass(frozen=True)
class Said:
    """One behaviour that a sentence asked for.

    Attributes:
        do: its name. to: the words for what it is about, None where it is about nothing. seconds: None for as usual.
        wag: whether the tail is to wag meanwhile.
    """

    do: str
    to: str | None = None
    seconds: float | None = None
    wag: bool = False


@dataclass(frozen=True)
class Understood:
    """What a sentence means: behaviours in order, and the words without a meaning."""

    said: tuple[Said, ...]
    unknown: tuple[str, ...]


def _phrases() -> list[tuple[re.Pattern[str], str, bool]]:
    rows = [(phrase, name, False) for name, deed in DEEDS.items() for phrase in deed.english]
    rows += [(phrase, name, True) for name, deed in DEEDS.items() for phrase in deed.korean]
    rows += [(name.replace("_", " "), name, False) for name in DEEDS]
    rows.sort(key=lambda row: -len(row[0]))
    return [
        (re.compile(re.escape(phrase).replace(r"\ ", r"\s+") + (r"\S*" if korean else r"\b")), name, korean)
        for phrase, name, korean in rows
    ]


PHRASES = _phrases()


def understand(text: str) -> Understood:
    """Return what a text asks for."""
    said: list[Said] = []
    unknown: list[str] = []
    last: str | None = None
    for clause in CUTS.split(text.lower()):
        for piece, joined in _pieces(clause):
            found = _found(piece)
            if found is None:
                unknown += [word for word in piece.split() if word not in FILLERS]
                continue
            name, rest = found
            seconds = SECONDS.search(rest)
            held = float(seconds.group(1)) if seconds else None
            if seconds:
                rest = rest[: seconds.start()] + " " + rest[seconds.end() :]
            about = _about(rest)
            if not DEEDS[name].needs:
                unknown += about
                to = None
            else:
                to = last if not about or " ".join(about) in PRONOUNS else " ".join(about)
                last = to
            if name == WAG and joined and said and said[-1].do in POSED:
                before = said[-1]
                said[-1] = Said(before.do, before.to, held if held is not None else before.seconds, True)
            else:
                said.append(Said(name, to, held))
    return Understood(tuple(said), tuple(unknown))


def _pieces(clause: str) -> list[tuple[str, bool]]:
    """Cut a clause at "and" and after each Korean verb; say of each piece whether it is joined to the one before."""
    out: list[tuple[str, bool]] = []
    for part in re.split(r"\band\b|그리고", clause):
        rest, first = part.strip(), True
        while rest:
            ends = [
                (match.start(), -match.end(), match.end())
                for pattern, _, korean in PHRASES
                if korean and (match := re.search(r"(?:^|(?<=\s))" + pattern.pattern, rest))
            ]
            if not ends:
                if first or rest.split():
                    out.append((rest, bool(out)))
                break
            end = min(ends)[2]
            out.append((rest[:end].strip(), bool(out)))
            rest, first = rest[end:].strip(), False
    return out


def _found(piece: str) -> tuple[str, str] | None:
    """Return the behaviour that a piece names, and the words around it."""
    for pattern, name, korean in PHRASES:
        match = re.search((r"(?:^|(?<=\s))" if korean else r"\b") + pattern.pattern, piece)
        if match:
            return name, piece[: match.start()] + " " + piece[match.end() :]
    return None


def _about(rest: str) -> list[str]:
    """Return the words for a thing: without articles and particles, Korean ones in English where they are known."""
    out = []
    for word in rest.split():
        if word in FILLERS:
            continue
        bare = word
        if re.search(r"[가-힣]", word) and word not in NOUNS and word not in COLOURS and word not in PRONOUNS:
            bare = next((word.removesuffix(p) for p in PARTICLES if word.endswith(p) and len(word) > len(p)), word)
        out.append(NOUNS.get(bare, COLOURS.get(bare, bare)))
    return out
