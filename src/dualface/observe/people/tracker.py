"""From detections to people: tracks, and for a while back in time whose they are."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace

from dualface.interfaces import Tracker
from dualface.observe.people.casting import Casting
from dualface.observe.people.reid import ConditionalReID
from dualface.observe.people.scene import Scene
from dualface.types import Box, Detection, Frame, Naming, Person

_log = logging.getLogger(__name__)


def _unchanged(_: Box) -> float:
    return 0.0


class PeopleTracker:
    """Tracks every frame and names the two principals.

    Frames come out ``delay`` frames later than they go in, so that what is learned a little later (who stays, who was
    exchanged) still reaches them.  At the start of a shot nobody is named before ``delay`` frames of it are known.
    Without ``reid``, geometry alone decides.
    """

    def __init__(
        self,
        tracker: Tracker,
        casting: Casting,
        *,
        delay: int,
        reid: ConditionalReID | None = None,
        put_away: Callable[[Frame], Frame] | None = None,
    ) -> None:
        self._tracker, self._casting, self._reid, self.delay = tracker, casting, reid, max(delay, 0)
        self._put_away = put_away
        self._held: deque[Scene] = deque()
        self._shot_start = 0
        self._opening = True

    def push(
        self, frame: Frame, detections: Sequence[Detection], *, cut: bool, changed: Callable[[Box], float] = _unchanged
    ) -> list[Scene]:
        """Takes the next frame with its faces; returns the frames that are now settled, in order.

        ``changed`` tells which share of a box (source pixels) changed at once in this frame, 0…1.
        """
        if cut:
            self._start_shot(frame.index)
        tracks = self._tracker.update(detections, frame.index, frame.time)
        self._casting.observe(tracks, frame.time)
        seen = [t for t in tracks if t.seen]
        people = {t.id: side for t in seen if (side := self._casting.role(t.id)) is not None}
        scene = Scene(frame, cut, seen, people)
        self._held.append(scene)
        if self._reid is not None:
            self._reid.watch(scene, tracks, changed)
        if not self._opening:
            self._settle(scene, opening=False)
        elif frame.index - self._shot_start >= self.delay:
            self._open()
        if self._put_away is not None and len(self._held) > 1:  # the newest may still be looked at, when a cut follows it
            self._held[-2].frame = self._put_away(self._held[-2].frame)
        return self._release(self.delay)

    def flush(self) -> list[Scene]:
        """The rest, at the end of the video."""
        self._open()
        return self._release(0)

    def _start_shot(self, index: int) -> None:
        self._open()
        self._tracker.reset()
        self._casting.end_shot()
        if self._reid is not None:
            self._reid.end_shot(self._held[-1] if self._held else None)
        self._shot_start, self._opening = index, True

    def _open(self) -> None:
        """Names the people of a shot whose beginning is now known."""
        if self._opening and self._held:
            self._settle(self._held[-1], opening=True)
        self._opening = False

    def _settle(self, scene: Scene, *, opening: bool) -> None:
        """Names people by their faces where these were looked at, and by geometry where nothing speaks against it."""
        if self._reid is not None:
            namings = self._reid.judge(scene, opening=opening)
            for naming in sorted(namings, key=lambda one: one.person is not None):  # a name is taken away before it is given
                if naming.person is not None:
                    self._name(naming.track_id, naming.person, naming.since, replace=True)
                elif naming.was is not None:
                    self._unname(naming.track_id, naming.was, naming.since)
                self._record(scene, naming)
        for track_id, proposed in self._casting.proposals(scene.frame.time, shot_start=opening).items():
            side = self._admitted(track_id, proposed, scene)
            if side is not None:
                self._name(track_id, side, self._shot_start, replace=False)

    def _admitted(self, track_id: int, proposed: Person, scene: Scene) -> Person | None:
        """The proposed side, or the other one where nobody was seen yet; ``None`` where the face speaks against both."""
        if self._reid is None or self._reid.allows(track_id, proposed, scene):
            return proposed
        unknown = proposed.other not in self._casting.principals
        return proposed.other if unknown and self._reid.allows(track_id, proposed.other, scene) else None

    def _name(self, track_id: int, side: Person, since: int, *, replace: bool) -> None:
        self._casting.bind(track_id, side)
        for held in self._held:
            if held.frame.index >= max(since, self._shot_start):
                held.rename(track_id, side, replace=replace)

    def _unname(self, track_id: int, side: Person, since: int) -> None:
        self._casting.unbind(side)
        for held in self._held:
            if held.frame.index >= since:
                held.people.pop(track_id, None)

    def _record(self, scene: Scene, naming: Naming) -> None:
        naming = replace(naming, since=max(naming.since, self._held[0].frame.index))
        scene.namings.append(naming)
        _log.info("frame %d: recognised %s", scene.frame.index, naming)

    def _release(self, keep: int) -> list[Scene]:
        out: list[Scene] = []
        while len(self._held) > keep:
            out.append(self._held.popleft())
        return out
