"""Writing a line of text in any script: which font has which letters, in which order they stand, what they look like."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import cache
from itertools import groupby, islice
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageFont, features

from dualface.errors import ConfigurationError
from dualface.render.clusters import clusters, is_emoji, is_invisible, language, paragraph, right_to_left, script
from dualface.render.fonts import Finder, FontFile, Wanted, installed_fonts
from dualface.types import F32Array, U8Array

Font = ImageFont.FreeTypeFont
_STRIKES = (109, 160, 136, 128, 96, 72, 64)
"""Sizes at which fonts that are made of pictures (emoji) can be had."""
_FIRST = 12
"""So many of the fonts that were found are tried for all letters together, or a script; for single letters all are."""
_NEEDS_SHAPING = ((0x0590, 0x0E00), (0x0E80, 0x1100), (0x1780, 0x17DE), (0xFB1D, 0xFE00), (0xFE70, 0xFEFF), (0x10A00, 0x11A00))
"""Scripts whose letters are joined, moved or written from right to left: Hebrew and Arabic, India's, Lao to Burmese, Khmer."""


class Letters(NamedTuple):
    """A line of text as a picture: ``rgb`` uint8 (h, w, 3), ``alpha`` uint8 (h, w), and where in it the line begins."""

    rgb: U8Array
    alpha: U8Array
    x: int
    baseline: int


class Face:
    """One font in any size.  ``file`` ``None`` is the one that Pillow carries.  Raises :class:`OSError` if it can't be read."""

    def __init__(self, file: FontFile | None) -> None:
        self._file = file
        self._strike = self._only_size()
        self._plain = self._opened(self._strike or 16, ImageFont.Layout.BASIC)
        self.at = cache(self._at)
        """The font for a size in pixels, and what its measures are to be multiplied with."""
        self._look = cache(self._drawn)

    def has(self, letters: str) -> bool:
        """Whether it draws every one of the letters, and not the box that stands for what it lacks, or nothing."""
        return all(
            self._look(letter) not in (b"", self._look("\uffff"))
            for letter in letters
            if not letter.isspace() and not is_invisible(letter)
        )

    def _at(self, size: int) -> tuple[Font, float]:
        return self._opened(self._strike or size, None), size / self._strike if self._strike else 1.0

    def _drawn(self, letter: str) -> bytes:
        size = int(self._plain.size)
        picture = Image.new("RGB", (4 * size, 4 * size))
        ImageDraw.Draw(picture).text((size, 3 * size), letter, font=self._plain, anchor="ls", embedded_color=True)
        return picture.tobytes() if picture.getbbox() else b""

    def _only_size(self) -> int | None:
        with suppress(OSError):
            self._opened(16, ImageFont.Layout.BASIC)
            return None
        for size in _STRIKES:
            with suppress(OSError):
                self._opened(size, ImageFont.Layout.BASIC)
                return size
        self._opened(16, ImageFont.Layout.BASIC)
        return None

    def _opened(self, size: int, layout: ImageFont.Layout | None) -> Font:
        if self._file is None:
            built_in = ImageFont.load_default(size)
            if not isinstance(built_in, Font):
                raise ConfigurationError("This Pillow has no FreeType, which captions need; install Pillow from its wheel.")
            return built_in.font_variant(layout_engine=layout) if layout is not None else built_in
        return ImageFont.truetype(self._file.path, size, index=self._file.number, layout_engine=layout)


class _Run(NamedTuple):
    text: str
    face: Face
    right_to_left: bool


class Lettering:
    """How some texts are written: in one font that has all their letters, or, where there is none, in one for each script.

    ``asked`` is the path of a font that is taken for all that it has; then comes the one that Pillow carries, then those that
    ``find`` finds.  Texts are one line each, of printable characters.
    Raises :class:`~dualface.errors.ConfigurationError` if ``asked`` can't be read, if letters are in no font, or if their
    script needs what this machine has not.
    """

    def __init__(self, texts: Sequence[str], asked: str | None, find: Finder) -> None:
        self._find, self._language = find, language("".join(texts))
        self._own = [_asked_face(asked)] if asked else []
        self._own.append(Face(None))
        self._opened = cache(Face)
        self._faces: dict[str, Face] = {}
        all_clusters = sorted({cluster for text in texts for cluster in clusters(text)})
        self._assign([one for one in all_clusters if not is_emoji(one)], (script, str))
        self._assign([one for one in all_clusters if is_emoji(one)], (str,))
        self.base = next((self._faces[one] for text in texts for one in clusters(text) if not is_emoji(one)), self._own[0])
        """The font of the first letter."""
        _check_shaping("".join(texts))

    def width(self, text: str, size: int) -> float:
        """How wide the text is, in pixels, in a font of this size.  Its letters must be among those of the texts, or dots."""
        return sum(self._run_width(run, size) for run in self._runs(text))

    def height(self, size: int) -> tuple[int, int]:
        """Ascent and descent of the font of the first letter, in pixels."""
        font, scale = self.base.at(size)
        ascent, descent = font.getmetrics()
        return round(ascent * scale), round(descent * scale)

    def drawn(self, text: str, size: int) -> Letters:
        """The text in white, emoji in their colours, with at least ``size`` pixels of room at each side."""
        pad, baseline = size, math.ceil(2.5 * size)
        width = math.ceil(self.width(text, size)) + 2 * pad
        color, alpha = np.zeros((4 * size, width, 3), np.float32), np.zeros((4 * size, width, 1), np.float32)
        x = float(pad)
        for run in self._runs(text):
            over, opacity = self._drawn_run(run, size, x, baseline, (width, 4 * size))
            color, alpha = color * (1 - opacity) + over, alpha * (1 - opacity) + opacity
            x += self._run_width(run, size)
        rgb = np.rint(color / np.maximum(alpha, 1 / 255)).clip(0, 255).astype(np.uint8)
        return Letters(rgb, np.rint(255 * alpha[:, :, 0]).astype(np.uint8), pad, baseline)

    def _assign(self, group: Sequence[str], finer: Sequence[Callable[[str], str]]) -> None:
        """One face for the group, else one for each part of it."""
        face = self._face_of(group, _FIRST if finer else None) if group else None
        if face is not None:
            self._faces |= dict.fromkeys(group, face)
        elif group and not finer:
            raise ConfigurationError(_missing("".join(group)))
        elif group:
            for _, part in groupby(sorted(group, key=finer[0]), finer[0]):
                self._assign(list(part), finer[1:])

    def _face_of(self, group: Sequence[str], most: int | None) -> Face | None:
        letters = "".join(sorted({c for c in "".join(group) if not c.isspace() and not is_invisible(c)}))
        wanted = Wanted(letters, self._language, is_emoji(group[0]))
        return next((face for face in self._candidates(wanted, most) if face.has(letters)), None)

    def _candidates(self, wanted: Wanted, most: int | None) -> Iterator[Face]:
        yield from self._own
        for file in islice(self._find(wanted), most):
            with suppress(OSError, ValueError):
                yield self._opened(file)

    def _runs(self, text: str) -> list[_Run]:
        """The text in the order in which it stands, cut where another face or another direction begins."""
        parts = clusters(text)
        directions = right_to_left(parts)
        cut = groupby(zip(parts, directions, strict=True), key=lambda one: (self._faces.get(one[0], self.base), one[1]))
        runs = [_Run("".join(part for part, _ in group), face, rtl) for (face, rtl), group in cut]
        return _in_order(runs, turned=paragraph(parts))

    def _run_width(self, run: _Run, size: int) -> float:
        font, scale = run.face.at(size)
        return float(font.getlength(run.text, direction=_direction(run, font))) * scale

    def _drawn_run(self, run: _Run, size: int, x: float, baseline: int, line: tuple[int, int]) -> tuple[F32Array, F32Array]:
        """The run in a picture of the line's size: its colours (0 to 255) times its opacity, and its opacity (0 to 1).

        Drawn over black and over white: what differs shows how much of the ground is seen through it.
        """
        font, scale = run.face.at(size)
        room = math.ceil(line[0] / scale), math.ceil(line[1] / scale)
        grounds = []
        for ground in ("#000000", "#ffffff"):
            picture = Image.new("RGB", room, ground)
            ImageDraw.Draw(picture).text(
                (x / scale, baseline / scale),
                run.text,
                fill="#ffffff",
                font=font,
                anchor="ls",
                direction=_direction(run, font),
                embedded_color=True,
            )
            whole = picture if scale == 1 else picture.resize(line, Image.Resampling.BICUBIC)
            grounds.append(np.asarray(whole, np.float32))
        black, white = grounds
        opacity: F32Array = (1 - (white - black).max(2, keepdims=True) / 255).astype(np.float32)
        return black, opacity


def _in_order(runs: Sequence[_Run], *, turned: bool) -> list[_Run]:
    """From left to right: runs that go against the line are turned among themselves (UAX #9, L2)."""
    groups = [(rtl, list(group)) for rtl, group in groupby(runs, key=lambda run: run.right_to_left)]
    ordered = [run for rtl, group in groups for run in (group if rtl == turned else reversed(group))]
    return ordered[::-1] if turned else ordered


def _asked_face(path: str) -> Face:
    try:
        return Face(FontFile(path))
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            f"The caption font {path} can't be read ({error}); name a TrueType or OpenType file.", file=path
        ) from error


def _missing(letters: str) -> str:
    scripts = {script(letters), *(["emoji"] if is_emoji(letters) else [])}
    package = "cjk" if scripts & {"CJK", "HANGUL"} else "color-emoji" if "emoji" in scripts else "core"
    return (
        f"No font found here has letters for {letters!r}; install one (Debian, Ubuntu: fonts-noto-{package}; elsewhere: "
        "fonts.google.com/noto), or name a file that has them with framing.caption_font."
    )


def _direction(run: _Run, font: Font) -> str | None:
    if font.layout_engine != ImageFont.Layout.RAQM:
        return None
    return "rtl" if run.right_to_left else "ltr"


def _check_shaping(letters: str) -> None:
    hard = "".join(c for c in letters if any(first <= ord(c) < end for first, end in _NEEDS_SHAPING))
    if hard and not features.check("raqm"):
        raise ConfigurationError(
            f"Joining the letters {hard!r} of a caption needs FriBiDi; install it (Debian, Ubuntu: libfribidi0; macOS: "
            "brew install fribidi), or write the name in other letters."
        )


def font_for(text: str, size: int, find: Finder = installed_fonts) -> Font:
    """A font in which a short text can be drawn, ``size`` pixels high; Pillow's own where no font has all of its letters."""
    with suppress(ConfigurationError):
        return Lettering([text], None, find).base.at(size)[0]
    return Face(None).at(size)[0]
