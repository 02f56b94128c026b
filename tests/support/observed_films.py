"""Films as lists of observations: who is where in which shot, with what a face model would say of each face.

The vectors of one person are alike (a cosine of about 0.97), those of two are not (0.85); profiles are alike for everybody, and
tell nothing about frontal views.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from dualface.likeness import Pose, Scale
from dualface.types import Box, F32Array, Landmarks, Look, Observation, ObservedFace, U8Array

W, H, FPS = 1280, 720, 10
SCALE = Scale(0.94)
NAMES = "ABCDEFGH"
_LOOK_SECONDS = 0.4


class Place(NamedTuple):
    """Where somebody is: the face's middle and height, as shares of the picture's width and height, and how it is turned."""

    x: float
    height: float = 0.3
    pose: Pose = Pose.FRONTAL
    to: float | None = None
    """Where the face's middle is at the shot's end."""


def marks(box: Box, pose: Pose) -> Landmarks:
    """Five points in a face's box."""
    ahead = {Pose.FRONTAL: 0.0, Pose.LEFT: -1.0, Pose.RIGHT: 1.0}[pose]
    apart = 0.18 if pose is Pose.FRONTAL else 0.05
    x, y, h = box.cx, box.y + 0.4 * box.h, box.h
    points = [(-apart, 0.0), (apart, 0.0), (0.12 * ahead, 0.18), (-0.8 * apart, 0.36), (0.8 * apart, 0.36)]
    return tuple((x + a * h, y + b * h) for a, b in points)


def vector(name: str, pose: Pose = Pose.FRONTAL, noise: F32Array | None = None) -> F32Array:
    """float32, shape (48,), L2-normalised."""
    kind = list(Pose).index(pose)
    person = np.zeros(48)
    common, own = (0.85, 0.15) if pose is Pose.FRONTAL else (0.92, 0.08)
    person[kind], person[4 + 8 * kind + NAMES.index(name)] = np.sqrt(common), np.sqrt(own)
    if noise is not None:
        person[32:] = noise
    return (person / np.linalg.norm(person)).astype(np.float32)


def clothes(name: str) -> U8Array:
    """Everybody wears something else."""
    bins = np.zeros(150, np.uint8)
    bins[10 * NAMES.index(name) : 10 * NAMES.index(name) + 10] = 80
    return bins


@dataclass
class ObservedFilm:
    """Grows by :meth:`shot`; ``truth`` is who each track shows, from each frame on."""

    dressed: bool = True
    seed: int = 0
    observations: list[Observation] = field(default_factory=list)
    truth: dict[int, str] = field(default_factory=dict)
    still: set[int] = field(default_factory=set)
    """Tracks of pictures of people."""
    _tracks: int = 0

    def shot(
        self, seconds: float, people: Mapping[str, Place], *, cut: bool = True, tracks: Sequence[int] | None = None
    ) -> list[int]:
        """Adds a shot, or with ``cut`` false goes on with other people in it; returns the tracks' ids, new unless given."""
        ids = list(tracks or range(self._tracks + 1, self._tracks + 1 + len(people)))
        self._tracks = max([self._tracks, *ids])
        self.truth |= dict(zip(ids, people, strict=True))
        rng = np.random.default_rng([self.seed, len(self.observations)])
        count = max(round(seconds * FPS), 1)
        for n in range(count):
            index = len(self.observations)
            faces = tuple(
                self._face(track, name, place, n / count, rng if index % round(_LOOK_SECONDS * FPS) == 0 or n == 0 else None)
                for track, (name, place) in zip(ids, people.items(), strict=True)
            )
            self.observations.append(Observation(index, index / FPS, cut and n == 0 and index > 0, faces))
        return ids

    def _face(self, track: int, name: str, place: Place, share: float, rng: np.random.Generator | None) -> ObservedFace:
        x = place.x if place.to is None else place.x + (place.to - place.x) * share
        size = place.height * H
        box = Box(x * W - 0.4 * size, 0.4 * H - size / 2, 0.8 * size, size)
        look = None
        if rng is not None:
            noise = rng.normal(0, 0.035, 16).astype(np.float32)
            worn = clothes(name) if self.dressed else None
            look = Look(vector(name, place.pose, noise).astype(np.float16), 0.8, worn)
        return ObservedFace(track, box, 0.9, None, self._lively(track, marks(box, place.pose), size), look)

    def _lively(self, track: int, points: Landmarks, size: float) -> Landmarks:
        """Points of a face that moves a little, as living faces do; not those of ``still`` tracks."""
        if track in self.still:
            return points
        rng = np.random.default_rng([self.seed, track, len(self.observations)])
        return tuple((x + dx, y + dy) for (x, y), (dx, dy) in zip(points, rng.normal(0, 0.012 * size, (5, 2)), strict=True))
