"""What every decoder promises."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import closing
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from threading import Thread

import av
import numpy as np
import pytest

from dualface.errors import ExitCode, InputError
from dualface.interfaces import Decoder
from dualface.types import Frame, PixelFormat, U8Array

FRAMES, WIDTH, HEIGHT, RATE = 24, 96, 64, Fraction(25)
_BAD = {"missing": None, "empty": b"", "text": b"Not a video at all.\n" * 200, "zeros": bytes(5000)}


def write_film(path: Path) -> Path:
    """24 pictures of H.264 in MP4, with B-frames: a bright bar that moves to the right by four pixels a frame."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=RATE, options={"g": "12", "bf": "2"})
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt, stream.time_base = WIDTH, HEIGHT, "yuv420p", 1 / RATE
        stream.codec_context.color_range = 1
        for n in range(FRAMES):
            picture: U8Array = np.full((HEIGHT * 3 // 2, WIDTH), 128, np.uint8)
            picture[:HEIGHT] = 40
            picture[:HEIGHT, 4 * n : 4 * n + 4] = 200
            frame = av.VideoFrame.from_ndarray(picture, format="yuv420p")
            frame.pts, frame.time_base = n, 1 / RATE
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


class DecoderContract(ABC):
    """On a small plain film, and on what is none."""

    formats: tuple[PixelFormat, ...] = (PixelFormat.YUV420P, PixelFormat.NV12)
    """Those that its frames may have."""

    @abstractmethod
    def make(self, source: Path) -> Decoder:
        """A new decoder of this video."""

    def film(self, folder: Path) -> Path:
        """The film of :func:`write_film`; for a decoder that can't read that, the same in a form that it can."""
        return write_film(folder / "film.mp4")

    def luma(self, frame: Frame) -> U8Array:
        """The plane Y in main memory."""
        return np.array(frame.planes[0])

    @pytest.fixture(scope="class")
    @classmethod
    def source(cls, tmp_path_factory: pytest.TempPathFactory) -> Path:
        return cls().film(tmp_path_factory.mktemp("film"))

    @pytest.fixture
    def decoder(self, source: Path) -> Iterator[Decoder]:
        with closing(self.make(source)) as decoder:
            yield decoder

    def test_it_is_a_decoder_that_says_what_the_video_is(self, decoder: Decoder) -> None:
        assert isinstance(decoder, Decoder)
        info = decoder.get_video_info()
        assert (info.width, info.height, info.fps) == (WIDTH, HEIGHT, RATE)
        assert info.total_frames in (0, FRAMES)
        assert not info.color.full_range
        assert decoder.stats.frames == 0

    def test_every_frame_comes_once_in_order(self, decoder: Decoder) -> None:
        info, frames = decoder.get_video_info(), list(decoder)
        assert [frame.index for frame in frames] == list(range(FRAMES))
        assert all(a.pts < b.pts for a, b in pairwise(frames))
        assert [round(frame.time - frames[0].time, 3) for frame in frames] == [round(n / 25, 3) for n in range(FRAMES)]
        assert {(frame.time_base, frame.color) for frame in frames} == {(info.time_base, info.color)}
        assert (decoder.stats.frames, decoder.stats.corrupt_packets, decoder.stats.truncated) == (FRAMES, 0, False)

    def test_frames_are_the_films_pictures(self, decoder: Decoder) -> None:
        for n, frame in enumerate(decoder):
            assert (frame.width, frame.height) == (WIDTH, HEIGHT)
            assert frame.format in self.formats
            shapes = [tuple(plane.shape) for plane in frame.planes]
            half = (HEIGHT // 2, WIDTH // 2)
            assert shapes == [(HEIGHT, WIDTH), *([(*half, 2)] if frame.format is PixelFormat.NV12 else [half, half])]
            if frame.device == "cpu":
                assert all(plane.dtype == np.uint8 and not plane.flags.writeable for plane in frame.planes)
            assert int(self.luma(frame).mean(0).argmax()) // 4 == n

    def test_batches_and_iteration_share_one_position(self, decoder: Decoder) -> None:
        assert [frame.index for frame in decoder.decode_batch(5)] == [0, 1, 2, 3, 4]
        assert next(iter(decoder)).index == 5
        assert [frame.index for frame in decoder.decode_batch(100)] == list(range(6, FRAMES))
        assert decoder.decode_batch(3) == []

    def test_frames_outlive_the_decoder(self, decoder: Decoder) -> None:
        frame = decoder.decode_batch(1)[0]
        before = self.luma(frame)
        decoder.decode_batch(10)
        decoder.close()
        np.testing.assert_array_equal(self.luma(frame), before)

    @pytest.mark.parametrize("frames_read", [0, 1, FRAMES])
    def test_it_may_be_closed_at_any_point_and_twice(self, decoder: Decoder, frames_read: int) -> None:
        decoder.decode_batch(frames_read)
        decoder.close()
        decoder.close()
        assert decoder.decode_batch(1) == []
        assert list(decoder) == []

    def test_it_may_be_closed_with_an_abandoned_iterator(self, decoder: Decoder) -> None:
        iterator = iter(decoder)
        next(iterator)
        decoder.close()
        assert list(iterator) == []

    def test_it_may_be_closed_while_another_thread_reads(self, decoder: Decoder) -> None:
        reader = Thread(target=lambda: list(decoder))
        reader.start()
        decoder.close()
        reader.join(timeout=60)
        assert not reader.is_alive()

    @pytest.mark.parametrize("content", _BAD.values(), ids=_BAD)
    def test_what_is_no_video_is_refused_in_a_sentence_that_names_it(self, tmp_path: Path, content: bytes | None) -> None:
        path = tmp_path / "bad.mp4"
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(InputError) as caught:
            self.make(path)
        message = str(caught.value)
        assert caught.value.exit_code is ExitCode.INPUT
        assert str(path) in message
        assert message.endswith(".")
        assert "\n" not in message
