"""When a person was away, as the film's own clock tells."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Absences:
    """Stretches in which a person was away: something else stood in the tile, or there was none.

    They begin when the person was seen last, and last until seen again.  Short ones, over which the last framing was held, are
    none.  Times are seconds from the film's first picture.
    """

    spans: dict[str, list[list[float]]] = field(default_factory=dict)
    length: float = 0.0
    """From the film's first picture to the newest."""
    _first: float | None = None
    _unseen_since: dict[str, float] = field(default_factory=dict)
    _away: set[str] = field(default_factory=set)

    @property
    def begins(self) -> float:
        """When the film's first picture is shown, on the clock that the frames have; 0 before it was added."""
        return 0.0 if self._first is None else self._first

    def add(self, time: float, people: Iterable[str], *, seen: Iterable[str], away: Iterable[str]) -> None:
        """The next frame: at ``time`` on any clock, which of the ``people`` are seen, and who is neither seen nor held."""
        self._first = time if self._first is None else self._first
        now, seen, away = time - self._first, set(seen), set(away)
        self.length = now
        for person in people:
            spans = self.spans.setdefault(person, [])
            if person in seen:
                self._unseen_since.pop(person, None)
            else:
                self._unseen_since.setdefault(person, now)
            if person in self._away:
                spans[-1][1] = now
            if person in away and person not in self._away:
                spans.append([self._unseen_since.get(person, now), now])
        self._away = (self._away | away) - seen

    def as_dict(self) -> dict[str, list[list[float]]]:
        """Start and end of each stretch, in tenths of a second."""
        return {person: [[round(start, 1), round(end, 1)] for start, end in spans] for person, spans in self.spans.items()}
