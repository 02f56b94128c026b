"""Frames as the pixel loops take them: one run of bytes for each plane, read with a step."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dualface.types import Frame, PixelFormat, U8Array

CHROMA_SHIFT = 0.25
"""Chroma columns sit on even luma columns: luma position ``x``, from the left edge, is ``x / 2 + CHROMA_SHIFT`` in chroma."""


class Grid(NamedTuple):
    """Where the samples of a component lie: sample ``(x, y)`` is byte ``offset + y * pitch + x * step``."""

    pitch: int
    step: int
    offset: int
    width: int
    height: int

    def part(self, x: int, y: int, width: int, height: int) -> Grid:
        """``width × height`` of these samples, from ``(x, y)`` on."""
        return Grid(self.pitch, self.step, self.offset + y * self.pitch + x * self.step, width, height)


class Component(NamedTuple):
    """The Y, U or V of a picture.  ``data``: uint8, 1-D and dense, from the plane's first byte to its last."""

    data: U8Array
    grid: Grid


def component(plane: U8Array, step: int = 1, first: int = 0) -> Component:
    """Every ``step``-th byte of each row of a plane, shape (h, w) or (h, w, step), from the row's byte ``first`` on.

    A view, not a copy; the padding between rows is part of it.
    Raises :class:`ValueError` when the bytes of a row don't lie side by side or rows run upwards in memory.
    """
    height, width = plane.shape[:2]
    pitch = plane.strides[0]
    if plane.strides[-1] != 1 or plane.strides[1] != step or pitch < 0:
        raise ValueError(f"bytes of a row must lie side by side, rows run down; the plane's strides are {plane.strides}")
    data = np.lib.stride_tricks.as_strided(plane, ((height - 1) * pitch + width * step,), (1,))
    return Component(data, Grid(pitch, step, first, width, height))


def components(frame: Frame) -> tuple[Component, Component, Component]:
    """Y, U and V of a frame in CPU memory, ``yuv420p`` or ``nv12``.  Raises as :func:`component` does."""
    y, *chroma = frame.planes
    if frame.format is PixelFormat.NV12:
        return component(y), component(chroma[0], 2), component(chroma[0], 2, 1)
    u, v = chroma
    return component(y), component(u), component(v)
