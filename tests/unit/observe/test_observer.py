"""Shot by shot: where the picture lies in its frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.support.settings_of import settings_of

from dualface.footage.cut_films import room
from dualface.observe.observer import Observer
from dualface.observe.track.bytetrack import ByteTracker
from dualface.pixels.thumbnail import thumbnail
from dualface.testing.pictures import frame_from_rgb
from dualface.types import Box, Detection, Frame, Rect

WIDTH, HEIGHT, SHOT = 192, 108, 20
WIDE, NARROW, ALL = Rect(0, 16, WIDTH, 76), Rect(24, 0, 144, HEIGHT), Rect(0, 0, WIDTH, HEIGHT)


class Nobody:
    def detect(self, frames: Sequence[Frame]) -> list[list[Detection]]:
        return [[] for _ in frames]

    def close(self) -> None:
        pass


class Dissolving:
    """Somebody in the old shot and somebody in the new one, each found as long as they stand out."""

    OLD, NEW = Box(30, 40, 24, 28), Box(130, 40, 24, 28)

    def __init__(self, old_until: int, new_from: int) -> None:
        self._old_until, self._new_from = old_until, new_from

    def detect(self, frames: Sequence[Frame]) -> list[list[Detection]]:
        return [
            [Detection(self.OLD, 0.9)] * (frame.index < self._old_until)
            + [Detection(self.NEW, 0.9)] * (frame.index >= self._new_from)
            for frame in frames
        ]

    def close(self) -> None:
        pass


def active(frames: Sequence[Frame], tmp_path: Path) -> list[tuple[Box, ...]]:
    config = settings_of(tmp_path, reid__mode="never")
    observer = Observer(WIDTH, HEIGHT, 25.0, config, detector=Nobody(), tracker=ByteTracker(), thumbnail=thumbnail)
    seen = [one for frame in frames for one in observer.push(frame)] + observer.flush()
    assert [one.frame.index for one in seen] == list(range(len(frames)))
    return [one.observation.active for one in seen]


def shot(place: Rect, seed: int, first: int) -> list[Frame]:
    """Something that keeps still, between black bars."""
    rgb = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    blocks = np.random.default_rng(seed).integers(60, 220, (12, 20, 3), np.uint8)
    picture = blocks.repeat(-(-place.h // 12), 0).repeat(-(-place.w // 20), 1)[: place.h, : place.w]
    rgb[place.y : place.y + place.h, place.x : place.x + place.w] = picture
    return [frame_from_rgb(rgb, n) for n in range(first, first + SHOT)]


@pytest.mark.parametrize(("before", "after"), [(WIDE, NARROW), (NARROW, ALL), (ALL, WIDE)])
def test_bars_are_those_of_the_shot(before: Rect, after: Rect, tmp_path: Path) -> None:
    found = active([*shot(before, 1, 0), *shot(after, 2, SHOT)], tmp_path)
    for place, parts in ((before, found[:SHOT]), (after, found[SHOT:])):
        assert len(set(parts)) == 1
        if place == ALL:
            assert parts[0] == ()
        else:
            assert tuple(parts[0][0]) == pytest.approx((place.x, place.y, place.w, place.h), abs=4.0)


def test_a_recording_of_another_size_counts_from_its_first_picture_on(tmp_path: Path) -> None:
    """Black on black: no cut can be seen, nor any bars."""
    place = Box(60, 0, 72, HEIGHT)
    black = [frame_from_rgb(np.zeros((HEIGHT, WIDTH, 3), np.uint8), n) for n in range(2 * SHOT)]
    frames = [replace(frame, content=place if frame.index >= SHOT else None) for frame in black]
    assert active(frames, tmp_path) == [()] * SHOT + [(place,)] * SHOT


@pytest.mark.parametrize("length", [12, 25])
def test_people_of_two_shots_are_not_seen_together_while_these_dissolve(length: int, tmp_path: Path) -> None:
    first, end = 20, 20 + length
    shares = [min(max((n - first + 1) / (length + 1), 0.0), 1.0) for n in range(end + 25)]
    old, new = (room(seed, width=WIDTH, height=HEIGHT) for seed in (1, 4))
    grain = np.random.default_rng(1).normal(0, 2, (7, HEIGHT, WIDTH, 1))
    mixed = [old * (1 - share) + new * share + grain[n % 7] for n, share in enumerate(shares)]
    frames = [frame_from_rgb(np.clip(one, 0, 255).astype(np.uint8), n) for n, one in enumerate(mixed)]
    detector = Dissolving(first + round(0.7 * length), first + round(0.4 * length))
    config = settings_of(tmp_path, reid__mode="never")
    observer = Observer(WIDTH, HEIGHT, 25.0, config, detector=detector, tracker=ByteTracker(), thumbnail=thumbnail)
    seen = [one.observation for one in [one for frame in frames for one in observer.push(frame)] + observer.flush()]
    [cut] = [one.index for one in seen if one.cut and one.index > 0]
    assert end - 1 <= cut <= end + 4
    who = [{face.box.x < WIDTH / 2 for face in one.faces} for one in seen]
    assert all(len(sides) < 2 for sides in who)
    assert {True} in who[first:cut]
    assert not any(False in sides for sides in who[:cut])
    assert all(sides == {False} for sides in who[cut:])
