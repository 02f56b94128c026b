"""More scripts for made-up footage: what is hard for whoever has to keep two people apart."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from dualface.footage.scenes import Key, Path, Scene, Shot, talk

_LEFT: Path = (Key(0, 0.26, 0.41, 0.30),)
_RIGHT: Path = (Key(0, 0.74, 0.41, 0.31),)
_NEAR: Path = (Key(0, 0.47, 0.47, 0.50),)


def _along(*keys: tuple[float, float], height: float = 0.30) -> Path:
    """Keys are (time, x)."""
    return tuple(Key(time, x, 0.41, height) for time, x in keys)


def _cut(*shots: tuple[float, Mapping[str, Path]], seconds: float) -> Scene:
    """Shots with their starts; all but wide ones stand before a wall of their own."""
    walls = [0 if len(paths) > 1 else 1 for _, paths in shots]
    return Scene(
        seconds, tuple(Shot(start, paths, wall, desk=False) for (start, paths), wall in zip(shots, walls, strict=True))
    )


_WIDE = {"A": _LEFT, "B": _RIGHT}
_REVERSE = {"B": _LEFT, "A": _RIGHT}


def _rapid(seconds: float) -> Scene:
    """A shot of a third of a second after each of a second and a half: close-ups, the reverse angle."""
    inserts: list[Mapping[str, Path]] = [{"A": _NEAR}, _REVERSE, {"B": _NEAR}]
    starts = [1.8 * n for n in range(round(seconds / 1.8) + 1)]
    shots: list[tuple[float, Mapping[str, Path]]] = []
    for n, (start, _) in enumerate(pairwise(starts)):
        shots += [(start, _WIDE), (start + 1.5, inserts[n % 3])]
    return _cut(*shots, seconds=starts[-1])


HARD_SCENES: Mapping[str, Scene] = {
    # past each other in less than a second
    "fast_cross": Scene(
        5, (Shot(0, {"B": _along((1.5, 0.74), (2.4, 0.26)), "A": _along((1.5, 0.26), (2.3, 0.74))}, desk=False),)
    ),
    # a third one of their size walks through while they change seats
    "three_cross": Scene(
        8,
        (
            Shot(
                0,
                {
                    "D": _along((2, 1.3), (6, -0.3), height=0.28),
                    "B": _along((2, 0.74), (5, 0.26)),
                    "A": _along((2, 0.26), (5, 0.74), height=0.33),
                },
                desk=False,
            ),
        ),
    ),
    # shoulder to shoulder, faces touching now and then
    "close_seats": Scene(
        8, (Shot(0, {"B": _along((0, 0.56), (3, 0.53), (6, 0.56), (8, 0.54)), "A": _along((0, 0.44), (2, 0.46), (5, 0.43))}),)
    ),
    # both go out, and each comes back from the other's side
    "leave_both": Scene(
        10,
        (
            Shot(
                0,
                {
                    "A": _along((1, 0.26), (2.5, -0.4), (5, -0.4), (5.01, 1.4), (7, 0.74)),
                    "B": _along((1, 0.74), (2.5, 1.4), (5.5, 1.4), (5.51, -0.4), (7.5, 0.26)),
                },
                desk=False,
            ),
        ),
    ),
    # each alone before the first wide shot, and a reverse angle after it
    "close_ups_first": _cut((0, {"A": _NEAR}), (2, {"B": _NEAR}), (4, _WIDE), (6, _REVERSE), seconds=8),
    # cut to a third one, who is neither
    "third_close_up": _cut((0, _WIDE), (2.5, {"D": _NEAR}), (4.5, _REVERSE), (6.5, {"A": _NEAR}), seconds=8),
    # shots shorter than the look-ahead
    "rapid": _rapid(9),
    # the video begins with a shot of a third of a second
    "short_first": _cut((0, _WIDE), (0.3, _REVERSE), (3, _WIDE), seconds=5),
    # nothing happens for a minute
    "long_talk": talk(60, 5),
}
"""Named scenes, as in :data:`~dualface.footage.scenes.SCENES`."""
