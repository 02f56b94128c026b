"""Captions are readable, inside their tile, of one style and size, and in fonts that have the letters."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import features
from tests.support.fonts import font_of

from dualface.errors import ConfigurationError
from dualface.render.captions import Captions
from dualface.render.compose.cpu import CpuComposer
from dualface.render.fonts import FontFile, Wanted
from dualface.testing.pictures import random_frame
from dualface.types import Box, ColorTags, Crop, Fill, Overlay, Person, Placement, Rect, TileState

CANVAS = (1920, 1080)
TILES = {Person.LEFT: Rect(0, 0, 960, 1080), Person.RIGHT: Rect(960, 0, 960, 1080)}
TILE = TILES[Person.RIGHT]
WHOLE = Box(0.0, 0.0, 1.0, 1.0)


class Installed:
    """A system on which these fonts are installed."""

    def __init__(self, *paths: Path) -> None:
        self.paths, self.asked = paths, list[Wanted]()

    def __call__(self, wanted: Wanted) -> Iterator[FontFile]:
        self.asked.append(wanted)
        return (FontFile(str(path)) for path in self.paths)


NOTHING = Installed()
needs_joining = pytest.mark.skipif(not features.check("raqm"), reason="nothing here joins letters")


def written(
    left: str, right: str, font: Path | None = None, find: Installed = NOTHING, tiles: dict[Person, Rect] = TILES
) -> list[list[Overlay]]:
    captions = Captions({Person.LEFT: left, Person.RIGHT: right}, tiles, CANVAS, str(font) if font else None, find)
    return [list(captions(Placement(tiles[person], WHOLE, person, TileState.TRACKED))) for person in Person]


def caption(text: str, tile: Rect = TILE, font: Path | None = None, find: Installed = NOTHING) -> list[Overlay]:
    return written("", text, font, find, {Person.LEFT: TILES[Person.LEFT], Person.RIGHT: tile})[1]


def letter_heights(overlays: list[Overlay]) -> int:
    return int((overlays[1].alpha > 127).any(1).sum())


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
    shade, letters = caption("Ada Lovelace")
    assert (shade.color, letters.color) == ("#000000", "#ffffff")
    assert letters.alpha.max() == 255
    assert abs(letters.x + letters.alpha.shape[1] / 2 - (TILE.x + TILE.w / 2)) <= 4
    assert letters.y > TILE.h * 0.85
    under = shade.alpha[letters.y - shade.y :, letters.x - shade.x :][: letters.alpha.shape[0], : letters.alpha.shape[1]]
    assert under[letters.alpha == 255].min() > 60


def test_the_shade_has_no_hard_edge() -> None:
    shade, _ = caption("Ada")
    column = shade.alpha[:, 0].astype(int)
    assert column[0] == 0
    assert np.diff(column).max() < 6


def test_a_composer_lays_captions_over_its_canvas_as_they_are() -> None:
    tiles = {Person.LEFT: Rect(0, 0, 320, 360), Person.RIGHT: Rect(320, 0, 320, 360)}
    captions = Captions({Person.LEFT: "", Person.RIGHT: "Ada"}, tiles, (640, 360))
    composer = CpuComposer(640, 360, color=ColorTags(), captions=captions)
    cards = [Placement(at, Crop(0, 0, 64, 48), person, TileState.STAND_IN, fill=Fill.CARD) for person, at in tiles.items()]
    luma = composer.compose(random_frame(0, 64, 48), cards).planes[0]
    assert luma[:, 320:].max() == 235
    assert luma[:, :320].max() < 40


@given(st.text("abcXYZ .,-'", max_size=80), st.integers(40, 1000), st.integers(40, 1000))
@settings(max_examples=25, deadline=None)
def test_any_text_fits_into_any_tile(text: str, width: int, height: int) -> None:
    tile = Rect(20, 40, width * 2, height * 2)
    for layer in caption(text, tile):
        assert_inside(layer, tile)


def test_a_tile_that_turns_out_smaller_has_a_caption_that_fits() -> None:
    captions = Captions({Person.RIGHT: "Augusta Ada King, Countess"}, TILES, CANVAS)
    small = Rect(1600, 800, 200, 150)
    for layer in captions(Placement(small, WHOLE, Person.RIGHT, TileState.TRACKED)):
        assert_inside(layer, small)


def test_a_long_name_makes_both_smaller() -> None:
    short = written("Ada", "Bob")
    long = written("Augusta Ada King, Countess of Lovelace, nee Byron", "Bob")
    assert letter_heights(long[1]) < letter_heights(short[1])
    assert long[0][1].alpha.shape[1] <= 0.92 * TILE.w


def test_a_name_that_is_too_long_is_shortened_before_it_is_too_small_to_read() -> None:
    plain, cut = (written(name, "Bob")[1] for name in ("Ada", "Ada " * 20))
    assert letter_heights(cut) >= 0.45 * letter_heights(plain)


def test_the_size_follows_from_the_canvas_and_not_from_the_tile() -> None:
    halves, inset = ({**TILES, Person.RIGHT: Rect(1400, 700, 400, 300)}, TILES)
    sizes = {letter_heights(one) for tiles in (halves, inset) for one in written("Bob", "Bob", tiles=tiles)}
    assert len(sizes) == 1


def test_both_names_are_in_one_font_where_one_has_both(tmp_path: Path) -> None:
    """The built-in font has no é: what has it is taken for the other name, too."""
    both = font_of(tmp_path / "both.ttf", "Zoé Bob", height=400)
    zoe, bob = written("Zoé", "Bob", find=Installed(both))
    assert letter_heights(zoe) == letter_heights(bob)
    assert letter_heights(bob) < letter_heights(written("Zoe", "Bob")[1])


def test_scripts_that_no_font_has_together_are_written_in_one_font_each(tmp_path: Path) -> None:
    chinese, thai = font_of(tmp_path / "a.ttf", "王芳", height=800), font_of(tmp_path / "b.ttf", "สม", height=300)
    left, right = written("王芳 Ann", "สม", find=Installed(thai, chinese))
    assert letter_heights(left) > 2 * letter_heights(right)
    assert left[0].alpha.shape == right[0].alpha.shape  # but the shade under them is the same


def test_a_font_that_is_named_is_used_for_all_that_it_has(tmp_path: Path) -> None:
    named, other = font_of(tmp_path / "own.ttf", "Bob", height=300), font_of(tmp_path / "other.ttf", "王Bob", height=800)
    bob = caption("Bob", font=named, find=Installed(other))
    assert letter_heights(bob) < letter_heights(caption("Bob"))
    assert letter_heights(caption("王", font=named, find=Installed(other))) > 2 * letter_heights(bob)


def test_the_built_in_font_is_enough_for_plain_names() -> None:
    asked = Installed()
    written("Ada", "Bob", find=asked)
    assert asked.asked == []


def test_emoji_have_their_colors_and_letters_stay_white(tmp_path: Path) -> None:
    emoji = font_of(tmp_path / "emoji.ttf", "😀", colors=("#ff0000", "#0000ff"))
    find = Installed(emoji)
    _, letters = caption("Ann 😀", find=find)
    assert not isinstance(letters.color, str)
    solid = {tuple(pixel) for pixel in letters.color[letters.alpha == 255].tolist()}
    assert solid == {(255, 255, 255), (255, 0, 0), (0, 0, 255)}
    assert find.asked == [Wanted("😀", "", emoji=True)]
    colored = (letters.color != 255).any(2) & (letters.alpha == 255)
    assert np.flatnonzero(colored.any(0)).min() > letters.alpha.shape[1] * 0.6  # it stands where it was written


def test_a_font_that_draws_nothing_for_an_emoji_is_passed_over(tmp_path: Path) -> None:
    """As those do whose colours FreeType does not know."""
    blank = font_of(tmp_path / "blank.ttf", "😀", height=0)
    emoji = font_of(tmp_path / "emoji.ttf", "😀", colors=("#ff0000", "#0000ff"))
    _, letters = caption("😀", find=Installed(blank, emoji))
    assert not isinstance(letters.color, str)


@pytest.mark.parametrize(
    ("name", "language"), [("王芳", "zh-cn"), ("田中さくら", "ja"), ("김민수 金", "ko"), ("สมชาย", ""), ("Żaneta", "")]
)
def test_ideographs_are_asked_for_in_the_forms_of_their_language(name: str, language: str, tmp_path: Path) -> None:
    find = Installed(font_of(tmp_path / "all.ttf", name))
    caption(name, find=find)
    assert {one.language for one in find.asked} == {language}


@pytest.mark.parametrize("name", ["王芳", "สมชาย", "Żaneta", "Zoë 😀", pytest.param("प्रिया", marks=needs_joining)])
def test_a_name_in_any_script_is_written_where_a_font_has_it(name: str, tmp_path: Path) -> None:
    """As one line, in white, inside its tile, beside a plain name."""
    find = Installed(
        font_of(tmp_path / "all.ttf", "".join(sorted(set(name) - set(" 😀"))) + "Bob"),
        font_of(tmp_path / "emoji.ttf", "😀", colors=("#ff0000", "#0000ff")),
    )
    for layers, person in zip(written(name, "Bob", find=find), Person, strict=True):
        shade, letters = layers
        assert letters.alpha.max() == 255
        assert letters.alpha.shape[1] > letters.alpha.shape[0]
        assert_inside(shade, TILES[person])
        assert_inside(letters, TILES[person])


@pytest.mark.parametrize(
    ("name", "package"),
    [
        ("王芳", "fonts-noto-cjk"),
        ("สมชาย", "fonts-noto-core"),
        pytest.param("प्रिया", "fonts-noto-core", marks=needs_joining),
        ("Bob 😀", "fonts-noto-color-emoji"),
    ],
)
def test_what_is_missing_is_named_and_what_to_install(name: str, package: str) -> None:
    with pytest.raises(ConfigurationError, match=package) as caught:
        caption(name)
    assert "framing.caption_font" in str(caught.value)


def test_letters_that_must_be_joined_are_refused_where_nothing_joins_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    find = Installed(font_of(tmp_path / "all.ttf", "محمد王"))
    monkeypatch.setattr(features, "check", lambda feature: False)
    caption("王", find=find)
    with pytest.raises(ConfigurationError, match="FriBiDi"):
        caption("محمد", find=find)


@pytest.mark.parametrize("text", ["", "  \n\t "])
def test_no_text_is_no_caption(text: str) -> None:
    assert caption(text) == []


def test_line_breaks_and_control_characters_become_spaces() -> None:
    one, other = (caption(text)[1].alpha for text in ("Ada\r\n\x07Byron", "Ada Byron"))
    assert np.array_equal(one, other)


def test_letters_and_their_accents_are_one_however_they_are_written(tmp_path: Path) -> None:
    find = Installed(font_of(tmp_path / "all.ttf", "Zoé"))
    one, other = (caption(text, find=find)[1].alpha for text in ("Zoe\u0301", "Zo\u00e9"))
    assert np.array_equal(one, other)


def test_who_is_left_out_has_no_caption_and_the_others_look_the_same() -> None:
    names = {Person.LEFT: "Augusta Ada King, Countess of Lovelace, nee Byron", Person.RIGHT: "Bob"}
    captions = Captions(names, TILES, CANVAS).without([Person.LEFT])
    assert not captions(Placement(TILES[Person.LEFT], WHOLE, Person.LEFT, TileState.TRACKED))
    bob = captions(Placement(TILE, WHOLE, Person.RIGHT, TileState.TRACKED))
    assert np.array_equal(bob[1].alpha, written(names[Person.LEFT], "Bob")[1][1].alpha)


def test_an_unreadable_font_is_an_error_that_names_it(tmp_path: Path) -> None:
    broken = tmp_path / "broken.ttf"
    broken.write_bytes(b"not a font")
    for path in (broken, tmp_path / "missing.ttf"):
        with pytest.raises(ConfigurationError, match=path.name):
            caption("Ada", font=path)


def test_fonts_that_cannot_be_read_are_passed_over_while_looking(tmp_path: Path) -> None:
    broken, fine = tmp_path / "broken.ttf", font_of(tmp_path / "fine.ttf", "王")
    broken.write_bytes(b"not a font")
    assert caption("王", find=Installed(broken, tmp_path / "missing.ttf", fine))
