"""Windows' locks on files, played by POSIX': those too end when the file is closed, and other processes respect them."""

from __future__ import annotations

import fcntl
from types import SimpleNamespace


class Msvcrt(SimpleNamespace):
    """Windows' module of that name; only the first byte of a file is ever locked."""

    LK_NBLCK, LK_UNLCK = 2, 0

    def locking(self, descriptor: int, mode: int, count: int) -> None:
        assert count == 1
        try:
            fcntl.flock(descriptor, fcntl.LOCK_UN if mode == self.LK_UNLCK else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise PermissionError(13, "Permission denied") from None
