"""How the system shares processors out among our threads: as anybody's, whatever a library thinks of its own importance."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


def usable_cores() -> int:
    """How many processors this process may use: of a large machine containers and ``taskset`` may leave it few."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def ordinary_threads() -> Iterator[None]:
    """After the block no thread of this process is real-time, unless the caller was.

    SVT-AV1, opened by root (as in most containers), gives its threads and the caller's Linux's highest real-time priority.
    They keep every other process from its turn, and on few processors spin for one another without end.
    """
    if sys.platform != "linux" or os.sched_getscheduler(0) != os.SCHED_OTHER:
        yield
        return
    try:
        yield
    finally:
        for thread in Path("/proc/self/task").iterdir():
            with suppress(OSError):  # it has ended, or may not be changed
                if os.sched_getscheduler(int(thread.name)) == os.SCHED_FIFO:
                    os.sched_setscheduler(int(thread.name), os.SCHED_OTHER, os.sched_param(0))
