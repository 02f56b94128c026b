"""Where one shot has dissolved into the next, or has come up out of a plain picture.

In a dissolve each picture is a mixture of the old shot and the new one: as points they lie on the line between the two, and go
along it once.  So do those of slow pans and zooms over soft pictures, nearly.  But a mixture of two different pictures has less
contrast than either, half as much in the middle, and what merely moves keeps its own: so the contrast of edges decides
(R. Lienhart, "Comparison of automatic shot boundary detection algorithms", SPIE 3656, 1999).
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dualface.types import F32Array, U8Array

_RATE = 12.5
"""Pictures a second that are looked at."""
_LONGEST_SECONDS = 2.4
_LEAST_SHARE = 0.25
"""Share of the picture that must be another one in the end."""
_SOFT, _SOFTER = 0.62, 0.55
"""Contrast of the middle, as a share of that of the ends: 0.5 in dissolves.  In all else that was measured it is 0.86 and
more; 0.66 where key frames of hard compression pump.
"""
_OFF_LINE, _FAR_OFF = 0.15, 0.35
"""Share of the energy of the whole change by which pictures may be off the line, for people move meanwhile; and where the
middle is softer.  Of pictures that have nothing in common it is 0.75.
"""
_HALF = 0.2
"""How far from the middle that may be measured, as a share of the way."""
_STEP, _BACK = 0.6, 0.1
"""Share of the way between two pictures at most, or it is a cut; and of the way back."""
_STILL, _SLOWER = 0.2, 0.5
"""Speed along the line once it is over, and just before, as shares of the greatest."""

_PLAIN, _FADED = 3.0, 0.2
"""Standard deviation of luma below which a picture shows nothing; and that as a share of the old one's."""


@dataclass(frozen=True, slots=True, eq=False)
class _Sample:
    """A picture's cells (float32, (3, rows, columns)), how strong its edges are, and its number by the clock."""

    number: int
    cells: F32Array
    edges: float


class Mixture(NamedTuple):
    """Pictures that are mixtures, from the one with the number ``since`` by the clock on; ``over`` where this one is none."""

    since: int
    over: bool


class Dissolves:
    """Remembers a shot's last pictures; ``fps`` is the nominal rate."""

    def __init__(self, fps: float) -> None:
        self._step = max(round(fps / _RATE), 1)
        self._longest = max(round(fps * _LONGEST_SECONDS), 4)
        self._samples: deque[_Sample] = deque(maxlen=self._longest // self._step + 1)

    def clear(self) -> None:
        """A new shot begins."""
        self._samples.clear()

    def push(
        self, number: int, cells: F32Array, luma: U8Array, after: tuple[int, F32Array] | None, content: float
    ) -> Mixture | None:
        """The dissolve that this picture belongs to, once it is most of the way; or that is over with it.

        ``number``: the frame's by the clock; ``cells``: float32, (3, rows, columns); ``luma``: uint8, (h, w); ``after``: the
        number and cells of a picture shortly after; ``content``: from where on a cell's difference counts.
        """
        if self._samples and number // self._step == self._samples[-1].number // self._step:
            return None
        if self._samples and number < self._samples[-1].number:
            self._samples.clear()  # the clock has been put back
        while self._samples and number - self._samples[0].number > self._longest:
            self._samples.popleft()
        self._samples.append(_Sample(number, cells, _edges(luma)))
        return self._mixture(cells, after, content) if after is not None and len(self._samples) > 2 else None

    def _mixture(self, now: F32Array, after: tuple[int, F32Array], content: float) -> Mixture | None:
        edges = np.array([sample.edges for sample in self._samples])
        softest = np.minimum.accumulate(edges[-2:0:-1])[::-1]  # between each picture, the last two left out, and this one
        soft = softest <= _SOFT * np.maximum(edges[:-2], edges[-1])
        if not soft.any():  # as nearly always
            return None
        cells = np.stack([sample.cells for sample in self._samples])
        candidates = np.flatnonzero(soft)
        changed = (np.abs(cells[candidates] - now).sum(1) >= content).mean((1, 2)) >= _LEAST_SHARE
        if not changed.any():
            return None
        numbers = np.array([sample.number for sample in self._samples])
        points = (cells - now).reshape(len(cells), -1)  # seen from the new picture
        # not by BLAS: for so little its threads cost more than they save
        candidates, sizes = candidates[changed], np.einsum("kf,kf->k", points, points)
        ways = 1 - np.einsum("cf,kf->ck", points[candidates], points) / sizes[candidates, None]  # 0: the old picture, 1: now
        found = None
        softness = _softness(candidates, ways, edges)
        for one in np.flatnonzero(softness <= _SOFT):
            first, whole = candidates[one], float(sizes[candidates[one]])
            along = ways[one, first:]
            off = (sizes[first:] - (1 - along) ** 2 * whole) / whole
            if _is_way(along, off, softness[one]) and not _same_light(cells[first], now):
                speeds = np.diff(along) / np.diff(numbers[first:])
                further = float(np.einsum("f,f->", points[first], (after[1] - now).ravel())) / whole
                begins = first + int(np.flatnonzero(along <= _BACK)[-1])
                still = abs(further) <= _STILL * speeds.max() * max(after[0] - int(numbers[-1]), 1)
                found = Mixture(int(numbers[begins]), over=bool(still and speeds[-1] <= _SLOWER * speeds.max()))
                if found.over:
                    break
        return found


def _softness(firsts: NDArray[np.intp], ways: F32Array, edges: NDArray[np.float64]) -> NDArray[np.float64]:
    """Contrast half-way from each of the old pictures, as a share of that of the ends; infinite where none is half-way.

    ``ways``: how far along each picture is from each of them, shape (firsts, pictures).
    """
    between = np.arange(len(edges)) > firsts[:, None]
    middle = np.argmin(np.where(between, np.abs(ways - 0.5), np.inf), 1)
    share = ways[np.arange(len(firsts)), middle]
    ends = (1 - share) * edges[firsts] + share * edges[-1]
    return np.where(np.abs(share - 0.5) <= _HALF, edges[middle] / np.maximum(ends, 1e-6), np.inf)


def _is_way(along: NDArray[np.floating[Any]], off: NDArray[np.floating[Any]], softness: float) -> bool:
    """Whether pictures between the ends are more and more of the new one, and little else."""
    steps = np.diff(along)
    if steps.max() > _STEP or steps.min() < -_BACK:
        return False
    limit = _FAR_OFF if softness <= _SOFTER else _OFF_LINE
    return bool(off[(along > 0.2) & (along < 0.8)].max(initial=0.0) <= limit)


def _edges(luma: U8Array) -> float:
    """Mean energy of the differences between neighbours."""
    y = luma.astype(np.int32)
    across, along = y[:, 1:] - y[:, :-1], y[1:] - y[:-1]
    return float(np.vdot(across, across)) / across.size + float(np.vdot(along, along)) / along.size


def _same_light(old: F32Array, new: F32Array) -> bool:
    """Whether the new picture is the old one in another light, or in none."""
    a, b = old[0] - old[0].mean(), new[0] - new[0].mean()
    product, energy = float((a * b).sum()), float((a * a).sum() * (b * b).sum())
    return float(b.std()) < max(_PLAIN, _FADED * float(a.std())) or (product > 0 and product**2 >= 0.9 * energy)
