from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from worldsim import actor
from worldsim.actor import ActorKindError, actor_class, actor_kinds, register_actor
from worldsim.actor.base import Actor
from worldsim.errors import UnknownNameError
from worldsim.physics.world import World
from worldsim.scene.model import Scene

GUIDE = Path(__file__).parent.parent / "docs" / "actors.md"


@pytest.fixture
def clean() -> Iterator[None]:
    before = dict(actor._registered())
    yield
    actor._registered().clear()
    actor._registered().update(before)


def cart_source() -> str:
    blocks = re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), flags=re.S)
    return next(block for block in blocks if "class Cart" in block)


def test_the_shipped_kinds_are_found() -> None:
    assert {"dog", "robot"} <= set(actor_kinds())
    for kind in ("dog", "robot"):
        assert actor_class(kind).kind == kind
        assert issubclass(actor_class(kind), Actor)


def test_an_unknown_kind_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(UnknownNameError, match="no kind of actor is called 'dgo'; did you mean 'dog'"):
        actor_class("dgo")


def test_a_module_path_is_not_a_kind() -> None:
    with pytest.raises(UnknownNameError, match="no kind of actor"):
        actor_class("worldsim.actor.robot:Robot")


@pytest.mark.usefixtures("clean")
def test_what_can_not_be_registered_is_refused() -> None:
    with pytest.raises(ActorKindError, match="not a subclass"):
        register_actor(int)  # type: ignore[arg-type]
    with pytest.raises(ActorKindError, match="lower-case word"):
        register_actor(type("A", (Actor,), {"kind": "Two Words"}))
    with pytest.raises(ActorKindError, match="no `options`"):
        register_actor(type("A", (Actor,), {"kind": "a"}))
    with pytest.raises(ActorKindError, match="lacks build, command"):
        register_actor(type("A", (Actor,), {"kind": "a", "options": dict}))
    taken = type("A", (actor_class("robot"),), {"kind": "dog"})
    with pytest.raises(ActorKindError, match="'dog' is taken by worldsim"):
        register_actor(taken)


@pytest.mark.usefixtures("clean")
def test_the_guides_cart_fits_in_fifty_lines_drives_and_restores() -> None:
    source = cart_source()
    code = [line for line in source.splitlines() if line.strip() and not line.strip().startswith("#")]
    assert len(code) < 60
    body = source[source.index("@register_actor") :]
    assert len([line for line in body.splitlines() if line.strip()]) < 50
    exec(compile(source, str(GUIDE), "exec"), {"__name__": "guide"})
    scene = Scene.model_validate({"format": 1, "name": "t", "actors": {"c": {"kind": "cart", "speed": 5.0}}})
    with World(scene) as world:
        world.reset()
        for _ in range(60):
            world.advance({"c": np.array([1.0, 1.0])})
        ahead = world.snapshot().position[world.part_index("c")]
        assert ahead[0] > 0.25
        assert abs(ahead[1]) < 0.05
        assert world.observe("c")[0] == pytest.approx(0.5, abs=0.1)  # 5 rad/s on wheels of 0.1 m
        with world.checkpoint() as saved:
            world.advance({"c": np.array([1.0, -1.0])})
            first = world.state_hash()
            world.restore(saved)
            world.advance({"c": np.array([1.0, -1.0])})
            assert world.state_hash() == first


def test_naming_a_kind_imports_no_pybullet() -> None:
    code = (
        "import sys; from worldsim.actor import actor_class; actor_class('dog').options(breed='corgi'); "
        "print('pybullet' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
