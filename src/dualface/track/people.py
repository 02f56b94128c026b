"""From detections to people: tracks, and for a while back in time whose they are."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from dualface.interfaces import Tracker
from dualface.track.casting import Casting
from dualface.types import Detection, Frame, Side, Track


@dataclass(slots=True)
class Scene:
    """Who is where in one frame, open to correction while the look-ahead holds it.

    ``tracks`` are those seen in the frame; ``people`` maps ids of theirs to sides.
    """

    frame: Frame
    cut: bool
    tracks: Sequence[Track]
    people: dict[int, Side] = field(default_factory=dict)
    reid: bool = False
    corrections: list[dict[str, Any]] = field(default_factory=list)

    def track_of(self, side: Side) -> Track | None:
        return next((t for t in self.tracks if self.people.get(t.id) is side), None)


class PeopleTracker:
    """Tracks every frame and names the two principals.

    Frames come out ``delay`` frames later than they go in, so that what is learned a little later (who stays, who was
    exchanged) still reaches them.  At the start of a shot nobody is named before ``delay`` frames of it are known.
    """

    def __init__(self, tracker: Tracker, casting: Casting, *, delay: int) -> None:
        self._tracker, self._casting, self.delay = tracker, casting, max(delay, 0)
        self._held: deque[Scene] = deque()
        self._shot_start = 0
        self._opening = True

    def push(self, frame: Frame, detections: Sequence[Detection], *, cut: bool) -> list[Scene]:
        """Takes the next frame with its faces; returns the frames that are now settled, in order."""
        if cut:
            self._open_shot()
            self._tracker.reset()
            self._casting.end_shot()
            self._shot_start, self._opening = frame.index, True
        tracks = self._tracker.update(detections, frame.index, frame.time)
        self._casting.observe(tracks, frame.time)
        seen = [t for t in tracks if t.seen]
        people = {t.id: side for t in seen if (side := self._casting.role(t.id)) is not None}
        self._held.append(Scene(frame, cut, seen, people))
        if self._opening and frame.index - self._shot_start >= self.delay:
            self._open_shot()
        elif not self._opening:
            self._rebind(self._casting.proposals(frame.time))
        return self._release(self.delay)

    def flush(self) -> list[Scene]:
        """The rest, at the end of the video."""
        self._open_shot()
        return self._release(0)

    def _open_shot(self) -> None:
        """Names the people of a shot whose beginning is now known."""
        if self._opening and self._held:
            self._rebind(self._casting.proposals(self._held[-1].frame.time, shot_start=True))
        self._opening = False

    def _rebind(self, proposals: dict[int, Side]) -> None:
        for track_id, side in proposals.items():
            self._casting.bind(track_id, side)
            rename(self._held, track_id, side, since=self._shot_start)

    def _release(self, keep: int) -> list[Scene]:
        out: list[Scene] = []
        while len(self._held) > keep:
            out.append(self._held.popleft())
        return out


def rename(scenes: Iterable[Scene], track_id: int, side: Side, *, since: int) -> None:
    """Gives the track to ``side`` in every scene from frame ``since`` on; whoever had the side there loses it."""
    for scene in scenes:
        if scene.frame.index >= since and any(t.id == track_id for t in scene.tracks):
            scene.people = {k: s for k, s in scene.people.items() if s is not side}
            scene.people[track_id] = side
