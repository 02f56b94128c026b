"""``dualface sheet``: a contact sheet of what a run would make."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dualface.cli.another_look import planned_anew, stem_of
from dualface.cli.arguments import given_path
from dualface.cli.command import command
from dualface.cli.options import (
    ConfigOption,
    Flag,
    NamesOption,
    PeopleOption,
    SetOption,
    flags_of,
    load_configuration,
    setting_flag,
)
from dualface.cli.pictures import Show, shower
from dualface.cli.run import DEFAULT_OUTPUT_DIR
from dualface.cli.terminal import Terminal
from dualface.errors import InputError, OutputExistsError
from dualface.output_files import check_destination

if TYPE_CHECKING:
    from dualface.api.plans import Analysis, Plan
    from dualface.config.schema import Config


@command
def sheet(
    terminal: Terminal,
    source: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", parser=given_path, help="A video, a film that dualface has made, a plan, or what was seen."
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            parser=given_path,
            help="The picture: .png, .jpg or .webp. [dim]\\[default: dualface-out/STEM.sheet.png][/dim]",
            show_default=False,
        ),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace sheets that are there, and what was seen with other settings.")
    ] = False,
    show: Annotated[
        Show, typer.Option("--show", help="How to show it in the terminal; auto: as the terminal can.", case_sensitive=False)
    ] = Show.AUTO,
    layout: Annotated[str | None, setting_flag("--layout")] = None,
    size: Annotated[str | None, setting_flag("--size")] = None,
    zoom: Annotated[str | None, setting_flag("--zoom")] = None,
    headroom: Annotated[str | None, setting_flag("--headroom")] = None,
    start: Annotated[str | None, setting_flag("--start")] = None,
    end: Annotated[str | None, setting_flag("--end")] = None,
    names: NamesOption = None,
    people: PeopleOption = None,
    config_file: ConfigOption = None,
    assignments: SetOption = None,
) -> None:
    """Show each shot as it would be framed, the source with boxes and names beside the result, without making the film.

    A video that nobody has looked at yet is looked at first, and what was seen is kept, as by dualface analyse.
    """
    texts: dict[str, str | None] = {"--layout": layout, "--size": size, "--zoom": zoom, "--headroom": headroom}
    texts["--people"] = str(people) if people is not None else None
    flags = flags_of(texts, names, assignments)
    target = output or DEFAULT_OUTPUT_DIR / f"{stem_of(source)}.sheet.png"
    check_destination(source, target, overwrite=overwrite)  # before a long look at the video
    part: list[Flag] = [(f"--{name}", f"input.{name}", text) for name, text in (("start", start), ("end", end)) if text]
    plan = _plan_of(source, flags, part, config_file, terminal, overwrite=overwrite)
    written = plan.sheet(target, overwrite=overwrite, on_row=shower(terminal, show), start=start or "", end=end or "")
    for path in written:
        terminal.note(f"{source}: sheet in {path}")
    if terminal.json_output:
        terminal.show_json({"files": [str(path) for path in written]})


def _plan_of(
    source: Path, flags: list[Flag], part: list[Flag], config_file: Path | None, terminal: Terminal, *, overwrite: bool
) -> Plan:
    """The plan that is there, unless other settings are asked for; else what is seen in the video, planned.

    ``part`` says from when to when; where all of the video has been seen, that is a part of it.
    """
    from dualface.api.finding import find_plan

    narrowed, _ = load_configuration(terminal, config_file, [*flags, *part])
    config, _ = load_configuration(terminal, config_file, flags) if part else (narrowed, None)
    try:
        plan = find_plan(source)
    except InputError:
        if (video := _video(source)) is None:
            raise
        return _seen(video, config, narrowed, terminal, overwrite=overwrite).plan()
    return planned_anew(plan, source, flags, config_file, terminal)


def _video(source: Path) -> Path | None:
    """The video that is named, or the pictures that are one; ``None`` for what is neither."""
    from dualface.api.orders import videos_found

    if source.is_file():
        return source
    with contextlib.suppress(InputError):
        found = videos_found([str(source)])
        return found[0] if len(found) == 1 else None
    return None


def _seen(source: Path, config: Config, narrowed: Config, terminal: Terminal, *, overwrite: bool) -> Analysis:
    """What was seen in the video, or in the part of it that is wanted; looks at that part where nobody has."""
    from dualface.api.analysing import kept_analysis
    from dualface.cli.fetching import fetch_models
    from dualface.cli.looking import seen_of

    with contextlib.suppress(OutputExistsError):
        if (kept := kept_analysis(source, DEFAULT_OUTPUT_DIR, config)) is not None:
            return kept
    fetch_models(narrowed, terminal)
    try:
        return seen_of(source, DEFAULT_OUTPUT_DIR, narrowed, terminal, overwrite=False)[0]
    except OutputExistsError:
        if not overwrite:
            raise
        return seen_of(source, DEFAULT_OUTPUT_DIR, narrowed, terminal, overwrite=True)[0]
