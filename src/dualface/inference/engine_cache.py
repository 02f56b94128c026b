"""Files that take long to make, kept for the next run; safe against two processes that want the same one."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

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
    with lock, _locked(lock.fileno()):
        with contextlib.suppress(OSError):
            return path.read_bytes()
        content = make()
        with contextlib.suppress(OSError):
            write_whole(path, content)
        return content


@contextlib.contextmanager
def _locked(descriptor: int) -> Iterator[None]:
    """Excludes other processes; on Windows, which has no ``flock``, two may make the same file, and either is whole."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(descriptor, fcntl.LOCK_UN)
