"""Which key, mouse button and gamepad button does what: the tables that the window obeys and the help shows.

Keys are pygame's names ("space", "left shift", "f5"); nothing here needs pygame.
"""

from __future__ import annotations

from collections.abc import Mapping

HOTKEYS: Mapping[str, tuple[str, str]] = {
    "p": ("pause", "pause, go on"),
    ",": ("back", "one moment back"),
    ".": ("forward", "one moment forward"),
    "[": ("slower", "slower, down to 1/8"),
    "]": ("faster", "faster, up to 2x"),
    "c": ("camera", "next camera"),
    "f": ("free", "free camera, and back"),
    "v": ("layer", "picture, depth, normals, instances, motion, footage, both"),
    "x": ("compare", "footage, or the raster's picture of the same moment"),
    "m": ("mute", "sound off, on"),
    "-": ("softer", "softer"),
    "=": ("louder", "louder"),
    "l": ("listen", "who is heard"),
    "tab": ("driver", "you drive, or the policy"),
    "b": ("throw", "throw a ball"),
    "backspace": ("reset", "start again"),
    "n": ("seed", "next seed"),
    "f5": ("save", "remember this moment"),
    "f9": ("load", "go back to it"),
    "k": ("fork", "keep the take so far, go on in a fork"),
    "r": ("record", "record a video, stop"),
    "f12": ("screenshot", "save a picture"),
    "u": ("hud", "show or hide the display"),
    "h": ("help", "this help"),
    "escape": ("quit", "quit"),
}
"""Key → (the order it gives, its meaning in words for the help)."""

ALIASES: Mapping[str, str] = {"f1": "h", "keypad enter": "p", "+": "=", "[-]": "-", "[+]": "="}
"""Other keys for the same."""

REPEATING = frozenset({"back", "forward", "softer", "louder"})
"""Orders that go on while their key is held."""

MOUSE = (
    ("left drag a thing", "pull it by a spring"),
    ("left drag elsewhere", "look round"),
    ("right drag", "look round"),
    ("middle drag", "move the camera"),
    ("wheel", "nearer, farther"),
    ("drag on the bar", "see the last minute"),
)

PAD_BUTTONS: Mapping[int, tuple[str, str, str]] = {
    1: ("B", "throw", "throw a ball"),
    2: ("X", "driver", "you drive, or the policy"),
    3: ("Y", "camera", "next camera"),
    4: ("LB", "back", "one moment back"),
    5: ("RB", "forward", "one moment forward"),
    6: ("Back", "reset", "start again"),
    7: ("Start", "pause", "pause, go on"),
}
"""Number of a gamepad's button, as SDL counts an Xbox pad's → (its name, the order it gives, its meaning)."""

PAD = (
    ("left stick, cross", "first and second channel: ahead, turn"),
    ("A", "third channel: a dog's jump"),
    ("right stick", "fourth and fifth channel"),
    *((name, meaning) for name, _, meaning in PAD_BUTTONS.values()),
)
"""The gamepad in words, for the help."""


def hotkey(key: str) -> str | None:
    """Return the order a key gives, or None."""
    found = HOTKEYS.get(ALIASES.get(key, key))
    return found[0] if found else None
