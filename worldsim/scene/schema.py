"""The JSON Schema of scene files, for editors: completion and a red line while one types.

`# yaml-language-server: $schema=scene.schema.json` at the top of a file makes Visual Studio Code, Neovim and others use
it. It says less than the loader: names that must exist and numbers that must fit each other are the loader's to check.
"""

from __future__ import annotations

import json
from typing import Any


def scene_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a scene file, the keys of every kind of actor included."""
    from worldsim.actor import actor_class, actor_kinds
    from worldsim.scene.look_names import NAMED_LOOKS
    from worldsim.scene.model import Scene

    schema = Scene.model_json_schema(by_alias=True)
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "worldsim scene"
    definitions = schema["$defs"]
    base = definitions["ActorSpec"]
    base["properties"].pop("options")
    kinds = []
    for kind in actor_kinds():
        model: Any = actor_class(kind).options
        own = model.model_json_schema(ref_template=f"#/$defs/{kind}_{{model}}")
        for name, definition in own.pop("$defs", {}).items():
            definitions[f"{kind}_{name}"] = definition
        properties = {**base["properties"], **own.get("properties", {}), "kind": {"const": kind}}
        kinds.append(
            {
                "type": "object",
                "description": model.__doc__ or "",
                "properties": properties,
                "required": ["kind", *own.get("required", [])],
                "additionalProperties": False,
            }
        )
    definitions["ActorSpec"] = {"oneOf": kinds}
    properties = schema["properties"]
    properties["ground"] = {"anyOf": [{"$ref": "#/$defs/GroundSpec"}, {"enum": ["none", None]}]}
    text = {
        "type": "string",
        "description": "the name of a look, or words: see docs/looks.md",
        "examples": [*NAMED_LOOKS],
    }
    properties["look"] = {"anyOf": [{"$ref": "#/$defs/Look"}, text]}
    sound = definitions["SoundSpec"]["properties"]
    moods = definitions["MusicSpec"]["properties"]["mood"]["enum"]
    sound["ambience"] = {"anyOf": [{"$ref": "#/$defs/AmbienceSpec"}, {"enum": ["look", "none", None]}]}
    sound["music"] = {"anyOf": [{"$ref": "#/$defs/MusicSpec"}, {"enum": [*moods, "none", None]}]}
    plain: dict[str, Any] = _plain(schema)
    return plain


def schema_text() -> str:
    """Return the schema as the text of `scenes/scene.schema.json`."""
    return json.dumps(scene_schema(), indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def _plain(value: Any) -> Any:
    """Shorten descriptions to their first paragraph and leave out the titles pydantic makes of names."""
    if isinstance(value, dict):
        out = {}
        for key, one in value.items():
            if key == "title" and isinstance(one, str) and one != "worldsim scene":
                continue
            if key == "description" and isinstance(one, str):
                one = " ".join(one.split("\n\n")[0].split())
            out[key] = _plain(one)
        return out
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return value
