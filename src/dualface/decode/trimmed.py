"""A part of a video: from one time to another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import chain, islice
from pathlib import Path
from typing import NamedTuple

from dualface.decode.reader import told_of_damage
from dualface.errors import DualfaceError, InputError
from dualface.interfaces import Decoder, DecodeStats, TimedDecoder
from dualface.types import Frame, VideoInfo


class Span(NamedTuple):
    """A part of a film, in seconds from its first picture; without ``end`` to its end."""

    start: Fraction = Fraction(0)
    end: Fraction | None = None


class TooShortError(InputError):
    """The video ends before the part begins."""


class TrimmedDecoder:
    """The frames of another :class:`~dualface.interfaces.Decoder` that are shown within a span, counted from 0.

    ``open_decoder`` opens that other; it is closed with this one, and opened again where seeking has led it astray.
    ``span_of`` is asked for the span, given what is known of the video, and may raise.  A frame belongs to the part in which
    most of its time lies.  Timestamps stay those of the source.

    The constructor and reading raise :class:`TooShortError`.
    """

    def __init__(self, open_decoder: Callable[[], Decoder], source: Path, span_of: Callable[[VideoInfo], Span]) -> None:
        self._open, self._source = open_decoder, source
        self._decoder: Decoder = open_decoder()
        info = self._decoder.get_video_info()
        try:
            self._span = span_of(info)
            self._info = _of_part(info, self._span, source, sure=self._timed is not None and self._timed.indexed)
        except DualfaceError:
            self._decoder.close()
            raise
        self._slack = 1 / (2 * info.fps)
        self._origin: Fraction | None = None
        entered = bool(self._span.start) and self._enter_by_seeking()
        self._frames = self._up_to_the_end(iter(self._decoder)) if entered else self._read()

    @property
    def stats(self) -> DecodeStats:
        """The other's; damage in front of the part is forgotten."""
        return self._decoder.stats

    @property
    def _timed(self) -> TimedDecoder | None:
        return self._decoder if isinstance(self._decoder, TimedDecoder) else None

    def get_video_info(self) -> VideoInfo:
        return self._info

    def __iter__(self) -> Iterator[Frame]:
        return self._frames

    def decode_batch(self, n: int) -> list[Frame]:
        return list(islice(self._frames, n))

    def close(self) -> None:
        self._decoder.close()

    def seek(self, index: int, pts: int) -> bool:
        """As the other's, where that knows its first frame's time; ``index`` counts the frames of the part."""
        self._origin = self._timed.start if self._timed else None
        if self._origin is None or not self._decoder.seek(index, pts):
            return False
        self._frames = self._up_to_the_end(iter(self._decoder))
        return True

    def _read(self) -> Iterator[Frame]:
        frames = iter(self._decoder)
        first = self._first_of(frames)
        self.stats.corrupt_packets = 0
        numbered = (replace(frame, index=frame.index - first.index) for frame in chain([first], frames))
        yield from self._up_to_the_end(numbered)

    def _enter_by_seeking(self) -> bool:
        timed = self._timed
        self._origin = timed.start if timed else None
        if timed is None or self._origin is None:
            return False
        if timed.seek_time(self._span.start - self._slack):
            return True
        self._decoder.close()
        self._decoder = self._open()
        return False

    def _first_of(self, frames: Iterator[Frame]) -> Frame:
        last = None
        for frame in frames:
            if last is None:
                self._origin = frame.pts * frame.time_base
            last = self._place(frame)
            if last >= self._span.start:
                return frame
        raise _too_short(self._source, last or Fraction(0), self._span)

    def _up_to_the_end(self, frames: Iterator[Frame]) -> Iterator[Frame]:
        end, last = self._span.end, None
        for frame in frames:
            last = self._place(frame)
            if end is not None and last >= end:
                if self.stats.corrupt_packets:
                    self.stats.warnings.append(told_of_damage(self._source, self.stats.corrupt_packets))
                return
            yield frame
        if end is not None and last is not None and end - last > 2 * self._slack:
            length = float(last + self._slack)
            self.stats.notes.append(
                f"{self._source} ends at {length:.1f} s, before the end that was asked for ({float(end):g} s)."
            )

    def _place(self, frame: Frame) -> Fraction:
        """The middle of the frame's time, in seconds from the film's first picture."""
        assert self._origin is not None
        return frame.pts * frame.time_base - self._origin + self._slack


def _of_part(info: VideoInfo, span: Span, source: Path, *, sure: bool) -> VideoInfo:
    """What is known of the part.  Raises :class:`TooShortError` where the video is ``sure`` to end before it."""
    whole = Fraction(info.duration_seconds)
    if span.start >= whole:
        if whole and sure:
            raise _too_short(source, whole, span)
        return replace(info, duration_seconds=0.0, total_frames=0)
    seconds = min(whole, span.end or whole) - span.start
    return replace(info, duration_seconds=float(seconds), total_frames=round(seconds * info.fps) if info.total_frames else 0)


def _too_short(source: Path, length: Fraction, span: Span) -> TooShortError:
    what = f"{source} lasts {float(length):.1f} s and has nothing from {float(span.start):g} s on; begin earlier."
    return TooShortError(what, file=source, stage="decode")
