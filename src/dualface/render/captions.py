"""Name captions: white text over a soft shade at the lower edge of a person's placement."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from dualface.errors import ConfigurationError
from dualface.types import Overlay, Person, Placement, Rect, U8Array

SIZE, MARGIN, WIDEST = 0.05, 0.04, 0.9
"""Font size and distance from the lower edge, as shares of the tile's height; the text's width at most, of the tile's."""
SMALLEST = 9
"""The smallest font, in pixels; longer texts are shortened."""
SHADE = 0.65
"""Opacity of the shade where it is darkest."""
COMMON_FONTS = (
    *("DejaVuSans.ttf", "NotoSans-Regular.ttf", "LiberationSans-Regular.ttf", "Arial.ttf", "arial.ttf", "segoeui.ttf"),
    *("NotoSansCJK-Regular.ttc", "AppleSDGothicNeo.ttc", "PingFang.ttc", "malgun.ttf", "msyh.ttc", "Arial Unicode.ttf"),
)
"""Fonts that systems come with, tried for letters that the built-in font lacks."""

Font = ImageFont.FreeTypeFont


class Captions:
    """The captions of a film: ``names`` says who is called what; an empty name, or none, has no caption.

    An instance is what a composer takes as its ``captions``.  ``font_path`` as :func:`caption_mask` takes it.
    """

    def __init__(self, names: Mapping[Person, str], font_path: str | None = None) -> None:
        self._names, self._font_path = dict(names), font_path
        self._made: dict[tuple[Person, Rect], list[Overlay]] = {}

    def __call__(self, placement: Placement) -> Sequence[Overlay]:
        """The overlays of a placement, the same ones for the same person and place."""
        person, at = placement.person, placement.at
        if person is None or not self._names.get(person):
            return ()
        if (person, at) not in self._made:
            self._made[person, at] = caption_mask(self._names[person], at, self._font_path)
        return self._made[person, at]


def caption_mask(text: str, tile: Rect, font_path: str | None = None) -> list[Overlay]:
    """The overlays that write ``text`` over the lower edge of a tile, in the order to blend them; none for an empty text.

    The text is one line in the middle, shrunk to fit, then shortened.  ``font_path`` names a TrueType or OpenType font;
    without one Pillow's own is used, or, for what is not ASCII, an installed one.  Raises
    :class:`~dualface.errors.ConfigurationError` if the font can't be read or lacks a letter.
    """
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    if not text:
        return []
    size = max(round(tile.h * SIZE), SMALLEST)
    line, font = _fitted(text, round(tile.w * WIDEST), size, _font_file(text, font_path))
    ascent, descent = font.getmetrics()
    baseline = tile.h - round(tile.h * MARGIN) - descent // 2
    picture = Image.new("L", (tile.w, tile.h))
    ImageDraw.Draw(picture).text((tile.w / 2, baseline), line, fill=255, font=font, anchor="ms")
    box = picture.getbbox()
    if box is None:
        return []
    left, top, right, bottom = (
        box[0] // 2 * 2,
        box[1] // 2 * 2,
        min(-(-box[2] // 2) * 2, tile.w),
        min(-(-box[3] // 2) * 2, tile.h),
    )
    letters = np.ascontiguousarray(np.asarray(picture)[top:bottom, left:right])
    shade_top = max(baseline - 2 * ascent, 0) // 2 * 2
    shade = _shade(picture, shade_top, ascent)
    return [
        Overlay(tile.x, tile.y + shade_top, shade, "#000000"),
        Overlay(tile.x + left, tile.y + top, letters, "#ffffff"),
    ]


def font_for(text: str, size: int) -> Font:
    """A font in which ``text`` can be drawn, ``size`` pixels high; the built-in one where none has all of its letters."""
    with suppress(ConfigurationError):
        return _font(_font_file(text, None), size)
    return _font(None, size)


def _shade(letters: Image.Image, top: int, ascent: int) -> U8Array:
    """Darkness that grows towards the lower edge, and around the letters; shape (tile height - top, tile width)."""
    halo = np.asarray(letters.filter(ImageFilter.GaussianBlur(max(ascent / 8, 1))), np.float32)[top:] / 255
    way = np.linspace(0, 1, halo.shape[0], dtype=np.float32)
    fade = way * way * (3 - 2 * way)
    return np.ascontiguousarray(np.rint(255 * SHADE * np.maximum(fade[:, None], halo)).astype(np.uint8))


def _fitted(text: str, width: int, size: int, font_path: str | None) -> tuple[str, Font]:
    """The text, shortened if need be, and the largest font up to ``size`` in which it is at most ``width`` wide."""
    font = _font(font_path, size)
    while size > SMALLEST and font.getlength(text) > width:
        size = max(min(size - 1, int(size * width / font.getlength(text))), SMALLEST)
        font = _font(font_path, size)
    line = text
    while font.getlength(line) > width and text:
        text = text[:-1]
        line = text.rstrip() + "..."
    return line, font


def _font(path: str | None, size: int) -> Font:
    try:
        font = ImageFont.truetype(path, size) if path else ImageFont.load_default(size)
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            f"The caption font {path} can't be read ({error}); name a TrueType or OpenType file.", file=path
        ) from error
    if not isinstance(font, Font):
        raise ConfigurationError("This Pillow has no FreeType, which captions need; install Pillow from its wheel.")
    return font


def _font_file(text: str, path: str | None) -> str | None:
    """The font file to use: the one asked for, else the built-in font (``None``) or the first installed one with all letters.

    Raises :class:`~dualface.errors.ConfigurationError` if there is none.
    """
    for candidate in [path] if path else [None, *_installed()]:
        if not (missing := _missing(text, _font(candidate, 16))):
            return candidate
    if path:
        raise ConfigurationError(f"The font {path} has no letters for {missing!r}; name one that does.", file=path)
    raise ConfigurationError(f"No font found here has letters for {missing!r}; name one that does with framing.caption_font.")


def _installed() -> Iterator[str]:
    for name in COMMON_FONTS:
        with suppress(OSError):
            ImageFont.truetype(name, 16)
            yield name


def _missing(text: str, font: Font) -> str:
    """The letters that the font would draw as empty boxes."""

    def look(letter: str) -> tuple[tuple[int, int], bytes]:
        mask = font.getmask(letter)
        return mask.size, bytes(mask)

    unknown = look("\uffff")
    return "".join(dict.fromkeys(c for c in text if not c.isspace() and look(c) == unknown))
