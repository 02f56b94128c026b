"""Frames between main memory and a GPU's: the few that must cross.  Every byte is counted by whoever asks for it."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace

from dualface.gpu.frames import nv12_bytes, nv12_planes, pitch_of
from dualface.gpu.pool import BufferPool
from dualface.gpu.runtime import CudaRuntime, DevicePlane, Direction, Event
from dualface.types import Frame, PixelFormat, U8Array

_STAGES = 3
"""Frames that may be on their way at a time."""


def host_planes(memory: U8Array, width: int, height: int) -> tuple[U8Array, U8Array]:
    """Y and UV of an NV12 picture in main memory, laid out as :func:`~dualface.gpu.frames.nv12_planes` does on the device."""
    pitch, rows = pitch_of(width + width % 2), (height + 1) // 2
    whole = memory[: pitch * (height + rows)].reshape(height + rows, pitch)
    return whole[:height, :width], whole[height:, : width + width % 2].reshape(rows, (width + 1) // 2, 2)


@dataclass(slots=True)
class _Stage:
    memory: U8Array
    done: Event | None = None


class Uploader:
    """Copies frames of one size from main memory to the GPU, one copy each; from one thread."""

    def __init__(self, runtime: CudaRuntime, width: int, height: int) -> None:
        self._runtime = runtime
        self._size = width, height
        self.nbytes = nv12_bytes(width, height)
        """What one frame moves."""
        self._pool = BufferPool(runtime, self.nbytes)
        self._stream = runtime.stream()
        self._stages = deque(_Stage(runtime.pinned(self.nbytes)) for _ in range(_STAGES))

    def upload(self, frame: Frame) -> Frame:
        """``frame`` as NV12 on the GPU.  Raises :class:`~dualface.errors.DeviceMemoryError` when there is no room for it."""
        stage = self._stages.popleft()
        self._stages.append(stage)
        if stage.done is not None:
            stage.done.synchronize()
        y, uv = host_planes(stage.memory, *self._size)
        y[:] = frame.planes[0]
        if frame.format is PixelFormat.NV12:
            uv[:] = frame.planes[1]
        else:
            uv[:, :, 0], uv[:, :, 1] = frame.planes[1:]
        loan = self._pool.take()
        planes = nv12_planes(loan.buffer.ptr, *self._size)
        self._runtime.copy(
            Direction.TO_DEVICE, (loan.buffer.ptr, self.nbytes), (stage.memory.ctypes.data, self.nbytes), (self.nbytes, 1),
            self._stream,
        )  # fmt: skip
        loan.ready = stage.done = self._stream.record()
        return replace(frame, planes=planes, format=PixelFormat.NV12, device=self._runtime.device, owner=loan)

    def close(self) -> None:
        """Waits for the copies under way and frees the frames that are not in use."""
        self._stream.synchronize()
        self._pool.close()


class Downloader:
    """Copies NV12 frames of one size to page-locked main memory, asynchronously; from one thread.

    ``slots`` frames may be in main memory at a time; the oldest is written over by the next.
    """

    def __init__(self, runtime: CudaRuntime, width: int, height: int, slots: int) -> None:
        self._runtime = runtime
        self._size = width, height
        self.nbytes = width * height * 3 // 2
        """What one frame moves, for even sizes."""
        self._stream = runtime.stream()
        self._memory = [runtime.pinned(nv12_bytes(width, height)) for _ in range(slots)]
        self._next = 0

    def start(self, frame: Frame) -> Download:
        """Asks for the copy; the frame's memory is kept until it is done."""
        memory = self._memory[self._next]
        self._next = (self._next + 1) % len(self._memory)
        if getattr(frame.owner, "ready", None) is not None:
            self._stream.wait(frame.owner.ready)
        planes = host_planes(memory, *self._size)
        for source, target in zip(frame.planes, planes, strict=True):
            self._copy(source, target)
        return Download(replace(frame), planes, self._stream.record())  # the caller may let go of its frame's memory at once

    def _copy(self, source: DevicePlane, target: U8Array) -> None:
        rows = (source.row_bytes, source.shape[0])
        self._runtime.copy(
            Direction.TO_HOST, (target.ctypes.data, target.strides[0]), (source.ptr, source.pitch), rows, self._stream
        )

    def close(self) -> None:
        """Waits for the copies under way."""
        self._stream.synchronize()


@dataclass(frozen=True, slots=True)
class Download:
    """A copy under way.  ``frame`` holds the memory that is read, so that nobody writes it again before."""

    frame: Frame
    planes: tuple[U8Array, U8Array]
    done: Event

    def finish(self) -> Frame:
        """The frame in main memory; waits for it.  Valid until the downloader has started ``slots`` others."""
        self.done.synchronize()
        return replace(self.frame, planes=self.planes, device="cpu", owner=None)
