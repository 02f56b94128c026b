"""Whom the user named, and which of two people belongs on the left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product

import numpy as np

from dualface.direct.identity.clusters import Somebody
from dualface.direct.identity.tracklets import Tracklet
from dualface.likeness import Appearance, Pose, Scale, margin
from dualface.types import F32Array, Person

_PHOTO = 0.8
"""Units below the threshold that somebody may be who is known from photos or other videos only: light, lens, age."""
_STANDS_OUT = 0.5
"""By how many units he must then be more like his photo than anybody else is."""
_SURE_PHOTO = 0.0
"""A face this much like a photo needs no such lead."""
_LEAST_SECONDS = 0.15
"""Being seen together for so long says who sits left."""
_SETTLED_SECONDS = 1.0
"""Places are averaged over this long after two people are first seen together."""
_FACING = 0.1
"""Least difference of how two people are turned, as :func:`~dualface.likeness.turn_of` has it, that tells their sides."""
_APART = 0.05
"""Least distance of two places, as a share of the width, that tells sides."""
TOGETHER = "left where both are first seen together"


def known_people(people: Sequence[Somebody], known: Mapping[Person, Sequence[F32Array]], scale: Scale) -> dict[Person, int]:
    """Whom of ``people`` (by index) the references show; someone who is not in the film is left out.

    ``known``: embeddings, float32, shape (dimensions,), L2-normalised.
    """
    alike = {person: [_resemblance(one, views, scale) for one in people] for person, views in known.items() if len(views)}
    fit = {person: [k for k in range(len(people)) if _is_shown(k, values, people)] for person, values in alike.items()}
    best: tuple[float, dict[Person, int]] = (0.0, {})
    for choice in product(*([None, *fit[person]] for person in fit)):
        named = {person: k for person, k in zip(fit, choice, strict=True) if k is not None}
        total = sum(alike[person][k] + _PHOTO for person, k in named.items())
        if len(set(named.values())) == len(named) and total > best[0]:
            best = (total, named)
    return best[1]


def _resemblance(one: Somebody, views: Sequence[F32Array], scale: Scale) -> float:
    photos = Appearance()
    for k, view in enumerate(views):
        photos.add_view(float(k), Pose.FRONTAL, view, 1.0)
    alike = margin(one.appearance.views.get(Pose.FRONTAL), photos.views[Pose.FRONTAL], Pose.FRONTAL, scale)
    return -np.inf if alike is None else alike


def _is_shown(k: int, resemblances: Sequence[float], people: Sequence[Somebody]) -> bool:
    mine = resemblances[k]
    rivals = [other for n, other in enumerate(resemblances) if n != k and people[n].seconds >= _LEAST_SECONDS]
    lead = mine - max(rivals, default=-np.inf)
    return mine >= _SURE_PHOTO or (mine >= -_PHOTO and lead >= _STANDS_OUT)


def left_one(a: Sequence[Tracklet], b: Sequence[Tracklet], times: Sequence[float], width: float) -> tuple[int, str]:
    """Which of two people, 0 or 1, belongs on the left, and why; ``a`` and ``b`` are their tracklets.

    Who is left where both are first seen together; else who looks to the right when alone; else who is further left; else
    who comes first.
    """
    met = _first_places(a, b, times)
    if met is not None:
        return int(met > 0), TOGETHER
    turns = [sum(t.turned for t in one) / max(sum(t.seconds for t in one), 1e-9) for one in (a, b)]
    if abs(turns[0] - turns[1]) >= _FACING:
        return int(turns[1] > turns[0]), "looks to the right"
    firsts = [min(one, key=lambda t: t.order) for one in (a, b)]
    places = [sum(box.cx for box in t.boxes) / len(t.boxes) / width for t in firsts]
    if abs(places[0] - places[1]) >= _APART:
        return int(places[1] < places[0]), "further left when first seen"
    return int(firsts[1].order < firsts[0].order), "seen first"


def _first_places(a: Sequence[Tracklet], b: Sequence[Tracklet], times: Sequence[float]) -> float | None:
    """How far ``a`` is right of ``b`` when they are first seen together, in pixels; ``None`` where they never are."""
    shots = {t.shot for t in a} & {t.shot for t in b}
    for least in (_LEAST_SECONDS, 0.0):
        for shot in sorted(shots):
            places = [
                {at: box.cx for t in one if t.shot == shot for at, box in zip(t.frames, t.boxes, strict=True)} for one in (a, b)
            ]
            both = sorted(places[0].keys() & places[1].keys())
            if both and times[both[-1]] - times[both[0]] >= least:
                start = [at for at in both if times[at] - times[both[0]] <= _SETTLED_SECONDS]
                return sum(places[0][at] - places[1][at] for at in start) / len(start)
    return None
