"""Plans that were made before, or of what was seen before, in place of an analysis: nothing is looked for."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import zip_longest
from pathlib import Path

from dualface.config.schema import Config
from dualface.direct.director import Director
from dualface.direct.layouts.chosen import follows_speech
from dualface.direct.speech.editing import emphasis_of
from dualface.errors import InputError
from dualface.records.observation_file import read_observations
from dualface.records.plan_file import read_plan
from dualface.types import Frame, FramePlan, Observation, VideoInfo
from dualface.video.analysis import PlannedFrame
from dualface.video.films import FIRST

Planned = tuple[Observation, Mapping[str, FramePlan]]
"""What was observed in a frame, and each film's plan for it, by the film's name."""


class Recording:
    """The plans of ``films`` and what was observed in the ``frames``, from the first on; ``path`` is the file they come from.

    They are read as they are asked for, so that a long video takes no more memory than a short one.
    """

    def __init__(self, path: Path, width: int, height: int, films: Iterable[str], frames: Iterable[Planned]) -> None:
        self.path, self.films = path, frozenset(films)
        self._width, self._height = width, height
        self._frames = iter(frames)
        self._next = 0

    @classmethod
    def read(cls, plan: Path, observations: Path | None) -> Recording:
        """Without ``observations`` nothing counts as seen.  Raises :class:`~dualface.errors.InputError`."""
        header, frames = read_plan(plan)
        plans = tuple(frames)
        seen: tuple[Observation, ...]
        if observations is None:
            seen = tuple(Observation(frame.index, frame.time, frame.cut) for frame in plans)
        else:
            seen = tuple(read_observations(observations)[1])
        for one, frame in zip_longest(seen, plans):
            if one is None or frame is None or one.index != frame.index:
                raise InputError(f"{observations}: is not about the frames of {plan}; name the two of one film.", file=plan)
        planned = ((one, {FIRST: frame}) for one, frame in zip(seen, plans, strict=True))
        return cls(plan, header.width, header.height, (FIRST,), planned)

    @classmethod
    def planned(cls, observations: Path, films: Mapping[str, Config], rate: float) -> Recording:
        """The plans that films' configurations give for what was seen and decided; ``rate``: frames a second to reckon with.

        Raises :class:`~dualface.errors.InputError`, also when it is asked for frames.
        """
        header, frames = read_observations(observations)
        width, height = header.width, header.height
        spoken: list[Observation] = []
        if any(follows_speech(config.framing) for config in films.values()):
            spoken = [replace(one, faces=()) for one in read_observations(observations)[1]]
        directors = {
            name: Director(
                width,
                height,
                rate,
                config,
                emphasis=emphasis_of(spoken, config.speech) if follows_speech(config.framing) else None,
            )
            for name, config in films.items()
        }
        return cls(observations, width, height, films, _directed(frames, directors))

    def check(self, info: VideoInfo) -> None:
        """Raises :class:`~dualface.errors.InputError` where the plan was made for pictures of another size."""
        made, has = (self._width, self._height), (info.width, info.height)
        if made != has:
            raise InputError(
                f"{self.path}: was made for pictures of {made[0]}x{made[1]}, not of {has[0]}x{has[1]} pixels; "
                "name the video that it was made for.",
                file=self.path,
            )

    def at(self, index: int) -> Planned:
        """That of a frame; each must come after the last that was asked for.

        Raises :class:`~dualface.errors.InputError` for a frame that the plan does not know.
        """
        for planned in self._frames:
            self._next += 1
            if self._next > index:
                return planned
        raise InputError(
            f"{self.path}: ends after {self._next} frames, but the video goes on; name the video that it was made for.",
            file=self.path,
        )


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


def _directed(seen: Iterable[Observation], directors: Mapping[str, Director]) -> Iterator[Planned]:
    """Frames as soon as each film has its plan for them."""
    waiting: deque[Observation] = deque()
    plans: dict[str, deque[FramePlan]] = {name: deque() for name in directors}

    def ready() -> Iterator[Planned]:
        for _ in range(min(map(len, plans.values()))):
            yield waiting.popleft(), {name: each.popleft() for name, each in plans.items()}

    for one in seen:
        waiting.append(one)
        for name, director in directors.items():
            plans[name].extend(director.push(one))
        yield from ready()
    for name, director in directors.items():
        plans[name].extend(director.flush())
    yield from ready()
