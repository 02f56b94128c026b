"""The second look: once all was seen, who is who is decided anew, and segments whose plan that changes are made again.

The others stay as they are, packet by packet.  Every replaced segment counts at once.  Whatever ends the process, the next run
decides again, by what was seen at first and so the same, compares, and goes on with what is still different.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Any, NamedTuple, Self

from dualface.config.schema import Config
from dualface.direct.director import plan_whole
from dualface.errors import StoppedError
from dualface.interfaces import Decoder
from dualface.records.json_lines import entry_of
from dualface.records.observation_file import observation_of
from dualface.records.plan_file import plan_of
from dualface.render.mux.segments import Segment, SegmentReplacement
from dualface.types import FramePlan, Observation, Person, VideoInfo
from dualface.video.analysis import rate_of
from dualface.video.canvas import Canvas, names_of
from dualface.video.corrections_of import NO_CORRECTIONS, Corrections
from dualface.video.counts import RunCounts
from dualface.video.segment_encoding import Noted, lines_of
from dualface.video.shared_models import SharedModels
from dualface.video.source_again import SourceAgain
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

    def as_dict(self) -> dict[str, object]:
        """As summaries and records have it."""
        times = {"from": round(self.first, 3), "to": round(self.last, 3)}
        return times | {"person": self.person, "confidence": self.confidence, "why": self.reason}

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> Doubt:
        """From such an entry."""
        person = None if entry["person"] is None else Person(entry["person"])
        return cls(entry["from"], entry["to"], person, entry["confidence"], entry["why"])


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
        unsure = [doubt.as_dict() for doubt in self.doubts]
        return {"frames_named": self.named, "frames_shown": self.shown, "spans": spans, "sides": self.sides, "unsure": unsure}


class SecondLook:
    """One video's second look; ``segments`` are all of the film and are kept up to date.  Leave it as a context manager.

    ``open_decoder`` opens the source, at its first frame.  ``config`` is the one that the film is made by, in the end without
    the captions of people who are not in the video.  ``corrections`` go over what is decided; the observations stay as they
    would be without them, so that they can be taken back.
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
        corrections: Corrections = NO_CORRECTIONS,
    ) -> None:
        self._info, self.config, self._models, self._work, self._segments = info, config, models, work, segments
        self._asked = config
        self._vitals, self._stop, self._corrections = vitals, stop, corrections
        self._source = SourceAgain(open_decoder, self._check)
        self.uncaptioned: frozenset[Person] = frozenset()
        self.unfounded: tuple[str, ...] = ()
        self.change = Change()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._source.__exit__(kind, error, trace)

    def run(self, decide: Decide) -> RunCounts | None:
        """Decides, and makes anew what is different.  Returns the counts over the film as it is then; ``None`` if nothing is.

        Raises what decoder, composer and encoder raise, :class:`~dualface.errors.StoppedError` too.
        """
        before = [
            observation_of(entry_of(line))
            for segment in self._segments
            for line in self._work.lines_of(segment).first_lines(OBSERVATIONS)
        ]
        decided = decide(before)
        seen = decided.seen
        self.change.doubts, self.change.sides = decided.doubts, decided.sides
        self._uncaption(decided.absent - self._corrections.named)
        self.change.named = sum(old.faces != new.faces for old, new in zip(before, seen, strict=True))
        if before == seen and not self.uncaptioned and not self._corrections.all and not self._work.is_revised(self._segments):
            return None
        del before
        counts, start = RunCounts(), 0
        bases: Iterator[FramePlan] = plan_whole(seen, self._info.width, self._info.height, rate_of(self._info), self.config)
        plans: Iterator[FramePlan] | None = None
        if self._corrections.all:
            whole = list(bases)
            self.unfounded = tuple(self._corrections.unfounded(seen, self._info, self.config))
            bases, plans = iter(whole), iter(self._corrections.plans(seen, whole, self._info, self.config))
        for segment in list(self._segments):
            mine = seen[start : start + segment.frames]
            base = [next(bases) for _ in mine]
            self._revise(segment, mine, base, [next(plans) for _ in mine] if plans is not None else base)
            for one, line in zip(mine, self._work.lines_of(segment).lines(PLAN), strict=True):
                counts.add(one, plan_of(entry_of(line)))
            start += segment.frames
        return counts

    def _uncaption(self, absent: frozenset[Person]) -> None:
        """Whoever has the tile of somebody who is not in the video is not called so."""
        names = names_of(self.config)
        self.uncaptioned = frozenset(person for person in absent if names[person])
        blank = {f"caption_{person.value}": "" for person in self.uncaptioned}
        self.config = self.config.model_copy(update={"framing": self.config.framing.model_copy(update=blank)})

    def _revise(
        self,
        segment: Segment,
        seen: Sequence[Observation],
        bases: Sequence[FramePlan],
        plans: Sequence[FramePlan],
    ) -> None:
        """Makes the segment's pictures anew if they show something else, its lines if anything about them is different."""
        self._check()
        lines = self._work.lines_of(segment)
        before = [plan_of(entry_of(line)) for line in lines.lines(PLAN)]
        unknown = lines.segment != segment.path.name  # something ended a run before it could note what it had made
        uncaptioned = [plan for plan in plans if any(one.person in self.uncaptioned for one in plan.placements)]
        if before == plans and not uncaptioned and not unknown:
            return
        changed = [new for new, old in zip(plans, before, strict=True) if unknown or new.placements != old.placements]
        different = uncaptioned or changed
        self.change.note(different)
        if different:
            noted = self._remade(segment, seen, plans)
        else:
            noted = [Noted(one, plan, plan, None) for one, plan in zip(seen, plans, strict=True)]
        self._work.rewrite(self._segments[segment.index], lines_of(noted, bases))

    def _remade(self, segment: Segment, seen: Sequence[Observation], plans: Sequence[FramePlan]) -> list[Noted]:
        noted: list[Noted] = []
        frames = range(segment.first_frame, segment.end_frame)
        with (
            closing(Canvas(self._info, self._asked, self._models.device, self.uncaptioned)) as canvas,
            SegmentReplacement(segment, canvas.encoder.stream) as made,
        ):
            for frame, one, plan in zip(self._source.frames(frames, segment.first_pts), seen, plans, strict=True):
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

    def _check(self) -> None:
        self._vitals.sought += 1
        if self._stop.is_set():
            raise StoppedError("stopped during the second look.")
