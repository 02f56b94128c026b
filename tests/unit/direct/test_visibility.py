"""A face behind another one is not seen, though a detector may still report it."""

from dualface.direct.visibility import is_hidden
from dualface.types import Box, ObservedFace


def face(ident: int, box: Box, score: float = 0.9) -> ObservedFace:
    return ObservedFace(ident, box, score)


FRONT = face(1, Box(500, 200, 160, 220))


def test_covered_by_a_larger_face() -> None:
    back = face(2, Box(560, 210, 130, 180), score=0.5)
    assert is_hidden(back, [FRONT, back])
    assert not is_hidden(FRONT, [FRONT, back])


def test_the_strip_that_looks_out_beside_it() -> None:
    strip = face(2, Box(655, 205, 100, 200), score=0.5)
    assert is_hidden(strip, [FRONT, strip])


def test_a_faint_face_at_the_edge_of_another() -> None:
    faint = face(2, Box(650, 205, 150, 205), score=0.4)
    assert is_hidden(faint, [FRONT, faint])
    apart = face(3, Box(900, 205, 150, 205), score=0.4)
    assert not is_hidden(apart, [FRONT, apart]), "a weak face on its own is only weakly lit"


def test_a_whole_face_close_by_is_seen() -> None:
    beside = face(2, Box(670, 205, 150, 205))
    assert not is_hidden(beside, [FRONT, beside])
    assert not is_hidden(FRONT, [FRONT, beside])


def test_a_small_face_in_front_hides_nothing_it_does_not_cover() -> None:
    small = face(2, Box(560, 300, 60, 80))
    assert not is_hidden(FRONT, [FRONT, small])
