"""What ``dualface bench --device cuda`` shows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dualface.cli.terminal import Terminal

if TYPE_CHECKING:
    from rich.table import Table

    from dualface.bench.gpu import GpuBench
    from dualface.config.schema import Config


def show_gpu_bench(terminal: Terminal, source: Path, config: Config) -> None:
    """Measures and shows.  Raises :class:`~dualface.errors.DeviceError` without a usable GPU."""
    from dualface.bench.gpu import bench_gpu

    terminal.note("Measuring the GPU, some minutes …")
    bench = bench_gpu(source, config)
    if terminal.json_output:
        terminal.show_json(bench.as_dict())
        return
    copies = f"copies of {bench.copy_bandwidth / 1e9:.0f} GB/s (read and written)"
    terminal.show(f"{bench.gpu}, driver {bench.driver}, {copies}")
    terminal.show(_stages(bench))
    terminal.show(_end_to_end(bench))
    for reason in bench.fallbacks:
        terminal.warn(reason)


def _table(*columns: str) -> Table:
    from rich.table import Table

    table = Table(header_style="bold", box=None, pad_edge=False)
    for n, column in enumerate(columns):
        table.add_column(column, justify="right" if n else "left")
    return table


def _stages(bench: GpuBench) -> Table:
    table = _table("Stage alone", "Videos", "Frames/s", "Of memory's limit")
    for stage in bench.stages:
        share = "" if stage.limit_share is None else f"{stage.limit_share:.1%}"
        table.add_row(stage.stage, str(stage.streams), f"{stage.frames_per_second:.0f}", share)
    return table


def _end_to_end(bench: GpuBench) -> Table:
    table = _table("Whole videos", "Frames/s", "Of NVDEC's limit", "Of the encoder's limit", "MiB a video", "J a frame")
    for row in bench.end_to_end:
        energy = "" if row.energy_per_frame is None else f"{row.energy_per_frame:.2f}"
        memory = f"{row.memory_per_stream / 2**20:.0f}"
        rate = f"{row.frames_per_second:.0f}"
        table.add_row(str(row.streams), rate, f"{row.decode_share:.0%}", f"{row.encode_share:.0%}", memory, energy)
    return table
