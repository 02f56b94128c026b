"""Whose faces are, where a person has said it: what is said of one face goes for all that are alike.

What was decided without it stays for everybody else, so that nothing changes but what follows from the statements:

1. The face's tracklet is whose it is said to be, and so is what else there is of its track in that shot, unless it looks
   different.
2. A tracklet that is more like the one that was named than like those who had its own name so far goes with it.
3. No two faces of one frame are the same person's: who has lost a name to somebody beside him has the other one's, if that is
   free now, else none.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from dualface.corrections import Who
from dualface.direct.identity.pairs import Pairs, compared
from dualface.direct.identity.tracklets import Tracklet, durations, gather
from dualface.likeness import Scale
from dualface.types import Observation, ObservedFace, Person

Name = Person | None

_ALIKE = 0.0
"""Units above the threshold from which on two tracklets are taken for one person's."""
_DISMISSED = 0.5
"""Who is said to be nobody is so: by so many units less than the others of its name may a tracklet be like that one."""
_DIFFERENT = -1.0
"""Units below the threshold from which on a track has gone over to somebody else."""
_SAME_TRACK = 3.0
"""So many units more alike count the parts of one track in one shot."""


@dataclass(frozen=True, slots=True)
class Statement:
    """The face of ``track_id`` in the observation ``at`` (its place in the list) is ``who``'s; ``alike`` as
    :class:`~dualface.corrections.FaceIs` has it.
    """

    at: int
    track_id: int
    who: Who
    alike: bool = True


def pairs_of(seen: Sequence[Observation], width: float, height: float, scale: Scale) -> Pairs:
    """What :func:`with_statements` must know of a film, whatever its faces are called.

    ``width`` and ``height``: of the frames that boxes are in, in pixels.  ``scale``: of the model that described the faces.
    """
    return compared(gather(seen, width, height, scale), durations(seen), scale)


def with_statements(seen: Sequence[Observation], statements: Sequence[Statement], pairs: Pairs) -> list[Observation]:
    """The observations with everybody named as the statements say, of which later ones go over earlier ones.

    ``pairs`` are those of these observations.
    """
    naming = _Naming(pairs, [_name_of(seen, tracklet) for tracklet in pairs.tracklets])
    loose: dict[tuple[int, int], Name] = {}
    said: dict[int, Statement] = {}
    for one in statements:
        k = naming.tracklet_of(one)
        if k is not None:
            said[k] = one
        else:  # a second box of a face, or a picture of one, from which nothing follows
            whose = next((face.person for face in seen[one.at].faces if face.track_id == one.track_id), None)
            loose[one.track_id, _shot_of(seen, one.at)] = _meant(one.who, whose)
    for k, one in said.items():
        naming.state(k, _meant(one.who, naming.before[k]), alike=one.alike)
    naming.conclude()
    return _renamed(seen, naming, loose)


class _Naming:
    """The names of all tracklets, by index; ``anchors`` are those that were spoken of, and those that follow at once."""

    def __init__(self, pairs: Pairs, names: Sequence[Name]) -> None:
        self._pairs, self.tracklets = pairs, pairs.tracklets
        self._likeness, self._weights = pairs.linkage()
        self.before, self.names = tuple(names), list(names)
        self.changed: set[int] = set()
        self._anchors: dict[int, bool] = {}

    def tracklet_of(self, one: Statement) -> int | None:
        tracklets = enumerate(self._pairs.tracklets)
        return next((k for k, t in tracklets if t.track_id == one.track_id and t.first <= one.at <= t.last), None)

    def state(self, k: int, name: Name, *, alike: bool) -> None:
        """Says whose a tracklet is, and that whoever is seen beside it is somebody else."""
        self._anchors[k] = alike
        self._call(k, name)
        for j in self._rivals(k):
            if j not in self._anchors:
                self._anchors[j] = False
                self._yield_name(j, k)

    def conclude(self) -> None:
        """Names whoever is like those that were spoken of: the most alike first."""
        follow = sorted(self._followers(), key=lambda one: (-one[0], one[1]))
        for _, j, k in follow:
            if not any(i in self._anchors or i in self.changed for i in self._rivals(j, self.names[k])):
                self._call(j, self.names[k])
        for j in [one[1] for one in follow if one[1] in self.changed]:
            for i in self._rivals(j):
                if i not in self._anchors and i not in self.changed:
                    self._yield_name(i, j)

    def _call(self, k: int, name: Name) -> None:
        self.names[k] = name
        self.changed.add(k)

    def _yield_name(self, j: int, k: int) -> None:
        """``j`` has lost its name to ``k``, who may leave another one."""
        free = self.before[k] if self.before[k] is not self.names[k] else None
        self._call(j, None)
        if free is not None and not self._rivals(j, free):
            self._call(j, free)

    def _rivals(self, k: int, name: Name = None) -> list[int]:
        """Tracklets of the same name that are seen at the same time."""
        name = name or self.names[k]
        together = self._pairs.together[k]
        return [] if name is None else [j for j, other in enumerate(self.names) if other is name and j != k and together[j] > 0]

    def _followers(self) -> Iterator[tuple[float, int, int]]:
        """How alike, which tracklet, and the one that was spoken of with which it goes."""
        anchors = [k for k, alike in self._anchors.items() if alike]
        for j in range(len(self.names)):
            if j in self._anchors:
                continue
            options = [(self._fit(j, k), k) for k in anchors if not self._pairs.together[j, k]]
            fit, k = max(options, default=(-math.inf, 0), key=lambda one: (one[0], -one[1]))
            least = self._own(j) - (_DISMISSED if self.names[k] is None else 0.0)
            if fit >= max(_ALIKE, least) and self.names[k] is not self.names[j]:
                yield fit, j, k

    def _fit(self, j: int, k: int) -> float:
        """How much speaks for a tracklet's being the same person's as one that was spoken of."""
        alike = float(self._likeness[j, k]) if self._weights[j, k] else 0.0
        a, b = self._pairs.tracklets[j], self._pairs.tracklets[k]
        same = a.track_id == b.track_id and a.shot == b.shot and self.before[j] is self.before[k] and alike > _DIFFERENT
        if same:
            return _SAME_TRACK + alike
        return alike if self._weights[j, k] else -math.inf

    def _own(self, j: int) -> float:
        """How like a tracklet is to the more alike half of those that had its name so far; nobody's are not one person."""
        name = self.before[j]
        if name is None:
            return -math.inf
        mine = [i for i, other in enumerate(self.before) if other is name and self.names[i] is name and i != j]
        alike = sorted(float(self._likeness[j, i]) for i in mine if self._weights[j, i] > 0)
        half = alike[len(alike) // 2 :]
        return sum(half) / len(half) if half else -math.inf


def _meant(who: Who, before: Name) -> Name:
    if who is Who.OTHER:
        return before.other if before is not None else None
    return None if who is Who.NOBODY else Person(who.value)


def _name_of(seen: Sequence[Observation], tracklet: Tracklet) -> Name:
    """Whose it is in most of its frames."""
    names = Counter(
        next((face.person for face in seen[at].faces if face.track_id == tracklet.track_id), None) for at in tracklet.frames
    )
    name, count = names.most_common(1)[0]
    return name if 2 * count > len(tracklet.frames) else None


def _shot_of(seen: Sequence[Observation], at: int) -> int:
    """The place where the shot around ``at`` begins."""
    return next((k for k in range(at, 0, -1) if seen[k].cut), 0)


def _renamed(seen: Sequence[Observation], naming: _Naming, loose: Mapping[tuple[int, int], Name]) -> list[Observation]:
    names: dict[tuple[int, int], Name] = {
        (at, tracklet.track_id): naming.names[k]
        for k, tracklet in enumerate(naming.tracklets)
        if k in naming.changed
        for at in range(tracklet.first, tracklet.last + 1)
    }
    named, shot = [], 0
    for at, one in enumerate(seen):
        shot = at if one.cut else shot
        faces = tuple(_called(face, at, shot, names, loose) for face in one.faces)
        named.append(one if faces == one.faces else replace(one, faces=faces))
    return named


def _called(
    face: ObservedFace, at: int, shot: int, names: Mapping[tuple[int, int], Name], loose: Mapping[tuple[int, int], Name]
) -> ObservedFace:
    name = names.get((at, face.track_id), loose.get((face.track_id, shot), face.person))
    return face if name is face.person else replace(face, person=name)
