"""Canvases of 10 bits and 4:2:2, for editors."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.scaling import chroma_crop, scaled

from dualface.errors import CompositionError
from dualface.render.borders import Borders
from dualface.render.compose.cpu import CpuComposer
from dualface.testing.contracts.composer import CANVAS, STACKED, TAGS, TILES, show
from dualface.types import Box, Crop, Fill, Frame, Overlay, Person, PixelFormat, Placement, Rect, TileState, U16Array


def deep_frame(seed: int, width: int, height: int) -> Frame:
    """Noise of all 1024 levels; what machines would look at is not there."""
    random = np.random.default_rng(seed)
    shapes = (height, width), *[(height, (width + 1) // 2)] * 2
    planes = tuple(random.integers(0, 1024, shape, np.uint16) for shape in shapes)
    return Frame(3, 7, Fraction(1, 25), 2, width, height, (), color=TAGS, deep=planes)


def tile(planes: tuple[U16Array, ...], at: Rect) -> list[U16Array]:
    """Y, U and V of a part of a 4:2:2 canvas."""
    return [
        plane[at.y : at.y + at.h, at.x >> half : at.x + at.w >> half] for plane, half in zip(planes, (0, 1, 1), strict=True)
    ]


@given(
    st.integers(0, 99), st.integers(1, 130), st.integers(1, 130), st.floats(-40, 120), st.floats(-40, 120),
    st.floats(1, 150), st.floats(0.5, 2.0), st.sampled_from([TILES, STACKED]),
)  # fmt: skip
@settings(max_examples=30, deadline=None)
def test_every_crop_lands_where_it_should(
    seed: int, width: int, height: int, x: float, y: float, w: float, shape: float, tiles: dict[Person, Rect]
) -> None:
    composer, frame = CpuComposer(*CANVAS, color=TAGS, deep=True), deep_frame(seed, width, height)
    crops = Crop(x, y, w, w * shape), Crop(y, x, w / shape, w)
    canvas = composer.compose(frame, show(*crops, tiles=tiles))
    assert canvas.format is PixelFormat.YUV422P10
    assert frame.deep is not None
    for person, crop in zip(Person, crops, strict=True):
        at = tiles[person]
        across = chroma_crop(crop, at.w)
        chroma = Crop(across.x, crop.y, across.w, crop.h)
        luma, *colours = frame.deep
        wanted = [scaled(luma, crop, at.w, at.h, 1023), *(scaled(plane, chroma, at.w // 2, at.h, 1023) for plane in colours)]
        for plane, expected in zip(tile(canvas.planes, at), wanted, strict=True):
            assert np.abs(plane - expected).max() <= 1
    composer.close()


def test_at_its_own_size_nothing_changes() -> None:
    frame = deep_frame(1, *CANVAS)
    whole = Placement(Rect(0, 0, *CANVAS), Box(0, 0, *CANVAS), None, TileState.SCENE)
    canvas = CpuComposer(*CANVAS, color=TAGS, deep=True).compose(frame, [whole])
    assert frame.deep is not None
    for plane, source in zip(canvas.planes, frame.deep, strict=True):
        np.testing.assert_array_equal(plane, source)


@pytest.mark.parametrize("fill", Fill)
def test_what_is_drawn_is_what_eight_bits_show_in_finer_steps(fill: Fill) -> None:
    """Background, captions, borders, corners and blur, of a picture that 8 bits hold as well."""
    random = np.random.default_rng(3)
    small = [random.integers(60, 200, shape, np.uint8) for shape in ((6, 8), (3, 4), (3, 4))]
    y, u, v = (np.kron(plane, np.ones((20, 20), np.uint8)) for plane in small)
    deep = tuple(np.asarray(plane, np.uint16) * 4 for plane in (y, u.repeat(2, 0), v.repeat(2, 0)))
    frame = Frame(3, 7, Fraction(1, 25), 2, 160, 120, (y, u, v), color=TAGS, deep=deep)
    caption = Overlay(6, 20, np.full((9, 20), 180, np.uint8), "#ff8000")
    placements = [replace(one, corner=12, fill=fill) for one in show(Crop(10, 10, 110, 80))]
    drawn = Borders(2, "#c0c000", lambda _: [caption])
    plain, fine = (
        CpuComposer(*CANVAS, background="#204060", color=TAGS, captions=drawn, deep=deep).compose(frame, placements)
        for deep in (False, True)
    )
    assert np.abs(fine.planes[0] / 4.0 - plain.planes[0]).max() <= 1.01
    for finer, coarse in zip(fine.planes[1:], plain.planes[1:], strict=True):
        pairs = finer.reshape(CANVAS[1] // 2, 2, -1) / 4.0
        near = np.abs(pairs.mean(1) - coarse)
        blurred = fill in (Fill.BLUR, Fill.BACKDROP)  # from a picture of twice as many rows of colour
        assert np.median(near) <= (4 if blurred else 0.6)
        assert blurred or np.mean(near > 3) < 0.15, "but for edges between colours"


def test_a_frame_of_eight_bits_is_refused() -> None:
    frame = replace(deep_frame(0, 8, 8), deep=None)
    with pytest.raises(CompositionError, match="10 bits"):
        CpuComposer(*CANVAS, color=TAGS, deep=True).compose(frame, show(Crop(0, 0, 8, 8)))
