"""The kernels on a real GPU give the CPU's samples."""

from dataclasses import replace

import numpy as np
import pytest
from tests.support.host_kernels import fake_cuda

from dualface.gpu.cupy_runtime import CupyRuntime
from dualface.gpu.runtime import CudaRuntime
from dualface.gpu.transfer import Downloader, Uploader
from dualface.observe.detect.tiled import cut_out, tiles
from dualface.observe.embed.clothes import clothes_of
from dualface.pixels.cuda import CudaPixels
from dualface.pixels.cuda_convert import CudaConverter, Picture
from dualface.pixels.source import CpuPixels, Normalisation
from dualface.render.compose.cpu import CpuComposer
from dualface.render.compose.cuda import GPUTileComposer
from dualface.testing.pictures import random_frame
from dualface.types import Box, ColorTags, Crop, Fill, Overlay, Person, Placement, Rect, TileState, U8Array

WIDTH, HEIGHT = 384, 216
TILES = {Person.LEFT: Rect(0, 0, 190, 216), Person.RIGHT: Rect(194, 2, 190, 210)}
OPACITY = np.linspace(0, 255, 41 * 60).reshape(41, 60).astype(np.uint8)
COLORS = np.random.default_rng(0).integers(0, 256, (41, 60, 3), np.uint8)
CAPTIONS = [Overlay(16, 150, OPACITY, "#40a0ff"), Overlay(20, 140, OPACITY, COLORS)]


@pytest.mark.parametrize("seed", range(12))
def test_canvases_are_the_cpu_composers(cuda: CupyRuntime, seed: int) -> None:
    """Sample for sample: both round every operation alike."""
    random = np.random.default_rng(seed)
    width, height = (int(n) for n in random.integers(20, 700, 2))
    frame = random_frame(seed, width, height)
    placements = [
        Placement(
            at,
            Crop(*random.uniform(-100, 600, 2), *random.uniform(1, 900, 2)),
            person,
            TileState.HELD,
            fill=list(Fill)[random.integers(len(Fill))],
        )
        for person, at in TILES.items()
    ]
    settings = {"color": ColorTags(matrix=1), "captions": lambda _: CAPTIONS}
    theirs = CpuComposer(WIDTH, HEIGHT, **settings).compose(frame, placements)  # type: ignore[arg-type]
    composer = GPUTileComposer(WIDTH, HEIGHT, runtime=cuda, **settings)  # type: ignore[arg-type]
    uploader = Uploader(cuda, width, height)
    ours = Downloader(cuda, WIDTH, HEIGHT, 1).start(composer.compose(uploader.upload(frame), placements)).finish()
    y, uv = ours.planes
    for a, b in zip((y, uv[:, :, 0], uv[:, :, 1]), theirs.planes, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("size", [(64, 48), (641, 359), (1920, 1080)])
def test_small_pictures_are_the_cpus(cuda: CupyRuntime, size: tuple[int, int]) -> None:
    frame = random_frame(1, *size)
    uploader = Uploader(cuda, *size)
    uploaded, gpu, cpu = uploader.upload(frame), CudaPixels(cuda), CpuPixels()
    for a, b in zip(gpu.thumbnail(uploaded), cpu.thumbnail(frame), strict=True):
        np.testing.assert_array_equal(a, b)
    for normalisation in (Normalisation(), Normalisation((104, 117, 123), 128.0, bgr=True)):
        pictures = gpu.pictures([uploaded, uploaded], 512, 288, normalisation).to_host(cuda)
        np.testing.assert_allclose(pictures, cpu.pictures([frame, frame], 512, 288, normalisation), atol=1e-3)
    matrices = [np.array([[1.3, -0.4, 20.0], [0.4, 1.3, 8.0]]), np.array([[4.0, 1.0, -9.0], [-1.0, 4.0, 30.0]])]
    chips = gpu.chips(uploaded, matrices, 150, 150, Normalisation()).to_host(cuda)
    np.testing.assert_allclose(chips, cpu.chips(frame, matrices, 150, 150, Normalisation()), atol=5e-3)
    uploader.close()


def test_parts_of_frames_are_the_cpus(cuda: CupyRuntime) -> None:
    """Tiles for small faces, and the colours of what people wear."""
    frame = random_frame(2, 1280, 720)
    uploaded, gpu, cpu = Uploader(cuda, 1280, 720).upload(frame), CudaPixels(cuda), CpuPixels()
    for part in tiles(1280, 720):
        pictures = gpu.pictures([cut_out(uploaded, part)], 512, 288, Normalisation()).to_host(cuda)
        np.testing.assert_allclose(pictures, cpu.pictures([cut_out(frame, part)], 512, 288, Normalisation()), atol=1e-3)
    face = Box(600, 100, 90, 110)
    ours, theirs = clothes_of(uploaded, face, gpu.patch), clothes_of(frame, face)
    assert ours is not None
    assert theirs is not None
    assert np.abs(ours.astype(int) - theirs).max() <= 1


@pytest.mark.parametrize("alone", [False, True])
def test_lines_between_fields_are_the_same_as_compiled_for_the_cpu(cuda: CupyRuntime, alone: bool) -> None:
    """Of noise, which takes every branch."""

    def deinterlaced(runtime: CudaRuntime) -> list[U8Array]:
        uploader, converter = Uploader(runtime, WIDTH, HEIGHT), CudaConverter(runtime)
        frames = [uploader.upload(random_frame(seed, WIDTH, HEIGHT)) for seed in range(3)]
        for frame in frames:
            frame.owner.ready.synchronize()
        before, now, after = (Picture(frame.planes, WIDTH, HEIGHT) for frame in frames)
        made, loan = converter.deinterlaced(now, (before, after), top_first=True, alone=alone)
        whole = replace(frames[1], planes=made.planes, owner=converter.finished(loan))
        return [plane.copy() for plane in Downloader(runtime, WIDTH, HEIGHT, 1).start(whole).finish().planes]

    for ours, theirs in zip(deinterlaced(cuda), deinterlaced(fake_cuda()), strict=True):
        np.testing.assert_array_equal(ours, theirs)
