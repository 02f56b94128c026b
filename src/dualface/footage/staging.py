"""Puts people and boards on a picture, and tells how much of each face can be seen."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dualface.footage.cast import Actor
from dualface.footage.painting import paint
from dualface.footage.scenes import Key
from dualface.types import Box, F32Array, F64Array, U8Array

_PIVOT = 2.4
"""Where a body leans from, below the middle of its face, in face heights."""

_PROBES = 32
"""Points an axis of a face at which its visibility is tested."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A cut-out and its place.  ``luma``, ``chroma``, ``warp``, ``inverse``: see :func:`painting.paint`; in luma pixels.

    ``corners``: left, top, right, bottom of the cut-out on the picture; ``face``: of a person, in pixels of the picture.
    """

    luma: U8Array
    chroma: U8Array
    warp: F32Array
    inverse: F64Array
    corners: tuple[float, float, float, float]
    gain: float = 1.0
    face: Box | None = None


def place_person(person: Actor, place: Key, time: float, width: int, height: int) -> Placed:
    """``person`` at ``place`` in a ``width × height`` picture, posed as at ``time`` seconds."""
    pose = person.pose(time)
    unit = place.height * height
    scale = unit * pose.breath
    cos, sin = math.cos(pose.lean), math.sin(pose.lean)
    base_x, base_y = place.x * width, place.y * height + _PIVOT * scale
    face = person.face

    def on_picture(x: float, y: float) -> tuple[float, float]:
        y -= _PIVOT
        return base_x + scale * (cos * x - sin * y), base_y + scale * (sin * x + cos * y)

    a, b = cos / scale, sin / scale
    inverse = np.array(
        [
            *(a / person.width, b / person.width, (face.cx - a * base_x - b * base_y) / person.width),
            *(-b / person.height, a / person.height, (face.cy + _PIVOT + b * base_x - a * base_y) / person.height),
        ]
    )
    xs, ys = (-face.cx, person.width - face.cx), (-face.cy, person.height - face.cy)
    outline = np.array([on_picture(x, y) for x in xs for y in ys])
    cx, cy = on_picture(*pose.face_shift)
    w, h = face.w * scale, face.h * scale
    return Placed(
        person.level_for(person.luma, unit),
        person.level_for(person.chroma, unit / 2),
        person.warp(pose),
        inverse,
        (*outline.min(0), *outline.max(0)),
        1 + 0.02 * math.sin(time * 1.3 + person.seed),
        Box(cx - w / 2, cy - h / 2, w, h),
    )


def place_board(place: Key, width: int, height: int) -> Placed:
    """A plain grey square board."""
    side = place.height * height
    left, top = place.x * width - side / 2, place.y * height - side / 2
    luma = np.full((2, 2, 2), 96, np.uint8)
    chroma = np.full((3, 2, 2), 128, np.uint8)
    luma[-1] = chroma[-1] = 255
    inverse = np.array([1 / side, 0, -left / side, 0, 1 / side, -top / side])
    return Placed(luma, chroma, np.zeros((2, 2, 2), np.float32), inverse, (left, top, left + side, top + side))


def paint_placed(luma: U8Array, chroma: U8Array, placed: Placed) -> None:
    """Paints on a picture: uint8, ``luma`` (1, h, w) and ``chroma`` (2, h/2, w/2), changed in place."""
    paint(luma, placed.luma, placed.warp, placed.inverse, _window(placed, luma, 1), placed.gain, 16.0)
    halved = placed.inverse * (2, 2, 1, 2, 2, 1)
    paint(chroma, placed.chroma, placed.warp, halved, _window(placed, chroma, 2), placed.gain, 128.0)


def visible_share(face: Box, in_front: Sequence[Placed], width: int, height: int) -> float:
    """The share of ``face``, 0…1, that lies in a ``width × height`` picture and under nothing ``in_front``."""
    steps = (np.arange(_PROBES) + 0.5) / _PROBES
    x, y = np.meshgrid(face.x + steps * face.w, face.y + steps * face.h)
    seen = (x >= 0) & (y >= 0) & (x < width) & (y < height)
    for placed in in_front:
        a, b, c, d, e, f = placed.inverse
        u, v = a * x + b * y + c, d * x + e * y + f
        alpha = placed.luma[-1]
        rows, columns = (np.clip(s * n, 0, n - 1).astype(int) for s, n in zip((v, u), alpha.shape, strict=True))
        inside = (u >= 0) & (v >= 0) & (u < 1) & (v < 1)
        seen &= ~(inside & (alpha[rows, columns] > 127))
    return float(seen.mean())


def _window(placed: Placed, canvas: U8Array, step: int) -> tuple[int, int, int, int]:
    """The part of ``canvas`` that a cut-out touches; its pixels are ``step`` luma pixels wide."""
    _, height, width = canvas.shape
    left, top, right, bottom = (n / step for n in placed.corners)
    return (
        min(max(math.floor(left), 0), width),
        min(max(math.floor(top), 0), height),
        min(max(math.ceil(right), 0), width),
        min(max(math.ceil(bottom), 0), height),
    )
