"""The composers that come with dualface; that of a GPU with the real kernels on a fake one."""

from __future__ import annotations

from contextlib import closing
from functools import cache, partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.host_kernels import fake_cuda
from tests.support.scaling import chroma_crop, scaled

from dualface.errors import CompositionError
from dualface.gpu.transfer import Uploader
from dualface.interfaces import Composer
from dualface.render.compose.cpu import CpuComposer
from dualface.render.compose.cuda import GPUTileComposer
from dualface.testing.contracts.composer import (
    BACKGROUND,
    CANVAS,
    CROP,
    STACKED,
    TAGS,
    TILES,
    ComposerContract,
    in_tile,
    show,
)
from dualface.testing.fake_cuda import FakeCuda
from dualface.testing.pictures import EIGHT_BITS, frame_of, random_frame
from dualface.types import Crop, Fill, Frame, Overlay, Person, PixelFormat, Placement, Rect, TileState, U8Array


class TestCpu(ComposerContract):
    def make(self, width: int, height: int, **options: Any) -> Composer:
        return CpuComposer(width, height, **options)


@cache
def gpu() -> FakeCuda:
    return fake_cuda()


class TestGpu(ComposerContract):
    formats = (PixelFormat.NV12,)

    def make(self, width: int, height: int, **options: Any) -> Composer:
        return GPUTileComposer(width, height, runtime=gpu(), **options)

    def to_device(self, frame: Frame) -> Frame:
        with closing(Uploader(gpu(), frame.width, frame.height)) as uploader:
            return uploader.upload(frame)

    def to_host(self, canvas: Frame) -> list[U8Array]:
        canvas.owner.ready.synchronize()
        return [gpu().read(plane).copy() for plane in canvas.planes]


def ideal(frame: Frame, crop: Crop, rect: Rect) -> list[Any]:
    y, u, v = frame.planes
    chroma = partial(scaled, crop=chroma_crop(crop, rect.w), width=rect.w // 2, height=rect.h // 2)
    return [scaled(y, crop, rect.w, rect.h), chroma(u), chroma(v)]


@given(
    st.integers(0, 99), st.integers(1, 130), st.integers(1, 130), st.floats(-40, 120), st.floats(-40, 120),
    st.floats(1, 150), st.floats(0.5, 2.0), st.sampled_from([TILES, STACKED]),
)  # fmt: skip
@settings(max_examples=40, deadline=None)
def test_every_crop_of_every_frame_lands_where_it_should(
    seed: int, width: int, height: int, x: float, y: float, w: float, shape: float, tiles: dict[Person, Rect]
) -> None:
    """To the level, beyond the source's edges too; of a GPU's, ``test_cuda_composer`` shows that its samples are these."""
    composer = CpuComposer(*CANVAS, color=TAGS)
    crops = Crop(x, y, w, w * shape), Crop(y, x, w / shape, w)
    frame = random_frame(seed, width, height)
    results = []
    for pixel_format in EIGHT_BITS:
        source = random_frame(seed, width, height, pixel_format, padding=seed % 9)
        results.append(TestCpu().planes(composer.compose(source, show(*crops, tiles=tiles))))
    for planar, interleaved in zip(*results, strict=True):
        assert np.array_equal(planar, interleaved)
    for side, crop in zip(Person, crops, strict=True):
        wanted = ideal(frame, crop, tiles[side])
        for plane, expected in zip(in_tile(results[0], tiles[side]), wanted, strict=True):
            assert np.abs(plane - expected).max() <= 1
    composer.close()


@pytest.mark.parametrize(
    ("crop", "picture"),
    [
        (Crop(0, 0, 80, 40), Rect(0, 12, 40, 20)),
        (Crop(4, 1, 23, 46), Rect(8, 0, 24, 46)),
        (Crop(9, 9, 60, 1), Rect(0, 22, 40, 2)),
    ],
)
def test_a_fitted_view_shows_all_of_its_crop_between_bars(crop: Crop, picture: Rect) -> None:
    frame, tile = random_frame(0, 80, 60), TILES[Person.LEFT]
    composer = CpuComposer(*CANVAS, color=TAGS)
    composer.recycle(composer.compose(frame, show(CROP)))
    made = TestCpu().planes(composer.compose(frame, show(crop, fill=Fill.BARS)))
    inner = Rect(tile.x + picture.x, tile.y + picture.y, picture.w, picture.h)
    for plane, expected in zip(in_tile(made, inner), ideal(frame, crop, inner), strict=True):
        assert np.abs(plane - expected).max() <= 1
    bars = in_tile(made, tile)[0]
    bars[picture.y : picture.y + picture.h, picture.x : picture.x + picture.w] = BACKGROUND[0]
    assert np.all(bars == BACKGROUND[0])


@pytest.mark.parametrize("contract", [TestCpu, TestGpu])
def test_errors_say_where_it_is(contract: type[ComposerContract]) -> None:
    composer, frame = contract().new(), contract().frame()
    with pytest.raises(CompositionError, match="right"):
        composer.compose(frame, show(CROP, Crop(0, 1e9, 10, 10)))
    with pytest.raises(CompositionError, match=r"left tile.*canvas"):
        composer.compose(frame, [Placement(Rect(1, 0, 20, 20), CROP, Person.LEFT, TileState.TRACKED)])
    composer.close()


@pytest.mark.parametrize("contract", [TestCpu, TestGpu])
def test_nothing_is_given_back_twice(contract: type[ComposerContract]) -> None:
    composer = contract().new()
    canvas = composer.compose(contract().frame(), show(CROP))
    composer.recycle(canvas)
    with pytest.raises(ValueError, match="before"):
        composer.recycle(canvas)
    composer.close()


@pytest.mark.parametrize("contract", [TestCpu, TestGpu])
def test_captions_that_leave_the_canvas_are_refused(contract: type[ComposerContract]) -> None:
    outside = contract().new(captions=lambda _: [Overlay(94, 0, np.zeros((4, 4), np.uint8))])
    with pytest.raises(ValueError, match="canvas"):
        outside.compose(contract().frame(), show(CROP))
    outside.close()


def test_impossible_overlays_are_refused() -> None:
    alpha = np.zeros((4, 4), np.uint8)
    with pytest.raises(ValueError, match="even"):
        Overlay(1, 0, alpha)
    with pytest.raises(ValueError, match="uint8"):
        Overlay(0, 0, alpha.astype(np.uint16))


@pytest.mark.parametrize("contract", [TestCpu, TestGpu])
def test_a_blurred_surround_is_the_picture_itself_without_detail(contract: type[ComposerContract]) -> None:
    made, frame = contract(), contract().frame()
    y, x = np.mgrid[0 : frame.height, 0 : frame.width]
    checks = (60 + x + 40 * ((x // 2 + y // 2) % 2)).clip(0, 255).astype(np.uint8)
    grey = np.full(((frame.height + 1) // 2, (frame.width + 1) // 2), 128, np.uint8)
    source = made.to_device(frame_of(checks, grey, grey))
    crop = Crop(0, 0, frame.width, frame.height / 3)
    placement = Placement(Rect(0, 0, *CANVAS), crop, None, TileState.SCENE, fill=Fill.BLUR)
    with closing(made.new()) as composer:
        shown = made.to_host(composer.compose(source, [placement]))[0].astype(int)
    surround = np.concatenate([shown[:8], shown[-8:]])
    assert not np.any(surround == BACKGROUND[0])
    assert np.abs(np.diff(surround, axis=1)).max() <= 6, "no detail is left"
    assert surround[:, -8:].mean() - surround[:, :8].mean() > 10, "it is the same picture"
