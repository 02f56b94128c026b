"""Frames as the pixel loops take them: one run of samples for each plane, read with a step."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from dualface.types import Frame, PixelFormat, U8Array, U16Array

CHROMA_SHIFT = 0.25
"""Chroma columns sit on even luma columns: luma position ``x``, from the left edge, is ``x / 2 + CHROMA_SHIFT`` in chroma."""


class Grid(NamedTuple):
    """Where the samples of a component lie: ``(x, y)`` is number ``offset + y * pitch + x * step``."""

    pitch: int
    step: int
    offset: int
    width: int
    height: int

    def part(self, x: int, y: int, width: int, height: int) -> Grid:
        """``width × height`` of these samples, from ``(x, y)`` on."""
        return Grid(self.pitch, self.step, self.offset + y * self.pitch + x * self.step, width, height)


class Component(NamedTuple):
    """The Y, U or V of a picture.  ``data``: uint8 or uint16, 1-D and dense, from the plane's first sample to its last."""

    data: Any
    grid: Grid


def component(plane: U8Array | U16Array, step: int = 1, first: int = 0) -> Component:
    """Every ``step``-th sample of each row of a plane, shape (h, w) or (h, w, step), from the row's sample ``first`` on.

    A view, not a copy; the padding between rows is part of it.
    Raises :class:`ValueError` when the samples of a row don't lie side by side or rows run upwards in memory.
    """
    height, width = plane.shape[:2]
    size = plane.itemsize
    pitch = plane.strides[0] // size
    if plane.strides[-1] != size or plane.strides[1] != step * size or pitch < 0 or plane.strides[0] % size:
        raise ValueError(f"samples of a row must lie side by side, rows run down; the plane's strides are {plane.strides}")
    data = np.lib.stride_tricks.as_strided(plane, ((height - 1) * pitch + width * step,), (size,))
    return Component(data, Grid(pitch, step, first, width, height))


def deep_components(frame: Frame) -> tuple[Component, Component, Component]:
    """Y, U and V of :attr:`~dualface.types.Frame.deep`.  Raises :class:`ValueError` where a frame has none."""
    if frame.deep is None or any(plane.dtype != np.uint16 for plane in frame.deep):
        raise ValueError("it has no planes of 10 bits")
    y, u, v = frame.deep
    return component(y), component(u), component(v)


def components(frame: Frame) -> tuple[Component, Component, Component]:
    """Y, U and V of a frame in CPU memory, ``yuv420p`` or ``nv12``.  Raises as :func:`component` does."""
    y, *chroma = frame.planes
    if frame.format is PixelFormat.NV12:
        return component(y), component(chroma[0], 2), component(chroma[0], 2, 1)
    u, v = chroma
    return component(y), component(u), component(v)
