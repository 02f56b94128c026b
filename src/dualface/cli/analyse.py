"""``dualface analyse``: what a run would decide, without the run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dualface.cli.arguments import given_path, given_text
from dualface.cli.command import command
from dualface.cli.options import (
    ConfigOption,
    NamesOption,
    PeopleOption,
    SetOption,
    flags_of,
    load_configuration,
    setting_flag,
)
from dualface.cli.run import DEFAULT_OUTPUT_DIR
from dualface.cli.terminal import Terminal
from dualface.errors import DualfaceError, ExitCode

if TYPE_CHECKING:
    from rich.table import Table

    from dualface.api.plans import Plan
    from dualface.concerns import Concern

_WORST = 10


@command
def analyse(
    terminal: Terminal,
    inputs: Annotated[
        list[str],
        typer.Argument(
            metavar="INPUT",
            parser=given_text,
            help="Videos, folders of videos, or patterns as 'talks/*.mp4'.",
            show_default=False,
        ),
    ],
    output_dir: Annotated[
        Path,
        typer.Option(
            "--output-dir", "-o", metavar="DIR", parser=given_path, help="Where STEM.analysis.jsonl.gz of each video goes."
        ),
    ] = DEFAULT_OUTPUT_DIR,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Look again, and replace what is there.")] = False,
    start: Annotated[str | None, setting_flag("--start")] = None,
    end: Annotated[str | None, setting_flag("--end")] = None,
    people: PeopleOption = None,
    names: NamesOption = None,
    layout: Annotated[str | None, setting_flag("--layout")] = None,
    speech: Annotated[bool, typer.Option("--speech", help="Find out who speaks.")] = False,
    config_file: ConfigOption = None,
    assignments: SetOption = None,
    device: Annotated[str | None, setting_flag("--device")] = None,
) -> int:
    """Look at videos without making films: who is where, and which moments are worth a look.

    What was seen is kept, so that sheets, exports and other layouts need no second look.
    """
    from dualface.api.analysing import keep_settings
    from dualface.api.orders import videos_found
    from dualface.api.settings import called
    from dualface.cli.fetching import fetch_models
    from dualface.cli.looking import moments_table, seen_of

    texts = {"--start": start, "--end": end, "--layout": layout, "--device": device}
    texts["--people"] = str(people) if people is not None else None
    flags = [("--speech", "speech.find", "true")] if speech else []
    flags += flags_of(texts, names, assignments)
    config, _ = load_configuration(terminal, config_file, flags)
    sources = videos_found(inputs)
    fetch_models(config, terminal)
    seen: list[tuple[Path, Plan, float]] = []
    codes: set[ExitCode] = set()
    for source in sources:
        try:
            analysis, seconds = seen_of(source, output_dir, config, terminal, overwrite=overwrite)
            keep_settings(source, output_dir, analysis)
            seen.append((source, analysis.plan(), seconds))
        except DualfaceError as error:
            terminal.error(str(error))
            codes.add(error.exit_code)
    if terminal.json_output:
        terminal.show_json({"videos": [_facts(*one) for one in seen]})
    elif seen and not terminal.quiet:
        terminal.show(_summary(seen))
        moments = sorted(((s.name, one) for s, plan, _ in seen for one in _moments(plan)), key=lambda each: -each[1].weight)
        if moments:
            terminal.note("\nWorth a look, the worst first:")
            terminal.show(moments_table(moments[:_WORST], called(config)))
    if len(codes) > 1:
        return ExitCode.MIXED
    return codes.pop() if codes else ExitCode.OK


def _length(plan: Plan) -> float:
    """Seconds."""
    return plan.frames[-1].time - plan.frames[0].time if plan.frames else 0.0


def _moments(plan: Plan) -> list[Concern]:
    """What is worth a look, in seconds from the film's first picture, as corrections count."""
    begins = plan.frames[0].time if plan.frames else 0.0
    return [one._replace(first=one.first - begins, last=one.last - begins) for one in plan.concerns()]


def _summary(seen: list[tuple[Path, Plan, float]]) -> Table:
    from rich.markup import escape
    from rich.table import Table

    from dualface.cli.summing_up import took
    from dualface.config.times import clock

    table = Table(header_style="bold", box=None, pad_edge=False)
    table.add_column("Video", overflow="fold")
    for column in ("Length", "Shots", "Looking took"):
        table.add_column(column, justify="right")
    table.add_column("What is shown", overflow="fold")
    for source, plan, seconds in seen:
        length = _length(plan)
        looking = took(length, seconds) if seconds else "seen before"
        shots = sum(frame.cut or n == 0 for n, frame in enumerate(plan.frames))
        table.add_row(escape(source.name), clock(length), str(shots), looking, escape(_layouts(plan)))
    return table


def _layouts(plan: Plan) -> str:
    counts: dict[str, int] = {}
    for frame in plan.frames:
        counts[frame.layout] = counts.get(frame.layout, 0) + 1
    shares = sorted(counts.items(), key=lambda item: -item[1])
    return ", ".join(f"{layout} {count / len(plan.frames):.0%}" for layout, count in shares)


def _facts(source: Path, plan: Plan, seconds: float) -> dict[str, Any]:
    moments = [
        {
            "from": round(one.first, 3),
            "to": round(one.last, 3),
            "kind": one.kind,
            "person": one.person,
            "confidence": one.confidence,
            "why": one.why,
        }
        for one in _moments(plan)
    ]
    facts = {"source": str(source), "frames": len(plan.frames), "duration_seconds": round(_length(plan), 3)}
    return facts | {"seconds": round(seconds, 3), "cuts": sum(frame.cut for frame in plan.frames), "moments": moments}
