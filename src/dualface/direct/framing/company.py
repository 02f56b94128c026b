"""Those beside the two people: passers-by, a third on the sofa."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median
from typing import NamedTuple

from dualface.direct.framing.aim import EYE_LINE, Aim
from dualface.types import Box

_STAYS = 0.7
"""Somebody counts who is seen in so many of the frames of a while."""


class _Moment(NamedTuple):
    shot: int
    faces: Mapping[int, Box]


class Company:
    """Who else is in the picture, frame by frame; a face that is found for a moment only is nobody.

    ``while_frames``: the while over which is judged who is there, in frames; ``bridge``: the frames to either side over which
    a face's place is averaged.
    """

    def __init__(self, *, while_frames: int, bridge: int) -> None:
        self._while, self._bridge = while_frames, bridge
        self._moments: list[_Moment] = []
        self._first = 0

    def see(self, faces: Mapping[int, Box], *, shot: int) -> None:
        """The next frame's faces, by track."""
        self._moments.append(_Moment(shot, dict(faces)))

    def at(self, index: int) -> list[Aim]:
        """Who is there in a frame, judged with ``bridge`` later ones; called with rising indices."""
        here = index - self._first
        shot = self._moments[here].shot
        span = [m.faces for m in self._moments[max(here - self._while, 0) : here + self._bridge + 1] if m.shot == shot]
        near = [m.faces for m in self._moments[max(here - self._bridge, 0) : here + self._bridge + 1] if m.shot == shot]
        people = []
        for track in sorted({track for faces in near for track in faces}):
            if sum(track in faces for faces in span) >= _STAYS * len(span):
                boxes = [faces[track] for faces in near if track in faces]
                x, top, size = (median(values) for values in zip(*((b.cx, b.y, b.h) for b in boxes), strict=True))
                people.append(Aim(x, top + EYE_LINE * size, size))
        old = here - self._while - self._bridge
        if old > self._while:
            del self._moments[:old]
            self._first += old
        return people
