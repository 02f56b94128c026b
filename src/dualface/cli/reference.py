"""Writes the generated parts of the documentation: ``python -m dualface.cli.reference docs``."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType
from typing import Any

import typer
from rich.text import Text

from dualface.api.reference import interface_reference, plugin_reference
from dualface.cli.all_commands import app
from dualface.config.reference import markdown_tables

_BEGIN, _END = "<!-- generated: begin -->", "<!-- generated: end -->"
_OF_A_FILE = re.compile(r"(<!-- file: (\S+) -->\n```\w*\n).*?(\n```\n)", re.DOTALL)
_COMMON_OPTIONS = ("--quiet", "--json", "--debug", "--help")


def command_tables() -> str:
    """A heading, usage, examples and a table of options for each command."""
    return "\n".join(_describe("dualface", typer.main.get_command(app)))


PAGES = MappingProxyType(
    {
        "api.md": interface_reference,
        "cli.md": command_tables,
        "configuration.md": markdown_tables,
        "plugins.md": plugin_reference,
    }
)
"""The pages with a generated part, and what makes it."""


def with_generated_part(page: str, generated: str) -> str:
    """``page`` with what stands between the two marks replaced."""
    head, _, rest = page.partition(_BEGIN)
    _, _, tail = rest.partition(_END)
    return f"{head}{_BEGIN}\n{generated}{_END}{tail}"


def with_files(page: str, root: Path) -> str:
    """``page`` with the files of the repository ``root`` that it shows as they are now: blocks after ``<!-- file: PATH -->``.

    They stand in the page itself, so that it can be read on a forge, too.
    """

    def shown(match: re.Match[str]) -> str:
        return match[1] + (root / match[2]).read_text(encoding="utf-8").strip("\n") + match[3]

    return _OF_A_FILE.sub(shown, page)


def _describe(path: str, command: Any) -> Iterator[str]:
    subcommands: dict[str, Any] = getattr(command, "commands", {})
    for name, subcommand in subcommands.items():
        yield from _describe(f"{path} {name}", subcommand)
    if subcommands:
        return
    arguments = [param for param in command.params if param.param_type_name == "argument"]
    options = [param for param in command.params if param.param_type_name == "option" and param.opts[0] not in _COMMON_OPTIONS]
    examples = [line for line in _plain(command.epilog).splitlines() if line and not line.endswith(":")]
    yield f"## `{path}`\n\n{_plain(command.help)}\n"
    yield "\n".join(["```sh", *(line.removeprefix("Example: ") for line in examples), "```\n"])
    if arguments or options:
        yield "| Argument or option | Meaning |\n|---|---|"
        yield from (f"| `{argument.metavar}` | {_cell(_plain(argument.help))} |" for argument in arguments)
        yield from (f"| {_names(option)} | {_cell(_plain(option.help) + _default(option))} |" for option in options)
        yield ""


def _names(option: Any) -> str:
    value = f" {option.metavar}" if option.metavar else ""
    return _cell(", ".join(f"`{name}{value}`" for name in option.opts))


def _default(option: Any) -> str:
    return f" [default: {option.default}]" if isinstance(option.default, Path) else ""


def _plain(markup: str | None) -> str:
    return Text.from_markup(markup or "").plain


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _write(folder: Path) -> None:
    for name, generate in PAGES.items():
        path = folder / name
        path.write_text(with_generated_part(path.read_text(encoding="utf-8"), generate()), encoding="utf-8")
    for path in folder.glob("*.md"):
        path.write_text(with_files(path.read_text(encoding="utf-8"), folder.parent), encoding="utf-8")


if __name__ == "__main__":
    _write(Path(sys.argv[1]))
