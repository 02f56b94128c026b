"""Where one shot ends and the next begins, found from the small per-frame picture.

The frame-to-frame difference is compared with its neighbours in time, as PySceneDetect's adaptive detector does, but cell
by cell on a coarse grid, so that a cut which exchanges two people before an unchanged wall is found too.  A cell counts as
changed when it differs at once, by much more than around that time, and for good.  A cut is a frame

- in which many more cells change than in the frames around it (else it is motion or a pan), and most of the picture does,
  or most of what was moving in the shot does (else it is a slide, a caption, a picture inside the picture);
- whose change is no flash (a frame soon after looks like one shortly before), no change of light (the old picture is
  proportional to the new one) and no jolt of the camera (the old picture, shifted, is the new one).

A picture that is repeated exactly, as in a film of 12 pictures a second that is stored with 24, says nothing about what goes
on: differences are those between pictures, until one has stood for so long that the film itself stands still.

A hard cut is reported at the new shot's first frame; one blended over two or three frames once, within them; a longer
dissolve, or what comes up out of black, at its end (:mod:`~dualface.observe.track.dissolves`).  Wipes and fades to black are
not reported.  Cuts closer together than ``delay`` frames are reported once.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from dualface.observe.track.dissolves import Dissolves
from dualface.types import Box, F32Array, U8Array

CELLS = 576
"""Cells of the grid, about: 32 × 18 for 16:9."""
_MOST = 0.4
"""Share of the picture that makes a cut whatever else moves in it."""
_MOST_MOTION = 0.4
"""Share of what was moving that makes one where less of the picture changes."""
_ONE_PLACE, _PLACE = 0.2, 0.2
"""Share of the picture that no single moving head fills; share of the changed cells that makes a place of its own."""
_OUTSTANDING = 1.5
"""How far such a change must exceed the last second's changes, or pictures that come a few times a second look like cuts."""
_CONTRAST = 0.4
_LEAST_CONTENT = 5.0
"""In a dull or dark picture a difference counts from this share of luma's standard deviation, but not below this value."""
_MEMORY_SECONDS = 1.0
_HELD_SECONDS = 0.2
"""A picture that stands longer than this is no repetition: films with fewer pictures a second than five are none."""
_CAP = 30.0
"""Differences are capped here before they count as usual, or a flash would hide a cut soon after."""
_LIVELY = 3.0
"""Mean difference from which a cell counts fully as moving."""
_SAME_LIGHT = 0.9
"""Least squared correlation of old and new luma that makes a change one of light."""
_SHIFTED = 0.4
"""Share of the difference that may be left when the old picture is shifted onto the new one."""


class Picture(Protocol):
    """Three uint8 arrays of one shape (h, w), as :class:`dualface.pixels.thumbnail.Thumbnail` has them."""

    @property
    def y(self) -> U8Array: ...
    @property
    def u(self) -> U8Array: ...
    @property
    def v(self) -> U8Array: ...


@dataclass(frozen=True, slots=True, eq=False)
class CutDecision:
    """What happened between frame ``index`` and the one before it.

    ``changed``: bool, shape (rows, columns) of the grid over the whole frame: cells that changed at once and for good,
    whether or not it was a cut.  ``mixed_since``: the number by the clock of the frame from which on two shots were found
    to be mixed, up to this frame.
    """

    index: int
    cut: bool
    changed: NDArray[np.bool_]
    mixed_since: int | None = None

    def changed_share(self, box: Box, width: float, height: float) -> float:
        """Share of the cells under ``box`` (pixels of a ``width × height`` frame) that changed, 0…1; 0 outside the frame."""
        rows, columns = self.changed.shape
        top, bottom = max(math.floor(box.y / height * rows), 0), math.ceil(box.bottom / height * rows)
        left, right = max(math.floor(box.x / width * columns), 0), math.ceil(box.right / width * columns)
        cells = self.changed[top : max(bottom, 0), left : max(right, 0)]
        return np.count_nonzero(cells) / cells.size if cells.size else 0.0


@dataclass(slots=True, eq=False)
class _Seen:
    """A frame, its cells (3, rows, columns), their difference to the frame before, what counts as large, the share of that."""

    index: int
    picture: Picture
    cells: F32Array
    difference: F32Array
    content: float
    share: float
    number: int
    """The frame's by the clock."""


class _Grid:
    """Divides pictures of one size into cells of equal size, about square."""

    def __init__(self, height: int, width: int) -> None:
        rows = min(max(round(math.sqrt(CELLS * height / width)), 1), height)
        columns = min(max(round(CELLS / rows), 1), width)
        self._shape = (height, width)
        self._rows, self._columns = _averaging(height, rows), _averaging(width, columns).T.copy()

    def means(self, picture: Picture) -> F32Array:
        """Float32, shape (3, rows, columns).  Raises :class:`ValueError` for a picture of another size."""
        if picture.y.shape != self._shape:
            raise ValueError(f"a picture of shape {picture.y.shape} follows one of {self._shape}")
        planes: F32Array = np.stack((picture.y, picture.u, picture.v)).astype(np.float32)
        cells: F32Array = np.matmul(np.matmul(self._rows, planes), self._columns)
        return cells


class CutDetector:
    """Finds cuts in one video, ``delay`` frames late.

    ``content``: least difference of a cell, |ΔY| + |ΔU| + |ΔV| of its means, in a picture of good contrast; ``ratio``: how
    far it must exceed the differences around that time; ``least_share``: least share of the picture that must change.
    """

    def __init__(
        self, fps: float, *, delay: int = 3, content: float = 12.0, ratio: float = 2.5, least_share: float = 0.06
    ) -> None:
        self.delay = max(delay, 1)
        self._content, self._ratio, self._least_share = content, ratio, least_share
        self._forget = 1 / max(fps * _MEMORY_SECONDS, 1.0)
        self._held = fps * _HELD_SECONDS
        self._seen: deque[_Seen] = deque(maxlen=2 * self.delay + 2)
        self._pushed, self._decided, self._last_cut, self._new = 0, 0, -self.delay, 0
        self._grid: _Grid | None = None
        self._dissolves = Dissolves(fps)
        self._energy: F32Array = np.zeros((1, 1), np.float32)
        self._motion: F32Array = np.zeros((1, 1), np.float32)
        self._weight, self._peak = 0.0, 0.0

    def push(self, thumbnail: Picture, number: int | None = None) -> list[CutDecision]:
        """Takes the next frame's picture; returns the decision that is due: none at first, then one a frame.

        ``number`` is the frame's by the clock (:mod:`~dualface.observe.frame_number`); without it frames are counted.
        Raises :class:`ValueError` when the pictures' size changes.
        """
        if self._grid is None:
            self._grid = _Grid(*thumbnail.y.shape)
        cells = self._grid.means(thumbnail)
        difference = np.abs(cells - (self._seen[-1].cells if self._seen else cells)).sum(0)
        moves = bool(difference.any())
        if moves or not self._seen or self._pushed - self._new > self._held:
            content = min(max(float(cells[0].std()) * _CONTRAST, _LEAST_CONTENT), self._content)
            share = float(np.count_nonzero(difference >= content)) / difference.size
            at = self._pushed if number is None else number
            self._seen.append(_Seen(self._pushed, thumbnail, cells, difference, content, share, at))
        self._new = self._pushed if moves else self._new
        self._pushed += 1
        return [self._decide()] if self._pushed - self._decided > self.delay else []

    def flush(self) -> list[CutDecision]:
        """The decisions still open, at the end of the video; they know less of what comes after."""
        return [self._decide() for _ in range(self._pushed - self._decided)]

    def _decide(self) -> CutDecision:
        index, self._decided = self._decided, self._decided + 1
        at = next((i for i, seen in enumerate(self._seen) if seen.index == index), None)
        if at is None:  # the picture before, repeated
            return CutDecision(index, False, np.zeros(self._seen[-1].difference.shape, np.bool_))
        now = self._seen[at]
        window = list(self._seen)
        before, after = window[max(at - self.delay - 1, 0) : at], window[at + 1 : at + 1 + self.delay]
        around = [side for side in ([s for s in before[-self.delay :] if s.index > 0], after) if side]
        changed = self._changed(now, before, after, around)
        cut = bool(self._is_cut(now, before, after, around, changed))  # a number of numpy's may come out of it
        if cut:
            self._dissolves.clear()
        following = (after[-1].number, after[-1].cells) if after else None
        mixture = self._dissolves.push(now.number, now.cells, now.picture.y, following, now.content)
        cut |= mixture is not None and mixture.over
        if cut:
            self._dissolves.clear()
            self._last_cut = now.index
            self._energy, self._motion, self._weight = self._energy * 0, self._motion * 0, 0.0
            self._peak = 0.0
        else:
            self._weight += (1 - self._weight) * self._forget
            self._energy = self._energy + (np.minimum(now.difference, _CAP) ** 2 - self._energy) * self._forget
            self._peak = max(self._peak * (1 - self._forget), float(changed.mean()))
            self._motion = self._motion + (np.minimum(now.difference, now.content) - self._motion) * self._forget
        return CutDecision(now.index, cut, changed, None if mixture is None else mixture.since)

    def _changed(self, now: _Seen, before: list[_Seen], after: list[_Seen], around: list[list[_Seen]]) -> NDArray[np.bool_]:
        """Cells that changed at once and for good."""
        changed: NDArray[np.bool_] = now.difference >= now.content
        if not before or now.share == 0:
            return changed & bool(before)
        usual = np.sqrt(self._energy / np.float32(max(self._weight, 1e-6)))
        if around:
            usual = np.maximum(usual, np.stack([np.mean([s.difference for s in side], 0) for side in around]).mean(0))
        changed &= now.difference >= self._ratio * usual
        old = np.stack([s.cells[:, changed] for s in before])
        new = np.stack([s.cells[:, changed] for s in (now, *after)])
        changed[changed] = np.abs(old[:, None] - new[None]).sum(2).min((0, 1)) >= now.content
        return changed

    def _is_cut(
        self, now: _Seen, before: list[_Seen], after: list[_Seen], around: list[list[_Seen]], changed: NDArray[np.bool_]
    ) -> bool:
        share = np.count_nonzero(changed) / changed.size
        if share < self._least_share or now.index - self._last_cut < self.delay:
            return False
        if after and after[0].share > now.share and after[0].difference.sum() > now.difference.sum():
            return False  # the greater part of a blended cut comes next
        return (
            (share >= _MOST or self._stands_out(share, around, changed))
            and not _same_in_other_light(before[-1], now, changed)
            and not _shifted(before[-1].picture, now.picture)
        )

    def _stands_out(self, share: float, around: list[list[_Seen]], changed: NDArray[np.bool_]) -> bool:
        """Whether a change of part of the picture exceeds what goes on around that time, and is of what moves."""
        usual = float(np.mean([np.mean([s.share for s in side]) for side in around])) if around else 0.0
        outstanding = share >= max(self._ratio * usual, _OUTSTANDING * self._peak)
        return outstanding and self._share_of_motion(changed) >= _MOST_MOTION and _is_scattered(changed)

    def _share_of_motion(self, changed: NDArray[np.bool_]) -> float:
        """How much of what was moving lies in the changed cells, 0…1; 1 where nothing was."""
        motion = self._motion / max(self._weight, 1e-6)
        lively = np.clip(motion - np.median(motion), 0, _LIVELY)
        total = float(lively.sum())
        return float(lively[changed].sum()) / total if total > 0 else 1.0


def _is_scattered(changed: NDArray[np.bool_]) -> bool:
    """Whether the change lies in two places apart, or all over: one person who jerks his head changes one place only."""
    if changed.mean() >= _ONE_PLACE:
        return True
    least = _PLACE * np.count_nonzero(changed)
    for axis in (0, 1):
        counts = changed.sum(axis)
        edges = np.flatnonzero(np.diff(np.concatenate(([0], counts > 0, [0]))))
        if sum(counts[a:b].sum() >= least for a, b in edges.reshape(-1, 2)) >= 2:
            return True
    return False


def _averaging(size: int, count: int) -> F32Array:
    """Float32, (count, size): rows that average ``count`` equal, adjoining parts of ``size`` samples."""
    edges = np.linspace(0, size, count + 1)
    samples = np.arange(size)
    share = np.minimum(samples + 1, edges[1:, None]) - np.maximum(samples, edges[:-1, None])
    weights: F32Array = (np.clip(share, 0, None) * (count / size)).astype(np.float32)
    return weights


def _same_in_other_light(old: _Seen, new: _Seen, where: NDArray[np.bool_]) -> bool:
    a, b = old.cells[0][where], new.cells[0][where]
    a, b = a - a.mean(), b - b.mean()
    return float(a @ b) > 0 and float(a @ b) ** 2 >= _SAME_LIGHT * float(a @ a) * float(b @ b) > 0


def _shifted(old: Picture, new: Picture) -> bool:
    """Whether ``old``, moved by whole pixels, is ``new``: phase correlation, then the difference of what overlaps."""
    a, b = old.y.astype(np.float32), new.y.astype(np.float32)
    spectrum = np.fft.rfft2(b) * np.conj(np.fft.rfft2(a))
    peak = np.fft.irfft2(spectrum / np.maximum(np.abs(spectrum), 1e-6), a.shape).argmax()
    height, width = a.shape
    dy, dx = ((int(p) + n // 2) % n - n // 2 for p, n in zip(np.unravel_index(peak, a.shape), a.shape, strict=True))
    if max(abs(dy) / height, abs(dx) / width) > 0.25:
        return False
    moved = np.abs(
        b[max(dy, 0) : height + min(dy, 0), max(dx, 0) : width + min(dx, 0)]
        - a[max(-dy, 0) : height + min(-dy, 0), max(-dx, 0) : width + min(-dx, 0)]
    )
    return float(moved.mean()) <= _SHIFTED * float(np.abs(b - a).mean())
