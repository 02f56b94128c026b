"""``dualface watch``: videos that come into a folder become films in another."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from dualface.cli.arguments import given_path
from dualface.cli.command import command
from dualface.cli.options import (
    ConfigOption,
    NamesOption,
    PeopleOption,
    SetOption,
    flags_of,
    load_configuration,
    metrics_flag,
    setting_flag,
)
from dualface.cli.terminal import Terminal
from dualface.config.presets import preset_flags, preset_names
from dualface.errors import DualfaceError, ExitCode

_LOOK_SECONDS = 1.0


@command
def watch(
    terminal: Terminal,
    folder: Annotated[Path, typer.Argument(metavar="IN", parser=given_path, help="The folder that videos come into.")],
    output: Annotated[Path, typer.Argument(metavar="OUT", parser=given_path, help="The folder for films, made if missing.")],
    recursive: Annotated[bool, typer.Option("--recursive", "-r", help="Look into subfolders too.")] = False,
    settle: Annotated[
        float,
        typer.Option("--settle", metavar="SECONDS", min=0.0, help="For so long a video must not have grown."),
    ] = 5.0,
    preset: Annotated[
        str | None,
        typer.Option(
            "--preset",
            metavar="|".join(preset_names()),
            help="Settings for where the film is shown.",
            autocompletion=preset_names,
        ),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the film of a video that has changed.")] = False,
    layout: Annotated[str | None, setting_flag("--layout")] = None,
    size: Annotated[str | None, setting_flag("--size")] = None,
    names: NamesOption = None,
    people: PeopleOption = None,
    config_file: ConfigOption = None,
    assignments: SetOption = None,
    metrics_port: Annotated[int | None, metrics_flag(" while films are made.")] = None,
) -> int:
    """Turn each video that comes into a folder into a film, until Ctrl-C.

    A video is taken when it has stopped growing and can be opened. One that fails is tried again when it changes, or when
    watching starts anew; films that were made are not made again.
    """
    from dualface.api.incoming import Incoming
    from dualface.api.machine import obstacles
    from dualface.api.orders import order
    from dualface.cli.execution import process

    texts = {"--layout": layout, "--size": size, "--people": str(people) if people is not None else None}
    flags = flags_of(texts, names, assignments)
    config, entries = load_configuration(terminal, config_file, flags, preset_flags(preset))
    if errors := obstacles(config, entries):
        raise errors[0]
    incoming = Incoming(folder, output, settle, recursive)
    terminal.note(f"Watching {folder}; Ctrl-C ends it.")
    while True:
        jobs, now = [], time.monotonic()
        for path in incoming.ready(now):
            incoming.take(path)
            try:
                jobs.append(order(path, _beside(path, folder, output), config, overwrite=overwrite)[1])
            except DualfaceError as error:
                terminal.error(str(error))
        for path in incoming.stuck(now):
            terminal.warn(f"{path} can't be opened as a video; it waits until it changes.")
        if jobs and process(jobs, config, terminal, metrics_port=metrics_port) == ExitCode.INTERRUPTED:
            return ExitCode.INTERRUPTED
        pause()


def pause() -> None:
    """Waits until it is time to look again."""
    time.sleep(_LOOK_SECONDS)


def _beside(path: Path, folder: Path, output: Path) -> Path:
    """The folder for a film: as the videos' subfolders are, so that two of one name are not in each other's way."""
    return output / path.parent.relative_to(folder)
