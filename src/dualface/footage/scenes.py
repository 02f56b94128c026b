"""Scripts for made-up footage: who stands where, when; what hides whom; where the cuts are.

Places are shares of the picture: a face's middle, and its height as a share of the picture's height.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np

BOARD = "#"
"""Stands in a shot's paths for a plain board; its height is its side's."""


class Key(NamedTuple):
    """Where someone is at ``time`` (seconds from the scene's start)."""

    time: float
    x: float
    y: float
    height: float


Path = tuple[Key, ...]
"""Eased from key to key; still before the first and after the last."""


@dataclass(frozen=True, slots=True)
class Shot:
    """``paths``: who is in it, painted in this order.  ``wall``: which backdrop.  ``desk``: with a desk in front.

    ``cut`` is false where a shot goes on from the last one, with another painting order.
    """

    start: float
    paths: Mapping[str, Path]
    wall: int = 0
    desk: bool = True
    cut: bool = True


@dataclass(frozen=True, slots=True)
class Scene:
    seconds: float
    shots: tuple[Shot, ...]

    def shot_at(self, time: float) -> Shot:
        """The shot that shows ``time``."""
        return [shot for shot in self.shots if shot.start <= time + 1e-9][-1]

    def cut_times(self) -> list[float]:
        """The times, in seconds, at which another shot begins, not counting the first."""
        return [shot.start for shot in self.shots[1:] if shot.cut]


def place_at(path: Path, time: float) -> Key:
    """Where a path leads at ``time``."""
    if time >= path[-1].time:
        return path[-1]
    for a, b in pairwise(path):
        if time < b.time:
            share = max(0.0, (time - a.time) / (b.time - a.time))
            eased = (1 - math.cos(math.pi * share)) / 2
            return Key(time, *(p + (q - p) * eased for p, q in zip(a[1:], b[1:], strict=True)))
    return path[0]


def _path(*keys: tuple[float, float, float, float]) -> Path:
    return tuple(Key(*key) for key in keys)


def _still(x: float, y: float = 0.41, height: float = 0.30) -> Path:
    return (Key(0, x, y, height),)


LEFT, RIGHT = _still(0.26), _still(0.74, 0.41, 0.31)


def _moves(seat: Path, *keys: tuple[float, float]) -> Path:
    """From a seat along the line: keys are (time, x)."""
    first = seat[0]
    return tuple(Key(time, x, first.y, first.height) for time, x in keys)


SCENES: Mapping[str, Scene] = {
    # two seats, small shifts
    "interview": Scene(
        8,
        (
            Shot(
                0,
                {
                    "A": _path((0, 0.25, 0.41, 0.30), (3, 0.28, 0.42, 0.31), (6, 0.26, 0.40, 0.30)),
                    "B": _path((1, 0.75, 0.42, 0.30), (4, 0.72, 0.41, 0.31), (7, 0.74, 0.42, 0.30)),
                },
            ),
        ),
    ),
    # they change seats, A in front, and change back, B in front
    "cross": Scene(
        10,
        (
            Shot(0, {"B": _moves(RIGHT, (1, 0.74), (4, 0.26)), "A": _moves(LEFT, (1.2, 0.26), (4.2, 0.74))}, desk=False),
            Shot(
                5,
                {"A": _moves(LEFT, (6, 0.74), (9, 0.26)), "B": _moves(RIGHT, (5.8, 0.26), (8.8, 0.74))},
                desk=False,
                cut=False,
            ),
        ),
    ),
    # they meet in the middle, A hides much of B, and each goes back
    "bounce": Scene(
        8,
        (
            Shot(
                0,
                {
                    "B": _moves(RIGHT, (1.5, 0.74), (3.4, 0.53), (4.4, 0.53), (6.4, 0.74)),
                    "A": _moves(LEFT, (1.5, 0.26), (3.5, 0.46), (4.5, 0.46), (6.5, 0.26)),
                },
                desk=False,
            ),
        ),
    ),
    # B goes out to the right and comes back from the left, while A moves over
    "leave_return": Scene(
        10,
        (
            Shot(
                0,
                {
                    "A": _moves(LEFT, (4, 0.26), (6, 0.72)),
                    "B": _moves(RIGHT, (1.5, 0.74), (3.2, 1.4), (5.5, 1.4), (5.51, -0.4), (7.6, 0.28)),
                },
                desk=False,
            ),
        ),
    ),
    # both, each alone and large, the reverse angle (seats exchanged), and back
    "cuts": Scene(
        10,
        (
            Shot(0, {"A": LEFT, "B": RIGHT}),
            Shot(2.5, {"A": _still(0.52, 0.47, 0.52)}, wall=1, desk=False),
            Shot(4, {"B": _still(0.48, 0.50, 0.50)}, wall=2, desk=False),
            Shot(5.5, {"A": _still(0.73), "B": _still(0.27, 0.41, 0.31)}, wall=3),
            Shot(8, {"A": LEFT, "B": RIGHT}),
        ),
    ),
    # the hardest cut: the same room and seats, other people in them
    "swap_cut": Scene(
        9,
        (
            Shot(0, {"A": LEFT, "B": RIGHT}),
            Shot(3, {"A": _still(0.74), "B": _still(0.26, 0.41, 0.31)}),
            Shot(6, {"A": LEFT, "B": RIGHT}),
        ),
    ),
    # one passer-by stays behind, another walks through, in front of B
    "crowd": Scene(
        9,
        (
            Shot(
                0,
                {
                    "D": _path((0, 0.49, 0.43, 0.16), (9, 0.53, 0.43, 0.16)),
                    "A": LEFT,
                    "B": RIGHT,
                    "C": _path((2, 1.25, 0.44, 0.20), (6, -0.25, 0.44, 0.20)),
                },
            ),
        ),
    ),
    # A is alone at first; a board hides B's face for a second
    "hidden": Scene(
        8,
        (
            Shot(
                0,
                {
                    "A": LEFT,
                    "B": _moves(RIGHT, (1, 1.4), (2.6, 0.74)),
                    BOARD: _path((4, 1.3, 0.45, 0.52), (4.4, 0.74, 0.45, 0.52), (5.6, 0.74, 0.45, 0.52), (6, 1.3, 0.45, 0.52)),
                },
                desk=False,
            ),
        ),
    ),
    # what `dualface demo` shows: one leaves and comes back on the other side, then a cut to the reverse angle
    "demo": Scene(
        12,
        (
            Shot(
                0,
                {
                    "A": _path(
                        (1, 0.26, 0.41, 0.30), (2.5, 0.28, 0.42, 0.31), (5.3, 0.26, 0.41, 0.30), (7.3, 0.73, 0.41, 0.30)
                    ),
                    "B": _path(
                        (0, 0.74, 0.41, 0.30),
                        (2, 0.71, 0.42, 0.31),
                        (2.6, 0.71, 0.42, 0.31),
                        (4.2, 1.35, 0.40, 0.31),
                        (4.8, 1.35, 0.40, 0.31),
                        (4.81, -0.35, 0.40, 0.31),
                        (7, 0.27, 0.41, 0.30),
                    ),
                },
            ),
            Shot(8.5, {"A": _still(0.27, 0.41, 0.32), "B": _path((9, 0.73, 0.42, 0.33), (11, 0.71, 0.41, 0.33))}, wall=1),
        ),
    ),
}
"""Named scenes.  A and B are the principals, A the one on the left at first; C and D are passers-by."""


def talk(seconds: float, seed: int = 0) -> Scene:
    """Two seats, and people who shift in them now and then.  The end is like the start, so that it can be looped."""
    rng = np.random.default_rng(seed)
    times = np.linspace(0, seconds, max(2, round(seconds / 2.2) + 1)).tolist()

    def shifting(x: float) -> Path:
        around = rng.uniform(-1, 1, (len(times), 3)) * (0.02, 0.012, 0.01) + (x, 0.415, 0.305)
        around[-1] = around[0]
        return tuple(Key(time, *place) for time, place in zip(times, around.tolist(), strict=True))

    return Scene(seconds, (Shot(0, {"A": shifting(0.26), "B": shifting(0.74)}),))


def street(seconds: float, seed: int = 0) -> Scene:
    """The two of :func:`talk`, and behind them passers-by, one after another in both directions, near and far."""
    seated = talk(seconds, seed).shots[0].paths
    rng = np.random.default_rng(seed)
    return Scene(seconds, (Shot(0, {"C": _to_and_fro(seconds, 2.6, rng), "D": _to_and_fro(seconds, 3.4, rng), **seated}),))


def _to_and_fro(seconds: float, crossing: float, rng: np.random.Generator) -> Path:
    """Through the picture every ``crossing`` seconds, each time at another height and distance."""
    keys: list[Key] = []
    for n, begin in enumerate(np.arange(0, seconds, crossing).tolist()):
        x, y, height = (-0.25, 1.25)[n % 2], rng.uniform(0.40, 0.46), rng.uniform(0.12, 0.24)
        keys += [Key(begin, x, y, height), Key(begin + crossing - 0.01, 1 - x, y, height)]
    return tuple(keys)
