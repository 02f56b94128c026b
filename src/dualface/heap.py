"""Memory that the C library keeps for later, given back to the system."""

from __future__ import annotations

import ctypes
import sys


def trim() -> None:
    """Gives back what was freed: what a model was read from, for example, is kept by glibc for as long as the process lives.

    Does nothing where the C library can't.
    """
    give_back = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if give_back is not None:
        give_back(0)
