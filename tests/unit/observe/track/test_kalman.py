"""The four small filters must equal DeepSORT's eight-dimensional one, and follow steady motion."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from dualface.observe.track.kalman import KalmanBox
from dualface.types import Box, F64Array

boxes = st.builds(Box, st.floats(0, 1000), st.floats(0, 1000), st.floats(20, 200), st.floats(20, 200))


def reference(track: list[Box]) -> F64Array:
    """The textbook 8-state filter with DeepSORT's noise, written with full matrices."""

    def measured(b: Box) -> F64Array:
        return np.array([b.cx, b.cy, b.w / b.h, b.h])

    def noise(h: float, p: float, v: float) -> F64Array:
        return np.diag(np.square([p * h, p * h, 1e-2, p * h, v * h, v * h, 1e-5, v * h]))

    f, h = np.eye(8) + np.diag(np.ones(4), 4), np.eye(4, 8)
    x: F64Array = np.r_[measured(track[0]), np.zeros(4)]
    p = noise(track[0].h, 2 / 20, 10 / 160)
    for box in track[1:]:
        q = noise(max(x[3], 1.0), 1 / 20, 1 / 160)
        x, p = f @ x, f @ p @ f.T + q
        x[2:4] = np.maximum(x[2:4], (0.05, 1.0))
        height = max(x[3], 1.0)
        r = np.diag(np.square([height / 20, height / 20, 1e-1, height / 20]))
        gain = p @ h.T @ np.linalg.inv(h @ p @ h.T + r)
        x = x + gain @ (measured(box) - h @ x)
        p = (np.eye(8) - gain @ h) @ p
    return x


@given(st.lists(boxes, min_size=1, max_size=8))
@settings(max_examples=40, deadline=None)
def test_equals_the_eight_dimensional_filter(track: list[Box]) -> None:
    kalman = KalmanBox(track[0])
    for box in track[1:]:
        kalman.predict()
        kalman.correct(box)
    expected = reference(track)
    np.testing.assert_allclose(np.r_[kalman.position, kalman.velocity], expected, rtol=1e-6, atol=1e-6)


def test_follows_steady_motion_and_predicts_it() -> None:
    kalman = KalmanBox(Box(0, 0, 80, 100))
    for n in range(1, 60):
        kalman.predict()
        kalman.correct(Box(5.0 * n, 0, 80, 100))
    kalman.predict(4)
    assert abs(kalman.box.x - 5 * 63) < 1.5
