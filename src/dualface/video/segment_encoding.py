"""The last stage of the chain: canvases into closed segments, each with its checkpoint."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from copy import deepcopy
from typing import NamedTuple

from dualface.records.observation_file import observation_line
from dualface.records.plan_file import plan_line
from dualface.records.tracks_file import tracks_line
from dualface.render.compose.error_policy import CompositionState
from dualface.render.mux.segments import Segment, SegmentWriter
from dualface.types import Frame, FramePlan, Observation, Packet
from dualface.video.canvas import Canvas
from dualface.video.counts import RunCounts
from dualface.video.films import FIRST
from dualface.video.results import Results
from dualface.video.resumable import ResumableAnalysis
from dualface.video.work_folder import OBSERVATIONS, PLAN, TRACKS, Checkpoint, WorkFolder


class Noted(NamedTuple):
    """What is known of one frame of the film: seen, planned, really shown, and the error policy's state after it."""

    seen: Observation
    plan: FramePlan
    shown: FramePlan
    policy: CompositionState | None


class Composed(NamedTuple):
    """A canvas, and what is to be noted of it."""

    canvas: Frame
    noted: Noted


class SegmentEncoding:
    """Encodes canvases, writes segments, and saves a checkpoint whenever one is closed.

    ``film`` is its name.  ``resumed`` is the checkpoint to go on from.  ``seconds`` says how long the work has taken so far,
    ``results`` what the stages have counted.
    """

    def __init__(
        self,
        canvas: Canvas,
        segments: SegmentWriter,
        work: WorkFolder,
        analysis: ResumableAnalysis,
        *,
        film: str = FIRST,
        resumed: Checkpoint | None,
        seconds: Callable[[], float],
        results: Callable[[], Results],
    ) -> None:
        self._canvas, self._segments, self._work, self._analysis = canvas, segments, work, analysis
        self._film, self._seconds, self._results = film, seconds, results
        self.counts = deepcopy(resumed.counts) if resumed else RunCounts()
        """Over the frames in closed segments."""
        self.frames = resumed.end_frame if resumed else 0
        """Encoded so far."""
        self._open: deque[Noted] = deque()
        self._closed_frames = self.frames
        self._policy = resumed.composition if resumed else canvas.composer.state()

    def push(self, composed: Composed) -> Iterable[None]:
        """Takes the next canvas and gives it back to its composer."""
        self._open.append(composed.noted)
        for packet in self._canvas.encoder.encode(composed.canvas):
            self._write(packet)
        self._canvas.composer.recycle(composed.canvas)
        self.frames += 1
        return ()

    def finish(self) -> tuple[list[Segment], Checkpoint]:
        """Encodes what is left and closes the last segment; returns all segments, and what was counted."""
        for packet in self._canvas.encoder.flush():
            self._write(packet)
        last = self._segments.finish()
        lines, checkpoint = self._closed(last.end_frame if last else self.frames, complete=True)
        if last is not None:
            self._work.save(last, lines, checkpoint)
        return self._segments.segments, checkpoint

    def _write(self, packet: Packet) -> None:
        closed: Segment | None = self._segments.write(packet)
        if closed is not None:
            self._work.save(closed, *self._closed(closed.end_frame, complete=False))

    def _closed(self, end_frame: int, *, complete: bool) -> tuple[dict[str, str], Checkpoint]:
        """The frames before ``end_frame`` that were still open: their lines of each record, and what comes after them."""
        closed = [self._open.popleft() for _ in range(min(end_frame - self._closed_frames, len(self._open)))]
        self._closed_frames = end_frame
        for one in closed:
            self.counts.add(one.seen, one.shown)
            self._policy = one.policy or self._policy
        checkpoint = Checkpoint(
            end_frame=end_frame,
            counts=deepcopy(self.counts),
            composition=self._policy,
            seconds=self._seconds(),
            snapshot=None if complete else self._analysis.snapshot_for(end_frame, self._film),
            complete=complete,
            results=self._results(),
        )
        return lines_of(closed), checkpoint


def lines_of(frames: Sequence[Noted], bases: Sequence[FramePlan] | None = None) -> dict[str, str]:
    """Their lines in each of the records; ``bases`` are the plans without corrections, where there are any."""
    plans = [one.plan for one in frames]
    return {
        TRACKS: "".join(tracks_line(one.seen, one.shown) for one in frames),
        OBSERVATIONS: "".join(observation_line(one.seen) for one in frames),
        PLAN: "".join(map(plan_line, plans, bases or plans)),
    }
