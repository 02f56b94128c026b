"""``dualface run``: the main command."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dualface.cli.arguments import given_path, given_text
from dualface.cli.command import command
from dualface.cli.options import SETTING_FLAGS, load_configuration, setting_flag, split_assignments, split_names
from dualface.cli.terminal import Terminal

DEFAULT_OUTPUT_DIR = Path("dualface-out")

_PICTURE, _PEOPLE, _FILE, _WORK = "Picture", "People", "Output file", "Work"


@command
def run(
    terminal: Terminal,
    inputs: Annotated[
        list[str],
        typer.Argument(
            metavar="INPUT",
            parser=given_text,
            help="Videos, folders of videos, or patterns such as 'talks/*.mp4'.",
            show_default=False,
        ),
    ],
    output_dir: Annotated[
        Path,
        typer.Option(
            "--output-dir",
            "-o",
            metavar="DIR",
            parser=given_path,
            help="Where the split screens go; made if it is missing.",
        ),
    ] = DEFAULT_OUTPUT_DIR,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace existing outputs.")] = False,
    recursive: Annotated[bool, typer.Option("--recursive", "-r", help="Look into subfolders of folders too.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", "-n", help="Only say what would be done.")] = False,
    config_file: Annotated[
        Path | None,
        typer.Option(
            "--config", "-c", metavar="FILE", parser=given_path, help="A configuration file instead of manual_config.yaml."
        ),
    ] = None,
    assignments: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Set any key, such as framing.zoom=1.2; repeatable.")
    ] = None,
    layout: Annotated[str | None, setting_flag("--layout", panel=_PICTURE)] = None,
    size: Annotated[str | None, setting_flag("--size", panel=_PICTURE)] = None,
    headroom: Annotated[str | None, setting_flag("--headroom", panel=_PICTURE)] = None,
    zoom: Annotated[str | None, setting_flag("--zoom", panel=_PICTURE)] = None,
    smoothing: Annotated[str | None, setting_flag("--smoothing", panel=_PICTURE)] = None,
    gap: Annotated[str | None, setting_flag("--gap", panel=_PICTURE)] = None,
    background: Annotated[str | None, setting_flag("--background", panel=_PICTURE)] = None,
    names: Annotated[
        str | None,
        typer.Option("--names", metavar='"LEFT,RIGHT"', help="Captions under the tiles.", rich_help_panel=_PICTURE),
    ] = None,
    sides: Annotated[str | None, setting_flag("--sides", panel=_PEOPLE)] = None,
    reid: Annotated[str | None, setting_flag("--reid", panel=_PEOPLE)] = None,
    people: Annotated[
        Path | None,
        typer.Option(
            "--people", metavar="FILE", parser=given_path, help="Who is left and who is right.", rich_help_panel=_PEOPLE
        ),
    ] = None,
    alone: Annotated[str | None, setting_flag("--alone", panel=_PEOPLE)] = None,
    codec: Annotated[str | None, setting_flag("--codec", panel=_FILE)] = None,
    bitrate: Annotated[str | None, setting_flag("--bitrate", panel=_FILE)] = None,
    preset: Annotated[str | None, setting_flag("--preset", panel=_FILE)] = None,
    container: Annotated[str | None, setting_flag("--container", panel=_FILE)] = None,
    audio: Annotated[str | None, setting_flag("--audio", panel=_FILE)] = None,
    device: Annotated[str | None, setting_flag("--device", panel=_WORK)] = None,
    jobs: Annotated[str | None, setting_flag("--jobs", "-j", panel=_WORK)] = None,
    metrics_port: Annotated[
        int | None,
        typer.Option(
            "--metrics-port",
            metavar="PORT",
            min=0,
            max=65535,
            help="Serve numbers for Prometheus on this port of 127.0.0.1; 0: any free one.",
            rich_help_panel=_WORK,
            show_default=False,
        ),
    ] = None,
    events: Annotated[
        Path | None,
        typer.Option(
            "--events",
            metavar="FILE",
            parser=given_path,
            help="Append every event to FILE, a line of JSON each.",
            rich_help_panel=_WORK,
            show_default=False,
        ),
    ] = None,
) -> int:
    """Turn videos of two people into split screens.

    For each video, DIR gets STEM.mp4 (the split screen), STEM.tracks.jsonl (who is where) and STEM.summary.json.
    """
    from dualface.batch.inputs import find_videos
    from dualface.batch.outputs import check_outputs, check_sources, plan_jobs
    from dualface.cli.execution import describe, process
    from dualface.config.people_file import with_people
    from dualface.video.feasible import missing_device, obstacles
    from dualface.video.finished import is_own_work

    texts = {
        "--device": device,
        "--jobs": jobs,
        "--layout": layout,
        "--size": size,
        "--headroom": headroom,
        "--zoom": zoom,
        "--smoothing": smoothing,
        "--gap": gap,
        "--background": background,
        "--sides": sides,
        "--reid": reid,
        "--people": str(people) if people is not None else None,
        "--codec": codec,
        "--bitrate": bitrate,
        "--preset": preset,
        "--container": container,
        "--alone": alone,
        "--audio": audio,
    }
    flags = [(flag, SETTING_FLAGS[flag], text) for flag, text in texts.items() if text is not None]
    flags += split_names(names) + split_assignments(assignments or ())
    config, entries = load_configuration(terminal, config_file, flags)
    if errors := obstacles(config, entries):
        raise errors[0]
    sources, own = find_videos(inputs, recursive=recursive, exclude=output_dir)
    if own:
        terminal.note(f"Left out, because dualface has made them: {own} of the videos found; name one as a file to take it.")
    check_sources(sources)
    plan = plan_jobs(sources, output_dir, container=config.encoding.container, overwrite=overwrite)
    for warning in plan.warnings:
        terminal.warn(warning)
    settled = with_people(config)
    check_outputs([job for job in plan.jobs if job.overwrite or not is_own_work(job, settled)])
    if dry_run:
        if missing := missing_device(config, entries):
            raise missing
        describe(plan.jobs, entries, terminal)
        return 0
    return process(plan.jobs, config, terminal, metrics_port=metrics_port, events=events)
