"""Borders and shades lie on their placement, at even pixels, and captions over them."""

import pytest

from dualface.render.captions import Captions
from dualface.render.compose.overlay import no_captions
from dualface.render.highlights import Highlights
from dualface.types import Box, Mark, Person, Placement, Rect, TileState

AT = Rect(960, 0, 960, 1080)


def placement(mark: Mark, at: Rect = AT) -> Placement:
    return Placement(at, Box(0, 0, 10, 10), Person.LEFT, TileState.TRACKED, mark=mark)


def test_nothing_is_drawn_without_a_mark() -> None:
    assert not Highlights(no_captions)(placement(Mark.NONE))


@pytest.mark.parametrize("at", [AT, Rect(0, 2, 66, 34)])
def test_a_border_lines_all_four_sides(at: Rect) -> None:
    covered = set()
    for overlay in Highlights(no_captions)(placement(Mark.BORDER, at)):
        h, w = overlay.alpha.shape
        covered |= {(overlay.x + x, overlay.y + y) for x in range(w) for y in range(h)}
    corners = {(at.x, at.y), (at.x + at.w - 1, at.y + at.h - 1), (at.x, at.y + at.h // 2), (at.x + at.w - 1, at.y + at.h // 2)}
    assert corners <= covered
    assert (at.x + at.w // 2, at.y + at.h // 2) not in covered
    assert all(at.x <= x < at.x + at.w and at.y <= y < at.y + at.h for x, y in covered)


def test_a_shade_covers_the_placement_and_the_caption_lies_over_it() -> None:
    shade, *caption = Highlights(Captions({Person.LEFT: "Ann"}, {Person.LEFT: AT}, (1920, 1080)))(placement(Mark.DIM))
    assert shade.rect == AT
    assert caption


def test_the_same_mark_gets_the_same_overlays() -> None:
    draw = Highlights(no_captions)
    assert [id(one) for one in draw(placement(Mark.BORDER))] == [id(one) for one in draw(placement(Mark.BORDER))]
