"""Contact sheets: a row a shot, the source with boxes and names beside the result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from PIL import Image, ImageDraw

from dualface.geometry import fit_inside
from dualface.render.lettering import font_for
from dualface.types import Box, ObservedFace, Person, Placement, U8Array

ROW_HEIGHT, LABEL_WIDTH, SPACE = 240, 190, 10
MOST_ROWS = 40
"""Rows of one picture; more go on the next."""
_WIDEST = 2.0
_COLOURS: Mapping[Person | None, str] = {Person.LEFT: "#35d0ba", Person.RIGHT: "#ffb03a", None: "#9a9a9a"}
_PAPER, _INK, _FAINT, _ALARM = "#16181c", "#f2f2f2", "#a8adb5", "#ff6b5e"
_LINE, _TEXT = 3, 15


@dataclass(frozen=True, slots=True)
class ShotRow:
    """One shot: ``title`` and ``lines`` are written beside it, ``alarms`` in red; the pictures are uint8, shape (h, w, 3), RGB.

    ``faces`` and ``placements`` are those of the frame that is shown, in pixels of the upright source, which measures ``size``.
    """

    title: str
    lines: Sequence[str]
    alarms: Sequence[str]
    source: U8Array
    result: U8Array
    size: tuple[int, int]
    faces: Sequence[ObservedFace]
    placements: Sequence[Placement]


class SheetRow(NamedTuple):
    """A row that was drawn: what is written in it, all of it, and its pictures alone."""

    text: str
    picture: Image.Image
    pictures: Image.Image


def fitted(size: tuple[int, int], height: int = ROW_HEIGHT) -> tuple[int, int]:
    """Width and height of a picture in a row."""
    w, h = fit_inside(height * _WIDEST, height, size[0] / size[1])
    return max(round(w), 2), max(round(h), 2)


def draw_row(row: ShotRow, names: Mapping[Person, str]) -> SheetRow:
    """The row, :data:`ROW_HEIGHT` high."""
    source, result = Image.fromarray(row.source), Image.fromarray(row.result)
    _mark(source, row, names)
    width = LABEL_WIDTH + source.width + result.width + 3 * SPACE
    picture = Image.new("RGB", (width, ROW_HEIGHT), _PAPER)
    picture.paste(source, (LABEL_WIDTH + SPACE, (ROW_HEIGHT - source.height) // 2))
    picture.paste(result, (LABEL_WIDTH + 2 * SPACE + source.width, (ROW_HEIGHT - result.height) // 2))
    draw, y = ImageDraw.Draw(picture), SPACE
    for text, colour in [(row.title, _INK), *((one, _FAINT) for one in row.lines), *((one, _ALARM) for one in row.alarms)]:
        for line in _folded(text, LABEL_WIDTH - SPACE):
            draw.text((SPACE, y), line, fill=colour, font=font_for(text, _TEXT))
            y += _TEXT + 5
    text = "  ".join([row.title, *row.lines, *row.alarms])
    return SheetRow(text, picture, picture.crop((LABEL_WIDTH + SPACE, 0, width - SPACE, ROW_HEIGHT)))


def stacked(rows: Sequence[Image.Image]) -> Image.Image:
    """Rows below each other."""
    width = max(row.width for row in rows)
    sheet = Image.new("RGB", (width, sum(row.height + SPACE for row in rows) + SPACE), _PAPER)
    y = SPACE
    for row in rows:
        sheet.paste(row, (0, y))
        y += row.height + SPACE
    return sheet


def _mark(picture: Image.Image, row: ShotRow, names: Mapping[Person, str]) -> None:
    """Faces with their names, and thin lines around what the tiles show."""
    draw, scale = ImageDraw.Draw(picture), picture.width / row.size[0]
    for placement in row.placements:
        if placement.person is not None:
            draw.rectangle(_scaled(placement.crop, scale, picture), outline=_COLOURS[placement.person], width=1)
    for face in row.faces:
        left, top, right, bottom = _scaled(face.box, scale, picture)
        colour = _COLOURS[face.person]
        draw.rectangle((left, top, right, bottom), outline=colour, width=_LINE)
        name = names[face.person] if face.person is not None else ""
        if name:
            font = font_for(name, _TEXT)
            place = (max(left, 0), top - _TEXT - 6 if top > _TEXT + 6 else bottom + 2)
            box = draw.textbbox(place, name, font=font)
            draw.rectangle((box[0] - 3, box[1] - 2, box[2] + 3, box[3] + 2), fill=colour)
            draw.text(place, name, fill=_PAPER, font=font)


def _scaled(box: Box, scale: float, picture: Image.Image) -> tuple[float, float, float, float]:
    return (
        max(box.x * scale, 0),
        max(box.y * scale, 0),
        min(box.right * scale, picture.width - 1),
        min(box.bottom * scale, picture.height - 1),
    )


def _folded(text: str, width: int) -> list[str]:
    """Lines of at most ``width`` pixels, between words."""
    font, lines = font_for(text, _TEXT), [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if font.getlength(longer) > width and lines[-1]:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines
