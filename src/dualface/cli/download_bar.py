"""A bar for downloads; it appears with the first byte."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TransferSpeedColumn

from dualface.cli.terminal import Terminal


class DownloadBar:
    """Draws on stderr, on a terminal and unless output is to be quiet or for programs."""

    def __init__(self, terminal: Terminal) -> None:
        shown = terminal.interactive and not terminal.quiet and not terminal.json_output
        columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
        self._progress = Progress(*columns, console=terminal.err, transient=True, disable=not shown)
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._progress.stop()

    def report(self, name: str, done: int, total: int | None) -> None:
        """Shows that ``done`` of ``total`` bytes of a model are here."""
        if name not in self._tasks:
            self._tasks[name] = self._progress.add_task(name, total=total)
        self._progress.update(self._tasks[name], completed=done, total=total)
