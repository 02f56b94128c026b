"""CUDA through CuPy, which is imported only when a :class:`CupyRuntime` is made."""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from types import ModuleType
from typing import Any

import numpy as np

from dualface.errors import DeviceError, DeviceMemoryError
from dualface.gpu.cupy_library import import_cupy
from dualface.gpu.runtime import Buffer, DevicePlane, Direction, Graph, Kernel, Stream
from dualface.gpu.visible import counted_as_nvidia_smi, no_such_gpu
from dualface.types import U8Array

_STACK_SIZE, _STACK_BYTES = 0, 256
"""``cudaLimitStackSize``, for each thread, instead of 1024: 200 MB less of an H100's memory for each process."""
_NO_DEVICE = 100
"""``cudaErrorNoDevice``."""


class CupyRuntime:
    """One GPU; see :class:`~dualface.gpu.runtime.CudaRuntime`.

    Raises :class:`~dualface.errors.DeviceError` when CuPy is not installed, or finds no driver or no such GPU.
    """

    def __init__(self, index: int = 0) -> None:
        self.index, self.device = index, f"cuda:{index}"
        self._activated = threading.local()
        with counted_as_nvidia_smi():
            self._cupy = import_cupy()
            count = self._count()
        if index >= count:
            raise DeviceError(no_such_gpu(index, count))
        self.activate()
        # Set aside for every thread that the GPU can run at a time; kernels that need more say so themselves.
        self._cupy.cuda.runtime.deviceSetLimit(_STACK_SIZE, _STACK_BYTES)
        name = self._cupy.cuda.runtime.getDeviceProperties(index)["name"].decode()
        capability = self._cupy.cuda.Device(index).compute_capability
        self.gpu = re.sub(r"[^A-Za-z0-9]+", "-", f"{name} sm{capability}")

    def _count(self) -> int:
        try:
            return int(self._cupy.cuda.runtime.getDeviceCount())
        except self._cupy.cuda.runtime.CUDARuntimeError as error:
            if error.status == _NO_DEVICE:
                raise DeviceError(no_such_gpu(self.index, 0)) from error
            raise DeviceError(f"CUDA does not start ({error}): install NVIDIA's driver, or use --device cpu.") from error

    def activate(self) -> None:
        if not getattr(self._activated, "done", False):
            self._cupy.cuda.Device(self.index).use()
            self._activated.done = True

    def memory_info(self) -> tuple[int, int]:
        self.activate()
        free, total = self._cupy.cuda.runtime.memGetInfo()
        return int(free), int(total)

    def alloc(self, nbytes: int) -> Buffer:
        self.activate()
        with self._memory_errors(nbytes, "GPU memory"):
            # Not from CuPy's pool, which knows nothing of our streams: buffers are pooled where they are used.
            return _Buffer(self, self._cupy.cuda.memory.Memory(nbytes))

    def pinned(self, nbytes: int) -> U8Array:
        self.activate()
        with self._memory_errors(nbytes, "page-locked main memory"):
            memory: U8Array = np.frombuffer(self._cupy.cuda.alloc_pinned_memory(nbytes), np.uint8, nbytes)
            return memory

    @contextlib.contextmanager
    def _memory_errors(self, nbytes: int, what: str) -> Iterator[None]:
        try:
            yield
        except (self._cupy.cuda.memory.OutOfMemoryError, self._cupy.cuda.runtime.CUDARuntimeError) as error:
            raise DeviceMemoryError(
                f"{self.device} has no {nbytes / 2**20:.0f} MiB of {what} left ({error}); lower processing.cuda_streams."
            ) from error

    def stream(self) -> Stream:
        self.activate()
        return _Stream(self, self._cupy, self._cupy.cuda.Stream(non_blocking=True))

    def default_stream(self) -> Stream:
        self.activate()
        return _Stream(self, self._cupy, self._cupy.cuda.Stream.null)

    def copy(
        self, direction: Direction, target: tuple[int, int], source: tuple[int, int], rows: tuple[int, int], stream: Stream
    ) -> None:
        self.activate()
        width, height = rows
        self._cupy.cuda.runtime.memcpy2DAsync(*target, *source, width, height, int(direction), stream.handle)

    def compile(self, source: str, names: Sequence[str]) -> dict[str, Kernel]:
        self.activate()
        # Fused multiply-add rounds once where the CPU rounds twice; without it both give the same samples.
        module = self._cupy.RawModule(code=source, options=("--std=c++17", "--fmad=false"), backend="nvrtc")
        try:
            module.compile()
        except Exception as error:  # CuPy's own, of several modules
            raise DeviceError(f"A CUDA kernel can't be compiled for {self.device}: {error}") from error
        return {name: self._kernel(module.get_function(name)) for name in names}

    @staticmethod
    def _kernel(function: Any) -> Kernel:
        def launch(stream: Any, grid: tuple[int, ...], block: tuple[int, ...], args: Sequence[Any]) -> None:
            with stream.inner:
                function(grid, block, tuple(args))

        return launch

    def capture(self, stream: Any, work: Callable[[], None]) -> Graph | None:
        inner = stream.inner
        try:
            inner.begin_capture(self._cupy.cuda.runtime.streamCaptureModeThreadLocal)
        except self._cupy.cuda.runtime.CUDARuntimeError:
            return None
        try:
            work()
        except DeviceError:
            with contextlib.suppress(self._cupy.cuda.runtime.CUDARuntimeError):
                inner.end_capture()
            return None
        try:
            return _Graph(inner.end_capture())
        except self._cupy.cuda.runtime.CUDARuntimeError:
            return None

    def import_plane(self, plane: Any) -> DevicePlane:
        self.activate()
        array = self._cupy.from_dlpack(_Unsynchronised(plane))
        return DevicePlane(int(array.data.ptr), tuple(array.shape), tuple(array.strides), array)

    def export_plane(self, plane: DevicePlane, owner: Any) -> Any:
        cuda = self._cupy.cuda
        length = (plane.shape[0] - 1) * plane.pitch + plane.row_bytes
        memory = cuda.MemoryPointer(cuda.UnownedMemory(plane.ptr, length, owner, self.index), 0)
        return self._cupy.ndarray(plane.shape, np.uint8, memory, plane.strides)


class _Buffer:
    def __init__(self, runtime: CupyRuntime, memory: Any) -> None:
        self._runtime, self._memory = runtime, memory

    def __del__(self) -> None:
        self._runtime.activate()  # a thread that frees memory or events without a GPU of its own opens GPU 0

    @property
    def ptr(self) -> int:
        return int(self._memory.ptr)

    @property
    def nbytes(self) -> int:
        return int(self._memory.size)


class _Stream:
    def __init__(self, runtime: CupyRuntime, cupy: ModuleType, stream: Any) -> None:
        self._runtime, self._cupy, self.inner = runtime, cupy, stream

    @property
    def handle(self) -> int:
        return int(self.inner.ptr)

    def record(self) -> _Event:
        self._runtime.activate()
        event = self._cupy.cuda.Event(disable_timing=True)
        event.record(self.inner)
        return _Event(self._runtime, event)

    def wait(self, event: Any) -> None:
        self._runtime.activate()
        self.inner.wait_event(event.inner)

    def synchronize(self) -> None:
        self._runtime.activate()
        self.inner.synchronize()


class _Event:
    def __init__(self, runtime: CupyRuntime, event: Any) -> None:
        self._runtime, self.inner = runtime, event

    def synchronize(self) -> None:
        self._runtime.activate()
        self.inner.synchronize()

    def __del__(self) -> None:
        self._runtime.activate()


class _Graph:
    def __init__(self, graph: Any) -> None:
        self._graph = graph

    def launch(self, stream: Any) -> None:
        self._graph.launch(stream.inner)


class _Unsynchronised:
    """PyAV's planes refuse a stream; whoever reads them waits for an event of the decoder's stream instead."""

    def __init__(self, plane: Any) -> None:
        self._plane = plane

    def __dlpack__(self, **_options: Any) -> Any:
        return self._plane.__dlpack__()

    def __dlpack_device__(self) -> tuple[int, int]:
        device: tuple[int, int] = self._plane.__dlpack_device__()
        return device
