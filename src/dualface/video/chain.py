"""The chain of stages for one video: opened, put back to where an earlier run ended, and run.

Frames are decoded and looked at once; every film that is made of them composes and encodes them for itself.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

from dualface.device.base import Device
from dualface.direct.speech.whole import wants_speech
from dualface.errors import StoppedError
from dualface.interfaces import Decoder
from dualface.jobs import Job
from dualface.render.mux.segments import Segment, SegmentWriter
from dualface.scheduling import give_way, made_giving_way
from dualface.types import Frame, Observation, VideoInfo
from dualface.video.analysis import PlannedFrame, plugins_of, rate_of
from dualface.video.canvas import Canvas
from dualface.video.decoded_ahead import frames_of
from dualface.video.executor import Stage, run_chain
from dualface.video.films import FIRST, FilmOrder, keeps_bits
from dualface.video.lent import Lent
from dualface.video.part import part_opener
from dualface.video.put_away import TakingOut
from dualface.video.recorded import RecordedPlans, Recording
from dualface.video.results import Results
from dualface.video.resumable import LastThumbnail, ResumableAnalysis, reopened, restored
from dualface.video.segment_encoding import Composed, Noted, SegmentEncoding
from dualface.video.shared_models import SharedModels
from dualface.video.stretch import StretchDecoder
from dualface.video.vitals import Vitals
from dualface.video.work_folder import Checkpoint, ResumePoint, Snapshot, WorkFolder


class NotResumableError(Exception):
    """An earlier run's work turned out to be of no use."""


class Begun(NamedTuple):
    """A film to make: where, and where to go on, which is ``None`` at the first frame."""

    order: FilmOrder
    work: WorkFolder
    resume: ResumePoint | None = None

    @property
    def start(self) -> int:
        """The first frame that is in no closed segment."""
        return self.resume.checkpoint.end_frame if self.resume else 0

    @property
    def complete(self) -> bool:
        """Whether all segments are there."""
        return self.resume is not None and self.resume.checkpoint.complete


Made = tuple[list[Segment], Checkpoint]
"""All segments of a film, and what was counted by the end."""


class _Film:
    """One film in the chain: its canvas, and its segments once they are written."""

    def __init__(self, begun: Begun, info: VideoInfo, device: Device) -> None:
        self.begun, self.name, self.start = begun, begun.order.name, begun.start
        self.canvas = Canvas(info, begun.order.config, device)
        if begun.resume is not None:
            self.canvas.composer.restore(begun.resume.checkpoint.composition)
        self.encoding: SegmentEncoding | None = None

    def compose(self, planned: PlannedFrame) -> Composed:
        composer, plan = self.canvas.composer, planned.plans[self.name]
        canvas = composer.compose(planned.frame, plan.placements)
        shown = plan if composer.shown is plan.placements else replace(plan, placements=composer.shown)
        return Composed(canvas, Noted(planned.observation, plan, shown, composer.state()))


class Making:
    """Makes all segments of a video's films, each in its work folder, from the start or from where an earlier run ended.

    ``seen`` is a file of what was seen in the same frames before and decided about them, which is not looked for again.  With
    ``of_slice`` only its frames are made, as if there were no others.

    Leave it as a context manager; one use.  The constructor raises :class:`NotResumableError` where going on leads nowhere,
    and what decoder, composer, encoder and models raise.
    """

    def __init__(
        self,
        job: Job,
        films: Sequence[Begun],
        models: SharedModels,
        *,
        vitals: Vitals,
        warn: Callable[[str], None],
        stop: threading.Event,
        seen: Path | None = None,
        of_slice: Recording | None = None,
    ) -> None:
        self._job, self._films, self._models, self._seen, self._of_slice = job, films, models, seen, of_slice
        self._vitals, self._warn, self._stop = vitals, warn, stop
        self._config = films[0].order.config
        self._started = time.monotonic()
        deep = any(keeps_bits(film.order.config) for film in films)
        self._open_decoder: Callable[[], Decoder] = part_opener(models.device, job.source, self._config, deep=deep)
        if of_slice is not None:
            self._open_decoder = partial(StretchDecoder, self._open_decoder, of_slice.frames, of_slice.first_pts, self._check)
        self._thumbnails = LastThumbnail(models.device.pixels.thumbnail)
        self._taken_out = TakingOut()
        unfinished = [film for film in films if not film.complete]
        self._resume = min((film.resume for film in unfinished if film.resume), key=_end_frame, default=None)
        with ExitStack() as cleanup:
            self._decoder, held = self._opened_giving_way()
            cleanup.callback(self._decoder.close)
            self.info: VideoInfo = self._decoder.get_video_info()
            self._making: list[_Film] = []
            for film in unfinished:
                self._making.append(_Film(film, self.info, models.device))
                cleanup.callback(self._making[-1].canvas.close)
            recorded = job.plan is not None or seen is not None or of_slice is not None
            if unfinished:
                self._analysis = self._open_recording(held, cleanup) if recorded else self._open_analysis(held)
            self._cleanup = cleanup.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._cleanup.close()
        self._taken_out = TakingOut()  # which has the last frame
        for film in self._making:
            film.encoding = None  # which knows of this: a decoder's memory would wait for the garbage collector

    @property
    def start(self) -> int:
        """The frame at which the film that is least advanced goes on."""
        return min(film.start for film in self._films)

    def run(self, progress: Callable[[int, Observation], None]) -> dict[str, Made]:
        """Runs the chain to the end, and returns what was made by the films' names.

        ``progress`` hears of each frame encoded for all films.  Raises what the stages raise.
        """
        made = {film.order.name: _made_before(film.resume) for film in self._films if film.resume and film.complete}
        if self._making:
            with ExitStack() as writers:
                for film in self._making:
                    film.encoding = self._encoding(film, writers)
                made |= self._run(progress)
        return made

    def _encoding(self, film: _Film, writers: ExitStack) -> SegmentEncoding:
        resume, work = film.begun.resume, film.begun.work
        kept = resume.segments if resume else ()
        return SegmentEncoding(
            film.canvas,
            writers.enter_context(SegmentWriter(work.path, film.canvas.encoder.stream, segments=kept)),
            work,
            self._analysis,
            film=film.name,
            resumed=resume.checkpoint if resume else None,
            seconds=self._seconds,
            results=lambda: self._results(film),
        )

    def _run(self, progress: Callable[[int, Observation], None]) -> dict[str, Made]:
        encodings = {film.name: film.encoding for film in self._making if film.encoding is not None}
        for stage in ("analysed", "composed", "encoded"):
            setattr(self._vitals, stage, self.start)

        def encode(pictures: Mapping[str, Composed]) -> Iterable[None]:
            for name, picture in pictures.items():
                encodings[name].push(picture)
            self._vitals.encoded = min(encoding.frames for encoding in encodings.values())
            progress(self._vitals.encoded, next(iter(pictures.values())).noted.seen)
            return ()

        stages = [
            Stage("analyse", self._analyse, self._flush, holds=True),
            Stage("compose", self._compose),
            Stage("encode", encode),
        ]
        capacity = self._config.processing.queue_frames
        run_chain(self._frames(), stages, capacity=capacity, stop=self._stop, feeders=give_way)
        made = {name: encoding.finish() for name, encoding in encodings.items()}
        if self._analysis.problem is not None:
            self._warn(f"{self._job.source}: no checkpoint could be made ({self._analysis.problem}).")
        return made

    def _opened_giving_way(self) -> tuple[Decoder, dict[int, Frame]]:
        """The decoder, whose threads give way to the encoder's: all wait for that, so it must never wait for a processor."""
        on_cpu = self._models.device.name == "cpu"
        return made_giving_way(self._open_source) if on_cpu else self._open_source()

    def _open_source(self) -> tuple[Decoder, dict[int, Frame]]:
        snapshot = self._resume.checkpoint.snapshot if self._resume else None
        if snapshot is None:
            return self._open_decoder(), {}
        found = reopened(self._open_decoder, snapshot, thumbnails=self._thumbnails, check=self._check)
        if found is None:
            raise NotResumableError("the frames around the place where it ended can't be found again")
        return found

    def _open_analysis(self, held: dict[int, Frame]) -> ResumableAnalysis:
        snapshot = self._resume.checkpoint.snapshot if self._resume else None
        lent = Lent.of(
            self._job.source,
            self.info,
            self._config,
            self._models,
            self._thumbnails,
            lips=any(wants_speech(film.order.config) for film in self._films),
            resumed=snapshot is not None,
            warn=self._warn,
            start=min(film.start for film in self._making),
        )
        if snapshot is not None:
            return self._thawed(snapshot, held, lent.by_name)
        configs = {film.order.name: film.order.config for film in self._films}
        analysis = lent.analysis(self.info, configs)
        starts = dict.fromkeys(configs, 0)
        return ResumableAnalysis(analysis, lent.by_name, self._decoder.stats, self._thumbnails, starts=starts)

    def _open_recording(self, held: Mapping[int, Frame], cleanup: ExitStack) -> ResumableAnalysis:
        if self._of_slice is not None:
            recording = self._of_slice
        elif self._job.plan is not None:
            recording = Recording.of_files({FIRST: self._job.plan}, self._job.observations)
        else:
            assert self._seen is not None
            configs = {film.order.name: film.order.config for film in self._films}
            recording = Recording.planned(self._seen, configs, rate_of(self.info))
        cleanup.callback(recording.close)
        recording.check(self.info)
        lent = {"recording": recording}
        snapshot = self._resume.checkpoint.snapshot if self._resume else None
        if snapshot is not None:
            return self._thawed(snapshot, held, lent)
        starts = {film.order.name: 0 for film in self._films}
        return ResumableAnalysis(RecordedPlans(recording), lent, self._decoder.stats, self._thumbnails, starts=starts)

    def _thawed(self, snapshot: Snapshot, held: Mapping[int, Frame], lent: Mapping[str, Any]) -> ResumableAnalysis:
        analysis = restored(snapshot, held, lent, plugins_of(film.order.config for film in self._films))
        if analysis is None:
            raise NotResumableError("its checkpoint can't be read")
        starts = {film.name: film.start for film in self._making}
        if not analysis.films >= starts.keys():
            raise NotResumableError("other films were made along with it")
        return ResumableAnalysis(analysis, lent, self._decoder.stats, self._thumbnails, resumed=snapshot, starts=starts)

    def _check(self) -> None:
        self._vitals.sought += 1
        if self._stop.is_set():
            raise StoppedError(f"{self._job.source}: stopped before it went on.")

    def _frames(self) -> Iterator[Frame]:
        for frame in frames_of(self._decoder, self._models.device, self._config):
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

    def _compose(self, planned: PlannedFrame) -> list[Mapping[str, Composed]]:
        """The pictures of all films that have not got this frame yet."""
        frame, index = self._taken_out(planned.frame), planned.frame.index
        if frame is not planned.frame:
            planned = replace(planned, frame=frame)
        pictures = {film.name: film.compose(planned) for film in self._making if index >= film.start}
        self._vitals.composed = index + 1
        return [pictures]

    def _seconds(self) -> float:
        before = self._resume.checkpoint.seconds if self._resume else 0.0
        return before + time.monotonic() - self._started

    def _results(self, film: _Film) -> Results:
        decode, encode, planner = self._decoder.stats, film.canvas.encoder.stats, self._analysis.analysis
        before = film.begun.resume.checkpoint.results if film.begun.resume else Results()
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


def _end_frame(resume: ResumePoint) -> int:
    return resume.checkpoint.end_frame


def _made_before(resume: ResumePoint) -> Made:
    return list(resume.segments), resume.checkpoint
