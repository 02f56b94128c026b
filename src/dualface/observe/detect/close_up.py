"""Faces that are larger than the picture: looked for in the picture at half its size, with a margin around it.

Detectors are made for faces that are seen whole, and find none of more than about 1.2 times the picture's height.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dualface.types import Box, Detection, Frame

_GREY = 128


def at_half_size(frame: Frame) -> Frame:
    """The frame, in main memory, at half its size in the middle of one as large; every other pixel is enough for this."""
    x, y = _corner(frame)
    planes = []
    for k, plane in enumerate(frame.planes):
        half = plane[::2, ::2]
        left, top = (x, y) if k == 0 else (x // 2, y // 2)
        around = np.full_like(plane, _GREY)
        around[top : top + half.shape[0], left : left + half.shape[1]] = half
        planes.append(around)
    return replace(frame, planes=tuple(planes), content=None)


def at_full_size(face: Detection, frame: Frame) -> Detection:
    """A face found at half size, where it is in the frame."""
    x, y = _corner(frame)
    b = face.box
    box = Box(2 * (b.x - x), 2 * (b.y - y), 2 * b.w, 2 * b.h)
    marks = None if face.landmarks is None else (2 * (face.landmarks - np.array([x, y], np.float32))).astype(np.float32)
    return Detection(box, face.score, marks)


def _corner(frame: Frame) -> tuple[int, int]:
    """Where the half-size picture begins; even, so that chroma samples align."""
    return frame.width // 8 * 2, frame.height // 8 * 2
