"""How alike two people look, by all that was seen of each: faces by pose, and what they wear.

Frontal views, up to about half profile, are compared with frontal ones, profiles with profiles that look the same way, and
nothing else: between a profile and a frontal view a face model tells people apart hardly better than chance.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dualface.types import F32Array, Landmarks, Look, U8Array

Number = TypeVar("Number", float, NDArray[np.float64])

_HALF_PROFILE = 0.5
"""Distance of the eyes, in distances from the eyes to the mouth, below which a face is in profile; frontal: 0.8 to 1.1."""
_SPREAD = 1 / 3
"""Single pictures of one person are this many units less alike than ``same``; the means of many are as much more alike."""
_INDEPENDENT_SECONDS = 0.5
"""Looks this far apart are looks of their own."""
_PROFILE = 0.25
"""So many units more alike profiles of one person must be: all profiles are alike."""
_WORN = 0.55
"""Clothes less alike than this are not the same: those of one person hardly ever are, those of two are half of the time."""


class Pose(StrEnum):
    """How a face is turned, as seen in the picture."""

    FRONTAL = "frontal"
    LEFT = "left"
    """In profile, looking to the picture's left."""
    RIGHT = "right"


def turn_of(landmarks: Landmarks) -> float:
    """How far the nose stands beside the line from between the eyes to the mouth's middle, in lengths of that line.

    Above 0 where the face looks to the picture's right; 0.3 and more is a profile.
    """
    ex, ey, dx, dy, length = _axis(landmarks)
    if not length:
        return 0.0
    x, y = landmarks[2]
    return ((x - ex) * dy - (y - ey) * dx) / length**2


def breadth_of(landmarks: Landmarks) -> float:
    """Distance of the eyes, in distances from the eyes to the mouth: about 1 from the front, 0.2 from the side."""
    length = _axis(landmarks)[4]
    (ax, ay), (bx, by) = landmarks[:2]
    return math.hypot(bx - ax, by - ay) / length if length else 0.0


def pose_of(landmarks: Landmarks) -> Pose:
    """The pose of a face with these landmarks."""
    if breadth_of(landmarks) >= _HALF_PROFILE:
        return Pose.FRONTAL
    return Pose.RIGHT if turn_of(landmarks) > 0 else Pose.LEFT


def _axis(landmarks: Landmarks) -> tuple[float, float, float, float, float]:
    """The middle between the eyes, the way from there to the mouth's middle, and its length."""
    (ax, ay), (bx, by), _, (cx, cy), (dx, dy) = landmarks
    ex, ey = (ax + bx) / 2, (ay + by) / 2
    x, y = (cx + dx) / 2 - ex, (cy + dy) / 2 - ey
    return ex, ey, x, y, math.hypot(x, y)


@dataclass(frozen=True, slots=True)
class Scale:
    """A model's own scale of cosines: pictures of one person are hardly ever less similar than ``same``.

    Margins are shares, *units*, of the distance from there to 1, so that they fit every model.
    """

    same: float

    @property
    def unit(self) -> float:
        return 1.0 - self.same

    @property
    def single(self) -> float:
        """The threshold between single pictures."""
        return self.same - _SPREAD * self.unit

    @property
    def many(self) -> float:
        """The threshold between the means of many pictures."""
        return self.same + _SPREAD * self.unit


@dataclass(slots=True)
class Views:
    """Looks at one person in one pose, summed up.

    ``total``: their embeddings, weighted by quality.  ``count``: of how many looks; those that follow close on another count
    less, for they hardly differ from it.
    """

    total: F32Array | None = None
    count: float = 0.0
    latest: float = -math.inf

    def add(self, embedding: ArrayLike, quality: float, time: float) -> None:
        """Takes a look in; ``embedding``: shape (dimensions,), L2-normalised; ``quality`` above 0; ``time`` in seconds."""
        vector = np.asarray(embedding, np.float32) * np.float32(quality)
        self.total = vector if self.total is None else self.total + vector
        self.count += min(abs(time - self.latest) / _INDEPENDENT_SECONDS, 1.0)
        self.latest = time

    def include(self, other: Views) -> None:
        if other.total is not None:
            self.total = other.total.copy() if self.total is None else self.total + other.total
            self.count += other.count
            self.latest = max(self.latest, other.latest)


@dataclass(slots=True)
class Appearance:
    """All that was seen of somebody: views by pose, and clothes."""

    views: dict[Pose, Views] = field(default_factory=dict)
    worn: NDArray[np.float64] | None = None

    @staticmethod
    def of(looks: Iterable[tuple[float, Pose, Look]]) -> Appearance:
        """Of looks in the order of their times, in seconds."""
        appearance = Appearance()
        for time, pose, look in looks:
            appearance.add(time, pose, look)
        return appearance

    def add(self, time: float, pose: Pose, look: Look) -> None:
        """Takes in a look at ``time`` seconds."""
        self.add_view(time, pose, look.embedding, look.quality)
        if look.clothes is not None:
            shares = look.clothes.astype(np.float64) ** 2
            self.worn = shares if self.worn is None else self.worn + shares

    def add_view(self, time: float, pose: Pose, embedding: ArrayLike, quality: float) -> None:
        """Takes in a face alone; see :class:`Views`."""
        if quality > 0:
            self.views.setdefault(pose, Views()).add(embedding, quality, time)

    def include(self, other: Appearance) -> None:
        """Takes in all that was seen of the same person elsewhere."""
        for pose, views in other.views.items():
            self.views.setdefault(pose, Views()).include(views)
        if other.worn is not None:
            self.worn = other.worn.copy() if self.worn is None else self.worn + other.worn

    def count(self, pose: Pose) -> float:
        """How many looks there are in this pose."""
        return self.views[pose].count if pose in self.views else 0.0

    @property
    def looks(self) -> float:
        return sum(views.count for views in self.views.values())


def margin(a: Views | None, b: Views | None, pose: Pose, scale: Scale) -> float | None:
    """By how many units two people are more alike in a pose than two different ones; ``None`` where one was not seen in it."""
    if a is None or b is None or a.total is None or b.total is None:
        return None
    return float((cosine(a, b) - threshold(a.count, b.count, pose, scale)) / scale.unit)


def cosine(a: Views, b: Views) -> float:
    """Of the means of two people's looks; -1 where there are none."""
    if a.total is None or b.total is None:
        return -1.0
    lengths = max(float(np.linalg.norm(a.total) * np.linalg.norm(b.total)), 1e-12)
    return float(a.total @ b.total) / lengths


def threshold(a: Number, b: Number, pose: Pose, scale: Scale) -> Number:
    """The cosine from which on the means of ``a`` and of ``b`` looks are of one person; numbers or arrays.

    It rises with the number of looks: averaging takes out what differs from look to look and leaves what differs from person
    to person, but also brings strangers nearer.
    """
    few = (1 / np.maximum(a, 1.0) + 1 / np.maximum(b, 1.0)) / 2
    extra = 0.0 if pose is Pose.FRONTAL else _PROFILE * scale.unit
    least: Number = scale.many - (scale.many - scale.single) * few + extra
    return least


def clothes_likeness(a: Appearance, b: Appearance) -> float | None:
    """Of what two people wear, 0…1 (Bhattacharyya's coefficient); ``None`` where it was not seen of both."""
    if a.worn is None or b.worn is None:
        return None
    return float(np.sqrt(a.worn * b.worn).sum() / max(math.sqrt(a.worn.sum() * b.worn.sum()), 1e-12))


def other_clothes(a: Appearance, b: Appearance) -> bool:
    """Whether two people clearly wear different clothes."""
    alike = clothes_likeness(a, b)
    return alike is not None and alike < _WORN


def other_clothes_among(some: Sequence[Appearance], others: Sequence[Appearance]) -> NDArray[np.bool_]:
    """:func:`other_clothes` of each of ``some`` with each of ``others``: shape (some, others)."""
    other = np.zeros((len(some), len(others)), bool)
    rows, columns = ([k for k, one in enumerate(each) if one.worn is not None] for each in (some, others))
    if rows and columns:
        mine, theirs = (
            np.array([np.sqrt(one.worn / max(one.worn.sum(), 1e-12)) for one in each if one.worn is not None])
            for each in (some, others)
        )
        other[np.ix_(rows, columns)] = mine @ theirs.T < _WORN
    return other


def histogram_of_clothes(rgb: F32Array) -> U8Array:
    """What is worn, of a picture of it: float32, shape (3, h, w), R, G, B 0…255.

    uint8, shape (150,): square roots of the shares of 6 lumas × 5 × 5 chromas (BT.601, on a root scale, so that greyish
    colours are told apart finely), each sample shared between neighbouring bins.
    """
    r, g, b = (plane.astype(np.float64).ravel() for plane in rgb)
    luma = 0.299 * r + 0.587 * g + 0.114 * b
    bins = np.zeros((6, 5, 5))
    parts = [_shared(luma / 255, 6), _shared(_rooted((b - luma) * 0.564), 5), _shared(_rooted((r - luma) * 0.713), 5)]
    for corner in range(8):
        picks = [part[corner >> axis & 1] for axis, part in enumerate(parts)]
        np.add.at(bins, tuple(index for index, _ in picks), np.prod([weight for _, weight in picks], axis=0))
    shares: NDArray[np.float64] = np.sqrt(bins.ravel() / max(bins.sum(), 1e-12))
    return np.rint(255 * shares).astype(np.uint8)


def _rooted(chroma: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.clip(np.sign(chroma) * np.sqrt(np.abs(chroma) / 60) / 2 + 0.5, 0, 1)


def _shared(values: NDArray[np.float64], count: int) -> Sequence[tuple[NDArray[np.intp], NDArray[np.float64]]]:
    """For values 0…1 the two nearest of ``count`` bins, each with its share."""
    at = np.clip(values * count - 0.5, 0, count - 1)
    low = np.minimum(at.astype(np.intp), count - 2)
    return (low, 1 - (at - low)), (low + 1, at - low)
