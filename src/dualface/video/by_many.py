"""One film by several workers: each sees a slice of the video, one decides over all that was seen, each makes slices of it.

What is closed stands in the work folder, so whatever ends it, the same command goes on: a slice that was seen is not seen
again, one that was begun goes on from its last segment.  In the end there are the segments of a film that one worker has made.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple, Protocol

from dualface.config.schema import Config
from dualface.decode.software import SoftwareDecoder
from dualface.direct.director import plan_whole
from dualface.errors import InputError, StoppedError
from dualface.events import Event, VideoNote, VideoProgress, VideoWarning
from dualface.files import write_whole
from dualface.jobs import Job, SliceToMake, SliceToSee, Status, VideoOutcome
from dualface.observe.seams import SeamError, joined
from dualface.output_files import output_error
from dualface.records.observation_file import write_observations
from dualface.records.plan_file import write_plan
from dualface.render.mux.segments import Segment
from dualface.types import FramePlan, Observation, VideoInfo
from dualface.video.about import header_of
from dualface.video.analysis import rate_of
from dualface.video.chain import Made
from dualface.video.counts import RunCounts
from dualface.video.film_run import FilmRun
from dualface.video.kept import work_path
from dualface.video.second_look import Change, Decide, Decided
from dualface.video.slice_sums import composition_of, results_of
from dualface.video.slice_work import SeenSlice, plan_beside
from dualface.video.slices import hand_overs, made_slices, overlap, seen_slices
from dualface.video.work_folder import SLICES, Checkpoint, ResumePoint, WorkFolder

_log = logging.getLogger(__name__)
_DIVIDED = "divided.json"


class Crew(Protocol):
    """Several workers, who make what they are told in any order."""

    @property
    def workers(self) -> int:
        """How many work at a time."""
        ...

    def run(
        self, jobs: Sequence[Job], config: Config, hear: Callable[[Event], None], stop: threading.Event
    ) -> list[VideoOutcome]:
        """The outcomes, in the order of ``jobs``, which are slices of one film; the first ones are begun first."""
        ...


class ManyMade(NamedTuple):
    """What several have made: the segments of each film by its name, with what changed by the whole decision."""

    made: dict[str, Made]
    change: Change
    decided: Decided


def why_by_one(job: Job, config: Config, info: VideoInfo) -> str | None:
    """Why one worker should make the film alone, in words; empty where it is just short; ``None`` where several can.

    ``info`` is of what is wanted of the source.  Raises what the decoder raises.
    """
    if job.plan is not None:
        return "a plan is given"
    if config.encoding.fps != "auto":
        return "encoding.fps gives it another rate"
    with closing(SoftwareDecoder(job.source, threads=1)) as decoder:
        if not decoder.indexed:
            return "files of its format have no index to seek by"
    return "" if info.duration_seconds < 2 * config.processing.slice_seconds else None


class _StopToo(threading.Event):
    """Set by itself, or by another."""

    def __init__(self, other: threading.Event) -> None:
        super().__init__()
        self._other = other

    def is_set(self) -> bool:
        return super().is_set() or self._other.is_set()

    def wait(self, timeout: float | None = None) -> bool:
        until = None if timeout is None else time.monotonic() + timeout
        while not self.is_set() and (until is None or time.monotonic() < until):
            super().wait(0.05 if until is None else max(min(0.05, until - time.monotonic()), 0.0))
        return self.is_set()


@dataclass(frozen=True, slots=True)
class Ears:
    """Who hears of the film: of frames done and faces seen, of warnings and notes."""

    progress: Callable[[int, int], None]
    warn: Callable[[str], None]
    note: Callable[[str], None]


class ByMany:
    """Makes the films of a video by a crew, in their work folders.  One use.

    ``info`` is of what is wanted of the source.
    """

    def __init__(
        self,
        job: Job,
        films: Sequence[FilmRun],
        info: VideoInfo,
        crew: Crew,
        *,
        ears: Ears,
        stop: threading.Event,
    ) -> None:
        self._job, self._films, self._info, self._crew = job, films, info, crew
        self._ears, self._stop, self._config = ears, stop, films[0].config
        self._least = self._config.processing.slice_seconds
        self._folder = films[0].work.path / SLICES
        self._started = time.monotonic()
        self._frames: dict[Job, float] = {}
        self._own: dict[Job, float] = {}
        """Of what is seen of a slice, the share that is not seen by others too."""
        self._told = 0
        self._counts = {film.order.name: RunCounts() for film in films}

    def run(self, decide: Decide | None) -> ManyMade:
        """Sees, decides and makes.

        Raises what the stages raise, :class:`~dualface.errors.StoppedError`, and :class:`~dualface.observe.seams.SeamError`
        where slices can't be joined.
        """
        starts, workers = self._divided()
        slices = self._seen(starts)
        seen_at = time.monotonic()
        try:
            first = slices[0].seen[0].time
            seen = joined([one.seen for one in slices], hand_overs(starts, first))
        except IndexError as error:
            raise SeamError("nothing was seen") from error
        decided = decide(seen) if decide is not None else Decided(seen)
        if self._stop.is_set():
            raise StoppedError(f"{self._job.source}: stopped.")
        change = Change(doubts=decided.doubts, sides=decided.sides)
        change.named = sum(old.faces != new.faces for old, new in zip(seen, decided.seen, strict=True))
        ranges = made_slices(len(seen), self._info.duration_seconds, workers, self._least)
        decided_at = time.monotonic()
        jobs = self._make(decided.seen, ranges)
        took = (seen_at - self._started, decided_at - seen_at, time.monotonic() - decided_at)
        _log.info("%s: seen in %.1f s, decided in %.1f s, made in %.1f s", self._job.source, *took)
        return ManyMade({film.order.name: self._gathered(film, jobs, slices) for film in self._films}, change, decided)

    def _divided(self) -> tuple[list[Fraction], int]:
        """Where slices begin, and for how many workers it was divided, by whoever began it."""
        path = self._folder / _DIVIDED
        with suppress(OSError, ValueError, KeyError, TypeError):
            before = json.loads(path.read_bytes())
            return list(map(Fraction, before["starts"])), int(before["workers"])
        starts, workers = seen_slices(self._info.duration_seconds, self._crew.workers, self._least), self._crew.workers
        for film in self._films:
            film.work.begin()
        try:
            self._folder.mkdir()
            write_whole(path, json.dumps({"starts": list(map(str, starts)), "workers": workers}).encode())
        except OSError as error:
            raise output_error(error, path) from error
        return starts, workers

    def _seen(self, starts: Sequence[Fraction]) -> list[SeenSlice]:
        before, after = overlap(self._config)
        jobs = []
        for k, (start, end) in enumerate(zip(starts, [*starts[1:], None], strict=True)):
            part = SliceToSee(
                max(start - before, Fraction(0)),
                None if end is None else end + after,
                self._folder / f"seen-{k:04d}.observations.jsonl.gz",
            )
            jobs.append(self._part_of_the_work(f"seen-{k:04d}", part))
            whole = Fraction(self._info.duration_seconds)
            self._own[jobs[-1]] = float(((end or whole) - start) / max(min(part.end or whole, whole) - part.start, Fraction(1)))
        self._run(jobs)
        slices = [SeenSlice.read(job.slice.seen) for job in jobs if job.slice is not None]
        lost = next((n for n, one in enumerate(slices) if one is None), None)
        if lost is not None:
            raise InputError(f"{jobs[lost].output}: what was seen can't be read; run it again.")
        return [one for one in slices if one is not None]

    def _part_of_the_work(self, name: str, part: SliceToSee | SliceToMake) -> Job:
        also = tuple(replace(other, output=self._folder / f"{name}.{k}.mp4") for k, other in enumerate(self._job.also))
        return replace(self._job, output=self._folder / f"{name}.mp4", overwrite=True, also=also, slice=part)

    def _make(self, seen: Sequence[Observation], ranges: Sequence[range]) -> list[Job]:
        """Slices are made while the later ones are still planned.  The jobs that made them, in order."""
        decided = [self._folder / f"made-{k:04d}.observations.jsonl.gz" for k in range(len(ranges))]
        jobs = [
            self._part_of_the_work(f"made-{k:04d}", SliceToMake(path, self._info.time_base)) for k, path in enumerate(decided)
        ]
        for path in decided:
            path.unlink(missing_ok=True)
        stop = _StopToo(self._stop)
        with ThreadPoolExecutor(1, thread_name_prefix="dualface-plan") as planning:
            planned = planning.submit(self._plan, seen, ranges, jobs, stop)
            self._run(jobs, stop, lambda: planned.exception() if planned.done() else None)
            planned.result()
        return jobs

    def _plan(self, seen: Sequence[Observation], ranges: Sequence[range], jobs: Sequence[Job], stop: threading.Event) -> None:
        try:
            plans = {film.order.name: self._plans(film, seen) for film in self._films}
            header = header_of(self._info, self._job.source, self._config, "")
            for mine, job in zip(ranges, jobs, strict=True):
                assert isinstance(job.slice, SliceToMake)
                for film, output in zip(self._films, _outputs(job), strict=True):
                    name = film.order.name
                    shown = []
                    for n in mine:
                        if stop.is_set():
                            return
                        shown.append(next(plans[name]))
                        self._counts[name].add(seen[n], shown[-1])
                    path = plan_beside(job.slice.seen, name)
                    before = path.read_bytes() if path.exists() else None
                    write_plan(path, header, shown)
                    if before is not None and path.read_bytes() != before:  # decided otherwise since
                        WorkFolder(work_path(output), film.identity).remove()
                write_observations(job.slice.seen, header, seen[mine.start : mine.stop])
        except BaseException:
            stop.set()
            raise

    def _plans(self, film: FilmRun, seen: Sequence[Observation]) -> Iterator[FramePlan]:
        info = self._info
        plans: Iterator[FramePlan] = plan_whole(seen, info.width, info.height, rate_of(info), film.config)
        return iter(film.corrections.plans(seen, list(plans), info, film.config)) if film.corrections.all else plans

    def _run(
        self,
        jobs: Sequence[Job],
        stop: threading.Event | None = None,
        why: Callable[[], BaseException | None] = lambda: None,
    ) -> None:
        """Has the crew do it.  Raises why it could not; ``why`` knows better what has stopped it."""
        outcomes = self._crew.run(jobs, self._config, self._hear, stop or self._stop)
        errors = [outcome.error for outcome in outcomes if outcome.status in (Status.FAILED, Status.STOPPED)]
        better = why()
        if better is not None:
            raise better
        failed = [error for error in errors if error is not None and not isinstance(error, StoppedError)]
        if failed:
            raise failed[0]
        if errors or self._stop.is_set():
            raise StoppedError(f"{self._job.source}: stopped.")

    def _hear(self, event: Event) -> None:
        if isinstance(event, VideoWarning):
            self._ears.warn(event.message)
        elif isinstance(event, VideoNote):
            self._ears.note(event.message)
        elif isinstance(event, VideoProgress):
            self._frames[event.job] = event.frames * self._own.get(event.job, 1.0)
            self._told = max(self._told, int(sum(self._frames.values()) / 2))  # every frame is seen, and made
            self._ears.progress(self._told, event.faces)

    def _gathered(self, film: FilmRun, jobs: Sequence[Job], slices: Sequence[SeenSlice]) -> Made:
        """The segments of all slices, in the film's own work folder, with the checkpoint after the last of them."""
        parts = [_closed(film, _outputs(job)[self._films.index(film)]) for job in jobs]
        segments: list[Segment] = []
        first = 0
        for work, found in parts:
            for segment in found.segments:
                segments.append(film.work.adopt(len(segments), work, segment, first + segment.first_frame))
            first += found.checkpoint.end_frame
        checkpoints = [found.checkpoint for _, found in parts]
        complete = Checkpoint(
            end_frame=first,
            counts=self._counts[film.order.name],
            composition=composition_of(checkpoints),
            seconds=time.monotonic() - self._started,
            complete=True,
            results=results_of(checkpoints, slices),
        )
        film.work.complete(segments, complete)
        return segments, complete


def _outputs(job: Job) -> list[Path]:
    """Where the work on a slice of each film stands, in the order of the films."""
    return [job.output, *(other.output for other in job.also)]


def _closed(film: FilmRun, output: Path) -> tuple[WorkFolder, ResumePoint]:
    """What a worker has made of a slice of a film.  Raises :class:`~dualface.errors.InputError`."""
    with closing(WorkFolder(work_path(output), film.identity)) as work:
        found, why = work.resume_point()
    if found is None or not found.checkpoint.complete:
        raise InputError(f"{output}: what a worker has made can't be used ({why or 'it is not all there'}); run it again.")
    return work, found
