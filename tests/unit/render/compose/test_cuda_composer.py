"""Composing on a GPU gives the CPU composer's samples; here with the real kernel on a fake GPU."""

import gc
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.host_kernels import fake_cuda

from dualface.errors import CompositionError, DeviceMemoryError
from dualface.gpu.transfer import Uploader
from dualface.render.compose.cpu import CpuComposer
from dualface.render.compose.cuda import GPUTileComposer
from dualface.render.compose.overlay import Captioning, no_captions
from dualface.testing.fake_cuda import FakeCuda
from dualface.testing.pictures import random_frame
from dualface.types import ColorTags, Crop, Fill, Frame, Overlay, Person, Placement, Rect, TileState, U8Array

WIDTH, HEIGHT = 64, 32
TILES = {Person.LEFT: Rect(0, 0, 30, 32), Person.RIGHT: Rect(32, 2, 32, 28)}
COLOR = ColorTags(matrix=1)
CAPTION = Overlay(6, 20, np.linspace(0, 255, 9 * 20).reshape(9, 20).astype(np.uint8), "#ff8000")


def captions(placement: Placement) -> Sequence[Overlay]:
    return [CAPTION] if placement.person is Person.LEFT else []


def placed(left: tuple[Crop, Fill], right: tuple[Crop, Fill], *, corners: bool = False) -> list[Placement]:
    pairs = zip(TILES.items(), (left, right), strict=True)
    radius = {Person.LEFT: 9, Person.RIGHT: 6} if corners else {}
    return [
        Placement(at, crop, person, TileState.HELD, fill=fill, corner=radius.get(person, 0))
        for (person, at), (crop, fill) in pairs
    ]


PLACEMENTS = placed((Crop(3.3, 2.7, 20, 22), Fill.CROP), (Crop(-4, 5.5, 50, 44), Fill.CROP))


def composer(cuda: FakeCuda, captions: Captioning = no_captions) -> GPUTileComposer:
    return GPUTileComposer(WIDTH, HEIGHT, runtime=cuda, color=COLOR, captions=captions)


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


def from_cpu(frame: Frame, placements: Sequence[Placement], captions: Captioning = no_captions) -> Sequence[U8Array]:
    return CpuComposer(WIDTH, HEIGHT, color=COLOR, captions=captions).compose(frame, placements).planes


crops = st.builds(Crop, st.floats(-60, 90), st.floats(-60, 90), st.floats(0.5, 150), st.floats(0.5, 150))
shown = st.tuples(crops, st.sampled_from(Fill))


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 90), st.integers(2, 70), shown, shown, st.booleans())
def test_the_same_samples_as_on_the_cpu(
    width: int, height: int, left: tuple[Crop, Fill], right: tuple[Crop, Fill], corners: bool
) -> None:
    cuda, frame = fake_cuda(), random_frame(width * 97 + height, width, height)
    both = placed(left, right, corners=corners)
    made = samples(cuda, composer(cuda, captions).compose(on_gpu(cuda, frame), both))
    for ours, theirs in zip(made, from_cpu(frame, both, captions), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_nothing_is_copied_and_nobody_waits() -> None:
    cuda = fake_cuda()
    ours, frame = composer(cuda), on_gpu(cuda, random_frame(0, 80, 60))
    copied, waited = dict(cuda.copied), cuda.synchronisations
    ours.compose(frame, PLACEMENTS)
    assert (cuda.copied, cuda.synchronisations) == (copied, waited)


def test_the_planes_lie_behind_each_other_with_one_pitch() -> None:
    """NVENC takes one address and one pitch."""
    cuda = fake_cuda()
    y, uv = composer(cuda).compose(on_gpu(cuda, random_frame(0, 80, 60)), PLACEMENTS).planes
    assert uv.ptr == y.ptr + HEIGHT * y.pitch
    assert uv.pitch == y.pitch


def test_the_source_lives_until_the_canvas_is_done_with_it() -> None:
    cuda = fake_cuda()
    uploader = Uploader(cuda, 80, 60)
    ours = composer(cuda)
    sources = [random_frame(n, 80, 60) for n in range(6)]
    canvases = [ours.compose(uploader.upload(source), PLACEMENTS) for source in sources]
    gc.collect()
    for source, canvas in zip(sources, canvases, strict=True):
        for made, theirs in zip(samples(cuda, canvas), from_cpu(source, PLACEMENTS), strict=True):
            np.testing.assert_array_equal(made, theirs)


def test_canvases_are_used_again_but_not_while_somebody_holds_them() -> None:
    cuda = fake_cuda()
    ours, frame = composer(cuda), on_gpu(cuda, random_frame(0, 80, 60))
    first = ours.compose(frame, PLACEMENTS)
    address = first.planes[0].ptr
    held = first.owner
    ours.recycle(first)
    assert ours.compose(frame, PLACEMENTS).planes[0].ptr != address
    del held
    assert ours.compose(frame, PLACEMENTS).planes[0].ptr == address
    with pytest.raises(ValueError, match="given back before"):
        ours.recycle(first)


def test_a_full_gpu_is_an_error_that_says_so() -> None:
    cuda = fake_cuda(memory=100_000)
    ours, frame = composer(cuda), on_gpu(cuda, random_frame(0, 80, 60))

    def hold_many() -> list[Frame]:
        return [ours.compose(frame, PLACEMENTS) for _ in range(100)]

    with pytest.raises(DeviceMemoryError, match="left"):
        hold_many()


def test_frames_elsewhere_are_composition_errors() -> None:
    ours = composer(fake_cuda())
    with pytest.raises(CompositionError, match="no NV12 frame on cuda:0"):
        ours.compose(random_frame(0, 80, 60), PLACEMENTS)


def test_closing_frees_the_memory() -> None:
    cuda = fake_cuda()
    frame = on_gpu(cuda, random_frame(0, 80, 60))
    before, ours = cuda.used, composer(cuda)
    canvas = ours.compose(frame, PLACEMENTS)
    ours.close()
    del canvas
    gc.collect()
    assert cuda.used == before
