"""Those beside the two people who belong to the shot: a third on the sofa, one who sits behind; not who walks past."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median
from typing import NamedTuple

from dualface.direct.framing.aim import EYE_LINE, Aim
from dualface.types import Box

STAYS = 0.7
"""Somebody is there who is seen in so many of the frames of a while."""


class _Moment(NamedTuple):
    shot: int
    faces: Mapping[int, Box]


class Company:
    """Who else is in the picture, frame by frame.

    Whoever is there when a shot begins belongs to it, and who has stayed for ``settled`` frames; a passer-by, or a face that is
    found for a moment only, moves no camera.  ``awhile`` is over how many frames it is judged who is there, ``bridge`` over how
    many to either side a face's place is averaged.
    """

    def __init__(self, *, awhile: int, settled: int, bridge: int) -> None:
        self._awhile, self._settled, self._bridge = max(awhile, 1), settled, bridge
        self._moments: list[_Moment] = []
        self._first = 0
        self._shot, self._began = -1, 0
        self._seen: dict[int, int] = {}
        """For how many frames each track was seen in this shot; those that were there at its beginning have been for ever."""

    def see(self, faces: Mapping[int, Box], *, shot: int) -> None:
        """The next frame's faces, by track."""
        self._moments.append(_Moment(shot, dict(faces)))

    def at(self, index: int) -> list[Aim]:
        """Who is there in a frame, judged with ``bridge`` later ones; called for every frame in order."""
        here = index - self._first
        now = self._moments[here]
        self._count(index, now)
        settled = sorted(track for track, count in self._seen.items() if count >= self._settled)
        people = self._there(here, now.shot, settled) if settled else []
        self._forget(here)
        return people

    def _there(self, here: int, shot: int, settled: Sequence[int]) -> list[Aim]:
        span = [m.faces for m in self._moments[max(here - self._awhile, 0) : here + self._bridge + 1] if m.shot == shot]
        near = [m.faces for m in self._moments[max(here - self._bridge, 0) : here + self._bridge + 1] if m.shot == shot]
        people = []
        for track in settled:
            boxes = [faces[track] for faces in near if track in faces]
            if boxes and sum(track in faces for faces in span) >= STAYS * len(span):
                x, top, size = (median(values) for values in zip(*((b.cx, b.y, b.h) for b in boxes), strict=True))
                people.append(Aim(x, top + EYE_LINE * size, size))
        return people

    def _count(self, index: int, now: _Moment) -> None:
        if now.shot != self._shot:
            self._shot, self._began, self._seen = now.shot, index, {}
        credit = self._settled if index - self._began < self._awhile else 0
        for track in now.faces:
            self._seen[track] = max(self._seen.get(track, 0) + 1, credit)

    def _forget(self, here: int) -> None:
        old = here - self._awhile - self._bridge
        if old > self._awhile:
            del self._moments[:old]
            self._first += old
