"""The sound of a source, apart from its pictures: 16 kHz, on the film's clock, a piece at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Discard

from dualface.decode.open import has_index_of_times
from dualface.film_clock import UNCHANGED, FilmClock
from dualface.media import open_media
from dualface.types import F32Array

RATE = 16000
"""Samples a second."""
_GAP_SECONDS = 0.05
"""Sound that begins so much later or earlier than the sound before it ends does not go on from it."""
_MOST_CHANNELS = 8
"""PyAV's frames of more crash."""
_SEEK_SECONDS = 5.0
"""A part that begins earlier is read up to."""


class SoundPiece(NamedTuple):
    """Some of a stream's sound: ``samples`` is float32, shape (channels, n), −1…1, one or two channels (left and right).

    ``stream`` counts those that are listened to, 0 or 1; ``start`` is in seconds on the film's clock.
    """

    stream: int
    start: float
    samples: F32Array


def sound_of(
    source: Path,
    *,
    clock: FilmClock = UNCHANGED,
    start: float = 0.0,
    end: float | None = None,
    check: Callable[[], None] = lambda: None,
) -> Iterator[SoundPiece]:
    """The sound from about ``start`` to ``end``, in seconds of the film's clock, in the order of the file.

    Up to two streams are listened to: the one that players choose and, where it has a counterpart that is no translation, that
    one too.  What can't be decoded is a gap; a file that can't be opened, or without sound, has none.  ``clock`` is how the
    source's times became the pictures'.  ``check`` is called often and may raise.
    """
    try:
        container = open_media(source)
    except (FFmpegError, OSError, ValueError):
        return
    with closing(container):
        streams = _streams(container)
        if streams:
            yield from _Reader(container, streams, clock, start, end, check).pieces()


def _streams(container: InputContainer) -> list[AudioStream]:
    usable = [one for one in container.streams.audio if _is_usable(one)]
    best = container.streams.best("audio")
    first = next((one for one in usable if best is not None and one.index == best.index), usable[0] if usable else None)
    if first is None:
        return []
    alike = [
        one for one in usable if one.index != first.index and one.metadata.get("language") == first.metadata.get("language")
    ]
    return [first, *alike[:1]]


def _is_usable(stream: AudioStream) -> bool:
    context = stream.codec_context
    return context is not None and context.sample_rate > 0 and 0 < context.layout.nb_channels <= _MOST_CHANNELS


class _Reader:
    def __init__(
        self,
        container: InputContainer,
        streams: list[AudioStream],
        clock: FilmClock,
        start: float,
        end: float | None,
        check: Callable[[], None],
    ) -> None:
        self._container, self._end, self._check = container, end, check
        self._listened = {one.index: _Stream(n, one, clock) for n, one in enumerate(streams)}
        if has_index_of_times(container):
            for other in container.streams:
                other.discard = Discard.default if other.index in self._listened else Discard.all
            if start > _SEEK_SECONDS:
                with suppress(FFmpegError):
                    container.seek(round((start - 1) * 1_000_000))

    def pieces(self) -> Iterator[SoundPiece]:
        over: set[int] = set()
        with suppress(FFmpegError, OSError, IndexError):
            for packet in self._container.demux():
                self._check()
                stream = self._listened.get(packet.stream_index)
                if stream is None or not packet.size:
                    continue
                for piece in stream.decode(packet):
                    yield piece
                    if self._end is not None and piece.start > self._end:
                        over.add(packet.stream_index)
                if len(over) == len(self._listened):
                    return
        for stream in self._listened.values():
            yield from stream.decode(None)


class _Stream:
    """Decodes one stream; each run of frames that go on from each other is resampled as a whole."""

    def __init__(self, number: int, source: AudioStream, clock: FilmClock) -> None:
        self._number, self._source, self._clock = number, source, clock
        self._layout = "mono" if source.codec_context.layout.nb_channels == 1 else "stereo"
        self._resampler: AudioResampler | None = None
        self._kind: tuple[str, str, int] | None = None
        self._position = 0
        self._next = 0.0
        self._given = 0.0

    def decode(self, packet: Any) -> Iterator[SoundPiece]:
        try:
            frames = self._source.decode(packet)
        except FFmpegError:
            return
        if packet is not None and packet.pos is not None:
            self._position = packet.pos
        for frame in frames:
            yield from self._resampled(frame)
        if packet is None:
            yield from self._drained()

    def _resampled(self, frame: Any) -> Iterator[SoundPiece]:
        kind = (frame.format.name, frame.layout.name, frame.sample_rate)
        start = self._start_of(frame)
        if self._resampler is None or kind != self._kind or abs(start - self._next) > _GAP_SECONDS:
            yield from self._drained()
            self._resampler, self._kind = AudioResampler(format="fltp", layout=self._layout, rate=RATE), kind
            self._next = self._given = start
        self._next += frame.samples / frame.sample_rate
        frame.pts = None  # the run's times are counted here
        yield from self._pieces(self._resampler.resample(frame))

    def _start_of(self, frame: Any) -> float:
        """The film's time of a frame, in seconds: of the pieces of the clock near it, the one in which it goes on."""
        if frame.pts is None:
            return self._next
        time = Fraction(frame.pts * (frame.time_base or self._source.time_base))
        choices = [float(time + shift) for shift in self._clock.shifts_near(self._position)]
        return min(choices, key=lambda at: abs(at - self._next)) if self._kind is not None else choices[0]

    def _drained(self) -> Iterator[SoundPiece]:
        if self._resampler is not None:
            yield from self._pieces(self._resampler.resample(None))
            self._resampler = None

    def _pieces(self, frames: list[Any]) -> Iterator[SoundPiece]:
        for frame in frames:
            samples: F32Array = np.asarray(frame.to_ndarray(), np.float32)
            yield SoundPiece(self._number, self._given, samples)
            self._given += samples.shape[1] / RATE
