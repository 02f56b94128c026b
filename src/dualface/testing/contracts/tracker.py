"""What every tracker promises."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dualface.geometry import iou
from dualface.interfaces import Tracker
from dualface.types import Box, Detection, Track
from dualface.video.freeze import freeze, thaw

FPS = 30
_MARKS = np.array([[0.3, 0.4], [0.7, 0.4], [0.5, 0.6], [0.35, 0.8], [0.65, 0.8]], np.float32)


def face(x: float, y: float = 100.0, *, w: float = 60.0, h: float = 80.0, score: float = 0.9) -> Detection:
    """A face with its top-left corner at ``(x, y)``."""
    return Detection(Box(x, y, w, h), score, (_MARKS * (w, h) + (x, y)).astype(np.float32))


def two_faces(n: int) -> list[Detection]:
    """Two people in frame ``n``, who lean a little."""
    return [face(100 + 4 * math.sin(n / 9)), face(400 + 6 * math.sin(n / 7), 120)]


positions = st.floats(0, 800)
faces = st.lists(
    st.builds(face, positions, positions, w=st.floats(5, 300), h=st.floats(5, 300), score=st.floats(0, 1)), max_size=4
)
steps = st.one_of(st.none(), st.just("reset"), faces)


class TrackerContract(ABC):
    """The footage has 30 frames a second; scores from 0.5 on may start a track, tracks are lost after a second."""

    @abstractmethod
    def make(self, *, high: float, low: float, match_iou: float, lost_seconds: float) -> Tracker:
        """A new tracker with these of its settings, as far as it has them."""

    def new(self) -> Tracker:
        return self.make(high=0.5, low=0.2, match_iou=0.2, lost_seconds=1.0)

    def test_it_is_a_tracker_that_has_seen_nobody(self) -> None:
        tracker = self.new()
        assert isinstance(tracker, Tracker)
        assert tracker.update([], 0, 0.0) == []
        assert tracker.update(None, 1, 1 / FPS) == []

    def test_people_who_stay_keep_their_tracks(self) -> None:
        tracker = self.new()
        for n in range(60):
            detections = two_faces(n)
            seen = [track for track in tracker.update(detections, n, n / FPS) if track.seen]
            if n == 10:
                ids = [track.id for track in by_place(seen)]
            if n >= 10:
                assert [track.id for track in by_place(seen)] == ids
                for track, detection in zip(by_place(seen), detections, strict=True):
                    assert track.detection is detection
                    assert iou(track.box, detection.box) > 0.6
                    assert track.last_seen_frame == n
        assert len(ids) == 2

    def test_frames_that_the_detector_did_not_look_at_are_bridged(self) -> None:
        tracker = self.new()
        for n in range(60):
            tracks = tracker.update(two_faces(n) if n % 3 == 0 else None, n, n / FPS)
            if n == 30:
                ids = {track.id for track in tracks}
            if n >= 30:
                assert {track.id for track in tracks} == ids
                assert all(n % 3 == 0 or track.detection is None for track in tracks)
                for track, detection in zip(by_place(tracks), two_faces(n), strict=True):
                    assert iou(track.box, detection.box) > 0.6
        assert len(ids) == 2

    def test_a_person_who_is_hidden_for_a_moment_is_found_again(self) -> None:
        tracker = self.new()
        for n in range(60):
            hidden = 30 <= n < 40
            tracks = tracker.update(two_faces(n)[: 1 if hidden else 2], n, n / FPS)
            if n == 29:
                before = {track.id for track in tracks}
        assert {track.id for track in tracks if track.seen} == before

    def test_a_person_who_has_left_is_not_followed_for_ever(self) -> None:
        tracker = self.new()
        for n in range(30):
            tracker.update(two_faces(n), n, n / FPS)
        for n in range(30, 30 + 3 * FPS):
            tracks = tracker.update(two_faces(n)[:1], n, n / FPS)
        assert len(tracks) == 1

    def test_what_is_hardly_a_face_starts_nothing(self) -> None:
        tracker = self.new()
        for n in range(30):
            assert not any(track.seen for track in tracker.update([face(100, score=0.1)], n, n / FPS))

    def test_after_a_cut_everybody_is_new(self) -> None:
        tracker = self.new()
        before = {track.id for n in range(20) for track in tracker.update(two_faces(n), n, n / FPS)}
        tracker.reset()
        after = {track.id for n in range(20, 40) for track in tracker.update(two_faces(n), n, n / FPS)}
        assert after
        assert not before & after

    def test_what_is_no_box_is_left_out(self) -> None:
        tracker, nonsense = self.new(), [math.nan, math.inf, -math.inf]
        odd = [Detection(Box(*box), 0.9) for box in [(n, 100, 60, 80) for n in nonsense] + [(9, 9, -60, 80), (9, 9, 60, 0)]]
        for n in range(20):
            tracks = tracker.update([*odd, face(100)], n, n / FPS)
            assert all(math.isfinite(side) for track in tracks for side in track.box)
        assert [iou(track.box, face(100).box) > 0.6 for track in tracks if track.seen] == [True]

    @given(st.lists(steps, max_size=25))
    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.differing_executors])
    def test_ids_are_given_once_and_what_is_gone_stays_gone(self, story: list[Sequence[Detection] | str | None]) -> None:
        tracker = self.new()
        alive: set[int] = set()
        gone: set[int] = set()
        for n, step in enumerate(story):
            if isinstance(step, str):
                tracker.reset()
                gone |= alive
                alive = set()
                continue
            tracks = tracker.update(step, n, n / FPS)
            ids = [track.id for track in tracks]
            assert len(ids) == len(set(ids))
            assert not gone & set(ids)
            assert all(track.first_frame <= track.last_seen_frame <= n for track in tracks)
            assert all(track.detection is None or any(track.detection is one for one in step or ()) for track in tracks)
            gone |= alive - set(ids)
            alive = set(ids)

    def test_its_state_can_be_kept_and_goes_on_as_if_nothing_had_been(self) -> None:
        tracker = self.new()
        for n in range(20):
            tracker.update(two_faces(n), n, n / FPS)
        again = thaw(freeze(tracker), plugins=[type(tracker).__module__.partition(".")[0]])
        for n in range(20, 40):
            detections = two_faces(n) if n % 4 else None
            assert summary(again.update(detections, n, n / FPS)) == summary(tracker.update(detections, n, n / FPS))


def by_place(tracks: Sequence[Track]) -> list[Track]:
    """From left to right."""
    return sorted(tracks, key=lambda track: track.box.cx)


def summary(tracks: Sequence[Track]) -> list[tuple[object, ...]]:
    """What can be compared; landmarks are arrays."""
    return [(track.id, track.box, track.state, track.velocity, track.first_frame, track.last_seen_frame) for track in tracks]
