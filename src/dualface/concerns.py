"""What in a film is worth a look: it is not sure who is who, a tile is shown without its person, nobody is singled out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from functools import partial
from typing import Any, NamedTuple

from dualface.types import FramePlan, Person, TileState

_LASTS_SECONDS = 1.0
_WEIGHTS = {"unsure": 1.0, "unseen": 0.3, "nobody": 0.1}
_NOT_SEEN = (TileState.HELD, TileState.STAND_IN)


class ConcernKind(StrEnum):
    """Why a moment is worth a look."""

    UNSURE = "unsure"
    """It is not sure that this is the person."""
    UNSEEN = "unseen"
    """The person's tile is shown, and the person is not seen."""
    NOBODY = "nobody"
    """Nobody is singled out: the whole scene is shown."""


class Concern(NamedTuple):
    """A moment worth a look, from ``first`` to ``last`` in seconds of the source's clock.

    ``confidence``, 0…1, is how sure the name is (1 where that is no question), ``why`` what it rests on.
    """

    first: float
    last: float
    kind: ConcernKind
    person: Person | None = None
    confidence: float = 1.0
    why: str = ""

    @property
    def weight(self) -> float:
        """How bad it may be: long moments and unsure names weigh most."""
        share = 1 - self.confidence if self.kind is ConcernKind.UNSURE else 1.0
        return (self.last - self.first) * share * _WEIGHTS[self.kind]


def concerns(frames: Sequence[FramePlan], unsure: Sequence[Mapping[str, Any]] = ()) -> list[Concern]:
    """What is worth a look, the worst first; ``unsure`` are doubtful names as the summary of a run has them."""
    found = [
        Concern(
            float(one["from"]),
            float(one["to"]),
            ConcernKind.UNSURE,
            None if one["person"] is None else Person(one["person"]),
            float(one["confidence"]),
            str(one["why"]),
        )
        for one in unsure
    ]
    for person in Person:
        found += _lasting(frames, ConcernKind.UNSEEN, person, partial(_shown_unseen, person))
    found += _lasting(frames, ConcernKind.NOBODY, None, lambda frame: all(p.person is None for p in frame.placements))
    return sorted(found, key=lambda one: -one.weight)


def stretches(frames: Sequence[FramePlan], holds: Callable[[FramePlan], bool]) -> Iterator[tuple[int, int]]:
    """First frame of each stretch in which something holds, and the one after its last."""
    begun: int | None = None
    for n, frame in enumerate(frames):
        if holds(frame):
            begun = n if begun is None else begun
        elif begun is not None:
            yield begun, n
            begun = None
    if begun is not None:
        yield begun, len(frames)


def _lasting(
    frames: Sequence[FramePlan], kind: ConcernKind, person: Person | None, holds: Callable[[FramePlan], bool]
) -> Iterator[Concern]:
    for first, end in stretches(frames, holds):
        start, last = frames[first].time, frames[end - 1].time
        if last - start >= _LASTS_SECONDS:
            yield Concern(start, last, kind, person)


def _shown_unseen(person: Person, frame: FramePlan) -> bool:
    return any(placement.person is person and placement.state in _NOT_SEEN for placement in frame.placements)
