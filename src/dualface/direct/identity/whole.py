"""Who is who, decided over the whole film: a pure function of everything that was observed.

1. Tracks are cut into *tracklets*, which show one person between two cuts.
2. Tracklets whose faces are alike are one person's: average linkage over the means of all looks, with a threshold that rises with
   the number of looks; who is seen at the same time can't be the same.
3. The two most prominent people are the principals, unless the user named some; sides are those of the first shot with both.
4. The other tracklets are named shot by shot, jointly: by what of their faces can be compared, clothes, where they look, and
   by exclusion beside the other principal.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dualface.direct.identity.attach import Name, Portrait, Shot, evidence, face_margin, two_shots
from dualface.direct.identity.clusters import linked, margins, together
from dualface.direct.identity.principals import Somebody, known_people, left_one, people_of, principals, surely_two
from dualface.direct.identity.tracklets import Tracklet, durations, gather
from dualface.likeness import Scale
from dualface.types import F32Array, Observation, Person

_STRANGE = -1.0
"""Faces so many units below the threshold on average are not of the same person, in whatever light."""
_SURE = 1.0
"""A tracklet that was attached with this lead helps to tell others."""


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
    tracklets = gather(observations, width, height, scale)
    times, shown = [one.time for one in observations], durations(observations)
    seconds = together(tracklets, shown)
    alike, weights = margins(tracklets, scale)
    people = people_of(linked(alike, weights, seconds > 0), tracklets)
    found = known_people(people, known or {}, scale)
    chosen = principals(people, [k for k, _ in found.values()], alike, weights, seconds)
    owners, why = _sides(people, chosen, {k: person for person, (k, _) in found.items()}, tracklets, times, width)
    names: dict[int, Name] = {m: person for person, one in owners.items() for m in one.members}
    leads = {k: _lead(k, names, tracklets, scale) for k in names}
    barred = _barred(people, chosen, owners, alike, weights, seconds)
    crowd = sum(one.prominence for k, one in enumerate(people) if len(barred.get(one.members[0], ())) == 2)
    crowd /= max(sum(one.prominence for one in people), 1e-9)
    _attach(names, leads, tracklets, barred, seconds, times, scale, crowd)
    indices = [one.index for one in observations]
    namings = [
        TrackNaming(t.track_id, indices[t.first], indices[t.last], names[k], _confidence(leads[k]), _reason(t, names[k], k in leads))
        for k, t in enumerate(tracklets)
    ]
    return Identities(tuple(namings), frozenset(known or {}) - found.keys(), why)


def _sides(
    people: Sequence[Somebody],
    chosen: Sequence[int],
    known: Mapping[int, Person],
    tracklets: Sequence[Tracklet],
    times: Sequence[float],
    width: float,
) -> tuple[dict[Person, Somebody], str]:
    """Whose side is which; ``known`` maps some of the ``chosen`` to the sides that the user gave them."""
    owners = {known[k]: people[k] for k in chosen if k in known}
    rest = [people[k] for k in chosen if k not in known]
    if owners:
        for one in rest:
            owners[next(iter(owners)).other] = one
        return owners, "named by the user"
    if len(rest) == 2:
        left, why = left_one(rest[0], rest[1], tracklets, times, width)
        return {Person.LEFT: rest[left], Person.RIGHT: rest[1 - left]}, why
    if rest:
        first = min((tracklets[k] for k in rest[0].members), key=lambda t: t.order)
        left_half = sum(box.cx for box in first.boxes) / len(first.boxes) < width / 2
        return {Person.LEFT if left_half else Person.RIGHT: rest[0]}, "the half of the picture where first seen"
    return {}, ""


def _barred(
    people: Sequence[Somebody],
    chosen: Sequence[int],
    owners: Mapping[Person, Somebody],
    alike: NDArray[np.float64],
    weights: NDArray[np.float64],
    seconds: NDArray[np.float64],
) -> dict[int, set[Person]]:
    """For tracklets of others, whom of the two they can't be because that one was seen beside them."""
    barred: dict[int, set[Person]] = {}
    for k, one in enumerate(people):
        if k not in chosen:
            beside = {p for p, owner in owners.items() if surely_two(one, owner, alike, weights, seconds, unlike=_STRANGE)}
            barred |= {member: beside for member in one.members}
    return barred


def _attach(
    names: dict[int, Name],
    leads: dict[int, float],
    tracklets: Sequence[Tracklet],
    barred: Mapping[int, set[Person]],
    seconds: NDArray[np.float64],
    times: Sequence[float],
    scale: Scale,
    crowd: float,
) -> None:
    """Names the rest: in two rounds, since what is sure in the first tells more in the second."""
    shots: dict[int, list[int]] = {}
    for k, tracklet in enumerate(tracklets):
        shots.setdefault(tracklet.shot, []).append(k)
    pairs = two_shots(tracklets)
    sure = dict(names)
    for last in (False, True):
        members = {p: [tracklets[k] for k, name in sure.items() if name is p] for p in Person}
        portraits = {p: Portrait.of(mine) for p, mine in members.items() if mine}
        for mine in shots.values():
            worth = {
                k: {p: v for p, v in evidence(tracklets[k], portraits, scale, crowd=crowd).items() if p not in barred.get(k, ())}
                for k in mine
                if k not in sure
            }
            told, by = Shot(mine, tracklets, seconds, pairs, times).name(sure, worth)
            for k, name in told.items():
                names[k], leads[k] = name, by[k]
        if not last:
            sure |= {k: name for k, name in names.items() if name is not None and leads[k] >= _SURE}


def _lead(k: int, names: Mapping[int, Name], tracklets: Sequence[Tracklet], scale: Scale) -> float:
    """How surely the face of a tracklet is that of the person whose tracklets it was counted among."""
    told: dict[bool, float] = {}
    for own in (True, False):
        others = [tracklets[j] for j, name in names.items() if j != k and (name is names[k]) is own]
        face = face_margin(tracklets[k], Portrait.of(others), scale) if others else None
        if face is not None:
            told[own] = face[0]
    own, other = told.get(True, 1.0), told.get(False, -1.0)
    return min(own + 0.5, own - other)


def _confidence(lead: float) -> float:
    return round(1 / (1 + math.exp(-2 * min(max(lead, -5.0), 5.0))), 3)


def _reason(tracklet: Tracklet, name: Name, clustered: bool) -> str:
    if name is None:
        return "like neither" if tracklet.appearance.looks else "nothing told"
    return "face"
