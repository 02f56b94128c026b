"""What every composer promises.  A new backend adds a line to COMPOSERS; frames of both formats go through each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.scaling import chroma_crop, frame_of, random_frame, scaled

from dualface.errors import CompositionError
from dualface.interfaces import Composer
from dualface.render.compose.cpu import CpuComposer
from dualface.types import Box, ColorTags, Crop, Fill, Frame, Overlay, Person, PixelFormat, Placement, Rect, TileState, U8Array

TAGS = ColorTags(primaries=1, transfer=1, matrix=1)
BACKGROUND = (30, 128, 128)
"""#101010, limited range: 16 + 219 × 16 / 255."""
CANVAS = (96, 54)
TILES = {Person.LEFT: Rect(2, 4, 40, 46), Person.RIGHT: Rect(46, 2, 48, 50)}
STACKED = {Person.LEFT: Rect(0, 0, 96, 26), Person.RIGHT: Rect(0, 28, 96, 26)}


@dataclass(frozen=True)
class Backend:
    """A composer and the way of frames to and from its memory."""

    make: Callable[..., Composer]
    to_device: Callable[[Frame], Frame] = lambda frame: frame
    to_host: Callable[[Any], U8Array] = np.asarray


COMPOSERS = {"cpu": Backend(CpuComposer)}


@pytest.fixture(params=list(COMPOSERS))
def backend(request: pytest.FixtureRequest) -> Backend:
    return COMPOSERS[request.param]


@pytest.fixture(params=list(PixelFormat))
def pixel_format(request: pytest.FixtureRequest) -> PixelFormat:
    return PixelFormat(request.param)


@pytest.fixture
def make(backend: Backend) -> Iterator[Callable[..., Composer]]:
    made: list[Composer] = []

    def build(**options: Any) -> Composer:
        made.append(backend.make(*CANVAS, color=TAGS, **options))
        return made[-1]

    yield build
    for composer in made:
        composer.close()


def show(left: Crop, right: Crop | None = None, fill: Fill = Fill.CROP, tiles: dict[Person, Rect] = TILES) -> list[Placement]:
    crops = zip(tiles.items(), (left, right or left), strict=True)
    return [Placement(at, crop, person, TileState.TRACKED, 1, fill) for (person, at), crop in crops]


def planes(backend: Backend, canvas: Frame) -> tuple[U8Array, U8Array, U8Array]:
    """Copies of Y, U and V."""
    y, *chroma = (np.array(backend.to_host(plane)) for plane in canvas.planes)
    u, v = np.moveaxis(chroma[0], 2, 0) if canvas.format is PixelFormat.NV12 else chroma
    return y, u, v


def in_tile(canvas: Sequence[U8Array], rect: Rect) -> list[U8Array]:
    return [
        plane[rect.y >> half : rect.y + rect.h >> half, rect.x >> half : rect.x + rect.w >> half]
        for plane, half in zip(canvas, (0, 1, 1), strict=True)
    ]


def ideal(frame: Frame, crop: Crop, rect: Rect) -> list[Any]:
    y, u, v = frame.planes
    chroma = partial(scaled, crop=chroma_crop(crop, rect.w), width=rect.w // 2, height=rect.h // 2)
    return [scaled(y, crop, rect.w, rect.h), chroma(u), chroma(v)]


def test_a_canvas_says_what_it_is(backend: Backend, make: Callable[..., Composer], pixel_format: PixelFormat) -> None:
    frame = random_frame(0, 80, 60, pixel_format)
    composer = make()
    assert isinstance(composer, Composer)
    canvas = composer.compose(backend.to_device(frame), show(Crop(3, 3, 30, 30)))
    assert (canvas.index, canvas.pts, canvas.time_base, canvas.duration) == (3, 7, frame.time_base, 2)
    assert (canvas.width, canvas.height, canvas.color) == (*CANVAS, TAGS)
    y, u, v = planes(backend, canvas)
    assert y.shape == (54, 96)
    assert u.shape == v.shape == (27, 48)


@given(
    st.integers(0, 99), st.integers(1, 130), st.integers(1, 130), st.floats(-40, 120), st.floats(-40, 120),
    st.floats(1, 150), st.floats(0.5, 2.0), st.sampled_from([TILES, STACKED]),
)  # fmt: skip
@settings(max_examples=40, deadline=None)
@pytest.mark.parametrize("name", list(COMPOSERS))
def test_every_crop_of_every_frame_lands_where_it_should(
    name: str, seed: int, width: int, height: int, x: float, y: float, w: float, shape: float, tiles: dict[Person, Rect]
) -> None:
    backend = COMPOSERS[name]
    composer = backend.make(*CANVAS, color=TAGS)
    crops = Crop(x, y, w, w * shape), Crop(y, x, w / shape, w)
    frame = random_frame(seed, width, height)
    results = []
    for pixel_format in PixelFormat:
        source = backend.to_device(random_frame(seed, width, height, pixel_format, padding=seed % 9))
        results.append(planes(backend, composer.compose(source, show(*crops, tiles=tiles))))
    for planar, interleaved in zip(*results, strict=True):
        assert np.array_equal(planar, interleaved)
    for side, crop in zip(Person, crops, strict=True):
        wanted = ideal(frame, crop, tiles[side])
        for plane, expected in zip(in_tile(results[0], tiles[side]), wanted, strict=True):
            assert np.abs(plane - expected).max() <= 1
    composer.close()


def test_one_to_one_is_a_copy(backend: Backend, make: Callable[..., Composer], pixel_format: PixelFormat) -> None:
    frame = random_frame(1, 120, 90, pixel_format)
    canvas = planes(backend, make().compose(backend.to_device(frame), show(Crop(10, 20, 40, 46), Crop(64, 30, 48, 50))))
    source = planes(backend, frame)
    for tile, part in ((TILES[Person.LEFT], Rect(10, 20, 40, 46)), (TILES[Person.RIGHT], Rect(64, 30, 48, 50))):
        for made, original in zip(in_tile(canvas, tile), in_tile(source, part), strict=True):
            assert np.array_equal(made, original)


@pytest.mark.parametrize("crop", [Crop(10.25, 8.5, 17.3, 20.1), Crop(7.7, 5.1, 40, 46), Crop(5.4, 6.2, 70.3, 80.9)])
def test_colour_stays_on_brightness(backend: Backend, make: Callable[..., Composer], crop: Crop) -> None:
    x = np.arange(100) + 0.5
    y = np.rint(40 + 1.5 * x).astype(np.uint8)[None].repeat(100, 0)
    u = np.rint(40 + 1.5 * (np.arange(50) * 2 + 0.5)).astype(np.uint8)[None].repeat(50, 0)
    made = planes(backend, make().compose(backend.to_device(frame_of(y, u, u)), show(crop)))
    luma, blue, red = in_tile(made, TILES[Person.LEFT])
    inside = slice(2, -2)
    assert np.abs(luma[::2, ::2].astype(int) - blue)[:, inside].max() <= 1
    assert np.array_equal(blue, red)


def test_what_no_tile_covers_is_background(backend: Backend, make: Callable[..., Composer]) -> None:
    composer = make()
    for seed in range(2):
        canvas = composer.compose(backend.to_device(random_frame(seed, 80, 60)), show(Crop(3, 3, 30, 30)))
        made = planes(backend, canvas)
        composer.recycle(canvas)
        for plane, value, half in zip(made, BACKGROUND, (0, 1, 1), strict=True):
            free = np.ones(plane.shape, bool)
            for t in TILES.values():
                free[t.y >> half : t.y + t.h >> half, t.x >> half : t.x + t.w >> half] = False
            assert np.all(plane[free] == value)


def test_a_card_is_background_only_and_needs_no_crop(backend: Backend, make: Callable[..., Composer]) -> None:
    composer = make(background="#ff0000")
    frame = backend.to_device(random_frame(0, 80, 60))
    composer.recycle(composer.compose(frame, show(Crop(3, 3, 30, 30))))
    card = Placement(TILES[Person.LEFT], Box(0, 0, 0, 0), Person.LEFT, TileState.STAND_IN, fill=Fill.CARD)
    made = planes(backend, composer.compose(frame, [card, *show(Crop(3, 3, 30, 30))[1:]]))
    for plane, value in zip(in_tile(made, TILES[Person.LEFT]), (63, 102, 240), strict=True):
        assert np.all(plane == value)


@pytest.mark.parametrize(
    ("crop", "picture"),
    [
        (Crop(0, 0, 80, 40), Rect(0, 12, 40, 20)),
        (Crop(4, 1, 23, 46), Rect(8, 0, 24, 46)),
        (Crop(9, 9, 60, 1), Rect(0, 22, 40, 2)),
    ],
)
def test_a_fitted_view_shows_all_of_its_crop_between_bars(
    backend: Backend, make: Callable[..., Composer], crop: Crop, picture: Rect
) -> None:
    frame, tile = random_frame(0, 80, 60), TILES[Person.LEFT]
    composer = make()
    composer.recycle(composer.compose(backend.to_device(frame), show(Crop(3, 3, 30, 30))))
    made = planes(backend, composer.compose(backend.to_device(frame), show(crop, fill=Fill.BARS)))
    inner = Rect(tile.x + picture.x, tile.y + picture.y, picture.w, picture.h)
    for plane, expected in zip(in_tile(made, inner), ideal(frame, crop, inner), strict=True):
        assert np.abs(plane - expected).max() <= 1
    bars = in_tile(made, tile)[0]
    bars[picture.y : picture.y + picture.h, picture.x : picture.x + picture.w] = BACKGROUND[0]
    assert np.all(bars == BACKGROUND[0])


def test_a_blurred_surround_is_the_picture_itself_without_detail(backend: Backend, make: Callable[..., Composer]) -> None:
    y, x = np.mgrid[0:60, 0:80]
    slope = (60 + x).astype(np.uint8)
    checks = (slope + 40 * ((x // 2 + y // 2) % 2)).astype(np.uint8)
    grey = np.full((30, 40), 128, np.uint8)
    frame, crop, whole = frame_of(checks, grey, grey), Crop(0, 0, 80, 20), Rect(0, 0, *CANVAS)
    placement = Placement(whole, crop, None, TileState.SCENE, fill=Fill.BLUR)
    made = planes(backend, make().compose(backend.to_device(frame), [placement]))[0].astype(int)
    inner = Rect(0, 14, 96, 24)
    for plane, expected in zip(in_tile([made] * 3, inner)[:1], ideal(frame, crop, inner)[:1], strict=True):
        assert np.abs(plane - expected).max() <= 1
    surround = np.concatenate([made[:12], made[40:]])
    assert not np.any(surround == BACKGROUND[0])
    assert np.abs(np.diff(surround, axis=1)).max() <= 6, "no detail is left"
    assert surround[:, -8:].mean() - surround[:, :8].mean() > 10, "it is the same picture"


@pytest.mark.parametrize(
    "crop",
    [
        Crop(0, 0, 0, 10),
        Crop(0, 0, 10, -1),
        Crop(float("nan"), 0, 10, 10),
        Crop(0, 0, float("inf"), 10),
        Crop(0, 1e9, 10, 10),
    ],
)
def test_an_impossible_crop_is_an_error_and_the_next_frame_is_fine(
    backend: Backend, make: Callable[..., Composer], crop: Crop
) -> None:
    composer, frame = make(), backend.to_device(random_frame(0, 80, 60))
    with pytest.raises(CompositionError, match="right") as caught:
        composer.compose(frame, show(Crop(3, 3, 30, 30), crop))
    assert (caught.value.stage, caught.value.frame) == ("compose", 3)
    assert composer.compose(frame, show(Crop(3, 3, 30, 30))).index == 3


def test_other_input_that_cannot_be_composed_is_the_same_error(backend: Backend, make: Callable[..., Composer]) -> None:
    composer, frame = make(), backend.to_device(random_frame(0, 80, 60))
    with pytest.raises(CompositionError):
        composer.compose(replace(frame, planes=frame.planes[:1]), show(Crop(0, 0, 9, 9)))
    with pytest.raises(CompositionError):
        composer.compose(replace(frame, device="mars:0"), show(Crop(0, 0, 9, 9)))


def test_a_canvas_is_left_alone_until_it_is_given_back(backend: Backend, make: Callable[..., Composer]) -> None:
    composer = make(pool=2)
    canvases = [composer.compose(backend.to_device(random_frame(seed, 80, 60)), show(Crop(3, 3, 30, 30))) for seed in range(5)]
    before = [planes(backend, canvas) for canvas in canvases]
    for again in canvases[3:]:
        composer.recycle(again)
    for seed in range(2):
        composer.compose(backend.to_device(random_frame(9 + seed, 80, 60)), show(Crop(3, 3, 30, 30)))
    for canvas, old in zip(canvases[:3], before, strict=False):
        assert all(np.array_equal(a, b) for a, b in zip(planes(backend, canvas), old, strict=True))
    composer.recycle(canvases[0])
    with pytest.raises(ValueError, match="before"):
        composer.recycle(canvases[0])


def test_a_later_placement_lies_over_an_earlier_one(backend: Backend, make: Callable[..., Composer]) -> None:
    frame, whole, inset = random_frame(0, 96, 54), Rect(0, 0, *CANVAS), Rect(40, 20, 24, 20)
    placements = [
        Placement(whole, Crop(0, 0, *CANVAS), None, TileState.SCENE),
        Placement(inset, Crop(3, 5, 24, 20), Person.LEFT, TileState.TRACKED, 1),
    ]
    made = planes(backend, make().compose(backend.to_device(frame), placements))
    for plane, under, half in zip(made, planes(backend, frame), (0, 1, 1), strict=True):
        expected = under.copy()
        expected[20 >> half : 40 >> half, 40 >> half : 64 >> half] = in_tile([plane] * 3, inset)[half]
        assert np.array_equal(plane, expected)
    for tile, expected in zip(in_tile(made, inset), ideal(frame, Crop(3, 5, 24, 20), inset), strict=True):
        assert np.abs(tile - expected).max() <= 1


def test_a_placement_moves_from_frame_to_frame(backend: Backend, make: Callable[..., Composer]) -> None:
    composer, frame = make(), backend.to_device(random_frame(0, 80, 60))
    for tiles in (TILES, STACKED, TILES):
        canvas = composer.compose(frame, show(Crop(3, 3, 30, 30), tiles=tiles))
        made = planes(backend, canvas)
        composer.recycle(canvas)
        fresh = planes(backend, make().compose(frame, show(Crop(3, 3, 30, 30), tiles=tiles)))
        assert all(np.array_equal(a, b) for a, b in zip(made, fresh, strict=True))


def test_captions_lie_over_their_placement_in_every_frame_and_never_add_up(
    backend: Backend, make: Callable[..., Composer]
) -> None:
    alpha = np.zeros((11, 31), np.uint8)
    alpha[2:9, 3:28] = 128
    alpha[4:6, 5:20] = 255
    places = {Person.LEFT: (6, 20), Person.RIGHT: (30, 42)}
    overlays = {person: [Overlay(x, y, alpha, "#ffffff")] for person, (x, y) in places.items()}
    composer, plain = make(captions=lambda placement: overlays[placement.person]), make()
    for seed in range(3):
        frame = backend.to_device(random_frame(seed, 80, 60))
        bare = planes(backend, plain.compose(frame, show(Crop(3, 3, 30, 30))))
        canvas = composer.compose(frame, show(Crop(3, 3, 30, 30)))
        made = planes(backend, canvas)
        composer.recycle(canvas)
        for plane, under, value, half in zip(made, bare, (235, 128, 128), (0, 1, 1), strict=True):
            share = np.zeros(bare[0].shape)
            for x, y in places.values():
                share[y : y + 11, x : x + 31] = alpha / 255
            share = share.reshape(27, 2, 48, 2).mean((1, 3)) if half else share
            assert np.abs(plane - (under * (1 - share) + value * share)).max() <= 1.1


@pytest.mark.parametrize("at", [Rect(1, 0, 20, 20), Rect(80, 0, 20, 20), Rect(0, 0, 0, 20), Rect(0, -2, 20, 20)])
def test_an_impossible_place_is_an_error(backend: Backend, make: Callable[..., Composer], at: Rect) -> None:
    frame = backend.to_device(random_frame(0, 80, 60))
    with pytest.raises(CompositionError, match=r"left tile.*canvas"):
        make().compose(frame, [Placement(at, Crop(3, 3, 30, 30), Person.LEFT, TileState.TRACKED)])


def test_impossible_canvases_and_overlays_are_refused(backend: Backend, make: Callable[..., Composer]) -> None:
    alpha = np.zeros((4, 4), np.uint8)
    with pytest.raises(ValueError, match="canvas"):
        backend.make(95, 54, color=TAGS)
    outside = make(captions=lambda _: [Overlay(94, 0, alpha)])
    with pytest.raises(ValueError, match="canvas"):
        outside.compose(backend.to_device(random_frame(0, 80, 60)), show(Crop(3, 3, 30, 30)))
    with pytest.raises(ValueError, match="even"):
        Overlay(1, 0, alpha)
    with pytest.raises(ValueError, match="uint8"):
        Overlay(0, 0, alpha.astype(np.uint16))
