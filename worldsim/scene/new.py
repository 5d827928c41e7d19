"""The text of a new scene: a small world that works, with a comment for everything an author asks first."""

from __future__ import annotations

from pathlib import Path

from worldsim.errors import OutputError, SceneError
from worldsim.scene.library import find_scene

STARTER = """\
# {name}: what this scene is for, in one line.
# yaml-language-server: $schema={schema}
format: 1
name: {name}
description: A dog, a barrier and a few things to knock over.

# Light: time of day, or sky: clear | partly_cloudy | overcast | sunset | night | studio. haze 0 to 1.
look: {{time: "16:30", sky: clear, haze: 0.15}}
# What is heard around: look | none | {{wind: 0.5, birds: 1}}. Also music: calm, and sounds when an outcome comes true.
sound: {{ambience: look, events: [{{on: tidy_no_more, play: bark, at: rex}}]}}
ground: {{material: grass}}            # or "none"

objects:
  # Shapes: box, sphere, cylinder, capsule, cone, plane, mesh. Metres; `at` is the centre, two numbers: on the ground.
  - {{name: crate, shape: box, size: [0.4, 0.4, 0.4], at: [2.5, 0.6], material: wood, fill: 0.3}}
  - {{name: ball, shape: sphere, radius: 0.11, at: [1.5, -1], material: rubber, mass: 0.45, colour: red}}
  # Prefabs: ready-made things (`worldsim scene show prefabs`), with parameters. Many of one: `repeat`.
  - {{prefab: jump_barrier, at: [4, 0], params: {{height: 0.3}}}}
  - {{name: can, prefab: can, at: [2.5, -1.2], repeat: {{stack: {{kind: pyramid, columns: 4, gap: 0.01}}}}}}
  # Any number can be drawn from the seed.
  - {{name: cone, prefab: cone, at: [6, {{random: uniform, low: -1, high: 1}}]}}

actors:
  rex: {{kind: dog, breed: beagle, at: [0, 0], heading_deg: 0}}

cameras:
  chase: {{follow: rex, distance: 2.5, height: 1.0}}
  side: {{at: [2.5, -5, 1.8], look_at: [2.5, 0, 0.3]}}

# What may become true. An env takes its reward and its end from here; the window shows the word.
outcomes:
  - {{name: tidy_no_more, when: {{fallen: {{body: "can.*", at_least: 5}}}}, reward: 1, success: true}}
  - {{name: through, when: {{beyond: {{body: rex, point: [5, 0, 0], direction: [1, 0, 0]}}}}, reward: 1, ends: false}}
"""


def new_scene_text(name: str, source: str | None = None) -> str:
    """Return the text of a new scene.

    Args:
        name: what it is called.
        source: a scene (name or path) to copy instead of the starter; its `name:` is replaced.

    Raises:
        SceneError: the name can't be one, or there is no such source.
    """
    import re

    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}", name):
        raise SceneError(f"{name!r} can't name a scene: letters, digits, '_', '-' and '.' only")
    if source is None:
        return STARTER.format(name=name, schema="scene.schema.json")
    text = find_scene(source).read_text("utf-8")
    return re.sub(r"(?m)^name:.*$", f"name: {name}", text, count=1)


def write_new_scene(path: Path, source: str | None = None) -> Path:
    """Write a new scene to PATH (".yaml" is added where it has no suffix) and the schema beside it; return the path.

    Raises:
        OutputError: the file exists, or can't be written.
    """
    from worldsim.scene.schema import schema_text

    path = path if path.suffix in (".yaml", ".yml") else path.with_name(path.name + ".yaml")
    text = new_scene_text(path.stem, source)
    if not path.parent.is_dir():
        raise OutputError(
            f"{path} can't be written: there is no folder {path.parent}; make it first (mkdir -p {path.parent})"
        )
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
        schema = path.with_name("scene.schema.json")
        if not schema.exists():
            schema.write_text(schema_text(), encoding="utf-8")
    except FileExistsError:
        raise OutputError(f"{path} exists already; choose another name or remove it") from None
    except OSError as error:
        raise OutputError(f"{path} can't be written: {error.strerror}") from None
    return path
