"""Memory that the C library keeps for later, and code that is not needed any more, given back to the system."""

from __future__ import annotations

import ctypes
import gc
import mmap
import sys
from collections.abc import Callable
from pathlib import Path

_MAP_THRESHOLD, _TRIM_THRESHOLD = -3, -1
"""As mallopt(3) numbers them."""
_LARGE = 1 << 20
_UNTIL_SETTLED, _YOUNG_OBJECTS = 200_000, 10_000
"""So many new objects are worth a search for garbage while the process begins, and later; few of ours become any."""
_SELF = Path("/proc/self/maps")


def keep_little() -> None:
    """From now on, what is freed of a megabyte and more goes back to the system at once.

    By itself glibc learns from the first picture that is freed to keep as much as a picture takes, in each thread's arena.
    For the process as a whole, so only its owner should ask.  Does nothing where the C library can't.
    """
    tell = _function("mallopt")
    if tell is not None:
        tell(_MAP_THRESHOLD, _LARGE)
        tell(_TRIM_THRESHOLD, _LARGE)


def search_no_garbage_yet() -> None:
    """Lets a process begin without searches for garbage: imports make none.  For its owner, as :func:`keep_little`.

    By itself Python searches whenever there are 700 more objects, a hundred times until a film is begun.
    """
    gc.set_threshold(_UNTIL_SETTLED)


def search_garbage_now() -> None:
    """From now on garbage is searched for as long work needs it, among what is new: what is there already will stay.

    Where nobody has called :func:`search_no_garbage_yet`, the process is somebody else's, and left as it is.
    """
    if gc.get_threshold()[0] == _UNTIL_SETTLED:
        gc.freeze()
        gc.set_threshold(_YOUNG_OBJECTS)


def trim() -> None:
    """Gives back what was freed: what a model was read from, for example, is kept by glibc for as long as the process lives.

    Does nothing where the C library can't.
    """
    give_back = _function("malloc_trim")
    if give_back is not None:
        give_back(0)


def drop_code(folder: Path) -> None:
    """Lets go of the code of the libraries in ``folder``; what is called again is there again, from the system's cache.

    Compiling a model runs through 40 MB of code that running it never needs.  Only Linux tells where code is.
    """
    drop = _function("madvise")
    if drop is None:
        return
    try:
        lines = _SELF.read_text(errors="replace").splitlines()
    except OSError:
        return
    for line in lines:
        place, rights, *_, path = [*line.split(maxsplit=5), "", ""][:6]
        if rights == "r-xp" and Path(path).is_relative_to(folder):  # code is never written to, so it is all in the file
            begin, end = (int(number, 16) for number in place.split("-"))
            drop(ctypes.c_void_p(begin), ctypes.c_size_t(end - begin), mmap.MADV_DONTNEED)


def _function(name: str) -> Callable[..., int] | None:
    """One of the C library; ``None`` where it has no such, or may mean something else by it."""
    return getattr(ctypes.CDLL(None), name, None) if sys.platform == "linux" else None
