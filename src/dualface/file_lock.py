"""Locks on open files: other processes respect them, and they end with whoever holds them, however that ends."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

_WINDOWS = sys.platform == "win32"
_TRY_AGAIN_SECONDS = 0.05


def try_lock(file: IO[bytes]) -> bool:
    """Locks the file unless another process has; whether it did.  Closing the file unlocks it.

    Raises :class:`OSError` where the file system has no locks.
    """
    try:
        _lock_on_windows(file) if _WINDOWS else _flock(file)
    except (BlockingIOError, PermissionError):
        return False
    return True


@contextmanager
def locked(file: IO[bytes]) -> Iterator[None]:
    """Waits for the lock and holds it.  Raises as :func:`try_lock` does."""
    while not try_lock(file):
        time.sleep(_TRY_AGAIN_SECONDS)
    try:
        yield
    finally:
        _lock_on_windows(file, unlock=True) if _WINDOWS else _flock(file, unlock=True)


def _flock(file: IO[bytes], *, unlock: bool = False) -> None:
    import fcntl

    fcntl.flock(file, fcntl.LOCK_UN if unlock else fcntl.LOCK_EX | fcntl.LOCK_NB)


def _lock_on_windows(file: IO[bytes], *, unlock: bool = False) -> None:
    """The first byte stands for the file; it need not be there."""
    import msvcrt

    os.lseek(file.fileno(), 0, os.SEEK_SET)
    mode = msvcrt.LK_UNLCK if unlock else msvcrt.LK_NBLCK  # type: ignore[attr-defined, unused-ignore]
    msvcrt.locking(file.fileno(), mode, 1)  # type: ignore[attr-defined, unused-ignore]
