"""NVDEC's pictures converted on a fake GPU, beside the same pictures converted on the CPU."""

from __future__ import annotations

from contextlib import closing
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from av.video.frame import VideoFrame
from tests.support.host_kernels import fake_cuda
from tests.support.moving import interlaced_film, moving_film
from tests.support.video_files import planar_frame

from dualface.decode.fields import upper_field_first
from dualface.decode.normalise import Normaliser
from dualface.decode.normalise_gpu import GpuNormaliser
from dualface.decode.nvdec import NvDecoder
from dualface.decode.software import SoftwareDecoder
from dualface.decode.timestamps import Stamp
from dualface.decode.tonemap import HLG, PQ
from dualface.gpu.transfer import Downloader
from dualface.testing.fake_codecs import as_surface, open_fake_nvdec
from dualface.testing.fake_cuda import FakeCuda
from dualface.types import ColorTags, Frame

X265 = {"x265-params": "log-level=none"}
DEEP = {"codec": "libx265", "pix_fmt": "yuv420p10le", "options": X265}
SIZE = 96, 64


def in_main_memory(cuda: FakeCuda, frame: Frame) -> list[Any]:
    y, uv = Downloader(cuda, frame.width, frame.height, 1).start(frame).finish().planes
    return [y.astype(int), uv[:, :, 0].astype(int), uv[:, :, 1].astype(int)]


@pytest.mark.parametrize(
    ("options", "most"),
    [
        ({"rotation": 90}, 0),
        ({"rotation": 180}, 0),
        ({"rotation": 270}, 0),
        ({"mirrored": True}, 0),
        ({"rotation": 90, "mirrored": True}, 0),
        ({"pix_fmt": "yuvj420p"}, 1),
        (DEEP, 1),
        (DEEP | {"rotation": 270}, 1),
        ({"pixel_aspect": Fraction(16, 11)}, 4),
        ({"pixel_aspect": Fraction(8, 9), "rotation": 90}, 4),
        ({"first": "tff"}, 0),
        ({"first": "bff"}, 0),
        ({"first": "tff", "rotation": 90}, 0),
        ({"codec": "mpeg2video", "options": {"flags": "+ildct+ilme"}, "name": "film.mpg"}, 0),
    ],
    ids=lambda value: "-".join(map(str, value)) if isinstance(value, dict) else str(value),
)
def test_frames_are_those_of_the_cpu(options: dict[str, Any], most: int, tmp_path: Path) -> None:
    """``most``: levels between them; FFmpeg dithers what it makes of 10 bits, and has another filter to enlarge with."""
    options = dict(options)
    width, name = options.pop("width", SIZE[0]), options.pop("name", "film.mp4")
    make = interlaced_film if "first" in options else moving_film
    source, cuda = make(tmp_path / name, width, SIZE[1], 5, **options), fake_cuda()
    with closing(NvDecoder(source, cuda, opener=open_fake_nvdec)) as ours, closing(SoftwareDecoder(source)) as theirs:
        assert ours.get_video_info() == theirs.get_video_info()
        for a, b in zip(ours, theirs, strict=True):
            assert (a.index, a.pts, a.width, a.height, a.color) == (b.index, b.pts, b.width, b.height, b.color)
            for p, q in zip(in_main_memory(cuda, a), b.planes, strict=True):
                assert np.abs(p - q).max() <= most
        assert ours.stats.copied_to_device_bytes == ours.stats.copied_to_host_bytes == 0


def gentle(seed: int, deep: bool, color: ColorTags) -> VideoFrame:
    """Colours that change slowly, as light and skin do."""
    width, height, scale = *SIZE, 4 if deep else 1
    x, y = np.meshgrid(np.arange(width) / width, np.arange(height) / height)
    luma = 120 + 80 * np.sin(3 * x + seed) * np.cos(4 * y)
    u, v = 128 + 30 * np.sin(5 * y + seed), 128 + 25 * np.cos(4 * x)
    planes = [luma, u[::2, ::2], v[::2, ::2]]
    dtype = np.uint16 if deep else np.uint8
    return planar_frame([np.rint(scale * p).astype(dtype) for p in planes], "yuv420p10le" if deep else "yuv420p", color)


@pytest.mark.parametrize(
    ("transfer", "place"), [(PQ, "topleft"), (HLG, "left"), (1, "left"), (1, "center"), (1, "topleft"), (1, "top")]
)
def test_light_and_colours_are_those_of_the_cpu(transfer: int, place: str) -> None:
    frame, cuda = gentle(transfer, True, ColorTags(9, transfer, 9)), fake_cuda()
    theirs = Normaliser(frame, None, chroma_location=place)
    info: Any = SimpleNamespace(width=SIZE[0], height=SIZE[1], color=theirs.color)
    ours = GpuNormaliser(cuda, info, as_surface(frame), place)
    assert ours.problem(as_surface(frame), None) is None
    [made] = ours.push(as_surface(frame), Stamp(0, 1), None)
    cuda.default_stream().synchronize()
    y, uv = (cuda.read(plane).astype(int) for plane in made.planes)
    [(expected, _, _)] = theirs.push(frame, Stamp(0, 1), None) + theirs.flush()
    for p, plane in zip((y, uv[:, :, 0], uv[:, :, 1]), expected.planes, strict=True):
        difference = np.abs(p - np.asarray(np.from_dlpack(plane), int))
        assert difference.max() <= 3
        assert difference.mean() <= 0.6
    ours.close()


@pytest.mark.parametrize(("first", "upper"), [("tff", True), ("bff", False), (None, None)])
def test_the_field_that_is_shown_first_is_known(first: str | None, upper: bool | None, tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    source = moving_film(path, *SIZE, 3) if first is None else interlaced_film(path, *SIZE, 3, first=first)
    assert upper_field_first(source) is upper


def test_interlaced_pictures_are_given_from_the_sought_one_on(tmp_path: Path) -> None:
    source, cuda = interlaced_film(tmp_path / "film.mp4", *SIZE, 12), fake_cuda()
    whole = list(SoftwareDecoder(source))
    ours, theirs = NvDecoder(source, cuda, opener=open_fake_nvdec), SoftwareDecoder(source)
    assert ours.seek(7, whole[7].pts)
    assert theirs.seek(7, whole[7].pts)
    for a, b in zip(ours, theirs, strict=True):
        assert (a.index, a.pts) == (b.index, b.pts)
        np.testing.assert_array_equal(in_main_memory(cuda, a)[0], b.planes[0])
