"""Whether a face can be seen, or only its place is known."""

from __future__ import annotations

from collections.abc import Iterable

from dualface.geometry import covered
from dualface.types import ObservedFace

_HIDDEN = 0.55
"""Share of a face under another one, from which on it counts as hidden."""
_NARROW = 0.67
"""Width of a face by its height, below which it is cut off by the one beside it; whole ones have 0.7 and more."""
_FAINT = 0.65
"""Score of a face by that of the one beside it, below which it is cut off by it."""
_TOUCHING = 0.1
"""Gap between two faces, by the height, up to which one may cut off the other."""


def is_hidden(face: ObservedFace, others: Iterable[ObservedFace]) -> bool:
    """Whether another face, larger or surer, stands in front and covers most of this one.

    A detector still reports a face of which little is left, either between the two, or as the narrow strip that looks out.
    """
    return any(o.track_id != face.track_id and _in_front(o, face) and _hides(o, face) for o in others)


def _in_front(other: ObservedFace, face: ObservedFace) -> bool:
    return other.box.area * other.score >= face.box.area * face.score


def _hides(front: ObservedFace, back: ObservedFace) -> bool:
    a, b = front.box, back.box
    if covered(b, a) > _HIDDEN:
        return True
    gap = max(a.x, b.x) - min(a.right, b.right)
    level = min(a.bottom, b.bottom) - max(a.y, b.y) > 0
    cut_off = b.w < _NARROW * b.h or back.score < _FAINT * front.score
    return level and gap < _TOUCHING * b.h and cut_off
