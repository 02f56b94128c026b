"""Wires the stages for one video: what to do with a frame, in order.  No threads, no policy, no files."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from dualface.config.schema import Config
from dualface.direct.framing.rig import CameraRig, CameraTarget
from dualface.direct.sides import PositionSides
from dualface.direct.visibility import is_hidden
from dualface.interfaces import Detector, Embedder
from dualface.observe.detect.sparse import Looked, SparseDetector
from dualface.observe.embed.clothes import clothes_of
from dualface.observe.people.casting import Casting
from dualface.likeness import Scale
from dualface.observe.people.reid import ConditionalReID, Mode
from dualface.observe.people.scene import Scene
from dualface.observe.people.tracker import PeopleTracker
from dualface.observe.track.bytetrack import ByteTracker
from dualface.observe.track.cuts import CutDecision, CutDetector
from dualface.pixels.thumbnail import Thumbnail
from dualface.types import Box, F32Array, Frame, FramePlan, Rect, Side, TileView, Track, TrackedFace, VideoInfo


@dataclass(frozen=True, slots=True)
class Recogniser:
    """What re-identification needs: an embedder, the scale of its similarities, and when to use it.

    ``known``: what people look like who are known beforehand, as :class:`~dualface.observe.people.reid.ConditionalReID`
    takes it.
    """

    embedder: Embedder
    scale: Scale
    mode: Mode
    known: Mapping[Side, Sequence[F32Array]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PlannedFrame:
    """A frame and everything decided about it; ready to be composed."""

    frame: Frame
    plan: FramePlan


class Analysis:
    """Decides what the tiles show: cuts, faces, people, cameras.

    Frames come out in order, all of them, :attr:`delay` frames at most after they went in.  ``thumbnail`` makes the small
    picture of a frame that cuts are found in; ``detector`` may be shared with other videos.
    """

    def __init__(
        self,
        info: VideoInfo,
        tiles: dict[Side, Rect],
        config: Config,
        *,
        detector: Detector,
        thumbnail: Callable[[Frame], Thumbnail],
        recogniser: Recogniser | None = None,
    ) -> None:
        fps, ahead = float(info.fps) or 30.0, config.processing.lookahead_seconds
        tracking, framing = config.tracking, config.framing
        self._thumbnail = thumbnail
        self._cuts = CutDetector(fps)
        self._sparse = SparseDetector(
            detector, interval=round(config.detection.interval_seconds * fps), high=config.detection.score_threshold
        )
        casting = Casting(info.width, info.height)
        self._reid = None
        if recogniser is not None:
            self._reid = ConditionalReID(
                recogniser.embedder,
                casting,
                fps=fps,
                mode=recogniser.mode,
                scale=recogniser.scale,
                known=recogniser.known,
                clothes=clothes_of,
            )
        tracker = ByteTracker(
            high=max(tracking.high_threshold, config.detection.score_threshold),
            low=tracking.low_threshold,
            match_iou=tracking.match_iou,
            lost_seconds=tracking.lost_seconds,
        )
        self._people = PeopleTracker(tracker, casting, delay=round(ahead / 2 * fps), reid=self._reid)
        self._position = PositionSides(info.width, alpha=tracking.ema_alpha) if tracking.sides == "position" else None
        self._rig = CameraRig(
            info.width,
            info.height,
            tiles,
            fps=fps,
            headroom=framing.headroom,
            zoom=framing.zoom,
            smoothing=framing.smoothing,
            lookahead_seconds=ahead / 2,
            hold_seconds=tracking.hold_seconds,
            fallback=config.errors.fallback,
        )
        self._size = (info.width, info.height)
        self._undecided: deque[Frame] = deque()
        self._decisions: dict[int, CutDecision] = {}
        self._unframed: deque[Scene] = deque()

    @property
    def detector_looks(self) -> int:
        """How many frames the detector has looked at so far."""
        return self._sparse.stats.looks

    @property
    def reid_stats(self) -> dict[str, float]:
        """How often re-identification was active; empty where it is off."""
        return self._reid.get_activation_stats() if self._reid is not None else {}

    def push(self, frame: Frame) -> list[PlannedFrame]:
        """Takes the next frame; returns those that are decided now."""
        self._undecided.append(frame)
        return self._after_cuts(self._cuts.push(self._thumbnail(frame)))

    def flush(self) -> list[PlannedFrame]:
        """The rest, at the end of the video."""
        planned = self._after_cuts(self._cuts.flush())
        planned += self._after_detection(self._sparse.flush())
        planned += self._after_people(self._people.flush())
        views = self._rig.flush()
        planned += [self._plan(view) for view in views]
        return planned

    def _after_cuts(self, decisions: Sequence[CutDecision]) -> list[PlannedFrame]:
        planned: list[PlannedFrame] = []
        for decision in decisions:
            frame = self._undecided.popleft()
            self._decisions[frame.index] = decision
            planned += self._after_detection(self._sparse.push(frame, cut=decision.cut))
        return planned

    def _after_detection(self, looked: Sequence[Looked]) -> list[PlannedFrame]:
        planned: list[PlannedFrame] = []
        for look in looked:
            decision = self._decisions.pop(look.frame.index)

            def changed(box: Box, decision: CutDecision = decision) -> float:
                return decision.changed_share(box, *self._size)

            planned += self._after_people(self._people.push(look.frame, look.detections, cut=look.cut, changed=changed))
        return planned

    def _after_people(self, scenes: Sequence[Scene]) -> list[PlannedFrame]:
        planned: list[PlannedFrame] = []
        for scene in scenes:
            if self._position is not None:
                _by_position(scene, self._position)
            self._unframed.append(scene)
            targets = {side: _target(scene, side) for side in Side}
            planned += [self._plan(view) for view in self._rig.push(targets, time=scene.frame.time, cut=scene.cut)]
        return planned

    def _plan(self, views: dict[Side, TileView]) -> PlannedFrame:
        scene = self._unframed.popleft()
        faces = [
            TrackedFace(t.id, t.box, t.score, scene.people.get(t.id), t.detection.landmarks if t.detection else None)
            for t in scene.tracks
        ]
        frame = scene.frame
        plan = FramePlan(frame.index, frame.time, scene.cut, scene.reid, faces, views, scene.corrections)
        return PlannedFrame(frame, plan)


def _target(scene: Scene, side: Side) -> CameraTarget | None:
    """What the side's camera is told: its person's face, unless it isn't really seen."""
    track: Track | None = scene.track_of(side)
    if track is None or is_hidden(track, scene.tracks):
        return None
    marks = track.detection.landmarks if track.detection else None
    eyes = None
    if marks is not None:
        eyes = (float(marks[0, 0] + marks[1, 0]) / 2, float(marks[0, 1] + marks[1, 1]) / 2)
    return CameraTarget(track.box, eyes, track.id)


def _by_position(scene: Scene, rule: PositionSides) -> None:
    """Shows each person on the side where he is, instead of the side where he was first seen."""
    boxes = {t.id: t.box for t in scene.tracks}
    shown = rule.update({side: boxes[k].cx for k, side in scene.people.items() if k in boxes})
    scene.people = {k: shown.get(side, side) for k, side in scene.people.items()}
