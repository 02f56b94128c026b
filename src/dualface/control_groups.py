"""What Linux's control groups grant this process: containers, services and batch systems limit by them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

ROOT = Path("/")
"""The file system's root; another one in tests."""


def core_quotas(root: Path | None = None) -> Iterator[float]:
    """Of each group that limits it how many cores' time the process may have; of ``docker --cpus=1.5`` that is 1.5."""
    shares = [_first_line(folder / "cpu.max").split() for folder in _groups("", root)]
    for folder in _groups("cpu", root):
        shares.append([_first_line(folder / f"cpu.cfs_{name}_us") for name in ("quota", "period")])
    for share in shares:
        if len(share) == 2 and all(number.isdigit() and int(number) for number in share):
            yield int(share[0]) / int(share[1])


def memory_limits(root: Path | None = None) -> Iterator[int]:
    """Of each group that limits it how much memory all its processes may have together, in bytes."""
    files = [folder / "memory.max" for folder in _groups("", root)]
    files += [folder / "memory.limit_in_bytes" for folder in _groups("memory", root)]
    for file in files:
        limit = _first_line(file)
        if limit.isdigit():
            yield int(limit)


def lines_of(file: Path) -> list[str]:
    """The lines of a file of the system's; none where it is not there."""
    try:
        return file.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []


def _groups(controller: str, root: Path | None) -> Iterator[Path]:
    """The process's control group and its ancestors; an empty ``controller`` means version 2."""
    root = ROOT if root is None else root
    mount = root / "sys/fs/cgroup" / controller
    for line in lines_of(root / "proc/self/cgroup"):
        _, names, path = line.split(":", 2)
        if controller in names.split(","):
            inner = Path(path.lstrip("/"))
            yield from dict.fromkeys([mount / inner, *(mount / parent for parent in inner.parents), mount])


def _first_line(file: Path) -> str:
    return next(iter(lines_of(file)), "")
