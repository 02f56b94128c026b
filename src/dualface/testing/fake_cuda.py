"""A GPU in main memory, as unforgiving as a real one.

Its streams do nothing until somebody waits for them, in the order of events and waits and no other.  A missing event or
synchronisation therefore shows in the samples, every time, instead of now and then.  Memory that is written again before it
was read shows when the writer's stream is :meth:`~FakeCuda.hasty`.
"""

from __future__ import annotations

import contextlib
import ctypes
import itertools
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from dualface.errors import DeviceMemoryError
from dualface.gpu.runtime import DevicePlane, Direction, Kernel
from dualface.types import U8Array

HostKernel = Callable[[tuple[int, ...], tuple[int, ...], Sequence[Any]], None]
"""Runs a grid of blocks at once: ``(grid, block, args)``."""
Compiler = Callable[[str, Sequence[str]], Mapping[str, HostKernel]]
"""Makes kernels of a ``.cu`` source."""

_POISON = 0xA5


class FakeBuffer:
    """Memory of the fake GPU; full of nonsense at first."""

    def __init__(self, nbytes: int) -> None:
        self.memory: U8Array = np.full(nbytes + 256, _POISON, np.uint8)
        self.ptr = -(-int(self.memory.ctypes.data) // 256) * 256
        self.nbytes = nbytes


class FakeStream:
    """A stream that works only when somebody waits for it; a ``hasty`` one works at once."""

    def __init__(self, cuda: FakeCuda, handle: int, *, hasty: bool = False) -> None:
        self._cuda, self.handle, self._hasty = cuda, handle, hasty
        self.waiting: list[Callable[[], object]] = []
        self._done = 0

    def ask(self, work: Callable[[], object]) -> None:
        with self._cuda.lock:
            self.waiting.append(work)
            if self._hasty:
                self.advance(self._done + len(self.waiting))

    def record(self) -> FakeEvent:
        with self._cuda.lock:
            return FakeEvent(self, self._done + len(self.waiting))

    def wait(self, event: Any) -> None:
        self.ask(event.reach)

    def synchronize(self) -> None:
        self._cuda.synchronisations += 1
        self.record().reach()

    def advance(self, position: int) -> None:
        with self._cuda.lock:
            while self._done < position and self.waiting:
                work = self.waiting.pop(0)
                self._done += 1
                work()


class FakeEvent:
    def __init__(self, stream: FakeStream, position: int) -> None:
        self._stream, self._position = stream, position

    def reach(self) -> None:
        self._stream.advance(self._position)

    def synchronize(self) -> None:
        self._stream._cuda.synchronisations += 1
        self.reach()


class FakeCuda:
    """Implements :class:`~dualface.gpu.runtime.CudaRuntime` in main memory.

    ``memory`` is how many bytes it has.  ``compiler`` makes kernels that run on the host.  ``copied`` counts the bytes of all
    copies by direction, ``launched`` the kernels by name, ``synchronisations`` how often the host waited.
    """

    gpu = "Fake-sm00"

    def __init__(self, *, index: int = 0, memory: int = 1 << 30, compiler: Compiler | None = None) -> None:
        self.index, self.device = index, f"cuda:{index}"
        self.memory, self.used = memory, 0
        self.lock = threading.RLock()
        self.copied = dict.fromkeys(Direction, 0)
        self.launched: list[str] = []
        self.synchronisations = 0
        self.graphs = 0
        self._compiler = compiler
        self.streams: weakref.WeakValueDictionary[int, FakeStream] = weakref.WeakValueDictionary()
        self._handles = itertools.count(1)
        self._hasty = False
        self._default = FakeStream(self, 0)

    def activate(self) -> None:
        """There is nothing to do."""

    def memory_info(self) -> tuple[int, int]:
        return self.memory - self.used, self.memory

    def alloc(self, nbytes: int) -> FakeBuffer:
        with self.lock:
            if self.used + nbytes > self.memory:
                raise DeviceMemoryError(f"{self.device} has no {nbytes} bytes of GPU memory left.")
            self.used += nbytes
        buffer = FakeBuffer(nbytes)
        weakref.finalize(buffer, self._free, nbytes)
        return buffer

    def _free(self, nbytes: int) -> None:
        with self.lock:
            self.used -= nbytes

    def pinned(self, nbytes: int) -> U8Array:
        return np.full(nbytes, _POISON, np.uint8)

    def stream(self) -> FakeStream:
        with self.lock:
            stream = FakeStream(self, next(self._handles), hasty=self._hasty)
            self.streams[stream.handle] = stream
            return stream

    @contextlib.contextmanager
    def hasty(self) -> Iterator[None]:
        """Streams made meanwhile work at once, and so before all others that do not make them wait."""
        self._hasty = True
        try:
            yield
        finally:
            self._hasty = False

    def default_stream(self) -> FakeStream:
        return self._default

    def copy(
        self, direction: Direction, target: tuple[int, int], source: tuple[int, int], rows: tuple[int, int], stream: Any
    ) -> None:
        self.copied[direction] += rows[0] * rows[1]

        def work() -> None:
            for row in range(rows[1]):
                ctypes.memmove(target[0] + row * target[1], source[0] + row * source[1], rows[0])

        stream.ask(work)

    def compile(self, source: str, names: Sequence[str]) -> dict[str, Kernel]:
        if self._compiler is None:
            raise NotImplementedError("this fake GPU was made without a compiler")
        return {name: self._kernel(name, run) for name, run in self._compiler(source, names).items()}

    def _kernel(self, name: str, run: HostKernel) -> Kernel:
        def launch(stream: Any, grid: tuple[int, ...], block: tuple[int, ...], args: Sequence[Any]) -> None:
            self.launched.append(name)
            held = [np.array(argument, copy=True)[()] for argument in args]
            stream.ask(lambda: run(grid, block, held))

        return launch

    def capture(self, stream: Any, work: Callable[[], None]) -> FakeGraph:
        """Records what ``work`` asks for; :attr:`graphs` counts."""
        before = len(stream.waiting)
        work()
        recorded = stream.waiting[before:]
        del stream.waiting[before:]
        self.graphs += 1
        return FakeGraph(recorded)

    def import_plane(self, plane: Any) -> DevicePlane:
        """A plane of a PyAV frame in main memory stands for one in the GPU's, which the default stream has yet to write."""
        array: Any = np.from_dlpack(plane)
        memory = bytes(plane)
        buffer = FakeBuffer(len(memory))
        self._default.ask(lambda: ctypes.memmove(buffer.ptr, memory, len(memory)))
        return DevicePlane(buffer.ptr, array.shape, array.strides, buffer)

    def export_plane(self, plane: DevicePlane, owner: Any) -> Any:
        return FakeExport(plane, owner)

    def read(self, plane: DevicePlane) -> U8Array:
        """The plane's samples as they are now, copied."""
        length = (plane.shape[0] - 1) * plane.pitch + plane.row_bytes
        memory = np.ctypeslib.as_array((ctypes.c_uint8 * length).from_address(plane.ptr))
        return np.lib.stride_tricks.as_strided(memory, plane.shape, plane.strides).copy()


class FakeGraph:
    def __init__(self, recorded: list[Callable[[], object]]) -> None:
        self._recorded = recorded

    def launch(self, stream: Any) -> None:
        for work in self._recorded:
            stream.ask(work)


class FakeExport:
    """What :meth:`FakeCuda.export_plane` gives: an array over the plane that holds ``owner``."""

    def __init__(self, plane: DevicePlane, owner: Any) -> None:
        self.plane, self.owner = plane, owner
