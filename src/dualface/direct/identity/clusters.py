"""Which tracklets are of one person, by their faces: average linkage with "these can't be the same"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from dualface.direct.identity.pairs import Pairs
from dualface.likeness import Appearance


@dataclass(frozen=True, slots=True, eq=False)
class Somebody:
    """Tracklets (by index) of one person, all that was seen of him, and how much of the film is about him."""

    members: tuple[int, ...]
    prominence: float
    seconds: float
    turn: float
    appearance: Appearance = field(default_factory=Appearance)

    @staticmethod
    def of(members: Sequence[int], pairs: Pairs) -> Somebody:
        mine = [pairs.tracklets[k] for k in members]
        appearance = Appearance()
        for tracklet in mine:
            appearance.include(tracklet.appearance)
        seconds = sum(t.seconds for t in mine)
        turn = sum(t.turned for t in mine) / max(seconds, 1e-9)
        return Somebody(tuple(sorted(members)), sum(t.prominence for t in mine), seconds, turn, appearance)


def people_in(pairs: Pairs) -> list[Somebody]:
    """The people whom groups of tracklets with like faces show, the most prominent first."""
    margins, weights = pairs.linkage()
    groups = linked(margins, weights, pairs.together > 0)
    return sorted((Somebody.of(group, pairs) for group in groups), key=lambda one: (-one.prominence, one.members))


def linked(alike: NDArray[np.float64], weights: NDArray[np.float64], apart: NDArray[np.bool_]) -> list[list[int]]:
    """Groups of indices, by average linkage: the two groups that are most alike are joined while their mean is above 0.

    All float64 or bool, shape (n, n), symmetric: ``alike`` in units above the threshold, ``weights`` of each pair in the mean,
    ``apart`` for pairs that can't be one person.  The method: Sokal and Michener, "A statistical method for evaluating
    systematic relationships", 1958.
    """
    n = len(alike)
    sums, totals, apart = alike * weights, weights.copy(), apart.copy()
    groups: list[list[int]] = [[k] for k in range(n)]
    alive = np.ones(n, bool)
    np.fill_diagonal(totals, 0.0)
    mean = _means(sums, totals, apart)
    while n:
        i, j = sorted(divmod(int(mean.argmax()), n))
        if not mean[i, j] > 0:
            break
        groups[i] += groups[j]
        alive[j] = False
        for table in (sums, totals):
            table[i] += table[j]
            table[:, i] = table[i]
        totals[i, i] = 0.0
        apart[i] |= apart[j]
        apart[:, i] = apart[i]
        row = np.where(alive, _means(sums[i], totals[i], apart[i]), -np.inf)
        mean[i], mean[:, i] = row, row
        mean[j], mean[:, j] = -np.inf, -np.inf
    return [sorted(groups[k]) for k in np.flatnonzero(alive)]


def _means(sums: NDArray[np.float64], totals: NDArray[np.float64], apart: NDArray[np.bool_]) -> NDArray[np.float64]:
    means: NDArray[np.float64] = np.where((totals > 0) & ~apart, sums / np.maximum(totals, 1e-12), -np.inf)
    return means
