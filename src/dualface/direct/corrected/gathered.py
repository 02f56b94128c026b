"""The tracklets of a film, gathered shot by shot and kept, so that what is said of one face costs what it touches."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from operator import is_

from dualface.direct.identity.tracklets import Tracklet, durations, gather_shot, living, shots_in
from dualface.likeness import Scale
from dualface.types import Observation

Kept = dict[int, tuple[Sequence[Observation], Sequence[Tracklet]]]
"""By the place where a shot begins: its observations, and what was gathered of them."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """Gathers in ``seen``, frames of ``width`` by ``height`` pixels, whatever its faces are called.

    ``scale``: of the model that described the faces.  ``kept`` is filled as it goes, and serves again wherever a shot still
    has the same observations.
    """

    seen: Sequence[Observation]
    width: float
    height: float
    scale: Scale
    kept: Kept = field(default_factory=dict)
    shots: Sequence[range] = field(init=False)
    _shown: Sequence[float] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "shots", shots_in(self.seen))
        object.__setattr__(self, "_shown", durations(self.seen))

    def of(self, shots: Sequence[range]) -> list[Tracklet]:
        """The tracklets in some of the shots, in the order of time; without pictures of people, as
        :func:`~dualface.direct.identity.tracklets.gather` leaves them out.
        """
        found = [tracklet for shot in shots for tracklet in self._of(shot)]
        if all(tracklet.lifeless for tracklet in found) and any(not one.lifeless for one in self._each()):
            return []
        return sorted(living(found), key=lambda tracklet: tracklet.order)

    def all(self) -> list[Tracklet]:
        """The tracklets of the film."""
        return self.of(self.shots)

    def shots_at(self, places: Sequence[int]) -> list[range]:
        """The shots around places, each once."""
        starts = [shot.start for shot in self.shots]
        return [self.shots[k] for k in sorted({bisect_right(starts, at) - 1 for at in places})]

    def _each(self) -> Iterator[Tracklet]:
        return (tracklet for shot in self.shots for tracklet in self._of(shot))

    def _of(self, shot: range) -> Sequence[Tracklet]:
        here = self.seen[shot.start : shot.stop]
        known = self.kept.get(shot.start)
        if known is None or len(known[0]) != len(here) or not all(map(is_, known[0], here)):
            known = self.kept[shot.start] = here, gather_shot(self.seen, shot, self._shown, self.width, self.height, self.scale)
        return known[1]
