"""Fonts that are made up: letters are boxes of a given height, emoji boxes of two colours."""

from __future__ import annotations

from pathlib import Path

from fontTools.colorLib.builder import buildCOLR, buildCPAL
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib.tables._g_l_y_f import Glyph

EM = 1000


def box(left: int, bottom: int, right: int, top: int) -> Glyph:
    pen = TTGlyphPen(None)
    pen.moveTo((left, bottom))
    for corner in ((left, top), (right, top), (right, bottom)):
        pen.lineTo(corner)
    pen.closePath()
    return pen.glyph()


def font_of(path: Path, letters: str, *, height: int = 700, colors: tuple[str, str] | None = None) -> Path:
    """A TrueType font that has these letters, boxes of ``height`` (of 1000), and no others; each 600 wide.

    With ``colors`` (``#RRGGBB``) the lower half of each is of one and the upper half of the other, as emoji are.
    """
    names = {ord(letter): f"u{ord(letter):x}" for letter in letters}
    glyphs = {".notdef": box(50, 0, 550, 900), "space": Glyph()}
    glyphs |= dict.fromkeys(names.values(), box(50, 0, 550, height))
    glyphs |= {"lower": box(50, 0, 550, height // 2), "upper": box(50, height // 2, 550, height)}
    builder = FontBuilder(EM, isTTF=True)
    builder.setupGlyphOrder(list(glyphs))
    builder.setupCharacterMap({32: "space", **names})
    builder.setupGlyf(glyphs)
    builder.setupHorizontalMetrics(dict.fromkeys(glyphs, (600, 50)))
    builder.setupHorizontalHeader(ascent=900, descent=-200)
    builder.setupNameTable({"familyName": path.stem, "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    if colors:
        builder.font["COLR"] = buildCOLR({name: [("lower", 0), ("upper", 1)] for name in names.values()}, version=0)
        builder.font["CPAL"] = buildCPAL([[(*(n / 255 for n in bytes.fromhex(color[1:])), 1.0) for color in colors]])
    builder.save(path)
    return path
