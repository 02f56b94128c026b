"""Rooms for made-up footage: a lit wall with a shelf out of focus, and a desk."""

from __future__ import annotations

import colorsys
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from dualface.footage.colour import planes_420
from dualface.types import U8Array

DESK_TOP = 0.86
"""The desk's upper edge, as a share of the picture's height."""


@dataclass(frozen=True, slots=True)
class Backdrop:
    """``luma``: uint8, (1, h, w); ``chroma``: uint8, (2, h/2, w/2); ``desk_row``: first row of the desk, even, h without."""

    luma: U8Array
    chroma: U8Array
    desk_row: int


@lru_cache(maxsize=8)
def furnish(seed: int, width: int, height: int, desk: bool) -> Backdrop:
    """The room with this ``seed``: the same at any size."""
    rng = np.random.default_rng(1000 + seed)
    hue = (0.55 + 0.31 * seed + rng.uniform(-0.03, 0.03)) % 1.0
    picture = _wall(hue, rng)
    _shelf(picture, hue, rng)
    _lamps(picture, rng)
    picture = picture.filter(ImageFilter.GaussianBlur(7)).resize((width, height), Image.Resampling.BICUBIC)
    row = height
    if desk:
        row = round(height * DESK_TOP / 2) * 2
        picture.paste(_desk(width, height - row, rng), (0, row))
    # the weave of wall and wood: what keeps the picture from being too easy to compress
    weave = rng.normal(0, 2.5, (height, width, 1)).astype(np.float32)
    rgb = np.clip(np.asarray(picture, np.float32) + weave, 0, 255).astype(np.uint8)
    return Backdrop(*planes_420(rgb), row)


def _wall(hue: float, rng: np.random.Generator) -> Image.Image:
    """A painted wall, 1280×720, lit from above the middle."""
    y, x = np.mgrid[0:720, 0:1280].astype(np.float32)
    light = 1.05 - 0.55 * np.hypot((x - 640) / 900, (y - 240) / 620)
    base = np.array(colorsys.hsv_to_rgb(hue, 0.34, 150), np.float32)
    panels = 1 - 0.05 * (np.floor(x / 160) % 2)
    noise = np.asarray(
        Image.fromarray(rng.uniform(0.94, 1.06, (9, 16)).astype(np.float32)).resize((1280, 720), Image.Resampling.BICUBIC)
    )
    return Image.fromarray(np.clip(base * (light * panels * noise)[..., None], 0, 255).astype(np.uint8))


def _shelf(picture: Image.Image, hue: float, rng: np.random.Generator) -> None:
    """Books on two boards, at one side of the room."""
    draw = ImageDraw.Draw(picture)
    start = int(rng.integers(430, 560))
    for board in (250, 420):
        x = start
        while x < start + 270:
            wide, tall = int(rng.integers(13, 30)), int(rng.integers(75, 125))
            shade = colorsys.hsv_to_rgb((hue + rng.uniform(0.3, 0.7)) % 1, rng.uniform(0.2, 0.55), rng.uniform(60, 165))
            draw.rectangle((x, board - tall, x + wide - 2, board), fill=tuple(int(c) for c in shade))
            x += wide
        draw.rectangle((start - 12, board, start + 290, board + 9), fill=(74, 56, 42))


def _lamps(picture: Image.Image, rng: np.random.Generator) -> None:
    """Warm spots of light, far out of focus."""
    glow = Image.new("RGB", picture.size)
    draw = ImageDraw.Draw(glow)
    for x in (110, 1170):
        cx, cy = x + int(rng.integers(-40, 40)), int(rng.integers(120, 200))
        draw.ellipse((cx - 70, cy - 70, cx + 70, cy + 70), fill=(150, 112, 62))
    glow = glow.filter(ImageFilter.GaussianBlur(48))
    lit = np.asarray(picture, np.uint16) + np.asarray(glow)
    picture.paste(Image.fromarray(np.minimum(lit, 255).astype(np.uint8)))


def _desk(width: int, height: int, rng: np.random.Generator) -> Image.Image:
    """A wooden desk: grain along it, a bright front edge."""
    grain = rng.normal(0, 1, (max(height // 3, 2), 24)).astype(np.float32)
    lines = np.asarray(Image.fromarray(grain).resize((width, height), Image.Resampling.BICUBIC))
    shade = np.linspace(1.05, 0.6, height, dtype=np.float32)[:, None] + lines * 0.06
    shade[: max(height // 14, 1)] += 0.35
    return Image.fromarray(np.clip(np.array([112, 78, 52], np.float32) * shade[..., None], 0, 255).astype(np.uint8))
