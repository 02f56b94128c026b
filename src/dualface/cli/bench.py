"""``dualface bench``: how fast this machine is."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from dualface.cli.arguments import given_path
from dualface.cli.command import command
from dualface.cli.options import load_configuration
from dualface.cli.terminal import Terminal

if TYPE_CHECKING:
    from rich.table import Table

    from dualface.bench.stages import StageSpeed
    from dualface.config.schema import Config


@command
def bench(
    terminal: Terminal,
    source: Annotated[
        Path | None,
        typer.Argument(
            metavar="[INPUT]", parser=given_path, help="A video to measure with; made-up 1080p footage if left out."
        ),
    ] = None,
    seconds: Annotated[float, typer.Option("--seconds", min=1, max=600, help="Length of the made-up footage.")] = 10.0,
    device: Annotated[str | None, typer.Option("--device", metavar="auto|cpu|cuda", help="Where frames are processed.")] = None,
) -> None:
    """Measure how many frames a second each stage, and all of them together, can do.

    Stages are measured alone, one after the other.  In a run they work at the same time and share the processor.  With
    --device cuda the GPU is measured with more and more videos at a time.
    """
    from dualface.bench.stages import measured

    flags = [("--device", "hardware.device", device)] if device else []
    config, _ = load_configuration(terminal, None, flags)
    with TemporaryDirectory(prefix="dualface-bench-") as folder:
        if source is None:
            from dualface.footage.render import write_talk

            terminal.note("Making footage of two people …")
            source = Path(folder, "talk.mp4")
            write_talk(source, seconds=seconds)
        if config.hardware.device == "cuda":
            from dualface.cli.gpu_bench import show_gpu_bench

            show_gpu_bench(terminal, source, config)
            return
        terminal.note("Measuring the stages …")
        device, stages = measured(source, config)
        terminal.note("Measuring a whole run …")
        whole = _whole_run(source, config, Path(folder))
    if terminal.json_output:
        document = {stage.stage: {"fps": round(stage.fps, 2), "use": stage.use} for stage in stages}
        terminal.show_json({"device": device, "stages": document, "run": {"fps": whole}})
    else:
        terminal.show(_table(stages, whole))


def _whole_run(source: Path, config: Config, folder: Path) -> float:
    """Frames a second of a whole run, start and finish included."""
    from dualface.api.films import make

    return float(make(source, folder / "out", config=config).summary["fps"])


def _table(stages: list[StageSpeed], whole: float) -> Table:
    from rich.table import Table

    table = Table(header_style="bold", box=None, pad_edge=False)
    table.add_column("Stage")
    table.add_column("Frames/s", justify="right")
    table.add_column("Used on")
    for stage in stages:
        table.add_row(stage.stage, f"{stage.fps:.0f}", stage.use)
    table.add_section()
    table.add_row("[bold]a whole run[/]", f"[bold]{whole:.1f}[/]", "")
    return table
