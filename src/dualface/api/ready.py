"""Processes that are ready before they are needed, so that a film begins to be made as soon as somebody asks for it."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from multiprocessing.connection import Connection

from dualface.workers.processes import can_fork, new_launcher


class Ready:
    """``launcher`` starts the processes of films that are made; to be closed."""

    def __init__(self) -> None:
        self.launcher = new_launcher()
        self._warm = not can_fork()
        self._lock = threading.Lock()

    def warm(self) -> None:
        """Loads, once, what all of them need, where that can be shared.  Raises :class:`OSError` where there is no room."""
        with self._lock:
            if not self._warm:
                self._warm = True
                self.launcher.start(_nothing, []).join()

    def close(self) -> None:
        with self._lock:
            self._warm = True  # nothing is started any more
            self.launcher.close()


def _nothing(connections: Sequence[Connection]) -> None:
    del connections
