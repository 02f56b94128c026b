"""Frames as the pixel loops take them: one run of bytes for each plane, read with a step."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dualface.types import Frame, PixelFormat, U8Array


class Grid(NamedTuple):
    """Where the samples of a component lie: sample ``(x, y)`` is byte ``offset + y * pitch + x * step``."""

    pitch: int
    step: int
    offset: int
    width: int
    height: int


class Component(NamedTuple):
    """The Y, U or V of a picture.  ``data``: uint8, 1-D and dense, from the plane's first byte to its last."""

    data: U8Array
    grid: Grid


def flat(plane: U8Array) -> U8Array:
    """The bytes of a plane, padding between its rows included, as a 1-D view without a copy.

    Raises :class:`ValueError` when the samples of a row don't lie side by side.
    """
    dense = plane.strides[-1] == 1 and (plane.ndim == 2 or plane.strides[1] == plane.shape[2])
    if not dense or plane.strides[0] < 0:
        raise ValueError(f"rows of a plane must be dense, not of strides {plane.strides}")
    row = plane.shape[1] * (plane.shape[2] if plane.ndim == 3 else 1)
    return np.lib.stride_tricks.as_strided(plane, ((plane.shape[0] - 1) * plane.strides[0] + row,), (1,))


def components(frame: Frame) -> tuple[Component, Component, Component]:
    """Y, U and V of a frame in CPU memory, ``yuv420p`` or ``nv12``.  Raises :class:`ValueError` as :func:`flat` does."""
    half = ((frame.width + 1) // 2, (frame.height + 1) // 2)
    y, *chroma = frame.planes
    luma = Component(flat(y), Grid(y.strides[0], 1, 0, frame.width, frame.height))
    if frame.format is PixelFormat.NV12:
        data, pitch = flat(chroma[0]), chroma[0].strides[0]
        return luma, Component(data, Grid(pitch, 2, 0, *half)), Component(data, Grid(pitch, 2, 1, *half))
    u, v = (Component(flat(plane), Grid(plane.strides[0], 1, 0, *half)) for plane in chroma)
    return luma, u, v
