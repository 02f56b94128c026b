"""What every composer promises."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from dualface.errors import CompositionError
from dualface.interfaces import Composer
from dualface.render.compose.overlay import Captioning, no_captions
from dualface.testing.pictures import frame_of, random_frame
from dualface.types import (
    Box,
    ColorTags,
    Crop,
    Fill,
    Frame,
    Overlay,
    Person,
    PixelFormat,
    Placement,
    Rect,
    TileState,
    U8Array,
)

TAGS = ColorTags(primaries=1, transfer=1, matrix=1)
CANVAS = (96, 54)
TILES = {Person.LEFT: Rect(2, 4, 40, 46), Person.RIGHT: Rect(46, 2, 48, 50)}
STACKED = {Person.LEFT: Rect(0, 0, 96, 26), Person.RIGHT: Rect(0, 28, 96, 26)}
CROP = Crop(3, 3, 30, 30)
BACKGROUND = (30, 128, 128)
"""#101010 in limited range: 16 + 219 × 16 / 255."""
RED = (63, 102, 240)
"""#ff0000, of BT.709."""
SOURCE = (160, 120)
STARTS = (20, 16, 36)
"""Of Y, U and V in the top-left corner of :func:`sloping_frame`."""
MOST = 1.5
"""How far a sample may be from where it should be, in levels; slopes are such that this is about two pixels."""

FloatArray = NDArray[np.floating[Any]]
Planes = tuple[U8Array, U8Array, U8Array]
Make = Callable[..., Composer]


def show(left: Crop, right: Crop | None = None, fill: Fill = Fill.CROP, tiles: dict[Person, Rect] = TILES) -> list[Placement]:
    """Both people in their tiles."""
    crops = zip(tiles.items(), (left, right or left), strict=True)
    return [Placement(at, crop, person, TileState.TRACKED, 1, fill) for (person, at), crop in crops]


def in_tile(canvas: Sequence[U8Array], rect: Rect) -> list[U8Array]:
    """The part of Y, U and V that lies in ``rect``."""
    return [
        plane[rect.y >> half : rect.y + rect.h >> half, rect.x >> half : rect.x + rect.w >> half]
        for plane, half in zip(canvas, (0, 1, 1), strict=True)
    ]


def slope(x: FloatArray, y: FloatArray, start: float) -> FloatArray:
    """Values at places of the source, in pixels; shape (len(y), len(x))."""
    values: FloatArray = start + 0.9 * x[None, :] + 0.5 * y[:, None]
    return values


def sloping_frame(pixel_format: PixelFormat) -> Frame:
    """A picture that grows brighter and changes colour to the right and downward, chroma sited left, as everywhere."""
    width, height = SOURCE
    y = slope(np.arange(width) + 0.5, np.arange(height) + 0.5, STARTS[0])
    u, v = (slope(np.arange(width // 2) * 2 + 0.5, np.arange(height // 2) * 2 + 1.0, start) for start in STARTS[1:])
    return frame_of(_bytes(y), _bytes(u), _bytes(v), pixel_format)


def _bytes(values: FloatArray) -> U8Array:
    return np.rint(values).astype(np.uint8)


def check_slope(shown: Sequence[U8Array], crop: Crop, at: Rect) -> None:
    """Fails where ``crop`` of :func:`sloping_frame` is not stretched over a tile; its edges aside, where filters differ."""
    for plane, half, start in zip(shown, (0, 1, 1), STARTS, strict=True):
        rows, columns = plane.shape
        x = crop.x + (np.arange(columns) * (1 + half) + 0.5) * crop.w / at.w
        y = crop.y + (np.arange(rows) + 0.5) * (1 + half) * crop.h / at.h
        margins = [4 * (1 + half) * max(1.0, crop.w / at.w), 4 * (1 + half) * max(1.0, crop.h / at.h)]
        inner = np.ix_((y > margins[1]) & (y < SOURCE[1] - margins[1]), (x > margins[0]) & (x < SOURCE[0] - margins[0]))
        error = np.abs(plane - slope(x, y, start))[inner]
        assert error.max(initial=0) <= MOST


@st.composite
def crops(draw: st.DrawFn) -> Crop:
    """Any part of the source, of any shape."""
    w, h = draw(st.floats(4, SOURCE[0])), draw(st.floats(4, SOURCE[1]))
    return Crop(draw(st.floats(0, SOURCE[0] - w)), draw(st.floats(0, SOURCE[1] - h)), w, h)


class ComposerContract(ABC):
    """On small canvases, with pictures whose samples tell where they are from."""

    formats: tuple[PixelFormat, ...] = (PixelFormat.YUV420P, PixelFormat.NV12)
    """Those of the frames that it takes."""

    @abstractmethod
    def make(self, width: int, height: int, *, background: str, color: ColorTags, captions: Captioning) -> Composer:
        """A new composer, made as :class:`~dualface.interfaces.ComposerConstructor` says."""

    def to_device(self, frame: Frame) -> Frame:
        """The frame in the memory that the composer takes it from."""
        return frame

    def to_host(self, canvas: Frame) -> list[U8Array]:
        """Copies of a finished canvas' planes."""
        return [np.array(plane) for plane in canvas.planes]

    def planes(self, canvas: Frame) -> Planes:
        """Copies of a canvas' Y, U and V."""
        y, *chroma = self.to_host(canvas)
        u, v = np.moveaxis(chroma[0], 2, 0) if canvas.format is PixelFormat.NV12 else chroma
        return y, u, v

    def frame(self, seed: int = 0, width: int = 80, height: int = 60) -> Frame:
        return self.to_device(random_frame(seed, width, height, self.formats[-1]))

    def new(self, *, background: str = "#101010", captions: Captioning = no_captions) -> Composer:
        return self.make(*CANVAS, background=background, color=TAGS, captions=captions)

    @pytest.fixture
    def opened(self) -> Iterator[Make]:
        """Makes composers, which are closed at the end."""
        made: list[Composer] = []

        def build(**options: Any) -> Composer:
            made.append(self.new(**options))
            return made[-1]

        yield build
        for composer in made:
            composer.close()

    def test_a_canvas_says_what_it_is(self, opened: Make) -> None:
        composer = opened()
        assert isinstance(composer, Composer)
        frame = self.frame()
        canvas = composer.compose(frame, show(CROP))
        assert (canvas.index, canvas.pts, canvas.time_base, canvas.duration) == (3, 7, frame.time_base, 2)
        assert (canvas.width, canvas.height, canvas.color, canvas.device) == (*CANVAS, TAGS, frame.device)
        y, u, v = self.planes(canvas)
        assert y.shape == (54, 96)
        assert u.shape == v.shape == (27, 48)

    @given(crops(), crops(), st.sampled_from([TILES, STACKED]))
    @settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.differing_executors])
    def test_every_crop_lands_where_it_should(self, left: Crop, right: Crop, tiles: dict[Person, Rect]) -> None:
        composer = self.new()
        for pixel_format in self.formats:
            canvas = composer.compose(self.to_device(sloping_frame(pixel_format)), show(left, right, tiles=tiles))
            shown = self.planes(canvas)
            composer.recycle(canvas)
            for crop, at in zip((left, right), tiles.values(), strict=True):
                check_slope(in_tile(shown, at), crop, at)
        composer.close()

    def test_one_to_one_is_a_copy(self, opened: Make) -> None:
        composer = opened()
        for pixel_format in self.formats:
            frame = random_frame(1, 120, 90, pixel_format, padding=7)
            placements = show(Crop(10, 20, 40, 46), Crop(64, 30, 48, 50))
            shown = self.planes(composer.compose(self.to_device(frame), placements))
            planar = random_frame(1, 120, 90).planes
            for tile, part in ((TILES[Person.LEFT], Rect(10, 20, 40, 46)), (TILES[Person.RIGHT], Rect(64, 30, 48, 50))):
                for made, original in zip(in_tile(shown, tile), in_tile(planar, part), strict=True):
                    np.testing.assert_array_equal(made, original)

    def test_what_no_tile_covers_is_background(self, opened: Make) -> None:
        composer = opened()
        for seed in range(2):
            canvas = composer.compose(self.frame(seed), show(CROP))
            shown = self.planes(canvas)
            composer.recycle(canvas)
            for plane, value, half in zip(shown, BACKGROUND, (0, 1, 1), strict=True):
                free = np.ones(plane.shape, bool)
                for t in TILES.values():
                    free[t.y >> half : t.y + t.h >> half, t.x >> half : t.x + t.w >> half] = False
                assert np.all(plane[free] == value)

    def test_a_card_is_background_only_and_needs_no_crop(self, opened: Make) -> None:
        composer, frame = opened(background="#ff0000"), self.frame()
        composer.recycle(composer.compose(frame, show(CROP)))
        card = Placement(TILES[Person.LEFT], Box(0, 0, 0, 0), Person.LEFT, TileState.STAND_IN, fill=Fill.CARD)
        shown = self.planes(composer.compose(frame, [card, *show(CROP)[1:]]))
        for plane, value in zip(in_tile(shown, TILES[Person.LEFT]), RED, strict=True):
            assert np.all(plane == value)

    @pytest.mark.parametrize(
        ("crop", "picture"), [(Crop(0, 0, 80, 40), Rect(0, 12, 40, 20)), (Crop(4, 1, 23, 46), Rect(8, 0, 24, 46))]
    )
    def test_between_bars_the_whole_crop_is_seen_in_its_own_shape(self, opened: Make, crop: Crop, picture: Rect) -> None:
        white = np.full((60, 80), 235, np.uint8)
        frame = self.to_device(frame_of(white, white[::2, ::2], white[::2, ::2], self.formats[-1]))
        luma, *_ = in_tile(self.planes(opened().compose(frame, show(crop, fill=Fill.BARS))), TILES[Person.LEFT])
        bright, dark = luma == 235, luma == BACKGROUND[0]
        assert bright[picture.y + 2 : picture.y + picture.h - 2, picture.x + 2 : picture.x + picture.w - 2].all()
        outside = np.ones(luma.shape, bool)
        outside[max(picture.y - 2, 0) : picture.y + picture.h + 2, max(picture.x - 2, 0) : picture.x + picture.w + 2] = False
        assert dark[outside].all()

    def test_a_later_placement_lies_over_an_earlier_one(self, opened: Make) -> None:
        composer, frame, whole, inset = opened(), self.frame(0, *CANVAS), Rect(0, 0, *CANVAS), Rect(40, 20, 24, 20)
        below = Placement(whole, Crop(0, 0, *CANVAS), None, TileState.SCENE)
        above = Placement(inset, Crop(3, 5, 24, 20), Person.LEFT, TileState.TRACKED, 1)
        both, alone, under = (self.planes(composer.compose(frame, some)) for some in ([below, above], [above], [below]))
        for plane, top, bottom, half in zip(both, alone, under, (0, 1, 1), strict=True):
            expected, part = bottom.copy(), np.s_[20 >> half : 40 >> half, 40 >> half : 64 >> half]
            expected[part] = top[part]
            np.testing.assert_array_equal(plane, expected)

    def test_outside_of_rounded_corners_what_lies_below_is_seen(self, opened: Make) -> None:
        composer, frame, tile, radius = opened(), self.frame(0, *CANVAS), Rect(20, 10, 40, 36), 12
        below = Placement(Rect(0, 0, *CANVAS), Crop(0, 0, *CANVAS), None, TileState.SCENE)
        square = Placement(tile, Crop(3, 5, 40, 36), Person.LEFT, TileState.TRACKED, 1)
        under, over, made = (
            self.planes(composer.compose(frame, some))
            for some in ([below], [below, square], [below, replace(square, corner=radius)])
        )
        y, x = np.mgrid[0 : tile.h, 0 : tile.w] + 0.5
        beyond = np.hypot(
            np.maximum(np.abs(x - tile.w / 2) - tile.w / 2 + radius, 0),
            np.maximum(np.abs(y - tile.h / 2) - tile.h / 2 + radius, 0),
        )
        for plane, bottom, top, half in zip(made, under, over, (0, 1, 1), strict=True):
            away = beyond[half :: 1 + half, half :: 1 + half] - radius
            mine, lower, upper = (in_tile([p] * 3, tile)[half] for p in (plane, bottom, top))
            np.testing.assert_array_equal(mine[away < -2], upper[away < -2])
            np.testing.assert_array_equal(mine[away > 2], lower[away > 2])
            assert (away > 2).any()
            low, high = np.minimum(lower, upper), np.maximum(lower, upper)
            assert np.all((mine >= low) & (mine <= high)), "between is a mixture"
            outside = np.ones(plane.shape, bool)
            outside[tile.y >> half : tile.y + tile.h >> half, tile.x >> half : tile.x + tile.w >> half] = False
            np.testing.assert_array_equal(plane[outside], bottom[outside])

    def test_captions_end_where_a_rounded_tile_ends(self, opened: Make) -> None:
        frame, tile = self.frame(0, *CANVAS), Rect(20, 10, 40, 36)
        below = Placement(Rect(0, 0, *CANVAS), Crop(0, 0, *CANVAS), None, TileState.SCENE)
        above = Placement(tile, Crop(3, 5, 40, 36), Person.LEFT, TileState.TRACKED, 1, corner=12)
        shade = Overlay(tile.x, tile.y, np.full((tile.h, tile.w), 255, np.uint8), "#ff0000")
        shown = self.planes(opened(captions=lambda p: [shade] if p.person else []).compose(frame, [below, above]))
        bare = self.planes(opened().compose(frame, [below]))
        for plane, under, value in zip(in_tile(shown, tile), in_tile(bare, tile), RED, strict=True):
            assert np.all(plane[plane.shape[0] // 2] == value)
            assert plane[0, 0] == under[0, 0]

    def test_a_backdrop_is_the_scene_without_detail_and_nothing_in_front(self, opened: Make) -> None:
        y, x = np.mgrid[0:54, 0:96]
        checks = (60 + x + 40 * ((x // 2 + y // 2) % 2)).clip(0, 255).astype(np.uint8)
        grey = np.full((27, 48), 128, np.uint8)
        frame = self.to_device(frame_of(checks, grey, grey, self.formats[-1]))
        backdrop = Placement(Rect(0, 0, *CANVAS), Box(0, 0, 96, 54), None, TileState.SCENE, fill=Fill.BACKDROP)
        tile = Placement(TILES[Person.LEFT], CROP, Person.LEFT, TileState.TRACKED, 1)
        alone, behind = (self.planes(opened().compose(frame, some))[0].astype(int) for some in ([backdrop], [backdrop, tile]))
        assert np.abs(np.diff(alone, axis=1)).max() <= 6, "no detail is left"
        assert alone[:, -8:].mean() - alone[:, :8].mean() > 40, "it is the same picture"
        free = np.ones(alone.shape, bool)
        free[tile.at.y : tile.at.y + tile.at.h, tile.at.x : tile.at.x + tile.at.w] = False
        np.testing.assert_array_equal(alone[free], behind[free])

    def test_placements_move_from_frame_to_frame(self, opened: Make) -> None:
        composer, frame = opened(), self.frame()
        for tiles in (TILES, STACKED, TILES):
            canvas = composer.compose(frame, show(CROP, tiles=tiles))
            shown = self.planes(canvas)
            composer.recycle(canvas)
            for made, fresh in zip(shown, self.planes(opened().compose(frame, show(CROP, tiles=tiles))), strict=True):
                np.testing.assert_array_equal(made, fresh)

    def test_captions_lie_over_their_placement_in_every_frame_and_never_add_up(self, opened: Make) -> None:
        alpha = np.zeros((11, 31), np.uint8)
        alpha[2:9, 3:28], alpha[4:6, 5:20] = 128, 255
        places = {Person.LEFT: (6, 20), Person.RIGHT: (30, 42)}
        overlays = {person: [Overlay(x, y, alpha, "#ffffff")] for person, (x, y) in places.items()}
        composer, plain = opened(captions=lambda placement: overlays[placement.person]), opened()
        full = np.zeros((54, 96))
        for x, y in places.values():
            full[y : y + 11, x : x + 31] = alpha / 255
        shares = (full, *[full.reshape(27, 2, 48, 2).mean((1, 3))] * 2)
        for seed in range(3):
            frame = self.frame(seed)
            canvas = composer.compose(frame, show(CROP))
            shown, bare = self.planes(canvas), self.planes(plain.compose(frame, show(CROP)))
            composer.recycle(canvas)
            for plane, under, share, value in zip(shown, bare, shares, (235, 128, 128), strict=True):
                assert np.abs(plane - (under * (1 - share) + value * share)).max() <= MOST

    def test_a_canvas_is_left_alone_until_it_is_given_back(self, opened: Make) -> None:
        composer = opened()
        canvases = [composer.compose(self.frame(seed), show(CROP)) for seed in range(12)]
        before = [self.planes(canvas) for canvas in canvases]
        for canvas in canvases[3:]:
            composer.recycle(canvas)
        for seed in range(12, 24):
            composer.compose(self.frame(seed), show(CROP))
        for canvas, old in zip(canvases[:3], before, strict=False):
            for now, then in zip(self.planes(canvas), old, strict=True):
                np.testing.assert_array_equal(now, then)

    @pytest.mark.parametrize("crop", [(0, 0, 0, 10), (0, 0, 10, -1), (float("nan"), 0, 10, 10), (0, 0, float("inf"), 10)])
    def test_an_impossible_crop_is_an_error_and_the_next_frame_is_fine(self, opened: Make, crop: Any) -> None:
        composer, frame = opened(), self.frame()
        with pytest.raises(CompositionError) as caught:
            composer.compose(frame, show(CROP, Crop(*crop)))
        assert (caught.value.stage, caught.value.frame) == ("compose", 3)
        assert composer.compose(frame, show(CROP)).index == 3

    @pytest.mark.parametrize("at", [Rect(1, 0, 20, 20), Rect(80, 0, 20, 20), Rect(0, 0, 0, 20), Rect(0, -2, 20, 20)])
    def test_an_impossible_place_is_an_error(self, opened: Make, at: Rect) -> None:
        with pytest.raises(CompositionError):
            opened().compose(self.frame(), [Placement(at, CROP, Person.LEFT, TileState.TRACKED)])

    def test_a_frame_that_it_cannot_read_is_an_error(self, opened: Make) -> None:
        composer, frame = opened(), self.frame()
        with pytest.raises(CompositionError):
            composer.compose(replace(frame, planes=frame.planes[:1]), show(CROP))
        with pytest.raises(CompositionError):
            composer.compose(replace(frame, device="mars:0"), show(CROP))

    def test_an_odd_canvas_is_refused(self) -> None:
        with pytest.raises(ValueError, match="canvas"):
            self.make(95, 54, background="#101010", color=TAGS, captions=no_captions)
