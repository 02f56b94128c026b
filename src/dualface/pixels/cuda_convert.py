"""Conversions of a decoder's pictures on a GPU: the kernels of ``kernels/convert.cu``."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from dualface.gpu.frames import pitch_of
from dualface.gpu.pool import BufferPool, Loan
from dualface.gpu.runtime import Buffer, CudaRuntime, DevicePlane, Direction, Event
from dualface.pixels.color import rgb_coefficients
from dualface.pixels.cuda import launch, load_kernels, picture_args
from dualface.pixels.part import chroma_part, luma_part
from dualface.types import Box, ColorTags, F32Array

Planes = tuple[DevicePlane, DevicePlane]
_VIEW = [("data", "u8"), ("dx", "i8"), ("dy", "i8")]
_SOURCE = np.dtype([("luma", _VIEW), ("chroma", _VIEW), ("size", "i4", 2)])
_TAPS = np.dtype([("weight", "f4", 4), ("first", "i4")])
_LEVELS = np.dtype([("gains", "f4", 4)])
_MATRIX = np.dtype([("numbers", "f4", 7)])
_UPSAMPLING = np.dtype([("across", _TAPS, 2), ("down", _TAPS, 2)])
_SHOWN = np.dtype([("luma", "i8", 4), ("chroma", "i8", 4)])
_UNDER_WAY = 4
"""Sources that are kept until what reads them is done."""
_SHARPNESS = 0.6
"""C of the cubic filter by which FFmpeg's scaler moves chroma (Mitchell and Netravali, 1988, with B = 0)."""


class Turn(NamedTuple):
    """First columns and rows of the source may be counted from their ends, then they may change places."""

    columns: bool = False
    rows: bool = False
    swap: bool = False


class Siting(NamedTuple):
    """Where a chroma sample lies, in luma samples right of and below the first of the 2 x 2 luma samples it belongs to."""

    x: float = 0.0
    y: float = 0.5

    def turned(self, turn: Turn, width: int, height: int) -> Siting:
        """The same in a picture of ``width × height`` after ``turn``."""
        x = 1 - width % 2 - self.x if turn.columns else self.x
        y = 1 - height % 2 - self.y if turn.rows else self.y
        return Siting(y, x) if turn.swap else Siting(x, y)


LEFT = Siting()


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture in GPU memory, samples of 8 bits (NV12) or in the upper bits of 16 (P010, P016)."""

    planes: Planes
    width: int
    height: int

    @property
    def deep(self) -> bool:
        return self.planes[0].strides[-1] == 2


class ToneTable:
    """A table from R′G′B′ to R′G′B′ in GPU memory."""

    def __init__(self, runtime: CudaRuntime, colours: F32Array) -> None:
        """``colours``: shape (n, n, n, 3), by blue, green, red, 0…1.  Waits for the copy."""
        self.size = len(colours)
        host = runtime.pinned(16 * self.size**3)
        host.view(np.float32).reshape(-1, 4)[:, :3] = colours.reshape(-1, 3)
        self._buffer: Buffer = runtime.alloc(host.size)
        stream = runtime.default_stream()
        runtime.copy(Direction.TO_DEVICE, (self._buffer.ptr, host.size), (host.ctypes.data, host.size), (host.size, 1), stream)
        stream.synchronize()

    @property
    def ptr(self) -> int:
        return self._buffer.ptr


class CudaConverter:
    """Makes NV12 pictures of others, in pooled memory.

    It works on the stream on which FFmpeg's decoder does, so that a source is there before it is read and not written again
    before it was, without waiting.  From one thread.
    """

    def __init__(self, runtime: CudaRuntime) -> None:
        self._runtime, self._stream = runtime, runtime.default_stream()
        self._kernels = load_kernels(runtime, "convert", "repack8", "repack16", "tone_map8", "tone_map16", "deinterlace")
        self._kernels |= load_kernels(runtime, "compose", "show")
        self._pools: dict[int, BufferPool] = {}
        self._sources: deque[tuple[Event, Any]] = deque()

    def repacked(self, source: Picture, turn: Turn, siting: Siting, *, full_range: bool) -> tuple[Picture, Loan]:
        """Turned, with 8 bits and limited range; chroma that lies at ``siting`` comes out sited left.

        ``full_range``: of the source.  Sample for sample, without any filter, where chroma lies left and no level changes.
        """
        made, loan = self._turned(source, turn)
        gains = (219 / 255, 16.0, 224 / 255, 128 - 128 * 224 / 255) if full_range else (1.0, 0.0, 1.0, 0.0)
        levels = np.array((gains,), _LEVELS)[()]
        place = siting if siting == LEFT else siting.turned(turn, source.width, source.height)
        across, down = _taps((LEFT.x - place.x) / 2), _taps((LEFT.y - place.y) / 2)
        self._launch("repack", source, turn, made, [levels, np.array(across, _TAPS)[()], np.array(down, _TAPS)[()]])
        return made, loan

    def tone_mapped(
        self, source: Picture, turn: Turn, siting: Siting, color: ColorTags, table: ToneTable
    ) -> tuple[Picture, Loan]:
        """Turned, and its colours by ``table``, as BT.709 in limited range.  ``color``: its matrix and range now."""
        made, loan = self._turned(source, turn)
        place = siting if siting == LEFT else siting.turned(turn, source.width, source.height)
        ways = [[_taps((odd - at) / 2) for odd in (0, 1)] for at in place]
        matrix = np.array((rgb_coefficients(color, source.height),), _MATRIX)[()]
        args = [matrix, np.array(tuple(ways), _UPSAMPLING)[()], np.uint64(table.ptr), table.size]
        self._launch("tone_map", source, turn, made, args)
        loan.keeps = table
        return made, loan

    def deinterlaced(
        self, now: Picture, neighbours: tuple[Picture, Picture], *, top_first: bool, alone: bool
    ) -> tuple[Picture, Loan]:
        """``now``, an NV12 picture of two fields, at the time of the first one.

        ``neighbours``: the pictures before and after it, of the same size.  ``alone``: none is before, ``now`` stands for it.
        """
        made, loan = self._take(now.width, now.height)
        before, after = neighbours
        for n, out in enumerate(made.planes):
            sources = [(np.uint64(picture.planes[n].ptr), picture.planes[n].pitch) for picture in (before, now, after)]
            size = out.row_bytes, out.shape[0]
            args = [*sum(sources, ()), np.uint64(out.ptr), out.pitch, *size, int(not top_first), int(alone)]
            launch(self._kernels["deinterlace"], self._stream, *size, args)
        self._done_with(before, now, after)
        return made, loan

    def resized(self, source: Picture, width: int, height: int) -> tuple[Picture, Loan]:
        """An NV12 picture in another size, by the filter that tiles are composed with."""
        made, loan = self._take(width, height)
        whole, out = Box(0.0, 0.0, float(source.width), float(source.height)), (width + width % 2, height + height % 2)
        shown = np.zeros((), _SHOWN)
        shown["luma"], shown["chroma"] = luma_part(whole, width, height), chroma_part(whole, width, height)
        args = [*picture_args(source.planes, source.width, source.height), *picture_args(made.planes, 0, 0), *out, shown[()]]
        launch(self._kernels["show"], self._stream, out[0] // 2, out[1] // 2, args)
        self._done_with(source)
        return made, loan

    def finished(self, loan: Loan) -> Loan:
        """``loan``, which tells from now on when what was asked for so far is done."""
        loan.ready = self._stream.record()
        return loan

    def close(self) -> None:
        """Waits for what was asked for and frees what is not in use."""
        self._stream.synchronize()
        self._sources.clear()
        for pool in self._pools.values():
            pool.close()

    def _turned(self, source: Picture, turn: Turn) -> tuple[Picture, Loan]:
        size = (source.height, source.width) if turn.swap else (source.width, source.height)
        return self._take(*size)

    def _launch(self, kernel: str, source: Picture, turn: Turn, made: Picture, args: list[Any]) -> None:
        packed = np.zeros((), _SOURCE)
        packed["luma"] = _view(source.planes[0], source.width, source.height, turn)
        packed["chroma"] = _view(source.planes[1], (source.width + 1) // 2, (source.height + 1) // 2, turn)
        packed["size"] = made.width, made.height
        threads = (made.width + 1) // 2, (made.height + 1) // 2
        picture = picture_args(made.planes, made.width, made.height)
        name = f"{kernel}{16 if source.deep else 8}"
        launch(self._kernels[name], self._stream, *threads, [packed[()], *picture, *args])
        self._done_with(source)

    def _done_with(self, *sources: Picture) -> None:
        """Lets go of the sources of some frames before, which by now nobody reads."""
        self._sources.append((self._stream.record(), sources))
        while len(self._sources) > _UNDER_WAY:
            event, _ = self._sources.popleft()
            event.synchronize()

    def _take(self, width: int, height: int) -> tuple[Picture, Loan]:
        """Memory for a picture; with the last row and column, where they are odd, there is another that may be written."""
        pitch, rows, columns = pitch_of(width + width % 2), (height + 1) // 2, (width + 1) // 2
        nbytes = 3 * pitch * rows
        pool = self._pools.setdefault(nbytes, BufferPool(self._runtime, nbytes))
        loan = pool.take()
        y = DevicePlane(loan.buffer.ptr, (height, width), (pitch, 1))
        uv = DevicePlane(loan.buffer.ptr + 2 * pitch * rows, (rows, columns, 2), (pitch, 2, 1))
        return Picture((y, uv), width, height), loan


def _view(plane: DevicePlane, width: int, height: int, turn: Turn) -> tuple[int, int, int]:
    down, across = plane.strides[:2]
    start = plane.ptr + (width - 1) * across * turn.columns + (height - 1) * down * turn.rows
    across, down = -across if turn.columns else across, -down if turn.rows else down
    return (start, down, across) if turn.swap else (start, across, down)


def _taps(position: float) -> tuple[list[float], int]:
    """The cubic filter around a place between samples: four weights and the index of the first sample."""
    first = int(np.floor(position)) - 1
    distances = np.abs(position - (first + np.arange(4)))
    c = _SHARPNESS
    near = (2 - c) * distances**3 - (3 - c) * distances**2 + 1
    far = -c * distances**3 + 5 * c * distances**2 - 8 * c * distances + 4 * c
    weights = np.where(distances < 1, near, np.where(distances < 2, far, 0.0))
    return [float(weight) for weight in weights], first
