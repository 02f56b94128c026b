"""The decoders that come with dualface; those that read anything on odd and bad videos too."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from tests.support.odd_inputs import BAD_INPUTS, FASTSTART, ODD_INPUTS, BadInput, OddInput, noise
from tests.support.video_files import VideoFile

from dualface.decode.nvdec import NvDecoder
from dualface.decode.on_gpu import SwitchingDecoder
from dualface.decode.software import SoftwareDecoder
from dualface.decode.uploading import UploadingDecoder
from dualface.errors import ExitCode
from dualface.interfaces import Decoder
from dualface.testing.contracts.decoder import DecoderContract
from dualface.testing.fake_codecs import open_fake_nvdec
from dualface.testing.fake_cuda import FakeCuda
from dualface.types import Frame, PixelFormat, U8Array

GPU = FakeCuda()
DECODERS: dict[str, Callable[[Path], Decoder]] = {"software": SoftwareDecoder}


@pytest.fixture(params=DECODERS)
def make(request: pytest.FixtureRequest) -> Callable[[Path], Decoder]:
    return DECODERS[request.param]


class TestSoftware(DecoderContract):
    def make(self, source: Path) -> Decoder:
        return SoftwareDecoder(source)


class OnGpu(DecoderContract):
    """On a fake GPU, with FFmpeg's decoder in the place of NVDEC."""

    formats = (PixelFormat.NV12,)

    def luma(self, frame: Frame) -> U8Array:
        frame.owner.ready.synchronize()
        return GPU.read(frame.planes[0])


class TestNvdec(OnGpu):
    def make(self, source: Path) -> Decoder:
        return NvDecoder(source, GPU, opener=open_fake_nvdec)


class TestUploading(OnGpu):
    def make(self, source: Path) -> Decoder:
        return UploadingDecoder(SoftwareDecoder(source), GPU, None)


class TestSwitching(OnGpu):
    def make(self, source: Path) -> Decoder:
        return SwitchingDecoder(NvDecoder(source, GPU, opener=open_fake_nvdec), lambda _: SoftwareDecoder(source))


@pytest.mark.parametrize("odd", ODD_INPUTS, ids=lambda odd: odd.name)
def test_reads_whatever_holds_video(make: Callable[[Path], Decoder], odd: OddInput, tmp_path: Path) -> None:
    with closing(make(odd.write(tmp_path))) as decoder:
        assert isinstance(decoder, Decoder)
        info = decoder.get_video_info()
        frames = list(decoder)
    width, height = odd.size
    assert (info.width, info.height) == odd.size
    assert not info.color.full_range
    assert frames
    assert odd.frames in (None, len(frames))
    assert [frame.index for frame in frames] == list(range(len(frames)))
    assert all(earlier.pts < later.pts for earlier, later in pairwise(frames))
    for frame in frames:
        assert (frame.width, frame.height, frame.color, frame.time_base) == (width, height, info.color, info.time_base)
        assert frame.format is PixelFormat.YUV420P
        chroma = (height + 1) // 2, (width + 1) // 2
        assert [plane.shape for plane in frame.planes] == [(height, width), chroma, chroma]
        assert all(plane.dtype == np.uint8 and not plane.flags.writeable for plane in frame.planes)
    assert decoder.stats.frames == len(frames)
    assert decoder.stats.truncated == odd.truncated
    assert odd.corrupt in (None, decoder.stats.corrupt_packets > 0)


@pytest.mark.parametrize("bad", BAD_INPUTS, ids=lambda bad: bad.name)
def test_refuses_what_holds_none(make: Callable[[Path], Decoder], bad: BadInput, tmp_path: Path) -> None:
    path = bad.write(tmp_path)
    with pytest.raises(bad.error, match=bad.says) as caught:
        make(path)
    assert type(caught.value) is bad.error
    assert caught.value.file == path
    assert caught.value.exit_code is ExitCode.INPUT
    message = str(caught.value)
    assert str(path) in message
    assert message.endswith(".")
    assert "\n" not in message


def test_a_file_cut_while_it_is_read_ends_early_and_is_marked(make: Callable[[Path], Decoder], tmp_path: Path) -> None:
    path = replace(FASTSTART, width=160, height=120).write(tmp_path / "cut.mp4", noise(60, 160, 120))
    with closing(make(path)) as decoder:
        decoder.decode_batch(2)
        with path.open("rb+") as file:
            file.truncate(path.stat().st_size // 2)
        rest = list(decoder)
    assert 0 < len(rest) < 58
    assert decoder.stats.truncated


def test_a_file_deleted_while_it_is_read_is_read_to_its_end(make: Callable[[Path], Decoder], tmp_path: Path) -> None:
    path = VideoFile().write(tmp_path / "gone.mp4", noise(24))
    with closing(make(path)) as decoder:
        path.unlink()
        assert len(list(decoder)) == 24
    assert not decoder.stats.truncated


def test_a_damaged_file_prints_nothing(
    make: Callable[[Path], Decoder], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    odd = next(odd for odd in ODD_INPUTS if odd.name == "damaged mp4")
    path = odd.write(tmp_path)
    capfd.readouterr()
    with closing(make(path)) as decoder:
        list(decoder)
    assert capfd.readouterr() == ("", "")
