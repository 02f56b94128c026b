"""The second look: once all was seen, who is who is decided anew, and segments whose plan that changes are made again.

The others stay as they are, packet by packet.  Every replaced segment counts at once, so whatever ends the process, the next
run compares again and goes on with what is still different.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import NamedTuple, Self

from dualface.config.schema import Config
from dualface.direct.director import plan_whole
from dualface.errors import InputError, StoppedError
from dualface.interfaces import Decoder
from dualface.records.observation_file import observation_of
from dualface.records.plan_file import plan_of
from dualface.render.mux.segments import Segment, SegmentReplacement
from dualface.types import Frame, FramePlan, Observation, Person, VideoInfo
from dualface.video.analysis import rate_of
from dualface.video.canvas import Canvas, names_of
from dualface.video.counts import RunCounts
from dualface.video.segment_encoding import Noted, lines_of
from dualface.video.shared_models import SharedModels
from dualface.video.vitals import Vitals
from dualface.video.work_folder import OBSERVATIONS, PLAN, WorkFolder


class Doubt(NamedTuple):
    """A moment worth a look: from when to when, in seconds of the source's clock, a face is called somebody's, how sure that is
    (0…1) and what it rests on.
    """

    first: float
    last: float
    person: Person | None
    confidence: float
    reason: str


@dataclass(frozen=True, slots=True)
class Decided:
    """The whole decision: all observations, with everybody's final name; those of the known people who are not there; what is
    doubtful; and in words what decided who is left.
    """

    seen: Sequence[Observation]
    absent: frozenset[Person] = frozenset()
    doubts: tuple[Doubt, ...] = ()
    sides: str = ""


Decide = Callable[[Sequence[Observation]], Decided]
_ONE_SPAN_SECONDS = 1.0
"""Changes that are no farther apart are told as one."""


@dataclass(slots=True)
class Change:
    """What a second look has changed: frames with other names, and frames that show something else and were made anew."""

    named: int = 0
    shown: int = 0
    spans: list[tuple[float, float]] = field(default_factory=list)
    """When, in seconds of the source's clock, something else is shown."""
    doubts: tuple[Doubt, ...] = ()
    sides: str = ""

    def note(self, plans: Sequence[FramePlan]) -> None:
        """Frames, in order, that show something else."""
        self.shown += len(plans)
        for plan in plans:
            if self.spans and plan.time - self.spans[-1][1] <= _ONE_SPAN_SECONDS:
                self.spans[-1] = self.spans[-1][0], plan.time
            else:
                self.spans.append((plan.time, plan.time))

    def as_dict(self) -> dict[str, object]:
        """As the summary has it."""
        spans = [[round(first, 3), round(last, 3)] for first, last in self.spans]
        unsure = [
            {"from": round(d.first, 3), "to": round(d.last, 3), "person": d.person, "confidence": d.confidence, "why": d.reason}
            for d in self.doubts
        ]
        return {"frames_named": self.named, "frames_shown": self.shown, "spans": spans, "sides": self.sides, "unsure": unsure}


class SecondLook:
    """One video's second look; ``segments`` are all of the film and are kept up to date.  Leave it as a context manager.

    ``open_decoder`` opens the source, at its first frame.  ``config`` is the one that the film is made by, in the end without
    the captions of people who are not in the video.
    """

    def __init__(
        self,
        info: VideoInfo,
        config: Config,
        models: SharedModels,
        work: WorkFolder,
        segments: list[Segment],
        *,
        open_decoder: Callable[[], Decoder],
        vitals: Vitals,
        stop: threading.Event,
    ) -> None:
        self._info, self.config, self._models, self._work, self._segments = info, config, models, work, segments
        self._open_decoder, self._vitals, self._stop = open_decoder, vitals, stop
        self._decoder: Decoder | None = None
        self._next_frame = 0
        self._uncaptioned: frozenset[Person] = frozenset()
        self.change = Change()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._decoder is not None:
            self._decoder.close()

    def run(self, decide: Decide) -> RunCounts | None:
        """Decides, and makes anew what is different.  Returns the counts over the film as it is then; ``None`` if nothing is.

        Raises what decoder, composer and encoder raise, :class:`~dualface.errors.StoppedError` too.
        """
        before = [observation_of(json.loads(line)) for one in self._segments for line in self._work.lines(one, OBSERVATIONS)]
        decided = decide(before)
        seen = decided.seen
        self.change.doubts, self.change.sides = decided.doubts, decided.sides
        self._uncaption(decided.absent)
        self.change.named = sum(old.faces != new.faces for old, new in zip(before, seen, strict=True))
        if before == seen and not self._uncaptioned:
            return None
        del before
        plans = plan_whole(seen, self._info.width, self._info.height, rate_of(self._info), self.config)
        counts, start = RunCounts(), 0
        for segment in list(self._segments):
            mine = seen[start : start + segment.frames]
            self._revise(segment, mine, [next(plans) for _ in mine])
            for one, line in zip(mine, self._work.lines(segment, PLAN), strict=True):
                counts.add(one, plan_of(json.loads(line)))
            start += segment.frames
        return counts

    def _uncaption(self, absent: frozenset[Person]) -> None:
        """Whoever has the tile of somebody who is not in the video is not called so."""
        names = names_of(self.config)
        self._uncaptioned = frozenset(person for person in absent if names[person])
        blank = {f"caption_{person.value}": "" for person in self._uncaptioned}
        self.config = self.config.model_copy(update={"framing": self.config.framing.model_copy(update=blank)})

    def _revise(self, segment: Segment, seen: Sequence[Observation], plans: Sequence[FramePlan]) -> None:
        """Makes the segment's pictures anew if they show something else, its lines if anything about them is different."""
        self._check()
        before = [plan_of(json.loads(line)) for line in self._work.lines(segment, PLAN)]
        uncaptioned = [plan for plan in plans if any(one.person in self._uncaptioned for one in plan.placements)]
        if before == plans and not uncaptioned:
            return
        changed = [new for new, old in zip(plans, before, strict=True) if new.placements != old.placements]
        different = uncaptioned or changed
        self.change.note(different)
        if different:
            noted = self._remade(segment, seen, plans)
        else:
            noted = [Noted(one, plan, plan, None) for one, plan in zip(seen, plans, strict=True)]
        self._work.rewrite(segment, lines_of(noted))

    def _remade(self, segment: Segment, seen: Sequence[Observation], plans: Sequence[FramePlan]) -> list[Noted]:
        noted: list[Noted] = []
        with (
            closing(Canvas(self._info, self.config, self._models.device)) as canvas,
            SegmentReplacement(segment, canvas.encoder.stream) as made,
        ):
            for frame, one, plan in zip(self._frames(segment), seen, plans, strict=True):
                picture = canvas.composer.compose(frame, plan.placements)
                noted.append(Noted(one, plan, replace(plan, placements=canvas.composer.shown), None))
                for packet in canvas.encoder.encode(picture):
                    made.write(packet)
                canvas.composer.recycle(picture)
                self._check()
            for packet in canvas.encoder.flush():
                made.write(packet)
            made.finish(self._segments)
        return noted

    def _frames(self, segment: Segment) -> Iterator[Frame]:
        """The source's frames of a segment: goes on where the decoder is, or opens one there."""
        if self._decoder is None or self._next_frame != segment.first_frame:
            if self._decoder is not None:
                self._decoder.close()
                self._decoder = None
            self._decoder = _decoder_at(self._open_decoder, segment.first_frame, segment.first_pts, self._check)
        for index in range(segment.first_frame, segment.end_frame):
            frame = next(iter(self._decoder.decode_batch(1)), None)
            if frame is None or frame.index != index:
                raise InputError("the video can't be read a second time as it was the first time; copy it to a local disk.")
            self._next_frame = index + 1
            yield frame

    def _check(self) -> None:
        self._vitals.sought += 1
        if self._stop.is_set():
            raise StoppedError("stopped during the second look.")


def _decoder_at(open_decoder: Callable[[], Decoder], index: int, pts: int, check: Callable[[], None]) -> Decoder:
    """A decoder whose next frame is this one: seeks, or where that does not lead there exactly, reads up to it."""
    decoder = open_decoder()
    if index == 0:
        return decoder
    if decoder.seek(index, pts):
        return decoder
    decoder.close()
    decoder = open_decoder()
    try:
        for _ in range(index):
            check()
            decoder.decode_batch(1)
    except BaseException:
        decoder.close()
        raise
    return decoder
