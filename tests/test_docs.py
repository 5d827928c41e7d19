"""The README and the guides: links lead somewhere, pictures exist, commands and snippets run."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
NOT_RUN = "<!-- not run"  # in the line above a block, with the reason

pytestmark = pytest.mark.skipif(not (ROOT / "README.md").exists(), reason="only in a checkout")


def page_name(page: Path) -> str:
    return page.name


def blocks(page: Path, language: str) -> list[str]:
    """Return the fenced blocks of a language that are meant to run."""
    found, lines = [], page.read_text(encoding="utf-8").splitlines()
    start: int | None = None
    for number, line in enumerate(lines):
        if line.startswith("```"):
            if start is None and line[3:].strip() == language:
                above = next((text for text in reversed(lines[:number]) if text.strip()), "")
                start = number + 1 if NOT_RUN not in above else -1
            elif start is None:
                start = -1
            else:
                if start > 0:
                    found.append("\n".join(lines[start:number]))
                start = None
    return found


def commands(page: Path) -> list[str]:
    """Return the worldsim commands of a page's shell blocks."""
    lines = [line.partition("  #")[0].strip() for block in blocks(page, "sh") for line in block.splitlines()]
    return [line for line in lines if line.startswith((".venv/bin/worldsim ", "worldsim "))]


def environment() -> dict[str, str]:
    return {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}


@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_links_and_pictures_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.S)
    for target in re.findall(r"\[[^\]]*\]\(([^)\s]+)\)", text):
        place, _, anchor = target.partition("#")
        if "://" in target:
            continue
        file = (page.parent / place).resolve() if place else page
        assert file.exists(), f"{page.name} points to {target}, which is not there"
        if anchor and file.suffix == ".md":
            headings = re.findall(r"^#+ (.*)$", file.read_text(encoding="utf-8"), flags=re.M)
            slugs = {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}
            assert anchor in slugs, f"{page.name} points to {target}; {file.name} has {sorted(slugs)}"


def test_every_guide_is_in_the_index() -> None:
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    for page in (ROOT / "docs").glob("*.md"):
        assert page.name == "index.md" or f"({page.name})" in index, f"docs/index.md does not list {page.name}"


def test_readme_tree_is_the_tree() -> None:
    tree = next(block for block in blocks(ROOT / "README.md", "text") if block.startswith("worldsim/"))
    folder = ROOT
    for line in tree.splitlines():
        name = line.split()[0]
        folder = ROOT / "worldsim" if line.startswith("  ") else ROOT
        assert (folder / name).exists(), f"the README's layout names {name}, which is not there"


def test_pages_say_no_more_than_the_command_line_does() -> None:
    from worldsim.cli import cli

    for page in PAGES:
        for line in commands(page):
            words = shlex.split(line)[1:]
            group: Any = cli
            while words and hasattr(group, "commands"):
                word = words.pop(0)
                if word.startswith("-"):
                    break
                assert word in group.commands, f"{page.name}: {line}: there is no command {word!r}"
                group = group.commands[word]


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_commands_run(page: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    for line in commands(page):
        words = shlex.split(line)
        if words[1] in ("play", "bench") or ">" in line or "--recover" in line:
            continue  # a window, minutes of work, a shell's business, a crash: tested elsewhere
        done = subprocess.run(
            [sys.executable, "-m", "worldsim", *words[1:]],
            cwd=tmp_path,
            env=environment(),
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        assert done.returncode == 0, f"{page.name}: {line}\n{done.stderr}"


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_snippets_run(page: Path, tmp_path: Path) -> None:
    """The Python blocks of a page run in order, in one process: later ones may use what earlier ones made."""
    code = "\n\n".join(blocks(page, "python"))
    if not code:
        return
    script = tmp_path / "snippets.py"
    script.write_text(f"if __name__ == '__main__':\n{_indented(code)}\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(script)], cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{page.name}:\n{code}\n{done.stderr}"


def _indented(code: str) -> str:
    return "\n".join(f"    {line}" if line.strip() else line for line in code.splitlines())
