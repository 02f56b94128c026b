"""One-to-one assignment at least cost."""

from __future__ import annotations

from itertools import permutations

import numpy as np

from dualface.types import F64Array

_SMALL = 4


def assign(cost: F64Array, limit: float) -> list[tuple[int, int]]:
    """Pairs (row, column) of the one-to-one assignment with the least sum of ``cost``; those above ``limit`` are left out.

    ``cost``: float64, shape (rows, columns), finite.  A pair above the limit counts as much as leaving both alone, so it never
    displaces an allowed pair.  Up to four by four every permutation is tried, which takes microseconds and spares the import
    of scipy (most of a second); larger problems go to ``scipy.optimize.linear_sum_assignment``.
    """
    rows, columns = cost.shape
    if not rows or not columns:
        return []
    capped = np.minimum(cost, limit + 1e-9)
    if rows == 1 and columns == 1:
        pairs = [(0, 0)]
    elif max(rows, columns) <= _SMALL:
        pairs = _exhaustive(capped)
    else:
        from scipy.optimize import linear_sum_assignment

        pairs = [(int(r), int(c)) for r, c in zip(*linear_sum_assignment(capped), strict=True)]
    return [(r, c) for r, c in pairs if cost[r, c] <= limit]


def _exhaustive(cost: F64Array) -> list[tuple[int, int]]:
    rows, columns = cost.shape
    table = cost.tolist()
    if rows <= columns:
        best = min(permutations(range(columns), rows), key=lambda p: sum(table[r][c] for r, c in enumerate(p)))
        return list(enumerate(best))
    best = min(permutations(range(rows), columns), key=lambda p: sum(table[r][c] for c, r in enumerate(p)))
    return sorted((r, c) for c, r in enumerate(best))
