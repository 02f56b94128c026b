"""``dualface probe``: what this machine has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from dualface.cli.command import command
from dualface.cli.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.table import Table

    from dualface.config.probe import HardwareFacts


@command
def probe(
    terminal: Terminal,
    no_write: Annotated[bool, typer.Option("--no-write", help="Only print; leave auto_detected.yaml alone.")] = False,
) -> None:
    """Find out what this machine has, and keep what follows from it in auto_detected.yaml."""
    from dualface.config.layers import AUTO_DETECTED_NAME, user_config_dir
    from dualface.config.probe import HardwareProber, settings_for, write_auto_detected

    facts = HardwareProber().probe()
    settings = settings_for(facts)
    path = user_config_dir() / AUTO_DETECTED_NAME
    if not no_write:
        write_auto_detected(path, facts)
    if terminal.json_output:
        terminal.show_json({**facts.as_dict(), "settings": settings, "written_to": None if no_write else str(path)})
        return
    terminal.show(_table(facts))
    chosen = ", ".join(f"{key} = {value}" for key, value in settings.items())
    terminal.note(f"{'It follows' if no_write else f'Written to {path}'}: {chosen}")


def _table(facts: HardwareFacts) -> Table:
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, text, problem in _rows(facts):
        mark = f"{escape(text)}{': ' if text and problem else ''}"
        table.add_row(escape(name), f"{mark}[yellow]{escape(problem)}[/]" if problem else mark)
    return table


def _rows(facts: HardwareFacts) -> Iterator[tuple[str, str, str | None]]:
    """Name, text and problem of each line."""
    cpu, memory = facts.cpu, facts.memory
    yield "System", facts.system, None
    yield "Processor", f"{cpu.model}, {cpu.usable_cores:g} of {cpu.logical_cores} cores usable", None
    yield "Memory", f"{_gib(memory.usable)} usable of {_gib(memory.total)}, {_gib(memory.available)} free", None
    for gpu in facts.gpus.gpus:
        engines = f", NVDEC {_count(gpu.nvdec_engines)}, NVENC {_count(gpu.nvenc_engines)}, driver {facts.gpus.driver}"
        yield f"GPU {gpu.index}", f"{gpu.name}, {_gib(gpu.memory)}{engines}", gpu.problem
        if gpu.problem is None:
            yield "", f"decodes {', '.join(gpu.decodes) or 'nothing'}; encodes {', '.join(gpu.encodes) or 'nothing'}", None
    if not facts.gpus.gpus:
        yield "GPU", "none", facts.gpus.problem
    for library in facts.inference:
        yield library.name, " ".join(filter(None, [library.version, ", ".join(library.devices)])), library.problem
    yield "Encoders", ", ".join(f"{c.name} ({c.encoder})" for c in facts.codecs if c.encode_problem is None), None
    yield "Decoders", ", ".join(f"{c.name} ({c.decoder})" for c in facts.codecs if c.decode_problem is None), None
    for codec in facts.codecs:
        if codec.encode_problem is not None:
            yield "", f"{codec.name} can't be encoded", codec.encode_problem
        if codec.decode_problem is not None:
            yield "", f"{codec.name} can't be decoded", codec.decode_problem


def _gib(size: int) -> str:
    return f"{size / 2**30:.1f} GiB"


def _count(engines: int | None) -> str:
    return "?" if engines is None else str(engines)
