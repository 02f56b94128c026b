"""Which tracklets are of one person, by their faces: average linkage with "these can't be the same"."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dualface.direct.identity.tracklets import Tracklet
from dualface.likeness import Pose, Scale, margin, other_clothes

_MOST_WEIGHT = 4.0
"""More looks than this don't make a pair of tracklets count more."""
_VETOED = -2.0
"""What a pair counts whose profiles may be alike but whose clothes are not."""


def together(tracklets: Sequence[Tracklet], shown: Sequence[float]) -> NDArray[np.float64]:
    """For how many seconds each two tracklets are seen at the same time; float64, shape (n, n)."""
    seconds = np.zeros((len(tracklets), len(tracklets)))
    present: dict[int, list[int]] = {}
    for k, tracklet in enumerate(tracklets):
        for at in tracklet.frames:
            present.setdefault(at, []).append(k)
    for at, here in present.items():
        for i in here:
            for j in here:
                if i != j:
                    seconds[i, j] += max(shown[at], 1e-6)
    return seconds


def margins(tracklets: Sequence[Tracklet], scale: Scale) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How alike each two tracklets are, in units above the threshold, and how much that counts; 0 where nothing is known."""
    n = len(tracklets)
    alike, weights = np.zeros((n, n)), np.zeros((n, n))
    for i in range(n):
        for j in range(i):
            told = pair_margin(tracklets[i], tracklets[j], scale)
            if told is not None:
                alike[i, j], weights[i, j] = alike[j, i], weights[j, i] = told
    return alike, weights


def pair_margin(a: Tracklet, b: Tracklet, scale: Scale) -> tuple[float, float] | None:
    """Of two tracklets: by their frontal views, else by their profiles, unless their clothes differ."""
    p, q = a.appearance, b.appearance
    frontal = margin(p, q, Pose.FRONTAL, scale)
    if frontal is not None:
        return frontal, min(p.count(Pose.FRONTAL), _MOST_WEIGHT) * min(q.count(Pose.FRONTAL), _MOST_WEIGHT)
    for pose in (Pose.LEFT, Pose.RIGHT):
        sideways = margin(p, q, pose, scale)
        if sideways is not None:
            return (_VETOED if other_clothes(p, q) else sideways), 1.0
    return None


def linked(alike: NDArray[np.float64], weights: NDArray[np.float64], apart: NDArray[np.bool_]) -> list[list[int]]:
    """Groups of indices, by average linkage: the two groups that are most alike are joined while their mean is above 0.

    All float64 or bool, shape (n, n), symmetric: ``alike`` in units above the threshold, ``weights`` of each pair in the mean,
    ``apart`` for pairs that can't be one person.
    """
    n = len(alike)
    sums, totals, apart = alike * weights, weights.copy(), apart.copy()
    groups: list[list[int]] = [[k] for k in range(n)]
    alive = np.ones(n, bool)
    np.fill_diagonal(totals, 0.0)
    mean = np.where((totals > 0) & ~apart, sums / np.maximum(totals, 1e-12), -np.inf)
    while n:
        flat = int(mean.argmax())
        i, j = sorted(divmod(flat, n))
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
        row = np.where((totals[i] > 0) & ~apart[i] & alive, sums[i] / np.maximum(totals[i], 1e-12), -np.inf)
        row[i] = -np.inf
        mean[i], mean[:, i] = row, row
        mean[j], mean[:, j] = -np.inf, -np.inf
    return [sorted(groups[k]) for k in np.flatnonzero(alive)]
