"""NVDEC's decoder on a fake GPU: the software decoder's frames, without a copy; and what it leaves to others."""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av
import numpy as np
import pytest
from tests.support.host_kernels import fake_cuda
from tests.support.moving import moving_film
from tests.support.video_files import VideoFile

from dualface.decode.nvdec import NvDecoder, UnsupportedOnGpuError, open_on_gpu
from dualface.decode.on_gpu import SwitchingDecoder
from dualface.decode.software import SoftwareDecoder
from dualface.decode.uploading import UploadingDecoder
from dualface.errors import DeviceError, InputError
from dualface.gpu.transfer import Downloader
from dualface.interfaces import Decoder
from dualface.testing.fake_codecs import failing_nvdec, open_fake_nvdec
from dualface.testing.fake_cuda import FakeCuda
from dualface.types import Frame, U8Array

FRAMES = 12


@pytest.fixture
def film(tmp_path: Path) -> Path:
    return moving_film(tmp_path / "film.mp4", 96, 64, FRAMES)


def nvdec(source: Path, cuda: FakeCuda) -> NvDecoder:
    return NvDecoder(source, cuda, opener=open_fake_nvdec)


def luma(cuda: FakeCuda, frame: Frame) -> U8Array:
    return Downloader(cuda, frame.width, frame.height, 1).start(frame).finish().planes[0]  # type: ignore[no-any-return]


def assert_same(cuda: FakeCuda, ours: Decoder, theirs: Decoder) -> None:
    count = 0
    for a, b in zip(ours, theirs, strict=True):
        assert (a.index, a.pts, a.time_base, a.duration, a.color) == (b.index, b.pts, b.time_base, b.duration, b.color)
        np.testing.assert_array_equal(luma(cuda, a), b.planes[0])
        count += 1
    assert count


@pytest.mark.parametrize("kind", ["nvdec", "uploading", "switching"])
def test_frames_are_the_software_decoders(kind: str, film: Path) -> None:
    cuda = fake_cuda()
    decoder: Decoder = nvdec(film, cuda)
    if kind == "uploading":
        decoder = UploadingDecoder(SoftwareDecoder(film), cuda, "a reason")
    if kind == "switching":
        decoder = SwitchingDecoder(decoder, lambda _: pytest.fail("there was no need"))
    assert isinstance(decoder, Decoder)
    assert decoder.get_video_info() == SoftwareDecoder(film).get_video_info()
    assert_same(cuda, decoder, SoftwareDecoder(film))
    assert decoder.stats.frames == FRAMES
    assert decoder.stats.copied_to_host_bytes == 0
    assert (decoder.stats.copied_to_device_bytes > 0) == (kind == "uploading")
    assert decoder.decode_batch(3) == []
    decoder.close()


def test_uneven_timestamps_stay(tmp_path: Path) -> None:
    stamps = [0, 40, 70, 200, 230, 400, 410, 500]
    source = VideoFile(96, 64, 8, pts=stamps, time_base=Fraction(1, 1000)).write(tmp_path / "film.mkv")
    assert [frame.pts for frame in nvdec(source, fake_cuda())] == stamps


def test_batches_and_closing_in_the_middle(film: Path) -> None:
    decoder = nvdec(film, fake_cuda())
    assert [frame.index for frame in decoder.decode_batch(5)] == [0, 1, 2, 3, 4]
    decoder.close()
    decoder.close()
    assert decoder.decode_batch(1) == []


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"pix_fmt": "yuv420p10le"}, "can't decode"),
        ({"pix_fmt": "yuv444p"}, "can't decode"),
        ({"codec": "libvpx-vp9", "height": 65, "options": {}}, "its height is odd"),
    ],
    ids=["10 bit", "4:4:4", "odd height"],
)
def test_what_it_cannot_do_is_left_to_the_cpu(options: dict[str, Any], reason: str, tmp_path: Path) -> None:
    source = moving_film(tmp_path / "film.mp4", **{"width": 96, "height": 64, "frames": 3} | options)
    with pytest.raises(UnsupportedOnGpuError, match=reason):
        nvdec(source, fake_cuda())


def test_what_is_no_video_is_an_input_error(tmp_path: Path) -> None:
    (tmp_path / "notes.mp4").write_text("nothing")
    with pytest.raises(InputError):
        nvdec(tmp_path / "notes.mp4", fake_cuda())


class Stops:
    """A decoder that gives up after some frames."""

    def __init__(self, decoder: Decoder, after: int) -> None:
        self._decoder, self._after = decoder, after
        self.stats = decoder.stats

    def __iter__(self) -> Iterator[Frame]:
        for frame in self._decoder:
            if frame.index == self._after:
                raise UnsupportedOnGpuError("its size changes")
            yield frame

    def __getattr__(self, name: str) -> Any:
        return getattr(self._decoder, name)


@pytest.mark.parametrize("after", [0, 5, FRAMES - 1])
def test_where_nvdec_stops_the_cpu_goes_on_without_a_gap(after: int, film: Path) -> None:
    cuda, reasons = fake_cuda(), []

    def fall_back(reason: str) -> Decoder:
        reasons.append(reason)
        return UploadingDecoder(SoftwareDecoder(film), cuda, reason)

    stops: Any = Stops(nvdec(film, cuda), after)
    decoder = SwitchingDecoder(stops, fall_back)
    assert_same(cuda, decoder, SoftwareDecoder(film))
    assert reasons == ["its size changes"]
    assert decoder.stats.fallback == "its size changes"


def test_where_nvdec_stops_right_after_a_seek_the_cpu_goes_on_from_there(film: Path) -> None:
    cuda, expected = fake_cuda(), list(SoftwareDecoder(film))
    stops: Any = Stops(nvdec(film, cuda), 7)
    decoder = SwitchingDecoder(stops, lambda reason: UploadingDecoder(SoftwareDecoder(film), cuda, reason))
    assert decoder.seek(7, expected[7].pts)
    assert [(frame.index, frame.pts) for frame in decoder] == [(frame.index, frame.pts) for frame in expected[7:]]


@pytest.mark.parametrize("kind", ["nvdec", "uploading", "switching", "switching at once", "switching later"])
def test_a_part_begins_where_it_was_sought_by_time(kind: str, film: Path) -> None:
    cuda, wanted, whole = fake_cuda(), Fraction(13, 60), SoftwareDecoder(film)
    uploading = UploadingDecoder(SoftwareDecoder(film), cuda, "a reason")
    ours: Any = uploading if kind == "uploading" else nvdec(film, cuda)
    if kind.startswith("switching"):
        after = {"switching at once": 0, "switching later": 2}.get(kind, FRAMES)
        ours = SwitchingDecoder(cast("Any", Stops(ours, after)), lambda _: uploading)
    assert (ours.indexed, ours.start) == (whole.indexed, whole.start)
    assert ours.seek_time(wanted)
    assert whole.seek_time(wanted)
    assert_same(cuda, ours, whole)


class Loses:
    """A decoder that can't read some of the frames."""

    def __init__(self, decoder: Decoder, lost: set[int]) -> None:
        self._decoder, self._lost = decoder, lost
        self.stats = decoder.stats

    def __iter__(self) -> Iterator[Frame]:
        kept = (frame for frame in self._decoder if frame.index not in self._lost)
        return (replace(frame, index=index) for index, frame in enumerate(kept))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._decoder, name)


@pytest.mark.parametrize(("on_gpu", "on_cpu"), [({1, 2}, {2}), ({3}, {0, 1, 3}), (set(), {6})])
def test_frames_lost_before_the_switch_do_not_shift_those_after_it(on_gpu: set[int], on_cpu: set[int], film: Path) -> None:
    """Damage is not the same to NVDEC and to the CPU's decoder."""
    cuda, whole = fake_cuda(), list(SoftwareDecoder(film))
    stops: Any = Stops(cast("Any", Loses(nvdec(film, cuda), on_gpu)), 6 - len(on_gpu))
    decoder = SwitchingDecoder(stops, lambda _: cast("Any", Loses(SoftwareDecoder(film), on_cpu)))
    frames = list(decoder)
    expected = [n for n in range(FRAMES) if n not in (on_gpu if n < 6 else on_cpu)]
    assert [frame.pts for frame in frames] == [whole[n].pts for n in expected]
    assert [frame.index for frame in frames] == list(range(len(expected)))


EXTERNAL = av.error.ExternalError(542398533, "Generic error in an external library")
INVALID = av.error.InvalidDataError(1094995529, "Invalid data found when processing input")


@pytest.mark.parametrize("error", [EXTERNAL, INVALID], ids=["at once", "again and again"])
def test_where_nvdec_fails_the_cpu_goes_on_without_a_gap(error: av.FFmpegError, tmp_path: Path) -> None:
    film = moving_film(tmp_path / "film.mp4", 96, 64, 20, options={"bf": "0"})
    cuda = fake_cuda()
    decoder = SwitchingDecoder(
        NvDecoder(film, cuda, opener=failing_nvdec(5, error)),
        lambda reason: UploadingDecoder(SoftwareDecoder(film), cuda, reason),
    )
    assert_same(cuda, decoder, SoftwareDecoder(film))
    assert decoder.stats.fallback == f"NVDEC failed after 5 frames ({error.strerror})"
    assert decoder.stats.corrupt_packets == 0


def test_where_nvdec_fails_at_once_it_is_left_to_the_cpu(film: Path) -> None:
    with pytest.raises(UnsupportedOnGpuError, match="external library"):
        NvDecoder(film, fake_cuda(), opener=failing_nvdec(0, EXTERNAL))


def test_without_a_driver_it_is_a_device_error(film: Path) -> None:
    """The real opener, on a machine without NVIDIA's driver."""
    if Path("/dev/nvidia0").exists():
        pytest.skip("there is a GPU here")
    with pytest.raises(DeviceError, match="NVDEC can't be opened"):
        open_on_gpu(film, fake_cuda())
