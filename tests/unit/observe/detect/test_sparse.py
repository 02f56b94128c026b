"""The detector is asked rarely while nothing happens, and always when something does."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from dualface.observe.detect.sparse import Looked, SparseDetector
from dualface.types import Box, Detection, Frame

Faces = list[Detection]


def face(x: float, size: float = 100, score: float = 0.9) -> Detection:
    return Detection(Box(x, 100, size, size), score, np.full((5, 2), x, np.float32))


class ScriptedDetector:
    """Answers from a script, by frame index, and notes what it was asked."""

    def __init__(self, script: Sequence[Faces]) -> None:
        self.script = script
        self.asked: list[int] = []

    def detect(self, frames: Sequence[Frame]) -> list[Faces]:
        self.asked += [f.index for f in frames]
        return [self.script[f.index] for f in frames]

    def close(self) -> None:
        pass


def run(
    script: Sequence[Faces], interval: int = 4, cuts: Sequence[int] = (), first: int = 0
) -> tuple[list[Looked], ScriptedDetector]:
    detector = ScriptedDetector(script)
    sparse = SparseDetector(detector, interval=interval, fps=30.0)
    out: list[Looked] = []
    for n in range(first, len(script)):
        frame = Frame(n, n, Fraction(1, 30), 1, 640, 360, ())
        out += sparse.push(frame, cut=n in cuts)
    out += sparse.flush()
    assert [o.frame.index for o in out] == list(range(first, len(script)))
    return out, detector


def test_quiet_footage_is_looked_at_rarely_and_interpolated() -> None:
    out, detector = run([[face(100 + n), face(400)] for n in range(41)])
    assert detector.asked == [0, 4, 8, 12, 16, 20, 24, 32, 40]
    for n, look in enumerate(out):
        assert abs(look.detections[0].box.x - (100 + n)) < 1e-4
        marks = look.detections[0].landmarks
        assert marks is not None
        assert np.allclose(marks, 100 + n)


def test_who_begins_to_move_is_looked_at_more_often_again() -> None:
    def at(n: int) -> float:
        return 100 + 0.15 * max(n - 24, 0) ** 2

    out, detector = run([[face(at(n)), face(400)] for n in range(45)])
    assert [b - a for a, b in pairwise(sorted(detector.asked))] == [4, 4, 4, 4, 4, 4, 8, 4, 4, 4]
    assert max(abs(look.detections[0].box.x - at(n)) for n, look in enumerate(out)) < 0.015 * 100 + 1.5


def test_a_newcomer_is_seen_from_his_first_frame() -> None:
    out, detector = run([[face(100)] + ([face(400)] if n >= 18 else []) for n in range(41)])
    assert [len(o.detections) for o in out] == [1] * 18 + [2] * 23
    assert len(detector.asked) < 16


def test_faces_near_each_other_are_looked_at_on_every_frame() -> None:
    _, detector = run([[face(100), face(220)] for _ in range(21)])
    assert sorted(detector.asked) == list(range(21))


def test_passers_by_near_each_other_are_not() -> None:
    script = [[face(0, 200), face(800, 200), face(400 + n, 100), face(520 + n, 100)] for n in range(21)]
    assert len(run(script)[1].asked) < 7


def test_passers_by_who_walk_on_are_followed_without_looks_of_their_own() -> None:
    script = [[face(100, 120), face(900, 120), face(300 + 15 * n, 60)] for n in range(31)]
    out, detector = run(script)
    assert sorted(detector.asked) == [0, 4, 8, 12, 16, 20, 24, 30]
    for n, look in enumerate(out):
        assert abs(look.detections[2].box.x - (300 + 15 * n)) < 1e-4


def test_of_a_passer_by_close_to_others_every_second_frame_tells_enough() -> None:
    script = [[face(100, 120), face(900, 120), face(900 - 15 * n, 60)] for n in range(81)]
    out, detector = run(script)
    assert len(detector.asked) < len(script) / 2
    assert all(len(look.detections) == 3 for look in out)
    assert max(abs(look.detections[2].box.x - (900 - 15 * n)) for n, look in enumerate(out)) < 1


@given(comes=st.integers(1, 38), x=st.sampled_from([300, 500, 700]), interval=st.integers(2, 6))
@settings(deadline=None, max_examples=40)
def test_whoever_comes_is_told_of_at_once_and_a_passer_by_with_the_next_frame(comes: int, x: float, interval: int) -> None:
    for others, late in ([face(100, 120)], 0), ([face(100, 120), face(900, 120)], 1):
        out, _ = run([[*others, *([face(x, 60)] if n >= comes else [])] for n in range(41)], interval)
        first = next(n for n, look in enumerate(out) if len(look.detections) > len(others))
        assert comes <= first <= comes + late
        assert all(len(look.detections) > len(others) for look in out[first:])


def test_far_passers_by_cost_nothing() -> None:
    script = [[face(100), face(400), *([face(250, size=20)] if n % 3 else [])] for n in range(41)]
    assert len(run(script)[1].asked) == 9


def test_nothing_is_interpolated_across_a_cut() -> None:
    out, detector = run([[face(100 if n < 18 else 130)] for n in range(41)], cuts=[18])
    assert [o.detections[0].box.x for o in out] == [100] * 18 + [130] * 23
    assert {17, 18} <= set(detector.asked)
    assert [n for n, o in enumerate(out) if o.cut] == [18]


def test_interval_one_looks_at_everything() -> None:
    assert sorted(run([[face(100)] for _ in range(9)], interval=1)[1].asked) == list(range(9))


@given(first=st.integers(0, 60), moves=st.integers(60, 140), faster=st.floats(0.02, 0.6), comes=st.integers(60, 200))
@settings(deadline=None, max_examples=60)
def test_who_begins_to_watch_in_the_middle_sees_the_same(first: int, moves: int, faster: float, comes: int) -> None:
    script = [
        [face(100 + faster * max(n - moves, 0) ** 2 / 2 + 8 * (n % 90 < 5)), *([face(700)] if n >= comes else [])]
        for n in range(200)
    ]
    whole, part = run(script)[0], run(script, first=first)[0]
    settled = first + 40
    assert found(part[settled - first :]) == found(whole[settled:])


def found(looks: Sequence[Looked]) -> list[tuple[bool, list[Box]]]:
    return [(one.looked, [face.box for face in one.detections]) for one in looks]


def test_frames_that_come_denser_than_told_do_not_pile_up() -> None:
    sparse = SparseDetector(ScriptedDetector([[face(100)]] * 200), interval=4, fps=30.0)
    held = 0
    for n in range(200):
        held += 1 - len(sparse.push(Frame(n, n, Fraction(1, 3000), 1, 640, 360, ()), cut=False))
        assert held <= 16
