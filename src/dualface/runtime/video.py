"""One video, from its file to the finished output."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from dualface import registry
from dualface.config.schema import Config
from dualface.encode.container import assemble
from dualface.encode.files import estimated_bytes, hidden_sibling, preflight, publish
from dualface.encode.segments import SegmentWriter, remove_segments
from dualface.errors import DualfaceError, OutputError, StoppedError
from dualface.pipeline import Analysis, PlannedFrame
from dualface.report.summary import RunCounts
from dualface.report.tracks import TracksWriter, header_line
from dualface.runtime.engines import SharedModels
from dualface.runtime.events import (
    EventBus,
    Job,
    Status,
    VideoFinished,
    VideoOutcome,
    VideoProgress,
    VideoStarted,
    VideoWarning,
)
from dualface.runtime.executor import Stage, run_chain
from dualface.runtime.output import Canvas
from dualface.types import Frame, FramePlan, Side, TileState, VideoInfo

TRACKS_SUFFIX = ".tracks.jsonl"
SUMMARY_SUFFIX = ".summary.json"
_PROGRESS_SECONDS = 0.2


class VideoRun:
    """Processes one job; see :meth:`run`.  One use."""

    def __init__(self, job: Job, config: Config, models: SharedModels, *, bus: EventBus, stop: threading.Event) -> None:
        self._job, self._config, self._models, self._bus, self._stop = job, config, models, bus, stop
        self._warnings: list[str] = []
        self._counts = RunCounts()
        self._progress_at = 0.0

    def run(self) -> VideoOutcome:
        """Makes the video, its tracks file and its summary; none of them is there unless all could be made.

        Never raises for what the video or the machine is to blame for: the outcome carries the error.
        """
        started = time.monotonic()
        try:
            if self._stop.is_set():
                raise StoppedError(f"{self._job.source}: stopped before it began.")
            outcome = self._process(started)
        except StoppedError as error:
            outcome = VideoOutcome(self._job, Status.STOPPED, error)
        except DualfaceError as error:
            outcome = VideoOutcome(self._job, Status.FAILED, error)
        except Exception as error:
            wrapped = DualfaceError(f"{self._job.source}: unexpected error: {error}", file=self._job.source)
            wrapped.__cause__ = error
            outcome = VideoOutcome(self._job, Status.FAILED, wrapped)
        self._bus.emit(VideoFinished(self._job, outcome))
        return outcome

    def _warn(self, message: str) -> None:
        self._warnings.append(message)
        self._bus.emit(VideoWarning(self._job, message))

    def _process(self, started: float) -> VideoOutcome:
        job = self._job
        for path in (job.output, job.beside(TRACKS_SUFFIX), job.beside(SUMMARY_SUFFIX)):
            preflight(job.source, path, overwrite=job.overwrite)
        work = hidden_sibling(job.output, ".work")
        with ExitStack() as cleanup:
            decoder = registry.load("decoder", "cpu")(job.source, threads=self._config.processing.decode_threads)
            cleanup.callback(decoder.close)
            info: VideoInfo = decoder.get_video_info()
            needed = estimated_bytes(self._config.encoding.bitrate_kbps, 2 * info.duration_seconds)
            preflight(job.source, job.output, overwrite=job.overwrite, needed_bytes=needed)
            self._bus.emit(VideoStarted(job, info, info.total_frames))
            cleanup.callback(remove_segments, work)
            work.mkdir(exist_ok=True)
            summary = self._make(decoder, info, work, cleanup)
            seconds = time.monotonic() - started
            status = Status.PARTIAL if summary["partial"] else Status.DEGRADED if summary["degraded"] else Status.DONE
            summary |= {"status": status.value, "seconds": round(seconds, 3), "fps": round(self._counts.frames / seconds, 2)}
            self._publish(work, summary)
        return VideoOutcome(job, status, None, summary)

    def _make(self, decoder: Any, info: VideoInfo, work: Path, cleanup: ExitStack) -> dict[str, Any]:
        """Decodes, decides, composes and encodes everything, and joins it with the sound; returns the summary so far."""
        canvas = Canvas(info, self._config)
        cleanup.callback(canvas.close)
        analysis = self._analysis(info, canvas)
        tracks_path = work / "tracks.jsonl"
        with SegmentWriter(work, canvas.encoder.stream) as segments, tracks_path.open("w", encoding="utf-8") as tracks_file:
            header = header_line(self._job.source.name, info, canvas.size, canvas.tiles)
            tracks = TracksWriter(tracks_file, header)

            def compose(planned: PlannedFrame) -> Iterable[tuple[Frame, FramePlan]]:
                composed = canvas.composer.compose(planned.frame, planned.plan.tiles)
                return [(composed, replace(planned.plan, tiles=canvas.composer.shown))]

            def encode(item: tuple[Frame, FramePlan]) -> Iterable[None]:
                composed, plan = item
                for packet in canvas.encoder.encode(composed):
                    segments.write(packet)
                canvas.composer.recycle(composed)
                tracks.write(plan)
                self._count(plan)
                return ()

            stages = [Stage("analyse", analysis.push, analysis.flush), Stage("compose", compose), Stage("encode", encode)]
            run_chain(decoder, stages, capacity=self._config.processing.queue_frames, stop=self._stop)
            for packet in canvas.encoder.flush():
                segments.write(packet)
            segments.finish()
        for warning in decoder.stats.warnings:
            self._warn(warning)
        self._warn_of_missing_people()
        report = assemble(
            segments.segments,
            self._job.source,
            work / f"final.{self._config.encoding.container}",
            container=self._config.encoding.container,
            complete=not decoder.stats.truncated,
            fps=None if info.variable_rate else info.fps,
            stop=self._stop.is_set,
        )
        for warning in report.warnings:
            self._warn(warning)
        return self._summary(decoder, analysis, canvas)

    def _analysis(self, info: VideoInfo, canvas: Canvas) -> Analysis:
        thumbnail = registry.load("thumbnail", "cpu")
        detector = self._models.detector(info.width, info.height)
        recogniser = self._models.recogniser(self._config.reid.mode, self._warn)
        return Analysis(info, canvas.tiles, self._config, detector=detector, thumbnail=thumbnail, recogniser=recogniser)

    def _count(self, plan: FramePlan) -> None:
        self._counts.add(plan)
        now = time.monotonic()
        if now - self._progress_at >= _PROGRESS_SECONDS:
            self._progress_at = now
            self._bus.emit(VideoProgress(self._job, self._counts.frames, self._counts.faces_last))

    def _warn_of_missing_people(self) -> None:
        if not self._counts.anybody:
            self._warn(f"{self._job.source}: no face was found; both tiles show the whole scene.")
            return
        for side in Side:
            if not self._counts.share(side, TileState.TRACKED):
                self._warn(f"{self._job.source}: only one person was found; nobody is in the {side.value} tile.")

    def _summary(self, decoder: Any, analysis: Analysis, canvas: Canvas) -> dict[str, Any]:
        decode, encode, policy = decoder.stats, canvas.encoder.stats, canvas.composer
        degraded = policy.failed_share > self._config.errors.degraded_share
        if degraded:
            self._warn(f"{self._job.source}: {policy.failed_share:.0%} of the pictures could not be composed as planned.")
        return {
            "source": str(self._job.source),
            "output": str(self._job.output),
            **self._counts.as_dict(),
            "partial": decode.truncated or decode.corrupt_packets > 0,
            "degraded": degraded,
            "detector_looks": analysis.detector_looks,
            "reid": analysis.reid_stats,
            "decode": {"corrupt_packets": decode.corrupt_packets, "truncated": decode.truncated},
            "composition": policy.counts,
            "copied_bytes": {
                "host_to_device": decode.copied_to_device_bytes,
                "device_to_host": decode.copied_to_host_bytes + encode.copied_to_host_bytes,
            },
            "fallbacks": [reason for reason in (decode.fallback, encode.fallback) if reason],
            "warnings": self._warnings,
        }

    def _publish(self, work: Path, summary: dict[str, Any]) -> None:
        """Puts the finished files under their final names, the video last: where it is, the others are."""
        job = self._job
        summary_path = work / "summary.json"
        try:
            summary_path.write_text(json.dumps(summary, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        except OSError as error:
            raise OutputError(f"{summary_path}: can't be written ({error.strerror}).", file=summary_path) from error
        publish(work / "tracks.jsonl", job.beside(TRACKS_SUFFIX), overwrite=job.overwrite)
        publish(summary_path, job.beside(SUMMARY_SUFFIX), overwrite=job.overwrite)
        publish(work / f"final.{self._config.encoding.container}", job.output, overwrite=job.overwrite)
