"""When an exchange of two people is possible, and so worth the cost of looking at their faces."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from dualface.geometry import intersection
from dualface.types import Box, Track


class Reason(StrEnum):
    """What can exchange identities."""

    CUT = "cut"
    NEAR = "near"
    """Two faces overlap, or did a moment ago."""
    BORN = "born"
    """A new track: someone came, or came back, or took another's place."""
    FOUND = "found"
    """A track went on after it had been lost."""
    JUMP = "jump"
    """A face moved farther than motion explains."""
    APPEARANCE = "appearance"
    """The picture at a face's place changed at once, though nothing moved."""
    DOUBT = "doubt"
    """A look in quiet footage found a face unlike the person's; not of geometry."""


@dataclass(frozen=True, slots=True)
class SwapRisk:
    """How likely an exchange is in one frame.  ``risk_score`` is 0…1: 1 - Π(1 - weight of each reason)."""

    requires_reid: bool
    risk_score: float
    reasons: frozenset[Reason]


@dataclass(slots=True)
class TrackHistory:
    """What :class:`IDSwapDetector` needs to know of the past and of this frame.

    ``changed`` maps ids of tracks to the share of their face's place that changed at once in this frame, 0…1.
    """

    cut: bool = False
    last_box: dict[int, Box] = field(default_factory=dict)
    last_seen: dict[int, int] = field(default_factory=dict)
    changed: dict[int, float] = field(default_factory=dict)
    touching: frozenset[frozenset[int]] = frozenset()

    def note(self, tracks: Sequence[Track], frame_idx: int) -> None:
        """Takes in this frame's tracks, after the risk was assessed."""
        seen = [t for t in tracks if t.seen]
        alive = {t.id for t in tracks}
        self.last_box = {k: b for k, b in self.last_box.items() if k in alive} | {t.id: t.box for t in seen}
        self.last_seen = {k: n for k, n in self.last_seen.items() if k in alive} | {t.id: frame_idx for t in seen}
        self.touching = _touching(seen)
        self.cut, self.changed = False, {}


_WEIGHTS = {
    Reason.CUT: 1.0,
    Reason.NEAR: 0.7,
    Reason.BORN: 0.8,
    Reason.FOUND: 0.7,
    Reason.JUMP: 0.6,
    Reason.APPEARANCE: 0.9,
}
_REQUIRED = 0.5
_LEAST_SIZE = 0.4
"""Faces less tall than this share of the tallest one can't be mistaken for a principal."""
_JUMP = 0.6
"""Motion of a centre between two frames, in face heights, beyond what the velocity says."""
_CHANGED = 0.5
"""Share of a face's place that must change at once."""


class IDSwapDetector:
    """Assesses each frame's risk from geometry and from sudden changes of the picture; costs microseconds."""

    def __init__(self, *, fps: float) -> None:
        self._fps = fps
        self._gap = max(round(0.15 * fps), 2)
        self.counts: Counter[Reason] = Counter()

    def assess_risk(self, tracks: Sequence[Track], history: TrackHistory, frame_idx: int) -> SwapRisk:
        """The risk in this frame.  ``tracks`` are all live ones; ``history`` is as it was before this frame."""
        tallest = max((t.box.h for t in tracks if t.seen), default=0.0)
        seen = [t for t in tracks if t.seen and t.box.h >= _LEAST_SIZE * tallest]
        reasons: set[Reason] = set()
        if history.cut:
            reasons.add(Reason.CUT)
        if _touching(seen) | history.touching:
            reasons.add(Reason.NEAR)
        for track in seen:
            reasons |= self._of_track(track, history, frame_idx)
        self.counts.update(reasons)
        calm = 1.0
        for reason in reasons:
            calm *= 1.0 - _WEIGHTS[reason]
        return SwapRisk(1.0 - calm >= _REQUIRED, 1.0 - calm, frozenset(reasons))

    def _of_track(self, track: Track, history: TrackHistory, frame_idx: int) -> set[Reason]:
        before = history.last_box.get(track.id)
        if before is None:
            return {Reason.BORN}
        reasons: set[Reason] = set()
        gap = frame_idx - history.last_seen[track.id]
        if gap > self._gap:
            reasons.add(Reason.FOUND)
        vx, vy = (v * gap / self._fps for v in track.velocity)
        if abs(track.box.cx - before.cx - vx) + abs(track.box.cy - before.cy - vy) > _JUMP * track.box.h:
            reasons.add(Reason.JUMP)
        if history.changed.get(track.id, 0.0) >= _CHANGED:
            reasons.add(Reason.APPEARANCE)
        return reasons


def _touching(tracks: Sequence[Track]) -> frozenset[frozenset[int]]:
    """Pairs of ids whose boxes overlap."""
    return frozenset(
        frozenset((a.id, b.id)) for i, a in enumerate(tracks) for b in tracks[i + 1 :] if intersection(a.box, b.box) > 0
    )
