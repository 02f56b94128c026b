"""Plans of films with cameras that move, without any film."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from dualface.types import Box, Fill, FramePlan, Person, Placement, Rect, TileState

LEFT, RIGHT = Person


def moving_plan(
    seed: int,
    frames: int = 120,
    *,
    fps: Fraction = Fraction(25),
    source: tuple[int, int] = (1920, 1080),
    canvas: tuple[int, int] = (1920, 1080),
    start: float = 0.0,
) -> list[FramePlan]:
    """Shots of about 40 frames: both people beside each other, one who fills the canvas, the scene between bars, and so on."""
    rng = np.random.default_rng(seed)
    width, height = canvas
    half = Rect(0, 0, width // 4 * 2, height), Rect(width // 4 * 2, 0, width // 4 * 2, height)
    whole, plans, n = Rect(0, 0, width, height), [], 0
    while n < frames:
        length = min(int(rng.integers(5, 60)), frames - n)
        kind = ["split", "full", "scene", "split"][int(rng.integers(4))]
        tiles: list[tuple[Person | None, Rect]] = [(None, whole)]
        if kind != "scene":
            tiles = [(RIGHT, whole)] if kind == "full" else [(LEFT, half[0]), (RIGHT, half[1])]
        paths = [path(rng, length, at, source) for _, at in tiles]
        for k in range(length):
            placements = tuple(
                Placement(at, crops[k], person, TileState.TRACKED if person else TileState.SCENE, fill=Fill.CROP)
                if kind != "scene"
                else Placement(at, Box(0, 0, *source), person, TileState.SCENE, fill=Fill.BARS)
                for (person, at), crops in zip(tiles, paths, strict=True)
            )
            plans.append(FramePlan(n, start + float(n / fps), k == 0 and bool(rng.integers(2)), kind, placements))
            n += 1
    return plans


def path(rng: np.random.Generator, length: int, at: Rect, source: tuple[int, int]) -> list[Box]:
    """Crops in the shape of ``at``, inside of the source, that drift and breathe; in thousandths of a pixel, as in plans."""
    time = np.arange(length) / 25
    largest = min(source[0] / at.w, source[1] / at.h)
    zoom = largest * (0.6 + 0.25 * np.sin(time * rng.uniform(0.2, 1.5) + rng.uniform(0, 6)))
    w, h = at.w * zoom, at.h * zoom
    share = 0.5 + 0.5 * np.sin(np.outer(time, rng.uniform(0.2, 1.2, 2)) + rng.uniform(0, 6, 2))
    x, y = (source[0] - w) * share[:, 0], (source[1] - h) * share[:, 1]
    return [Box(*(round(float(v), 3) for v in crop)) for crop in zip(x, y, w, h, strict=True)]
