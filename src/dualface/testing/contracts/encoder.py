"""What every encoder promises."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import closing
from fractions import Fraction
from itertools import pairwise
from typing import Any, Literal

import pytest

from dualface.errors import DualfaceError
from dualface.interfaces import Encoder
from dualface.render.encode.settings import EncoderSettings
from dualface.testing.canvases import TIME_BASE, UNEVEN, PooledCanvas, as_nv12, canvas, decode_packets, encode_all, psnr, tags
from dualface.types import ColorTags, Frame, PixelFormat

WIDTH, HEIGHT = 96, 64
BT2020 = ColorTags(9, 14, 9)


class EncoderContract(ABC):
    """On small canvases, 30 a second, that are looked at again with FFmpeg's decoder."""

    codec: Literal["h264", "hevc", "av1"] = "h264"
    decoder = "h264"
    """FFmpeg's name of the decoder for ``codec``."""

    @abstractmethod
    def make(
        self,
        width: int,
        height: int,
        fps: Fraction,
        time_base: Fraction,
        color: ColorTags,
        settings: EncoderSettings,
        *,
        pixel_format: PixelFormat,
        variable_rate: bool,
    ) -> Encoder:
        """A new encoder, made as :class:`~dualface.interfaces.EncoderConstructor` says."""

    def to_device(self, frame: Frame) -> Frame:
        """The canvas in the memory that the encoder takes it from."""
        return frame

    def open(self, *, time_base: Fraction = TIME_BASE, color: ColorTags = BT2020, rate: str = "cbr", **how: Any) -> Encoder:
        """An encoder with these settings; ``variable_rate`` unless said otherwise."""
        variable_rate = how.pop("variable_rate", True)
        wanted: dict[str, Any] = {"codec": self.codec, "bitrate_kbps": 500, "gop": 10, "rate_control": rate} | how
        settings = EncoderSettings(**wanted)
        picture = (WIDTH, HEIGHT, Fraction(30), time_base, color, settings)
        return self.make(*picture, pixel_format=PixelFormat.YUV420P, variable_rate=variable_rate)

    def canvases(self, stamps: list[int] = UNEVEN, **how: Any) -> list[Frame]:
        return [self.to_device(canvas(n, pts, **how)) for n, pts in enumerate(stamps)]

    def pictures(self, encoder: Encoder, packets: list[Any]) -> list[Any]:
        """What a player shows."""
        return decode_packets(packets, self.decoder, encoder.stream.codec_context.extradata)

    @pytest.fixture
    def encoder(self) -> Iterator[Encoder]:
        with closing(self.open()) as encoder:
            yield encoder

    def test_it_is_an_encoder(self, encoder: Encoder) -> None:
        assert isinstance(encoder, Encoder)
        assert encoder.codec_name

    @pytest.mark.parametrize("b_frames", [0, 2])
    def test_every_frame_becomes_one_packet_with_its_own_timestamp(self, b_frames: int) -> None:
        with closing(self.open(b_frames=b_frames)) as encoder:
            packets = encode_all(encoder, self.canvases())
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
    def test_timestamps_are_exact_in_any_time_base(self, time_base: Fraction, stamps: list[int], variable_rate: bool) -> None:
        with closing(self.open(time_base=time_base, variable_rate=variable_rate)) as encoder:
            packets = encode_all(encoder, self.canvases(stamps, time_base=time_base))
        assert [packet.pts for packet in packets] == stamps

    def test_durations_are_the_frames_or_the_rates(self, encoder: Encoder) -> None:
        frames = [canvas(0, 0, duration=123), canvas(1, 3000), canvas(2, 6000, duration=77)]
        packets = encode_all(encoder, map(self.to_device, frames))
        assert [packet.duration for packet in packets] == [123, 3000, 77]

    def test_key_frames_come_at_least_once_a_gop(self, encoder: Encoder) -> None:
        packets = encode_all(encoder, self.canvases())
        keys = [n for n, packet in enumerate(packets) if packet.is_keyframe]
        assert keys[0] == 0
        assert all(b - a <= 10 for a, b in pairwise([*keys, len(packets)]))

    def test_pictures_are_those_that_were_given(self, encoder: Encoder) -> None:
        shown = self.pictures(encoder, encode_all(encoder, self.canvases()))
        assert len(shown) == len(UNEVEN)
        assert min(psnr(picture, n) for n, picture in enumerate(shown)) > 28
        chroma = shown[-1].to_ndarray(format="yuv420p")[HEIGHT:].ravel()
        assert chroma[: chroma.size // 2].mean() == pytest.approx(90, abs=3)
        assert chroma[chroma.size // 2 :].mean() == pytest.approx(160, abs=3)

    def test_either_layout_of_memory_will_do(self, encoder: Encoder) -> None:
        frames = (self.to_device(as_nv12(canvas(n, pts))) for n, pts in enumerate(UNEVEN))
        shown = self.pictures(encoder, encode_all(encoder, frames))
        assert min(psnr(picture, n) for n, picture in enumerate(shown)) > 28

    def test_memory_may_be_written_again_as_soon_as_encode_returns(self, encoder: Encoder) -> None:
        pool, packets = PooledCanvas(), []
        for n, pts in enumerate(UNEVEN):
            packets += encoder.encode(self.to_device(pool.draw(canvas(n, pts))))
            pool.scribble()
        shown = self.pictures(encoder, packets + encoder.flush())
        assert min(psnr(picture, n) for n, picture in enumerate(shown)) > 28

    @pytest.mark.parametrize("color", [BT2020, ColorTags(5, 6, 5), ColorTags(1, 1, 1, full_range=True), ColorTags()])
    def test_colour_tags_are_in_the_bitstream(self, color: ColorTags) -> None:
        with closing(self.open(color=color)) as encoder:
            assert tags(self.pictures(encoder, encode_all(encoder, self.canvases()[:3]))[0]) == color

    @pytest.mark.parametrize("rate", ["cbr", "vbr", "crf"])
    def test_every_rate_control_works(self, rate: str) -> None:
        with closing(self.open(rate=rate, threads=1)) as encoder:
            assert len(encode_all(encoder, self.canvases())) == len(UNEVEN)

    def test_timestamps_that_do_not_rise_are_raised(self, encoder: Encoder) -> None:
        packets = encode_all(encoder, self.canvases([0, 3000, 3000, 2000, 9000]))
        assert [packet.pts for packet in packets] == [0, 3000, 3001, 3002, 9000]

    def test_statistics_count_what_went_in_and_came_out(self, encoder: Encoder) -> None:
        packets = encode_all(encoder, self.canvases())
        assert encoder.stats.frames_in == encoder.stats.packets_out == len(UNEVEN)
        assert encoder.stats.bytes_out == sum(len(bytes(packet.data)) for packet in packets)

    def test_nothing_comes_after_a_flush(self, encoder: Encoder) -> None:
        encode_all(encoder, self.canvases()[:2])
        assert encoder.flush() == []
        with pytest.raises(DualfaceError):
            encoder.encode(self.to_device(canvas(2, 10**6)))

    def test_an_encoder_that_saw_no_frame_flushes_nothing(self, encoder: Encoder) -> None:
        assert encoder.flush() == []

    def test_a_frame_of_another_size_is_refused(self, encoder: Encoder) -> None:
        with pytest.raises(ValueError, match=f"{WIDTH}x{HEIGHT}"):
            encoder.encode(self.to_device(canvas(0, 0, width=64)))

    def test_it_writes_nothing_to_the_terminal(self, capfd: pytest.CaptureFixture[str]) -> None:
        with closing(self.open()) as encoder:
            encode_all(encoder, self.canvases()[:3])
        assert capfd.readouterr() == ("", "")
