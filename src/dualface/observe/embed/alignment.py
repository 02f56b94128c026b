"""Where a face's landmarks put it: the similarity that lays a template over a face."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from dualface.types import F64Array


def similarity(template: ArrayLike, landmarks: ArrayLike) -> F64Array:
    """The turn, scale and shift, without mirroring, that take ``template`` nearest to ``landmarks`` in the least squares sense.

    Both: shape (n, 2), x and y.  Float64, shape (2, 3): ``landmark ≈ matrix @ (x, y, 1)`` (Umeyama, "Least-squares estimation
    of transformation parameters between two point patterns", 1991; in the plane, with points as complex numbers, the
    solution is one quotient).  With the template in pixels of a chip, counted from its first pixel's centre, this is what
    :func:`~dualface.pixels.warp.warp_to_rgb` takes.  Raises :class:`ValueError` when no scale above 0 fits.
    """
    a, b = _complex(template), _complex(landmarks)
    middle, where = a.sum() / len(a), b.sum() / len(b)
    p = a - middle
    factor = np.vdot(p, b) / max(np.vdot(p, p).real, 1e-12)
    if abs(factor) < 1e-6:
        raise ValueError("the landmarks of a face lie in one place or are in disorder")
    shift = where - factor * middle
    return np.array([[factor.real, -factor.imag, shift.real], [factor.imag, factor.real, shift.imag]])


def _complex(points: ArrayLike) -> np.ndarray[tuple[int], np.dtype[np.complex128]]:
    return np.ascontiguousarray(points, np.float64).view(np.complex128)[:, 0]
