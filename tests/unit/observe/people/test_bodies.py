"""Who bows or turns away is still there; who walks off is not."""

from __future__ import annotations

import numpy as np
import pytest

from dualface.observe.people.bodies import Bodies
from dualface.pixels.thumbnail import Thumbnail
from dualface.types import Box, U8Array

WIDTH, HEIGHT = 1280, 720
FACE = Box(300, 150, 120, 160)


def room() -> U8Array:
    """A wall with shelves, 128 columns."""
    wall: U8Array = np.full((72, 128), 180, np.uint8)
    wall[::9] = 120
    wall[:, ::13] = 90
    return wall


def picture(*, body: float | None = 300, head: bool = True, noise: int = 0, light: int = 0) -> Thumbnail:
    """Somebody in a striped shirt at ``body``, or nobody, before the shelves; the head may be behind something."""
    y = room().astype(int)
    if body is not None:
        left = round(body / 10) - 8
        y[30:72, left : left + 28] = 40
        y[30:72:6, left : left + 28] = 90
        y[15:31, left + 8 : left + 20] = 200 if head else 60
    y += light + np.random.default_rng(noise).integers(-noise, noise + 1, y.shape)
    half = np.full((72, 128), 128, np.uint8)
    return Thumbnail(np.clip(y, 0, 255).astype(np.uint8), half, half)


def watched(*later: Thumbnail) -> list[tuple[int, ...]]:
    bodies = Bodies(WIDTH, HEIGHT, 30.0)
    for n in range(12):
        assert bodies.observe(picture(noise=3), {1: FACE}, time=n / 30, cut=n == 0) == ()
    return [bodies.observe(one, {}, time=(12 + n) / 30, cut=False) for n, one in enumerate(later)]


def test_a_hidden_or_bowed_head_is_still_there_however_long() -> None:
    assert watched(*[picture(head=False, noise=3)] * 200) == [(1,)] * 200


def test_who_leans_a_little_is_still_there() -> None:
    assert watched(*[picture(body=300 + 2 * n, head=False) for n in range(40)])[-1] == (1,)


def test_who_has_left_is_gone_at_once_and_stays_gone() -> None:
    assert watched(picture(body=None), picture()) == [(), ()]


@pytest.mark.parametrize("light", [-9, 9])
def test_a_change_of_light_changes_nothing(light: int) -> None:
    assert watched(picture(head=False, light=light)) == [(1,)]


def test_a_cut_ends_the_watch() -> None:
    bodies = Bodies(WIDTH, HEIGHT, 30.0)
    bodies.observe(picture(), {1: FACE}, time=0.0, cut=True)
    assert bodies.observe(picture(head=False), {}, time=0.1, cut=True) == ()
    assert bodies.observe(picture(head=False), {}, time=0.2, cut=False) == ()


def test_somebody_else_in_the_same_place_ends_the_watch() -> None:
    bodies = Bodies(WIDTH, HEIGHT, 30.0)
    bodies.observe(picture(), {1: FACE}, time=0.0, cut=True)
    assert bodies.observe(picture(), {2: FACE}, time=0.2, cut=False) == ()


def test_a_plain_wall_tells_nothing() -> None:
    bodies, flat = Bodies(WIDTH, HEIGHT, 30.0), np.full((72, 128), 100, np.uint8)
    wall = Thumbnail(flat, flat, flat)
    bodies.observe(wall, {1: FACE}, time=0.0, cut=True)
    assert bodies.observe(wall, {}, time=0.2, cut=False) == ()
