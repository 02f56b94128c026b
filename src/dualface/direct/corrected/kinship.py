"""How the tracklets of a film are related, asked tracklet by tracklet: tables of all with all would not fit into memory."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from dualface.direct.identity.pairs import alike_in, linked
from dualface.direct.identity.tracklets import Tracklet
from dualface.likeness import Pose, Scale

Floats = NDArray[np.float64]
_AT_ONCE = 256
"""So many tracklets are compared with all others at a time."""


class Kinship:
    """Of ``tracklets``, which are named by index.  ``scale``: of the model that described the faces."""

    def __init__(self, tracklets: Sequence[Tracklet], scale: Scale) -> None:
        self.tracklets, self._scale = tracklets, scale
        self._shots: dict[int, list[int]] = {}
        for k, tracklet in enumerate(tracklets):
            self._shots.setdefault(tracklet.shot, []).append(k)

    def in_shot_of(self, k: int) -> list[int]:
        """The others of the same shot."""
        return [j for j in self._shots[self.tracklets[k].shot] if j != k]

    def beside(self, k: int) -> list[int]:
        """Those who are seen at the same time."""
        here = set(self.tracklets[k].frames)
        return [j for j in self.in_shot_of(k) if not here.isdisjoint(self.tracklets[j].frames)]

    def alike(self, k: int) -> Floats:
        """How alike each of all is, as :meth:`~dualface.direct.identity.pairs.Pairs.linkage` has it; -inf where unknown."""
        rows = self._rows([k])
        return rows.reshape(-1)

    def alike_to_most(self, some: Sequence[int], groups: Sequence[NDArray[np.bool_]]) -> Iterator[float]:
        """How alike each of ``some`` is to the more alike half of its group, itself left out; -inf where unknown."""
        for first in range(0, len(some), _AT_ONCE):
            block = some[first : first + _AT_ONCE]
            for k, group, alike in zip(block, groups[first:], self._rows(block), strict=False):
                alike[k] = -math.inf
                told = np.sort(alike[group & np.isfinite(alike)])
                half = told[len(told) // 2 :]
                yield float(half.mean()) if len(half) else -math.inf

    def _rows(self, some: Sequence[int]) -> Floats:
        rows = [self.tracklets[k] for k in some]
        alike = {pose: alike_in(pose, rows, self.tracklets, self._scale) for pose in Pose}
        likeness, weights = linked(rows, self.tracklets, alike)
        return np.where(weights > 0, likeness, -math.inf)
