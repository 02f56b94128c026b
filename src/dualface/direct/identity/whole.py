"""Who is who, decided over the whole film: a pure function of everything that was observed.

1. Tracks are cut into *tracklets*, which show one person between two cuts.
2. Tracklets whose faces are alike are one person's: average linkage over the means of all looks, with a threshold that rises with
   the number of looks; who is seen at the same time can't be the same.
3. The principals are the two people who are different for sure and by whom most of the film is explained; the user may have named
   some.
4. The other tracklets are named shot by shot, jointly: by what of their faces can be compared, clothes, where they look, and
   by exclusion beside the other principal.
5. Left is who is left in the first shot with both.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from dualface.direct.identity.attach import Attachment, Company, Name, Shot
from dualface.direct.identity.clusters import Somebody, people_in
from dualface.direct.identity.odds import of_face, of_names, of_two
from dualface.direct.identity.pairs import Pairs, compared
from dualface.direct.identity.principals import TOGETHER, known_people, left_one
from dualface.direct.identity.tracklets import durations, gather
from dualface.likeness import Scale
from dualface.types import F32Array, Observation, Person

_CANDIDATES = 5
"""How many of the most prominent people may be principals."""
_LEAST_SHARE = 0.05
"""A second principal is at least this share as prominent as the first; anybody less is a passer-by."""
_TWO = 1.5
"""A film is about two people, other things being equal: so far the odds may be against it."""
_OTHER = 3.0
"""Odds from which on two people are different for sure."""
_SURE = 3.0
"""A tracklet whose name is so much likelier than any other (natural logarithm of odds) helps to tell others."""


@dataclass(frozen=True, slots=True)
class TrackNaming:
    """From frame ``first`` to frame ``last``, inclusive, the track is this person's, or a passer-by's (``None``).

    ``confidence``: 0…1.  ``reason``: in words, for reports.
    """

    track_id: int
    first: int
    last: int
    person: Person | None
    confidence: float
    reason: str


@dataclass(frozen=True, slots=True)
class Identities:
    """Everyone's names.  ``absent``: those of the known people who are not in the film.  ``sides``: what decided them."""

    namings: tuple[TrackNaming, ...]
    absent: frozenset[Person] = frozenset()
    sides: str = ""


def name_tracks(
    observations: Sequence[Observation],
    width: float,
    height: float,
    *,
    scale: Scale,
    known: Mapping[Person, Sequence[F32Array]] | None = None,
) -> Identities:
    """Names every track over the whole film.  ``width`` and ``height``: of the frames that boxes are in.

    ``known``: what people look like who are known beforehand, by embeddings, float32, shape (dimensions,), L2-normalised.
    """
    film = _Film(observations, width, height, scale)
    people = people_in(film.pairs)
    found = known_people(people, known or {}, scale)
    casts = [film.cast(people, chosen, found) for chosen in _choices(people, found)]
    best = max(casts, key=lambda cast: (cast.apart, cast.worth), default=None)
    absent = frozenset(known or {}) - found.keys()
    if best is None:
        return Identities((), absent)
    return Identities(tuple(best.namings(film)), absent, best.sides)


def _choices(people: Sequence[Somebody], found: Mapping[Person, int]) -> list[tuple[int, ...]]:
    """Who may be the two principals, by index: those whom the user named, and some of the most prominent."""
    fixed = tuple(found.values())
    candidates = [k for k in range(min(len(people), _CANDIDATES)) if k not in fixed]
    more = 2 - len(fixed)
    return [(*fixed, *rest) for n in range(more + 1) for rest in combinations(candidates, n) if fixed or rest]


@dataclass(slots=True)
class _Cast:
    """Names of all tracklets for one choice of principals.

    ``apart``: whether these are likely two people, or one beside whom nobody else counts.  ``worth``: how much of the film that explains.
    """

    names: dict[int, Name]
    leads: dict[int, float]
    sides: str
    apart: bool
    worth: float

    def namings(self, film: _Film) -> Iterator[TrackNaming]:
        for k, tracklet in enumerate(film.pairs.tracklets):
            name, lead = self.names[k], self.leads[k]
            first, last = film.indices[tracklet.first], film.indices[tracklet.last]
            yield TrackNaming(tracklet.track_id, first, last, name, _confidence(lead), "")


class _Film:
    """What is the same for every choice of principals."""

    def __init__(self, observations: Sequence[Observation], width: float, height: float, scale: Scale) -> None:
        tracklets = gather(observations, width, height, scale)
        self.pairs: Pairs = compared(tracklets, durations(observations), scale)
        self.indices = [one.index for one in observations]
        self._times, self._width = [one.time for one in observations], width
        self._company = Company.of(tracklets)
        self._shots: dict[int, list[int]] = {}
        for k, tracklet in enumerate(tracklets):
            self._shots.setdefault(tracklet.shot, []).append(k)

    def cast(self, people: Sequence[Somebody], chosen: Sequence[int], found: Mapping[Person, int]) -> _Cast:
        """Names everybody when ``chosen`` of ``people`` are the principals; ``found`` are those whom the user named."""
        owners, why = self._sides([people[k] for k in chosen], {person: people[k] for person, k in found.items()})
        names: dict[int, Name] = {m: person for person, one in owners.items() for m in one.members}
        leads = {k: self._lead(k, owners[name], owners.get(name.other)) for k, name in names.items() if name is not None}
        barred = {
            member: {person for person, owner in owners.items() if of_two(one, owner, self.pairs) >= _OTHER}
            for k, one in enumerate(people)
            if k not in chosen
            for member in one.members
        }
        crowd = sum(self.pairs.tracklets[k].prominence for k, out in barred.items() if len(out) == len(owners))
        crowd /= max(sum(one.prominence for one in people), 1e-9)
        attached = self._attach(names, owners, barred, crowd, ordered=why == TOGETHER)
        names |= attached.names
        leads |= attached.leads
        shares = {person: self._share(names, leads, person) for person in owners}
        worth, two = sum(shares.values()), False
        worth -= sum(
            self.pairs.tracklets[k].prominence * (1 - _confidence(leads[k])) for k, name in names.items() if name is None
        )
        if len(owners) == 2:
            apart = of_two(*owners.values(), self.pairs, by_bearing=True)
            worth = _confidence(apart + _TWO) * (worth + min(shares.values()) * self._met(names))
            two = apart >= -_TWO
            if min(shares.values()) < _LEAST_SHARE * max(shares.values()) and not found:
                alone = self.cast(people, [max(chosen, key=lambda k: people[k].prominence)], found)
                return replace(alone, apart=True)
            if not found:
                names, why = self._sorted(names)
        return _Cast(names, leads, why, two, worth)

    def _share(self, names: Mapping[int, Name], leads: Mapping[int, float], person: Person) -> float:
        """How much of the film is about somebody: his prominence, more if the film comes back to him in many shots."""
        mine = [k for k, name in names.items() if name is person]
        prominence = sum(self.pairs.tracklets[k].prominence * (2 * _confidence(leads[k]) - 1) for k in mine)
        shots = len({self.pairs.tracklets[k].shot for k in mine})
        return prominence * math.sqrt((1 + shots) / (1 + len(self._shots)))

    def _met(self, names: Mapping[int, Name]) -> float:
        """For what share of the time of the one who is seen less the two are seen together."""
        left, right = ([k for k, name in names.items() if name is person] for person in Person)
        seconds = min(sum(self.pairs.tracklets[k].seconds for k in members) for members in (left, right))
        return min(float(self.pairs.together[np.ix_(left, right)].sum()) / max(seconds, 1e-9), 1.0)

    def _sorted(self, names: dict[int, Name]) -> tuple[dict[int, Name], str]:
        """With the left one left, now that everybody has a name."""
        members = [[t for k, t in enumerate(self.pairs.tracklets) if names[k] is person] for person in Person]
        left, why = left_one(*members, self._times, self._width)
        return ({k: name.other if name is not None else None for k, name in names.items()} if left else names), why

    def _sides(self, chosen: Sequence[Somebody], known: Mapping[Person, Somebody]) -> tuple[dict[Person, Somebody], str]:
        rest = [one for one in chosen if one not in known.values()]
        if known:
            owners = dict(known)
            for one in rest:
                owners[next(iter(known)).other] = one
            return owners, "named by the user"
        members = [[self.pairs.tracklets[k] for k in one.members] for one in rest]
        if len(rest) == 2:
            left, why = left_one(*members, self._times, self._width)
            return {Person.LEFT: rest[left], Person.RIGHT: rest[1 - left]}, why
        first = min(members[0], key=lambda t: t.order)
        in_left_half = sum(box.cx for box in first.boxes) / len(first.boxes) < self._width / 2
        return {Person.LEFT if in_left_half else Person.RIGHT: rest[0]}, "the half of the picture where first seen"

    def _attach(
        self,
        names: Mapping[int, Name],
        owners: Mapping[Person, Somebody],
        barred: Mapping[int, set[Person]],
        crowd: float,
        *,
        ordered: bool,
    ) -> Attachment:
        """Names the rest: in two rounds, since what is sure in the first tells more in the second."""
        sure, attached = dict(names), Attachment()
        for last in (False, True):
            for mine in self._shots.values():
                odds = {
                    k: {p: v for p, v in self._evidence(k, owners, crowd).items() if p not in barred.get(k, ())}
                    for k in mine
                    if k not in sure
                }
                told = Shot(mine, self.pairs, self._company.twos, self._times, ordered=ordered, crowd=crowd).name(sure, odds)
                attached.names |= told.names
                attached.leads |= told.leads
            if not last:
                sure |= {k: name for k, name in attached.names.items() if name is not None and attached.leads[k] >= _SURE}
                owners = {p: Somebody.of([k for k, name in sure.items() if name is p], self.pairs) for p in owners}
        return attached

    def _evidence(self, k: int, owners: Mapping[Person, Somebody], crowd: float) -> dict[Person, float]:
        """Of so many faces seen at the same time no more than two can be the two."""
        return of_names(k, owners, self.pairs, crowd=max(crowd, 1 - 2 / max(self._company.crowds[k], 2.0)))

    def _lead(self, k: int, own: Somebody, other: Somebody | None) -> float:
        """How much likelier, by its face, a tracklet is of the person whose tracklets it was counted among."""
        rival = -4.0
        if other is not None and not self.pairs.together[k, list(other.members)].any():
            rival = max(of_face(k, other, self.pairs), rival)
        return 3.0 + of_face(k, own, self.pairs) - rival


def _confidence(lead: float) -> float:
    return round(1 / (1 + math.exp(-min(max(lead, -20.0), 20.0))), 3)
