"""Tells that the program is at work while there is nothing to count."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

from dualface.cli.terminal import Terminal

LINE_SECONDS = 6.0


class Waiting:
    """Shows ``text`` until it is stopped: something that moves on a terminal, a line every few seconds elsewhere.

    Nothing where output is to be quiet or for programs.  ``wait(event, seconds)`` waits for an event as ``Event.wait`` does.
    """

    def __init__(self, terminal: Terminal, text: str, wait: Callable[[threading.Event, float], bool] | None = None) -> None:
        self._terminal, self._text = terminal, text
        self._wait = wait or threading.Event.wait
        self._over = threading.Event()
        self._thread: threading.Thread | None = None
        self._status = terminal.err.status(text) if terminal.interactive else None

    def __enter__(self) -> Self:
        if self._terminal.quiet or self._terminal.json_output:
            return self
        if self._status is not None:
            self._status.start()
        else:
            self._thread = threading.Thread(target=self._tell, name="waiting", daemon=True)
            self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def stop(self) -> None:
        """Shows no more.  May be called from any thread, and again."""
        self._over.set()
        if self._status is not None:
            self._status.stop()
        if self._thread is not None:
            self._thread.join()

    def _tell(self) -> None:
        seconds = 0.0
        while not self._wait(self._over, LINE_SECONDS):
            seconds += LINE_SECONDS
            self._terminal.note(f"{self._text} {seconds:.0f} s")
