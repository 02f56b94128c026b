"""One of the films of a video: begun or continued, and from its closed segments to the files under their final names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from dualface.direct.layouts.chosen import canvas_size
from dualface.errors import InputError, OutputError
from dualface.jobs import OBSERVATIONS_SUFFIX, SIDE_SUFFIXES, SPEECH_SUFFIX, SUMMARY_SUFFIX, Status, VideoOutcome
from dualface.output_files import estimated_bytes, preflight, publish, write_output
from dualface.records import observation_file, plan_file
from dualface.records.json_lines import header_line
from dualface.records.observation_file import read_observations
from dualface.records.tracks_file import tracks_header
from dualface.records.turn_files import rttm_text
from dualface.render.mux.assemble import assemble
from dualface.render.mux.muxer import StopCheck
from dualface.render.mux.segments import Segment
from dualface.types import VideoInfo
from dualface.video.about import header_of
from dualface.video.canvas import encoder_settings, names_of, shown_in
from dualface.video.corrections_of import Corrections
from dualface.video.counts import RunCounts
from dualface.video.exports import export_film, exports_of
from dualface.video.films import FilmOrder
from dualface.video.finished import correctable_summary, finished_summary, is_up_to_date
from dualface.video.kept import work_path
from dualface.video.left_over import may_be_replaced, remove_folders
from dualface.video.made_from import Identity, film_digest
from dualface.video.results import Results
from dualface.video.second_look import Change
from dualface.video.summary_file import write_summary
from dualface.video.work_folder import OBSERVATIONS, PLAN, RECORDS, TRACKS, Checkpoint, ResumePoint, WorkFolder

_TURNS = "turns.rttm"


class FilmRun:
    """One film; see the module.  ``warn`` and ``note`` tell the user, ``warnings`` and ``notes`` go into its summary.

    The constructor raises :class:`~dualface.errors.InputError` when the source can't be read.
    """

    def __init__(self, order: FilmOrder, *, warn: Callable[[str], None], note: Callable[[str], None]) -> None:
        self.order, self.job, self.config = order, order.job, order.config
        self.corrections = Corrections.of(order.job, order.config)
        self._warn, self._note = warn, note
        self.warnings: list[str] = []
        self.notes: list[str] = []
        self._warned_for_now: list[str] = []
        self.names = names_of(order.config)
        self._asked_for = order.config
        self.identity = Identity.of(order.job, order.config)
        self.segments: list[Segment] = []
        self._work: WorkFolder | None = None
        self._left_over: set[Path] = set()

    @property
    def called(self) -> str:
        """What a sentence about this film alone begins with: the source, and which of its films is meant."""
        return f"{self.job.source} ({self.job.output.name})" if self.order.name else str(self.job.source)

    @property
    def work(self) -> WorkFolder:
        """Its work folder, once :meth:`open` was called."""
        assert self._work is not None
        return self._work

    def finished(self) -> VideoOutcome | None:
        """What an earlier run has made of the same; ``None`` where there is something to do."""
        summary = None if self.job.overwrite else finished_summary(self.job, self.identity)
        if summary is None or not is_up_to_date(summary, self.corrections.digest):
            return None
        self.export(overwrite=self.job.overwrite, missing_only=True)
        remove_folders(self.job, self.identity)
        return VideoOutcome(self.job, Status(summary["status"]), None, summary | {"skipped": True})

    def correctable(self) -> dict[str, Any] | None:
        """The summary of a film that is finished but for its corrections; ``None`` where all is to be made."""
        return None if self.job.overwrite else correctable_summary(self.job, self.identity, self.config)

    def prepare(self) -> None:
        """Makes ready for making all of it.  Raises as :meth:`check` does."""
        if not self.job.overwrite and finished_summary(self.job, self.identity) is not None:
            self.note(f"{self.job.source}: the files beside the film are gone, so all of it is made anew.")
            self.job = replace(self.job, overwrite=True)
        self.config = self.corrections.captioned(self.config)
        self.order = self.order._replace(job=self.job, config=self.config)
        self.names = names_of(self.config)
        self.check()

    def seen(self) -> Path | None:
        """What was seen in the video when the finished film was made, which is the same for all; ``None`` where it is lost."""
        path = self.job.beside(OBSERVATIONS_SUFFIX)
        try:
            header, frames = read_observations(path)
            whole = sum(1 for _ in frames) > 0
        except InputError:
            return None
        return path if whole and header.fingerprint == self.identity.source else None

    def needed_bytes(self, info: VideoInfo, resume: ResumePoint | None) -> int:
        """Room on the disk that the film still needs while it is made, about."""
        kbps = encoder_settings(self.config).expected_kbps(*canvas_size(self.config.framing), info.fps)
        made = sum(segment.size for segment in resume.segments) if resume else 0
        return estimated_bytes(kbps, info.duration_seconds) - made

    def check(self) -> None:
        """All checks that can be made before any work.  Raises as :func:`~dualface.output_files.preflight` does."""
        preflight(self.job.source, self.job.output, overwrite=self.job.overwrite)
        beside = [*exports_of(self.job, self.config).values(), *map(self.job.beside, self._suffixes())]
        self._left_over = {path for path in beside if may_be_replaced(self.job, self.identity, path)}
        for path in beside:
            preflight(self.job.source, path, overwrite=self._replaces(path))

    def open(self) -> None:
        """Opens the work folder.  Raises :class:`~dualface.errors.OutputError`."""
        self._work = WorkFolder(work_path(self.job.output), Identity.of(self.job, self.config))

    def keep(self) -> bool:
        """Keeps a work folder that can be continued; false where there is none."""
        if self._work is None:
            return False
        if not self._work.resumable:
            self._work.remove()
            return False
        self._work.close()
        return True

    def remove_work(self) -> None:
        """Removes its work folder, once everything in it that counts has its name."""
        self.work.remove()
        self._work = None

    def warn(self, message: str) -> None:
        if message not in self.warnings:  # of work that turned out to be damaged, some was said before
            self.warnings.append(message)
        self._warn(message)

    def warn_for_now(self, messages: Iterable[str]) -> None:
        """Says what a correction of the film may change."""
        for message in messages:
            self._warned_for_now.append(message)
            self.warn(message)

    def note(self, message: str) -> None:
        if message not in self.notes:
            self.notes.append(message)
        self._note(message)

    def write_records(self, info: VideoInfo, change: Change) -> None:
        """Joins the lines of all segments to the records."""
        source = self.job.source
        about = header_of(info, source, self._asked_for, self.identity.source, [doubt.as_dict() for doubt in change.doubts])
        headers = {
            TRACKS: tracks_header(source.name, info, canvas_size(self.config.framing), self.names),
            OBSERVATIONS: header_line(observation_file.SCHEMA, about.entry()),
            PLAN: header_line(plan_file.SCHEMA, about.entry()),
        }
        for name, header in headers.items():
            self.work.write_record(name, header, self.segments)

    def write_turns(self, counts: RunCounts) -> None:
        """Writes who spoke when, where that is asked for.  Raises :class:`~dualface.errors.OutputError`."""
        if not self.config.speech.find:
            return
        path = self.work.path / _TURNS
        write_output(path, rttm_text(counts.talking.turns, self.job.source.stem, self.names).encode(errors="replace"))

    def join(self, info: VideoInfo, results: Results, stop: StopCheck) -> bool:
        """Makes the final file in the work folder; true when sound or subtitles are missing in it."""
        report = assemble(
            self.segments,
            self.job.source,
            self._final,
            container=self.config.encoding.container,
            audio=self.config.encoding.audio,
            clock=results.clock,
            overwrite=True,
            from_start=not self.config.input.start,
            complete=not results.truncated and not self.config.input.end,
            fps=None if info.variable_rate else info.fps,
            stop=stop,
        )
        for warning in report.warnings:
            self.warn(warning)
        for note in report.notes:
            self.note(note)
        return report.lost

    def summary(self, complete: Checkpoint, seconds: float, change: Change, *, missing: bool, lost: bool) -> dict[str, Any]:
        """What ``STEM.summary.json`` holds."""
        failed_share, results = complete.composition.failed_share, complete.results
        too_many_failed = failed_share > self.config.errors.degraded_share
        if too_many_failed:
            self.warn(f"{self.called}: {failed_share:.0%} of the pictures could not be composed as planned.")
        degraded = too_many_failed or missing
        partial = results.partial or lost
        status = Status.PARTIAL if partial else Status.DEGRADED if degraded else Status.DONE
        return {
            "source": str(self.job.source),
            "output": str(self.job.output),
            "output_bytes": self._final.stat().st_size,
            **complete.counts.as_dict(shown_in(self.config)),
            "partial": partial,
            "degraded": degraded,
            **results.as_dict(),
            "failed_share": round(failed_share, 6),
            "composition": {name: dict(rungs) for name, rungs in complete.composition.counts.items()},
            "warnings": self.warnings,
            "warned_for_now": self._warned_for_now,
            "notes": self.notes,
            "status": status.value,
            "seconds": round(seconds, 3),
            "fps": round(complete.counts.frames / seconds, 2),
            "film": film_digest(self._asked_for),
            "second_look": change.as_dict(),
        }

    def publish(self, summary: dict[str, Any]) -> VideoOutcome:
        """Puts the finished files under their final names, the video last: where it is, the others are.  Nothing else stays."""
        job, path = self.job, self.work.path / "summary.json"
        summary = summary | {"made_from": self.identity.to_json()}
        write_summary(path, summary)
        beside = {job.beside(SUMMARY_SUFFIX): path}
        if self.config.speech.find:
            beside[job.beside(SPEECH_SUFFIX)] = self.work.path / _TURNS
        beside |= {job.beside(f".{name}"): self.work.record(name) for name in self._published()}
        for name, made in beside.items():
            publish(made, name, overwrite=self._replaces(name))
        try:
            publish(self._final, job.output, overwrite=job.overwrite)
        except OutputError:  # somebody else's video has the name now, which these do not describe
            for suffix in self._suffixes():
                job.beside(suffix).unlink(missing_ok=True)
            raise
        self.remove_work()
        self.export(overwrite=job.overwrite or bool(self._left_over))
        return VideoOutcome(job, Status(summary["status"]), None, summary)

    def _replaces(self, path: Path) -> bool:
        return self.job.overwrite or path in self._left_over

    def _suffixes(self) -> tuple[str, ...]:
        """What stands beside the film."""
        return (*SIDE_SUFFIXES, SPEECH_SUFFIX) if self.config.speech.find else SIDE_SUFFIXES

    def _published(self) -> Sequence[str]:
        """The records that go beside the film: where a plan was given alone, nobody knows what was seen."""
        observed = self.job.plan is None or self.job.observations is not None
        return RECORDS if observed else (TRACKS, PLAN)

    def export(self, *, overwrite: bool, missing_only: bool = False) -> None:
        """Writes what is to be handed over to editing programs, and tells what they will show otherwise."""
        for note in export_film(self.job, self.config, overwrite=overwrite, missing_only=missing_only):
            self._note(f"{self.job.source}: {note}")

    @property
    def _final(self) -> Path:
        return self.work.path / f"final.{self.config.encoding.container}"
