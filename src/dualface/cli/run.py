"""``dualface run``: the main command."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dualface.cli.arguments import given_path, given_text
from dualface.cli.command import command
from dualface.cli.options import (
    flags_of,
    load_configuration,
    metrics_flag,
    setting_flag,
    with_container,
)
from dualface.cli.terminal import Terminal
from dualface.config.presets import preset_flags, preset_names, varied
from dualface.storage.urls import as_url

DEFAULT_OUTPUT_DIR = Path("dualface-out")

_INPUT, _PICTURE, _PEOPLE, _FILE = "Which footage", "Picture", "People", "Output"
_SETTINGS, _WORK = "Other settings", "Work"


@command
def run(
    terminal: Terminal,
    inputs: Annotated[
        list[str],
        typer.Argument(
            metavar="INPUT",
            parser=given_text,
            help="Videos, folders of videos, patterns as 'talks/*.mp4'; or pictures: 'img%04d.png', '*.png', their folder.",
            show_default=False,
        ),
    ],
    start: Annotated[str | None, setting_flag("--start", panel=_INPUT)] = None,
    end: Annotated[str | None, setting_flag("--end", panel=_INPUT)] = None,
    rate: Annotated[str | None, setting_flag("--rate", panel=_INPUT)] = None,
    recursive: Annotated[
        bool, typer.Option("--recursive", "-r", help="Look into subfolders of folders too.", rich_help_panel=_INPUT)
    ] = False,
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "--output-dir",
            "-o",
            metavar="DIR|FILE",
            parser=given_path,
            help="A folder for the split screens, made if it is missing; or, for one video, a name in .mp4, .mkv or .mov.",
            rich_help_panel=_FILE,
        ),
    ] = DEFAULT_OUTPUT_DIR,
    preset: Annotated[
        str | None,
        typer.Option(
            "--preset",
            metavar="|".join(preset_names()),
            help="Settings for where the film is shown; your own options override them.",
            autocompletion=preset_names,
            rich_help_panel=_FILE,
        ),
    ] = None,
    also: Annotated[
        list[str] | None,
        typer.Option(
            "--also",
            metavar="PRESET",
            help="Another film of the video, STEM.PRESET.mp4, from the same analysis; repeatable. Settings of its own follow a "
            "colon, as in square:zoom=1.2,gap=8.",
            autocompletion=preset_names,
            rich_help_panel=_FILE,
        ),
    ] = None,
    tiles: Annotated[
        bool,
        typer.Option(
            "--tiles",
            help="Each person as a film of their own too, STEM.left.mp4 and STEM.right.mp4, with sound.",
            rich_help_panel=_FILE,
        ),
    ] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace existing outputs.", rich_help_panel=_FILE)] = False,
    layout: Annotated[str | None, setting_flag("--layout", panel=_PICTURE)] = None,
    highlight: Annotated[str | None, setting_flag("--highlight", panel=_PICTURE)] = None,
    speech: Annotated[
        bool, typer.Option("--speech", help="Find out who speaks, and write STEM.rttm.", rich_help_panel=_PEOPLE)
    ] = False,
    size: Annotated[str | None, setting_flag("--size", panel=_PICTURE)] = None,
    headroom: Annotated[str | None, setting_flag("--headroom", panel=_PICTURE)] = None,
    zoom: Annotated[str | None, setting_flag("--zoom", panel=_PICTURE)] = None,
    smoothing: Annotated[str | None, setting_flag("--smoothing", panel=_PICTURE)] = None,
    gap: Annotated[str | None, setting_flag("--gap", panel=_PICTURE)] = None,
    margin: Annotated[str | None, setting_flag("--margin", panel=_PICTURE)] = None,
    background: Annotated[str | None, setting_flag("--background", panel=_PICTURE)] = None,
    behind: Annotated[str | None, setting_flag("--behind", panel=_PICTURE)] = None,
    corners: Annotated[str | None, setting_flag("--corners", panel=_PICTURE)] = None,
    border: Annotated[str | None, setting_flag("--border", panel=_PICTURE)] = None,
    border_color: Annotated[str | None, setting_flag("--border-color", panel=_PICTURE)] = None,
    names: Annotated[
        str | None,
        typer.Option(
            "--names",
            metavar='"LEFT,RIGHT"',
            help="Captions under the tiles; stacked, the upper one's comes first.",
            rich_help_panel=_PICTURE,
        ),
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
    crf: Annotated[str | None, setting_flag("--crf", panel=_FILE)] = None,
    fps: Annotated[str | None, setting_flag("--fps", panel=_FILE)] = None,
    encoder_preset: Annotated[str | None, setting_flag("--encoder-preset", panel=_FILE)] = None,
    container: Annotated[str | None, setting_flag("--container", panel=_FILE)] = None,
    audio: Annotated[str | None, setting_flag("--audio", panel=_FILE)] = None,
    export: Annotated[str | None, setting_flag("--export", panel=_FILE)] = None,
    config_file: Annotated[
        Path | None,
        typer.Option(
            "--config",
            "-c",
            metavar="FILE",
            parser=given_path,
            help="A configuration file instead of manual_config.yaml.",
            rich_help_panel=_SETTINGS,
        ),
    ] = None,
    corrections: Annotated[
        Path | None,
        typer.Option(
            "--corrections",
            metavar="FILE",
            parser=given_path,
            help="Corrections of the film; without it STEM.corrections.yaml beside the film, if it is there.",
            rich_help_panel=_PEOPLE,
            show_default=False,
        ),
    ] = None,
    no_corrections: Annotated[
        bool, typer.Option("--no-corrections", help="Take no corrections into account.", rich_help_panel=_PEOPLE)
    ] = False,
    assignments: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="KEY=VALUE",
            help="Set any key, such as framing.zoom=1.2; repeatable.",
            rich_help_panel=_SETTINGS,
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", "-n", help="Only say what would be done.", rich_help_panel=_WORK)
    ] = False,
    device: Annotated[str | None, setting_flag("--device", panel=_WORK)] = None,
    jobs: Annotated[str | None, setting_flag("--jobs", "-j", panel=_WORK)] = None,
    gpus: Annotated[str | None, setting_flag("--gpus", panel=_WORK)] = None,
    cluster: Annotated[str | None, setting_flag("--cluster", panel=_WORK)] = None,
    staging: Annotated[
        Path | None,
        typer.Option(
            "--staging",
            metavar="DIR",
            parser=given_path,
            help="Where videos of storage (s3://…) are while they are made, instead of the cache folder.",
            rich_help_panel=_WORK,
            show_default=False,
        ),
    ] = None,
    staging_gb: Annotated[
        float | None,
        typer.Option(
            "--staging-gb",
            metavar="GB",
            min=0.0,
            help="How much of the disk they may take; else half of what is free.",
            rich_help_panel=_WORK,
            show_default=False,
        ),
    ] = None,
    metrics_port: Annotated[int | None, metrics_flag("; 0: any free one.", panel=_WORK)] = None,
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
    from dualface.api.head_start import begin
    from dualface.api.orders import container_of, order_found, others

    texts = {
        "--device": device,
        "--jobs": jobs,
        "--gpus": gpus,
        "--cluster": cluster,
        "--layout": layout,
        "--highlight": highlight,
        "--size": size,
        "--headroom": headroom,
        "--zoom": zoom,
        "--smoothing": smoothing,
        "--gap": gap,
        "--margin": margin,
        "--background": background,
        "--behind": behind,
        "--corners": corners,
        "--border": border,
        "--border-color": border_color,
        "--start": start,
        "--end": end,
        "--rate": rate,
        "--sides": sides,
        "--reid": reid,
        "--people": str(people) if people is not None else None,
        "--codec": codec,
        "--bitrate": bitrate,
        "--crf": crf,
        "--fps": fps,
        "--encoder-preset": encoder_preset,
        "--container": container,
        "--alone": alone,
        "--audio": audio,
        "--export": export,
    }
    flags = [("--speech", "speech.find", "true")] if speech else []
    flags += flags_of(texts, names, assignments)
    film = container_of(output)
    if film is not None:
        flags = with_container(flags, output, film)
    config, entries = load_configuration(terminal, config_file, flags, preset_flags(preset))
    with begin(inputs, output, config, overwrite=overwrite, dry_run=dry_run) as begun:
        from dualface.api.machine import missing_device, obstacles
        from dualface.cli.execution import describe, process

        if errors := obstacles(config, entries):
            raise errors[0]
        further = others(also or (), config, tiles=tiles, flag="--also")
        for one in further:
            if errors := obstacles(*varied(entries, one)):
                raise errors[0]
        if as_url(output) is not None or any(as_url(one) is not None for one in inputs):
            from dualface.cli.storage import run_in_storage

            return run_in_storage(
                inputs,
                output,
                config,
                terminal,
                overwrite=overwrite,
                also=further,
                recursive=recursive,
                staging=staging,
                budget_gb=staging_gb,
                dry_run=dry_run,
            )
        wanted = corrections if corrections is not None else not no_corrections
        orders = order_found(inputs, output, config, recursive=recursive, overwrite=overwrite, also=further, corrections=wanted)
        for note in orders.notes:
            terminal.note(note)
        if dry_run:
            if missing := missing_device(config, entries):
                raise missing
            describe(orders.jobs, entries, terminal)
            return 0
        return process(orders.jobs, config, terminal, metrics_port=metrics_port, events=events, begun=begun)
