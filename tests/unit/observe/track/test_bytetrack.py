"""What ByteTrack promises: ids that last, doubtful boxes that continue tracks but start none."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from dualface.observe.track.bytetrack import ByteTracker
from dualface.types import Box, Detection, Track, TrackState

DT = 1 / 30


def face(x: float, y: float = 100, size: float = 100, score: float = 0.9) -> Detection:
    return Detection(Box(x, y, size * 0.8, size), score)


def run(tracker: ByteTracker, frames: list[list[Detection] | None]) -> list[list[Track]]:
    return [tracker.update(d, n, n * DT) for n, d in enumerate(frames)]


def test_two_moving_faces_keep_their_ids() -> None:
    frames: list[list[Detection] | None] = [[face(100 + 4 * n), face(900 - 4 * n)] for n in range(60)]
    history = run(ByteTracker(), frames)
    assert [[t.id for t in tracks] for tracks in history] == [[1, 2]] * 60
    assert history[-1][0].velocity[0] > 100 > -100 > history[-1][1].velocity[0]


def test_tracks_are_predicted_where_nobody_looked() -> None:
    frames: list[list[Detection] | None] = [[face(100 + 5 * n)] if n % 4 == 0 or n < 20 else None for n in range(60)]
    history = run(ByteTracker(), frames)
    assert all(len(tracks) == 1 and tracks[0].id == 1 for tracks in history)
    assert abs(history[59][0].box.x - (100 + 5 * 59)) < 8


def test_a_doubtful_face_continues_its_track() -> None:
    frames: list[list[Detection] | None] = [[face(100, score=0.9 if n < 10 else 0.3)] for n in range(20)]
    assert all(t[0].state is TrackState.TRACKED and t[0].id == 1 for t in run(ByteTracker(), frames))


def test_a_doubtful_face_starts_no_track() -> None:
    assert run(ByteTracker(), [[face(100, score=0.3)] for _ in range(10)])[-1] == []


def test_a_face_hidden_for_a_second_is_found_again() -> None:
    frames: list[list[Detection] | None] = [[face(100)] if n < 10 or n > 40 else [] for n in range(50)]
    history = run(ByteTracker(), frames)
    assert history[20][0].state is TrackState.LOST
    assert [(t.id, t.state) for t in history[-1]] == [(1, TrackState.TRACKED)]


def test_a_face_gone_for_long_gets_a_new_id() -> None:
    frames: list[list[Detection] | None] = [[face(100)] if n < 10 or n > 100 else [] for n in range(110)]
    assert [t.id for t in run(ByteTracker(lost_seconds=1.0), frames)[-1]] == [2]


def test_a_flicker_makes_no_confirmed_track() -> None:
    frames: list[list[Detection] | None] = [[face(100), *([face(600)] if n == 10 else [])] for n in range(20)]
    seen = {t.id for tracks in run(ByteTracker(), frames) for t in tracks if t.seen}
    assert seen == {1}


def test_reset_ends_tracks_and_never_reuses_ids() -> None:
    tracker = ByteTracker()
    first = tracker.update([face(100)], 0, 0.0)
    tracker.reset()
    second = tracker.update([face(100)], 1, DT)
    assert first[0].id != second[0].id
    assert second[0].seen, "the first frame of a shot is believed at once"


def test_broken_boxes_are_ignored() -> None:
    bad = [Detection(Box(float("nan"), 0, 10, 10), 0.9), Detection(Box(0, 0, 0, 10), 0.9), Detection(Box(5, 5, -3, 4), 0.9)]
    history = run(ByteTracker(), [[face(100), *bad] for _ in range(5)])
    assert all([t.id for t in tracks] == [1] for tracks in history)


detections = st.lists(
    st.builds(face, st.floats(0, 1900), st.floats(0, 1000), st.floats(10, 400), st.floats(0.05, 1)), max_size=5
)


@given(st.lists(detections | st.none(), min_size=1, max_size=25))
@settings(max_examples=40, deadline=None)
def test_anything_in_gives_unique_finite_tracks(frames: list[list[Detection] | None]) -> None:
    for tracks in run(ByteTracker(), frames):
        assert len({t.id for t in tracks}) == len(tracks)
        assert all(np.isfinite(t.box).all() and t.box.w > 0 and t.box.h > 0 for t in tracks)
        assert len({id(t.detection) for t in tracks if t.detection}) == sum(t.detection is not None for t in tracks)


def test_a_walker_who_is_lost_is_waited_for_where_he_was_lost() -> None:
    """Whoever walks behind something stops or turns as often as he goes on: a track that drifted would meet somebody else."""
    frames: list[list[Detection] | None] = [[face(100 + 8 * n)] if n < 20 else [] for n in range(60)]
    history = run(ByteTracker(), frames)
    assert history[-1][0].state is TrackState.LOST
    assert abs(history[-1][0].box.x - (100 + 8 * 20)) < 16


def test_a_face_that_is_found_a_little_off_has_not_moved_there() -> None:
    """It was somewhere else for a second; what it does now begins anew."""
    frames: list[list[Detection] | None] = [[face(100)] if n < 20 else [] if n < 50 else [face(145)] for n in range(60)]
    history = run(ByteTracker(), frames)
    assert [track.id for track in history[50]] == [1]
    for tracks in history[50:]:
        assert abs(tracks[0].velocity[0]) < 5
