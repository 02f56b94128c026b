"""The decoders that come with dualface; those that read anything on odd and bad videos too."""

from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from tests.support.host_kernels import fake_cuda
from tests.support.moving import moving_film
from tests.support.odd_inputs import BAD_INPUTS, FASTSTART, ODD_INPUTS, BadInput, OddInput, noise
from tests.support.video_files import VideoFile

from dualface import files
from dualface.decode.nvdec import NvDecoder
from dualface.decode.on_gpu import SwitchingDecoder
from dualface.decode.reader import FrameReader
from dualface.decode.software import SoftwareDecoder
from dualface.decode.uploading import UploadingDecoder
from dualface.device.cuda import CudaDevice
from dualface.errors import ExitCode
from dualface.gpu.runtime import CudaRuntime
from dualface.interfaces import Decoder
from dualface.testing.contracts.decoder import DecoderContract
from dualface.testing.fake_codecs import FakeNvenc, failing_nvdec, open_fake_nvdec
from dualface.testing.fake_cuda import FakeCuda
from dualface.testing.faults import FaultyDecoder
from dualface.types import Frame, PixelFormat, U8Array

GPU = FakeCuda()
DECODERS: dict[str, Callable[[Path], Decoder]] = {"software": SoftwareDecoder}


def on_gpu(path: Path, after: int | None = None) -> Decoder:
    """NVDEC's decoder on a fake GPU, as a device opens it; ``after`` so many packets NVDEC fails."""
    cuda = fake_cuda()

    def nvdec(path: Path, runtime: CudaRuntime) -> Decoder:
        return NvDecoder(path, runtime, opener=open_fake_nvdec if after is None else failing_nvdec(after))

    device = CudaDevice(make_runtime=lambda _: cuda, make_nvenc=lambda _: FakeNvenc(cuda), open_decoder=nvdec)
    return device.decoder(path, 1)


ALL_DECODERS = DECODERS | {
    "nvdec": lambda path: NvDecoder(path, fake_cuda(), opener=open_fake_nvdec),
    "uploading": lambda path: UploadingDecoder(SoftwareDecoder(path), fake_cuda(), "a reason"),
    "switching": on_gpu,
    "switching early": lambda path: on_gpu(path, after=3),
    "switching late": lambda path: on_gpu(path, after=80),
    "with faults": lambda path: FaultyDecoder(SoftwareDecoder(path), [], path),
}
"""Those that wrap another included; what they promise of positions is the same."""


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
        if files.WINDOWS:
            pytest.skip("nobody can delete it there")
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


@pytest.fixture(scope="module", params=["mp4", "avi"])
def long_film(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """B-frames, and a key frame every 20 of 120; the one container tells when frames are shown, the other when decoded."""
    path = tmp_path_factory.mktemp("long") / f"film.{request.param}"
    return moving_film(path, 96, 64, 120, options={"bf": "2", "g": "20", "crf": "30", "preset": "ultrafast"})


def positions(frames: Iterable[Frame]) -> list[tuple[int, int, int, float]]:
    return [(frame.index, frame.pts, frame.duration, _sum(frame)) for frame in frames]


def _sum(frame: Frame) -> float:
    return 0.0 if frame.device != "cpu" else float(frame.planes[0].sum(dtype=np.int64))


@pytest.mark.parametrize("name", ALL_DECODERS)
def test_it_goes_on_at_any_frame_as_if_it_had_read_up_to_it(name: str, long_film: Path) -> None:
    with closing(ALL_DECODERS[name](long_film)) as decoder:
        whole = positions(decoder)
    assert len(whole) == 120
    for index in (1, 59, 83, 119):
        with closing(ALL_DECODERS[name](long_film)) as decoder:
            if not decoder.seek(index, whole[index][1]):
                assert index == 1, "there is nothing to be gained near the start"
                continue
            assert positions(decoder) == whole[index:]
            assert decoder.stats.frames == 120


@pytest.mark.parametrize("name", ALL_DECODERS)
def test_a_timestamp_that_no_frame_has_is_not_found(name: str, long_film: Path) -> None:
    with closing(ALL_DECODERS[name](long_film)) as decoder:
        frames = decoder.decode_batch(61)
    step = frames[60].pts - frames[59].pts
    if step > 1:
        with closing(ALL_DECODERS[name](long_film)) as decoder:
            assert not decoder.seek(60, frames[59].pts + step // 2)
    with closing(ALL_DECODERS[name](long_film)) as decoder:
        assert not decoder.seek(500, frames[59].pts + 441 * step)


@pytest.mark.parametrize("name", [name for name in ALL_DECODERS if not name.startswith("switching ")])
def test_it_does_not_read_what_is_before(name: str, long_film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    decoded = 0
    decode = FrameReader._decode

    def counting(reader: FrameReader, packet: object) -> object:
        nonlocal decoded
        decoded += 1
        return decode(reader, packet)  # type: ignore[arg-type]

    with closing(ALL_DECODERS[name](long_film)) as decoder:
        pts = decoder.decode_batch(111)[110].pts
    monkeypatch.setattr(FrameReader, "_decode", counting)
    with closing(ALL_DECODERS[name](long_film)) as decoder:
        assert decoder.seek(110, pts)
        assert decoder.decode_batch(1)[0].index == 110
    assert decoded < 80
