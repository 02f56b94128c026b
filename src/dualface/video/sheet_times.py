"""Which stretches of a film a contact sheet shows, and how it tells their times."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from dualface.config.schema import InputConfig
from dualface.config.times import clock
from dualface.errors import InputError
from dualface.interfaces import Decoder
from dualface.types import FramePlan, Person, VideoInfo
from dualface.video.part import span_of

_LONG_SECONDS, _BRIEF_SECONDS = 60.0, 0.5
"""Of a stretch that is shown several times, and of one that is none of its own."""
_SLACK = 1e-6


class Stretch(NamedTuple):
    """Frames ``first`` to ``last`` of a ``shot``, counted from 1, which show the same people in the same layout."""

    shot: int
    first: int
    last: int


def alike(frames: Sequence[FramePlan]) -> list[Stretch]:
    """The stretches of a film, in order; together they are all of it.  What lasts a moment only belongs to the one before."""
    found: list[Stretch] = []
    for stretch in _by_what_is_shown(frames):
        before = found[-1] if found else None
        brief = frames[stretch.last].time - frames[stretch.first].time < _BRIEF_SECONDS
        if before is not None and before.shot == stretch.shot and brief:
            found[-1] = before._replace(last=stretch.last)
        else:
            found.append(stretch)
    return found


def _by_what_is_shown(frames: Sequence[FramePlan]) -> Iterator[Stretch]:
    shot, first = 1, 0
    for n in range(1, len(frames) + 1):
        if n < len(frames) and not frames[n].cut and _what(frames[n]) == _what(frames[first]) and not _long(frames, first, n):
            continue
        yield Stretch(shot, first, n - 1)
        shot += n < len(frames) and frames[n].cut
        first = n


def _what(frame: FramePlan) -> tuple[str, frozenset[Person | None]]:
    return frame.layout, frozenset(placement.person for placement in frame.placements)


def _long(frames: Sequence[FramePlan], first: int, n: int) -> bool:
    return frames[n].time - frames[first].time >= _LONG_SECONDS


@dataclass(frozen=True, slots=True)
class FilmTimes:
    """The film ``begins`` so many seconds on the source's clock, which is ``made`` of the part of the video that is in it."""

    begins: float
    made: InputConfig
    info: VideoInfo
    source: Path

    def between(self, frames: Sequence[FramePlan], wanted: InputConfig) -> Sequence[FramePlan]:
        """Those from the start to the end that is wanted, in times of the video.

        Raises :class:`~dualface.errors.InputError` where there are none, :class:`~dualface.errors.ConfigurationError` for times
        that the video can't have.
        """
        part, offset = span_of(wanted, self.info, self.source), self._offset - self.begins
        start, end = float(part.start) - _SLACK, float("inf") if part.end is None else float(part.end) - _SLACK
        found = [frame for frame in frames if start <= frame.time + offset < end]
        if not found:
            raise InputError(f"{self.source}: nothing was seen in it at that time; look at that part, too.", file=self.source)
        return found

    def told(self, time: float) -> list[str]:
        """Where in the video that is, in a line for the sheet; none where film and video begin together."""
        return [f"at {clock(time - self.begins + self._offset)} of the video"] if self.made.start else []

    @property
    def _offset(self) -> float:
        return float(span_of(self.made, self.info, self.source).start)


def film_times(open_decoder: Callable[[], Decoder], source: Path, made: InputConfig, begins: float) -> FilmTimes:
    """Opens the video for what is known of it.  Raises :class:`~dualface.errors.InputError`."""
    with closing(open_decoder()) as decoder:
        return FilmTimes(begins, made, decoder.get_video_info(), source)
