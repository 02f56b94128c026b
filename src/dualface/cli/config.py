"""``dualface config``: what is set, where, and whether a file is right."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from dualface.cli.arguments import given_path
from dualface.cli.command import command
from dualface.cli.options import load_configuration, split_assignments
from dualface.cli.terminal import Terminal
from dualface.config.layers import build, merge
from dualface.config.loaders import Entry, FallbackConfigLoader, Layer, ManualConfigLoader
from dualface.config.reference import json_schema, yaml_text
from dualface.config.rules import ConfigValidationRules
from dualface.config.settings import all_settings
from dualface.errors import ExitCode


@command
def show(
    terminal: Terminal,
    config_file: Annotated[
        Path | None,
        typer.Option(
            "--config", "-c", metavar="FILE", parser=given_path, help="A configuration file instead of manual_config.yaml."
        ),
    ] = None,
    assignments: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Set any key; repeatable.")
    ] = None,
) -> None:
    """Show every setting: its value, the layer it comes from, and what it may be."""
    _, entries = load_configuration(terminal, config_file, split_assignments(assignments or ()))
    if terminal.json_output:
        terminal.show_json({key: _as_dict(key, entry) for key, entry in entries.items()})
    else:
        terminal.show(_table(entries))


@command
def check(
    terminal: Terminal,
    file: Annotated[Path, typer.Argument(metavar="FILE", parser=given_path, help="A configuration file.")],
) -> int:
    """Check a configuration file and list everything that is wrong with it."""
    from dualface.api.machine import obstacles

    reading = ManualConfigLoader(file).read()
    messages = [problem.message for problem in reading.problems]
    if not messages:
        entries = merge([reading.entries, FallbackConfigLoader().load()])
        problems = ConfigValidationRules().validate(entries)
        messages = [problem.message for problem in problems]
        messages += map(str, obstacles(build(entries), entries, apart_from=[problem.key for problem in problems]))
    if terminal.json_output:
        terminal.show_json({"file": str(file), "settings": len(reading.entries), "problems": messages})
    else:
        for message in messages:
            terminal.error(message)
        if not messages:
            terminal.note(f"{file} is right; it sets {len(reading.entries)} of {len(all_settings())} settings.")
    return ExitCode.USAGE if messages else ExitCode.OK


@command
def schema(terminal: Terminal) -> None:
    """Print a JSON schema of configuration files, for editors."""
    terminal.show_json(json_schema())


def _as_dict(key: str, entry: Entry) -> dict[str, Any]:
    origin = entry.origin
    place: dict[str, Any] = {"layer": origin.layer.value, "source": origin.source, "line": origin.line or None}
    return {"value": entry.value, **place, "allowed": all_settings()[key].allowed}


def _table(entries: Mapping[str, Entry]) -> Any:
    from rich.markup import escape
    from rich.table import Table

    table = Table(header_style="bold", box=None, pad_edge=False)
    table.add_column("Key", no_wrap=True)
    table.add_column("Value", overflow="fold")
    table.add_column("Layer", overflow="fold")
    table.add_column("Must be", overflow="fold")
    for key, (value, origin) in entries.items():
        default = origin.layer is Layer.FALLBACK
        layer = origin.layer.value if default else f"{origin.layer.value} ({origin})"
        shown = escape(yaml_text(value)) if value != "" else "[dim](empty)[/]"
        row = (escape(key), shown, escape(layer), escape(all_settings()[key].allowed))
        table.add_row(*row, style="dim" if default else None)
    return table
