"""NVDEC's pictures are the software decoder's."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.support.moving import moving_film

from dualface.decode.nvdec import NvDecoder, UnsupportedOnGpuError
from dualface.decode.software import SoftwareDecoder
from dualface.gpu.cupy_runtime import CupyRuntime
from dualface.gpu.transfer import Downloader
from dualface.types import Frame


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


@pytest.mark.parametrize(
    "options",
    [{"pix_fmt": "yuv422p"}, {"pix_fmt": "yuv444p"}, {"rotation": 90}, {"codec": "ffv1", "options": {}}],
    ids=["4:2:2", "4:4:4", "turned", "ffv1"],
)
def test_what_it_cannot_do_it_says_so(cuda: CupyRuntime, options: dict[str, Any], tmp_path: Path) -> None:
    source = moving_film(tmp_path / ("film.mkv" if "codec" in options else "film.mp4"), 320, 240, 5, **options)
    with pytest.raises(UnsupportedOnGpuError):
        NvDecoder(source, cuda)
