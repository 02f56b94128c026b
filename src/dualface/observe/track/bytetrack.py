"""ByteTrack: tracking by associating every detection box (Zhang et al., ECCV 2022), on numpy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dualface.geometry import iou_matrix, is_sound
from dualface.observe.track.assignment import assign
from dualface.observe.track.kalman import KalmanBox
from dualface.types import Box, Detection, Track, TrackState

_STEP_SECONDS = 1 / 30
"""The Kalman filter's noise is per frame of 30 frames/s footage; other rates take steps of another length."""


@dataclass(slots=True)
class _Tracklet:
    id: int
    filter: KalmanBox
    state: TrackState
    score: float
    detection: Detection | None
    first_frame: int
    last_seen_frame: int
    last_seen_time: float
    hits: int = 1

    def view(self) -> Track:
        vx, vy = (float(v) / _STEP_SECONDS for v in self.filter.velocity[:2])
        box = self.detection.box if self.detection else self.filter.box
        return Track(
            self.id, box, self.score, self.state, self.detection, (vx, vy), self.first_frame, self.last_seen_frame, self.hits
        )


class ByteTracker:
    """Follows faces with two associations a frame: first the sure detections, then the doubtful ones.

    Doubtful boxes (hidden or blurred faces) may only continue a track, never start one.  Implements
    :class:`dualface.interfaces.Tracker`.

    ``high`` and ``low`` are detection scores; ``match_iou`` is the least overlap of a predicted and a detected box in the
    first association; ``lost_seconds`` is how long an unseen track is kept.
    """

    second_match_iou = 0.5
    """Least overlap in the second association (the paper's value)."""
    unconfirmed_match_iou = 0.3
    confirm_hits = 2

    def __init__(self, *, high: float = 0.5, low: float = 0.2, match_iou: float = 0.2, lost_seconds: float = 2.0) -> None:
        self._high, self._low, self._match_iou, self._lost_seconds = high, min(low, high), match_iou, lost_seconds
        self._tracks: list[_Tracklet] = []
        self._next_id = 1
        self._time: float | None = None
        self._fresh = True

    def reset(self) -> None:
        self._tracks = []
        self._fresh = True

    def update(self, detections: Sequence[Detection] | None, frame_index: int, time: float) -> list[Track]:
        """Tracks alive in this frame, predicted only where ``detections`` is ``None``.  ``time`` in seconds, increasing."""
        steps = 1.0 if self._time is None else max(time - self._time, 0.0) / _STEP_SECONDS
        self._time = time
        for track in self._tracks:
            track.filter.predict(steps)
            track.detection = None
        if detections is not None:
            self._associate(detections, frame_index, time)
            self._fresh = False
        return [track.view() for track in self._tracks]

    def _associate(self, detections: Sequence[Detection], frame: int, time: float) -> None:
        sound = [d for d in detections if is_sound(d.box)]
        sure = [d for d in sound if d.score >= self._high]
        doubtful = [d for d in sound if self._low <= d.score < self._high]
        confirmed = [t for t in self._tracks if t.state is not TrackState.TENTATIVE]
        tentative = [t for t in self._tracks if t.state is TrackState.TENTATIVE]

        rest, sure = self._match(confirmed, sure, self._match_iou, frame, time)
        in_view = [t for t in rest if t.state is TrackState.TRACKED]
        unseen, _ = self._match(in_view, doubtful, self.second_match_iou, frame, time)
        dropped, sure = self._match(tentative, sure, self.unconfirmed_match_iou, frame, time)

        for track in unseen:
            track.state = TrackState.LOST
            track.filter.rest()
        gone = {t.id for t in dropped}
        gone |= {t.id for t in self._tracks if t.state is TrackState.LOST and time - t.last_seen_time > self._lost_seconds}
        self._tracks = [t for t in self._tracks if t.id not in gone]
        for detection in sure:
            self._start(detection, frame, time)

    def _match(
        self, tracks: list[_Tracklet], detections: list[Detection], least: float, frame: int, time: float
    ) -> tuple[list[_Tracklet], list[Detection]]:
        """Continues tracks with their detections; returns the tracks and detections left over."""
        if not tracks or not detections:
            return tracks, detections
        boxes: list[Box] = [t.filter.box for t in tracks]
        pairs = assign(1 - iou_matrix(boxes, [d.box for d in detections]), 1 - least)
        for t, d in pairs:
            self._continue(tracks[t], detections[d], frame, time)
        matched_tracks, matched = {t for t, _ in pairs}, {d for _, d in pairs}
        return (
            [t for i, t in enumerate(tracks) if i not in matched_tracks],
            [d for i, d in enumerate(detections) if i not in matched],
        )

    def _continue(self, track: _Tracklet, detection: Detection, frame: int, time: float) -> None:
        if track.state is TrackState.LOST:
            track.filter = KalmanBox(detection.box)
        else:
            track.filter.correct(detection.box)
        track.hits += 1
        if track.state is not TrackState.TENTATIVE or track.hits >= self.confirm_hits:
            track.state = TrackState.TRACKED
        track.detection, track.score = detection, detection.score
        track.last_seen_frame, track.last_seen_time = frame, time

    def _start(self, detection: Detection, frame: int, time: float) -> None:
        state = TrackState.TRACKED if self._fresh else TrackState.TENTATIVE
        self._tracks.append(
            _Tracklet(self._next_id, KalmanBox(detection.box), state, detection.score, detection, frame, frame, time)
        )
        self._next_id += 1
