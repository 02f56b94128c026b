"""NVDEC's pictures are the software decoder's."""

from collections.abc import Callable
from contextlib import closing
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.support.moving import interlaced_film, moving_film

from dualface.decode.nvdec import NvDecoder, UnsupportedOnGpuError
from dualface.decode.software import SoftwareDecoder
from dualface.gpu.cupy_runtime import CupyRuntime
from dualface.gpu.transfer import Downloader
from dualface.types import ColorTags, Frame


def in_main_memory(cuda: CupyRuntime, frame: Frame) -> list[np.ndarray]:
    back = Downloader(cuda, frame.width, frame.height, 1).start(frame).finish()
    y, uv = back.planes
    return [y.astype(int), uv[:, :, 0].astype(int), uv[:, :, 1].astype(int)]


@pytest.mark.parametrize("codec", ["libx264", "libx265"])
def test_frames_are_the_software_decoders(cuda: CupyRuntime, codec: str, tmp_path: Path) -> None:
    options = {"crf": "16"} | ({"x265-params": "log-level=none"} if codec == "libx265" else {})
    source = moving_film(tmp_path / "film.mp4", 320, 240, 40, codec=codec, options=options)
    ours, theirs = NvDecoder(source, cuda), SoftwareDecoder(source)
    count = 0
    for a, b in zip(ours, theirs, strict=True):
        assert (a.index, a.pts, a.time_base, a.duration, a.color) == (b.index, b.pts, b.time_base, b.duration, b.color)
        for p, q in zip(in_main_memory(cuda, a), b.planes, strict=True):
            assert np.abs(p - q).max() <= 1
        count += 1
    assert count == 40
    assert (ours.stats.copied_to_device_bytes, ours.stats.copied_to_host_bytes) == (0, 0)


def test_it_goes_on_in_the_middle(cuda: CupyRuntime, tmp_path: Path) -> None:
    source = moving_film(tmp_path / "film.mp4", 320, 240, 120, options={"bf": "2", "g": "20", "crf": "16"})
    expected = list(SoftwareDecoder(source))
    for index in (59, 83, 119):
        decoder = NvDecoder(source, cuda)
        assert decoder.seek(index, expected[index].pts)
        frames = list(decoder)
        assert [(frame.index, frame.pts) for frame in frames] == [(frame.index, frame.pts) for frame in expected[index:]]
        for a, b in zip(frames, expected[index:], strict=True):
            assert np.abs(in_main_memory(cuda, a)[0] - b.planes[0]).max() <= 1


def test_frames_may_be_held(cuda: CupyRuntime, film: Callable[..., Path]) -> None:
    """As the look-ahead does, for longer than any decoder's own pool is."""
    source = film()
    held, expected = list(NvDecoder(source, cuda)), list(SoftwareDecoder(source))
    for a, b in zip(held, expected, strict=True):
        assert np.abs(in_main_memory(cuda, a)[0] - b.planes[0]).max() <= 1


DEEP = {"codec": "libx265", "pix_fmt": "yuv420p10le", "options": {"x265-params": "log-level=none", "crf": "16"}}


@pytest.mark.parametrize(
    ("options", "most", "mean"),
    [
        ({"rotation": 90}, 1, 0.1),
        ({"rotation": 180}, 1, 0.1),
        ({"rotation": 270}, 1, 0.1),
        ({"mirrored": True}, 1, 0.1),
        ({"pix_fmt": "yuvj420p"}, 1, 0.6),
        (DEEP, 1, 0.5),
        (DEEP | {"rotation": 90}, 1, 0.5),
        ({"first": "tff"}, 0, 0.0),
        ({"first": "bff", "rotation": 90}, 0, 0.0),
        ({"pixel_aspect": Fraction(5, 4)}, 5, 0.6),
        (DEEP | {"color": ColorTags(9, 16, 9)}, 30, 4.0),
        (DEEP | {"color": ColorTags(9, 18, 9), "rotation": 270}, 30, 4.0),
    ],
    ids=[
        "90",
        "180",
        "270",
        "mirrored",
        "full range",
        "10 bit",
        "10 bit, 90",
        "upper first",
        "lower first, 90",
        "wide pixels",
        "pq",
        "hlg, 270",
    ],
)
def test_what_must_be_converted_is_what_the_cpu_makes_of_it(
    cuda: CupyRuntime, options: dict[str, Any], most: int, mean: float, tmp_path: Path
) -> None:
    """Of blocks with hard edges, at which HDR's chroma is filtered otherwise; ``most`` and ``mean``: levels between them."""
    make = interlaced_film if "first" in options else moving_film
    source = make(tmp_path / "film.mp4", **{"width": 320, "height": 240, "frames": 20} | options)
    with closing(NvDecoder(source, cuda)) as ours, closing(SoftwareDecoder(source)) as theirs:
        for a, b in zip(ours, theirs, strict=True):
            assert (a.index, a.pts, a.width, a.height, a.color) == (b.index, b.pts, b.width, b.height, b.color)
            differences = [np.abs(p - q) for p, q in zip(in_main_memory(cuda, a), b.planes, strict=True)]
            assert max(difference.max() for difference in differences) <= most
            assert max(difference.mean() for difference in differences) <= mean
        assert (ours.stats.copied_to_device_bytes, ours.stats.copied_to_host_bytes) == (0, 0)


def test_converted_frames_may_be_held(cuda: CupyRuntime, tmp_path: Path) -> None:
    source = moving_film(tmp_path / "film.mp4", 320, 240, 60, rotation=90)
    held, expected = list(NvDecoder(source, cuda)), list(SoftwareDecoder(source))
    for a, b in zip(held, expected, strict=True):
        assert np.abs(in_main_memory(cuda, a)[0] - b.planes[0]).max() <= 1


@pytest.mark.parametrize(
    "options",
    [{"pix_fmt": "yuv422p"}, {"pix_fmt": "yuv444p"}, {"codec": "ffv1", "options": {}}],
    ids=["4:2:2", "4:4:4", "ffv1"],
)
def test_what_it_cannot_do_it_says_so(cuda: CupyRuntime, options: dict[str, Any], tmp_path: Path) -> None:
    source = moving_film(tmp_path / ("film.mkv" if "codec" in options else "film.mp4"), 320, 240, 5, **options)
    with pytest.raises(UnsupportedOnGpuError):
        NvDecoder(source, cuda)
