"""Names for everybody in a film, given who its two principals are, and how well that explains the film."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np

from dualface.direct.identity.attach import Attachment, Company, Name, Shot, in_place
from dualface.direct.identity.clusters import Somebody
from dualface.direct.identity.odds import of_face, of_names, of_two
from dualface.direct.identity.pairs import Pairs, compared
from dualface.direct.identity.principals import TOGETHER, left_one
from dualface.direct.identity.tracklets import Tracklet, durations, gather
from dualface.likeness import Scale
from dualface.types import Observation, Person

_LEAST_SHARE = 0.05
"""A second principal is at least this share as prominent as the first; anybody less is a passer-by."""
_TWO = 1.5
"""A film is about two people, other things being equal: so far the odds may be against it."""
_KEPT = 0.2
"""So much better must other principals explain the film than those of whom it was made while it was watched."""
_OTHER = 3.0
"""Odds from which on two people are different for sure."""
_SURE = 3.0
"""A tracklet whose name is so much likelier than any other helps to tell others."""
_OWN, _RIVAL = 3.0, -4.0
"""Odds for a tracklet's being of those among which it was counted, other things being equal, and the least against."""


@dataclass(slots=True)
class Cast:
    """Names of all tracklets, by index, for one choice of principals.

    ``leads``: how much likelier each name is than any other, as a natural logarithm.  ``reasons`` and ``sides`` say in words
    what decided.  ``apart``: whether these are likely two people, or one beside whom nobody else counts.  ``worth``: how
    much of the film that explains.
    """

    names: dict[int, Name] = field(default_factory=dict)
    leads: dict[int, float] = field(default_factory=dict)
    reasons: dict[int, str] = field(default_factory=dict)
    sides: str = ""
    apart: bool = False
    worth: float = 0.0

    def of(self, person: Name) -> list[int]:
        """The tracklets of a person."""
        return [k for k, name in self.names.items() if name is person]

    def confidence(self, k: int) -> float:
        """How likely a tracklet's name is, 0…1."""
        return _probability(self.leads[k])


class Film:
    """What is the same for every choice of principals."""

    def __init__(self, observations: Sequence[Observation], width: float, height: float, scale: Scale) -> None:
        tracklets = gather(observations, width, height, scale)
        self.pairs: Pairs = compared(tracklets, durations(observations), scale)
        self._tracklets = tracklets
        self._times, self._width = [one.time for one in observations], width
        self._company = Company.of(tracklets)
        self._shots: dict[int, list[int]] = {}
        for k, tracklet in enumerate(tracklets):
            self._shots.setdefault(tracklet.shot, []).append(k)

    def cast(self, people: Sequence[Somebody], chosen: Sequence[int], found: Mapping[Person, int]) -> Cast:
        """Names everybody when ``chosen`` of ``people`` are the principals; ``found`` are those whom the user named."""
        cast = Cast()
        owners, cast.sides = self._owners([people[k] for k in chosen], {person: people[k] for person, k in found.items()})
        for person, one in owners.items():
            for k in one.members:
                cast.names[k], cast.leads[k], cast.reasons[k] = person, self._lead(k, one, owners.get(person.other)), "face"
        self._attach_rest(cast, owners, [one for k, one in enumerate(people) if k not in chosen])
        shares = {person: self._share(cast, person) for person in owners}
        if len(owners) < len(Person):
            cast.worth = sum(shares.values())
            return cast
        if min(shares.values()) < _LEAST_SHARE * max(shares.values()) and not found:
            first = max(chosen, key=lambda k: people[k].prominence)
            return replace(self.cast(people, [first], found), apart=True, worth=people[first].prominence)
        apart = of_two(owners[Person.LEFT], owners[Person.RIGHT], self.pairs, by_bearing=True)
        doubtful = sum(self._tracklets[k].prominence * (1 - cast.confidence(k)) for k in cast.of(None))
        cast.apart = apart >= -_TWO
        cast.worth = sum(shares.values()) - doubtful + min(shares.values()) * self._met(cast)
        cast.worth *= _probability(apart + _TWO) * (1 + _KEPT * self._kept(cast))
        if not found:
            self._sort(cast)
        return cast

    def _owners(self, chosen: Sequence[Somebody], known: Mapping[Person, Somebody]) -> tuple[dict[Person, Somebody], str]:
        """Which principal is whom; ``known`` are those whom the user named."""
        rest = [one for one in chosen if one not in known.values()]
        if known:
            return {**{next(iter(known)).other: one for one in rest}, **known}, "named by the user"
        members = [[self._tracklets[k] for k in one.members] for one in rest]
        if len(rest) == len(Person):
            left, why = left_one(members[0], members[1], self._times, self._width)
            return {Person.LEFT: rest[left], Person.RIGHT: rest[1 - left]}, why
        first = min(members[0], key=lambda t: t.order)
        side = Person.LEFT if sum(box.cx for box in first.boxes) / len(first.boxes) < self._width / 2 else Person.RIGHT
        return {side: rest[0]}, "the half of the picture where first seen"

    def _sort(self, cast: Cast) -> None:
        """With the left one left, now that everybody has a name."""
        of_left, of_right = ([self._tracklets[k] for k in cast.of(person)] for person in Person)
        left, cast.sides = left_one(of_left, of_right, self._times, self._width)
        if left:
            cast.names = {k: name.other if name is not None else None for k, name in cast.names.items()}

    def _attach_rest(self, cast: Cast, owners: Mapping[Person, Somebody], others: Sequence[Somebody]) -> None:
        """Names the rest: in two rounds, since what is sure in the first tells more in the second."""
        barred = {
            member: {person for person, owner in owners.items() if of_two(one, owner, self.pairs) >= _OTHER}
            for one in others
            for member in one.members
        }
        crowd = sum(self._tracklets[k].prominence for k, out in barred.items() if len(out) == len(owners))
        crowd /= max(sum(t.prominence for t in self._tracklets), 1e-9)
        sure, attached = dict(cast.names), Attachment()
        for last in (False, True):
            for mine in self._shots.values():
                odds = {
                    k: {p: v for p, v in self._odds(k, owners, crowd).items() if p not in barred.get(k, ())}
                    for k in mine
                    if k not in sure
                }
                shot = Shot(mine, self.pairs, self._company.twos, self._times, ordered=cast.sides == TOGETHER, crowd=crowd)
                attached.include(shot.name(sure, odds))
            if not last:
                sure |= {k: name for k, name in attached.names.items() if name is not None and attached.leads[k] >= _SURE}
                owners = {p: Somebody.of([k for k, name in sure.items() if name is p], self.pairs) for p in owners}
        cast.names |= attached.names
        cast.leads |= attached.leads
        cast.reasons |= {k: self._reason(k, name, owners) for k, name in attached.names.items()}

    def _odds(self, k: int, owners: Mapping[Person, Somebody], crowd: float) -> dict[Person, float]:
        """Of so many faces seen at the same time no more than two can be the two."""
        return of_names(k, owners, self.pairs, crowd=max(crowd, 1 - len(Person) / max(self._company.crowds[k], len(Person))))

    def _lead(self, k: int, own: Somebody, other: Somebody | None) -> float:
        """How much likelier, by its face, a tracklet is of the person whose tracklets it was counted among."""
        rival = _RIVAL
        if other is not None and not self.pairs.together[k, list(other.members)].any():
            rival = max(of_face(k, other, self.pairs), rival)
        return _OWN + of_face(k, own, self.pairs) - rival

    def _reason(self, k: int, name: Name, owners: Mapping[Person, Somebody]) -> str:
        """The main thing that decided."""
        if name is None:
            return "like neither" if self._tracklets[k].looks else "not to be told"
        if of_face(k, owners[name], self.pairs) >= 1.0:
            return "face"
        if any(i == k and j in owners[name.other].members for i, j in self._company.twos if name.other in owners):
            return "beside the other person"
        return "clothes and where he looks" if self._tracklets[k].looks else "where he was before"

    def _share(self, cast: Cast, person: Person) -> float:
        """How much of the film is about somebody: his prominence, more if the film comes back to him in many shots."""
        mine = cast.of(person)
        prominence = sum(self._tracklets[k].prominence * (2 * cast.confidence(k) - 1) for k in mine)
        prominence += sum(self._unseen(a, b) for a, b in pairwise(self._tracklets[k] for k in mine))
        shots = len({self._tracklets[k].shot for k in mine})
        return prominence * math.sqrt((1 + shots) / (1 + len(self._shots)))

    def _unseen(self, a: Tracklet, b: Tracklet) -> float:
        """The prominence of somebody who was there, in the same place, between two tracklets, though the face was not."""
        if a.shot != b.shot or not in_place(a, b):
            return 0.0
        seconds = max(self._times[b.first] - self._times[a.last], 0.0)
        return seconds * min(a.prominence / max(a.seconds, 1e-9), b.prominence / max(b.seconds, 1e-9))

    def _kept(self, cast: Cast) -> float:
        """How much of what is named has the name that it had while the video was watched, sides apart."""
        named = {k: name for k, name in cast.names.items() if name is not None}
        total = sum(self._tracklets[k].prominence for k in named)
        same = sum(self._tracklets[k].prominence * (self._tracklets[k].taken_for is name) for k, name in named.items())
        other = sum(self._tracklets[k].prominence * (self._tracklets[k].taken_for is name.other) for k, name in named.items())
        return max(same, other) / max(total, 1e-9)

    def _met(self, cast: Cast) -> float:
        """For what share of the time of the one who is seen less the two are seen together."""
        left, right = (cast.of(person) for person in Person)
        seconds = min(sum(self._tracklets[k].seconds for k in members) for members in (left, right))
        return min(float(self.pairs.together[np.ix_(left, right)].sum()) / max(seconds, 1e-9), 1.0)


def _probability(odds: float) -> float:
    """Of natural logarithms of odds."""
    return 1 / (1 + math.exp(-min(max(odds, -20.0), 20.0)))
