"""Neighbours: those whose faces are near a tile's person, and do not belong into the tile."""

from __future__ import annotations

from collections.abc import Iterable
from math import inf
from typing import NamedTuple

from dualface.direct.framing.aim import Aim
from dualface.types import Box

NEAR = 3.0
"""People less than so many face heights apart are neighbours."""
COMPARABLE = 0.5
"""Somebody whose face is smaller than this share of the person's draws no eyes."""
FACE, OWN = 0.5, 0.6
"""A face reaches so many of its heights to either side of its middle; its own tile shows so many at least."""


class Free(NamedTuple):
    """How far a tile's picture may reach to either side of its person until it shows a neighbour's face."""

    left: float = inf
    right: float = inf

    @staticmethod
    def beside(person: Aim, others: Iterable[Aim], near: float = NEAR) -> Free:
        """What the neighbours among ``others``, less than ``near`` face heights apart, leave; all aims are those of faces."""
        left = right = inf
        for other in others:
            reach = near * max(person.size, other.size)
            apart = abs(other.x - person.x)
            if apart < reach and abs(other.y - person.y) < reach and other.size >= COMPARABLE * person.size:
                free = max(apart - FACE * other.size, OWN * person.size)
                if other.x > person.x:
                    right = min(right, free)
                else:
                    left = min(left, free)
        return Free(left, right)

    def width(self, person: Aim, bounds: Box) -> float:
        """Of the largest picture that shows no neighbour: with the person in the middle or, where the source, ``bounds``, ends
        before that, beside it; infinite without neighbours.
        """
        least = min(self)
        edge = person.x - bounds.x if self.right < self.left else bounds.right - person.x
        return least + min(least, max(edge, OWN * person.size))

    def aside(self, half: float, size: float) -> float:
        """How far off a person, whose face is of this ``size``, a picture of this half width stands to show no neighbour.

        As far as that can be: the person stays in the picture.
        """
        low, high = half - self.left, self.right - half
        wanted = min(max(0.0, low), high) if low <= high else (low + high) / 2
        most = max(half - OWN * size, 0.0)
        return min(max(wanted, -most), most)


ANYWHERE = Free()
"""Without neighbours."""
