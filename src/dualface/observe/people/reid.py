"""Re-identification only where an exchange is possible, and a few looks at every face besides.

Quiet footage costs a risk assessment a frame.  At risk, the faces in view are described in a few frames, and who is who is
judged anew; see :mod:`dualface.observe.people.recognition`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from dualface.geometry import covered
from dualface.interfaces import Embedder
from dualface.likeness import Scale
from dualface.observe.embed.clothes import ClothesDescriber, Patch
from dualface.observe.people.casting import Casting
from dualface.observe.people.gallery import Gallery
from dualface.observe.people.looks import LookBudget, LookSchedule, landmarks_of, worth_of
from dualface.observe.people.recognition import Recognition, Verdict
from dualface.observe.people.scene import Scene
from dualface.observe.people.swap_risk import IDSwapDetector, Reason, SwapRisk, TrackHistory
from dualface.pixels.source import CpuPixels
from dualface.types import Box, F32Array, Look, Naming, Person, Track

Mode = Literal["never", "conditional", "always"]

_LOOKS = 3
"""Looks that a campaign takes after the last sign of risk."""
_STRIDE_SECONDS = 0.1
"""Time between two looks of a campaign."""
_LASTING, _PATIENCE = 10, 6
"""People who sit so close that their faces touch for more than so many strides are looked at so many times less often, until
they part."""
_MOST_FACES = 6
"""Faces looked at in one frame: the two people's, and the tallest of the others."""
_LEAST_WORTH = 0.15
_LEAST_SIZE = 0.4
_COVERED = 0.3
"""Share of a face under a larger one from which on its embedding says nothing."""
_BREAKS = frozenset({Reason.NEAR, Reason.FOUND, Reason.JUMP, Reason.APPEARANCE, Reason.DOUBT})
"""Signs that a track may show somebody else from now on."""


@dataclass(frozen=True, slots=True)
class Recogniser:
    """What re-identification needs: an embedder, the scale of its similarities, and when to use it.

    ``known``: what people look like who are known beforehand, as :class:`ConditionalReID` takes it.  ``patch`` reads
    what people wear, where the frames are.
    """

    embedder: Embedder
    scale: Scale
    mode: Mode
    known: Mapping[Person, Sequence[F32Array]] = field(default_factory=dict)
    patch: Patch = field(default_factory=lambda: CpuPixels().patch)


class ConditionalReID:
    """Watches for exchanges and corrects them.  One instance a video; ``embedder`` may be shared.

    ``known``: what people look like who are known beforehand, each by embeddings, float32, shape (dimensions,), L2-normalised.
    ``clothes`` describes what is worn below a face; without it clothes tell nothing.
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
        clothes: ClothesDescriber | None = None,
    ) -> None:
        self._embedder, self._mode, self._clothes = embedder, mode, clothes
        self._stride = max(round(_STRIDE_SECONDS * fps), 1)
        self._risks = IDSwapDetector(fps=fps)
        self._history = TrackHistory(cut=True)
        self._known = Recognition.of(casting, scale, known or {})
        self._schedule, self._budget = LookSchedule(), LookBudget()
        self._until, self._next_look, self._began, self._patient = -1, 0, 0, False
        self._reasons: set[Reason] = set()
        self._total = self._active = 0

    @property
    def galleries(self) -> Mapping[Person, Gallery]:
        """What is known of the looks of each person."""
        return self._known.galleries

    def get_activation_stats(self) -> dict[str, float]:
        """``activation_ratio`` (0…1), ``total_frames``, ``reid_frames``, and ``risk_<reason>``: frames with that risk."""
        counts: Counter[str] = Counter({f"risk_{r.value}": n for r, n in self._risks.counts.items()})
        ratio = self._active / self._total if self._total else 0.0
        return {"activation_ratio": ratio, "total_frames": self._total, "reid_frames": self._active, **counts}

    def end_shot(self, last: Scene | None = None) -> None:
        """A cut: tracks end, and people are to be recognised anew.  ``last`` is the shot's last frame."""
        if last is not None:
            self._known.learn(last.people)
        self._known.end_shot(set(last.people.values()) if last is not None else ())
        self._schedule, self._budget = LookSchedule(), LookBudget()
        self._history = TrackHistory(cut=True)
        self._until, self._reasons, self._patient = -1, set(), False

    def watch(self, scene: Scene, tracks: Sequence[Track], changed: Callable[[Box], float]) -> SwapRisk:
        """Takes note of a frame, in order; describes its faces if that is worth it and gives the scene their looks.

        ``tracks`` are all live ones; ``changed`` tells which share of a box (source pixels) changed at once in this frame.
        """
        n = scene.frame.index
        self._total += 1
        self._history.changed = {} if self._history.cut else {t.id: changed(t.box) for t in scene.tracks}
        risk = self._risks.assess_risk(tracks, self._history, n)
        self._history.note(tracks, n)
        self._forget(tracks)
        if risk.requires_reid and self._known.anybody:
            self._alarm(n, risk.reasons)
        elif self._patient and n > self._until - (_LOOKS - 1) * self._stride:
            self._patient, self._next_look = False, n  # they part: who went where?
        if self._mode == "always":
            self._look(scene)
        elif n <= self._until and n >= self._next_look:
            self._look(scene)
            self._next_look = n + self._stride * (_PATIENCE if self._patient else 1)
        elif n > self._until:
            self._look(scene, only=self._due(scene))
        if n > self._until and scene.looks and not self._is_doubtful(scene):
            self._known.learn(scene.people)
        return risk

    def _alarm(self, n: int, reasons: Collection[Reason]) -> None:
        """Looks are to be taken until some frames after this one."""
        begins = n > self._until
        if begins:
            self._began, self._next_look, self._reasons = n, n, set()
        if _BREAKS & set(reasons) and (begins or not _BREAKS & self._reasons):
            self._known.break_off(n)
        self._until = n + _LOOKS * self._stride
        self._reasons |= set(reasons)
        self._patient = set(reasons) == {Reason.NEAR} and n - self._began >= _LASTING * self._stride

    def _forget(self, tracks: Sequence[Track]) -> None:
        alive = {t.id for t in tracks}
        self._known.keep(alive)
        self._schedule.keep(alive)

    def _due(self, scene: Scene) -> set[int]:
        """Tracks whose next look is due in quiet footage."""
        time = scene.frame.time
        return {t.id for t in scene.tracks if t.detection is not None and self._schedule.is_due(t.id, t.detection, time)}

    def _look(self, scene: Scene, *, only: Collection[int] | None = None) -> None:
        """Describes every face of the scene, or those of some tracks, that can be judged."""
        if only is not None and not only:
            return
        tallest = max((t.box.h for t in scene.tracks), default=0.0)
        faces: list[tuple[Track, float]] = []
        for track in sorted(scene.tracks, key=lambda t: (t.id not in scene.people, -t.box.h))[:_MOST_FACES]:
            if track.detection is None or track.box.h < _LEAST_SIZE * tallest or (only is not None and track.id not in only):
                continue
            worth = worth_of(track.detection)
            hidden = max((covered(track.box, o.box) for o in scene.tracks if o.box.area > track.box.area), default=0.0)
            if worth >= _LEAST_WORTH and hidden < _COVERED:
                faces.append((track, worth))
        if self._mode != "always":
            principals = sum(track.id in scene.people for track, _ in faces)
            faces = faces[: self._budget.take(scene.frame.time, principals, len(faces) - principals)]
        if faces:
            self._describe(scene, faces)

    def _describe(self, scene: Scene, faces: Sequence[tuple[Track, float]]) -> None:
        frame = scene.frame
        self._active += not scene.looks
        vectors = self._embedder.embed(frame, [t.detection for t, _ in faces if t.detection is not None])
        for (track, worth), vector in zip(faces, vectors, strict=True):
            marks = landmarks_of(track.detection) if track.detection is not None else None
            if track.detection is None or marks is None:
                continue
            worn = self._clothes.describe(frame, track.box) if self._clothes is not None else None
            look = Look(vector.astype(np.float16), round(worth, 3), worn)
            scene.looks[track.id] = look
            self._known.add(track.id, frame.index, frame.time, marks, look)
            self._schedule.note(track.id, track.detection, frame.time)

    def _is_doubtful(self, scene: Scene) -> bool:
        """Whether somebody who was looked at is not who he is held to be; starts a campaign: a dissolve gives no other sign."""
        for track_id in scene.looks:
            side = scene.people.get(track_id)
            if side is not None and self._known.is_doubtful(track_id, side):
                self._risks.counts[Reason.DOUBT] += 1
                self._alarm(scene.frame.index, {Reason.DOUBT})
                self._next_look = scene.frame.index + self._stride
                return True
        return False

    def judge(self, scene: Scene, *, opening: bool = False) -> list[Naming]:
        """Tracks whose looks say that they are somebody else's than now.  ``opening``: the first names in a shot."""
        risky = self._mode == "always" or scene.frame.index <= self._until
        broken = bool(self._reasons & (_BREAKS - {Reason.NEAR}))
        verdicts = self._known.judge(scene.tracks, opening=opening, risky=risky and not opening, broken=broken)
        return [self._naming(verdict) for verdict in verdicts]

    def _naming(self, verdict: Verdict) -> Naming:
        since = 0 if verdict.was is None else self._known.since(verdict.track_id)
        similarity = self._known.similarity(verdict.track_id, verdict.side or verdict.was)
        return Naming(verdict.track_id, verdict.side, verdict.was, since, similarity, self._why())

    def _why(self) -> str:
        return "+".join(sorted(r.value for r in self._reasons)) or "look"

    def allows(self, track_id: int, side: Person, scene: Scene) -> bool:
        """Whether geometry may give this track of the scene to this person: nothing that was seen speaks against it."""
        return self._known.allows(track_id, side, scene.tracks)
