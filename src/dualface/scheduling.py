"""How the system shares processors out among our threads: as anybody's, whatever a library thinks of its own importance."""

from __future__ import annotations

import math
import os
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from dualface.control_groups import core_quotas

T = TypeVar("T")

_NICER, _NICEST = 5, 19
"""Five steps of niceness are a third of the weight; all of them would be a hundredth, and other programs came before us."""


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


def give_way() -> None:
    """The calling thread leaves processors to others of this process where both want one, and so do threads that it starts.

    Only Linux knows threads of different weight in one process.  It can't be taken back.
    """
    if sys.platform == "linux":
        thread = threading.get_native_id()
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, thread, min(os.getpriority(os.PRIO_PROCESS, thread) + _NICER, _NICEST))


def made_giving_way(make: Callable[[], T]) -> T:
    """What ``make`` returns or raises; it is called on a thread that gives way, as will all those that it starts."""
    with ThreadPoolExecutor(1, initializer=give_way) as thread:
        return thread.submit(make).result()


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
