"""The machine's processor and memory, as far as this process may use them: affinity and control groups count."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from pathlib import Path

import psutil

from dualface.control_groups import lines_of, memory_limits
from dualface.scheduling import granted_cores


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
        return CpuFacts(self._cpu_model(), os.cpu_count() or 1, granted_cores(self._root))

    def memory(self) -> MemoryFacts:
        """Main memory."""
        memory = psutil.virtual_memory()
        usable = min([memory.total, *memory_limits(self._root)])
        return MemoryFacts(memory.total, usable, min(memory.available, usable))

    def _cpu_model(self) -> str:
        for line in lines_of(self._root / "proc/cpuinfo"):
            name, _, value = line.partition(":")
            if name.strip() in {"model name", "Model"} and value.strip():
                return value.strip()
        return platform.processor() or platform.machine() or "unknown"
