"""Whether a face can be seen, or only its place is known."""

from __future__ import annotations

from collections.abc import Iterable

from dualface.geometry import covered
from dualface.types import Track

_HIDDEN = 0.55
"""Share of a face under another one, from which on it counts as hidden."""


def is_hidden(track: Track, others: Iterable[Track]) -> bool:
    """Whether another face stands in front: it covers most of this one, and is larger or surer.

    A detector still reports a face of which little is left, somewhere between the two.
    """
    return any(
        o.id != track.id and covered(track.box, o.box) > _HIDDEN and (o.box.area * o.score >= track.box.area * track.score)
        for o in others
    )
