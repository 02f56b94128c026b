"""People for made-up footage: cut-out portraits in several sizes, and distortions of them as passers-by."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import numpy as np
from PIL import Image, ImageDraw

from dualface.footage.colour import yuv_from_rgb
from dualface.footage.poses import Features, Pose, motion_maps, pose_at
from dualface.types import Box, F32Array, U8Array

COLLINS = Features(Box(181.0, 64.5, 90.0, 112.5), (206.5, 104.3), (247.3, 106.4), (224.8, 147.0))
HOPPER = Features(Box(175.0, 115.0, 179.0, 222.0), (220.1, 196.3), (307.6, 190.1), (267.5, 270.6))


_NECK = 0.3
"""From the chin to the collar, in face heights."""


class Appearance(NamedTuple):
    """How someone differs from the portrait.  Hues are angles in the Cb-Cr plane; ``gamma`` above 1 darkens.

    ``contrast`` is about the middle; ``warmth`` adds to Cr and takes from Cb.
    """

    mirrored: bool = False
    width: float = 1.0
    gamma: float = 1.0
    skin_hue: float = 0.0
    clothes_hue: float = 0.0
    contrast: float = 1.0
    warmth: float = 0.0
    glasses: bool = False


@dataclass(frozen=True, slots=True)
class Actor:
    """A portrait ready to be painted.

    ``luma`` and ``chroma``: the cut-out at falling sizes, each uint8, (2, h, w): Y, alpha, and (3, h, w): Cb, Cr, alpha;
    BT.709, limited range.  ``face``: the face's box, and ``width`` and ``height`` of the cut-out, in face heights from its
    top left corner.  ``motions``: see :func:`~dualface.footage.poses.motion_maps`.  ``seed``: of the way this person moves.
    ``act``: changes the pose that the person would have at a time, in seconds.
    """

    luma: tuple[U8Array, ...]
    chroma: tuple[U8Array, ...]
    width: float
    height: float
    face: Box
    motions: F32Array
    seed: int
    act: Callable[[Pose, float], Pose] | None = None

    def pose(self, time: float) -> Pose:
        """How the person is posed at ``time`` seconds."""
        pose = pose_at(self.seed, time)
        return pose if self.act is None else self.act(pose, time)

    def warp(self, pose: Pose) -> F32Array:
        """float32, (2, STEPS, STEPS): where each point of the cut-out is read, in shares of its size."""
        weights = np.array([pose.head_x, pose.head_y, pose.tilt, pose.turn, pose.mouth, pose.blink, pose.profile], np.float32)
        return np.tensordot(weights, self.motions, 1).astype(np.float32)

    def level_for(self, levels: tuple[U8Array, ...], pixels_per_face: float) -> U8Array:
        """The smallest of ``levels`` with nearly a sample for each pixel where a face is so many pixels high."""
        wanted = 0.8 * self.height * pixels_per_face
        return next((level for level in reversed(levels) if level.shape[1] >= wanted), levels[0])


_CAST = {
    "A": ("eileen_collins", COLLINS, Appearance(), 1),
    "B": ("grace_hopper", HOPPER, Appearance(), 2),
    "C": ("eileen_collins", COLLINS, Appearance(True, 1.16, 1.4, 0.1, 2.6), 3),
    "D": ("grace_hopper", HOPPER, Appearance(True, 0.86, 0.8, -0.15, 1.2), 4),
}


def load_cast(names: Iterable[str] = "ABCD") -> dict[str, Actor]:
    """The people of the scenes: A, Eileen Collins, and B, Grace Hopper; C and D, distortions of the same portraits."""
    return {name: _load(*_CAST[name]) for name in names}


def load_changed(name: str, **changes: Any) -> Actor:
    """One of the people with parts of the :class:`Appearance` replaced: with glasses, in other light."""
    portrait, features, look, seed = _CAST[name]
    return _load(portrait, features, look._replace(**changes), seed)


@cache
def _load(name: str, features: Features, look: Appearance, seed: int) -> Actor:
    with files("dualface.footage").joinpath("portraits", f"{name}.webp").open("rb") as file:
        picture = Image.open(file).convert("RGBA")
    if look.glasses:
        _put_glasses_on(picture, features)
    if look.mirrored:
        picture = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        features = features.mirrored(picture.width)
    levels = []
    for scale in (2.0, 1.0, 0.5, 0.25, 0.125):
        size = (round(picture.width * scale * look.width), round(picture.height * scale))
        resized = picture.resize(size, Image.Resampling.LANCZOS)
        levels.append(_recoloured(resized, (features.face.bottom + _NECK * features.face.h) / picture.height, look))
    unit, face = features.face.h, features.face
    return Actor(
        tuple(np.ascontiguousarray(level[[0, 3]]) for level in levels),
        tuple(np.ascontiguousarray(level[1:]) for level in levels),
        picture.width * look.width / unit,
        picture.height / unit,
        Box(face.x * look.width / unit, face.y / unit, face.w * look.width / unit, 1.0),
        motion_maps(picture.size, features),
        seed,
    )


def _put_glasses_on(picture: Image.Image, features: Features) -> None:
    """Draws a dark frame around the eyes, in place."""
    draw, unit = ImageDraw.Draw(picture), features.face.h
    (lx, ly), (rx, ry) = features.left_eye, features.right_eye
    radius, width = 0.42 * (rx - lx), max(round(0.025 * unit), 2)
    for x, y in ((lx, ly), (rx, ry)):
        draw.ellipse((x - radius, y - 0.8 * radius, x + radius, y + 0.8 * radius), outline=(25, 20, 20, 255), width=width)
    draw.line((lx + radius, ly, rx - radius, ry), fill=(25, 20, 20, 255), width=width)
    draw.line((lx - 1.7 * radius, ly, lx - radius, ly), fill=(25, 20, 20, 255), width=width)
    draw.line((rx + radius, ry, rx + 1.7 * radius, ry), fill=(25, 20, 20, 255), width=width)


def _recoloured(picture: Image.Image, collar: float, look: Appearance) -> U8Array:
    """The cut-out's channels with the look's colours; skin ends at ``collar``, a share of the height."""
    rgba = np.asarray(picture)
    y, u, v = yuv_from_rgb(rgba[..., :3])
    rows = np.linspace(0, 1, len(rgba), dtype=np.float32)[:, None]
    clothes = np.clip((rows - collar) / 0.02, 0, 1)
    angle = look.skin_hue * (1 - clothes) + look.clothes_hue * clothes
    cos, sin = np.cos(angle), np.sin(angle)
    y = 16 + 219 * np.clip(((y - 16) / 219 - 0.5) * look.contrast + 0.5, 0, 1) ** look.gamma
    u, v = 128 + (u - 128) * cos - (v - 128) * sin, 128 + (u - 128) * sin + (v - 128) * cos
    u, v = u - look.warmth, v + look.warmth
    alpha = rgba[..., 3] * np.clip((1 - rows) / 0.03, 0, 1)
    return np.clip(np.rint([y, u, v, alpha]), 0, 255).astype(np.uint8)
