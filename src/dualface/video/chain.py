"""The chain of stages for one video: opened, put back to where an earlier run ended, and run."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

from dualface.config.schema import Config
from dualface.errors import StoppedError
from dualface.interfaces import Decoder
from dualface.jobs import Job
from dualface.render.mux.segments import Segment, SegmentWriter
from dualface.types import Frame, Observation, VideoInfo
from dualface.video.analysis import PlannedFrame, open_analysis, plugins_of
from dualface.video.canvas import Canvas
from dualface.video.executor import Stage, run_chain
from dualface.video.part import part_opener
from dualface.video.recorded import RecordedPlans, Recording
from dualface.video.references import recogniser_of
from dualface.video.results import Results
from dualface.video.resumable import LastThumbnail, ResumableAnalysis, reopened, restored
from dualface.video.segment_encoding import Composed, Noted, SegmentEncoding
from dualface.video.shared_models import SharedModels
from dualface.video.vitals import Vitals
from dualface.video.work_folder import Checkpoint, ResumePoint, Snapshot, WorkFolder


class NotResumableError(Exception):
    """An earlier run's work turned out to be of no use."""


class Making:
    """Makes all segments of one video in a work folder, from the start or from ``resume``.

    Leave it as a context manager; one use.  The constructor raises :class:`NotResumableError` when ``resume`` leads nowhere,
    and what decoder, composer, encoder and models raise.
    """

    def __init__(
        self,
        job: Job,
        config: Config,
        models: SharedModels,
        *,
        resume: ResumePoint | None,
        vitals: Vitals,
        warn: Callable[[str], None],
        stop: threading.Event,
    ) -> None:
        self._job, self._config, self._models, self._resume = job, config, models, resume
        self._vitals, self._warn, self._stop = vitals, warn, stop
        self._started = time.monotonic()
        self._open_decoder = part_opener(models.device, job.source, config)
        self._thumbnails = LastThumbnail(models.device.pixels.thumbnail)
        with ExitStack() as cleanup:
            self._decoder, held = self._open_source()
            cleanup.callback(self._decoder.close)
            self.info: VideoInfo = self._decoder.get_video_info()
            self.canvas = Canvas(self.info, config, models.device)
            cleanup.callback(self.canvas.close)
            self._analysis = self._open_recording(held) if job.plan is not None else self._open_analysis(held)
            self._cleanup = cleanup.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._cleanup.close()

    def run(self, work: WorkFolder, progress: Callable[[int, Observation], None]) -> tuple[list[Segment], Checkpoint]:
        """Runs the chain to the end; ``progress`` hears of each frame encoded.  Raises what the stages raise."""
        checkpoint = self._resume.checkpoint if self._resume else None
        if checkpoint is not None:
            for stage in ("analysed", "composed", "encoded"):
                setattr(self._vitals, stage, checkpoint.end_frame)
        kept = self._resume.segments if self._resume else ()
        with SegmentWriter(work.path, self.canvas.encoder.stream, segments=kept) as segments:
            encoding = SegmentEncoding(
                self.canvas, segments, work, self._analysis, resumed=checkpoint, seconds=self._seconds, results=self._results
            )

            def encode(composed: Composed) -> Iterable[None]:
                encoding.push(composed)
                self._vitals.encoded = encoding.frames
                progress(encoding.frames, composed.noted.seen)
                return ()

            stages = [
                Stage("analyse", self._analyse, self._flush),
                Stage("compose", self._compose),
                Stage("encode", encode),
            ]
            run_chain(self._frames(), stages, capacity=self._config.processing.queue_frames, stop=self._stop)
            complete = encoding.finish()
            if self._analysis.problem is not None:
                self._warn(f"{self._job.source}: no checkpoint could be made ({self._analysis.problem}).")
            return segments.segments, complete

    def _open_source(self) -> tuple[Decoder, dict[int, Frame]]:
        snapshot = self._resume.checkpoint.snapshot if self._resume else None
        if snapshot is None:
            return self._open_decoder(), {}
        found = reopened(self._open_decoder, snapshot, thumbnails=self._thumbnails, check=self._check)
        if found is None:
            raise NotResumableError("the frames around the place where it ended can't be found again")
        return found

    def _open_analysis(self, held: dict[int, Frame]) -> ResumableAnalysis:
        thumbnail = self._thumbnails
        detector = self._models.detector(self.info.width, self.info.height)
        snapshot = self._resume.checkpoint.snapshot if self._resume else None
        if snapshot is None:
            recogniser = recogniser_of(self._job.source, self._config, self._models, self._warn)
        else:  # it has what was known then
            recogniser = self._models.recogniser(self._config.reid.mode, self._warn)
        lent: dict[str, Any] = {"detector": detector, "thumbnail": thumbnail}
        if recogniser is not None:
            lent |= {"embedder": recogniser.embedder, "patch": recogniser.patch}
        if snapshot is not None:
            return self._thawed(snapshot, held, lent)
        analysis = open_analysis(self.info, self._config, detector=detector, thumbnail=thumbnail, recogniser=recogniser)
        return ResumableAnalysis(analysis, lent, self._decoder.stats, self._thumbnails)

    def _open_recording(self, held: Mapping[int, Frame]) -> ResumableAnalysis:
        assert self._job.plan is not None
        recording = Recording.read(self._job.plan, self._job.observations)
        recording.check(self.info)
        lent = {"recording": recording}
        snapshot = self._resume.checkpoint.snapshot if self._resume else None
        if snapshot is not None:
            return self._thawed(snapshot, held, lent)
        return ResumableAnalysis(RecordedPlans(recording), lent, self._decoder.stats, self._thumbnails)

    def _thawed(self, snapshot: Snapshot, held: Mapping[int, Frame], lent: Mapping[str, Any]) -> ResumableAnalysis:
        assert self._resume is not None
        analysis = restored(snapshot, held, lent, plugins_of(self._config))
        if analysis is None:
            raise NotResumableError("its checkpoint can't be read")
        checkpoint = self._resume.checkpoint
        self.canvas.composer.restore(checkpoint.composition)
        start = checkpoint.end_frame
        return ResumableAnalysis(analysis, lent, self._decoder.stats, self._thumbnails, resumed=snapshot, start=start)

    def _check(self) -> None:
        self._vitals.sought += 1
        if self._stop.is_set():
            raise StoppedError(f"{self._job.source}: stopped before it went on.")

    def _frames(self) -> Iterator[Frame]:
        at_a_time = 1 if self._models.device.name == "cpu" else self._config.processing.batch_size_decode
        while frames := deque(self._decoder.decode_batch(at_a_time)):
            while frames:
                frame = frames.popleft()  # a list would keep all of them in memory until the last is handed on
                self._vitals.decoded = frame.index + 1
                yield frame

    def _analyse(self, frame: Frame) -> list[PlannedFrame]:
        return self._counted(self._analysis.push(frame))

    def _flush(self) -> list[PlannedFrame]:
        return self._counted(self._analysis.flush())

    def _counted(self, planned: list[PlannedFrame]) -> list[PlannedFrame]:
        if planned:
            self._vitals.analysed = planned[-1].frame.index + 1
        return planned

    def _compose(self, planned: PlannedFrame) -> list[Composed]:
        composer = self.canvas.composer
        canvas = composer.compose(planned.frame, planned.plan.placements)
        self._vitals.composed = planned.frame.index + 1
        shown = replace(planned.plan, placements=composer.shown)
        return [Composed(canvas, Noted(planned.observation, planned.plan, shown, composer.state()))]

    def _seconds(self) -> float:
        before = self._resume.checkpoint.seconds if self._resume else 0.0
        return before + time.monotonic() - self._started

    def _results(self) -> Results:
        decode, encode, planner = self._decoder.stats, self.canvas.encoder.stats, self._analysis.analysis
        before = self._resume.checkpoint.results if self._resume else Results()
        fallbacks = (*self._models.device.fallbacks, decode.fallback, encode.fallback)
        return Results(
            detector_looks=planner.detector_looks,
            reid=planner.reid_stats,
            corrupt_packets=decode.corrupt_packets,
            truncated=decode.truncated,
            repaired_timestamps=decode.repaired_timestamps,
            decode_warnings=tuple(decode.warnings),
            decode_notes=tuple(decode.notes),
            clock=decode.clock,
            copied_to_device=before.copied_to_device + decode.copied_to_device_bytes,
            copied_to_host=before.copied_to_host + decode.copied_to_host_bytes + encode.copied_to_host_bytes,
            fallbacks=tuple(reason for reason in fallbacks if reason),
        )
