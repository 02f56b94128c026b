"""Composing on a GPU gives the CPU composer's samples; here with the real kernel on a fake GPU."""

import gc
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.host_kernels import fake_cuda
from tests.support.scaling import random_frame

from dualface.errors import CompositionError, DeviceMemoryError
from dualface.gpu.transfer import Uploader
from dualface.render.compose.cpu import CpuComposer
from dualface.render.compose.cuda import GPUTileComposer
from dualface.testing.fake_cuda import FakeCuda
from dualface.types import ColorTags, Crop, Frame, Overlay, Rect, Side, TileState, TileView, U8Array

WIDTH, HEIGHT = 64, 32
TILES = {Side.LEFT: Rect(0, 0, 30, 32), Side.RIGHT: Rect(32, 2, 32, 28)}
COLOR = ColorTags(matrix=1)
CAPTION = Overlay(6, 20, np.linspace(0, 255, 9 * 20).reshape(9, 20).astype(np.uint8), "#ff8000")


def view(crop: Crop, *, fit: bool = False, card: bool = False) -> TileView:
    return TileView(crop, TileState.HELD, fit=fit, card=card)


VIEWS = {Side.LEFT: view(Crop(3.3, 2.7, 20, 22)), Side.RIGHT: view(Crop(-4, 5.5, 50, 44))}


def composer(cuda: FakeCuda, overlays: Sequence[Overlay] = ()) -> GPUTileComposer:
    return GPUTileComposer(WIDTH, HEIGHT, TILES, runtime=cuda, color=COLOR, overlays=overlays)


def on_gpu(cuda: FakeCuda, frame: Frame) -> Frame:
    uploader = Uploader(cuda, frame.width, frame.height)
    uploaded = uploader.upload(frame)
    uploader.close()
    return uploaded


def samples(cuda: FakeCuda, canvas: Frame) -> list[U8Array]:
    """Y, U and V once the canvas is ready."""
    canvas.owner.ready.synchronize()
    y, uv = (cuda.read(plane) for plane in canvas.planes)
    return [y, uv[:, :, 0], uv[:, :, 1]]


def from_cpu(frame: Frame, views: dict[Side, TileView], overlays: Sequence[Overlay] = ()) -> Sequence[U8Array]:
    return CpuComposer(WIDTH, HEIGHT, TILES, color=COLOR, overlays=overlays).compose(frame, views).planes


crops = st.builds(Crop, st.floats(-60, 90), st.floats(-60, 90), st.floats(0.5, 150), st.floats(0.5, 150))
views = st.builds(view, crops, fit=st.booleans(), card=st.booleans())


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 90), st.integers(2, 70), views, views)
def test_the_same_samples_as_on_the_cpu(width: int, height: int, left: TileView, right: TileView) -> None:
    cuda, frame = fake_cuda(), random_frame(width * 97 + height, width, height)
    both = {Side.LEFT: left, Side.RIGHT: right}
    made = samples(cuda, composer(cuda, [CAPTION]).compose(on_gpu(cuda, frame), both))
    for ours, theirs in zip(made, from_cpu(frame, both, [CAPTION]), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_nothing_is_copied_and_nobody_waits() -> None:
    cuda = fake_cuda()
    ours, frame = composer(cuda), on_gpu(cuda, random_frame(0, 80, 60))
    copied, waited = dict(cuda.copied), cuda.synchronisations
    ours.compose(frame, VIEWS)
    assert (cuda.copied, cuda.synchronisations) == (copied, waited)


def test_the_planes_lie_behind_each_other_with_one_pitch() -> None:
    """NVENC takes one address and one pitch."""
    cuda = fake_cuda()
    y, uv = composer(cuda).compose(on_gpu(cuda, random_frame(0, 80, 60)), VIEWS).planes
    assert uv.ptr == y.ptr + HEIGHT * y.pitch
    assert uv.pitch == y.pitch


def test_the_source_lives_until_the_canvas_is_done_with_it() -> None:
    cuda = fake_cuda()
    uploader = Uploader(cuda, 80, 60)
    ours = composer(cuda)
    sources = [random_frame(n, 80, 60) for n in range(6)]
    canvases = [ours.compose(uploader.upload(source), VIEWS) for source in sources]
    gc.collect()
    for source, canvas in zip(sources, canvases, strict=True):
        for made, theirs in zip(samples(cuda, canvas), from_cpu(source, VIEWS), strict=True):
            np.testing.assert_array_equal(made, theirs)


def test_canvases_are_used_again_but_not_while_somebody_holds_them() -> None:
    cuda = fake_cuda()
    ours, frame = composer(cuda), on_gpu(cuda, random_frame(0, 80, 60))
    first = ours.compose(frame, VIEWS)
    address = first.planes[0].ptr
    held = first.owner
    ours.recycle(first)
    assert ours.compose(frame, VIEWS).planes[0].ptr != address
    del held
    assert ours.compose(frame, VIEWS).planes[0].ptr == address
    with pytest.raises(ValueError, match="given back before"):
        ours.recycle(first)


def test_a_full_gpu_is_an_error_that_says_so() -> None:
    cuda = fake_cuda(memory=100_000)
    ours, frame = composer(cuda), on_gpu(cuda, random_frame(0, 80, 60))

    def hold_many() -> list[Frame]:
        return [ours.compose(frame, VIEWS) for _ in range(100)]

    with pytest.raises(DeviceMemoryError, match="left"):
        hold_many()


def test_frames_elsewhere_are_composition_errors() -> None:
    ours = composer(fake_cuda())
    with pytest.raises(CompositionError, match="no NV12 frame on cuda:0"):
        ours.compose(random_frame(0, 80, 60), VIEWS)


def test_closing_frees_the_memory() -> None:
    cuda = fake_cuda()
    frame = on_gpu(cuda, random_frame(0, 80, 60))
    before, ours = cuda.used, composer(cuda)
    canvas = ours.compose(frame, VIEWS)
    ours.close()
    del canvas
    gc.collect()
    assert cuda.used == before
