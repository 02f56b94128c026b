"""The machine's processor and memory, as far as this process may use them: affinity and control groups count."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from dualface.scheduling import usable_cores


@dataclass(frozen=True, slots=True)
class CpuFacts:
    """``usable_cores`` is a fraction where a control group grants only part of a core's time."""

    model: str
    logical_cores: int
    usable_cores: float


@dataclass(frozen=True, slots=True)
class MemoryFacts:
    """Main memory in bytes.  ``usable`` is the least of what there is and what control groups allow."""

    total: int
    usable: int
    available: int


class HostProbe:
    """Asks the operating system.  ``root`` is the file system's root, another one in tests."""

    def __init__(self, root: Path = Path("/")) -> None:
        self._root = root

    def cpu(self) -> CpuFacts:
        """The processor."""
        return CpuFacts(self._cpu_model(), os.cpu_count() or 1, min([float(usable_cores()), *self._cpu_quotas()]))

    def memory(self) -> MemoryFacts:
        """Main memory."""
        memory = psutil.virtual_memory()
        usable = min([memory.total, *self._memory_limits()])
        return MemoryFacts(memory.total, usable, min(memory.available, usable))

    def _cpu_model(self) -> str:
        for line in _lines(self._root / "proc/cpuinfo"):
            name, _, value = line.partition(":")
            if name.strip() in {"model name", "Model"} and value.strip():
                return value.strip()
        return platform.processor() or platform.machine() or "unknown"

    def _cpu_quotas(self) -> Iterator[float]:
        shares = [_first_line(folder / "cpu.max").split() for folder in self._cgroups("")]
        for folder in self._cgroups("cpu"):
            shares.append([_first_line(folder / f"cpu.cfs_{name}_us") for name in ("quota", "period")])
        for share in shares:
            if len(share) == 2 and all(number.isdigit() and int(number) for number in share):
                yield int(share[0]) / int(share[1])

    def _memory_limits(self) -> Iterator[int]:
        files = [folder / "memory.max" for folder in self._cgroups("")]
        files += [folder / "memory.limit_in_bytes" for folder in self._cgroups("memory")]
        for file in files:
            limit = _first_line(file)
            if limit.isdigit():
                yield int(limit)

    def _cgroups(self, controller: str) -> Iterator[Path]:
        """The process's control group and its ancestors; an empty ``controller`` means version 2."""
        mount = self._root / "sys/fs/cgroup" / controller
        for line in _lines(self._root / "proc/self/cgroup"):
            _, names, path = line.split(":", 2)
            if controller in names.split(","):
                inner = Path(path.lstrip("/"))
                yield from dict.fromkeys([mount / inner, *(mount / parent for parent in inner.parents), mount])


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []


def _first_line(file: Path) -> str:
    return next(iter(_lines(file)), "")
