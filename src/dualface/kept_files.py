"""Files that take long to make, kept for the next run; safe against two processes that want the same one."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

from dualface.file_lock import locked
from dualface.files import write_whole


def cached(path: Path, make: Callable[[], bytes]) -> bytes:
    """The content of ``path``, made and kept there if it is missing; another process that makes it is waited for.

    Where the folder can't be written it is made each time.
    """
    with contextlib.suppress(OSError):
        return path.read_bytes()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = path.with_suffix(".lock").open("wb")
    except OSError:
        return make()
    with lock, locked(lock):
        with contextlib.suppress(OSError):
            return path.read_bytes()
        content = make()
        with contextlib.suppress(OSError):
            write_whole(path, content)
        return content
