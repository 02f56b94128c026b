"""Chroma comes out sited left, wherever the source has it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from av.video.frame import VideoFrame
from tests.support.host_kernels import fake_cuda
from tests.support.video_files import VideoFile, planar_frame

from dualface.decode.normalise import Normaliser
from dualface.decode.normalise_gpu import GpuNormaliser
from dualface.decode.open import open_video
from dualface.decode.software import SoftwareDecoder
from dualface.decode.timestamps import Stamp
from dualface.testing.fake_codecs import as_surface
from dualface.types import ColorTags, U8Array

SIDE = 48
PLACES = {"left": (0.5, 1.0), "center": (1.0, 1.0), "topleft": (0.5, 0.5), "top": (1.0, 0.5)}
"""Where the first sample of chroma lies, in pixels from the picture's corner."""


def h264(**params: object) -> VideoFile:
    return VideoFile(48, 48, options={"x264-params": ":".join(f"{key}={value}" for key, value in params.items())})


def h265(**params: object) -> VideoFile:
    settings = ":".join(f"{key}={value}" for key, value in {"log-level": "none", **params}.items())
    return VideoFile(codec="libx265", options={"x265-params": settings})


@pytest.mark.parametrize(
    ("name", "spec", "place"),
    [
        ("plain.mp4", h264(), "left"),
        ("center.mp4", h264(chromaloc=1), "center"),
        ("center.ts", h264(chromaloc=1), "center"),
        ("center.h264", h264(chromaloc=1), "center"),
        ("topleft.mkv", h264(chromaloc=2), "topleft"),
        ("top.mp4", h264(chromaloc=3), "top"),
        ("plain.mkv", h265(), "left"),
        ("uhd.mp4", h265(chromaloc=2), "topleft"),
        ("mpeg1.mpg", VideoFile(codec="mpeg1video"), "center"),
        ("mpeg2.mpg", VideoFile(codec="mpeg2video"), "left"),
        ("webcam.avi", VideoFile(codec="mjpeg", pix_fmt="yuvj422p"), "center"),
        ("unknown.webm", VideoFile(codec="libvpx"), "left"),
        ("unknown.avi", VideoFile(codec="rawvideo"), "left"),
    ],
)
def test_a_streams_place_is_known(name: str, spec: VideoFile, place: str, tmp_path: Path) -> None:
    video = open_video(spec.write(tmp_path / name), 1)
    with video.container:
        assert video.chroma_location == place


def sloping(place: str, pix_fmt: str = "yuv420p") -> VideoFrame:
    """Cb rises to the right and Cr downwards, by four for each pixel."""
    across, down = 1 if "444" in pix_fmt else 2, 2 if "420" in pix_fmt else 1
    x, y = PLACES[place]
    columns = (x if across == 2 else 0.5) + across * np.arange(SIDE // across)
    rows = (y if down == 2 else 0.5) + down * np.arange(SIDE // down)
    u, v = np.broadcast_arrays(20 + 4 * columns, 20 + 4 * rows[:, None])
    planes, scale = [np.full((SIDE, SIDE), 100.0), u, v], 4 if "10" in pix_fmt else 1
    return planar_frame([(plane * scale).astype(np.uint8 if scale == 1 else np.uint16) for plane in planes], pix_fmt)


def assert_sited_left(planes: Sequence[U8Array]) -> None:
    """Away from the edges, where there is nothing to interpolate from; half a pixel off would be two."""
    for plane, expected in zip(planes, planes_of(sloping("left")), strict=True):
        assert np.abs(np.subtract(plane, expected, dtype=float))[4:-4, 4:-4].max() <= 1


def planes_of(picture: VideoFrame) -> list[U8Array]:
    return [np.asarray(np.from_dlpack(plane), np.uint8) for plane in picture.planes]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("pix_fmt", ["yuv420p", "yuv420p10le", "yuv422p", "yuv422p10le", "yuv444p"])
def test_chroma_is_moved_to_where_the_composer_reads_it(pix_fmt: str, place: str) -> None:
    frame = sloping(place, pix_fmt)
    normaliser = Normaliser(frame, None, chroma_location=place)
    [(picture, _, _)] = normaliser.push(frame, Stamp(0, 1), None) + normaliser.flush()
    assert_sited_left(planes_of(picture))
    assert (picture is frame) == (pix_fmt == "yuv420p" and place == "left")


@pytest.mark.parametrize("place", ["left", "center", "topleft"])
def test_decoded_chroma_lies_left_whatever_the_stream_says(place: str, tmp_path: Path) -> None:
    frame = sloping(place)
    frame.pts, frame.time_base = 0, Fraction(1, 25)
    number = {"left": 0, "center": 1, "topleft": 2}[place]
    path = h264(chromaloc=number, qp=0).write(tmp_path / "film.mp4", [frame])
    with closing(SoftwareDecoder(path)) as decoder:
        assert_sited_left(next(iter(decoder)).planes)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("pix_fmt", ["yuv420p", "yuv420p10le"])
def test_the_gpu_moves_it_there_too(pix_fmt: str, place: str) -> None:
    cuda, frame = fake_cuda(), as_surface(sloping(place, pix_fmt))
    info: Any = SimpleNamespace(width=SIDE, height=SIDE, color=ColorTags())
    normaliser = GpuNormaliser(cuda, info, frame, place)
    [made] = normaliser.push(frame, Stamp(0, 1), None)
    cuda.default_stream().synchronize()
    y, uv = map(cuda.read, made.planes)
    assert_sited_left([y, uv[:, :, 0], uv[:, :, 1]])
