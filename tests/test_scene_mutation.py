"""Whatever is done to a scene file: a clean SceneError, or a scene that can be drawn. Never anything else."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from worldsim.errors import SceneError
from worldsim.scene.library import shipped_folder, shipped_prefabs
from worldsim.scene.load import load_scene

RICH = """format: 1
name: rich
description: everything at once
gravity: [0, 0, -9.81]
rates: {step_rate: 240, control_rate: 60}
look: {time: "17:30", sky: clear, haze: 0.2}
ground: {material: grass, height: 0}
materials: {mud: {extends: soil, friction: 0.3, colour: "#554433"}}
objects:
  - {name: crate, shape: box, size: [0.3, 0.3, 0.3], at: [2, 0, 0.15], rotation_deg: [0, 0, 20], material: mud}
  - {name: ball, shape: sphere, radius: {random: uniform, low: 0.1, high: 0.2}, at: [1, 1], velocity: [0, -1, 0]}
  - {name: post, shape: cylinder, radius: 0.04, height: 1.0, at: [3, 1, 0.5], static: true}
  - {name: bob, shape: capsule, radius: 0.1, height: 0.4, at: [3, 2, 1], repeat: {line: {count: 3, step: [0, 0.5, 0]}}}
  - {prefab: can, at: [5, 5], repeat: {stack: {kind: pyramid, columns: 3, gap: 0.01}}}
  - {prefab: weave_pole, at: [7, 0], params: {height: 0.8}, repeat: {ring: {count: 4, radius: 1}}}
  - name: thing
    at: [0, 9]
    parts: [{shape: box, size: [1, 1, 1]}, {shape: cone, radius: 0.5, height: 1, at: [0, 0, 1]}]
  - name: leaf
    shape: box
    size: [0.1, 0.1, 0.1]
    repeat: {scatter: {count: 5, region: {low: [8, 8], high: [10, 10]}}}
  - {prefab: domino, repeat: {path: {points: [[-5, 0], [-5, 3], [-8, 3]], spacing: 0.5}}}
joints:
  - {kind: hinge, parent: post, child: crate, axis: [0, 0, 1], limits_deg: [-90, 90], damping: 0.1}
  - {kind: ball, chain: "bob.*"}
actors: {rex: {kind: dog, breed: beagle, at: [0, 0], heading_deg: 10}}
cameras: {chase: {follow: rex, distance: 2.5}, side: {at: [2, -4, 1.5], look_at: [2, 0, 0.4]}, orb: {orbit: [0, 0, 1]}}
triggers: [{when: {after: 1}, sets: late}]
outcomes:
  - {name: toppled, when: {any: [{fallen: crate}, {all: [{flag: late}, {touched: {body: ball, by: rex}}]}]}}
keys: {w: {rex: {speed: 1}}}
"""
TOKENS = [
    "null", "true", "-1", "0", "1e308", "1e-308", ".nan", ".inf", "99999999999999999999", "''", "[]", "{}",
    "[[[]]]", "{random: uniform, low: 0, high: 1}", "{random: choice, values: []}",
    "{random: integer, low: -5, high: 5}", "&a", "*a", "!!binary aGk=", "!!set {a}", "~", "|", ">", "#", ":",
    "- ", "\t", "\u0000", "\ud7ff", "é", "${x}", "prefab: can", "box", "plane", "mesh", "../..",
    "file: /etc/passwd", "urdf: x.urdf", "tag:x", "*.*", "count: 5000", "1_000", "0x10", "1:30", "<<",
]  # fmt: skip


def mutated(text: str, rng: random.Random) -> str:
    """Return the text with one to four random changes."""
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(text) + 1)
        kind = rng.randrange(8)
        if kind == 0:
            text = text[:at] + rng.choice(TOKENS) + text[at:]
        elif kind == 1:
            text = text[:at] + text[at + rng.randint(1, 30) :]
        elif kind == 2:
            text = text[:at] + chr(rng.choice([rng.randrange(32, 127), rng.randrange(1, 0x3000)])) + text[at + 1 :]
        elif kind == 3:
            lines = text.splitlines()
            rng.shuffle(lines)
            text = "\n".join(lines) if rng.random() < 0.1 else text
        elif kind == 4:
            lines = text.splitlines()
            line = rng.choice(lines) if lines else ""
            text = text.replace(line, rng.choice(["", line + "\n" + line, " " + line, line[: len(line) // 2]]), 1)
        elif kind == 5:  # another value for a key
            parts = text.split(": ")
            if len(parts) > 2:
                k = rng.randrange(1, len(parts))
                for end in (",", "}", "\n"):
                    if end in parts[k]:
                        parts[k] = rng.choice(TOKENS) + end + parts[k].split(end, 1)[1]
                        break
                text = ": ".join(parts)
        elif kind == 6:  # another number
            numbers = [i for i, c in enumerate(text) if c.isdigit()]
            if numbers:
                i = rng.choice(numbers)
                text = text[:i] + rng.choice(["-1", "0", "1e9", "1e400", "7.5", "abc", "[1]", "-"]) + text[i + 1 :]
        else:  # a word from elsewhere
            words = text.replace(",", " ").split()
            if len(words) > 1:
                text = text.replace(rng.choice(words), rng.choice(words), 1)
    return text


def feed(folder: Path, count: int, seed: int) -> int:
    """Feed mutated files; return how many of them still load."""
    texts = [RICH, (shipped_folder() / "yard.yaml").read_text()]
    rng = random.Random(seed)
    path = folder / "scene.yaml"
    sound = 0
    for number in range(count):
        text = mutated(rng.choice(texts), rng)
        path.write_text(text, encoding="utf-8", errors="surrogatepass")
        try:
            scene = load_scene(path)
            for draw in range(2):
                layout = scene.layout(draw)
                assert all(abs(c) < 1e5 for body in layout.bodies for c in body.position)
            sound += 1
        except SceneError as error:
            if not error.problems or not all(problem.message for problem in error.problems):
                raise AssertionError(f"a refusal without a word:\n{text}") from error
        except Exception as error:
            (folder / "guilty.yaml").write_text(text, encoding="utf-8", errors="surrogatepass")
            raise AssertionError(
                f"mutation {number} of seed {seed}: {type(error).__name__}: {error}\n{text}"
            ) from error
    return sound


def test_the_unmutated_scene_loads(tmp_path: Path) -> None:
    (tmp_path / "scene.yaml").write_text(RICH)
    assert len(load_scene(tmp_path / "scene.yaml").layout(0).bodies) > 30


def test_hundreds_of_mutations_end_cleanly(tmp_path: Path) -> None:
    assert 0 < feed(tmp_path, 200, seed=1) < 200


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 8))
def test_thousands_of_mutations_end_cleanly(tmp_path: Path, seed: int) -> None:
    feed(tmp_path, 1000, seed)


@pytest.mark.slow
def test_mutated_prefabs_end_cleanly(tmp_path: Path) -> None:
    rng = random.Random(9)
    files = list(shipped_prefabs().values())
    (tmp_path / "prefabs").mkdir()
    (tmp_path / "scene.yaml").write_text("format: 1\nname: x\nobjects: [{prefab: guilty}]\n")
    for _ in range(1500):
        text = mutated(rng.choice(files).read_text(), rng)
        (tmp_path / "prefabs" / "guilty.yaml").write_text(text, encoding="utf-8", errors="surrogatepass")
        try:
            load_scene(tmp_path / "scene.yaml").layout(0)
        except SceneError:
            continue


@pytest.mark.slow
def test_what_loads_can_be_stepped(tmp_path: Path) -> None:
    from worldsim.physics.world import World

    rng = random.Random(5)
    for _ in range(150):
        (tmp_path / "scene.yaml").write_text(mutated(RICH, rng), encoding="utf-8", errors="surrogatepass")
        try:
            with World(load_scene(tmp_path / "scene.yaml")) as world:
                for _ in range(3):
                    world.advance()
        except SceneError:
            continue
