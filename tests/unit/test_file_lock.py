"""One at a time has a file, on Windows too."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import pytest
from tests.support.windows_locks import Msvcrt

from dualface import file_lock
from dualface.file_lock import locked, try_lock


@pytest.fixture(params=["posix", "windows"], autouse=True)
def system(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "windows":
        monkeypatch.setitem(sys.modules, "msvcrt", Msvcrt())
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
