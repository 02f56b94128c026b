"""Sees: frames in, frames with what was observed in them out."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from dualface.config.schema import Config
from dualface.geometry import is_sound
from dualface.interfaces import Detector, Tracker
from dualface.observe.active_picture import ActivePicture
from dualface.observe.boxes.finder import BoxFinder
from dualface.observe.boxes.line import Patch
from dualface.observe.detect.sparse import Looked, SparseDetector
from dualface.observe.embed.clothes import ClothesDescriber
from dualface.observe.frame_number import frame_number
from dualface.observe.people.bodies import Bodies
from dualface.observe.people.casting import Casting
from dualface.observe.people.ghosts import Ghosts
from dualface.observe.people.reid import ConditionalReID, Recogniser
from dualface.observe.people.scene import Scene
from dualface.observe.people.tracker import PeopleTracker
from dualface.observe.track.cuts import CutDecision, CutDetector
from dualface.pixels.thumbnail import Thumbnail
from dualface.types import Box, Frame, Observation

if TYPE_CHECKING:
    from dualface.observe.lips import LipReader, LumaSource


class Observed(NamedTuple):
    """A frame, and what was observed in it."""

    frame: Frame
    observation: Observation


class Observer:
    """Finds cuts, faces and people.

    Frames come out in order, all of them, some frames after they went in.  ``width`` and ``height`` are the source's in
    pixels, ``fps`` its nominal rate.  ``thumbnail`` makes the small picture of a frame that cuts are found in; ``detector`` may
    be shared with other videos, ``tracker`` belongs to this one.  ``luma`` is given where mouths shall be watched, ``patch``
    where boxes without gutters shall be found, ``put_away`` where frames that nobody looks at any more are kept in another way.
    """

    def __init__(
        self,
        width: int,
        height: int,
        fps: float,
        config: Config,
        *,
        detector: Detector,
        tracker: Tracker,
        thumbnail: Callable[[Frame], Thumbnail],
        recogniser: Recogniser | None = None,
        luma: LumaSource | None = None,
        patch: Patch | None = None,
        put_away: Callable[[Frame], Frame] | None = None,
    ) -> None:
        self._size, self._fps, self._patch = (width, height), fps, patch
        self._thumbnail = thumbnail
        self._cuts = CutDetector(fps)
        interval = round(config.detection.interval_seconds * fps)
        self._surely = config.detection.score_threshold
        self._sparse = SparseDetector(detector, interval=interval, fps=fps, high=config.detection.score_threshold)
        casting = Casting(width, height)
        self._reid = None
        if recogniser is not None:
            self._reid = ConditionalReID(
                recogniser.embedder,
                casting,
                fps=fps,
                mode=recogniser.mode,
                scale=recogniser.scale,
                known=recogniser.known,
                clothes=ClothesDescriber(recogniser.patch),
            )
        ahead = round(config.processing.lookahead_seconds / 2 * fps)
        self._people = PeopleTracker(tracker, casting, delay=ahead, reid=self._reid, put_away=put_away)
        self._ghosts = Ghosts()
        self._bodies = Bodies(width, height, fps)
        self._lips: LipReader | None = None
        if luma is not None:
            from dualface.observe.lips import LipReader

            self._lips = LipReader(luma)
        self._active = ActivePicture()
        self._boxes: BoxFinder | None = None
        self._parts_of: dict[int, tuple[ActivePicture, BoxFinder | None]] = {}  # of frames whose people are not settled
        self._faces: list[Box] = []
        self._undecided: deque[Frame] = deque()
        self._decisions: dict[int, CutDecision] = {}
        self._small: dict[int, Thumbnail] = {}  # of frames whose people are not settled

    @property
    def detector_looks(self) -> int:
        """How many frames the detector has looked at so far."""
        return self._sparse.stats.looks

    @property
    def reid_stats(self) -> dict[str, float]:
        """How often re-identification was active; empty where it is off."""
        return self._reid.get_activation_stats() if self._reid is not None else {}

    def push(self, frame: Frame) -> list[Observed]:
        """Takes the next frame; returns those that are settled now."""
        self._undecided.append(frame)
        small = self._small[frame.index] = self._thumbnail(frame)
        return self._after_cuts(self._cuts.push(small, frame_number(frame.time, self._fps)))

    def flush(self) -> list[Observed]:
        """The rest, at the end of the video."""
        seen = self._after_cuts(self._cuts.flush())
        seen += self._after_detection(self._sparse.flush())
        return seen + self._settled(self._people.flush())

    def _after_cuts(self, decisions: Sequence[CutDecision]) -> list[Observed]:
        seen: list[Observed] = []
        for decision in decisions:
            frame = self._undecided.popleft()
            self._decisions[frame.index] = decision
            if decision.mixed_since is not None:
                self._ghosts.noticed(decision.mixed_since, frame_number(frame.time, self._fps) - int(decision.cut))
            self._see_active(frame, decision)
            seen += self._after_detection(self._sparse.push(frame, cut=decision.cut))
        return seen

    def _see_active(self, frame: Frame, decision: CutDecision) -> None:
        if decision.cut or frame.content != self._active.whole:  # another size, where two recordings were joined
            self._active, self._boxes, self._faces = ActivePicture(frame.content), None, []
        small = self._small[frame.index]
        self._active.see(small)
        if self._patch is not None:
            if self._boxes is None:
                self._boxes = BoxFinder(*self._size, self._fps, self._patch, frame.index)
            self._boxes.note(frame.index, decision.changed)
            plain = self._active.parts(*self._size)
            if len(plain) < 2:  # a box of a grid with gutters holds one picture
                number = frame_number(frame.time, self._fps)
                self._boxes.see(frame, small, number, self._faces, plain[0] if plain else None)
        self._parts_of[frame.index] = self._active, self._boxes

    def _after_detection(self, looked: Sequence[Looked]) -> list[Observed]:
        seen: list[Observed] = []
        for look in looked:
            decision = self._decisions.pop(look.frame.index)
            self._faces = [face.box for face in look.detections if face.score >= self._surely and is_sound(face.box)]

            def changed(box: Box, decision: CutDecision = decision) -> float:
                return decision.changed_share(box, *self._size)

            seen += self._settled(self._people.push(look.frame, look.detections, cut=look.cut, changed=changed))
        return seen

    def _settled(self, scenes: Sequence[Scene]) -> list[Observed]:
        settled = []
        for scene in scenes:
            self._ghosts.lay(scene, frame_number(scene.frame.time, self._fps))
            faces = {track.id: track.box for track in scene.tracks if track.id in scene.people}
            small = self._small.pop(scene.frame.index)
            scene.there = self._bodies.observe(small, faces, time=scene.frame.time, cut=scene.cut)
            if self._lips is not None:
                scene.lips = self._lips.read(scene.frame, scene.tracks, cut=scene.cut, people=scene.people)
            active, boxes = self._parts_of.pop(scene.frame.index)
            scene.active = active.parts(*self._size)
            if boxes is not None:
                scene.active, scene.active_since = boxes.parts_at(scene.frame.index, scene.active)
            settled.append(Observed(scene.frame, scene.observation()))
        return settled
