"""What has been made safe on the disk, in which order."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

import pytest


@dataclass
class Flushes:
    """``seen``: for each flush the path that was flushed and, for a file, how much was in it; for a folder, its names."""

    seen: list[tuple[Path, int | frozenset[str]]] = field(default_factory=list)

    def record(self, monkeypatch: pytest.MonkeyPatch) -> Flushes:
        fsync = os.fsync

        def recorded(descriptor: int) -> None:
            fsync(descriptor)
            path = Path(f"/proc/self/fd/{descriptor}").readlink()
            names = frozenset(entry.name for entry in path.iterdir()) if path.is_dir() else None
            self.seen.append((path, os.fstat(descriptor).st_size if names is None else names))

        monkeypatch.setattr(os, "fsync", recorded)
        return self

    def holds_all_of(self, path: Path, under: str | None = None) -> bool:
        """Whether the file was flushed, whole as it is now, under this or another (its unfinished) name."""
        names = {path.name, under or path.name}
        return any(one.name in names and size == path.stat().st_size for one, size in self.seen)

    def named(self, path: Path) -> bool:
        """Whether the file's name was flushed, with its folder."""
        return any(one == path.parent.resolve() and isinstance(n, frozenset) and path.name in n for one, n in self.seen)


needs_proc = pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="asks /proc which file is flushed")
