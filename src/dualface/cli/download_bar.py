"""How far a download is: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TransferSpeedColumn

from dualface.cli.terminal import Terminal

_LINE_SECONDS = 8.0


class DownloadBar:
    """Shows on stderr, unless output is to be quiet or for programs.  It appears with the first byte."""

    def __init__(self, terminal: Terminal, clock: Callable[[], float] = time.monotonic) -> None:
        shown = terminal.interactive and not terminal.quiet and not terminal.json_output
        columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
        self._progress = Progress(*columns, console=terminal.err, transient=True, disable=not shown)
        self._tasks: dict[str, TaskID] = {}
        self._terminal, self._clock = terminal, clock
        self._told: dict[str, float] = {}

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._progress.stop()
        for name in self._told if error is None else ():
            self._terminal.note(f"The model {name} is here.")

    def report(self, name: str, done: int, total: int | None) -> None:
        """Shows that ``done`` of ``total`` bytes of a model are here."""
        if self._progress.disable:
            self._tell(name, done, total)
            return
        if name not in self._tasks:
            self._tasks[name] = self._progress.add_task(name, total=total)
        self._progress.update(self._tasks[name], completed=done, total=total)

    def _tell(self, name: str, done: int, total: int | None) -> None:
        now = self._clock()
        if now - self._told.get(name, float("-inf")) >= _LINE_SECONDS:
            self._told[name] = now
            size = f"{done / 1e6:.0f} of {total / 1e6:.0f} MB" if total else f"{done / 1e6:.0f} MB"
            self._terminal.note(f"Fetching the model {name}: {size}")
