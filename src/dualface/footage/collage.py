"""Several pictures in one: grids with a shared screen, bars that come and go with the shots, frames at uneven times."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from dualface.footage.cast import Actor
from dualface.footage.colour import planes_420
from dualface.footage.render import Stage
from dualface.footage.scenes import Scene
from dualface.types import Rect, U8Array

BLACK = (16, 128, 128)
"""Luma and chroma of what is no picture."""


@dataclass(frozen=True, slots=True)
class Part:
    """A scene, or for ``None`` a screen with slides, at a place of the picture, from ``first`` to before ``last`` second.

    All sides of ``at`` are even.  ``cast``: who plays, as :func:`~dualface.footage.render.render_scene` has it.
    """

    at: Rect
    scene: Scene | None
    first: float = 0.0
    last: float = math.inf
    cast: Mapping[str, Actor] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """``planes``: uint8, (h * 3/2, w), yuv420p, limited range.  ``faces``: whose face is where, as
    :class:`~dualface.footage.render.SceneTruth` has it.  ``cut``: whether other parts are shown than before, or a cut is in one
    that fills the picture alone.
    """

    time: float
    planes: U8Array
    faces: dict[str, list[float]]
    cut: bool


def collage(
    parts: Sequence[Part],
    size: tuple[int, int],
    times: Sequence[float],
    *,
    background: tuple[int, int, int] = BLACK,
    grain: float = 1.5,
) -> Iterator[Picture]:
    """Paints one picture for each of the ``times``, in seconds, later parts over earlier ones.

    ``size``: width and height, even.  ``grain``: see :func:`~dualface.footage.render.render_scene`.
    """
    width, height = size
    stages = [
        _Slides(p.at.w, p.at.h) if p.scene is None else Stage(p.scene, (p.at.w, p.at.h), 30, grain, p.cast) for p in parts
    ]
    shown: list[object] | None = None
    for n, time in enumerate(times):
        planes = np.empty((height * 3 // 2, width), np.uint8)
        luma, chroma = _split(planes, width, height)
        luma[:], chroma[:] = background[0], np.array(background[1:], np.uint8)[:, None, None]
        faces: dict[str, list[float]] = {}
        now = [part for part in parts if part.first <= time < part.last]
        for part in now:
            inner, boxes = stages[parts.index(part)].picture_at(time - part.first, n)
            at = part.at
            y, uv = _split(inner, at.w, at.h)
            luma[at.y : at.y + at.h, at.x : at.x + at.w] = y
            chroma[:, at.y // 2 : (at.y + at.h) // 2, at.x // 2 : (at.x + at.w) // 2] = uv
            faces |= {name: [box[0] + at.x, box[1] + at.y, *box[2:]] for name, box in boxes.items()}
        seen: list[object] = [(part.at, _shot(part, time) if len(now) == 1 else None) for part in now]
        yield Picture(time, planes, faces, cut=shown is not None and seen != shown)
        shown = seen


def _shot(part: Part, time: float) -> object:
    """Which shot of a part's scene is shown."""
    if part.scene is None:
        return None
    return part.first, sum(cut <= time - part.first + 1e-9 for cut in part.scene.cut_times())


def _split(planes: U8Array, width: int, height: int) -> tuple[U8Array, U8Array]:
    """Views: luma (h, w), chroma (2, h/2, w/2)."""
    return planes[:height], planes[height:].reshape(2, height // 2, width // 2)


class _Slides:
    """A white page with lines of text, another one every few seconds."""

    seconds = 3.0

    def __init__(self, width: int, height: int) -> None:
        self._size = width, height
        self._pages: dict[int, U8Array] = {}

    def picture_at(self, time: float, _: int) -> tuple[U8Array, dict[str, list[float]]]:
        page = int(time // self.seconds)
        if page not in self._pages:
            self._pages[page] = self._painted(page)
        return self._pages[page], {}

    def _painted(self, page: int) -> U8Array:
        width, height = self._size
        picture = Image.new("RGB", (width, height), (246, 246, 242))
        draw, rng = ImageDraw.Draw(picture), np.random.default_rng(page)
        draw.rectangle((0, 0, width, round(0.12 * height)), fill=tuple(rng.integers(40, 160, 3).tolist()))
        for row in np.arange(0.2, 0.9, 0.08) * height:
            draw.rectangle((0.06 * width, row, rng.uniform(0.5, 0.94) * width, row + 0.025 * height), fill=(60, 60, 70))
        luma, chroma = planes_420(np.asarray(picture))
        return np.concatenate([luma.reshape(height, width), chroma.reshape(height // 2, width)])
