"""What somebody wears: the colours below the face."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from dualface.likeness import histogram_of_clothes
from dualface.pixels.source import CpuPixels
from dualface.types import Box, F32Array, F64Array, Frame, U8Array

Patch = Callable[[Frame, F64Array, int, int], F32Array]
"""A part of a frame in main memory; see :meth:`dualface.pixels.source.PixelSource.patch`."""

_COLUMNS, _ROWS = 16, 13
_BESIDE, _BELOW, _DOWN = 1.0, 0.33, 1.75
"""The part that is looked at, in faces: so far to both sides of the face's middle, and from here to here below the chin."""
_LEAST = 0.4
"""Share of that part that must be in the picture."""


class ClothesDescriber:
    """Describes what is worn below a face; ``patch`` reads frames where they are."""

    def __init__(self, patch: Patch) -> None:
        self._patch = patch

    def describe(self, frame: Frame, face: Box) -> U8Array | None:
        """See :func:`clothes_of`."""
        return clothes_of(frame, face, self._patch)


def clothes_of(frame: Frame, face: Box, patch: Patch | None = None) -> U8Array | None:
    """The colours worn below ``face``, as :func:`~dualface.likeness.histogram_of_clothes` counts them.

    ``patch`` reads frames that are not in main memory.  ``None`` where too little of the body is in the picture.
    """
    left, right = max(face.cx - _BESIDE * face.w, 0.0), min(face.cx + _BESIDE * face.w, frame.width)
    top, bottom = face.bottom + _BELOW * face.h, min(face.bottom + _DOWN * face.h, frame.height)
    whole = 2 * _BESIDE * face.w * (_DOWN - _BELOW) * face.h
    if right <= left or bottom <= top or (right - left) * (bottom - top) < _LEAST * whole:
        return None
    dx, dy = (right - left) / _COLUMNS, (bottom - top) / _ROWS
    places = np.array([[dx, 0.0, left + dx / 2], [0.0, dy, top + dy / 2]])
    return histogram_of_clothes((patch or CpuPixels().patch)(frame, places, _COLUMNS, _ROWS))
