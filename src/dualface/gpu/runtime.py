"""What dualface needs of CUDA, and no more.  The real one is :class:`~dualface.gpu.cupy_runtime.CupyRuntime`, the one for
machines without a GPU :class:`dualface.testing.fake_cuda.FakeCuda`.

Everything that a :class:`Stream` is asked to do happens later, in the order asked.  What one stream shall see of another's
work needs an :class:`Event` between them; what the host shall see needs :meth:`Event.synchronize`.  Nothing here waits for
the whole device.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Protocol

from dualface.types import U8Array

PITCH = 256
"""Rows in device memory begin at multiples of so many bytes."""


class Direction(IntEnum):
    """Which way a copy goes; the numbers are CUDA's ``cudaMemcpyKind``."""

    TO_DEVICE = 1
    TO_HOST = 2
    ON_DEVICE = 3


class Buffer(Protocol):
    """A run of device memory, freed with its last reference."""

    @property
    def ptr(self) -> int: ...

    @property
    def nbytes(self) -> int: ...


class Event(Protocol):
    """A point in a stream's work."""

    def synchronize(self) -> None:
        """Waits on the host until the stream has come here."""
        ...


class Stream(Protocol):
    """Work that the device does in order."""

    @property
    def handle(self) -> int:
        """CUDA's ``cudaStream_t``."""
        ...

    def record(self) -> Event:
        """An event after all that was asked so far."""
        ...

    def wait(self, event: Event) -> None:
        """What is asked from now on begins after ``event``; the host does not wait."""
        ...

    def synchronize(self) -> None:
        """Waits on the host until everything asked so far is done."""
        ...


class Kernel(Protocol):
    """A compiled kernel."""

    def __call__(self, stream: Stream, grid: tuple[int, ...], block: tuple[int, ...], args: Sequence[Any]) -> None:
        """Asks ``stream`` to run it.  ``args`` are numpy scalars, structures by value among them."""
        ...


class Graph(Protocol):
    """Work that was recorded once and can be asked for as a whole."""

    def launch(self, stream: Stream) -> None: ...


@dataclass(frozen=True, slots=True, repr=False)
class DevicePlane:
    """A plane of a picture in device memory: address, shape and strides (bytes) of uint8 samples.

    ``owner`` keeps the memory alive.  CuPy, PyTorch and others read it through ``__cuda_array_interface__``.
    """

    ptr: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    owner: Any = None

    def __getitem__(self, part: tuple[slice, slice]) -> DevicePlane:
        """Rows and columns of the plane, as of an array; not a copy."""
        starts, stops, _ = zip(*(axis.indices(length) for axis, length in zip(part, self.shape, strict=False)), strict=True)
        offset = sum(start * stride for start, stride in zip(starts, self.strides, strict=False))
        sizes = tuple(stop - start for start, stop in zip(starts, stops, strict=True))
        return DevicePlane(self.ptr + offset, (*sizes, *self.shape[2:]), self.strides, self.owner)

    @property
    def pitch(self) -> int:
        """Bytes from one row to the next."""
        return self.strides[0]

    @property
    def row_bytes(self) -> int:
        """Bytes of a row without its padding."""
        return self.shape[1] * self.strides[1]

    @property
    def __cuda_array_interface__(self) -> dict[str, Any]:
        return {"shape": self.shape, "typestr": "|u1", "data": (self.ptr, False), "strides": self.strides, "version": 3}

    def __repr__(self) -> str:
        return f"DevicePlane({'×'.join(map(str, self.shape))}, pitch {self.pitch})"


class CudaRuntime(Protocol):
    """One GPU.  May be used from any thread."""

    index: int
    device: str
    """``"cuda:N"``, as in :attr:`dualface.types.Frame.device`."""
    gpu: str
    """Name and compute capability, fit for a file name."""

    def activate(self) -> None:
        """Makes the GPU the calling thread's; once for each thread before anything else."""
        ...

    def memory_info(self) -> tuple[int, int]:
        """Free and all memory, bytes."""
        ...

    def alloc(self, nbytes: int) -> Buffer:
        """Raises :class:`~dualface.errors.DeviceMemoryError`."""
        ...

    def pinned(self, nbytes: int) -> U8Array:
        """Page-locked main memory, uint8, 1-D.  Raises :class:`~dualface.errors.DeviceMemoryError`."""
        ...

    def stream(self) -> Stream: ...

    def default_stream(self) -> Stream:
        """CUDA's own stream 0, on which FFmpeg works."""
        ...

    def copy(
        self, direction: Direction, target: tuple[int, int], source: tuple[int, int], rows: tuple[int, int], stream: Stream
    ) -> None:
        """Asks ``stream`` to copy ``rows``, their bytes and their number, between ``(address, pitch)`` and another."""
        ...

    def compile(self, source: str, names: Sequence[str]) -> dict[str, Kernel]:
        """The ``extern "C"`` kernels of a ``.cu`` source that have these names.

        Raises :class:`~dualface.errors.DeviceError` when it can't be compiled.
        """
        ...

    def capture(self, stream: Stream, work: Callable[[], None]) -> Graph | None:
        """Records what ``work`` asks ``stream`` for, without doing it; ``None`` when that can't be recorded."""
        ...

    def import_plane(self, plane: Any) -> DevicePlane:
        """A plane of a PyAV frame in this GPU's memory; not a copy."""
        ...

    def export_plane(self, plane: DevicePlane, owner: Any) -> Any:
        """An object with ``__dlpack__`` for the plane; whoever takes it holds ``owner`` until done with it."""
        ...
