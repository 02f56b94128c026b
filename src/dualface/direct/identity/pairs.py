"""What is known of each two tracklets: how alike their faces are, and for how long they are seen together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dualface.direct.identity.tracklets import Tracklet
from dualface.likeness import Pose, Scale, other_clothes_among, threshold

_MOST_WEIGHT = 4.0
"""More looks than this don't make a tracklet count more."""
_PROFILE_WEIGHT = 0.25
"""How much profiles count, which tell less."""
_VETOED = -2.0
"""What two tracklets count whose profiles may be alike but whose clothes are not."""


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Tables over all tracklets; float64, shape (n, n), symmetric.

    ``together``: seconds for which two are seen at the same time.  ``alike``: for each pose, units above the threshold;
    not a number where one of them was not seen in that pose.
    """

    tracklets: Sequence[Tracklet]
    together: NDArray[np.float64]
    alike: dict[Pose, NDArray[np.float64]]

    def nearest(self, k: int, others: Sequence[int], pose: Pose) -> float | None:
        """How much a tracklet resembles others in a pose: the mean over the more alike half.  ``None`` where unknown."""
        told = self.alike[pose][k, [j for j in others if j != k]]
        told = np.sort(told[~np.isnan(told)])
        return float(told[len(told) // 2 :].mean()) if len(told) else None

    def linkage(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """How alike two tracklets are over all poses in which both were seen, and how much that counts.

        Frontal views count the most.  Profiles count against, where clothes differ.
        """
        return linked(self.tracklets, self.tracklets, self.alike)


def compared(tracklets: Sequence[Tracklet], shown: Sequence[float], scale: Scale) -> Pairs:
    """Compares all tracklets.  ``shown``: for how many seconds each frame is shown."""
    return Pairs(tracklets, _together(tracklets, shown), {pose: alike_in(pose, tracklets, tracklets, scale) for pose in Pose})


def _together(tracklets: Sequence[Tracklet], shown: Sequence[float]) -> NDArray[np.float64]:
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


def alike_in(pose: Pose, some: Sequence[Tracklet], others: Sequence[Tracklet], scale: Scale) -> NDArray[np.float64]:
    """See :func:`dualface.likeness.margin`, of each of ``some`` with each of ``others``: shape (some, others)."""
    alike = np.full((len(some), len(others)), np.nan)
    rows, mine, my_counts = _seen_in(pose, some)
    columns, theirs, their_counts = _seen_in(pose, others) if others is not some else (rows, mine, my_counts)
    if rows and columns:
        least = threshold(my_counts[:, None], their_counts[None], pose, scale)
        alike[np.ix_(rows, columns)] = (mine @ theirs.T - least) / scale.unit
    return alike


def linked(
    some: Sequence[Tracklet], others: Sequence[Tracklet], alike: Mapping[Pose, NDArray[np.float64]]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """See :meth:`Pairs.linkage`, of each of ``some`` with each of ``others``; ``alike`` is :func:`alike_in` of these."""
    sums, weights = (np.zeros((len(some), len(others))) for _ in range(2))
    otherwise_dressed = other_clothes_among([t.appearance for t in some], [t.appearance for t in others])
    for pose, told in alike.items():
        known = ~np.isnan(told)
        rows, columns = (np.minimum([t.appearance.count(pose) for t in each], _MOST_WEIGHT) for each in (some, others))
        weight = np.where(known, np.outer(rows, columns), 0.0) * (1.0 if pose is Pose.FRONTAL else _PROFILE_WEIGHT)
        margins = np.where(known, told, 0.0)
        if pose is not Pose.FRONTAL:
            margins[(margins > 0) & otherwise_dressed] = _VETOED
        sums += margins * weight
        weights += weight
    return sums / np.maximum(weights, 1e-12), weights


def _seen_in(pose: Pose, tracklets: Sequence[Tracklet]) -> tuple[list[int], NDArray[np.float64], NDArray[np.float64]]:
    """Which tracklets were seen in a pose, the directions of their means, and how often."""
    views = {k: t.appearance.views[pose] for k, t in enumerate(tracklets) if pose in t.appearance.views}
    means = [v.total / np.linalg.norm(v.total) for v in views.values() if v.total is not None]
    return list(views), np.array(means, np.float64), np.array([v.count for v in views.values()])
