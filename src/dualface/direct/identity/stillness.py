"""Whether a face lives: a portrait on the wall, a poster or a still on a screen never changes its look."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from dualface.likeness import breadth_of, turn_of
from dualface.types import ObservedFace

_LEAST_SECONDS, _LONG_SECONDS = 2.0, 4.0
"""Nobody is told for a picture sooner, and before the second not by the shape alone: who listens may keep still for a while."""
_STILL = 0.018
"""Sum of the deviations of four shares of a face: 0.003 to 0.014 for portraits in noisy footage, 0.03 and more for people; over
a shorter time it is less for both.
"""
_ALIKE = 0.995
"""Cosine of any two looks at a picture at least, 0.999 and more; of people who keep still it is 0.994 at most."""
_LEAST_FACES = 10


def is_lifeless(faces: Sequence[ObservedFace], seconds: float) -> bool:
    """Whether these sightings of one face, in so many seconds, are of a picture.

    Where it is in the frame does not matter: a picture moves when the camera does.
    """
    shapes = [_shape(face) for face in faces if face.landmarks is not None]
    if seconds < _LEAST_SECONDS or len(shapes) < _LEAST_FACES or len(shapes) < len(faces) / 2:
        return False
    moved = float(np.std(shapes, axis=0).sum())
    if moved > _STILL * math.sqrt(min(seconds / _LONG_SECONDS, 1.0)):
        return False
    return seconds >= _LONG_SECONDS or _looks_alike(faces)


def _looks_alike(faces: Sequence[ObservedFace]) -> bool:
    """Whether there are several looks, and none differs from another."""
    looks = [face.look.embedding.astype(np.float64) for face in faces if face.look is not None]
    if len(looks) < 2:
        return False
    vectors = np.stack([look / np.linalg.norm(look) for look in looks])
    return float((vectors @ vectors.T).min()) >= _ALIKE


def _shape(face: ObservedFace) -> tuple[float, float, float, float]:
    """How it is turned to the side, how broad it looks, the mouth's width and the nose's height, as shares of the face."""
    marks, box = face.landmarks or (), face.box
    height = max(box.h, 1.0)
    mouth = math.hypot(marks[3][0] - marks[4][0], marks[3][1] - marks[4][1])
    return turn_of(marks), breadth_of(marks), mouth / height, (marks[2][1] - box.y) / height
