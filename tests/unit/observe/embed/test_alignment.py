import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dualface.models.catalog import CATALOG
from dualface.observe.embed.alignment import similarity

EMBEDDING = CATALOG["dlib-resnet"].embedding
assert EMBEDDING is not None
TEMPLATE = np.array(EMBEDDING.template)

angles = st.floats(-3.1, 3.1)
scales = st.floats(0.1, 10)
shifts = st.floats(-2000, 2000)


def moved(points: np.ndarray, angle: float, scale: float, x: float, y: float) -> np.ndarray:
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return points @ (scale * turn).T + (x, y)


@settings(max_examples=30, deadline=None)
@given(angles, scales, shifts, shifts)
def test_finds_a_turn_scale_and_shift(angle: float, scale: float, x: float, y: float) -> None:
    face = moved(TEMPLATE, angle, scale, x, y)
    matrix = similarity(TEMPLATE, face)
    assert np.allclose(np.c_[TEMPLATE, np.ones(5)] @ matrix.T, face, atol=1e-6)


@settings(max_examples=20, deadline=None)
@given(angles, scales, st.integers(0, 1000))
def test_no_similarity_near_it_fits_better(angle: float, scale: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    face = moved(TEMPLATE, angle, scale, 100, 50) + rng.normal(0, 4 * scale, (5, 2))
    matrix = similarity(TEMPLATE, face)

    def error(a: float, b: float, x: float, y: float) -> float:
        fitted = np.c_[TEMPLATE, np.ones(5)] @ np.array([[a, -b, x], [b, a, y]]).T
        return float(((fitted - face) ** 2).sum())

    best = np.array([matrix[0, 0], matrix[1, 0], matrix[0, 2], matrix[1, 2]])
    for step in np.eye(4) * [0.01, 0.01, 0.5, 0.5]:
        assert error(*(best + step)) > error(*best) < error(*(best - step))


def test_never_mirrors() -> None:
    mirrored = TEMPLATE * (-1, 1) + (150, 0)
    assert np.linalg.det(similarity(TEMPLATE, mirrored)[:, :2]) > 0


def test_landmarks_in_one_place_are_refused() -> None:
    with pytest.raises(ValueError, match="in one place"):
        similarity(TEMPLATE, np.full((5, 2), 7.0))
