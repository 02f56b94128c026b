"""Mouths count, heads and cameras do not."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from dualface.observe.lips import HEIGHT, TEMPLATE, WIDTH, LipReader, mouth_motion
from dualface.pixels.source import CpuPixels
from dualface.types import Box, Detection, F32Array, Frame, Track, TrackState
from dualface.video.freeze import freeze, thaw

MARKS = np.array(TEMPLATE, np.float32)


def face(dx: float = 0.0, dy: float = 0.0, opening: float = 0.0, grow: float = 1.0, light: float = 1.0) -> F32Array:
    """A face's small picture, moved, grown, lit, and with a mouth that is open by so many pixels."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    x, y = (x - 15 - dx) / grow + 20, (y - 18 - dy) / grow + 22
    picture = 120 + 25 * np.sin(x / 4.3) * np.cos(y / 5.1) + 15 * np.sin((x + 2 * y) / 6.7)
    for ex in (12, 28):
        picture -= 70 * np.exp(-((x - ex) ** 2 + (y - 12) ** 2) / 6)
    picture -= 60 * np.exp(-((x - 20) ** 2 / 40 + (y - 31 - opening / 2) ** 2 / (4 + opening**2)))
    lit: F32Array = (picture * light).astype(np.float32)
    return lit


@pytest.mark.parametrize(
    "moved", [{"dx": 0.6}, {"dy": -0.5}, {"grow": 1.02}, {"light": 1.05}, {"dx": 0.4, "dy": 0.3, "light": 0.97}]
)
def test_a_face_that_moves_as_a_whole_does_not_speak(moved: dict[str, float]) -> None:
    assert mouth_motion(face(), face(**moved)) < 0.05


def test_a_mouth_that_opens_does_also_on_a_head_that_nods() -> None:
    assert mouth_motion(face(), face(opening=3.0)) > 0.15
    assert mouth_motion(face(), face(opening=3.0, dy=0.5, dx=0.3)) > 0.15


def test_the_same_picture_twice_is_still() -> None:
    assert mouth_motion(face(), face()) == 0.0


def frame(index: int, picture: F32Array, fps: int) -> Frame:
    """The small picture, three times as large."""
    luma = np.kron(np.clip(picture, 0, 255), np.ones((3, 3))).astype(np.uint8)
    chroma = np.full((luma.shape[0] // 2, luma.shape[1] // 2), 128, np.uint8)
    return Frame(index, index, Fraction(1, fps), 1, luma.shape[1], luma.shape[0], (luma, chroma, chroma))


def track(ident: int = 1, marks: F32Array | None = MARKS, height: float = 100.0) -> Track:
    box = Box(10, 10, 70, height)
    found = Detection(box, 0.9, None if marks is None else marks * 3 + 1)
    return Track(ident, box, 0.9, TrackState.TRACKED, found)


def motions(fps: int, **kinds: bool) -> list[float]:
    reader = LipReader(CpuPixels().luma)
    told, again = [], 2 if kinds.get("doubled") else 1
    for n in range(fps):
        open_by = 3.0 * abs(np.sin(2 * np.pi * 2.5 * (n // again * again) / fps)) if kinds.get("speaks") else 0.0
        told.append(reader.read(frame(n, face(opening=open_by), fps), [track()], cut=False).get(1))
    return [one for one in told if one is not None]


def test_films_of_any_rate_are_measured_alike() -> None:
    slow, fast = (float(np.mean(motions(fps, speaks=True))) for fps in (30, 60))
    assert fast == pytest.approx(slow, rel=0.25)
    assert slow > 0.05 > max(motions(30))


def test_pictures_that_are_shown_twice_are_not_lips_that_rest() -> None:
    """As in calls of 15 pictures a second that were recorded with 30."""
    assert min(motions(30, speaks=True, doubled=True)[4:]) > 0.05
    assert np.mean(motions(30, speaks=True, doubled=True)) > 0.8 * np.mean(motions(15, speaks=True))


def test_films_of_few_pictures_are_read_too() -> None:
    assert len(motions(6, speaks=True)) == 5


def test_a_head_that_moves_more_than_its_landmarks_tell_does_not_speak() -> None:
    """What is left of the movement is seen all over the face; a mouth that speaks moves more than the rest."""
    turned = face(dx=2.5, dy=1.5)
    assert mouth_motion(face(), turned) < 0.05
    assert mouth_motion(face(), face(dx=2.5, dy=1.5, opening=4.0)) > 0.1


def test_new_small_and_unmarked_faces_are_not_measured() -> None:
    reader = LipReader(CpuPixels().luma)
    assert reader.read(frame(0, face(), 25), [track()], cut=False) == {}
    assert set(reader.read(frame(1, face(), 25), [track(), track(2), track(3, marks=None)], cut=False)) == {1}
    assert reader.read(frame(2, face(), 25), [track(), track(2, height=15.0)], cut=True) == {}
    assert reader.read(frame(9, face(), 25), [track()], cut=False) == {}  # unseen for too long


def test_in_a_crowd_the_two_are_watched_and_whoever_is_large() -> None:
    reader = LipReader(CpuPixels().luma)
    crowd = [track(n, height=40.0 + n) for n in range(20)]
    for index in range(2):
        told = reader.read(frame(index, face(), 25), crowd, cut=False, people=(1, 2))
    assert set(told) == {1, 2, 18, 19}


def test_films_of_any_rate_cost_alike() -> None:
    """Faces are looked at thirty times a second at most; what was measured holds until the next look."""
    looks = 0

    def luma(*arguments: Any) -> F32Array:
        nonlocal looks
        looks += 1
        return CpuPixels().luma(*arguments)

    reader = LipReader(luma)
    told = [reader.read(frame(n, face(opening=float(n % 3)), 120), [track()], cut=False) for n in range(120)]
    assert 25 <= looks <= 34
    assert all(told[5:])


def test_it_goes_on_from_a_checkpoint_as_if_nothing_had_been() -> None:
    luma = CpuPixels().luma
    whole, before = LipReader(luma), LipReader(luma)
    for n in range(3):
        pictures = frame(n, face(opening=float(n)), 25), [track()]
        whole.read(*pictures, cut=False)
        before.read(*pictures, cut=False)
    after = thaw(freeze(before, {"luma": luma}), {}, {"luma": luma})
    assert after.read(frame(3, face(), 25), [track()], cut=False) == whole.read(frame(3, face(), 25), [track()], cut=False)
