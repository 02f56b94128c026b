"""Disks that are full, and disks that lose what was not flushed when the power goes."""

from __future__ import annotations

import builtins
import errno
import io
import json
import os
import random
import shutil
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

_BLOCK = 4096


class CountingDisk:
    """Counts what is asked of the disk below ``root`` in this process, in ``steps``; ``flushes`` among them."""

    def __init__(self, root: Path) -> None:
        self.root = str(root.resolve())
        self.steps = self.flushes = 0
        self._lock = threading.Lock()
        self._open, self._fsync, self._mkdir = io.open, os.fsync, os.mkdir
        io.open = builtins.open = self._opened
        os.fsync, os.mkdir = self._flushed, self._made  # type: ignore[assignment]

    def step(self) -> None:
        """One more; raises what the disk raises."""
        with self._lock:
            self.steps += 1

    def _is_below(self, path: Any) -> bool:
        return isinstance(path, str | bytes | os.PathLike) and os.path.realpath(os.fsdecode(path)).startswith(self.root)

    def _opened(self, file: Any, mode: str = "r", *arguments: Any, **options: Any) -> Any:
        writes = any(letter in mode for letter in "wxa+") and self._is_below(file)
        if writes:
            self.step()
        opened = self._open(file, mode, *arguments, **options)
        return _Written(opened, self.step) if writes else opened

    def _flushed(self, descriptor: Any) -> None:
        self.flushes += 1
        self.step()
        self._fsync(descriptor)

    def _made(self, path: Any, *arguments: Any, **options: Any) -> None:
        if self._is_below(path):
            self.step()
        self._mkdir(path, *arguments, **options)


class FullDisk(CountingDisk):
    """Has no room from step ``full_from`` on."""

    def __init__(self, root: Path, full_from: int) -> None:
        self._full_from = full_from
        super().__init__(root)

    def step(self) -> None:
        super().step()
        if self.steps > self._full_from:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


class _Written:
    """A file whose every write is a step."""

    def __init__(self, file: Any, step: Callable[[], None]) -> None:
        self._file, self._step = file, step

    def write(self, data: Any) -> Any:
        self._step()
        return self._file.write(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def __iter__(self) -> Any:
        return iter(self._file)

    def __enter__(self) -> _Written:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()


class Journal:
    """Notes in ``folder`` what is safe on the disk below ``root``: the names in each folder, and how much of each file.

    A flush of a file makes safe what is in it, one of a folder its names.  A share ``lies`` of the flushes does nothing,
    though it says that it did.  Files that are in a safe folder are kept under another name too, so that they are still
    there after they were removed.
    """

    def __init__(self, root: Path, folder: Path, *, lies: float, seed: int) -> None:
        self._root, self._folder, self._lies, self._chance = root.resolve(), folder, lies, random.Random(seed)
        folder.mkdir(exist_ok=True)
        self._log = (folder / "journal").open("a", encoding="utf-8")
        self._fsync = os.fsync
        os.fsync = self._flushed  # type: ignore[assignment]

    def _flushed(self, descriptor: Any) -> None:
        self._fsync(descriptor)
        number = descriptor if isinstance(descriptor, int) else descriptor.fileno()
        path = Path(f"/proc/self/fd/{number}").readlink()
        if not path.is_relative_to(self._root) or self._chance.random() < self._lies:
            return
        if path.is_dir():
            names = {entry.name: entry.inode() for entry in os.scandir(path) if entry.is_file(follow_symlinks=False)}
            for name, inode in names.items():
                with suppress(FileExistsError, FileNotFoundError):
                    (self._folder / str(inode)).hardlink_to(path / name)
            self._note({"folder": str(path), "names": names})
        else:
            facts = os.fstat(number)
            self._note({"file": facts.st_ino, "size": facts.st_size})

    def _note(self, entry: dict[str, Any]) -> None:
        self._log.write(f"{json.dumps(entry)}\n")
        self._log.flush()


def cut_the_power(root: Path, journal: Path, chance: random.Random) -> int:
    """Leaves below ``root`` what a disk may have after a power cut; returns how many files lost something.

    Each name is what it was when its folder was last flushed, or what it has become; of what was written behind the last
    flush of a file all may be there, some, or nothing but zeros.
    """
    root = root.resolve()
    sizes, folders = _read(journal / "journal")
    hurt = 0
    for folder in [root, *(path for path in root.iterdir() if path.is_dir())]:
        now = {path.name: path.stat().st_ino for path in folder.iterdir() if path.is_file()}
        safe = folders.get(str(folder), {})
        for name in now.keys() | safe.keys():
            inode = chance.choice((now.get(name), safe.get(name)))
            hurt += inode != now.get(name)
            _restore(folder / name, now.get(name), inode, journal)
        for path in [path for path in folder.iterdir() if path.is_file()]:
            hurt += _lose_unflushed(path, sizes, chance)
    return hurt


def _read(log: Path) -> tuple[dict[int, int], dict[str, dict[str, int]]]:
    sizes: dict[int, int] = {}
    folders: dict[str, dict[str, int]] = {}
    for line in log.read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        if "folder" in entry:
            folders[entry["folder"]] = entry["names"]
        else:
            sizes[entry["file"]] = entry["size"]
    return sizes, folders


def _restore(path: Path, now: int | None, inode: int | None, journal: Path) -> None:
    kept = journal / str(inode)
    if inode == now or (inode is not None and not kept.exists()):
        return
    path.unlink(missing_ok=True)
    if inode is not None:
        path.hardlink_to(kept)


def _lose_unflushed(path: Path, sizes: dict[int, int], chance: random.Random) -> bool:
    facts = path.stat()
    safe = min(sizes.get(facts.st_ino, 0), facts.st_size)
    if safe == facts.st_size or path.name == "lock":
        return False
    part = path.with_name(f"{path.name}.after-the-cut")
    shutil.copyfile(path, part)  # the kept name has the same content, and may stand for an older state
    how = chance.choice(("all", "some", "zeros", "none"))
    if how in ("some", "none"):
        os.truncate(part, safe if how == "none" else chance.randint(safe, facts.st_size))
    elif how == "zeros":
        with part.open("r+b") as file:
            file.seek(min(-(-safe // _BLOCK) * _BLOCK, facts.st_size))
            file.write(bytes(facts.st_size - file.tell()))
    part.replace(path)
    return how != "all"
