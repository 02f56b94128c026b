"""The last stage of the chain: canvases into closed segments, each with its checkpoint."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from copy import deepcopy
from typing import Any, NamedTuple

from dualface.records.tracks_file import frame_line
from dualface.render.mux.segments import Segment, SegmentWriter
from dualface.types import Frame, FramePlan, Packet
from dualface.video.canvas import Canvas
from dualface.video.counts import RunCounts
from dualface.video.resumable import ResumableAnalysis
from dualface.video.work_folder import Checkpoint, WorkFolder


class Composed(NamedTuple):
    """A canvas, what it really shows, and the error policy's state after it."""

    canvas: Frame
    plan: FramePlan
    policy: Any


class SegmentEncoding:
    """Encodes canvases, writes segments, and saves a checkpoint whenever one is closed.

    ``resumed`` is the checkpoint to go on from.  ``seconds`` says how long the work has taken so far, ``results`` what the
    stages have counted.
    """

    def __init__(
        self,
        canvas: Canvas,
        segments: SegmentWriter,
        work: WorkFolder,
        analysis: ResumableAnalysis,
        *,
        resumed: Checkpoint | None,
        seconds: Callable[[], float],
        results: Callable[[], dict[str, Any]],
    ) -> None:
        self._canvas, self._segments, self._work, self._analysis = canvas, segments, work, analysis
        self._seconds, self._results = seconds, results
        self.counts = deepcopy(resumed.counts) if resumed else RunCounts()
        """Over the frames in closed segments."""
        self.frames = resumed.end_frame if resumed else 0
        """Encoded so far."""
        self._open: deque[tuple[FramePlan, Any]] = deque()
        self._policy = resumed.composition if resumed else canvas.composer.state()

    def push(self, composed: Composed) -> Iterable[None]:
        """Takes the next canvas and gives it back to its composer."""
        self._open.append((composed.plan, composed.policy))
        for packet in self._canvas.encoder.encode(composed.canvas):
            self._write(packet)
        self._canvas.composer.recycle(composed.canvas)
        self.frames += 1
        return ()

    def finish(self) -> Checkpoint:
        """Encodes what is left and closes the last segment."""
        for packet in self._canvas.encoder.flush():
            self._write(packet)
        last = self._segments.finish()
        lines, checkpoint = self._closed(last.end_frame if last else self.frames, complete=True)
        if last is not None:
            self._work.save(last, lines, checkpoint)
        return checkpoint

    def _write(self, packet: Packet) -> None:
        closed: Segment | None = self._segments.write(packet)
        if closed is not None:
            self._work.save(closed, *self._closed(closed.end_frame, complete=False))

    def _closed(self, end_frame: int, *, complete: bool) -> tuple[str, Checkpoint]:
        """The frames before ``end_frame`` that were still open: their lines of the tracks file, and what comes after them."""
        lines: list[str] = []
        while self._open and self._open[0][0].index < end_frame:
            plan, self._policy = self._open.popleft()
            self.counts.add(plan)
            lines.append(frame_line(plan) + "\n")
        checkpoint = Checkpoint(
            end_frame=end_frame,
            counts=deepcopy(self.counts),
            composition=self._policy,
            seconds=self._seconds(),
            snapshot=None if complete else self._analysis.snapshot_for(end_frame),
            complete=complete,
            results=self._results(),
        )
        return "".join(lines), checkpoint
