"""Detectors with one group of outputs for each of several cell sizes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dualface.types import F32Array

STRIDES = (8, 16, 32)
"""Pixels from one cell to the next in each group."""


def cell_corners(width: int, height: int, stride: int, repeat: int = 1) -> F32Array:
    """Top-left corners of a picture's cells, row by row, each ``repeat`` times; float32, shape (n, 2), x and y in cells."""
    rows, columns = height // stride, width // stride
    y, x = np.divmod(np.arange(rows * columns, dtype=np.int32), columns)
    return np.repeat(np.stack([x, y], 1), repeat, axis=0).astype(np.float32)


def group_shapes(width: int, height: int, channels: Sequence[int], anchors: int = 1) -> list[tuple[int, int]]:
    """Shapes of the outputs of all groups, sorted as in :func:`sort_outputs`."""
    shapes = [(anchors * (width // s) * (height // s), c) for c in channels for s in STRIDES]
    return sorted(shapes, key=lambda shape: (shape[1], -shape[0]))


def sort_outputs(outputs: Sequence[F32Array]) -> list[F32Array]:
    """By channels, then from small cells to large ones; exports differ in the order of their outputs."""
    return sorted(outputs, key=lambda output: (output.shape[-1:], -output.size))
