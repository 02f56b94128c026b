"""One at a time has a file, on Windows too."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest

from dualface import file_lock
from dualface.file_lock import locked, try_lock


class Windows(SimpleNamespace):
    """Its module ``msvcrt``: regions of bytes are locked, from where the file is read next."""

    LK_NBLCK, LK_UNLCK = 2, 0

    def __init__(self) -> None:
        self.held: dict[tuple[int, int], int] = {}

    def locking(self, descriptor: int, mode: int, count: int) -> None:
        region = os.fstat(descriptor).st_ino, os.lseek(descriptor, 0, os.SEEK_CUR)
        assert count == 1
        if mode == self.LK_UNLCK:
            assert self.held.pop(region) == descriptor
        elif region in self.held:
            raise PermissionError(13, "Permission denied")
        else:
            self.held[region] = descriptor


@pytest.fixture(params=["posix", "windows"], autouse=True)
def system(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "windows":
        monkeypatch.setitem(sys.modules, "msvcrt", Windows())
        monkeypatch.setitem(sys.modules, "fcntl", None)
        monkeypatch.setattr(file_lock, "_WINDOWS", True)


def test_only_one_has_it(tmp_path: Path) -> None:
    with (tmp_path / "lock").open("ab") as mine, (tmp_path / "lock").open("ab") as yours:
        mine.write(b"something")
        mine.flush()
        with locked(mine):
            assert not try_lock(yours)
        assert try_lock(yours)


def test_whoever_wants_it_waits(tmp_path: Path) -> None:
    order: list[str] = []
    with (tmp_path / "lock").open("ab") as mine, (tmp_path / "lock").open("ab") as yours:

        def wait() -> None:
            with locked(yours):
                order.append("yours")

        waiting = threading.Thread(target=wait)
        with locked(mine):
            waiting.start()
            waiting.join(0.2)
            order.append("mine")
        waiting.join()
    assert order == ["mine", "yours"]
