"""One video, from its file to the finished output."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from dualface.config.schema import Config
from dualface.errors import CompositionError, DeviceMemoryError, DualfaceError, OutputError, StoppedError
from dualface.events import EventBus, VideoFinished, VideoNote, VideoProgress, VideoStarted, VideoWarning
from dualface.jobs import SIDE_SUFFIXES, SUMMARY_SUFFIX, Job, Status, VideoOutcome
from dualface.output_files import estimated_bytes, output_error, preflight, publish
from dualface.records import observation_file, plan_file
from dualface.records.json_lines import header_line
from dualface.records.tracks_file import tracks_header
from dualface.render.mux.assemble import assemble
from dualface.render.mux.segments import Segment
from dualface.types import Observation, Person, VideoInfo
from dualface.video.about import header_of
from dualface.video.canvas import names_of
from dualface.video.chain import Making, NotResumableError
from dualface.video.corrected_summary import absent_in, corrected_summary, doubtful_in, in_words, summary_between
from dualface.video.corrections_of import NO_CORRECTIONS, Corrections
from dualface.video.counts import RunCounts
from dualface.video.film_correction import Corrected, FilmCorrection, Told
from dualface.video.finished import correctable_summary, finished_summary, is_unfinished, is_up_to_date
from dualface.video.kept import CORRECTING, work_path
from dualface.video.made_from import Identity, film_digest
from dualface.video.part import part_opener
from dualface.video.results import Results
from dualface.video.second_look import Change, Decided, SecondLook
from dualface.video.shared_models import SharedModels
from dualface.video.vitals import Vitals
from dualface.video.who_is_missing import who_is_missing
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

_PROGRESS_SECONDS = 0.2
_MOMENTS = 5
"""So many moments are named in a note; the summary has them all."""


class VideoRun:
    """Processes one job; see :meth:`run`.  One use.  ``vitals`` tell how it is getting on."""

    def __init__(self, job: Job, config: Config, models: SharedModels, *, bus: EventBus, stop: threading.Event) -> None:
        self._asked_for = config
        self._job, self._config, self._models, self._bus, self._stop = job, config, models, bus, stop
        self.vitals = Vitals()
        self._corrections = NO_CORRECTIONS
        self._warnings: list[str] = []
        self._told_for_now: list[str] = []
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

    def _warn_for_now(self, messages: Iterable[str]) -> None:
        """Says what a correction of the film may change."""
        for message in messages:
            self._told_for_now.append(message)
            self._warn(message)

    def _note(self, message: str) -> None:
        self._notes.append(message)
        self._bus.emit(VideoNote(self._job, message))

    def _process(self) -> VideoOutcome:
        job, identity = self._job, Identity.of(self._job, self._config)
        self._corrections = Corrections.of(job, self._config)
        finished = None if job.overwrite else finished_summary(job, identity)
        if finished is not None and is_up_to_date(finished, self._corrections.digest):
            return VideoOutcome(job, Status(finished["status"]), None, finished | {"skipped": True})
        made = None if job.overwrite else correctable_summary(job, identity, self._config)
        if made is not None:
            return self._correct(made, identity)
        self._config = self._corrections.captioned(self._config)
        anew = finished is not None
        if anew:
            self._note(f"{job.source}: the files beside the film are gone, so all of it is made anew.")
        preflight(job.source, job.output, overwrite=job.overwrite or anew)
        replaces = job.overwrite or anew or is_unfinished(job, identity)
        for suffix in SIDE_SUFFIXES:
            preflight(job.source, job.beside(suffix), overwrite=replaces)
        for other in left_elsewhere(job.output, identity):
            what = f"unfinished work on another film of it is in {other}"
            self._note(f"{job.source}: {what}; remove that if you don't want it.")
        work = WorkFolder(work_path(job.output), Identity.of(job, self._config))
        try:
            summary = self._make(work, identity)
            self._publish(work, summary, overwrite=replaces, replace_film=job.overwrite or anew)
        except BaseException as error:
            self._keep(work, error)
            raise
        work.remove()
        return VideoOutcome(job, Status(summary["status"]), None, summary)

    def _correct(self, made: dict[str, Any], identity: Identity) -> VideoOutcome:
        """Makes of a finished film only what is different now."""
        job, self._config = self._job, self._corrections.captioned(self._config)
        preflight(job.source, job.output, overwrite=True, needed_bytes=job.output.stat().st_size)
        work = WorkFolder(work_path(job.output, CORRECTING), identity)
        try:
            work.begin()
            told = Told(lambda info, total: self._bus.emit(VideoStarted(job, info, total, 0)), self._progress, self._stop)
            correction = FilmCorrection(
                job,
                self._config,
                self._models,
                self._corrections,
                work.path,
                absent=absent_in(made),
                doubtful=doubtful_in(made),
                vitals=self.vitals,
                told=told,
            )
            done = correction.run()
            missing, _ = who_is_missing(done.counts, made.get("failed_share", 0.0), self._config, job.source)
            self._warn_for_now((*missing, *done.unfounded))
            self._note(f"{job.source}: {in_words(done)}")
            summary = corrected_summary(made, done, self._corrections, self._config, job) | {"notes": self._notes}
            self._publish_corrected(work, made, summary, done)
        finally:
            work.remove()
        return VideoOutcome(job, Status(summary["status"]), None, summary)

    def _publish_corrected(self, work: WorkFolder, made: dict[str, Any], summary: dict[str, Any], done: Corrected) -> None:
        """Replaces the film, then what stands beside it, the summary last: until it is there, the next run corrects again."""
        job, between, final = self._job, work.path / "between.json", work.path / "summary.json"
        _write_summary(between, summary_between(made, summary, done))
        _write_summary(final, summary)
        if done.film is not None:
            publish(between, job.beside(SUMMARY_SUFFIX), overwrite=True)
            publish(done.film, job.output, overwrite=True)
        for name, path in done.records.items():
            publish(path, job.beside(f".{name}"), overwrite=True)
        publish(final, job.beside(SUMMARY_SUFFIX), overwrite=True)

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
        counts, change, absent = self._look_again(work, segments, info)
        complete = replace(complete, counts=counts or complete.counts)
        missing = self._warn_of_missing_people(complete.counts, complete.composition.failed_share)
        for name, header in self._headers(info, canvas.size, identity).items():
            work.write_record(name, header, len(segments))
        lost = self._join(segments, work, info, complete.results)
        seconds = time.monotonic() - started + (resume.checkpoint.seconds if resume else 0.0)
        summary = self._summary(complete, seconds, self._final(work).stat().st_size, missing=missing, lost=lost)
        resumed_at = resume.checkpoint.end_frame if resume else 0
        corrections = self._corrections.as_dict() | {"absent": sorted(absent)}
        return summary | {
            "film": film_digest(self._asked_for),
            "second_look": change.as_dict(),
            "corrected": corrections,
            "resumed_at_frame": resumed_at,
            "made_from": identity.to_json(),
        }

    def _look_again(
        self, work: WorkFolder, segments: list[Segment], info: VideoInfo
    ) -> tuple[RunCounts | None, Change, frozenset[Person]]:
        """The whole decision, now that everything was seen, and corrections; a given plan is followed as it is.

        Who has no caption because he is not in the video comes last.
        """
        if self._job.plan is not None:
            return None, Change(), frozenset()
        decide = whole_decision(self._job, self._config, self._models, info, self._warn)
        if decide is None:
            if not self._corrections.all:
                return None, Change(), frozenset()
            decide = Decided
        look = SecondLook(
            info,
            self._config,
            self._models,
            work,
            segments,
            open_decoder=part_opener(self._models.device, self._job.source, self._config),
            vitals=self.vitals,
            stop=self._stop,
            corrections=self._corrections,
        )
        with look:
            counts = look.run(decide)
            self._names = names_of(look.config)
            self._warn_for_now(look.unfounded)
            if look.change.doubts:
                moments = "; ".join(f"{doubt.first:.0f} to {doubt.last:.0f} s" for doubt in look.change.doubts[:_MOMENTS])
                self._note(
                    f"{self._job.source}: it is not sure who is who at {moments}; see second_look.unsure in the summary."
                )
            return counts, look.change, look.uncaptioned

    def _headers(self, info: VideoInfo, size: tuple[int, int], identity: Identity) -> dict[str, str]:
        """The first line of each record."""
        about = header_of(info, self._job.source, self._asked_for, identity.source)
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
        """Says who is missing, and returns whether that is too much for a film that is simply done."""
        told, too_much = who_is_missing(counts, failed, self._config, self._job.source)
        self._warn_for_now(told)
        return too_much

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
            "failed_share": round(failed_share, 6),
            "composition": {name: dict(rungs) for name, rungs in complete.composition.counts.items()},
            "warnings": self._warnings,
            "warned_for_now": self._told_for_now,
            "notes": self._notes,
            "status": status.value,
            "seconds": round(seconds, 3),
            "fps": round(complete.counts.frames / seconds, 2),
        }

    def _publish(self, work: WorkFolder, summary: dict[str, Any], *, overwrite: bool, replace_film: bool) -> None:
        """Puts the finished files under their final names, the video last: where it is, the others are."""
        job, summary_path = self._job, work.path / "summary.json"
        _write_summary(summary_path, summary)
        publish(summary_path, job.beside(SUMMARY_SUFFIX), overwrite=overwrite)
        for name in self._published():
            publish(work.record(name), job.beside(f".{name}"), overwrite=overwrite)
        try:
            publish(self._final(work), job.output, overwrite=replace_film)
        except OutputError:  # somebody else's video has the name now, which these do not describe
            for suffix in SIDE_SUFFIXES:
                job.beside(suffix).unlink(missing_ok=True)
            raise

    def _published(self) -> tuple[str, ...]:
        """The records that go beside the film: where a plan was given alone, nobody knows what was seen."""
        observed = self._job.plan is None or self._job.observations is not None
        return RECORDS if observed else (TRACKS, PLAN)


def _write_summary(path: Path, summary: dict[str, Any]) -> None:
    try:
        path.write_text(json.dumps(summary, indent=2, ensure_ascii=False) + "\n", "utf-8", "replace")
    except OSError as error:
        raise output_error(error, path) from error


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
