"""Who is who while a video is watched: which of the tracks are the two principals, and on which side each is for now.

What decides about sides in the end is ``direct/sides.py``.

A *principal* is one of the two people the video is about.  They are chosen among everyone seen by prominence: time on screen
× size × centrality.  A track that plays no part is a passer-by and never gets a tile.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dualface.types import Box, Person, Track

_LEAST_SIZE = 0.5
"""A principal's face is at least this tall, as a share of the other principal's."""
_SAME_SIZE = 0.7
"""A face that comes while a principal is away is taken for him at once if its height is within this ratio of his."""
_ARRIVAL_SECONDS = 0.2
"""How long a face must have been seen before it may get a free tile."""
_STRANGER_SECONDS = 2.0
"""How long a principal must have been away before a face of another size is taken for him."""
_TWO_SECONDS = 10.0
"""The same for a face that was seen beside him, and so is another person's."""
_TAKEOVER = 2.0
"""A newcomer takes a tile from its owner when he is this many times as prominent over the last seconds."""
_MEMORY_SECONDS = 8.0
"""Time constant of prominence."""


@dataclass(slots=True)
class Presence:
    """How much one track has been on screen lately."""

    first_time: float
    last_time: float
    box: Box
    height: float
    prominence: float = 0.0
    seen_seconds: float = 0.0


@dataclass(slots=True)
class Principal:
    """One of the two people, as far as geometry knows them."""

    side: Person
    height: float
    box: Box
    last_time: float
    track_id: int | None
    prominence: float = 0.0


class Casting:
    """Binds tracks to the two sides, by geometry alone.  One :meth:`observe` for each frame, in order."""

    def __init__(self, width: int, height: int) -> None:
        self._width, self._height = width, height
        self._time: float | None = None
        self.presences: dict[int, Presence] = {}
        self.principals: dict[Person, Principal] = {}

    def role(self, track_id: int) -> Person | None:
        """Whose track it is now."""
        return next((s for s, p in self.principals.items() if p.track_id == track_id), None)

    def holder(self, side: Person) -> int | None:
        """The track that is this person's and was seen a moment ago at most."""
        principal = self.principals.get(side)
        if principal is None or self._time is None or self._away(principal, self._time):
            return None
        return principal.track_id

    def observe(self, tracks: Sequence[Track], time: float) -> None:
        """Takes note of the tracks seen in this frame (``time`` in seconds); binds nothing."""
        step = 0.0 if self._time is None else max(time - self._time, 0.0)
        self._time = time
        keep = 0.5 ** (step / _MEMORY_SECONDS)
        for presence in self.presences.values():
            presence.prominence *= keep
        for principal in self.principals.values():
            principal.prominence *= keep
        for track in tracks:
            if track.seen:
                self._note(track, time, step)
        alive = {t.id for t in tracks} | {p.track_id for p in self.principals.values()}
        self.presences = {k: v for k, v in self.presences.items() if k in alive or time - v.last_time < _MEMORY_SECONDS}
        for principal in self.principals.values():
            mine = self.presences.get(principal.track_id) if principal.track_id is not None else None
            if mine is not None and mine.last_time == time:
                principal.box, principal.last_time = mine.box, time
                principal.height += 0.1 * (mine.height - principal.height)
                principal.prominence += step * self._weight(mine.box)

    def _note(self, track: Track, time: float, step: float) -> None:
        presence = self.presences.get(track.id)
        if presence is None:
            presence = self.presences[track.id] = Presence(time, time, track.box, track.box.h)
        presence.last_time, presence.box = time, track.box
        presence.height += 0.2 * (track.box.h - presence.height)
        presence.seen_seconds += step
        presence.prominence += step * self._weight(track.box)

    def _weight(self, box: Box) -> float:
        """Size × centrality: both as shares, of the picture's height and of half its width."""
        return box.h / self._height * (1.0 - abs(box.cx / self._width - 0.5))

    def end_shot(self) -> None:
        """A cut: every track ends; the people are to be found again."""
        self.presences = {}
        for principal in self.principals.values():
            principal.track_id = None

    def bind(self, track_id: int, side: Person) -> None:
        """Makes the track this person's; whoever had the side before, and the person this track was before, lose theirs."""
        presence = self.presences[track_id]
        for principal in self.principals.values():
            if principal.track_id == track_id:
                principal.track_id = None
        known = self.principals.get(side)
        if known is None:
            self.principals[side] = Principal(
                side, presence.height, presence.box, presence.last_time, track_id, presence.prominence
            )
        else:
            known.prominence = max(known.prominence, presence.prominence)
            known.track_id, known.box, known.last_time = track_id, presence.box, presence.last_time
            known.height += 0.5 * (presence.height - known.height)

    def unbind(self, side: Person) -> None:
        """The track that held the side turned out to be a stranger's, who was never seen before."""
        track_id, self.principals[side].track_id = self.principals[side].track_id, None
        held = self.presences.get(track_id) if track_id is not None else None
        if track_id is not None and held is not None:
            self.presences[track_id] = Presence(held.last_time, held.last_time, held.box, held.height)

    def candidates(self, time: float) -> list[int]:
        """Ids of unbound tracks seen in this frame that could be principals, the most prominent first."""
        bound = {p.track_id for p in self.principals.values()}
        free = {k: p for k, p in self.presences.items() if k not in bound and p.last_time == time}
        tallest = max((p.height for p in self.presences.values() if p.last_time == time), default=0.0)
        fit = [k for k, p in free.items() if p.height >= _LEAST_SIZE * tallest]
        return sorted(fit, key=lambda k: -free[k].prominence)

    def open_sides(self, time: float) -> list[Person]:
        """Sides whose person is unknown, or is not seen in this frame and holds no track."""
        return [s for s in Person if s not in self.principals or self._away(self.principals[s], time)]

    def _away(self, principal: Principal, time: float) -> bool:
        if principal.track_id is None:
            return True
        presence = self.presences.get(principal.track_id)
        return presence is None or (presence.last_time < time and time - presence.last_time > _ARRIVAL_SECONDS)

    def proposals(self, time: float, *, shot_start: bool = False) -> dict[int, Person]:
        """Tracks that geometry would bind now: newcomers to free sides, and takeovers.

        ``shot_start`` lets faces in at once, without waiting for them to stay, as at the first frame of a shot.
        """
        fit, open_sides = self.candidates(time), self.open_sides(time)
        chosen = [k for k in fit if shot_start or self._has_arrived(k, open_sides, time)][: len(open_sides)]
        if chosen and open_sides:
            return self._place(chosen, open_sides)
        return {} if open_sides else self._takeover(fit)

    def _has_arrived(self, track_id: int, open_sides: Sequence[Person], time: float) -> bool:
        """Whether the face has been there for long enough to be taken for one of those who are away."""
        presence = self.presences[track_id]
        if presence.seen_seconds < _ARRIVAL_SECONDS:
            return False
        away = [self.principals[s] for s in open_sides if s in self.principals]
        if not away:
            others = [p.height for p in self.principals.values()]
            return not others or presence.height >= _SAME_SIZE * min(others) or presence.seen_seconds >= _STRANGER_SECONDS
        return any(time - p.last_time >= self._patience(presence, p) for p in away)

    @staticmethod
    def _patience(presence: Presence, principal: Principal) -> float:
        """How long the principal must have been away before this face may be his, in seconds."""
        if _overlap(presence, principal):
            return _TWO_SECONDS
        return 0.0 if _alike(presence.height, principal.height) else _STRANGER_SECONDS

    def was_beside(self, track_id: int, side: Person) -> bool:
        """Whether a track was there while the person was seen elsewhere in this shot."""
        presence, principal = self.presences.get(track_id), self.principals.get(side)
        return presence is not None and principal is not None and _overlap(presence, principal)

    def fits(self, track_id: int, side: Person) -> bool:
        """Whether the face has the person's size: within a shot nobody grows or shrinks by half from one moment to the next."""
        presence, principal = self.presences.get(track_id), self.principals.get(side)
        if presence is None or principal is None or self._time is None:
            return True
        return _alike(presence.height, principal.height) or self._time - principal.last_time >= _STRANGER_SECONDS

    def _place(self, chosen: Sequence[int], sides: Sequence[Person]) -> dict[int, Person]:
        """Left to right: two newcomers by their order in the picture, one by where he is expected."""
        ordered = sorted(chosen, key=lambda k: self.presences[k].box.cx)
        if len(ordered) == 2:
            return dict(zip(ordered, (Person.LEFT, Person.RIGHT), strict=True))
        track_id = ordered[0]
        if len(sides) == 1:
            return {track_id: sides[0]}
        known = [self.principals[s] for s in sides if s in self.principals]
        x = self.presences[track_id].box.cx
        if len(known) == 2:
            return {track_id: min(known, key=lambda p: abs(p.box.cx - x)).side}
        by_place = Person.LEFT if x < self._width / 2 else Person.RIGHT
        return {track_id: known[0].side if known else by_place}

    def _takeover(self, fit: Sequence[int]) -> dict[int, Person]:
        """A passer-by who turns out to be the main person: far more prominent than the owner of a tile, for long."""
        if not fit:
            return {}
        newcomer = self.presences[fit[0]]
        weakest = min(self.principals.values(), key=lambda p: p.prominence)
        if newcomer.seen_seconds < _STRANGER_SECONDS or newcomer.prominence < _TAKEOVER * weakest.prominence:
            return {}
        return {fit[0]: weakest.side}


def _overlap(presence: Presence, principal: Principal) -> bool:
    return presence.first_time < principal.last_time - _ARRIVAL_SECONDS


def _alike(height: float, known: float) -> bool:
    """Whether two heights of faces, in pixels, may be one person's."""
    return _SAME_SIZE <= height / max(known, 1.0) <= 1 / _SAME_SIZE
