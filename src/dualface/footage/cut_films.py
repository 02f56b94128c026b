"""Short synthetic films with known cuts, and with all that looks like one: for testing cut detection.

Rooms are smooth noise with furniture, people are busts that sway and speak.  Frames are RGB, uint8, shape (144, 256, 3).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from dualface.footage.colour import BT601
from dualface.types import F32Array, U8Array

HEIGHT, WIDTH = 144, 256
FPS = 30


@dataclass(frozen=True, slots=True, eq=False)
class CutFootage:
    """``frames``: RGB, uint8, (n, 144, 256, 3), 30 a second; ``cuts``: frames that start a new shot."""

    name: str
    frames: U8Array
    cuts: tuple[int, ...]


Shot = Callable[[int], F32Array]
"""A picture, float32 (144, 256, 3), 0…255, for each frame's number."""


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a bust stands: the head's centre and height as shares of the frame's size."""

    x: float
    y: float = 0.4
    height: float = 0.3


LEFT_SPOT, RIGHT_SPOT = Spot(0.27), Spot(0.73)


def _noise(seed: int, height: int, width: int, cell: int) -> F32Array:
    """Smooth noise -1…1, float32, (height, width, 3)."""
    rng = np.random.default_rng(seed)
    coarse = rng.uniform(-1, 1, (height // cell + 2, width // cell + 2, 3))
    y, x = np.arange(height) / cell, np.arange(width) / cell
    iy, ix = y.astype(int), x.astype(int)
    fy, fx = (y - iy)[:, None, None], (x - ix)[None, :, None]
    top = coarse[iy][:, ix] * (1 - fx) + coarse[iy][:, ix + 1] * fx
    low = coarse[iy + 1][:, ix] * (1 - fx) + coarse[iy + 1][:, ix + 1] * fx
    smooth: F32Array = (top * (1 - fy) + low * fy).astype(np.float32)
    return smooth


@cache
def room(seed: int, light: float = 1.0, width: int = WIDTH, height: int = HEIGHT) -> F32Array:
    """A wall with shelves and pictures, float32, (height, width, 3)."""
    rng = np.random.default_rng(seed)
    picture = rng.uniform(70, 150, 3) + 18 * _noise(seed, height, width, 36) + 6 * _noise(seed + 1, height, width, 7)
    for _ in range(10 * width // WIDTH):
        x, y = rng.integers(0, width), rng.integers(0, height)
        w, h = rng.integers(12, 50), rng.integers(6, 50)
        picture[y : y + h, x : x + w] = rng.uniform(30, 220, 3)
    wall: F32Array = np.clip(picture * light, 0, 255).astype(np.float32)
    return wall


@cache
def _bust(seed: int, head: int) -> tuple[F32Array, F32Array]:
    """A person of ``head`` pixels from chin to crown: colours (h, w, 3) and opacity (h, w, 1)."""
    rng = np.random.default_rng(1000 + seed)
    size = head * 2
    yy, xx = np.mgrid[0:size, 0:size].astype(np.float32) / head
    face = ((xx - 1) / 0.38) ** 2 + ((yy - 0.5) / 0.5) ** 2 < 1
    hair = (((xx - 1) / 0.45) ** 2 + ((yy - 0.4) / 0.5) ** 2 < 1) & (yy < 0.3 + 0.2 * rng.random())
    torso = ((xx - 1) / 0.95) ** 2 + ((yy - 2.1) / 1.1) ** 2 < 1
    colours = np.empty((size, size, 3), np.float32)
    colours[:] = rng.uniform(20, 200, 3) + 25 * np.sin(xx * rng.uniform(5, 25))[..., None]
    colours[face] = np.array([200, 150, 125]) * rng.uniform(0.5, 1.15)
    colours[hair] = rng.uniform(15, 120) * np.array([1, 0.8, 0.6])
    for x in (0.84, 1.16):
        colours[(xx - x) ** 2 + (yy - 0.45) ** 2 < 0.004] = 30
    return colours, (face | hair | torso)[..., None].astype(np.float32)


def put(canvas: F32Array, colours: F32Array, opacity: F32Array, x: int, y: int) -> None:
    """Paints over ``canvas`` in place, the top-left corner at ``(x, y)``, clipped."""
    h, w = colours.shape[:2]
    xa, ya, xb, yb = max(x, 0), max(y, 0), min(x + w, canvas.shape[1]), min(y + h, canvas.shape[0])
    if xa < xb and ya < yb:
        part, share = colours[ya - y : yb - y, xa - x : xb - x], opacity[ya - y : yb - y, xa - x : xb - x]
        canvas[ya:yb, xa:xb] += (part - canvas[ya:yb, xa:xb]) * share


def person(canvas: F32Array, seed: int, place: Spot, frame: int) -> None:
    """Paints a person who sways and speaks."""
    head = max(round(place.height * HEIGHT), 4)
    colours, opacity = _bust(seed, head)
    sway = 0.04 * head * np.sin(frame / 11 + seed)
    x, y = round(place.x * WIDTH - head + sway), round(place.y * HEIGHT - head / 2 + sway / 2)
    put(canvas, colours, opacity, x, y)
    mouth = max(round(head * (0.05 + 0.05 * abs(np.sin(frame * 0.7 + seed)))), 1)
    dark = np.full((mouth, head // 4, 3), 60, np.float32)
    put(canvas, dark, np.ones((*dark.shape[:2], 1), np.float32), x + head - head // 8, y + round(head * 0.75))


def shot(wall: int, people: dict[int, Spot], light: float = 1.0) -> Shot:
    """People before a wall."""

    def picture(frame: int) -> F32Array:
        canvas = room(wall).copy()
        for seed, place in people.items():
            person(canvas, seed, place, frame)
        return canvas * np.float32(light)

    return picture


def film(name: str, pictures: Iterator[F32Array], cuts: tuple[int, ...] = (), noise: float = 1.5) -> CutFootage:
    rng = np.random.default_rng(len(name))
    grain = rng.normal(0, noise, (7, HEIGHT, WIDTH, 1)).astype(np.float32)
    frames = [np.clip(p + grain[n % len(grain)], 0, 255).astype(np.uint8) for n, p in enumerate(pictures)]
    return CutFootage(name, np.stack(frames), cuts)


def edited(name: str, shots: list[tuple[int, Shot]], noise: float = 1.5) -> CutFootage:
    """Shots of given lengths in frames, one cut after the other."""
    ends = np.cumsum([length for length, _ in shots]).tolist()
    pictures = (
        picture(n) for (first, end), (_, picture) in zip(pairwise([0, *ends]), shots, strict=True) for n in range(first, end)
    )
    return film(name, pictures, tuple(ends[:-1]), noise)


def _two(wall: int = 1, a: int = 1, b: int = 2, light: float = 1.0) -> Shot:
    return shot(wall, {a: LEFT_SPOT, b: RIGHT_SPOT}, light)


def _mixed(first: Shot, second: Shot, start: int, length: int, total: int) -> Iterator[F32Array]:
    """A dissolve: ``length`` frames of mixture from ``start`` on."""
    for n in range(total):
        share = np.float32(np.clip((n - start + 1) / (length + 1), 0, 1))
        yield first(n) * (1 - share) + second(n) * share


def _lit(picture: Shot, gain: Callable[[int], float], total: int = 90) -> Iterator[F32Array]:
    for n in range(total):
        yield picture(n) * np.float32(gain(n))


def _panned(offset: Callable[[int], float], total: int = 90, *, seed: int = 21) -> Iterator[F32Array]:
    """A wide room seen through a window that moves by ``offset`` pixels."""
    wide = room(seed, 1.0, 1280).copy()
    for x in range(80, 1280, 170):
        colours, opacity = _bust(x, 50)
        put(wide, colours, opacity, x, 40)
    for n in range(total):
        x = round(float(np.clip(offset(n), 0, 1280 - WIDTH)))
        yield wide[:, x : x + WIDTH].copy()


def _zoomed(factor: Callable[[int], float], total: int = 90) -> Iterator[F32Array]:
    """Two people whom the camera comes nearer to."""
    rows, columns = np.arange(HEIGHT) - HEIGHT / 2, np.arange(WIDTH) - WIDTH / 2
    for n in range(total):
        y, x = (np.round(each / factor(n) + size / 2).astype(int) for each, size in ((rows, HEIGHT), (columns, WIDTH)))
        yield _two()(n)[np.clip(y, 0, HEIGHT - 1)][:, np.clip(x, 0, WIDTH - 1)]


def _with_patch(picture: Shot, patch: Callable[[int], F32Array | None], x: int, y: int, total: int = 90) -> Iterator[F32Array]:
    """A rectangle on top (or, for ``None``, none), such as a slide or a caption."""
    for n in range(total):
        canvas, top = picture(n), patch(n)
        if top is not None:
            put(canvas, top, np.ones((*top.shape[:2], 1), np.float32), x, y)
        yield canvas


def _passer_by(n: int) -> F32Array:
    canvas = _two()(n)
    person(canvas, 9, Spot(-0.6 + 0.05 * (n - 20), 0.5, 0.9), n)
    return canvas


def _gestures(n: int) -> F32Array:
    canvas = _two()(n)
    arm = np.full((50, 14, 3), (205, 160, 130), np.float32)
    swing = np.sin(n * 0.9)
    put(canvas, arm, np.ones((50, 14, 1), np.float32), round(40 + 30 * swing), round(70 - 30 * abs(swing)))
    put(canvas, arm, np.ones((50, 14, 1), np.float32), round(200 - 30 * swing), round(60 + 25 * swing))
    return canvas


def _walking(n: int) -> F32Array:
    canvas = room(1).copy()
    person(canvas, 2, Spot(0.73 - 0.46 * np.clip((n - 20) / 40, 0, 1)), n)
    person(canvas, 1, Spot(0.27 + 0.46 * np.clip((n - 20) / 40, 0, 1)), n)
    return canvas


def _black(_: int) -> F32Array:
    return np.zeros((HEIGHT, WIDTH, 3), np.float32)


def cut_films() -> Iterator[CutFootage]:
    """Films whose cuts must be found; of a dissolve, the first picture that shows the new shot only."""
    close = shot(3, {1: Spot(0.5, 0.45, 0.55)})
    swap = [(30, _two()), (30, _two(1, 2, 1)), (30, _two())]
    tiny = [Spot(0.35, 0.4, 0.16), Spot(0.65, 0.4, 0.16)]
    dance = (shot(1, {1: tiny[0], 2: tiny[1]}), shot(1, {2: tiny[0], 1: tiny[1]}))
    pan_then_cut = [*_panned(lambda n: 9 * n, 40), *_panned(lambda n: 1000 - 9 * n, 40, seed=33)]
    yield edited("shots and reverse shots", [(25, _two()), (25, close), (25, _two(4, 2, 1)), (25, shot(5, {2: RIGHT_SPOT}))])
    yield edited("same set, other angle", [(30, _two(6, 1, 2)), (30, shot(6, {1: Spot(0.5, 0.42, 0.5)})), (30, _two(6, 1, 2))])
    yield edited("people exchanged in their seats", swap)
    yield edited("small people exchanged", [(30, dance[0]), (30, dance[1]), (30, dance[0])])
    yield edited("dark scenes", [(30, _two(7, 1, 2, 0.3)), (30, _two(8, 1, 2, 0.3)), (30, _two(7, 1, 2, 0.3))], noise=3)
    yield edited("quick montage", [(8, _two(k, k, k + 1)) for k in range(10)])
    yield edited("to black and back", [(30, _two()), (12, _black), (30, _two(4, 3, 4))])
    yield film("blended over one frame", _mixed(_two(), _two(4, 3, 4), 40, 1, 80), (40,))
    yield film("blended over two frames", _mixed(_two(), _two(4, 3, 4), 40, 2, 80), (40,))
    yield film("cut between two pans", iter(pan_then_cut), (40,))
    yield film("dissolve", _mixed(_two(), _two(4, 3, 4), 30, 20, 90), (50,))
    yield film("slow dissolve", _mixed(_two(), _two(4, 3, 4), 20, 54, 100), (74,))
    yield film("up out of black", _lit(_two(), lambda n: float(np.clip((n - 30) / 24, 0, 1))), (54,))


def uncut_films() -> Iterator[CutFootage]:
    """Films of one shot each, in which nothing is a cut."""
    slides = [room(40 + k, 1.2, 90, 60) for k in range(4)]
    caption = np.full((22, 180, 3), (20, 40, 120), np.float32)
    inset = [_two(50 + k, 11 + k, 12 + k) for k in range(4)]
    rng = np.random.default_rng(5)
    shake = np.cumsum(rng.normal(0, 1.5, 90)) + 400
    yield film("talk", _lit(_two(), lambda _: 1))
    yield film("talk, much noise", _lit(_two(), lambda _: 1), noise=14)
    yield film("gestures", (_gestures(n) for n in range(90)))
    yield film("people cross", (_walking(n) for n in range(90)))
    yield film("passer-by near the camera", (_passer_by(n) for n in range(90)))
    yield film("flash of one frame", _lit(_two(), lambda n: 3 if n in (30, 60) else 1))
    yield film("flash of three frames", _lit(_two(), lambda n: 2.5 if n in (30, 31, 32) else 1))
    yield film("light switched", _lit(_two(), lambda n: 0.5 if n >= 45 else 1))
    yield film("exposure drifts", _lit(_two(), lambda n: 0.75 + 0.35 * np.sin(n / 9)))
    yield film("fade to black and back", _lit(_two(), lambda n: abs(n - 45) / 45))
    yield film("slow pan", _panned(lambda n: 2.0 * n))
    yield film("a pan that ends", _panned(lambda n: 2.0 * min(max(n - 20, 0), 30)))
    yield film("a slow zoom", _zoomed(lambda n: 1 + 0.4 * min(max(n - 20, 0), 45) / 45))
    yield film("whip pan", _panned(lambda n: 30 * min(max(n - 30, 0), 18)))
    yield film("hand-held", _panned(lambda n: float(shake[n])))
    yield film("jolt", _panned(lambda n: 400.0 if n < 45 else 412.0))
    yield film("slides", _with_patch(_two(), lambda n: slides[n // 25], 83, 5))
    yield film("caption", _with_patch(_two(), lambda n: caption if 30 <= n < 70 else None, 38, 112))
    yield film("cuts of a video on a screen", _with_patch(_two(), lambda n: inset[n // 25](n)[::2, ::2][:60, :90], 83, 5))
    yield film("ten pictures a second", (_gestures(n // 3 * 3) for n in range(90)))
    yield film("five pictures a second", (_gestures(n // 6 * 6) for n in range(90)))


class SmallPicture(NamedTuple):
    """A frame in half size, as a cut detector sees it: uint8, (72, 128) each."""

    y: U8Array
    u: U8Array
    v: U8Array


def small(frame: U8Array) -> SmallPicture:
    """``frame``: RGB, uint8, (144, 256, 3); Y′CbCr by BT.601, limited range."""
    wide = frame.astype(np.uint16)
    fours = wide[::2, ::2] + wide[::2, 1::2] + wide[1::2, ::2] + wide[1::2, 1::2]  # numpy's mean takes ten times as long
    rgb: F32Array = np.multiply(fours, 0.25, dtype=np.float32)
    planes = np.clip(rgb @ BT601.T + (16.5, 128.5, 128.5), 0, 255).astype(np.uint8)
    return SmallPicture(*np.moveaxis(planes, 2, 0))


def hits(found: Sequence[int], cuts: Sequence[int], tolerance: int = 2) -> int:
    """How many cuts were found, each by another one of ``found``, at most ``tolerance`` frames off."""
    left = list(found)
    count = 0
    for cut in cuts:
        near = min(left, key=lambda n: abs(n - cut), default=None)
        if near is not None and abs(near - cut) <= tolerance:
            left.remove(near)
            count += 1
    return count
