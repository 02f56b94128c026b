"""Which of several GPUs each stream works on."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping, Sequence

from dualface.batch.memory import GPUMemoryManager


class GpuPool:
    """Several GPUs, by their numbers, each with the memory that may be used of it.  May be used from any thread.

    A stream stays on its GPU, with the models that it has loaded there, and takes the next video when it is done with one: so
    the GPU that gets on best gets most videos.
    """

    def __init__(self, memory: Mapping[int, GPUMemoryManager], *, together: int = 1) -> None:
        """``together``: so many streams one after the other share a process, and so a GPU."""
        self._memory, self._together = dict(memory), together
        self._used = list(memory)
        self._lock = threading.Lock()
        self._gpu_of: dict[object, int] = {}
        self._newest: tuple[int, int] | None = None

    @property
    def gpus(self) -> Sequence[int]:
        """Those that are in use."""
        with self._lock:
            return tuple(self._used)

    @property
    def largest(self) -> int:
        """Bytes of the GPU in use of which most may be used."""
        return max(map(self._budget, self.gpus))

    def of(self, stream: object, needed: int = 0) -> int:
        """The GPU of a stream that needs so many bytes: the one it has, if that is large enough.

        Of a new one that with the fewest streams, and of these that with most room.
        """
        with self._lock:
            gpu = self._gpu_of.get(stream)
            if gpu not in self._used or self._budget(gpu) < needed:
                gpu = self._gpu_of[stream] = self._for_a_new_one(needed)
            return gpu

    def memory(self, gpu: int) -> GPUMemoryManager:
        """What may be used of a GPU that is, or was, in use."""
        return self._memory[gpu]

    def _budget(self, gpu: int) -> int:
        return self._memory[gpu].get_memory_status().budget

    def drop(self, gpu: int) -> bool:
        """Leaves out a GPU that has failed; false where it is the last one.  Its streams go to the others."""
        with self._lock:
            if gpu in self._used and len(self._used) > 1:
                self._used.remove(gpu)
                self._newest = None
            return gpu not in self._used

    def _for_a_new_one(self, needed: int) -> int:
        if self._newest is not None and self._newest[1] < self._together and self._budget(self._newest[0]) >= needed:
            gpu, count = self._newest
        else:
            streams = Counter(self._gpu_of.values())
            large = [one for one in self._used if self._budget(one) >= needed] or self._used
            gpu, count = min(large, key=lambda one: (streams[one], -self._memory[one].get_memory_status().free, one)), 0
        self._newest = gpu, count + 1
        return gpu


def numbers_of(text: str) -> tuple[int, ...]:
    """The GPUs that ``hardware.gpus`` names, each once.  Raises :class:`ValueError`."""
    return tuple(dict.fromkeys(int(part) for part in text.split(",") if part.strip()))
