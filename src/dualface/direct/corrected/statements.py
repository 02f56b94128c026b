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
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from dualface.corrections import Who
from dualface.direct.corrected.gathered import Gathered
from dualface.direct.corrected.kinship import Floats, Kinship
from dualface.direct.identity.tracklets import Tracklet
from dualface.types import Observation, Person

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


def with_statements(seen: Sequence[Observation], statements: Sequence[Statement], gathered: Gathered) -> list[Observation]:
    """The observations with everybody named as the statements say, of which later ones go over earlier ones.

    ``gathered``: of the same observations, whatever their faces are called.  Only what is said of all faces that are alike
    asks for more than the shots that are spoken of.
    """
    everywhere = any(one.alike for one in statements)
    tracklets = gathered.all() if everywhere else gathered.of(gathered.shots_at([one.at for one in statements]))
    naming = _Naming(Kinship(tracklets, gathered.scale), [_name_of(seen, tracklet) for tracklet in tracklets])
    loose: dict[tuple[int, int], Name] = {}
    said: dict[int, Statement] = {}
    for one in statements:
        k = naming.tracklet_of(one)
        if k is not None:
            said[k] = one
        else:  # a second box of a face, or a picture of one, from which nothing follows
            whose = next((face.person for face in seen[one.at].faces if face.track_id == one.track_id), None)
            loose[one.track_id, one.at] = _meant(one.who, whose)
    for k, one in said.items():
        naming.state(k, _meant(one.who, naming.before[k]), alike=one.alike)
    naming.conclude()
    named = list(seen)
    for (track, at), name in loose.items():
        _call(named, gathered.shots_at([at])[0], track, name)
    for k in naming.changed:
        tracklet = tracklets[k]
        _call(named, range(tracklet.first, tracklet.last + 1), tracklet.track_id, naming.names[k])
    return named


class _Naming:
    """The names of all tracklets, by index; ``anchors`` are those that were spoken of, and those that follow at once."""

    def __init__(self, kin: Kinship, names: Sequence[Name]) -> None:
        self._kin, self._tracklets = kin, kin.tracklets
        self.before, self.names = tuple(names), list(names)
        self.changed: set[int] = set()
        self._anchors: dict[int, bool] = {}

    def tracklet_of(self, one: Statement) -> int | None:
        tracklets = enumerate(self._tracklets)
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
        return [] if name is None else [j for j in self._kin.beside(k) if self.names[j] is name]

    def _followers(self) -> Iterator[tuple[float, int, int]]:
        """How alike, which tracklet, and the one that was spoken of with which it goes."""
        anchors = sorted(k for k, alike in self._anchors.items() if alike)
        if not anchors:
            return
        fits = np.stack([self._fits(k) for k in anchors])
        best = fits.argmax(axis=0)
        nearest = [(float(fits[row, j]), j, anchors[row]) for j, row in enumerate(best)]
        likely = [(fit, j, k) for fit, j, k in nearest if fit >= _ALIKE and self.names[k] is not self.names[j]]
        likely = [one for one in likely if one[1] not in self._anchors]
        own = self._own([j for _, j, _ in likely])
        for (fit, j, k), mine in zip(likely, own, strict=True):
            if fit >= mine - (_DISMISSED if self.names[k] is None else 0.0):
                yield fit, j, k

    def _fits(self, k: int) -> Floats:
        """How much speaks for each tracklet's being the same person's as one that was spoken of."""
        fits = self._kin.alike(k)
        for j in self._kin.in_shot_of(k):
            alike = float(fits[j]) if math.isfinite(fits[j]) else 0.0
            of_one_track = self._tracklets[j].track_id == self._tracklets[k].track_id
            if of_one_track and self.before[j] is self.before[k] and alike > _DIFFERENT:
                fits[j] = _SAME_TRACK + alike
        fits[self._kin.beside(k)] = -math.inf
        return fits

    def _own(self, some: Sequence[int]) -> Iterator[float]:
        """How like tracklets are to the more alike half of those that had their name so far; nobody's are not one person."""
        stays = [before if before is now else None for before, now in zip(self.before, self.names, strict=True)]
        groups = {name: np.array([name is not None and one is name for one in stays]) for name in (None, *Person)}
        return self._kin.alike_to_most(some, [groups[self.before[j]] for j in some])


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


def _call(named: list[Observation], span: range, track_id: int, name: Name) -> None:
    """Gives the faces of a track in ``span`` a name."""
    for at in span:
        if any(face.track_id == track_id and face.person is not name for face in named[at].faces):
            faces = (replace(face, person=name) if face.track_id == track_id else face for face in named[at].faces)
            named[at] = replace(named[at], faces=tuple(faces))
