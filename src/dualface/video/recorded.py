"""Plans that were made before, or of what was seen before, in place of an analysis: nothing is looked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from dualface.config.schema import Config
from dualface.direct.director import plan_all
from dualface.errors import InputError
from dualface.records.observation_file import read_observations
from dualface.records.plan_file import read_plan
from dualface.types import Frame, FramePlan, Observation, VideoInfo
from dualface.video.analysis import PlannedFrame
from dualface.video.films import FIRST


@dataclass(frozen=True, slots=True)
class Recording:
    """The plans of films, by their names, and what was observed in the frames; ``path`` is the file that they come from.

    ``first_pts``: where the first frame is, in time-base units, if it is not that of the film.
    """

    path: Path
    width: int
    height: int
    plans: Mapping[str, tuple[FramePlan, ...]]
    seen: tuple[Observation, ...]
    first_pts: int = 0

    @property
    def frames(self) -> range:
        """The film's frames that it is about."""
        return range(self.seen[0].index, self.seen[-1].index + 1)

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
        return cls(plan, header.width, header.height, {FIRST: plans}, seen)

    @classmethod
    def planned(cls, observations: Path, films: Mapping[str, Config], rate: float) -> Recording:
        """The plans that the films' configurations give for what was seen; ``rate``: frames a second to reckon with.

        Raises :class:`~dualface.errors.InputError`.
        """
        header, frames = read_observations(observations)
        seen, width, height = tuple(frames), header.width, header.height
        plans = {name: tuple(plan_all(seen, width, height, rate, config)) for name, config in films.items()}
        return cls(observations, width, height, plans, seen)

    def check(self, info: VideoInfo) -> None:
        """Raises :class:`~dualface.errors.InputError` where the plan was made for pictures of another size."""
        if (self.width, self.height) != (info.width, info.height):
            raise InputError(
                f"{self.path}: was made for pictures of {self.width}x{self.height}, not of {info.width}x{info.height} pixels; "
                "name the video that it was made for.",
                file=self.path,
            )


class RecordedPlans:
    """A :class:`~dualface.video.analysis.Planner` that gives each frame its plan."""

    detector_looks = 0

    def __init__(self, recording: Recording) -> None:
        self._recording = recording

    @property
    def films(self) -> frozenset[str]:
        return frozenset(self._recording.plans)

    @property
    def reid_stats(self) -> dict[str, float]:
        return {}

    def push(self, frame: Frame) -> list[PlannedFrame]:
        """Raises :class:`~dualface.errors.InputError` for a frame that the plan does not know."""
        plans, seen = self._recording.plans, self._recording.seen
        if frame.index >= len(seen):
            raise InputError(
                f"{self._recording.path}: ends after {len(seen)} frames, but the video goes on; "
                "name the video that it was made for.",
                file=self._recording.path,
            )
        return [PlannedFrame(frame, seen[frame.index], {name: each[frame.index] for name, each in plans.items()})]

    def flush(self) -> list[PlannedFrame]:
        return []
