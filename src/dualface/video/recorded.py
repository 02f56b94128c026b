"""Plans that were made before, or of what was seen before, in place of an analysis: nothing is looked for.

They are read as frames come, so that memory does not grow with the length of the film.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

from dualface.config.schema import Config
from dualface.direct.director import Director
from dualface.direct.layouts.chosen import follows_speech
from dualface.direct.speech.editing import Emphasis, emphasis_of
from dualface.direct.speech.whole import with_speech
from dualface.errors import InputError
from dualface.records.headers import RecordHeader
from dualface.records.observation_file import read_observations
from dualface.records.plan_file import plan_header, read_plan
from dualface.types import Frame, FramePlan, Observation, Speech, VideoInfo
from dualface.video.analysis import PlannedFrame


class Recorded(NamedTuple):
    """What was seen in a frame, and the plans of films for it, by their names."""

    seen: Observation
    plans: Mapping[str, FramePlan]


@dataclass(slots=True)
class Recording:
    """The plans of ``films`` for the frames of ``path``, from which they come, and what was observed in them.

    ``read`` reads them from the first one on.  ``frames``: their numbers in the film.  ``first_pts``: where the first is, in
    time-base units, if it is not the first of the film.
    """

    path: Path
    width: int
    height: int
    films: frozenset[str]
    frames: range
    read: Callable[[], Generator[Recorded]]
    first_pts: int = 0
    _reading: Generator[Recorded] | None = field(default=None, init=False)
    _next: int = field(default=0, init=False)

    @classmethod
    def of_files(cls, plans: Mapping[str, Path], observations: Path | None, time_base: Fraction | None = None) -> Recording:
        """Plan files by the films' names.  Without ``observations`` nothing counts as seen.

        ``time_base`` tells where frames are that are not the first of a film.  Raises
        :class:`~dualface.errors.InputError`.
        """
        path = next(iter(plans.values()))
        header = plan_header(path)

        def read() -> Generator[Recorded]:
            planned = zip_longest(*(read_plan(one)[1] for one in plans.values()))
            seen = _seen_in(read_plan(path)[1]) if observations is None else read_observations(observations)[1]
            for one, frames in zip_longest(seen, planned):
                if one is None or frames is None or any(frame is None or one.index != frame.index for frame in frames):
                    raise InputError(f"{observations}: is not about the frames of {path}; name the two of one film.", file=path)
                yield Recorded(one, dict(zip(plans, frames, strict=True)))

        first, count = _first_and_count(path, (one.seen for one in read()))
        pts = 0 if time_base is None else round(first.time / float(time_base))
        return cls(
            path, header.width, header.height, frozenset(plans), range(first.index, first.index + count), read, first_pts=pts
        )

    @classmethod
    def planned(cls, observations: Path, films: Mapping[str, Config], rate: float) -> Recording:
        """The plans that the films' configurations give for what was seen; ``rate``: frames a second to reckon with.

        Raises :class:`~dualface.errors.InputError`.
        """
        header, frames = read_observations(observations)
        whole = with_speech(list(frames))
        first, count = _first_and_count(observations, whole)
        speech = [one.speech for one in whole]
        emphasis = {name: emphasis_of(whole, config.speech) for name, config in films.items() if follows_speech(config.framing)}
        del whole  # what is needed of all of it is known now

        def read() -> Generator[Recorded]:
            return _directed(observations, header, films, rate, speech, emphasis)

        return cls(observations, header.width, header.height, frozenset(films), range(first.index, first.index + count), read)

    def check(self, info: VideoInfo) -> None:
        """Raises :class:`~dualface.errors.InputError` where the plan was made for pictures of another size."""
        if (self.width, self.height) != (info.width, info.height):
            raise InputError(
                f"{self.path}: was made for pictures of {self.width}x{self.height}, not of {info.width}x{info.height} pixels; "
                "name the video that it was made for.",
                file=self.path,
            )

    def at(self, n: int) -> Recorded:
        """What is recorded of the frame with this number, counted from the first; cheap for one frame after the other.

        Raises :class:`~dualface.errors.InputError` for a frame that is not known.
        """
        if n >= len(self.frames):
            raise InputError(
                f"{self.path}: ends after {len(self.frames)} frames, but the video goes on; "
                "name the video that it was made for.",
                file=self.path,
            )
        if self._reading is None or n < self._next:
            self.close()
            self._reading, self._next = self.read(), 0
        for _ in range(self._next, n):
            next(self._reading)
        self._next = n + 1
        return next(self._reading)

    def close(self) -> None:
        """Lets go of the files, so that they may be replaced or removed, on Windows too."""
        if self._reading is not None:
            self._reading.close()
            self._reading = None


class RecordedPlans:
    """A :class:`~dualface.video.analysis.Planner` that gives each frame its plan."""

    detector_looks = 0

    def __init__(self, recording: Recording) -> None:
        self._recording = recording

    @property
    def films(self) -> frozenset[str]:
        return self._recording.films

    @property
    def reid_stats(self) -> dict[str, float]:
        return {}

    def push(self, frame: Frame) -> list[PlannedFrame]:
        """Raises :class:`~dualface.errors.InputError` for a frame that the plan does not know."""
        return [PlannedFrame(frame, *self._recording.at(frame.index))]

    def flush(self) -> list[PlannedFrame]:
        return []


def _directed(
    observations: Path,
    header: RecordHeader,
    films: Mapping[str, Config],
    rate: float,
    speech: Sequence[Speech | None],
    emphasis: Mapping[str, Sequence[Emphasis]],
) -> Generator[Recorded]:
    """Plans films for what was seen, as it is read again; each frame comes as soon as all films know what they show."""
    directors = {
        name: Director(header.width, header.height, rate, config, emphasis=emphasis.get(name)) for name, config in films.items()
    }
    waiting: deque[Observation] = deque()
    plans: dict[str, deque[FramePlan]] = {name: deque() for name in films}

    def ready() -> Iterator[Recorded]:
        while all(plans.values()):
            yield Recorded(waiting.popleft(), {name: each.popleft() for name, each in plans.items()})

    for one, spoken in zip(read_observations(observations)[1], speech, strict=True):
        told = one if spoken is None else replace(one, speech=spoken)
        waiting.append(told)
        for name, director in directors.items():
            plans[name] += director.push(told)
        yield from ready()
    for name, director in directors.items():
        plans[name] += director.flush()
    yield from ready()


def _seen_in(plans: Iterable[FramePlan]) -> Iterator[Observation]:
    """What plans alone tell of what was seen."""
    return (Observation(plan.index, plan.time, plan.cut) for plan in plans)


def _first_and_count(path: Path, seen: Iterable[Observation]) -> tuple[Observation, int]:
    first, count = None, 0
    for one in seen:
        first, count = first or one, count + 1
    if first is None:
        raise InputError(f"{path}: is about no frame at all; make it anew.", file=path)
    return first, count
