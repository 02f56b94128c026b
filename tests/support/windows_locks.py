"""Windows' locks on files, played."""

from __future__ import annotations

import os
from types import SimpleNamespace


class Msvcrt(SimpleNamespace):
    """Windows' module of that name: regions of bytes are locked, from where the file is read next."""

    LK_NBLCK, LK_UNLCK = 2, 0

    def __init__(self) -> None:
        self.held: dict[tuple[int, int], int] = {}

    def locking(self, descriptor: int, mode: int, count: int) -> None:
        region = os.fstat(descriptor).st_ino, os.lseek(descriptor, 0, os.SEEK_CUR)
        assert count == 1
        if mode == self.LK_UNLCK:
            assert self.held.pop(region) == descriptor
        elif region in self.held and not _closed(self.held[region], region[0]):
            raise PermissionError(13, "Permission denied")
        else:
            self.held[region] = descriptor


def _closed(descriptor: int, inode: int) -> bool:
    """Closing a file unlocks it."""
    try:
        return os.fstat(descriptor).st_ino != inode
    except OSError:
        return True
