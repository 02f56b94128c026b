"""What models look at on a GPU is what they look at on the CPU; here with the real kernels on a fake GPU."""

import math
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.host_kernels import fake_cuda

from dualface.errors import CompositionError
from dualface.gpu.transfer import Downloader, Uploader
from dualface.observe.detect.tiled import cut_out
from dualface.observe.embed.clothes import clothes_of
from dualface.pixels.cuda import CudaPixels
from dualface.pixels.source import CpuPixels, Normalisation
from dualface.pixels.thumbnail import Thumbnail
from dualface.testing.fake_cuda import FakeCuda
from dualface.testing.pictures import EIGHT_BITS, random_frame
from dualface.types import Box, Frame, PixelFormat
from dualface.video.resumable import LastThumbnail

sizes = st.tuples(st.integers(2, 150), st.integers(2, 90))
NORMALISATION = Normalisation((10, 20, 30), 64.0, bgr=True)


def on_gpu(cuda: FakeCuda, frame: Frame) -> Frame:
    uploader = Uploader(cuda, frame.width, frame.height)
    uploaded = uploader.upload(frame)
    uploader.close()
    return uploaded


@settings(max_examples=25, deadline=None)
@given(sizes)
def test_thumbnails_are_the_same(size: tuple[int, int]) -> None:
    cuda, frame = fake_cuda(), random_frame(3, *size)
    for ours, theirs in zip(CudaPixels(cuda).thumbnail(on_gpu(cuda, frame)), CpuPixels().thumbnail(frame), strict=True):
        np.testing.assert_array_equal(ours, theirs)


@settings(max_examples=25, deadline=None)
@given(sizes, sizes, st.sampled_from([Normalisation(), NORMALISATION]))
def test_the_detectors_pictures_are_the_same(
    size: tuple[int, int], target: tuple[int, int], normalisation: Normalisation
) -> None:
    cuda = fake_cuda()
    frames = [random_frame(n, *size) for n in range(2)]
    batch = CudaPixels(cuda).pictures([on_gpu(cuda, frame) for frame in frames], *target, normalisation)
    expected = CpuPixels().pictures(frames, *target, normalisation)
    np.testing.assert_allclose(batch.to_host(cuda), expected, atol=1e-4)


@settings(max_examples=25, deadline=None)
@given(sizes, st.floats(-math.pi, math.pi), st.floats(0.2, 7), st.floats(-20, 150))
def test_chips_are_the_same(size: tuple[int, int], angle: float, scale: float, shift: float) -> None:
    cuda, frame = fake_cuda(), random_frame(5, *size)
    c, s = scale * math.cos(angle), scale * math.sin(angle)
    matrices = [np.array([[c, -s, shift], [s, c, shift / 2]]), np.array([[c, s, 0.0], [-s, c, 9.5]])]
    normalisation = Normalisation((10, 20, 30), 64.0)
    batch = CudaPixels(cuda).chips(on_gpu(cuda, frame), matrices, 12, 10, normalisation)
    np.testing.assert_allclose(batch.to_host(cuda), CpuPixels().chips(frame, matrices, 12, 10, normalisation), atol=2e-3)


def test_grey_parts_are_the_same_but_for_their_range() -> None:
    cuda, random = fake_cuda(), random_frame(8, 60, 40)
    grey = np.full_like(random.planes[1], 128)
    frame = replace(random, planes=(random.planes[0], grey, grey))
    matrix = np.array([[1.2, -0.3, 9.0], [0.3, 1.2, 4.0]])
    ours, theirs = CudaPixels(cuda).luma(on_gpu(cuda, frame), matrix, 20, 16), CpuPixels().luma(frame, matrix, 20, 16)
    assert ours.shape == theirs.shape == (16, 20)
    assert np.corrcoef(ours.ravel(), theirs.ravel())[0, 1] > 0.99


def test_only_the_thumbnail_comes_to_main_memory() -> None:
    cuda = fake_cuda()
    pixels, frame = CudaPixels(cuda), on_gpu(cuda, random_frame(0, 640, 360))
    before = sum(cuda.copied.values())
    pixels.thumbnail(frame)
    pixels.pictures([frame], 96, 64, Normalisation())
    assert sum(cuda.copied.values()) - before == 3 * 128 * 72


@settings(max_examples=25, deadline=None)
@given(sizes, st.data())
def test_parts_of_frames_are_the_same(size: tuple[int, int], data: st.DataObject) -> None:
    cuda, frame = fake_cuda(), random_frame(4, *size)
    x, y = (2 * data.draw(st.integers(0, (length - 1) // 2)) for length in size)
    part = Box(x, y, data.draw(st.integers(1, size[0] - x)), data.draw(st.integers(1, size[1] - y)))
    ours = CudaPixels(cuda).pictures([cut_out(on_gpu(cuda, frame), part)], 12, 10, NORMALISATION).to_host(cuda)
    np.testing.assert_allclose(ours, CpuPixels().pictures([cut_out(frame, part)], 12, 10, NORMALISATION), atol=1e-4)


def test_what_people_wear_is_the_same() -> None:
    cuda, frame = fake_cuda(), random_frame(6, 320, 240)
    face = Box(120, 20, 50, 60)
    ours, theirs = clothes_of(on_gpu(cuda, frame), face, CudaPixels(cuda).patch), clothes_of(frame, face)
    assert ours is not None
    assert theirs is not None
    assert np.abs(ours.astype(int) - theirs).max() <= 1


def test_pictures_are_told_from_each_other_as_on_the_cpu() -> None:
    cuda, frames = fake_cuda(), [random_frame(n, 320, 180) for n in range(2)]
    here, there = LastThumbnail(CpuPixels().thumbnail), LastThumbnail(CudaPixels(cuda).thumbnail)
    marks = [here.fingerprint(frame) for frame in frames]
    assert marks == [there.fingerprint(on_gpu(cuda, frame)) for frame in frames]
    assert len(set(marks)) == 2


def test_a_frames_thumbnail_is_made_once() -> None:
    made: list[int] = []

    def make(frame: Frame) -> Thumbnail:
        made.append(frame.index)
        return CpuPixels().thumbnail(frame)

    thumbnails, frames = LastThumbnail(make), [random_frame(n, 64, 36) for n in range(2)]
    for frame in (frames[0], frames[0], frames[1]):
        thumbnails.fingerprint(frame)
        thumbnails(frame)
    assert len(made) == 2


def test_frames_elsewhere_are_refused() -> None:
    with pytest.raises(CompositionError):
        CudaPixels(fake_cuda()).thumbnail(random_frame(0, 64, 48))


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 40), st.integers(1, 40), st.sampled_from(EIGHT_BITS))
def test_frames_survive_the_way_there_and_back(half_width: int, half_height: int, pixel_format: PixelFormat) -> None:
    cuda, width, height = fake_cuda(), 2 * half_width, 2 * half_height
    uploader, downloader = Uploader(cuda, width, height), Downloader(cuda, width, height, 5)
    frames = [random_frame(n, width, height, pixel_format, padding=7) for n in range(5)]
    arriving = [downloader.start(uploader.upload(frame)) for frame in frames]
    for frame, arrived in zip(frames, arriving, strict=True):
        back = arrived.finish()
        assert (back.device, back.pts, back.time_base) == ("cpu", frame.pts, Fraction(1, 25))
        u, v = frame.planes[1:] if pixel_format is PixelFormat.YUV420P else np.moveaxis(frame.planes[1], 2, 0)
        for ours, theirs in zip(
            (back.planes[0], back.planes[1][:, :, 0], back.planes[1][:, :, 1]), (frame.planes[0], u, v), strict=True
        ):
            np.testing.assert_array_equal(ours, theirs)
