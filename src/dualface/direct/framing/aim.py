"""What a virtual camera is told, and what it aims at."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import NamedTuple

from dualface.types import Box

EYE_LINE = 0.42
"""Height of the eyes below the top of a face box, as a share of the box, where a detector gives no landmarks."""

LYING = 1.2
"""Width of the box of a face whose head is tilted by a right angle, in its heights when upright: 1.1 to 1.2 by CenterFace."""


@dataclass(frozen=True, slots=True)
class CameraTarget:
    """A tile's person in one frame: the face and the midpoint of the eyes (``None`` without landmarks), source pixels.

    ``within`` is the part of the frame that the camera must not leave, ``None`` for the whole frame.
    """

    face: Box
    eyes: tuple[float, float] | None
    track_id: int
    within: Box | None = None


class Aim(NamedTuple):
    """The face's centre line, the line of the eyes and a size, all in source pixels.

    The size is the face's height while a person is observed, and the crop's height once it is a camera's path.
    """

    x: float
    y: float
    size: float


def aim_at(target: CameraTarget | None, frame: Box) -> Aim | None:
    """Where a camera should look; ``None`` for a person unseen, or a box that is no number, empty or off the frame."""
    if target is None or not all(isfinite(v) for v in target.face):
        return None
    face = target.face
    sensible = 0 < face.w <= 2 * frame.w and 0 < face.h <= 2 * frame.h
    if not (sensible and face.x < frame.w and face.right > 0 and face.bottom > 0):
        return None
    eyes = target.eyes[1] if target.eyes is not None else face.y + EYE_LINE * face.h
    if not face.y <= eyes <= face.bottom:  # also when it is no number
        eyes = face.y + EYE_LINE * face.h
    return Aim(face.cx, eyes, max(face.h, face.w / LYING))
