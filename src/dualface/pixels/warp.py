"""A turned and scaled part of a frame as RGB, straight from the decoder's planes: what a face is recognised by."""

from __future__ import annotations

import math

import numpy as np

from dualface.pixels.color import rgb_coefficients
from dualface.pixels.jit import kernel
from dualface.pixels.planes import CHROMA_SHIFT, Grid, components
from dualface.pixels.signature import PLANE, ArrayOf
from dualface.pixels.tensor import yuv_to_rgb
from dualface.types import F32Array, F64Array, Frame, U8Array

_COARSE = 3.0
"""Pixels of the frame from sample to sample where a picture is only compared with its like."""


@kernel()
def _bilinear(data: U8Array, source: Grid, x: float, y: float) -> float:
    """The component at ``(x, y)``, counted from its top-left sample's centre; its edges are continued outside."""
    x, y = min(max(x, 0.0), source.width - 1.0), min(max(y, 0.0), source.height - 1.0)
    left, top = int(x), int(y)
    right, low = min(left + 1, source.width - 1), min(top + 1, source.height - 1)
    fx, fy = x - left, y - top
    a, b = source.offset + top * source.pitch, source.offset + low * source.pitch
    above = data[a + left * source.step] * (1 - fx) + data[a + right * source.step] * fx
    below = data[b + left * source.step] * (1 - fx) + data[b + right * source.step] * fx
    value: float = above * (1 - fy) + below * fy
    return value


@kernel((PLANE, Grid, ArrayOf("float64", 2), int, ArrayOf("float32", 2)))
def _warp_component(data: U8Array, source: Grid, matrix: F64Array, taps: int, out: F32Array) -> None:
    """Fills ``out`` (h, w); ``matrix`` (2, 3) takes its pixels' indices to those of the component's samples.

    Each value is the mean of ``taps × taps`` bilinear samples spread evenly over the pixel's cell.
    """
    rows, columns = out.shape
    share = np.float32(1 / (taps * taps))
    for row in range(rows):
        for column in range(columns):
            total = 0.0
            for i in range(taps):
                v = row + (i + 0.5) / taps - 0.5
                for k in range(taps):
                    u = column + (k + 0.5) / taps - 0.5
                    x = matrix[0, 0] * u + matrix[0, 1] * v + matrix[0, 2]
                    y = matrix[1, 0] * u + matrix[1, 1] * v + matrix[1, 2]
                    total += _bilinear(data, source, x, y)
            out[row, column] = np.float32(total) * share


def warp_to_rgb(frame: Frame, matrix: F64Array, out: F32Array) -> None:
    """Fills ``out`` with the part of ``frame`` (CPU) that ``matrix`` points to.

    ``out``: float32, C-contiguous, shape (3, h, w), R, G, B 0…255, not rounded.  ``matrix``: float64, shape (2, 3); it takes
    ``(x, y, 1)`` of ``out``, counted from its top-left pixel's *centre*, to pixels of the frame, counted from its top-left
    *corner*.  Up to twofold reduction is bilinear, beyond it averages as many such samples as the reduction needs.  What lies
    outside the frame continues its edge.  Raises :class:`ValueError` when the samples of a row don't lie side by side.
    """
    taps = _taps(matrix)
    for component, scale, shift, plane in zip(
        components(frame), (1.0, 0.5, 0.5), (0.0, CHROMA_SHIFT, CHROMA_SHIFT), out, strict=True
    ):
        own = matrix * scale
        own[:, 2] += (shift - 0.5, -0.5)
        _warp_component(*component, own, taps, plane)
    yuv_to_rgb(out, rgb_coefficients(frame.color, frame.height), False)


def warp_to_luma(frame: Frame, matrix: F64Array, out: F32Array) -> None:
    """As :func:`warp_to_rgb`, but only the luma, as it is in the frame.

    ``out``: float32, C-contiguous, shape (h, w), 0…255.
    """
    own = matrix.copy()
    own[:, 2] -= 0.5
    _warp_component(*components(frame)[0], own, _taps(matrix, _COARSE), out)


def _taps(matrix: F64Array, pitch: float = 2.0) -> int:
    """Samples an axis and pixel that a reduction needs to have one every ``pitch`` pixels of the frame."""
    reduction = math.sqrt(abs(float(np.linalg.det(matrix[:, :2]))))
    return max(math.ceil(reduction / pitch), 1)
