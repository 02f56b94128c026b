"""Observing and directing one video: frames in, frames with their plans out.  No threads, no policy, no files."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from dualface import registry
from dualface.config.schema import Config
from dualface.direct.director import Director
from dualface.interfaces import Detector, Tracker
from dualface.observe.boxes.line import Patch
from dualface.observe.observer import Observed, Observer
from dualface.observe.people.reid import Recogniser
from dualface.pixels.thumbnail import Thumbnail
from dualface.types import Frame, FramePlan, Observation, VideoInfo
from dualface.video.films import FIRST

if TYPE_CHECKING:
    from dualface.observe.lips import LumaSource

USUAL_RATE = 30.0
"""Frames a second to reckon with where nothing tells a video's rate."""


@dataclass(frozen=True, slots=True)
class PlannedFrame:
    """A frame, what was seen in it and what each film, by its name, shows of it; ready to be composed."""

    frame: Frame
    observation: Observation
    plans: Mapping[str, FramePlan]

    @property
    def plan(self) -> FramePlan:
        """The first film's."""
        return self.plans[FIRST]


class Planner(Protocol):
    """Makes plans for frames as they come: an :class:`Analysis`, or plans that were made before."""

    @property
    def detector_looks(self) -> int:
        """How many frames the detector has looked at so far."""
        ...

    @property
    def reid_stats(self) -> dict[str, float]:
        """How often re-identification was active; empty where it is off."""
        ...

    @property
    def films(self) -> frozenset[str]:
        """The names of the films that it plans."""
        ...

    def push(self, frame: Frame) -> list[PlannedFrame]:
        """Takes the next frame; returns those that are planned now, in order."""
        ...

    def flush(self) -> list[PlannedFrame]:
        """The rest, at the end of the video."""
        ...


class Analysis:
    """Decides what is shown while frames come.  They come out in order, all of them, some frames after they went in.

    What is seen is seen once; each film has a director of its own, by its name.  Without any film it only looks.
    """

    def __init__(self, observer: Observer, directors: Mapping[str, Director]) -> None:
        self._observer, self._directors = observer, dict(directors)
        self._unplanned: deque[Observed] = deque()
        self._plans: dict[str, deque[FramePlan]] = {name: deque() for name in directors}

    @property
    def films(self) -> frozenset[str]:
        return frozenset(self._directors)

    @property
    def detector_looks(self) -> int:
        return self._observer.detector_looks

    @property
    def reid_stats(self) -> dict[str, float]:
        return self._observer.reid_stats

    def push(self, frame: Frame) -> list[PlannedFrame]:
        """Takes the next frame; returns those that are decided now."""
        return self._directed(self._observer.push(frame))

    def flush(self) -> list[PlannedFrame]:
        """The rest, at the end of the video."""
        planned = self._directed(self._observer.flush())
        for name, director in self._directors.items():
            self._plans[name].extend(director.flush())
        return planned + self._planned()

    def _directed(self, seen: Sequence[Observed]) -> list[PlannedFrame]:
        for one in seen:
            self._unplanned.append(one)
            for name, director in self._directors.items():
                self._plans[name].extend(director.push(one.observation))
        return self._planned()

    def _planned(self) -> list[PlannedFrame]:
        """The frames of which every film has its plan."""
        ready = min(map(len, self._plans.values()), default=len(self._unplanned))
        return [
            PlannedFrame(*self._unplanned.popleft(), {name: plans.popleft() for name, plans in self._plans.items()})
            for _ in range(ready)
        ]


def open_observer(
    info: VideoInfo,
    config: Config,
    *,
    detector: Detector,
    thumbnail: Callable[[Frame], Thumbnail],
    recogniser: Recogniser | None,
    luma: LumaSource | None = None,
    patch: Patch | None = None,
    put_away: Callable[[Frame], Frame] | None = None,
) -> Observer:
    """What sees a video, as the configuration says; ``luma`` is given where mouths shall be watched, ``patch`` where boxes
    without gutters shall be found.

    Raises :class:`~dualface.errors.ConfigurationError`.
    """
    tracking = config.tracking
    tracker: Tracker = registry.make(
        "tracker",
        tracking.tracker,
        high=max(tracking.high_threshold, config.detection.score_threshold),
        low=tracking.low_threshold,
        match_iou=tracking.match_iou,
        lost_seconds=tracking.lost_seconds,
    )
    return Observer(
        info.width,
        info.height,
        rate_of(info),
        config,
        detector=detector,
        tracker=tracker,
        thumbnail=thumbnail,
        recogniser=recogniser,
        luma=luma,
        patch=patch,
        put_away=put_away,
    )


def open_analysis(
    info: VideoInfo,
    films: Mapping[str, Config],
    *,
    detector: Detector,
    thumbnail: Callable[[Frame], Thumbnail],
    recogniser: Recogniser | None,
    luma: LumaSource | None = None,
    patch: Patch | None = None,
    put_away: Callable[[Frame], Frame] | None = None,
) -> Analysis:
    """What decides about a video, as its films' configurations say, which agree on how it is looked at.

    Raises :class:`~dualface.errors.ConfigurationError`.
    """
    first = next(iter(films.values()))
    observer = open_observer(
        info, first, detector=detector, thumbnail=thumbnail, recogniser=recogniser, luma=luma, patch=patch, put_away=put_away
    )
    rate = rate_of(info)
    return Analysis(observer, {name: Director(info.width, info.height, rate, config) for name, config in films.items()})


def plugins_of(configs: Iterable[Config]) -> set[str]:
    """The top-level modules of plugins that an analysis may hold parts of."""
    parts = [(kind, name) for c in configs for kind, name in (("tracker", c.tracking.tracker), ("layout", c.framing.layout))]
    return {module for kind, name in parts if (module := registry.module_of_plugin(kind, name)) is not None}


def rate_of(info: VideoInfo) -> float:
    """Frames a second to reckon with, also where nothing tells a video's rate."""
    return float(info.fps) or USUAL_RATE
