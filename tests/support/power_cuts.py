"""What is on a disk at each of its flushes, should the process, or the power, end just there."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest

End = Literal["killed", "names lost", "content lost"]
ENDS: tuple[End, ...] = ("killed", "names lost", "content lost")
"""The process alone; or the power, and with it all names, or all content, that were not flushed (zeros stand there)."""


@dataclass(frozen=True)
class Moment:
    """Names that there are, and that were flushed, with the number of the file; and how much of a file was flushed."""

    now: dict[str, int]
    safe: dict[str, int]
    sizes: dict[int, int]


class Disk:
    """Notes a :class:`Moment` before each flush below ``root`` in this process; keeps every file in ``kept``."""

    def __init__(self, root: Path, kept: Path, monkeypatch: pytest.MonkeyPatch, *, starts: Callable[[], bool]) -> None:
        self._root, self._kept, self._starts = root.resolve(), kept, starts
        self.moments: list[Moment] = []
        self._safe: dict[str, int] = {}
        self._sizes: dict[int, int] = {}
        self._fsync = os.fsync
        kept.mkdir()
        monkeypatch.setattr(os, "fsync", self._flushed)

    def _flushed(self, descriptor: int) -> None:
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
        if not path.is_relative_to(self._root):
            self._fsync(descriptor)
            return
        if self._starts():
            self.note()
        self._fsync(descriptor)
        if path.is_dir():
            own = {name: number for name, number in self._names().items() if (self._root / name).parent == path}
            others = {name: number for name, number in self._safe.items() if (self._root / name).parent != path}
            self._safe = others | own
        else:
            facts = os.fstat(descriptor)
            self._sizes[facts.st_ino] = facts.st_size

    def note(self) -> None:
        """A moment at which everything may end."""
        self.moments.append(Moment(self._names(), dict(self._safe), dict(self._sizes)))

    def restore(self, moment: Moment, end: End, folder: Path) -> None:
        """Fills ``folder`` with what is there after the end."""
        names = moment.safe if end == "names lost" else moment.now
        for name, number in names.items():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(self._kept / str(number), target)
            size, safe = target.stat().st_size, moment.sizes.get(number, 0)
            if end == "content lost" and safe < size:
                target.write_bytes(target.read_bytes()[:safe] + bytes(size - safe))

    def _names(self) -> dict[str, int]:
        """All files; each is kept under its number, so that it is not lost with its name."""
        found = {}
        for path in self._root.rglob("*"):
            if path.is_file():
                number = path.stat().st_ino
                found[str(path.relative_to(self._root))] = number
                if not (self._kept / str(number)).exists():
                    (self._kept / str(number)).hardlink_to(path)
        return found
