"""How the system shares processors out among our threads: as anybody's, whatever a library thinks of its own importance."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from dualface.control_groups import core_quotas


def usable_cores() -> int:
    """How many threads are worth having: as many as this process may use processors, a part of one counted whole."""
    return max(math.ceil(granted_cores()), 1)


def granted_cores(root: Path | None = None) -> float:
    """How many processors' time this process may use.

    Of a large machine ``taskset`` may leave it few processors, a container's control group a part of their time.  ``root`` is
    the file system's root, another one in tests.
    """
    return min([float(_allowed_processors()), *core_quotas(root)])


def threads_for_libraries() -> int:
    """What to tell libraries that count processors themselves: 0, let them, unless a control group grants less than these."""
    cores = usable_cores()
    return 0 if cores == _allowed_processors() else cores


def _allowed_processors() -> int:
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
