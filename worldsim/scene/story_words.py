"""The behaviours that a story may name, and the words that mean them in English and Korean. Data only.

English phrases are verbs in the imperative; Korean ones are stems, which any ending may follow. A longer phrase counts
before a shorter one. How a behaviour is done, `worldsim.behaviour` knows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Deed:
    """One behaviour, as a story names it.

    Attributes:
        needs: whether it is about a thing. seconds: how long it is held; None: until it is done.
        english, korean: phrases.
    """

    needs: bool
    seconds: float | None
    english: tuple[str, ...]
    korean: tuple[str, ...]


def _of(english: str, korean: str, *, needs: bool = False, seconds: float | None = None) -> Deed:
    """Return a deed; phrases are separated by commas."""
    split = [tuple(phrase.strip() for phrase in text.split(",")) for text in (english, korean)]
    return Deed(needs, seconds, *split)


DEEDS: Mapping[str, Deed] = MappingProxyType(
    {
        "stand": _of("stand, stand up, get up", "일어나, 일어서, 서 있", seconds=1.5),
        "wait": _of("wait, stay, pause", "기다리, 기다려, 멈추, 멈춰", seconds=2.0),
        "sit": _of("sit, sit down", "앉", seconds=3.0),
        "lie": _of("lie, lie down, rest", "엎드리, 엎드려, 누워, 눕", seconds=3.0),
        "wag": _of(
            "wag, wag the tail, wag its tail, wag his tail, wag her tail",
            "꼬리를 흔들, 꼬리를 흔드, 꼬리 흔들, 꼬리 흔드, 꼬리치", seconds=2.5,
        ),
        "scratch": _of("scratch, scratch itself, scratch himself, scratch herself", "긁", seconds=3.0),
        "look_at": _of(
            "look at, watch, stare at", "바라보, 바라봐, 쳐다보, 쳐다봐, 지켜보, 보", needs=True, seconds=2.0
        ),
        "sniff": _of("sniff, sniff at, smell", "냄새를 맡, 냄새 맡, 킁킁", needs=True, seconds=2.5),
        "walk_to": _of("walk to, go to, walk over to, come to", "걸어가, 다가가, 가서, 가고, 가라, 간다", needs=True),
        "run_to": _of("run to, run over to, trot to", "달려가, 뛰어가", needs=True),
        "jump_over": _of("jump over, leap over, jump", "뛰어넘, 넘어가, 넘어간", needs=True),
        "knock_over": _of(
            "knock over, knock down, topple, push over, tip over", "넘어뜨리, 넘어뜨려, 쓰러뜨리, 쓰러뜨려", needs=True
        ),
        "chase": _of("chase, run after, follow", "쫓, 따라가", needs=True, seconds=4.0),
        "fetch": _of("fetch, bring, bring back", "물어오, 물어와, 가져오, 가져와", needs=True),
        "startle": _of("startle, flinch, be startled", "놀라, 깜짝", seconds=1.6),
    }
)  # fmt: skip
"""Behaviours by name."""

NOUNS: Mapping[str, str] = MappingProxyType(
    {
        "공": "ball", "상자": "box", "나무상자": "crate", "궤짝": "crate", "의자": "chair", "화분": "pot",
        "깡통": "can", "캔": "can", "허들": "barrier", "장애물": "barrier", "울타리": "fence", "벤치": "bench",
        "고깔": "cone", "콘": "cone", "통": "barrel", "쓰레기통": "bin", "탁자": "table", "책상": "table",
        "나무": "tree", "덤불": "bush", "도미노": "domino", "볼링핀": "pin", "기둥": "post",
    }
)  # fmt: skip
"""Korean words for things, and the word that stands for each in scenes' names."""

COLOURS: Mapping[str, str] = MappingProxyType(
    {"빨간": "red", "파란": "blue", "노란": "yellow", "초록": "green", "주황": "orange", "흰": "white", "검은": "black"}
)

PRONOUNS = ("it", "that", "them", "him", "her", "그것", "그걸", "그거")
"""What the last thing named is called."""

FILLERS = frozenset(
    (
        "the", "a", "an", "its", "his", "her", "then", "next", "after", "this", "afterwards", "finally", "again",
        "and", "now", "dog", "please", "there", "그리고", "그다음", "그", "다음", "다음에", "강아지가", "강아지는",
        "개가", "개는", "다시",
    )
)  # fmt: skip
"""Words that say nothing here."""

PARTICLES = (
    "에게로",
    "한테로",
    "에게",
    "한테",
    "위로",
    "으로",
    "까지",
    "을",
    "를",
    "로",
    "에",
    "은",
    "는",
    "이",
    "가",
    "의",
)
"""What may hang on a Korean noun, the longest first."""
