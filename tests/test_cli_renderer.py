"""`worldsim renderer`: what it lists works, what is unknown is refused."""

from __future__ import annotations

import json

import pytest

from worldsim.cli import run
from worldsim.render.catalogue import catalogue


def test_list_names_what_draws(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(("renderer", "list", "--json")) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["name"] for row in rows][:2] == ["raster", "tiny"]
    assert all(row["about"] and row["ready"] == (row["missing"] == "") for row in rows)


def test_without_opengl_the_raster_is_not_ready_and_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLDSIM_NO_GL", "1")
    raster = catalogue()[0]
    assert not raster.ready
    assert "unset it to switch it on" in raster.missing


def test_info_tells_facts_and_refuses_what_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(("renderer", "info", "raster")) == 0
    told = capsys.readouterr().out
    assert told.startswith("raster: ")
    assert "OpenGL 3.3" in told
    assert run(("renderer", "info", "rastre")) == 2
    assert "did you mean 'raster'" in capsys.readouterr().err
