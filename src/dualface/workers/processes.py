"""How this program starts processes of its own, and what they all do first."""

from __future__ import annotations

import contextlib
import ctypes
import multiprocessing
from typing import Any

_PRELOADED = ["dualface.workers.worker", "dualface.workers.preloaded"]
_M_MMAP_THRESHOLD = -3
_MAPPED_BYTES = 1 << 20


def process_context() -> Any:
    """Processes are forked from a server that has the libraries loaded but no threads: they start fast and share most pages."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_PRELOADED)
    return context


def return_memory_to_the_system() -> None:
    """Has glibc map every picture on its own, so that its memory is free again when it is freed."""
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, _MAPPED_BYTES)
