"""NVENC's encoder on a fake GPU: packets, sessions, and when canvases may be written again."""

import gc
from dataclasses import replace
from fractions import Fraction
from typing import Any

import av
import numpy as np
import pytest
from tests.support.host_kernels import fake_cuda

from dualface.errors import DeviceError, DualfaceError
from dualface.gpu.transfer import Uploader
from dualface.interfaces import Encoder
from dualface.render.encode.downloading import DownloadingEncoder
from dualface.render.encode.nvenc import NvEncoder, NvencSessions, nvenc_problem
from dualface.render.encode.nvenc_settings import LIBRARIES, nvenc_options
from dualface.render.encode.pyav_stream import PyavStream
from dualface.render.encode.settings import EncoderSettings
from dualface.render.encode.software import SoftwareEncoder
from dualface.testing.canvases import canvas, decode_packets, encode_all, luma
from dualface.testing.fake_codecs import FakeNvenc
from dualface.testing.fake_cuda import FakeCuda
from dualface.types import ColorTags, Frame, Packet, PixelFormat

WIDTH, HEIGHT, BASE = 96, 64, Fraction(1, 90000)
SETTINGS = EncoderSettings(bitrate_kbps=4000)
COLOR = ColorTags(1, 1, 1)


def nvencoder(cuda: FakeCuda, sessions: NvencSessions | None = None) -> NvEncoder:
    counted = sessions or NvencSessions(1)
    picture = (WIDTH, HEIGHT, Fraction(30), BASE, COLOR, SETTINGS)
    return NvEncoder(*picture, runtime=cuda, nvenc=FakeNvenc(cuda), sessions=counted)


def downloading(cuda: FakeCuda) -> DownloadingEncoder:
    software = SoftwareEncoder(WIDTH, HEIGHT, Fraction(30), BASE, COLOR, SETTINGS, pixel_format=PixelFormat.NV12)
    return DownloadingEncoder(software, cuda, WIDTH, HEIGHT, "a reason")


def canvases(cuda: FakeCuda, count: int) -> list[Frame]:
    uploader = Uploader(cuda, WIDTH, HEIGHT)
    frames = [uploader.upload(canvas(n, 3000 * n)) for n in range(count)]
    uploader.close()
    return frames


@pytest.fixture(params=["nvenc", "downloading"])
def made(request: pytest.FixtureRequest) -> tuple[FakeCuda, Encoder]:
    cuda = fake_cuda()
    return cuda, nvencoder(cuda) if request.param == "nvenc" else downloading(cuda)


def test_it_is_an_encoder(made: tuple[FakeCuda, Encoder]) -> None:
    assert isinstance(made[1], Encoder)


def test_every_frame_becomes_a_packet_with_its_picture_and_time(made: tuple[FakeCuda, Encoder]) -> None:
    cuda, encoder = made
    packets = encode_all(encoder, canvases(cuda, 12))
    assert [packet.pts for packet in packets] == [3000 * n for n in range(12)]
    assert packets[0].is_keyframe
    assert encoder.stats.frames_in == encoder.stats.packets_out == 12
    pictures = decode_packets(packets, "h264", encoder.stream.codec_context.extradata)
    assert len(pictures) == 12
    for n, picture in enumerate(pictures):
        error = np.abs(picture.to_ndarray(format="gray").astype(int) - luma(n))
        assert error.mean() < 4
        u, v = picture.to_ndarray(format="yuv420p")[HEIGHT:].reshape(2, -1)
        assert np.abs(u.astype(int) - 90).mean() < 4
        assert np.abs(v.astype(int) - 160).mean() < 4
    encoder.close()


def test_a_canvas_may_be_let_go_at_once(made: tuple[FakeCuda, Encoder]) -> None:
    """Whoever composes the next picture in the same memory must not be seen."""
    cuda, encoder = made
    with cuda.hasty():
        uploader = Uploader(cuda, WIDTH, HEIGHT)
    packets = []
    for n in range(12):
        frame = uploader.upload(canvas(n, 3000 * n))
        packets += encoder.encode(frame)
        frame.owner = None
        del frame
        gc.collect(1)  # the young: a whole collection of a long test process takes a second
    packets += encoder.flush()
    pictures = decode_packets(packets, "h264", encoder.stream.codec_context.extradata)
    assert len(pictures) == 12
    for n, picture in enumerate(pictures):
        assert np.abs(picture.to_ndarray(format="gray").astype(int) - luma(n)).mean() < 4


def test_only_finished_pictures_are_copied() -> None:
    cuda = fake_cuda()
    encoder = downloading(cuda)
    frames = canvases(cuda, 5)
    encode_all(encoder, frames)
    assert encoder.stats.copied_to_host_bytes == 5 * WIDTH * HEIGHT * 3 // 2
    assert encoder.stats.fallback == "a reason"


def test_copies_run_ahead_of_the_encoder() -> None:
    cuda = fake_cuda()
    encoder = downloading(cuda)
    frames = canvases(cuda, 3)
    waited = cuda.synchronisations
    encoder.encode(frames[0])
    encoder.encode(frames[1])
    assert cuda.synchronisations == waited
    encoder.encode(frames[2])
    assert cuda.synchronisations == waited + 1


def test_sessions_are_counted_and_come_back() -> None:
    cuda, sessions = fake_cuda(), NvencSessions(2)
    first, _second = nvencoder(cuda, sessions), nvencoder(cuda, sessions)
    with pytest.raises(DeviceError, match="all 2 NVENC sessions"):
        nvencoder(cuda, sessions)
    first.close()
    first.close()
    nvencoder(cuda, sessions)
    assert sessions.open == 2


@pytest.mark.parametrize(
    "change",
    [{"device": "cpu"}, {"format": PixelFormat.YUV420P}, {"width": WIDTH - 2}, {"height": HEIGHT + 2}],
    ids=lambda change: next(iter(change)),
)
def test_other_frames_than_its_own_are_refused(change: dict[str, Any]) -> None:
    cuda = fake_cuda()
    encoder, [frame] = nvencoder(cuda), canvases(cuda, 1)
    with pytest.raises(ValueError, match="NV12 of 96x64 in GPU memory"):
        encoder.encode(replace(frame, **change))
    assert encoder.stats.frames_in == 0
    encoder.encode(frame)


class Refuses(FakeNvenc):
    """NVENC that knows no such preset, as where the driver is old."""

    def options(self, settings: EncoderSettings, width: int, height: int, fps: Fraction) -> dict[str, str]:
        return {"preset": "unknown"}


def test_what_it_refuses_is_the_devices_and_what_fails_later_the_films(monkeypatch: pytest.MonkeyPatch) -> None:
    """The one is tried on the CPU by itself, the other says how."""
    cuda = fake_cuda()
    assert "libx264 can't be opened" in str(nvenc_problem(cuda, Refuses(cuda), SETTINGS))
    encoder, frames = nvencoder(cuda), canvases(cuda, 2)
    encoder.encode(frames[0])

    def fails(*_: object) -> list[Packet]:
        raise av.FFmpegError(5, "Input/output error")

    monkeypatch.setattr(PyavStream, "encode", fails)
    with pytest.raises(DualfaceError, match="try --device cpu") as caught:
        encoder.encode(frames[1])
    assert not isinstance(caught.value, DeviceError)


def test_it_may_be_ended_twice() -> None:
    cuda = fake_cuda()
    encoder = nvencoder(cuda)
    assert encoder.flush() == []
    packets = encode_all(encoder, canvases(cuda, 3))
    assert (len(packets), encoder.flush()) == (3, [])
    encoder.close()
    encoder.close()


def test_probing_tries_it() -> None:
    cuda = fake_cuda()
    assert nvenc_problem(cuda, FakeNvenc(cuda), SETTINGS) is None
    assert nvenc_problem(cuda, FakeNvenc(cuda, missing=True), SETTINGS) == "this GPU has no NVENC"


def test_the_usual_settings_in_nvencs_terms() -> None:
    options = nvenc_options(EncoderSettings(), 1920, 1080, Fraction(30))
    assert options == {
        "preset": "fast", "tune": "ll", "zerolatency": "1", "forced-idr": "1", "surfaces": "16", "g": "30", "bf": "0",
        "rc": "cbr", "b": "5000k", "maxrate": "5000k", "bufsize": "5000k", "profile": "high", "level": "4.1",
    }  # fmt: skip


@pytest.mark.parametrize("codec", LIBRARIES)
@pytest.mark.parametrize("control", ["cbr", "vbr", "crf"])
def test_every_codec_and_rate_control_has_its_options(codec: str, control: str) -> None:
    settings = EncoderSettings(codec=codec, rate_control=control)  # type: ignore[arg-type]
    options = nvenc_options(settings, 1280, 720, Fraction(25))
    assert options["rc"] == {"cbr": "cbr", "vbr": "vbr", "crf": "vbr"}[control]
    assert ("cq" in options) == (control == "crf")
    assert ("profile" in options) == (codec == "h264")


@pytest.mark.parametrize(("preset", "expected"), [("0", "p7"), ("8", "p3"), ("13", "p1")])
def test_svt_av1s_presets_have_counterparts(preset: str, expected: str) -> None:
    settings = EncoderSettings(codec="av1", preset=preset)
    assert nvenc_options(settings, 1280, 720, Fraction(25))["preset"] == expected
