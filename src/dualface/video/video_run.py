"""One video, from its file to the finished output."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from dualface.config.schema import Config
from dualface.errors import CompositionError, DeviceMemoryError, DualfaceError, OutputError, StoppedError
from dualface.events import EventBus, VideoFinished, VideoNote, VideoProgress, VideoStarted, VideoWarning
from dualface.film_clock import FilmClock
from dualface.jobs import SIDE_SUFFIXES, SPEECH_SUFFIX, SUMMARY_SUFFIX, Job, Status, VideoOutcome
from dualface.output_files import estimated_bytes, output_error, preflight, publish
from dualface.records import observation_file, plan_file
from dualface.records.headers import RecordHeader
from dualface.records.json_lines import header_line
from dualface.records.tracks_file import tracks_header
from dualface.records.turn_files import rttm_text
from dualface.render.mux.assemble import assemble
from dualface.render.mux.segments import Segment
from dualface.types import Observation, Person, TileState, VideoInfo
from dualface.video.analysis import rate_of
from dualface.video.canvas import called, names_of
from dualface.video.chain import Making, NotResumableError
from dualface.video.counts import RunCounts
from dualface.video.finished import finished_summary, is_unfinished
from dualface.video.kept import work_path
from dualface.video.listening import with_sound
from dualface.video.made_from import Identity
from dualface.video.part import part_opener
from dualface.video.results import Results
from dualface.video.second_look import Change, SecondLook
from dualface.video.shared_models import SharedModels
from dualface.video.vitals import Vitals
from dualface.video.whole_decision import whole_decision
from dualface.video.work_folder import (
    OBSERVATIONS,
    PLAN,
    RECORDS,
    TRACKS,
    Checkpoint,
    ResumePoint,
    WorkFolder,
    left_elsewhere,
)

_TURNS = "turns.rttm"
_PROGRESS_SECONDS = 0.2
_MOMENTS = 5
"""So many moments are named in a note; the summary has them all."""
_MOST_EMPTY = 1 / 3
"""Share of the pictures that may show nobody."""


class VideoRun:
    """Processes one job; see :meth:`run`.  One use.  ``vitals`` tell how it is getting on."""

    def __init__(self, job: Job, config: Config, models: SharedModels, *, bus: EventBus, stop: threading.Event) -> None:
        self._job, self._config, self._models, self._bus, self._stop = job, config, models, bus, stop
        self.vitals = Vitals()
        self._warnings: list[str] = []
        self._notes: list[str] = []
        self._names = names_of(config)
        self._progress_at = 0.0

    def run(self) -> VideoOutcome:
        """Makes the video, its tracks file and its summary; none of them is there unless all could be made.

        Goes on where an earlier run of the same job ended, and does nothing where that one was finished.  Never raises for
        what the video or the machine is to blame for: the outcome carries the error.
        """
        try:
            if self._stop.is_set():
                raise StoppedError(f"{self._job.source}: stopped before it began.")
            outcome = self._process()
        except StoppedError as error:
            outcome = VideoOutcome(self._job, Status.STOPPED, error)
        except Exception as error:
            outcome = VideoOutcome(self._job, Status.FAILED, _told(error, self._job.source))
        self._bus.emit(VideoFinished(self._job, outcome))
        return outcome

    def _warn(self, message: str) -> None:
        self._warnings.append(message)
        self._bus.emit(VideoWarning(self._job, message))

    def _note(self, message: str) -> None:
        self._notes.append(message)
        self._bus.emit(VideoNote(self._job, message))

    def _process(self) -> VideoOutcome:
        job, identity = self._job, Identity.of(self._job, self._config)
        finished = None if job.overwrite else finished_summary(job, identity)
        if finished is not None:
            return VideoOutcome(job, Status(finished["status"]), None, finished | {"skipped": True})
        preflight(job.source, job.output, overwrite=job.overwrite)
        replaces = job.overwrite or is_unfinished(job, identity)
        for suffix in self._suffixes():
            preflight(job.source, job.beside(suffix), overwrite=replaces)
        for other in left_elsewhere(job.output, identity):
            what = f"unfinished work on another film of it is in {other}"
            self._note(f"{job.source}: {what}; remove that if you don't want it.")
        work = WorkFolder(work_path(job.output), identity)
        try:
            summary = self._make(work, identity)
            self._publish(work, summary, overwrite=replaces)
        except BaseException as error:
            self._keep(work, error)
            raise
        work.remove()
        return VideoOutcome(job, Status(summary["status"]), None, summary)

    def _keep(self, work: WorkFolder, error: BaseException) -> None:
        """Keeps a work folder that can be continued, and says so where nobody else will try."""
        if not work.resumable:
            work.remove()
            return
        work.close()
        if isinstance(error, StoppedError | OutputError):
            self._note(f"{self._job.source}: what is made of it is kept, and the same command goes on from there.")

    def _make(self, work: WorkFolder, identity: Identity) -> dict[str, Any]:
        """Makes all files in the work folder and returns the summary."""
        resume, obstacle = work.resume_point()
        if resume is not None:
            try:
                return self._make_from(work, identity, resume)
            except NotResumableError as error:
                obstacle = str(error)
        if obstacle is not None:
            self._note(f"{self._job.source}: begun anew instead of continued: {obstacle}.")
        work.begin()
        return self._make_from(work, identity, None)

    def _make_from(self, work: WorkFolder, identity: Identity, resume: ResumePoint | None) -> dict[str, Any]:
        started = time.monotonic()
        making = Making(
            self._job, self._config, self._models, resume=resume, vitals=self.vitals, warn=self._warn, stop=self._stop
        )
        with making:
            info, canvas = making.info, making.canvas
            self._announce(info, resume)
            if resume is not None and resume.checkpoint.complete:
                segments, complete = list(resume.segments), resume.checkpoint
            else:
                segments, complete = making.run(work, self._progress)
        for warning in complete.results.decode_warnings:
            self._warn(warning)
        for note in complete.results.decode_notes:
            self._note(note)
        counts, change = self._look_again(work, segments, info, complete.results.clock)
        complete = replace(complete, counts=counts or complete.counts)
        missing = self._warn_of_missing_people(complete.counts, complete.composition.failed_share)
        for name, header in self._headers(info, canvas.size, identity).items():
            work.write_record(name, header, len(segments))
        if complete.counts.talking.silent:
            self._note(f"{self._job.source}: nobody was heard speaking.")
        self._write_turns(work, complete.counts)
        lost = self._join(segments, work, info, complete.results)
        seconds = time.monotonic() - started + (resume.checkpoint.seconds if resume else 0.0)
        summary = self._summary(complete, seconds, self._final(work).stat().st_size, missing=missing, lost=lost)
        resumed_at = resume.checkpoint.end_frame if resume else 0
        return summary | {"second_look": change.as_dict(), "resumed_at_frame": resumed_at, "made_from": identity.to_json()}

    def _listen(self, seen: Sequence[Observation], fps: float, clock: FilmClock) -> list[Observation]:
        def check() -> None:
            self.vitals.sought += 1
            if self._stop.is_set():
                raise StoppedError("stopped while its sound was listened to.")

        return with_sound(self._job.source, seen, fps, clock=clock, check=check)

    def _look_again(
        self, work: WorkFolder, segments: list[Segment], info: VideoInfo, clock: FilmClock
    ) -> tuple[RunCounts | None, Change]:
        """The whole decision, now that everything was seen; a given plan is followed as it is."""
        if self._job.plan is not None:
            return None, Change()
        decide = whole_decision(
            self._job,
            self._config,
            self._models,
            info,
            self._warn,
            lambda seen: self._listen(seen, rate_of(info), clock),
        )
        if decide is None:
            return None, Change()
        look = SecondLook(
            info,
            self._config,
            self._models,
            work,
            segments,
            open_decoder=part_opener(self._models.device, self._job.source, self._config),
            vitals=self.vitals,
            stop=self._stop,
        )
        with look:
            counts = look.run(decide)
            self._names = names_of(look.config)
            if look.change.doubts:
                moments = "; ".join(f"{doubt.first:.0f} to {doubt.last:.0f} s" for doubt in look.change.doubts[:_MOMENTS])
                self._note(
                    f"{self._job.source}: it is not sure who is who at {moments}; see second_look.unsure in the summary."
                )
            return counts, look.change

    def _headers(self, info: VideoInfo, size: tuple[int, int], identity: Identity) -> dict[str, str]:
        """The first line of each record."""
        settings = self._config.model_dump(mode="json")
        about = RecordHeader(self._job.source.absolute(), info.width, info.height, info.fps, settings, identity.source)
        return {
            TRACKS: tracks_header(self._job.source.name, info, size, self._names),
            OBSERVATIONS: header_line(observation_file.SCHEMA, about.entry()),
            PLAN: header_line(plan_file.SCHEMA, about.entry()),
        }

    def _announce(self, info: VideoInfo, resume: ResumePoint | None) -> None:
        needed = estimated_bytes(self._config.encoding.bitrate_kbps, info.duration_seconds)
        if resume is not None:
            needed -= sum(segment.size for segment in resume.segments)
        preflight(self._job.source, self._job.output, overwrite=self._job.overwrite, needed_bytes=needed)
        start = resume.checkpoint.end_frame if resume else 0
        self._bus.emit(VideoStarted(self._job, info, info.total_frames, start))
        if start:
            self._note(f"{self._job.source}: continued at frame {start}.")

    def _progress(self, frames: int, seen: Observation) -> None:
        now = time.monotonic()
        if now - self._progress_at >= _PROGRESS_SECONDS:
            self._progress_at = now
            self._bus.emit(VideoProgress(self._job, frames, len(seen.faces)))

    def _warn_of_missing_people(self, counts: RunCounts, failed: float) -> bool:
        """Says who is missing, and returns whether that is too much for a film that is simply done.

        ``failed`` is the share of pictures that could not be composed, of which more is said elsewhere.
        """
        source, most = self._job.source, self._config.errors.absent_share
        if not counts.anybody:
            self._warn(f"{source}: no face was found; the whole scene is shown.")
            return most < 1.0
        who = called(self._config)
        found = [person for person in Person if counts.share(person, TileState.TRACKED) + counts.heard(person)]
        if len(found) == 1:
            self._warn(f"{source}: only one person was found.")
        for person in found:
            if counts.absent(person) > most:
                share = f"{counts.absent(person):.0%}"
                self._warn(f"{source}: {who[person]} is not seen in {share} of the pictures.")
        empty = counts.nobody - failed > _MOST_EMPTY
        if empty:
            self._warn(f"{source}: nobody could be singled out in {counts.nobody:.0%} of the pictures.")
        return max(map(counts.absent, Person)) > most or (empty and most < 1.0)

    def _join(self, segments: list[Segment], work: WorkFolder, info: VideoInfo, results: Results) -> bool:
        """Makes the final file; true when sound or subtitles are missing in it."""

        def stop() -> bool:
            self.vitals.joined += 1
            return self._stop.is_set()

        report = assemble(
            segments,
            self._job.source,
            self._final(work),
            container=self._config.encoding.container,
            audio=self._config.encoding.audio,
            clock=results.clock,
            overwrite=True,
            from_start=not self._config.input.start,
            complete=not results.truncated and not self._config.input.end,
            fps=None if info.variable_rate else info.fps,
            stop=stop,
        )
        for warning in report.warnings:
            self._warn(warning)
        for note in report.notes:
            self._note(note)
        return report.lost

    def _final(self, work: WorkFolder) -> Path:
        return work.path / f"final.{self._config.encoding.container}"

    def _summary(self, complete: Checkpoint, seconds: float, output_bytes: int, *, missing: bool, lost: bool) -> dict[str, Any]:
        failed_share, results = complete.composition.failed_share, complete.results
        too_many_failed = failed_share > self._config.errors.degraded_share
        if too_many_failed:
            self._warn(f"{self._job.source}: {failed_share:.0%} of the pictures could not be composed as planned.")
        degraded = too_many_failed or missing
        partial = results.partial or lost
        status = Status.PARTIAL if partial else Status.DEGRADED if degraded else Status.DONE
        return {
            "source": str(self._job.source),
            "output": str(self._job.output),
            "output_bytes": output_bytes,
            **complete.counts.as_dict(),
            "partial": partial,
            "degraded": degraded,
            **results.as_dict(),
            "composition": {name: dict(rungs) for name, rungs in complete.composition.counts.items()},
            "warnings": self._warnings,
            "notes": self._notes,
            "status": status.value,
            "seconds": round(seconds, 3),
            "fps": round(complete.counts.frames / seconds, 2),
        }

    def _publish(self, work: WorkFolder, summary: dict[str, Any], *, overwrite: bool) -> None:
        """Puts the finished files under their final names, the video last: where it is, the others are."""
        job, summary_path = self._job, work.path / "summary.json"
        try:
            summary_path.write_text(json.dumps(summary, indent=2, ensure_ascii=False) + "\n", "utf-8", "replace")
        except OSError as error:
            raise output_error(error, summary_path) from error
        publish(summary_path, job.beside(SUMMARY_SUFFIX), overwrite=overwrite)
        if self._config.speech.find:
            publish(work.path / _TURNS, job.beside(SPEECH_SUFFIX), overwrite=overwrite)
        for name in self._published():
            publish(work.record(name), job.beside(f".{name}"), overwrite=overwrite)
        try:
            publish(self._final(work), job.output, overwrite=job.overwrite)
        except OutputError:  # somebody else's video has the name now, which these do not describe
            for suffix in self._suffixes():
                job.beside(suffix).unlink(missing_ok=True)
            raise

    def _suffixes(self) -> tuple[str, ...]:
        """What stands beside the film."""
        return (*SIDE_SUFFIXES, SPEECH_SUFFIX) if self._config.speech.find else SIDE_SUFFIXES

    def _write_turns(self, work: WorkFolder, counts: RunCounts) -> None:
        """Writes who spoke when, where that is asked for."""
        if not self._config.speech.find:
            return
        path = work.path / _TURNS
        try:
            path.write_text(rttm_text(counts.talking.turns, self._job.source.stem, self._names), "utf-8", "replace")
        except OSError as error:
            raise output_error(error, path) from error

    def _published(self) -> tuple[str, ...]:
        """The records that go beside the film: where a plan was given alone, nobody knows what was seen."""
        observed = self._job.plan is None or self._job.observations is not None
        return RECORDS if observed else (TRACKS, PLAN)


def _told(error: Exception, source: Path) -> DualfaceError:
    """The error as a user reads it, with the file's name, which those who raise it may not know."""
    if isinstance(error, CompositionError):
        message = f"{source}: frame {error.frame} could not be composed, not even as plain cards: {error}"
        told: DualfaceError = CompositionError(message, file=source, stage=error.stage, frame=error.frame)
    elif isinstance(error, DeviceMemoryError) and error.file is None:
        told = DeviceMemoryError(f"{source}: {error}", file=source, stage=error.stage)
    elif isinstance(error, DualfaceError):
        return error
    elif isinstance(error, MemoryError):
        message = f"{source}: the memory did not suffice; provide more, or make fewer videos at a time."
        told = DeviceMemoryError(message, file=source)
    else:
        told = DualfaceError(f"{source}: unexpected error: {str(error).rstrip('.')}.", file=source)
    told.__cause__ = error
    return told
