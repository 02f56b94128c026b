"""Which two of the people found are the ones that the film is about, and which of them belongs on the left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from dualface.direct.identity.tracklets import Tracklet
from dualface.likeness import Appearance, Pose, Scale, margin, other_clothes
from dualface.types import F32Array, Look, Person

_UNLIKE = -0.5
"""Faces so many units below the threshold are two people's for sure."""
_DOUBTFUL = 0.25
"""What somebody counts who may as well be the first principal himself, seen from another side."""
_LEAST_SHARE = 0.05
"""A second principal is at least this share as prominent as the first; anybody less is a passer-by."""
_PHOTO = 1.5
"""Units below the threshold that somebody may be who is known from photos or other videos only: light, lens, age."""
_STANDS_OUT = 0.5
"""By how many units he must then be more like his photo than anybody else is."""
_SURE_PHOTO = 0.0
"""A face this much like a photo needs no such lead."""
_LEAST_SECONDS = 0.3
"""Being seen together for so long says who sits left."""
_SETTLED_SECONDS = 1.0
"""Places are averaged over this long after two people are first seen together."""
_FACING = 0.1
"""Least difference of how two people are turned, as :func:`~dualface.likeness.turn_of` has it, that tells their sides."""
_APART = 0.05
"""Least distance of two places, as a share of the width, that tells sides."""


@dataclass(slots=True)
class Somebody:
    """Tracklets (by index) of one person, and all that was seen of him."""

    members: list[int]
    prominence: float
    seconds: float
    appearance: Appearance = field(default_factory=Appearance)


def people_of(groups: Sequence[Sequence[int]], tracklets: Sequence[Tracklet]) -> list[Somebody]:
    """The people whom groups of tracklets show, the most prominent first."""
    people: list[Somebody] = []
    for group in groups:
        mine = [tracklets[k] for k in group]
        somebody = Somebody(list(group), sum(t.prominence for t in mine), sum(t.seconds for t in mine))
        for tracklet in mine:
            somebody.appearance.include(tracklet.appearance)
        people.append(somebody)
    return sorted(people, key=lambda one: (-one.prominence, one.members))


def known_people(
    people: Sequence[Somebody], known: Mapping[Person, Sequence[F32Array]], scale: Scale
) -> dict[Person, tuple[int, float]]:
    """Whom of ``people`` (by index) the references show, and how much he resembles them, in units above the threshold.

    ``known``: embeddings, float32, shape (dimensions,), L2-normalised.  Someone who is not in the film is left out.
    """
    resembles = {
        person: [_resemblance(one, views, scale) for one in people] for person, views in known.items() if len(views)
    }
    best: tuple[float, dict[Person, tuple[int, float]]] = (0.0, {})
    wanted = list(resembles)
    for choice in permutations([*range(len(people)), *([-1] * len(wanted))], len(wanted)):
        named = {p: (k, resembles[p][k]) for p, k in zip(wanted, choice, strict=True) if k >= 0}
        if not all(_is_shown(k, resembles[p], people) for p, (k, _) in named.items()):
            continue
        total = sum(value + _PHOTO for _, value in named.values())
        if total > best[0]:
            best = (total, named)
    return best[1]


def _resemblance(one: Somebody, views: Sequence[F32Array], scale: Scale) -> float:
    photos = Appearance.of((float(k), Pose.FRONTAL, Look(view.astype(np.float16), 1.0)) for k, view in enumerate(views))
    alike = margin(one.appearance, photos, Pose.FRONTAL, scale)
    return -np.inf if alike is None else alike


def _is_shown(k: int, resemblances: Sequence[float], people: Sequence[Somebody]) -> bool:
    mine = resemblances[k]
    rivals = [other for n, other in enumerate(resemblances) if n != k and people[n].seconds >= _LEAST_SECONDS]
    lead = mine - max(rivals, default=-np.inf)
    return mine >= _SURE_PHOTO or (mine >= -_PHOTO and lead >= _STANDS_OUT)


def surely_two(
    a: Somebody,
    b: Somebody,
    alike: NDArray[np.float64],
    weights: NDArray[np.float64],
    seconds: NDArray[np.float64],
    *,
    unlike: float = _UNLIKE,
) -> bool:
    """Whether two are different people: seen together, of different faces, or, where faces can't be compared, clothes.

    Different are faces ``unlike`` units from the threshold.
    """
    block = np.ix_(a.members, b.members)
    if seconds[block].sum() > 0:
        return True
    total = weights[block].sum()
    if total > 0:
        return float((alike * weights)[block].sum() / total) < unlike
    return other_clothes(a.appearance, b.appearance)


def principals(
    people: Sequence[Somebody],
    fixed: Sequence[int],
    alike: NDArray[np.float64],
    weights: NDArray[np.float64],
    seconds: NDArray[np.float64],
) -> list[int]:
    """The one or two of ``people``, by index, that the film is about: the most prominent two who are surely two.

    ``fixed`` are named by the user and so are among them.
    """
    chosen = list(fixed)
    if not chosen and people:
        chosen = [0]
    if len(chosen) == 1 and len(people) > 1:
        first = people[chosen[0]]

        def worth(k: int) -> float:
            sure = surely_two(first, people[k], alike, weights, seconds)
            return people[k].prominence * (1.0 if sure else _DOUBTFUL)

        second = max((k for k in range(len(people)) if k != chosen[0]), key=lambda k: (worth(k), -k))
        if worth(second) >= _LEAST_SHARE * first.prominence:
            chosen.append(second)
    return chosen[:2]


def left_one(a: Somebody, b: Somebody, tracklets: Sequence[Tracklet], times: Sequence[float], width: float) -> tuple[int, str]:
    """Which of two people, 0 or 1, belongs on the left, and why.

    Who is left where both are first seen together; else who looks to the right when alone; else who is further left; else
    who comes first.
    """
    met = _first_places(a, b, tracklets, times)
    if met is not None:
        return int(met > 0), "left where both are first seen together"
    turns = [_mean_turn(one, tracklets) for one in (a, b)]
    if abs(turns[0] - turns[1]) >= _FACING:
        return int(turns[1] > turns[0]), "looks to the right"
    firsts = [min((tracklets[k] for k in one.members), key=lambda t: t.order) for one in (a, b)]
    places = [sum(box.cx for box in t.boxes) / len(t.boxes) / width for t in firsts]
    if abs(places[0] - places[1]) >= _APART:
        return int(places[1] < places[0]), "further left when first seen"
    return int(firsts[1].order < firsts[0].order), "seen first"


def _mean_turn(one: Somebody, tracklets: Sequence[Tracklet]) -> float:
    seconds = sum(tracklets[k].seconds for k in one.members)
    return sum(tracklets[k].turned for k in one.members) / max(seconds, 1e-9)


def _first_places(a: Somebody, b: Somebody, tracklets: Sequence[Tracklet], times: Sequence[float]) -> float | None:
    """How far ``a`` is right of ``b`` when they are first seen together, in pixels; ``None`` where they never are."""
    shots = {tracklets[k].shot for k in a.members} & {tracklets[k].shot for k in b.members}
    for shot in sorted(shots):
        place_a, place_b = (
            {
                at: box.cx
                for k in one.members
                if tracklets[k].shot == shot
                for at, box in zip(tracklets[k].frames, tracklets[k].boxes, strict=True)
            }
            for one in (a, b)
        )
        both = sorted(place_a.keys() & place_b.keys())
        if both and (times[both[-1]] - times[both[0]] >= _LEAST_SECONDS or len(both) > 2 and shot == max(shots)):
            start = [at for at in both if times[at] - times[both[0]] <= _SETTLED_SECONDS]
            return sum(place_a[at] - place_b[at] for at in start) / len(start)
    return None
