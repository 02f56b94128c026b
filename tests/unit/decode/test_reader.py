"""Reading errors, which no small file provokes: a container that fails as told."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import av
import pytest
from av.packet import Packet
from tests.support.video_files import VideoFile

from dualface.decode.open import OpenVideo, open_video
from dualface.decode.reader import DecodingFailedError, FrameReader
from dualface.errors import DeviceMemoryError
from dualface.interfaces import DecodeStats
from dualface.workers.failure import Failure, classify


class FailingContainer:
    """Yields a stream's packets; ``failures`` says how often reading fails before which packet."""

    def __init__(self, video: OpenVideo, failures: dict[int, int], error: Exception) -> None:
        self._error = error
        self._packets = enumerate(video.container.demux(video.stream))
        self._failures = failures
        self._next: tuple[int, Packet[Any]] | None = None

    def demux(self, stream: object) -> Iterator[Packet[Any]]:
        while True:
            self._next = self._next or next(self._packets, None)
            if self._next is None:
                return
            number, packet = self._next
            if self._failures.get(number, 0) > 0:
                self._failures[number] -= 1
                raise self._error
            self._next = None
            yield packet


@pytest.fixture
def video(tmp_path: Path) -> Iterator[OpenVideo]:
    video = open_video(VideoFile(frames=20, options={"bf": "0"}).write(tmp_path / "film.mp4"), 1)
    yield video
    video.container.close()


IO_ERROR = av.error.OSError(5, "Input/output error", "film.mp4")


def read(video: OpenVideo, failures: dict[int, int], error: Exception = IO_ERROR) -> tuple[int, DecodeStats]:
    stats = DecodeStats()
    container = cast("Any", FailingContainer(video, failures, error))
    reader = FrameReader(OpenVideo(video.path, container, video.stream), stats)
    return len(list(reader.frames())), stats


def test_reading_goes_on_after_an_error(video: OpenVideo) -> None:
    frames, stats = read(video, {5: 1, 9: 3})
    assert (frames, stats.corrupt_packets, stats.truncated) == (20, 4, False)


def test_reading_ends_where_errors_do_not(video: OpenVideo) -> None:
    frames, stats = read(video, {12: 10**6})
    assert frames == 12
    assert stats.truncated


def test_an_error_before_the_end_means_that_something_is_missing(video: OpenVideo) -> None:
    frames, stats = read(video, {20: 1})
    assert (frames, stats.truncated) == (20, True)


def test_a_stream_that_appears_late_is_no_damage(video: OpenVideo) -> None:
    """PyAV then ends with an IndexError, all packets being read."""
    frames, stats = read(video, {20: 1}, IndexError("list index out of range"))
    assert (frames, stats.corrupt_packets, stats.truncated) == (20, 0, False)


class FailingDecoder:
    """Decodes; ``errors`` says with which packets it fails, and how."""

    def __init__(self, video: OpenVideo, errors: dict[int, Exception]) -> None:
        self._stream, self._errors = video.stream, errors
        self._packets = count()
        self.codec_context = self

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def decode(self, packet: Any) -> list[Any]:
        error = self._errors.get(next(self._packets))
        if error is not None:
            raise error
        return self._stream.codec_context.decode(packet)


def decode(video: OpenVideo, errors: dict[int, Exception], **options: Any) -> tuple[int, DecodeStats]:
    stats, stream = DecodeStats(), cast("Any", FailingDecoder(video, errors))
    container = cast("Any", SimpleNamespace(demux=lambda _: video.container.demux(video.stream)))
    reader = FrameReader(OpenVideo(video.path, container, stream), stats, **options)
    return len(list(reader.frames())), stats


INVALID = av.error.InvalidDataError(1094995529, "Invalid data found when processing input")
DAMAGE = [
    INVALID,
    av.error.PatchWelcomeError(1163346256, "Not yet implemented in FFmpeg, patches welcome"),
    av.error.ArgumentError(22, "Invalid argument"),
    av.error.OSError(92, "Protocol not available"),  # dav1d's, for formats that it does not know
]


@pytest.mark.parametrize("error", DAMAGE, ids=lambda error: type(error).__name__)
def test_what_damage_causes_is_counted(error: Exception, video: OpenVideo) -> None:
    frames, stats = decode(video, {19: error})
    assert (frames, stats.corrupt_packets) == (19, 1)


def test_what_the_file_is_not_to_blame_for_ends_it_with_a_reason(video: OpenVideo) -> None:
    """The rest of the film must not be missing from an output that claims to be made of a damaged file."""
    with pytest.raises(DecodingFailedError, match=f"{video.path} can't be decoded to its end") as caught:
        decode(video, {5: av.error.ExternalError(542398533, "Generic error in an external library")})
    assert classify(caught.value) is Failure.INTERNAL


def test_a_decoder_without_memory_is_no_damage_either(video: OpenVideo) -> None:
    with pytest.raises(DeviceMemoryError, match=r"film\.mp4: no memory .* 64×48") as caught:
        decode(video, {5: av.error.MemoryError(12, "Cannot allocate memory")})
    assert classify(caught.value) is Failure.MEMORY


def test_a_decoder_that_refuses_everything_has_failed_where_that_is_asked_for(video: OpenVideo) -> None:
    errors: dict[int, Exception] = dict.fromkeys(range(10, 14), INVALID)
    _, stats = decode(video, errors, patience=5)
    assert stats.corrupt_packets == 4
    video.container.seek(0)
    with pytest.raises(DecodingFailedError):
        decode(video, errors, patience=4)


def test_want_of_memory_is_no_damage(video: OpenVideo) -> None:
    with pytest.raises(DeviceMemoryError, match=r"film\.mp4: no memory .* 64×48") as caught:
        read(video, {5: 1}, av.error.MemoryError(12, "Cannot allocate memory", "film.mp4"))
    assert caught.value.file == video.path


def test_damage_here_and_there_is_not_a_decoder_that_refuses_everything(video: OpenVideo) -> None:
    errors: dict[int, Exception] = dict.fromkeys((4, 8, 9, 13, 17), INVALID)
    frames, stats = decode(video, errors, patience=3)
    assert stats.corrupt_packets == 5
    assert frames > 10
