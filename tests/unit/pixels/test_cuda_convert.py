"""Pictures turned on a fake GPU, by the real kernels, against arrays turned by numpy."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.host_kernels import fake_cuda

from dualface.gpu.runtime import DevicePlane
from dualface.pixels.cuda_convert import LEFT, CudaConverter, Picture, Siting, Turn
from dualface.testing.fake_cuda import FakeCuda

TURNS: dict[Turn, Callable[[Any], Any]] = {
    Turn(): lambda p: p,
    Turn(columns=True): lambda p: p[:, ::-1],
    Turn(rows=True): lambda p: p[::-1],
    Turn(columns=True, rows=True): lambda p: p[::-1, ::-1],
    Turn(swap=True): lambda p: np.swapaxes(p, 0, 1),
    Turn(rows=True, swap=True): lambda p: np.rot90(p, -1),
    Turn(columns=True, swap=True): np.rot90,
    Turn(columns=True, rows=True, swap=True): lambda p: np.swapaxes(p[::-1, ::-1], 0, 1),
}


def in_memory(cuda: FakeCuda, y: Any, uv: Any, padding: int = 0) -> Picture:
    """A picture of these planes, uint8 or uint16, in the fake GPU's memory."""
    planes = []
    for plane in (y, uv):
        rows = np.pad(plane.reshape(len(plane), -1), ((0, 0), (0, padding)))
        buffer = cuda.alloc(rows.nbytes)
        ctypes.memmove(buffer.ptr, rows.ctypes.data, rows.nbytes)
        planes.append(DevicePlane(buffer.ptr, plane.shape, (rows.strides[0], *plane.strides[1:]), buffer))
    return Picture((planes[0], planes[1]), y.shape[1], y.shape[0])


def noise(seed: int, width: int, height: int, top: int = 256, dtype: type = np.uint8) -> tuple[Any, Any]:
    random = np.random.default_rng(seed)
    shapes = (height, width), ((height + 1) // 2, (width + 1) // 2, 2)
    return tuple(random.integers(0, top, shape).astype(dtype) for shape in shapes)  # type: ignore[return-value]


def read(cuda: FakeCuda, picture: Picture) -> list[Any]:
    cuda.default_stream().synchronize()
    return [cuda.read(plane) for plane in picture.planes]


@pytest.mark.parametrize("turn", TURNS)
@given(st.integers(0, 99), st.integers(1, 40), st.integers(1, 40), st.integers(0, 9))
@settings(max_examples=8, deadline=None)
def test_a_turned_picture_has_every_sample_in_its_place(turn: Turn, seed: int, width: int, height: int, padding: int) -> None:
    cuda = fake_cuda()
    converter, planes = CudaConverter(cuda), noise(seed, width, height)
    made, _loan = converter.repacked(in_memory(cuda, *planes, padding), turn, LEFT, full_range=False)
    for ours, plane in zip(read(cuda, made), planes, strict=True):
        np.testing.assert_array_equal(ours, TURNS[turn](plane))


def test_deep_samples_are_rounded() -> None:
    cuda = fake_cuda()
    converter, planes = CudaConverter(cuda), noise(1, 34, 18, 1024, np.uint16)
    deep = in_memory(cuda, *(plane << 6 for plane in planes))
    made, _loan = converter.repacked(deep, Turn(), LEFT, full_range=False)
    for ours, plane in zip(read(cuda, made), planes, strict=True):
        np.testing.assert_array_equal(ours, np.clip((plane + 2) >> 2, 0, 255))


def test_full_range_becomes_limited() -> None:
    cuda = fake_cuda()
    converter = CudaConverter(cuda)
    y = np.arange(256, dtype=np.uint8).reshape(16, 16)
    uv = np.stack([np.arange(0, 256, 4).reshape(8, 8)] * 2, -1).astype(np.uint8)
    made, _loan = converter.repacked(in_memory(cuda, y, uv), Turn(), LEFT, full_range=True)
    luma, chroma = read(cuda, made)
    np.testing.assert_allclose(luma, 16 + y * (219 / 255), atol=0.51)
    np.testing.assert_allclose(chroma, 128 + (uv - 128.0) * (224 / 255), atol=0.51)


@pytest.mark.parametrize("turn", TURNS)
def test_a_place_of_chroma_turns_with_its_picture(turn: Turn) -> None:
    """A sample in the top left corner of its four pixels is in the corner of the four that this turn takes it to."""
    corner = np.zeros((2, 2))
    corner[0, 0] = 1
    (y,), (x,) = np.nonzero(TURNS[turn](corner))
    assert Siting(0, 0).turned(turn, 6, 4) == Siting(float(x), float(y))


@pytest.mark.parametrize("height", [4, 5, 8, 17])
def test_a_still_picture_of_two_fields_stays_as_it_is(height: int) -> None:
    """What does not move needs no interpolation."""
    cuda = fake_cuda()
    converter, planes = CudaConverter(cuda), noise(3, 24, height)
    picture = in_memory(cuda, *planes)
    made, _loan = converter.deinterlaced(picture, (picture, picture), top_first=True, alone=False)
    for ours, plane in zip(read(cuda, made), planes, strict=True):
        np.testing.assert_array_equal(ours, plane)


def test_memory_is_used_again() -> None:
    cuda = fake_cuda()
    converter, used = CudaConverter(cuda), []
    for seed in range(12):
        made, _loan = converter.repacked(in_memory(cuda, *noise(seed, 32, 16)), Turn(rows=True), LEFT, full_range=False)
        made, _loan = converter.resized(made, 48, 16)
        used.append(cuda.used)
    assert len(set(used[6:])) == 1
    del made, _loan
    converter.close()
    assert cuda.used == 0
