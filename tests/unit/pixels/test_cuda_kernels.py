"""The CUDA kernels against the CPU's loops, byte by byte.  They run on the CPU here, compiled as C++."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.support.host_kernels import compile_for_host

from dualface.pixels import resample
from dualface.pixels.color import levels, rgb_coefficients
from dualface.pixels.part import chroma_part, luma_part
from dualface.pixels.tensor import to_rgb_tensor
from dualface.pixels.thumbnail import thumbnail
from dualface.render.compose.corners import corner_mask, corner_of
from dualface.render.compose.cpu import CpuComposer
from dualface.render.compose.overlay import masks
from dualface.testing.fake_cuda import HostKernel
from dualface.testing.pictures import random_frame
from dualface.types import ColorTags, Crop, F32Array, Frame, Overlay, PixelFormat, Placement, Rect, TileState, U8Array

GUARD = 77
BACKGROUND = "#204060"
SHOWN = np.dtype([("luma", "i8", 4), ("chroma", "i8", 4)])
CONVERSION = np.dtype([("coefficients", "f4", 7), ("mean", "f4", 3), ("scale", "f4", 3)])
FOLDER = Path(resample.__file__).with_name("kernels")


@pytest.fixture(scope="module")
def kernels() -> dict[str, HostKernel]:
    compose = compile_for_host((FOLDER / "compose.cu").read_text("utf-8"), ("fill", "show", "blend", "keep", "lay"))
    tensor = compile_for_host((FOLDER / "tensor.cu").read_text("utf-8"), ("to_rgb_float32", "thumbnail"))
    return compose | tensor


def run(kernel: HostKernel, threads: tuple[int, int], *args: Any) -> None:
    """Runs at least so many threads, in blocks that don't divide them evenly."""
    block = 7, 3
    values = [address(a) if isinstance(a, np.ndarray) else np.int32(a) if isinstance(a, int) else a for a in args]
    kernel((-(-threads[0] // block[0]), -(-threads[1] // block[1])), block, values)


def address(array: np.ndarray[Any, np.dtype[Any]]) -> np.uint64:
    return np.uint64(array.ctypes.data)


def picture(frame: Frame) -> list[Any]:
    y, uv = frame.planes
    return [y, y.strides[0], uv, uv.strides[0], frame.width, frame.height]


def shown(crop: Crop, rect: Rect) -> Any:
    return np.array((luma_part(crop, rect.w, rect.h), chroma_part(crop, rect.w, rect.h)), SHOWN)[()]


class Canvas:
    """An NV12 canvas among bytes that no kernel may touch."""

    def __init__(self, width: int, height: int, pitches: tuple[int, int]) -> None:
        self.size = width, height
        self._memory = [np.full((h + 2, p), GUARD, np.uint8) for h, p in zip((height, height // 2), pitches, strict=True)]
        y, uv = self._memory
        self.y, uv_rows = y[1:-1, :width], uv[1:-1, :width]
        self.u, self.v = uv_rows[:, ::2], uv_rows[:, 1::2]
        self.planes = [self.y, pitches[0], uv_rows, pitches[1]]

    def assert_shows(self, expected: Frame) -> None:
        for mine, theirs in zip((self.y, self.u, self.v), expected.planes, strict=True):
            assert np.array_equal(mine, theirs)

    def assert_kept_inside(self) -> None:
        for memory in self._memory:
            memory[1:-1, : self.size[0]] = GUARD
            assert np.all(memory == GUARD)


def even(low: int, high: int) -> st.SearchStrategy[int]:
    return st.integers(low // 2, high // 2).map(lambda n: 2 * n)


@st.composite
def places(draw: st.DrawFn) -> tuple[int, int, Rect]:
    """A canvas and a place on it, at even and at 2-mod-4 pixels, with and without space around."""
    w, h, x, y = draw(even(2, 70)), draw(even(2, 70)), draw(even(0, 6)), draw(even(0, 6))
    return x + w + draw(even(0, 4)), y + h + draw(even(0, 4)), Rect(x, y, w, h)


CROPS = st.builds(
    Crop, st.floats(-60, 140), st.floats(-60, 140), st.one_of(st.floats(0.5, 60), st.floats(60, 400)), st.floats(0.5, 300)
)
SMALL = (40, 24, Rect(20, 0, 20, 24))


@given(st.integers(0, 99), st.integers(1, 120), st.integers(1, 120), places(), CROPS, st.integers(0, 40))
@example(0, 64, 48, SMALL, Crop(10, 10, 20, 24), 0)  # a copy, at even places
@example(0, 64, 48, SMALL, Crop(11, 11, 20, 24), 0)  # and at odd ones
@example(1, 65, 49, SMALL, Crop(45, 25, 20, 24), 3)  # on the border
@example(1, 65, 49, SMALL, Crop(0, 0, 65, 49), 3)  # everything of an odd size
@example(2, 64, 48, SMALL, Crop(900, -900, 20, 24), 1)  # far beyond it
@example(2, 64, 48, SMALL, Crop(-31, -31, 640, 480), 1)  # around all of it
@settings(max_examples=60, deadline=None)
def test_a_composed_canvas_has_the_cpus_bytes(
    kernels: dict[str, HostKernel],
    seed: int,
    width: int,
    height: int,
    canvas: tuple[int, int, Rect],
    crop: Crop,
    padding: int,
) -> None:
    frame = random_frame(seed, width, height, PixelFormat.NV12, padding)
    out_width, out_height, at = canvas
    out = Canvas(out_width, out_height, (out_width + padding, out_width + 2 * padding))
    colors = levels(BACKGROUND, ColorTags(), out_height)
    run(kernels["fill"], (out_width // 2, out_height // 2), *out.planes, 0, 0, out_width, out_height, *colors)
    place = (at.x, at.y, at.w, at.h)
    run(kernels["show"], (at.w // 2, at.h // 2), *picture(frame), *out.planes, *place, shown(crop, at))
    composer = CpuComposer(out_width, out_height, background=BACKGROUND, color=ColorTags())
    out.assert_shows(composer.compose(frame, [Placement(at, crop, None, TileState.HELD)]))
    out.assert_kept_inside()


@given(st.integers(0, 99), even(0, 10), even(0, 8), st.integers(1, 30), st.integers(1, 16))
@settings(max_examples=20, deadline=None)
def test_an_overlay_has_the_cpus_bytes(
    kernels: dict[str, HostKernel], seed: int, x: int, y: int, width: int, height: int
) -> None:
    frame, (out_width, out_height, at) = random_frame(seed, 64, 48, PixelFormat.NV12), SMALL
    placements = [Placement(at, Crop(1, 2, 30, 36), None, TileState.HELD)]
    random = np.random.default_rng(seed)
    alpha, many = (random.integers(0, 256, shape, np.uint8) for shape in ((height, width), (height, width, 3)))
    overlay = Overlay(x, y, alpha, many if seed % 2 else "#c08040")
    plain = CpuComposer(out_width, out_height, color=ColorTags())
    laid = CpuComposer(out_width, out_height, color=ColorTags(), captions=lambda _: [overlay])
    out = Canvas(out_width, out_height, (out_width + 5, out_width + 8))
    for mine, theirs in zip((out.y, out.u, out.v), plain.compose(frame, placements).planes, strict=True):
        mine[:] = theirs
    full, half, v = masks(overlay, ColorTags(), out_width, out_height)
    rows, columns = full.alpha.shape
    given = full.alpha, half.alpha, full.values, np.stack([half.values, v.values], -1)
    run(kernels["blend"], (columns // 2, rows // 2), *out.planes, x, y, *given, columns, rows)
    out.assert_shows(laid.compose(frame, placements))
    out.assert_kept_inside()


@given(st.integers(0, 99), even(8, 40), even(8, 30), st.integers(1, 30))
@settings(max_examples=20, deadline=None)
def test_rounded_corners_have_the_cpus_bytes(
    kernels: dict[str, HostKernel], seed: int, width: int, height: int, radius: int
) -> None:
    at = Rect(4, 2, width, height)
    frame, size = random_frame(seed, 64, 48, PixelFormat.NV12), (width + 6, height + 4)
    below = Placement(Rect(0, 0, *size), Crop(1, 2, 30, 36), None, TileState.SCENE)
    tile = Placement(at, Crop(9, 5, 20, 16), None, TileState.HELD, corner=radius)
    composer = CpuComposer(*size, color=ColorTags())
    out = Canvas(*size, (size[0] + 5, size[0] + 8))
    for mine, theirs in zip((out.y, out.u, out.v), composer.compose(frame, [below]).planes, strict=True):
        mine[:] = theirs
    mask = corner_mask(corner_of(tile))
    kept, place = np.full(mask.side * mask.side * 3 // 2 + 1, GUARD, np.uint8), (at.x, at.y, at.w, at.h)
    threads = mask.side // 2, mask.side // 2
    run(kernels["keep"], threads, *out.planes, *place, kept, mask.side)
    run(kernels["show"], (at.w // 2, at.h // 2), *picture(frame), *out.planes, *place, shown(tile.crop, at))
    run(kernels["lay"], threads, *out.planes, *place, kept, mask.side, mask.full, mask.half)
    out.assert_shows(composer.compose(frame, [below, tile]))
    out.assert_kept_inside()
    assert kept[-1] == GUARD


INPUTS = given(
    st.integers(0, 99), st.integers(1, 300), st.integers(1, 200), st.integers(1, 64), st.integers(1, 64), st.integers(0, 9)
)


@INPUTS
@example(0, 1920, 1080, 512, 288, 0)
@settings(max_examples=30, deadline=None)
@pytest.mark.parametrize("bgr", [False, True])
@pytest.mark.parametrize("full_range", [False, True])
def test_detector_input_has_the_cpus_numbers(
    kernels: dict[str, HostKernel],
    full_range: bool,
    bgr: bool,
    seed: int,
    width: int,
    height: int,
    out_width: int,
    out_height: int,
    padding: int,
) -> None:
    color = ColorTags(matrix=(1, 6, 9)[seed % 3], full_range=full_range)
    frame = replace(random_frame(seed, width, height, PixelFormat.NV12, padding), color=color)
    expected = np.empty((3, out_height, out_width), np.float32)
    to_rgb_tensor(frame, expected, bgr=bgr)

    def made(mean: float, scale: float) -> F32Array:
        out: F32Array = np.empty_like(expected)
        change = np.array((rgb_coefficients(color, height), [mean] * 3, [scale] * 3), CONVERSION)[()]
        run(kernels["to_rgb_float32"], (out_width, out_height), *picture(frame), out, out_width, out_height, change, int(bgr))
        return out

    assert np.array_equal(made(0, 1), expected)
    assert np.array_equal(made(127.5, 1 / 128), (expected - 127.5) / 128)


@INPUTS
@settings(max_examples=30, deadline=None)
def test_a_thumbnail_has_the_cpus_bytes(
    kernels: dict[str, HostKernel], seed: int, width: int, height: int, out_width: int, out_height: int, padding: int
) -> None:
    frame = random_frame(seed, width, height + out_height, PixelFormat.NV12, padding)
    expected = thumbnail(frame, out_width)
    rows = expected.y.shape[0]
    out: U8Array = np.empty((3, rows, out_width), np.uint8)
    run(kernels["thumbnail"], (out_width, rows), *picture(frame), out, out_width, rows)
    for mine, theirs in zip(out, expected, strict=True):
        assert np.array_equal(mine, theirs)
