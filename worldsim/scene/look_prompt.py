"""From words to the keys of a look: "golden hour, misty autumn", "안개 낀 가을 아침".

A word either is known (`look_words`, or the name of a look), or it is returned as unknown: nothing is lost in silence.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from worldsim.scene.look_names import NAMED_LOOKS, Keys, Value
from worldsim.scene.look_words import FACTOR, FILLERS, MEANINGS, PARTICLES

_UNIT, _SIGNED = (0.0, 1.0), (-1.0, 1.0)
RANGE: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "haze": _UNIT,
        "wetness": _UNIT,
        "exposure": (-8.0, 8.0),
        "warmth": _SIGNED,
        "contrast": _SIGNED,
        "saturation": _SIGNED,
    }
)
"""What stronger and weaker act on, and how far."""

SUN_KEYS = ("time", "sun_elevation_deg", "sun_azimuth_deg")
SUNLESS = ("night", "studio")
"""Skies that a time of day ends."""
_WORD = re.compile(r"\d{1,2}:\d\d|[^\W_]+(?:[-'’][^\W_]+)*")
_KOREAN = re.compile(r"[가-힣]")


@dataclass(frozen=True)
class Understood:
    """What was made of a prompt.

    Attributes:
        keys: of a look. known: the phrases that had a meaning, as written. unknown: the words that had none.
    """

    keys: Keys
    known: tuple[str, ...]
    unknown: tuple[str, ...]


def understand(prompt: str) -> Understood:
    """Return what the words of a prompt say of a look; where two contradict each other, the later counts.

    A clock time such as 17:30 is known too. Case, punctuation and Korean particles don't matter.
    """
    keys: dict[str, Value] = {}
    known: list[str] = []
    unknown: list[str] = []
    factor = ""  # a word such as "very" that waits for the next
    for phrase, found in _phrases(prompt):
        whole = f"{factor} {phrase}".lstrip()
        if found is None and phrase in FACTOR:
            unknown += [factor] * (factor not in FILLERS and factor != "")
            factor = phrase
        elif found is None:
            unknown += [whole] * (phrase not in FILLERS)
            factor = factor if phrase in FILLERS else ""
        else:
            scaled = not RANGE.keys().isdisjoint(found)
            unknown += [factor] * (not scaled and factor not in FILLERS and factor != "")
            keys = over(keys, _times(found, FACTOR.get(factor, 1.0)))
            known.append(whole if scaled else phrase)
            factor = ""
    unknown += [factor] * (factor not in FILLERS and factor != "")
    return Understood(MappingProxyType(keys), tuple(dict.fromkeys(known)), tuple(dict.fromkeys(unknown)))


def over(below: Keys, above: Keys) -> dict[str, Value]:
    """Return the keys of one meaning put over others.

    A clock time undoes a sun put in place and the other way round; a time of day undoes a night and a studio, while
    a night stays one under whatever sky.
    """
    keys = dict(below)
    placed = "sun_elevation_deg" in above
    if "time" in above or placed:
        for key in ("time",) if placed else SUN_KEYS:
            keys.pop(key, None)
        if keys.get("sky") in SUNLESS:
            del keys["sky"]
    stays = keys.get("sky") == "night"
    keys.update({key: value for key, value in above.items() if not (stays and key == "sky")})
    return keys


def _times(keys: Keys, factor: float) -> Keys:
    """Return keys with haze, wetness and mood multiplied."""
    out = dict(keys)
    for key, value in keys.items():
        if key in RANGE and not isinstance(value, str):
            low, high = RANGE[key]
            out[key] = min(high, max(low, value * factor))
    return out


def _phrases(prompt: str) -> Iterator[tuple[str, Keys | None]]:
    """Yield the longest known phrases with what they mean, and every other word with None."""
    table, longest = _table()
    words = [part for word in _WORD.findall(prompt.lower().replace("’", "'")) for part in _split(word, table)]
    at = 0
    while at < len(words):
        for count in range(min(longest, len(words) - at), 0, -1):
            found = _look_up(tuple(words[at : at + count]), table)
            if found is not None:
                yield " ".join(words[at : at + count]), found
                at += count
                break
        else:
            word = words[at]
            if at + 1 < len(words) and f"{word} {words[at + 1]}" in FACTOR:
                word = f"{word} {words[at + 1]}"
            elif re.fullmatch(r"([01]?\d|2[0-3]):[0-5]\d", word):
                yield word, MappingProxyType({"time": word})
                at += 1
                continue
            yield (word if word in FILLERS or word in FACTOR else _filler(word)), None
            at += word.count(" ") + 1


def _split(word: str, table: Mapping[tuple[str, ...], Keys]) -> tuple[str, ...]:
    """Return the two words a Korean compound is made of (겨울밤: 겨울, 밤), or the word itself."""
    if _KOREAN.search(word) and _look_up((word,), table) is None:
        for at in range(1, len(word)):
            if (word[:at],) in table and (_look_up((word[at:],), table) is not None or word[at:] in FILLERS):
                return word[:at], word[at:]
    return (word,)


def _filler(word: str) -> str:
    """Return the filler a Korean word is once its particle is off, or the word itself."""
    return next((bare for bare in _bare(word) if bare in FILLERS), word)


def _look_up(words: tuple[str, ...], table: Mapping[tuple[str, ...], Keys]) -> Keys | None:
    """Return what a phrase means; each Korean word may carry a particle."""
    if words in table:
        return table[words]
    options = [_bare(word) for word in words]
    if all(len(option) == 1 for option in options):
        return None
    return next((keys for phrase, keys in table.items() if _fits(phrase, options)), None)


def _fits(phrase: tuple[str, ...], options: list[tuple[str, ...]]) -> bool:
    return len(phrase) == len(options) and all(word in option for word, option in zip(phrase, options, strict=True))


@functools.lru_cache(maxsize=4096)
def _bare(word: str) -> tuple[str, ...]:
    """Return a word and what is left of it without a Korean particle."""
    if not _KOREAN.search(word):
        return (word,)
    return (word, *(word.removesuffix(end) for end in PARTICLES if word.endswith(end) and len(word) > len(end)))


@functools.cache
def _table() -> tuple[Mapping[tuple[str, ...], Keys], int]:
    """Return phrases as tuples of words → keys, and the number of words of the longest."""
    table: dict[tuple[str, ...], Keys] = {}
    for meanings in MEANINGS.values():
        for meaning in meanings:
            for phrase in (*meaning.english, *meaning.korean):
                words = tuple(phrase.split())
                table[words] = meaning.keys
                if _KOREAN.search(phrase):
                    table.setdefault(("".join(words),), meaning.keys)
    for name, keys in NAMED_LOOKS.items():
        table.setdefault(tuple(name.split("_")), keys)
    return MappingProxyType(table), max(map(len, table))
