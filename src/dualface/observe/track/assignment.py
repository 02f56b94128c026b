"""One-to-one assignment at least cost.

The Hungarian method in its shortest augmenting path form (Jonker and Volgenant, "A Shortest Augmenting Path Algorithm for Dense
and Sparse Linear Assignment Problems", 1987).  It is written out here because the problems are a few faces by a few tracks:
SciPy's would cost 140 MB on disk and most of a second to import.
"""

from __future__ import annotations

from math import inf

import numpy as np

from dualface.types import F64Array


def assign(cost: F64Array, limit: float) -> list[tuple[int, int]]:
    """Pairs (row, column) of the one-to-one assignment with the least sum of ``cost``; those above ``limit`` are left out.

    ``cost``: float64, shape (rows, columns), finite.  A pair above the limit counts as much as leaving both alone, so it never
    displaces an allowed pair.  Pairs are in the order of their rows.
    """
    rows, columns = cost.shape
    if not rows or not columns:
        return []
    table = np.minimum(cost, limit + 1e-9)
    if rows <= columns:
        pairs = list(enumerate(_cheapest(table.tolist())))
    else:
        pairs = sorted((row, column) for column, row in enumerate(_cheapest(table.T.tolist())))
    return [(row, column) for row, column in pairs if cost[row, column] <= limit]


def _cheapest(cost: list[list[float]]) -> list[int]:
    """Each row's column; there are at least as many columns as rows."""
    columns = len(cost[0])
    row_of = [-1] * columns
    row_price, column_price = [0.0] * len(cost), [0.0] * columns
    for start in range(len(cost)):
        distance, came_from = [inf] * columns, [-1] * columns
        unreached, reached = set(range(columns)), list[int]()
        row, column, length = start, -1, 0.0
        while row >= 0:  # grow the tree of shortest paths until it meets a column that is free
            for c in unreached:
                via_row = length + cost[row][c] - row_price[row] - column_price[c]
                if via_row < distance[c]:
                    distance[c], came_from[c] = via_row, column
            column = min(unreached, key=distance.__getitem__)
            unreached.remove(column)
            reached.append(column)
            row, length = row_of[column], distance[column]
        row_price[start] += length
        for c in reached[:-1]:
            row_price[row_of[c]] += length - distance[c]
            column_price[c] -= length - distance[c]
        while column >= 0:  # turn the path round: each column on it takes the row of the one before
            before = came_from[column]
            row_of[column] = start if before < 0 else row_of[before]
            column = before
    columns_of = [-1] * len(cost)
    for column, row in enumerate(row_of):
        if row >= 0:
            columns_of[row] = column
    return columns_of
