"""``dualface export``: films for editing programs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dualface.cli.another_look import planned_anew
from dualface.cli.arguments import given_path
from dualface.cli.command import command
from dualface.cli.options import NamesOption, SetOption, flags_of, setting_flag
from dualface.cli.terminal import Terminal


@command
def export(
    terminal: Terminal,
    source: Annotated[
        Path,
        typer.Argument(
            metavar="FILM|PLAN|ANALYSIS",
            parser=given_path,
            help="A film that dualface has made, or what stands beside it: its plan, or what was seen.",
        ),
    ],
    output: Annotated[
        list[Path],
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            parser=given_path,
            help="The file to write; its ending says in which format. Repeatable.",
        ),
    ],
    to: Annotated[
        str | None,
        typer.Option(
            "--to",
            metavar="FORMAT",
            help="The format, where the ending does not say: fcpxml, xmeml, otio, edl, csv, json; rttm, turns; or a plugin's.",
        ),
    ] = None,
    video: Annotated[
        Path | None,
        typer.Option("--source", metavar="VIDEO", parser=given_path, help="The video, where it is no longer where it was."),
    ] = None,
    tolerance: Annotated[
        float | None,
        typer.Option(
            "--tolerance",
            metavar="PIXELS",
            min=0.05,
            max=50,
            help="How far keyframes may put a picture off; the more, the fewer keyframes. [dim]\\[default: 0.5][/dim]",
            show_default=False,
        ),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace files that are there.")] = False,
    layout: Annotated[str | None, setting_flag("--layout")] = None,
    size: Annotated[str | None, setting_flag("--size")] = None,
    zoom: Annotated[str | None, setting_flag("--zoom")] = None,
    headroom: Annotated[str | None, setting_flag("--headroom")] = None,
    names: NamesOption = None,
    assignments: SetOption = None,
) -> None:
    """Hand a film over to Final Cut, Premiere, Resolve and others, without rendering: a track for each person, with keyframes.

    The ending of FILE says for whom: .fcpxml Final Cut, .xml Premiere, both Resolve; .otio, .edl (cuts), .csv, .json others.
    .rttm and .turns.csv hold who speaks when.  Other settings than the film's need no second look at the video.
    """
    from dualface.api.finding import find_plan

    flags = flags_of({"--layout": layout, "--size": size, "--zoom": zoom, "--headroom": headroom}, names, assignments)
    plan = planned_anew(find_plan(source), source, flags, None, terminal)
    notes: list[str] = []
    for path in output:
        notes += plan.export(path, to=to, source=video, tolerance=tolerance, overwrite=overwrite)
        terminal.note(f"{source}: exported as {path}")
    for note in dict.fromkeys(notes):
        terminal.note(note)
    if terminal.json_output:
        terminal.show_json({"files": [str(path) for path in output], "notes": list(dict.fromkeys(notes))})
