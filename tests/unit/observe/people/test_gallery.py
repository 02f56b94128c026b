"""A gallery keeps few, good and different views."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from dualface.observe.people.gallery import Gallery, view_quality
from dualface.types import Box, Detection, F32Array

FRONTAL = np.array([[30, 40], [70, 40], [50, 60], [35, 80], [65, 80]], np.float32)


def unit(*values: float) -> F32Array:
    vector = np.zeros(8, np.float32)
    vector[: len(values)] = values
    return vector / np.float32(np.linalg.norm(vector))


def face(marks: F32Array | None = FRONTAL, height: float = 100, score: float = 0.9) -> Detection:
    return Detection(Box(0, 0, 100, height), score, marks)


def test_frontal_large_and_sure_faces_are_good_views() -> None:
    profile = FRONTAL.copy()
    profile[2, 0] = 72
    good = view_quality(face(), tallest=100)
    assert good > 0.8
    assert view_quality(face(profile), tallest=100) < 0.25
    assert view_quality(face(height=40), tallest=100) < good
    assert view_quality(face(score=0.4), tallest=100) < good
    assert view_quality(face(None), tallest=100) == 0
    assert view_quality(face(FRONTAL * np.float32(0.1)), tallest=100) == 0, "eyes 4 pixels apart say nothing"


@given(st.lists(st.tuples(st.lists(st.floats(-1, 1), min_size=3, max_size=8), st.floats(0, 1)), max_size=30))
@settings(max_examples=40, deadline=None)
def test_is_bounded_and_similar_to_what_it_holds(views: list[tuple[list[float], float]]) -> None:
    gallery = Gallery(capacity=4)
    for values, quality in views:
        if np.linalg.norm(values) > 0.1:
            gallery.add(unit(*values), quality)
    assert len(gallery) <= 4
    if len(gallery):
        nearest = max(gallery.similarity(v) for v in gallery.embeddings)
        assert -1.001 <= nearest <= 1.001


def test_gives_up_the_poorer_of_two_alike_views_and_stays_diverse() -> None:
    gallery = Gallery(capacity=3)
    for vector, quality in [(unit(1), 0.9), (unit(0, 1), 0.9), (unit(0, 0, 1), 0.9), (unit(1, 0.05), 0.5)]:
        gallery.add(vector, quality)
    assert {int(v.argmax()) for v in gallery.embeddings} == {0, 1, 2}


def test_knows_nobody_when_empty_and_takes_poor_views_only_at_first() -> None:
    gallery = Gallery()
    assert gallery.similarity(unit(1)) == -1
    assert gallery.add(unit(1), 0.1)
    assert not gallery.add(unit(0, 1), 0.1)
