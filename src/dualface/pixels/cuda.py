"""The pixel loops on a GPU: the kernels of ``kernels/*.cu``, called with frames in GPU memory."""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from dualface.gpu.device_batch import DeviceBatch
from dualface.gpu.frames import surface_of, wait_for
from dualface.gpu.pool import BufferPool, Loan
from dualface.gpu.runtime import CudaRuntime, DevicePlane, Direction, Kernel, Stream
from dualface.pixels.color import rgb_coefficients
from dualface.pixels.planes import CHROMA_SHIFT
from dualface.pixels.source import Normalisation
from dualface.pixels.thumbnail import Thumbnail
from dualface.types import F32Array, F64Array, Frame, U8Array

_CONVERSION = np.dtype([("matrix", "f4", 7), ("mean", "f4", 3), ("scale", "f4", 3)])
_WARP = np.dtype([("matrix", "f8", 6)])
_BLOCK = (32, 8)
_THUMBNAIL_WIDTH = 128
_GREY = np.array([0.299, 0.587, 0.114], np.float32)


def load_kernels(runtime: CudaRuntime, file: str, *names: str) -> dict[str, Kernel]:
    """Kernels of ``kernels/<file>.cu``, compiled for this GPU.  Raises :class:`~dualface.errors.DeviceError`."""
    source = Path(__file__).with_name("kernels") / f"{file}.cu"
    return runtime.compile(source.read_text(encoding="utf-8"), names)


def launch(kernel: Kernel, stream: Stream, width: int, height: int, args: Sequence[Any]) -> None:
    """One thread for each of ``width × height``.  Plain ``int`` arguments are C's ``int``."""
    grid = (-(-width // _BLOCK[0]), -(-height // _BLOCK[1]))
    kernel(stream, grid, _BLOCK, [np.int32(arg) if isinstance(arg, int) else arg for arg in args])


def picture_args(planes: tuple[DevicePlane, DevicePlane], width: int, height: int) -> list[Any]:
    """An NV12 picture as every kernel takes it: both planes with their pitches, then its size."""
    y, uv = planes
    return [np.uint64(y.ptr), y.pitch, np.uint64(uv.ptr), uv.pitch, width, height]


class CudaPixels:
    """Small pictures of NV12 frames in GPU memory; a :class:`~dualface.pixels.source.PixelSource`.

    Each thread works on a stream of its own.  Only thumbnails and patches come to main memory.
    """

    def __init__(self, runtime: CudaRuntime) -> None:
        self._runtime = runtime
        self._kernels = load_kernels(runtime, "tensor", "to_rgb_float32", "thumbnail") | load_kernels(
            runtime, "warp", "warp_to_rgb"
        )
        self._lock = threading.Lock()
        self._pools: dict[int, BufferPool] = {}
        self._threads = threading.local()

    def thumbnail(self, frame: Frame) -> Thumbnail:
        width, height = _THUMBNAIL_WIDTH, max(round(frame.height * _THUMBNAIL_WIDTH / frame.width), 1)
        stream, nbytes = self._stream(), 3 * width * height
        loan, host = self._take(nbytes), self._pinned(nbytes)
        args = [*self._source(frame, stream), np.uint64(loan.buffer.ptr), width, height]
        launch(self._kernels["thumbnail"], stream, width, height, args)
        self._runtime.copy(Direction.TO_HOST, (host.ctypes.data, nbytes), (loan.buffer.ptr, nbytes), (nbytes, 1), stream)
        stream.synchronize()
        return Thumbnail(*host.copy().reshape(3, height, width))

    def pictures(self, frames: Sequence[Frame], width: int, height: int, normalisation: Normalisation) -> DeviceBatch:
        batch = self._batch(len(frames), width, height)
        for n, frame in enumerate(frames):
            out = np.uint64(batch.ptr + n * 12 * width * height)
            args = [*self._source(frame, batch.stream), out, width, height, _conversion(frame, normalisation)]
            launch(self._kernels["to_rgb_float32"], batch.stream, width, height, [*args, int(normalisation.bgr)])
        return self._keeping(batch, frames)

    def chips(
        self, frame: Frame, matrices: Sequence[F64Array], width: int, height: int, normalisation: Normalisation
    ) -> DeviceBatch:
        batch = self._batch(len(matrices), width, height)
        source, conversion = self._source(frame, batch.stream), _conversion(frame, normalisation)
        for n, matrix in enumerate(matrices):
            out = np.uint64(batch.ptr + n * 12 * width * height)
            taps = max(math.ceil(math.sqrt(abs(float(np.linalg.det(matrix[:, :2])))) / 2), 1)
            warps = _warp(matrix, 1.0, 0.0), _warp(matrix, 0.5, CHROMA_SHIFT)
            args = [*source, out, width, height, *warps, taps, conversion]
            launch(self._kernels["warp_to_rgb"], batch.stream, width, height, args)
        return self._keeping(batch, [frame])

    def luma(self, frame: Frame, matrix: F64Array, width: int, height: int) -> F32Array:
        grey: F32Array = np.tensordot(_GREY, self.patch(frame, matrix, width, height), 1).astype(np.float32)
        return grey

    def patch(self, frame: Frame, matrix: F64Array, width: int, height: int) -> F32Array:
        part: F32Array = self.chips(frame, [matrix], width, height, Normalisation()).to_host(self._runtime)[0]
        return part

    def close(self) -> None:
        """Frees what is not in use."""
        with self._lock:
            for pool in self._pools.values():
                pool.close()
            self._pools.clear()

    def _source(self, frame: Frame, stream: Stream) -> list[Any]:
        planes = surface_of(frame, self._runtime.device)
        wait_for(frame, stream)
        return picture_args(planes, frame.width, frame.height)

    def _batch(self, count: int, width: int, height: int) -> DeviceBatch:
        return DeviceBatch(self._take(12 * count * width * height), (count, 3, height, width), self._stream())

    @staticmethod
    def _keeping(batch: DeviceBatch, frames: Sequence[Frame]) -> DeviceBatch:
        assert isinstance(batch.loan, Loan)
        batch.loan.keeps = [frame.owner for frame in frames]  # the kernels have not read them yet
        return batch

    def _take(self, nbytes: int) -> Loan:
        with self._lock:
            if nbytes not in self._pools:
                self._pools[nbytes] = BufferPool(self._runtime, nbytes)
            pool = self._pools[nbytes]
        return pool.take()

    def _stream(self) -> Stream:
        if not hasattr(self._threads, "stream"):
            self._threads.stream = self._runtime.stream()
        stream: Stream = self._threads.stream
        return stream

    def _pinned(self, nbytes: int) -> U8Array:
        if getattr(self._threads, "pinned", None) is None or len(self._threads.pinned) != nbytes:
            self._threads.pinned = self._runtime.pinned(nbytes)
        pinned: U8Array = self._threads.pinned
        return pinned


def _conversion(frame: Frame, normalisation: Normalisation) -> Any:
    conversion = np.zeros((), _CONVERSION)
    conversion["matrix"] = rgb_coefficients(frame.color, frame.height)
    conversion["mean"], conversion["scale"] = normalisation.mean, 1 / normalisation.divisor
    return conversion[()]


def _warp(matrix: F64Array, scale: float, shift: float) -> Any:
    warp = np.zeros((), _WARP)
    own = matrix * scale
    own[:, 2] += (shift - 0.5, -0.5)
    warp["matrix"] = own.ravel()
    return warp[()]
