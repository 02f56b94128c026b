"""How people in made-up footage move on the spot: sway, nod, turn, blink, talk.

Lengths are in face heights, measured from the middle of the face; angles in radians.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from dualface.types import Box, F32Array, F64Array

STEPS = 144
"""Points an axis of the displacement maps; fine enough for an eyelid."""

NECK = 0.68
"""Where the head tilts upon, below the middle of the face."""


class Pose(NamedTuple):
    """How a person holds themselves at one moment; ``mouth`` and ``blink`` are 0…1, ``profile`` is 0, frontal, to 1: the head
    is turned so far that it looks narrower and the nose stands under an eye.
    """

    lean: float
    breath: float
    head_x: float
    head_y: float
    tilt: float
    turn: float
    mouth: float
    blink: float
    profile: float = 0.0

    @property
    def face_shift(self) -> tuple[float, float]:
        """How far the middle of the face is from where it is at rest, right and down."""
        return self.head_x + NECK * self.tilt, self.head_y


class Features(NamedTuple):
    """A portrait's geometry in pixels of its picture, as CenterFace finds it: face, and eyes and mouth as (x, y)."""

    face: Box
    left_eye: tuple[float, float]
    right_eye: tuple[float, float]
    mouth: tuple[float, float]

    def mirrored(self, width: int) -> Features:
        """The same in the mirrored picture, ``width`` pixels wide."""
        right, left, mouth = ((width - x, y) for x, y in (self.left_eye, self.right_eye, self.mouth))
        return Features(Box(width - self.face.right, *self.face[1:]), left, right, mouth)


def pose_at(seed: int, time: float) -> Pose:
    """The pose of person ``seed`` at ``time`` seconds; the same for the same arguments."""
    phases = np.random.default_rng(seed).uniform(0, 2 * math.pi, 12).tolist()

    def wave(period: float, k: int) -> float:
        return math.sin(2 * math.pi * time / period + phases[k])

    talking = min(max(wave(7.3, 0) * 2 + 0.6, 0.0), 1.0)
    syllables = abs(wave(0.61, 1) * 0.7 + wave(0.37, 2) * 0.5)
    since_blink = (time + phases[3]) % (2.9 + 0.25 * phases[4])
    return Pose(
        lean=0.008 * wave(5.7, 5) + 0.004 * wave(3.1, 6),
        breath=1 + 0.005 * wave(3.7, 7),
        head_x=0.022 * wave(4.3, 8) + 0.010 * wave(1.9, 9),
        head_y=0.014 * wave(2.7, 10) + 0.012 * talking * wave(1.13, 11),
        tilt=0.030 * wave(4.9, 6) + 0.010 * wave(1.7, 8),
        turn=0.030 * wave(3.3, 5) + 0.015 * talking * wave(1.5, 7),
        mouth=talking * min(syllables, 1.0),
        blink=max(0.0, 1 - abs(since_blink - 0.12) / 0.10),
    )


def motion_maps(size: tuple[int, int], features: Features) -> F32Array:
    """What each of a pose's local movements does to a picture of ``size`` (width, height).

    Returns float32, (7, 2, STEPS, STEPS): ``head_x``, ``head_y``, ``tilt``, ``turn``, ``mouth``, ``blink`` and ``profile`` at
    1: how far beside itself each point is read, right and down, in shares of the picture's width and height.
    """
    unit, face = features.face.h, features.face
    steps = np.linspace(0, 1, STEPS)
    x = (steps[None, :] * size[0] - face.cx) / unit
    y = (steps[:, None] * size[1] - face.cy) / unit
    head = 1 - _smooth((y - 0.42) / 0.5) + 0 * x
    middle = np.exp(-((x / 0.30) ** 2) - (y / 0.48) ** 2)
    mouth_x, mouth_y = (features.mouth[0] - face.cx) / unit, (features.mouth[1] - face.cy) / unit
    jaw = _smooth((y - mouth_y) / 0.08) * (1 - _smooth((y - 0.45) / 0.30)) * np.exp(-(((x - mouth_x) / 0.26) ** 2))
    lids = 0 * middle
    for eye in (features.left_eye, features.right_eye):
        dx, dy = x - (eye[0] - face.cx) / unit, y - (eye[1] - face.cy) / unit
        lids += 2.2 * dy * np.exp(-((dx / 0.13) ** 2) - (dy / 0.055) ** 2)
    none = 0 * middle
    maps = np.array(
        [
            [-head, none],
            [none, -head],
            [(y - NECK) * head, -x * head],
            [-middle, none],
            [none, -0.055 * jaw],
            [none, lids],
            [0.35 * x * head * np.exp(-((x / 0.7) ** 2)) - 0.16 * np.exp(-((x / 0.20) ** 2) - (y / 0.40) ** 2), none],
        ]
    )
    shares = np.array([unit / size[0], unit / size[1]])
    read: F32Array = (maps * shares[None, :, None, None]).astype(np.float32)
    return read


def _smooth(share: F64Array) -> F64Array:
    """0 below 0, 1 above 1, a smooth step between."""
    s = np.clip(share, 0, 1)
    step: F64Array = s * s * (3 - 2 * s)
    return step
