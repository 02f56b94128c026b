"""Name captions: white text over a soft shade at the lower edge of a person's placement."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from dualface.render.clusters import JOINERS, clusters
from dualface.render.fonts import Finder, installed_fonts
from dualface.types import Overlay, Person, Placement, Rect, U8Array

if TYPE_CHECKING:  # and Pillow with it, which is imported when something is to be written
    from dualface.render.lettering import Letters

SIZE, MARGIN = 0.05, 0.04
"""Font size, and distance from the lower edge, as shares of the canvas' shorter side."""
WIDEST, TALLEST = 0.9, 0.25
"""The text's width at most, of its tile's; its font's size at most, of the tile's height."""
LEAST = 0.5
"""Long names make the captions of both people smaller, down to so much of :data:`SIZE`; then they are shortened."""
SMALLEST = 9
"""The smallest font, in pixels."""
SHADE = 0.65
"""Opacity of the shade where it is darkest."""


class Captions:
    """The captions of a film of ``canvas`` (width, height): ``names`` says who is called what; an empty name has no caption.

    Both are written in one style and one size, which follows from the canvas and fits into both ``tiles``.  ``font_path``
    names a TrueType or OpenType font; for letters that it lacks, or without one, Pillow's own is used, then those that ``find``
    finds.  An instance is what a composer takes as its ``captions``.
    Raises :class:`~dualface.errors.ConfigurationError` if the font can't be read, or nobody has letters that are needed.
    """

    def __init__(
        self,
        names: Mapping[Person, str],
        tiles: Mapping[Person, Rect],
        canvas: tuple[int, int],
        font_path: str | None = None,
        find: Finder = installed_fonts,
    ) -> None:
        self._names = {person: line for person, name in names.items() if (line := one_line(name))}
        self._hidden: frozenset[Person] = frozenset()
        self._made: dict[tuple[Person, Rect], list[Overlay]] = {}
        self._margin = round(min(canvas) * MARGIN)
        if self._names:
            from dualface.render.lettering import Lettering

            self._lettering = Lettering(list(self._names.values()), font_path, find)
            self._size = self._common_size(tiles, max(round(min(canvas) * SIZE), SMALLEST))

    def without(self, people: Collection[Person]) -> Captions:
        """The same captions, those of some people left out; the others look as they did.  Returns itself, changed."""
        self._hidden = frozenset(people)
        return self

    def __call__(self, placement: Placement) -> Sequence[Overlay]:
        """The overlays of a placement, the same ones for the same person and place, in the order to blend them."""
        person, at = placement.person, placement.at
        if person is None or person in self._hidden or person not in self._names:
            return ()
        if (person, at) not in self._made:
            self._made[person, at] = self._written(self._names[person], at)
        return self._made[person, at]

    def _common_size(self, tiles: Mapping[Person, Rect], size: int) -> int:
        """The largest font in which every name fits into its tile, or the smallest that is still good to read."""
        least = max(round(size * LEAST), SMALLEST)
        named = [(self._names[person], tile) for person, tile in tiles.items() if person in self._names]
        return min((self._fitting(name, tile, size, least) for name, tile in named), default=size)

    def _fitting(self, text: str, tile: Rect, size: int, least: int) -> int:
        size = max(min(size, round(tile.h * TALLEST)), SMALLEST)
        while size > least and (width := self._lettering.width(text, size)) > tile.w * WIDEST:
            size = max(min(size - 1, int(size * tile.w * WIDEST / width)), least)
        return size

    def _written(self, text: str, tile: Rect) -> list[Overlay]:
        """A name at the lower edge of a tile, shortened if need be."""
        size = max(min(self._size, round(tile.h * TALLEST)), SMALLEST)
        letters = self._lettering.drawn(self._shortened(text, tile.w * WIDEST, size), size)
        ascent, descent = self._lettering.height(size)
        baseline = tile.h - self._margin - descent // 2
        rgb, alpha = _placed(letters, tile, baseline)
        rows, columns = (np.flatnonzero(alpha.any(axis)) for axis in (1, 0))
        if not rows.size:
            return []
        top, left = int(rows[0]) // 2 * 2, int(columns[0]) // 2 * 2
        part = slice(top, -(-(int(rows[-1]) + 1) // 2) * 2), slice(left, -(-(int(columns[-1]) + 1) // 2) * 2)
        color = "#ffffff" if (rgb[alpha > 0] == 255).all() else np.ascontiguousarray(rgb[part])
        shade_top = max(baseline - 2 * ascent, 0) // 2 * 2
        return [
            Overlay(tile.x, tile.y + shade_top, _shade(alpha, shade_top, ascent), "#000000"),
            Overlay(tile.x + left, tile.y + top, np.ascontiguousarray(alpha[part]), color),
        ]

    def _shortened(self, text: str, width: float, size: int) -> str:
        line, parts = text, clusters(text)
        while parts and self._lettering.width(line, size) > width:
            parts.pop()
            line = "".join(parts).rstrip() + "..."
        return line


def one_line(text: str) -> str:
    """The text as one line of what can be printed, letters with accents as one character where there is one."""
    kept = (c if c.isprintable() or c in JOINERS or "\U000e0020" <= c <= "\U000e007f" else " " for c in text)
    return " ".join(unicodedata.normalize("NFC", "".join(kept)).split())


def _placed(letters: Letters, tile: Rect, baseline: int) -> tuple[U8Array, U8Array]:
    """The letters in the middle of an empty tile: its colours (h, w, 3) and opacities (h, w); what sticks out is cut off."""
    height, width = letters.alpha.shape
    x, y = (tile.w - width) // 2, baseline - letters.baseline
    into = slice(max(y, 0), min(y + height, tile.h)), slice(max(x, 0), min(x + width, tile.w))
    source = slice(into[0].start - y, into[0].stop - y), slice(into[1].start - x, into[1].stop - x)
    rgb, alpha = np.zeros((tile.h, tile.w, 3), np.uint8), np.zeros((tile.h, tile.w), np.uint8)
    rgb[into], alpha[into] = letters.rgb[source], letters.alpha[source]
    return rgb, alpha


def _shade(letters: U8Array, top: int, ascent: int) -> U8Array:
    """Darkness that grows towards the lower edge, and around the letters; shape (tile height - top, tile width)."""
    from PIL import Image, ImageFilter

    blurred = Image.fromarray(letters).filter(ImageFilter.GaussianBlur(max(ascent / 8, 1)))
    halo = np.asarray(blurred, np.float32)[top:] / 255
    way = np.linspace(0, 1, halo.shape[0], dtype=np.float32)
    fade = way * way * (3 - 2 * way)
    return np.ascontiguousarray(np.rint(255 * SHADE * np.maximum(fade[:, None], halo)).astype(np.uint8))
