"""Who is who, decided over the whole film: a pure function of everything that was observed.

1. Tracks are cut into *tracklets*, in which one person is seen.
2. Tracklets whose faces are alike are one person's: average linkage over the means of all looks, with a threshold that rises
   with the number of looks; who is seen at the same time can't be the same.
3. The principals are the two people who are likely two and by whom most of the film is explained; the user may have named some.
4. The other tracklets are named shot by shot, jointly: by what of their faces can be compared, clothes, where they look, and
   by exclusion beside the other principal.
5. Left is who is left in the first shot with both.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from dualface.direct.identity.casting import Cast, Film
from dualface.direct.identity.clusters import Somebody, people_in
from dualface.direct.identity.principals import known_people
from dualface.likeness import Scale
from dualface.types import F32Array, Observation, Person

_CANDIDATES = 5
"""How many of the most prominent people may be principals."""


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
    """Everyone's names; faces of tracks at frames that are in none of ``namings`` are nobody's.

    ``absent``: those of the known people who are not in the film.  ``sides``: in words, what decided who belongs on the left.
    """

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
    """Names every track over the whole film.  ``width`` and ``height``: of the frames that boxes are in, in pixels.

    ``scale``: of the model that described the faces.  ``known``: what people look like who are known beforehand, by embeddings,
    float32, shape (dimensions,), L2-normalised.
    """
    film = Film(observations, width, height, scale)
    people = people_in(film.pairs)
    found = known_people(people, known or {}, scale)
    casts = [film.cast(people, chosen, found) for chosen in _choices(people, found)]
    best = max(casts, key=lambda cast: (cast.apart, cast.worth), default=Cast())
    namings = [
        TrackNaming(
            tracklet.track_id,
            observations[tracklet.first].index,
            observations[tracklet.last].index,
            best.names[k],
            round(best.confidence(k), 3),
            best.reasons[k],
        )
        for k, tracklet in enumerate(film.pairs.tracklets)
        if k in best.names
    ]
    return Identities(tuple(namings), frozenset(known or {}) - found.keys(), best.sides)


def _choices(people: Sequence[Somebody], found: Mapping[Person, int]) -> list[tuple[int, ...]]:
    """Who may be the two principals, by index: those whom the user named, and some of the most prominent."""
    fixed = tuple(found.values())
    candidates = [k for k in range(min(len(people), _CANDIDATES)) if k not in fixed]
    more = 2 - len(fixed)
    return [(*fixed, *rest) for n in range(more + 1) for rest in combinations(candidates, n) if fixed or rest]


def renamed(observations: Iterable[Observation], identities: Identities) -> list[Observation]:
    """The same observations with everybody called what ``identities`` says."""
    spans: dict[int, list[TrackNaming]] = {}
    for naming in identities.namings:
        spans.setdefault(naming.track_id, []).append(naming)

    def person(track_id: int, index: int) -> Person | None:
        return next((n.person for n in spans.get(track_id, ()) if n.first <= index <= n.last), None)

    return [
        replace(one, faces=tuple(replace(face, person=person(face.track_id, one.index)) for face in one.faces))
        for one in observations
    ]
