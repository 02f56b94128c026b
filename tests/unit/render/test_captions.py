"""Captions are readable, inside their tile, and in a font that has the letters."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dualface.errors import ConfigurationError
from dualface.render.captions import Captions, caption_mask
from dualface.render.compose.cpu import CpuComposer
from dualface.testing.pictures import random_frame
from dualface.types import ColorTags, Crop, Fill, Overlay, Person, Placement, Rect, TileState

TILE = Rect(960, 0, 960, 1080)


def assert_inside(layer: Overlay, tile: Rect) -> None:
    h, w = layer.alpha.shape
    assert tile.x <= layer.x
    assert tile.y <= layer.y
    assert layer.x + w <= tile.x + tile.w
    assert layer.y + h <= tile.y + tile.h
    assert layer.x % 2 == layer.y % 2 == h % 2 == w % 2 == 0
    assert layer.alpha.dtype == np.uint8
    assert layer.alpha.flags.c_contiguous


def test_white_letters_stand_on_a_dark_shade_in_the_middle_of_the_lower_edge() -> None:
    shade, letters = caption_mask("Ada Lovelace", TILE)
    assert (shade.color, letters.color) == ("#000000", "#ffffff")
    assert letters.alpha.max() == 255
    assert abs(letters.x + letters.alpha.shape[1] / 2 - (TILE.x + TILE.w / 2)) <= 4
    assert letters.y > TILE.h * 0.85
    under = shade.alpha[letters.y - shade.y :, letters.x - shade.x :][: letters.alpha.shape[0], : letters.alpha.shape[1]]
    assert under[letters.alpha == 255].min() > 60


def test_the_shade_has_no_hard_edge() -> None:
    shade, _ = caption_mask("Ada", TILE)
    column = shade.alpha[:, 0].astype(int)
    assert column[0] == 0
    assert np.diff(column).max() < 6


def test_a_composer_lays_captions_over_its_canvas_as_they_are() -> None:
    composer = CpuComposer(640, 360, color=ColorTags(), captions=Captions({Person.LEFT: "", Person.RIGHT: "Ada"}))
    cards = [
        Placement(Rect(x, 0, 320, 360), Crop(0, 0, 64, 48), person, TileState.STAND_IN, fill=Fill.CARD)
        for person, x in ((Person.LEFT, 0), (Person.RIGHT, 320))
    ]
    luma = composer.compose(random_frame(0, 64, 48), cards).planes[0]
    assert luma[:, 320:].max() == 235
    assert luma[:, :320].max() < 40


@given(st.text("abcXYZ .,-'", max_size=80), st.integers(40, 1000), st.integers(40, 1000))
@settings(max_examples=25, deadline=None)
def test_any_text_fits_into_any_tile(text: str, width: int, height: int) -> None:
    tile = Rect(20, 40, width * 2, height * 2)
    for layer in caption_mask(text, tile):
        assert_inside(layer, tile)


def test_a_long_name_is_written_smaller() -> None:
    short, long = (
        caption_mask(text, TILE)[1] for text in ("Ada", "Augusta Ada King, Countess of Lovelace, née Byron".replace("é", "e"))
    )
    assert long.alpha.shape[0] < short.alpha.shape[0]
    assert long.alpha.shape[1] <= 0.92 * TILE.w


@pytest.mark.parametrize("text", ["", "  \n\t "])
def test_no_text_is_no_caption(text: str) -> None:
    assert caption_mask(text, TILE) == []


def test_line_breaks_and_control_characters_become_spaces() -> None:
    one, other = (caption_mask(text, TILE)[1].alpha for text in ("Ada\r\n\x07Byron", "Ada Byron"))
    assert np.array_equal(one, other)


def test_an_unreadable_font_is_an_error_that_names_it(tmp_path: Path) -> None:
    broken = tmp_path / "broken.ttf"
    broken.write_bytes(b"not a font")
    for path in (broken, tmp_path / "missing.ttf"):
        with pytest.raises(ConfigurationError, match=path.name):
            caption_mask("Ada", TILE, str(path))


def test_letters_that_no_font_has_are_an_error_and_not_empty_boxes() -> None:
    with pytest.raises(ConfigurationError, match="caption_font"):
        caption_mask("Ada \U00012345", TILE)
