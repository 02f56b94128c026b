"""Who is known beforehand keeps the side, whatever seat he takes, from the first frame on."""

from collections.abc import Mapping

import numpy as np
import pytest
from tests.support.reid_plays import BOTH, NAMES, Faces, play

from dualface.types import F32Array, Person


def photo(name: str, unlike: float = 0.3) -> F32Array:
    """Someone as in a photo of another light: a cosine of about 0.91 to the video with 0.45, of 0.96 with 0.3."""
    vector = np.zeros(24, np.float32)
    vector[0], vector[1 + NAMES.index(name)], vector[7] = np.sqrt(0.85), np.sqrt(0.15), unlike
    return vector / np.float32(np.linalg.norm(vector))


def exchanged(n: int) -> Faces:
    return {"B": (350, 210), "A": (930, 210)}


@pytest.mark.parametrize("unlike", [0.0, 0.3, 0.45])
@pytest.mark.parametrize("names", ["AB", "A", "B"])
def test_people_who_sit_the_other_way_round_keep_their_sides(names: str, unlike: float) -> None:
    known = {BOTH[name]: [photo(name, unlike)] for name in names}
    told, scenes, _ = play(exchanged, 60, known=known)
    assert told == [BOTH] * 60
    assert sum(bool(s.looks) for s in scenes) <= 8


def test_a_close_up_of_one_of_them_opens_the_video() -> None:
    def script(n: int) -> Faces:
        return {"B": (640, 400)} if n < 60 else exchanged(n)

    told, _, _ = play(script, 120, cuts=(60,), known={side: [photo(name)] for name, side in BOTH.items()})
    assert told == [{"B": Person.RIGHT}] * 60 + [BOTH] * 60


def test_photos_stay_while_the_gallery_fills() -> None:
    _, _, reid = play(exchanged, 600, known={Person.LEFT: [photo("A")]})
    gallery = reid.galleries[Person.LEFT]
    assert gallery.confirmed
    assert any(np.array_equal(view, photo("A")) for view in gallery.pinned)


def test_somebody_else_in_the_seat_does_not_become_the_absent_person() -> None:
    known: Mapping[Person, list[F32Array]] = {side: [photo(name)] for name, side in BOTH.items()}
    told, _, _ = play(lambda n: {"A": (350, 210), "C": (930, 210)}, 200, known=known)
    assert told == [{"A": Person.LEFT}] * 200


def test_a_guest_gets_the_free_tile_in_the_end_and_is_known_after_a_cut() -> None:
    known: Mapping[Person, list[F32Array]] = {side: [photo(name)] for name, side in BOTH.items()}
    told, _, _ = play(lambda n: {"A": (350, 210), "C": (930, 210)}, 480, cuts=(400,), known=known)
    assert told[390:] == [{"A": Person.LEFT, "C": Person.RIGHT}] * 90
