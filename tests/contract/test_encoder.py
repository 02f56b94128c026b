"""What every encoder does, whichever library is behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from tests.support.canvases import (
    TIME_BASE,
    UNEVEN,
    PooledCanvas,
    as_nv12,
    canvas,
    decode_packets,
    encode_all,
    psnr,
    tags,
)

from dualface.errors import DualfaceError
from dualface.interfaces import Encoder
from dualface.render.encode.settings import EncoderSettings
from dualface.render.encode.software import SoftwareEncoder
from dualface.types import ColorTags, Frame

BT2020 = ColorTags(9, 14, 9)


@dataclass(frozen=True)
class Backend:
    """``make(**settings)`` gives an encoder of 96×64 pictures, tagged :data:`BT2020`, 30 a second."""

    make: Callable[..., Any]
    decoder: str


def _software(codec: Any, decoder: str) -> Backend:
    def make(
        *, time_base: Fraction = TIME_BASE, variable_rate: bool = True, color: ColorTags = BT2020, **settings: Any
    ) -> SoftwareEncoder:
        wanted = EncoderSettings(codec=codec, **{"bitrate_kbps": 500, "gop": 10, **settings})
        return SoftwareEncoder(96, 64, Fraction(30), time_base, color, wanted, variable_rate=variable_rate)

    return Backend(make, decoder)


BACKENDS = {"x264": _software("h264", "h264"), "x265": _software("hevc", "hevc"), "svt-av1": _software("av1", "libdav1d")}


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> Backend:
    return BACKENDS[request.param]


@pytest.fixture
def encoder(backend: Backend) -> Iterator[Any]:
    with closing(backend.make()) as made:
        yield made


def canvases(stamps: list[int] = UNEVEN, **how: Any) -> list[Frame]:
    return [canvas(n, pts, **how) for n, pts in enumerate(stamps)]


def test_it_is_an_encoder(encoder: Any) -> None:
    assert isinstance(encoder, Encoder)
    assert encoder.codec_name


@pytest.mark.parametrize("b_frames", [0, 2])
def test_every_frame_becomes_one_packet_with_its_own_timestamp(backend: Backend, b_frames: int) -> None:
    with closing(backend.make(b_frames=b_frames)) as encoder:
        packets = encode_all(encoder, canvases())
    assert sorted(packet.pts for packet in packets) == UNEVEN
    assert all(packet.time_base == TIME_BASE for packet in packets)
    assert all(a.dts < b.dts for a, b in pairwise(packets))
    assert all(packet.dts <= packet.pts for packet in packets)


@pytest.mark.parametrize(
    ("time_base", "stamps"),
    [
        (Fraction(1001, 30000), list(range(5, 25))),
        (Fraction(1, 15360), [-1024 + n * 512 for n in range(20)]),
        (Fraction(1, 10**9), [10**13 + n * 33_333_333 for n in range(20)]),
        (Fraction(1, 90000), [0, 1, 2, 90000, 900000]),
    ],
)
@pytest.mark.parametrize("variable_rate", [True, False])
def test_timestamps_are_exact_in_any_time_base(
    backend: Backend, time_base: Fraction, stamps: list[int], variable_rate: bool
) -> None:
    with closing(backend.make(time_base=time_base, variable_rate=variable_rate)) as encoder:
        packets = encode_all(encoder, canvases(stamps, time_base=time_base))
    assert [packet.pts for packet in packets] == stamps


def test_durations_are_the_frames_or_the_rates(backend: Backend) -> None:
    with closing(backend.make()) as encoder:
        packets = encode_all(encoder, [canvas(0, 0, duration=123), canvas(1, 3000), canvas(2, 6000, duration=77)])
    assert [packet.duration for packet in packets] == [123, 3000, 77]


def test_key_frames_come_at_least_once_a_gop(encoder: Any) -> None:
    packets = encode_all(encoder, canvases())
    keys = [n for n, packet in enumerate(packets) if packet.is_keyframe]
    assert keys[0] == 0
    assert all(b - a <= 10 for a, b in pairwise([*keys, len(packets)]))


def test_memory_may_be_written_again_as_soon_as_encode_returns(backend: Backend, encoder: Any) -> None:
    pool, packets = PooledCanvas(), []
    for frame in canvases():
        packets += encoder.encode(pool.draw(frame))
        pool.scribble()
    packets += encoder.flush()
    pictures = decode_packets(packets, backend.decoder, encoder.stream.codec_context.extradata)
    assert len(pictures) == len(UNEVEN)
    assert min(psnr(picture, n) for n, picture in enumerate(pictures)) > 28


@pytest.mark.parametrize("convert", [lambda frame: frame, as_nv12], ids=["yuv420p", "nv12"])
def test_plain_arrays_are_encoded_as_well(backend: Backend, encoder: Any, convert: Callable[[Frame], Frame]) -> None:
    packets = encode_all(encoder, map(convert, canvases()))
    pictures = decode_packets(packets, backend.decoder, encoder.stream.codec_context.extradata)
    assert min(psnr(picture, n) for n, picture in enumerate(pictures)) > 28
    chroma = pictures[-1].to_ndarray(format="yuv420p")[64:].ravel()
    assert chroma[: chroma.size // 2].mean() == pytest.approx(90, abs=3)
    assert chroma[chroma.size // 2 :].mean() == pytest.approx(160, abs=3)


@pytest.mark.parametrize("color", [BT2020, ColorTags(5, 6, 5), ColorTags(1, 1, 1, full_range=True), ColorTags()])
def test_colour_tags_are_in_the_bitstream(backend: Backend, color: ColorTags) -> None:
    with closing(backend.make(color=color)) as encoder:
        packets = encode_all(encoder, canvases()[:3])
        extradata = encoder.stream.codec_context.extradata
    assert tags(decode_packets(packets, backend.decoder, extradata)[0]) == color


@pytest.mark.parametrize("rate_control", ["cbr", "vbr", "crf"])
def test_every_rate_control_works(backend: Backend, rate_control: str) -> None:
    with closing(backend.make(rate_control=rate_control, threads=1)) as encoder:
        assert len(encode_all(encoder, canvases())) == len(UNEVEN)


def test_timestamps_that_do_not_rise_are_raised(encoder: Any) -> None:
    packets = encode_all(encoder, canvases([0, 3000, 3000, 2000, 9000]))
    assert [packet.pts for packet in packets] == [0, 3000, 3001, 3002, 9000]


def test_statistics_count_delay_as_delay(encoder: Any) -> None:
    early = [packet for frame in canvases() for packet in encoder.encode(frame)]
    assert (encoder.stats.frames_in, encoder.stats.packets_out) == (len(UNEVEN), len(early))
    rest = encoder.flush()
    assert encoder.stats.packets_out == len(UNEVEN) == len(early) + len(rest)
    assert encoder.stats.bytes_out == sum(len(bytes(packet.data)) for packet in early + rest)


def test_nothing_comes_after_a_flush(encoder: Any) -> None:
    encode_all(encoder, canvases()[:2])
    assert encoder.flush() == []
    with pytest.raises(DualfaceError):
        encoder.encode(canvas(2, 10**6))


def test_an_encoder_that_saw_no_frame_flushes_nothing(encoder: Any) -> None:
    assert encoder.flush() == []


def test_a_frame_of_another_size_is_refused(encoder: Any) -> None:
    with pytest.raises(ValueError, match="96x64"):
        encoder.encode(canvas(0, 0, width=64))


def test_it_writes_nothing_to_the_terminal(backend: Backend, capfd: pytest.CaptureFixture[str]) -> None:
    with closing(backend.make()) as encoder:
        encode_all(encoder, canvases()[:3])
    assert capfd.readouterr() == ("", "")
