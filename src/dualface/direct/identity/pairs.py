"""What is known of each two tracklets: how alike their faces are, and for how long they are seen together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dualface.direct.identity.tracklets import Tracklet
from dualface.likeness import Pose, Scale, other_clothes, threshold

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
        sums, weights = np.zeros_like(self.together), np.zeros_like(self.together)
        for pose, alike in self.alike.items():
            known = ~np.isnan(alike)
            looks = np.minimum([t.appearance.count(pose) for t in self.tracklets], _MOST_WEIGHT)
            weight = np.where(known, np.outer(looks, looks), 0.0) * (1.0 if pose is Pose.FRONTAL else _PROFILE_WEIGHT)
            margins = np.where(known, alike, 0.0)
            if pose is not Pose.FRONTAL:
                for i, j in np.argwhere(margins > 0):
                    if other_clothes(self.tracklets[i].appearance, self.tracklets[j].appearance):
                        margins[i, j] = _VETOED
            sums += margins * weight
            weights += weight
        return sums / np.maximum(weights, 1e-12), weights


def compared(tracklets: Sequence[Tracklet], shown: Sequence[float], scale: Scale) -> Pairs:
    """Compares all tracklets.  ``shown``: for how many seconds each frame is shown."""
    return Pairs(tracklets, _together(tracklets, shown), {pose: _alike(tracklets, pose, scale) for pose in Pose})


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


def _alike(tracklets: Sequence[Tracklet], pose: Pose, scale: Scale) -> NDArray[np.float64]:
    """See :func:`dualface.likeness.margin`, of all tracklets at once."""
    n = len(tracklets)
    alike = np.full((n, n), np.nan)
    views = {k: t.appearance.views[pose] for k, t in enumerate(tracklets) if pose in t.appearance.views}
    if views:
        means = np.stack([v.total / np.linalg.norm(v.total) for v in views.values() if v.total is not None]).astype(np.float64)
        counts = np.array([v.count for v in views.values()])
        least = threshold(counts[:, None], counts[None], pose, scale)
        alike[np.ix_(list(views), list(views))] = (means @ means.T - least) / scale.unit
    return alike
