"""Re-identification only where an exchange is possible.

Quiet footage costs a risk assessment a frame.  At risk, the faces in view are embedded in a few frames, and all of them are
assigned to the people jointly: the one-to-one assignment with the highest sum of similarities wins, "neither" included,
when it beats the present one by a margin.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Literal

import numpy as np

from dualface.geometry import covered
from dualface.interfaces import Embedder
from dualface.likeness import Scale
from dualface.observe.people.casting import Casting
from dualface.observe.people.gallery import Gallery, view_quality
from dualface.observe.people.scene import Scene
from dualface.observe.people.swap_risk import IDSwapDetector, Reason, SwapRisk, TrackHistory
from dualface.types import Box, F32Array, Look, Naming, Person, Track

Mode = Literal["never", "conditional", "always"]

_LOOKS = 3
"""Looks that a campaign takes after the last sign of risk, and that evidence is averaged over."""
_STRIDE_SECONDS = 0.1
"""Time between two looks of a campaign."""
_LASTING, _PATIENCE = 10, 6
"""People who sit so close that their faces touch for more than so many strides are looked at so many times less often, until
they part."""
_ENROL_SECONDS = (0.0, 1.0, 3.0, 7.0)
"""When, in seconds of being known, a person's gallery takes another view, whatever happens."""
_CHECK_SECONDS = 5.0
"""How long quiet footage goes unlooked at: a dissolve, say, exchanges people without any sign of risk."""
_MOST_FACES = 6
"""Faces looked at in one frame: the two people's, and the tallest of the others."""
_LEAST_QUALITY = 0.2
_LEAST_SIZE = 0.5
_COVERED = 0.3
"""Share of a face under a larger one from which on its embedding says nothing."""
_STRANGER_SECONDS = 10.0
"""A face that resembles nobody may take the tile of a person who is away after being seen for so long."""
_UNJUDGED_SECONDS = 3.0
"""A face of which no good view could be had for so long, such as one in profile since the cut, is left to geometry."""
_UNCONFIRMED = 1.5
"""How many units below the threshold someone may be who is known from photos or other videos only: light, lens, age."""
_STANDS_OUT = 0.5
"""By how many units he must then be more alike than whoever else he could be taken for."""


@dataclass(frozen=True, slots=True)
class Recogniser:
    """What re-identification needs: an embedder, the scale of its similarities, and when to use it.

    ``known``: what people look like who are known beforehand, as :class:`ConditionalReID` takes it.
    """

    embedder: Embedder
    scale: Scale
    mode: Mode
    known: Mapping[Person, Sequence[F32Array]] = field(default_factory=dict)


@dataclass(slots=True)
class _Evidence:
    frames: list[int] = field(default_factory=list)
    embeddings: list[F32Array] = field(default_factory=list)
    qualities: list[float] = field(default_factory=list)

    def add(self, frame: int, embedding: F32Array, quality: float) -> None:
        self.frames = [*self.frames, frame][-_LOOKS:]
        self.embeddings = [*self.embeddings, embedding][-_LOOKS:]
        self.qualities = [*self.qualities, quality][-_LOOKS:]

    @property
    def mean(self) -> F32Array:
        """The embeddings' mean, weighted by quality, L2-normalised."""
        total: F32Array = np.average(np.stack(self.embeddings), axis=0, weights=self.qualities).astype(np.float32)
        return total / np.float32(np.linalg.norm(total))


class ConditionalReID:
    """Watches for exchanges and corrects them.  One instance a video; ``embedder`` may be shared.

    ``known``: what people look like who are known beforehand, each by embeddings, float32, shape (dimensions,), L2-normalised.
    """

    def __init__(
        self,
        embedder: Embedder,
        casting: Casting,
        *,
        fps: float,
        mode: Mode,
        scale: Scale,
        known: Mapping[Person, Sequence[F32Array]] | None = None,
    ) -> None:
        self._embedder, self._casting, self._mode, self._scale = embedder, casting, mode, scale
        self._stride = max(round(_STRIDE_SECONDS * fps), 1)
        self._risks = IDSwapDetector(fps=fps)
        self._history = TrackHistory(cut=True)
        self._evidence: dict[int, _Evidence] = {}
        self._until, self._next_look, self._began, self._patient = -1, 0, 0, False
        self._reasons: set[Reason] = set()
        self._known_since: dict[Person, float] = {}
        self._enrolled: dict[Person, int] = {}
        self._looked_at = 0.0
        self._looked: list[tuple[Track, F32Array, float]] = []
        self._total = self._active = 0
        self._adopted: set[int] = set()
        self.galleries: dict[Person, Gallery] = {side: Gallery(pinned=tuple((known or {}).get(side, ()))) for side in Person}

    def get_activation_stats(self) -> dict[str, float]:
        """``activation_ratio`` (0…1), ``total_frames``, ``reid_frames``, and ``risk_<reason>``: frames with that risk."""
        counts: Counter[str] = Counter({f"risk_{r.value}": n for r, n in self._risks.counts.items()})
        ratio = self._active / self._total if self._total else 0.0
        return {"activation_ratio": ratio, "total_frames": self._total, "reid_frames": self._active, **counts}

    def end_shot(self, last: Scene | None = None) -> None:
        """A cut: tracks end, and people are to be recognised anew.

        ``last`` is the shot's last frame: a shot may be over before there was time to learn what its people look like.
        """
        if last is not None:
            self._enrol(last)
        self._adopted = set()
        self._history = TrackHistory(cut=True)
        self._evidence, self._until, self._reasons, self._patient = {}, -1, set(), False

    def watch(self, scene: Scene, tracks: Sequence[Track], changed: Callable[[Box], float]) -> SwapRisk:
        """Takes note of a frame, in order; embeds its faces if that is worth it and marks the scene then.

        ``tracks`` are all live ones; ``changed`` tells which share of a box (source pixels) changed at once in this frame.
        """
        n = scene.frame.index
        self._total += 1
        self._history.changed = {} if self._history.cut else {t.id: changed(t.box) for t in scene.tracks}
        risk = self._risks.assess_risk(tracks, self._history, n)
        self._history.note(tracks, n)
        if risk.requires_reid and self._somebody_known:
            if n > self._until:
                self._began, self._next_look, self._reasons = n, n, set()
            self._until = n + _LOOKS * self._stride
            self._reasons |= risk.reasons
            self._patient = risk.reasons == {Reason.NEAR} and n - self._began >= _LASTING * self._stride
        elif self._patient and n > self._until - (_LOOKS - 1) * self._stride:
            self._patient, self._next_look = False, n  # they part: who went where?
        if self._mode == "always":
            self._look(scene)
            self._evidence = {k: e for k, e in self._evidence.items() if k in self._history.last_seen}
            self._enrol(scene)
        elif n > self._until:
            self._conclude(scene)
            self._look(scene, only=self._unjudged(scene))
            self._enrol(scene)
            self._check(scene)
        elif n >= self._next_look:
            self._look(scene)
            self._next_look = n + self._stride * (_PATIENCE if self._patient else 1)
        return risk

    @property
    def _somebody_known(self) -> bool:
        return any(len(g) for g in self.galleries.values())

    def _unjudged(self, scene: Scene) -> set[int]:
        """Tracks that nobody could be told by so far, such as a face in profile since the cut, while a person is missing."""
        if len(scene.people) == len(Person) or not self._somebody_known:
            return set()
        judged = {track_id for track_id, seen in self._evidence.items() if len(seen.frames) > 1}
        return {t.id for t in scene.tracks} - scene.people.keys() - judged

    def _look(self, scene: Scene, *, only: Container[int] | None = None) -> None:
        """Embeds every face of the scene, or those of some tracks, that can be judged."""
        self._looked = []
        tallest = max((t.box.h for t in scene.tracks), default=0.0)
        faces: list[tuple[Track, float]] = []
        for track in sorted(scene.tracks, key=lambda t: (t.id not in scene.people, -t.box.h))[:_MOST_FACES]:
            if track.detection is None or track.box.h < _LEAST_SIZE * tallest or (only is not None and track.id not in only):
                continue
            quality = view_quality(track.detection, tallest=tallest)
            hidden = max((covered(track.box, o.box) for o in scene.tracks if o.box.area > track.box.area), default=0.0)
            if quality >= _LEAST_QUALITY and hidden < _COVERED:
                faces.append((track, quality))
        if not faces:
            return
        vectors = self._embedder.embed(scene.frame, [t.detection for t, _ in faces if t.detection is not None])
        if not scene.looks:
            self._looked_at = scene.frame.time
            self._active += 1
        self._looked = [(track, vector, quality) for (track, quality), vector in zip(faces, vectors, strict=True)]
        for track, vector, quality in self._looked:
            scene.looks[track.id] = Look(vector.astype(np.float16), round(quality, 3))
            self._evidence.setdefault(track.id, _Evidence()).add(scene.frame.index, vector, quality)

    def _conclude(self, scene: Scene) -> None:
        """A campaign is over: what was seen of people who kept their names enriches their galleries."""
        for track in scene.tracks:
            side, seen = scene.people.get(track.id), self._evidence.get(track.id)
            if side is not None and seen is not None and self._similarity(track.id, side) >= self._scale.same:
                best = int(np.argmax(seen.qualities))
                self.galleries[side].add(seen.embeddings[best], seen.qualities[best])
        open_cases = self._history.last_seen.keys() - scene.people.keys()
        self._evidence = {k: e for k, e in self._evidence.items() if k in open_cases}

    def _enrol(self, scene: Scene) -> None:
        """Takes views of the people at a low and falling rate, all in the same frame."""
        time, due = scene.frame.time, False
        for side in scene.people.values():
            since = self._known_since.setdefault(side, time)
            count = self._enrolled.get(side, 0)
            due = due or (count < len(_ENROL_SECONDS) and time - since >= _ENROL_SECONDS[count])
        if not due:
            return
        if not self._looked or not scene.looks:
            self._look(scene)
        for track, vector, quality in self._looked:
            person = scene.people.get(track.id)
            if person is not None:
                self._enrolled[person] = self._enrolled.get(person, 0) + 1
                if self._may_learn(track.id, person, vector):
                    self.galleries[person].add(vector, quality)

    def _check(self, scene: Scene) -> None:
        """Now and then looks whether everyone is still who he is held to be, and starts a campaign if somebody is not."""
        n, time = scene.frame.index, scene.frame.time
        if scene.people and time - self._looked_at >= _CHECK_SECONDS:
            self._look(scene)
        if not scene.looks:
            return
        for track, vector, _ in self._looked:
            side = scene.people.get(track.id)
            if side is not None and self._is_doubtful(side, vector):
                self._risks.counts[Reason.DOUBT] += 1
                self._until, self._next_look = n + _LOOKS * self._stride, n + self._stride
                self._reasons = {Reason.DOUBT}
                return

    def _is_doubtful(self, side: Person, vector: F32Array) -> bool:
        """Whether a view resembles the other person more, or this one no more than a stranger does."""
        own, other = (self.galleries[s].similarity(vector) for s in (side, side.other))
        return own < max(other, self._scale.same - self._scale.unit)

    def _may_learn(self, track_id: int, side: Person, vector: F32Array) -> bool:
        """Whether a view of the track is surely the person's: a wrong one would make the next mistake look right."""
        own, unit = self.galleries[side], self._scale.unit
        if not len(own) or track_id in self._adopted:
            return True
        similarity, lead = own.similarity(vector), own.similarity(vector) - self.galleries[side.other].similarity(vector)
        if not own.confirmed:
            return similarity >= self._scale.same - _UNCONFIRMED * unit and lead > 0
        return similarity >= self._scale.same - unit / 2 or (similarity >= self._scale.same - unit and lead >= unit / 2)

    def _similarity(self, track_id: int, side: Person | None) -> float:
        """Cosine of the track's evidence and the person; -1 where either is unknown."""
        seen = self._evidence.get(track_id)
        return self.galleries[side].similarity(seen.mean) if seen is not None and side is not None else -1.0

    def judge(self, scene: Scene, *, opening: bool = False) -> list[Naming]:
        """Tracks whose evidence says they are somebody else's than now.  ``opening``: the first names in a shot."""
        looks = 1 if opening else 2
        judged = [t for t, e in self._evidence.items() if len(e.frames) >= looks and t in self._history.last_seen]
        known = [s for s in Person if len(self.galleries[s])]
        if not judged or not known:
            return []
        if not opening and not any(t.id in judged for t in scene.tracks):
            return []
        now = tuple(self._casting.role(t) for t in judged)
        gains = [{side: self._gain(t, side, opening=opening) for side in known} for t in judged]

        def total(choice: Sequence[Person | None]) -> float:
            return sum(gain[side] for gain, side in zip(gains, choice, strict=True) if side in gain)

        held = {s for s in Person if (owner := self._owner(s)) is not None and owner not in judged}
        best = max(self._choices(judged, known, held), key=total, default=now)
        if best == now or total(best) < total(now) + 0.25 * self._scale.unit:
            return []
        return [
            Naming(t, side, before, self._since(t, before), self._similarity(t, side or before), self._why())
            for t, side, before in zip(judged, best, now, strict=True)
            if side is not before
        ]

    def _choices(self, judged: Sequence[int], known: Sequence[Person], held: set[Person]) -> list[tuple[Person | None, ...]]:
        """One-to-one assignments of the judged tracks to the known people whom no other track holds.

        A bound track loses its person to another track only, since faces change by turning and by light, or when it is strange.
        """
        bound = {t: side for t in judged if (side := self._casting.role(t)) is not None}
        sides = [s for s in known if s not in held or s in bound.values()]
        strange = {t for t, side in bound.items() if self._is_strange(t, side)}
        choices: list[tuple[Person | None, ...]] = []
        for owners in product([None, *judged], repeat=len(sides)):
            named = {t: s for t, s in zip(owners, sides, strict=True) if t is not None}
            dropped = (t for t, s in bound.items() if t not in named and s not in named.values())
            if len(named) == sum(t is not None for t in owners) and all(t in strange for t in dropped):
                choices.append(tuple(named.get(t) for t in judged))
        return choices

    def _is_strange(self, track_id: int, side: Person) -> bool:
        """Whether the track was out of sight, or changed at once, and now resembles the person no more than a stranger does."""
        broken = bool(self._reasons & {Reason.FOUND, Reason.JUMP, Reason.APPEARANCE, Reason.DOUBT})
        return broken and self._similarity(track_id, side) < self._scale.same - self._scale.unit

    def _owner(self, side: Person) -> int | None:
        """The track that holds the side and is in view."""
        principal = self._casting.principals.get(side)
        if principal is None or principal.track_id not in self._history.last_seen:
            return None
        recent = max(self._history.last_seen.values(), default=0)
        seen = self._history.last_seen[principal.track_id]
        return principal.track_id if recent - seen <= self._stride else None

    def _gain(self, track_id: int, side: Person, *, opening: bool) -> float:
        """What naming the track so is worth: its similarity above the threshold, and a bonus for what is so already."""
        gain = self._similarity(track_id, side) - self._scale.same
        if self._casting.role(track_id) is side:
            return (gain if gain > 0 else gain / 2) + self._scale.unit / 2
        if not self.galleries[side].confirmed and self._stands_out(track_id, side):
            return gain + _UNCONFIRMED * self._scale.unit
        if opening:
            return gain + self._scale.unit / 2
        return gain if self._casting.fits(track_id, side) else gain - self._scale.unit

    def _stands_out(self, track_id: int, side: Person) -> bool:
        """Whether the face is clearly more like the person than it is like the other one, and than the other faces are."""
        own = self._similarity(track_id, side)
        rivals = [self._similarity(t, side) for t in self._evidence if t != track_id and t in self._history.last_seen]
        other = self._similarity(track_id, side.other)
        leads = [own - rival for rival in (max(rivals, default=-1.0), other) if rival > -1.0]
        return bool(leads) and sum(leads) >= _STANDS_OUT * self._scale.unit

    def _since(self, track_id: int, before: Person | None) -> int:
        return 0 if before is None else self._evidence[track_id].frames[0]

    def _why(self) -> str:
        return "+".join(sorted(r.value for r in self._reasons)) or "always"

    def allows(self, track_id: int, side: Person) -> bool:
        """Whether geometry may give this track to this person: nothing known of the face speaks against it.

        One who was seen for long may replace a person who is away; he is learned then like that person.
        """
        if self._resembles(track_id, side):
            return True
        if self._casting.presences[track_id].seen_seconds < _STRANGER_SECONDS:
            return False
        self._adopted.add(track_id)
        return True

    def _resembles(self, track_id: int, side: Person) -> bool:
        gallery, seen = self.galleries[side], self._evidence.get(track_id)
        if not len(gallery):
            return self._similarity(track_id, side.other) < self._scale.same or self._owner(side.other) is not None
        if seen is None:
            return self._casting.presences[track_id].seen_seconds >= _UNJUDGED_SECONDS
        unconfirmed = not gallery.confirmed and self._stands_out(track_id, side)
        tolerance = _UNCONFIRMED if unconfirmed else 0.5
        return self._similarity(track_id, side) >= self._scale.same - tolerance * self._scale.unit
