"""``dualface demo``: shows what dualface does, without any footage of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dualface.cli.arguments import given_path
from dualface.cli.command import command
from dualface.cli.options import load_configuration
from dualface.cli.terminal import Terminal
from dualface.cli.waiting import Waiting
from dualface.errors import ConfigurationError, ExitCode, OutputError, OutputExistsError

DEMO_OUTPUT_DIR = Path("dualface-demo")
_CLIP = "conversation.mp4"
_A_FRAME = 1 / 30


@command
def demo(
    terminal: Terminal,
    output_dir: Annotated[
        Path, typer.Option("--output-dir", "-o", metavar="DIR", parser=given_path, help="Where the demo goes.")
    ] = DEMO_OUTPUT_DIR,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an earlier demo.")] = False,
    seconds: Annotated[
        float | None,
        typer.Option(
            "--seconds",
            metavar="1–12",
            min=1.0,
            max=12.0,
            help="How long the clip is to be; short ones are made sooner. [dim]\\[default: 12][/dim]",
            show_default=False,
        ),
    ] = None,
) -> int:
    """Make a two-person clip and turn it into a split screen.

    DIR gets the clip, conversation.mp4, and beside it the split screen, split-screen.mp4.
    """
    from dualface.api.orders import check_outputs, container_of
    from dualface.cli.execution import process
    from dualface.jobs import Job

    if container_of(output_dir) is not None:
        raise ConfigurationError(f"-o {output_dir} names a film, but a demo is two of them; name a folder.", file=output_dir)
    config, _ = load_configuration(terminal, None)
    job = Job(output_dir / _CLIP, output_dir / f"split-screen.{config.encoding.container}", overwrite)
    check_outputs([job])
    if overwrite or not job.source.exists():
        terminal.note("Making a clip of two people …")
        with Waiting(terminal, "Making a clip of two people …"):
            _make_clip(job.source, seconds)
    elif seconds is not None:
        _check_length(job.source, seconds)
    code = process([job], config, terminal)
    if code == ExitCode.OK:
        terminal.note(f"The clip is {job.source}, the split screen is {job.output}.")
    return code


def _check_length(clip: Path, seconds: float) -> None:
    """Raises :class:`~dualface.errors.OutputExistsError` where the clip that is there has another length."""
    from dualface.footage.render import clip_seconds

    length = clip_seconds(clip)
    if abs(length - seconds) > _A_FRAME:
        raise OutputExistsError(
            f"{clip} exists already, and is {length:.1f} s long; --overwrite replaces it, -o chooses another folder.", file=clip
        )


def _make_clip(path: Path, seconds: float | None) -> None:
    """Writes the clip; it appears whole or not at all.  Raises :class:`~dualface.errors.OutputError`."""
    from dualface.files import replace_file
    from dualface.footage.render import write_demo_clip

    unfinished = path.with_name(f".{path.name}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_demo_clip(unfinished, seconds=seconds)
        replace_file(unfinished, path)
    except OSError as error:
        raise OutputError(f"{path} can't be written: {error.strerror or error}.", file=path) from error
    finally:
        unfinished.unlink(missing_ok=True)
