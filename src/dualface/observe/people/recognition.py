"""Who the faces are, by all that was seen of them in this shot and of the two people before.

All faces in view are assigned to the two people jointly: the one-to-one assignment with the greatest sum of odds wins,
"neither" included, when it beats the present one clearly.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

from dualface import evidence
from dualface.likeness import Appearance, Pose, Scale, cosine, other_clothes
from dualface.observe.people.casting import Casting
from dualface.observe.people.gallery import Gallery
from dualface.observe.people.sighting import Sighting
from dualface.types import F32Array, Landmarks, Look, Person, Track

_WINDOW = 3
"""Where a track may have changed persons, its newest looks alone count."""
_HELD, _BROKEN = 1.5, 0.5
"""What it is worth that a track has the name already; if it was out of sight since, or changed at once."""
_OUTSIZED = -3.0
"""What it is worth that a face has another size than the person had a moment ago."""
_BESIDE_HIM = -3.0
"""What it is worth that a nameless face was seen beside the person in this shot: only exchanged tracks make it his."""
_LEAD = 1.0
"""By how much other names must be likelier than the present ones."""
_EARNED = 1.0
"""How likely a face must be somebody's, and likelier than the other's, to show what he looks like."""
_STRANGE = -1.0
"""Frontal views so many units below the threshold are somebody else's."""
_COMPARABLE = 0.5
"""Faces less tall than this share of the tallest one don't count as others beside it."""
_PHOTO, _STANDS_OUT = 0.8, 0.5
"""Units below the threshold that somebody may be who is known from photos or other videos only: light, lens, age; and by how
many he must then be more alike than whoever else he could be taken for.
"""
_UNJUDGED_SECONDS = 3.0
"""A face that nothing tells for so long after a cut is left to geometry."""
_STRANGER_SECONDS = 10.0
"""A face that resembles nobody may take the place of somebody who was never seen in this video, after so long."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A track is this person's, or a stranger's (``None``); ``was``: whose it was held to be."""

    track_id: int
    side: Person | None
    was: Person | None


@dataclass(slots=True)
class Recognition:
    """What is known of the two people and of the faces in this shot."""

    casting: Casting
    scale: Scale
    galleries: dict[Person, Gallery]
    sightings: dict[int, Sighting] = field(default_factory=dict)
    before: Person | None = None
    """Who was alone in the shot before this one."""
    _adopted: set[int] = field(default_factory=set)
    _changed: bool = False
    _told: dict[tuple[int, Person, int | None], float] = field(default_factory=dict)

    @staticmethod
    def of(casting: Casting, scale: Scale, known: Mapping[Person, Sequence[F32Array]]) -> Recognition:
        return Recognition(casting, scale, {side: Gallery(pinned=tuple(known.get(side, ()))) for side in Person})

    @property
    def anybody(self) -> bool:
        """Whether it is known of anybody what they look like."""
        return any(len(gallery) for gallery in self.galleries.values())

    def add(self, track_id: int, frame: int, time: float, landmarks: Landmarks, look: Look) -> None:
        """A look at a track in frame ``frame``, at ``time`` seconds."""
        self.sightings.setdefault(track_id, Sighting(track_id)).add(frame, time, landmarks, look)
        self._change()

    def break_off(self, since: int) -> None:
        """Any track may show somebody else from frame ``since`` on."""
        for sighting in self.sightings.values():
            sighting.break_off(since)
        self._change()

    def end_shot(self, people: Collection[Person]) -> None:
        """A cut; ``people`` were seen in the shot's last frame."""
        self.before = next(iter(people)) if len(people) == 1 else None
        self.sightings, self._adopted = {}, set()
        self._change()

    def keep(self, track_ids: Collection[int]) -> None:
        """Forgets all other tracks of this shot."""
        if not self.sightings.keys() <= set(track_ids):
            self.sightings = {k: s for k, s in self.sightings.items() if k in track_ids}
            self._change()

    def _change(self) -> None:
        self._changed, self._told = True, {}

    def judge(self, tracks: Sequence[Track], *, opening: bool, risky: bool, broken: bool) -> list[Verdict]:
        """Tracks that are somebody else's than now, by what was seen of them.

        ``tracks`` are those seen in this frame.  ``opening``: these are the first names in a shot.  ``risky``: tracks may have
        changed persons lately; ``broken``: they were out of sight or changed at once.
        """
        if not self.anybody or not (self._changed or opening):
            return []
        self._changed = False
        case = Case(self, tracks, opening=opening, broken=broken, window=_WINDOW if risky else None)
        now = {t: self.casting.role(t) for t in case.judged}
        best = max(case.choices(now), key=case.total, default=now)
        if best == now or case.total(best) < case.total(now) + _LEAD:
            return []
        self._change()
        verdicts = [Verdict(t, side, now[t]) for t, side in best.items() if side is not now[t]]
        for verdict in verdicts if risky else ():
            self._part_from_the_other(verdict)
        return verdicts

    def _part_from_the_other(self, verdict: Verdict) -> None:
        """A track that was exchanged: its looks from before that are at the other person, and tell nothing about this one."""
        sighting = self.sightings.get(verdict.track_id)
        if sighting is None or verdict.side is None or verdict.was is None:
            return
        start = max(len(sighting.looks) - _WINDOW, 0)
        while start > 0 and self._is_more_like(sighting, start - 1, verdict.side, verdict.was):
            start -= 1
        if start > 0:
            sighting.break_off(sighting.frames[start])

    def _is_more_like(self, sighting: Sighting, look: int, side: Person, than: Person) -> bool:
        """Whether one look shows the one person rather than the other; true where it can't be told."""
        seen = Appearance.of(sighting.looks[look : look + 1])
        for pose in seen.views:
            own, other = (self.galleries[who].alike(seen, pose, self.scale, without=sighting.key) for who in (side, than))
            return own is None or other is None or own >= other
        return True

    def learn(self, people: Mapping[int, Person]) -> None:
        """Takes into the galleries what was seen of tracks that have earned their names, and what is not theirs out again.

        A face that can't be compared with what is known, such as the first profile, has earned its name beside the other
        person: by exclusion.
        """
        earned = {t: side for t, side in people.items() if self._has_earned(t, side, people)}
        beside = {
            t: side
            for t, side in people.items()
            if t not in earned and side.other in earned.values() and self._is_told(t, side) is None and self._may_be(t, side)
        }
        for track_id, side in people.items():
            sighting = self.sightings.get(track_id)
            if sighting is None or not sighting.looks:
                continue
            self.galleries[side.other].drop(sighting.key)
            if track_id in earned or track_id in beside:
                self.galleries[side].put(sighting.key, sighting.appearance(), sighting.turn)
            else:
                self.galleries[side].drop(sighting.key)
        self._told = {}

    def _has_earned(self, track_id: int, side: Person, people: Mapping[int, Person]) -> bool:
        sighting = self.sightings.get(track_id)
        if sighting is None or not sighting.looks:
            return False
        own, other = self._is_told(track_id, side), self._is_told(track_id, side.other) or 0.0
        others = self.galleries[side].whole(sighting.key)
        if not others.views and not self.galleries[side].pinned:  # the first that is seen of this person
            return other < _EARNED or side.other in people.values()
        if track_id in self._adopted:
            return True
        return own is not None and own >= _EARNED and (own - other >= _EARNED or side.other in people.values())

    def told(self, track_id: int, side: Person, window: int | None, *, opening: bool) -> float:
        """What is seen of a track, or was in the newest looks, tells for a person; 0 where nothing can be compared.

        Where somebody looks tells at a shot's start only: in it people turn their heads.
        """
        key = track_id, side, window
        if key not in self._told:
            self._told[key] = self._compare(track_id, side, window)
        sighting = self.sightings.get(track_id)
        if not opening or sighting is None or not len(self.galleries[side]):
            return self._told[key]
        return self._told[key] + evidence.by_bearing(sighting.turn, self.galleries[side].turn(sighting.key))

    def _compare(self, track_id: int, side: Person, window: int | None) -> float:
        gallery = self.galleries[side]
        if not len(gallery) or not self.is_looked_at(track_id):
            return 0.0
        sighting = self.sightings[track_id]
        seen = sighting.appearance(window)
        face = self._by_face(sighting, side, window) or 0.0
        frontal = gallery.alike(seen, Pose.FRONTAL, self.scale, without=sighting.key)
        return face + evidence.by_clothes(seen, gallery.whole(sighting.key), frontal)

    def _is_told(self, track_id: int, side: Person) -> float | None:
        """The odds that the face alone tells; ``None`` where it can't be compared."""
        sighting = self.sightings.get(track_id)
        return self._by_face(sighting, side, None) if sighting is not None else None

    def _may_be(self, track_id: int, side: Person) -> bool:
        sighting = self.sightings.get(track_id)
        if sighting is None:
            return False
        return not other_clothes(sighting.appearance(), self.galleries[side].whole(sighting.key))

    def _by_face(self, sighting: Sighting, side: Person, window: int | None) -> float | None:
        """What the face tells for a person, pose by pose; ``None`` where nothing can be compared."""
        seen, gallery = sighting.appearance(window), self.galleries[side]
        without = sighting.key if gallery.has_others(sighting.key) else None
        told = {pose: gallery.alike(seen, pose, self.scale, without=without) for pose in Pose}
        told[Pose.FRONTAL] = self._frontal(sighting, seen, side, told[Pose.FRONTAL])
        odds = [evidence.by_face(alike, pose, seen.count(pose)) for pose, alike in told.items() if alike is not None]
        return sum(odds) if odds else None

    def _frontal(self, sighting: Sighting, seen: Appearance, side: Person, alike: float | None) -> float | None:
        """How alike frontal views are, references included: until somebody was seen in the video, less will do."""
        photo = self.galleries[side].like_photos(seen, self.scale)
        if photo is None:
            return alike
        if alike is not None:
            return max(alike, photo)
        others = [
            self.galleries[side].like_photos(r.appearance(), self.scale) for r in self.sightings.values() if r is not sighting
        ]
        others.append(self.galleries[side.other].alike(seen, Pose.FRONTAL, self.scale, without=sighting.key))
        others.append(self.galleries[side.other].like_photos(seen, self.scale))
        leads = [photo - other for other in others if other is not None]
        return photo + (_PHOTO if leads and min(leads) >= _STANDS_OUT else 0.0)

    def is_doubtful(self, track_id: int, side: Person) -> bool:
        """Whether a named track's newest look is more like the other person, or like this one no more than a stranger."""
        sighting = self.sightings.get(track_id)
        if sighting is None or len(sighting.looks) < 2:
            return False
        newest = sighting.appearance(1)
        if Pose.FRONTAL not in newest.views:
            return False
        own = self.galleries[side].alike(newest, Pose.FRONTAL, self.scale)
        other = self.galleries[side.other].alike(newest, Pose.FRONTAL, self.scale)
        return own is not None and own < max(_STRANGE, other - _STANDS_OUT if other is not None else _STRANGE)

    def allows(self, track_id: int, side: Person, tracks: Sequence[Track]) -> bool:
        """Whether geometry may give this track to this person: nothing that was seen speaks against it.

        Somebody who was never seen in this video may be replaced by whoever was there for long, and is learned so.
        """
        case = Case(self, tracks, opening=True)
        seconds = self.casting.presences[track_id].seen_seconds
        other_is_here = self.casting.holder(side.other) is not None
        if not len(self.galleries[side]):
            return other_is_here or case.odds(track_id, side.other) <= case.before
        if not self.is_looked_at(track_id):
            return seconds >= _UNJUDGED_SECONDS and case.before > 0
        patient = seconds >= _UNJUDGED_SECONDS and case.before > 0
        if case.odds(track_id, side) > (0.0 if patient else _LEAD):
            return other_is_here or case.odds(track_id, side) >= case.odds(track_id, side.other)
        if self.galleries[side].confirmed or seconds < _STRANGER_SECONDS:
            return False
        self._adopted.add(track_id)
        return True

    def since(self, track_id: int) -> int:
        """The first frame in which the track was seen as whom it is now; 0 where it was not looked at."""
        sighting = self.sightings.get(track_id)
        return sighting.frames[0] if sighting is not None and sighting.frames else 0

    def similarity(self, track_id: int, side: Person | None) -> float:
        """A cosine, for reports: of the face and the person's, in the pose they have in common; -1 where there is none."""
        sighting = self.sightings.get(track_id)
        if sighting is None or side is None:
            return -1.0
        seen, whole = sighting.appearance(), self.galleries[side].whole(sighting.key)
        poses = [pose for pose in Pose if pose in seen.views and pose in whole.views]
        return cosine(seen.views[poses[0]], whole.views[poses[0]]) if poses else -1.0

    def is_looked_at(self, track_id: int, least: int = 1) -> bool:
        sighting = self.sightings.get(track_id)
        return sighting is not None and len(sighting.looks) >= least


class Case:
    """The faces in view, as they are to be judged together.

    ``before``: the odds that any of them is one of the two.  ``judged``: those who may be, by track.
    """

    def __init__(
        self, known: Recognition, tracks: Sequence[Track], *, opening: bool, broken: bool = False, window: int | None = None
    ) -> None:
        self._known, self._opening, self._broken, self._window = known, opening, broken, window
        tallest = max((t.box.h for t in tracks), default=0.0)
        large = [t.id for t in tracks if t.box.h >= _COMPARABLE * tallest]
        self.before = evidence.before(1 - 2 / max(len(large), 2))
        self._two, self._alone = len(large) == 2, len(large) == 1
        self._looked = {t for t in large if known.is_looked_at(t, 1 if opening else 2)}
        self.judged = [t for t in large if t in self._looked or self._two]

    def odds(self, track_id: int, side: Person) -> float:
        """Of a track's being a person's, against a passer-by's, but for what it is called now."""
        return self.before + self._known.told(track_id, side, self._window, opening=self._opening)

    @property
    def _held(self) -> float:
        return _BROKEN if self._broken else _HELD

    def total(self, names: Mapping[int, Person | None]) -> float:
        """The odds of these names together."""
        casting, total = self._known.casting, 0.0
        for track_id, side in names.items():
            if side is None:
                continue
            total += self.odds(track_id, side)
            if self._alone and self._known.before is side.other:
                total += evidence.REVERSE
            if casting.role(track_id) is side:
                total += self._held
            elif not self._opening:
                total += 0.0 if casting.fits(track_id, side) else _OUTSIZED
                total += _BESIDE_HIM if casting.role(track_id) is None and casting.was_beside(track_id, side) else 0.0
        both = self._two and sum(side is not None for side in names.values()) == len(Person)
        return total + evidence.BESIDE * both

    def choices(self, now: Mapping[int, Person | None]) -> Iterator[dict[int, Person | None]]:
        """One-to-one assignments of the judged tracks to the people whom no other track holds.

        A named track loses its person to another track only, since faces change by turning and by light, or when it is
        strange, or has its name from geometry.  A face that was not looked at is named at a cut only, beside the other person.
        """
        casting = self._known.casting
        held = [side for side in Person if (holder := casting.holder(side)) is not None and holder not in now]
        free = [side for side in Person if side not in held and self._is_known(side, now)]
        for owners in product([None, *self.judged], repeat=len(free)):
            named = {t: side for t, side in zip(owners, free, strict=True) if t is not None}
            if len(named) < sum(t is not None for t in owners):
                continue
            dropped = [t for t, side in now.items() if side is not None and t not in named and side not in named.values()]
            if not all(self._may_be_dropped(t, now[t]) for t in dropped):
                continue
            unseen = [t for t, side in named.items() if t not in self._looked and now[t] is not side]
            if not unseen or (self._opening and len(named) + len(held) == len(Person)):
                yield {t: named.get(t) for t in self.judged}

    def _is_known(self, side: Person, now: Mapping[int, Person | None]) -> bool:
        """Whether somebody can be told to be this person; of the second one it is enough that he is not the first."""
        unseen = side not in self._known.casting.principals and (self._opening or side.other in now.values())
        return len(self._known.galleries[side]) > 0 or unseen

    def _may_be_dropped(self, track_id: int, side: Person | None) -> bool:
        known = self._known
        if side is None or not known.is_looked_at(track_id, 2):
            return False
        sighting, gallery = known.sightings[track_id], known.galleries[side]
        if sighting.key not in gallery and self.odds(track_id, side) + self._held < -_LEAD:
            return True
        alike = gallery.alike(sighting.appearance(self._window), Pose.FRONTAL, known.scale, without=sighting.key)
        return self._broken and alike is not None and alike < _STRANGE
