"""What a worker does for a film that several make: it sees a slice, or makes one."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

from dualface.config.schema import Config
from dualface.decode.trimmed import Span
from dualface.direct.speech.whole import wants_speech
from dualface.errors import InputError, StoppedError
from dualface.files import write_whole
from dualface.jobs import Job, SliceToMake, SliceToSee
from dualface.output_files import output_error
from dualface.records.headers import RecordHeader
from dualface.records.observation_file import read_observations, write_observations
from dualface.types import Observation
from dualface.video.about import header_of
from dualface.video.analysis import PlannedFrame
from dualface.video.chain import Begun, Making, NotResumableError
from dualface.video.corrections_of import Corrections
from dualface.video.executor import Stage, run_chain
from dualface.video.films import FilmOrder, films_of
from dualface.video.kept import work_path
from dualface.video.lent import Lent
from dualface.video.made_from import Identity
from dualface.video.part import part_opener
from dualface.video.recorded import Recording
from dualface.video.resumable import LastThumbnail
from dualface.video.shared_models import SharedModels
from dualface.video.vitals import Vitals
from dualface.video.work_folder import WorkFolder

_WAIT_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Told:
    """Who hears of the work on a slice: of frames done and what is seen in the newest, of warnings; and ``stop`` is asked."""

    progress: Callable[[int, Observation], None]
    warn: Callable[[str], None]
    stop: threading.Event


@dataclass(frozen=True, slots=True)
class SeenSlice:
    """What was seen in a slice, with what lies around it; and what was counted, ``reid`` as for summaries."""

    header: RecordHeader
    seen: tuple[Observation, ...]
    detector_looks: int = 0
    reid: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> SeenSlice | None:
        """``None`` where it is not there yet, or damaged."""
        try:
            counts = json.loads(_counts_beside(path).read_bytes())
            header, seen = read_observations(path)
            return cls(header, tuple(seen), int(counts["looks"]), dict(counts["reid"]))
        except (InputError, OSError, ValueError, KeyError, TypeError):
            return None


def work_on_slice(job: Job, config: Config, models: SharedModels, *, vitals: Vitals, told: Told) -> None:
    """Does what ``job.slice`` says, unless it is done.  Raises what the stages raise, and :class:`StoppedError`."""
    if isinstance(job.slice, SliceToSee):
        if SeenSlice.read(job.slice.seen) is None:
            _see(job, job.slice, config, models, vitals, told)
    elif isinstance(job.slice, SliceToMake):
        _make(job, job.slice, config, models, vitals, told)


def _see(job: Job, part: SliceToSee, config: Config, models: SharedModels, vitals: Vitals, told: Told) -> None:
    within = Span(part.start, part.end)
    with closing(part_opener(models.device, job.source, config, within=within)()) as decoder:
        info = decoder.get_video_info()
        lips = any(wants_speech(film.config) for film in films_of(job, config))
        last = LastThumbnail(models.device.pixels.thumbnail)
        lent = Lent.of(job.source, info, config, models, last, lips=lips, resumed=False, warn=told.warn)
        analysis = lent.observing(info, config)
        seen: list[Observation] = []

        def take(looked_at: PlannedFrame) -> Iterable[None]:
            seen.append(looked_at.observation)
            vitals.decoded = vitals.analysed = vitals.composed = vitals.encoded = len(seen)
            told.progress(len(seen), seen[-1])
            return ()

        stages = [Stage("observe", analysis.push, analysis.flush, holds=True), Stage("collect", take)]
        run_chain(decoder, stages, capacity=config.processing.queue_frames, stop=told.stop)
        counts = {"looks": analysis.detector_looks, "reid": analysis.reid_stats}
        try:
            write_whole(_counts_beside(part.seen), json.dumps(counts).encode())
            write_observations(part.seen, header_of(info, job.source, config, ""), seen)
        except OSError as error:
            raise output_error(error, part.seen) from error


def _counts_beside(seen: Path) -> Path:
    return seen.with_name(f"{seen.name}.json")


def plan_beside(seen: Path, film: str) -> Path:
    """The file of a film's plans for the observations ``seen``, which are written after it."""
    return seen.with_name(f"{seen.name.partition('.')[0]}.{film}.plan.jsonl.gz")


def _make(job: Job, part: SliceToMake, config: Config, models: SharedModels, vitals: Vitals, told: Told) -> None:
    films = [_ordered(film) for film in films_of(replace(job, slice=None), config)]
    recording = _decided(part, films, vitals, told)
    works = [WorkFolder(work_path(film.job.output), Identity.of(film.job, film.config)) for film in films]
    try:
        resumes = [work.resume_point()[0] for work in works]
        if all(resume is not None and resume.checkpoint.complete for resume in resumes):
            return
        begun = [Begun(film, work, resume) for film, work, resume in zip(films, works, resumes, strict=True)]
        try:
            if not all(resumes):
                raise NotResumableError
            _run(job, begun, models, recording, vitals, told)
        except NotResumableError:
            for work in works:
                work.begin()
            begun = [one._replace(resume=None) for one in begun]
            _run(job, begun, models, recording, vitals, told)
    finally:
        for work in works:
            work.close()


def _run(job: Job, begun: list[Begun], models: SharedModels, recording: Recording, vitals: Vitals, told: Told) -> None:
    with Making(job, begun, models, vitals=vitals, warn=told.warn, stop=told.stop, of_slice=recording) as making:
        making.run(told.progress)


def _ordered(film: FilmOrder) -> FilmOrder:
    return film._replace(config=Corrections.of(film.job, film.config).captioned(film.config))


def _decided(part: SliceToMake, films: list[FilmOrder], vitals: Vitals, told: Told) -> Recording:
    """What is to be made, once that is decided."""
    while not part.seen.exists():
        vitals.sought += 1
        if told.stop.wait(_WAIT_SECONDS):
            raise StoppedError("stopped before it was decided what is to be made.")
    return Recording.of_files({film.name: plan_beside(part.seen, film.name) for film in films}, part.seen, part.time_base)
