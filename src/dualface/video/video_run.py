"""One video, from its file to the finished films."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from dualface.config.schema import Config
from dualface.direct.layouts.chosen import follows_speech
from dualface.direct.speech.whole import wants_speech
from dualface.errors import OutputError, StoppedError
from dualface.events import EventBus, VideoFinished
from dualface.film_clock import UNCHANGED, FilmClock
from dualface.jobs import Job, Status, VideoOutcome
from dualface.output_files import preflight
from dualface.render.mux.segments import DamagedWorkError
from dualface.types import Observation, VideoInfo
from dualface.video.analysis import rate_of
from dualface.video.as_told import as_told
from dualface.video.chain import Begun, Making, NotResumableError
from dualface.video.film_run import FilmRun
from dualface.video.films import films_of
from dualface.video.finishing import Finishing
from dualface.video.kept import work_path
from dualface.video.part import part_opener
from dualface.video.results import Results
from dualface.video.second_look import Decide, Decided
from dualface.video.shared_models import SharedModels
from dualface.video.telling import Telling, tell
from dualface.video.vitals import Vitals
from dualface.video.whole_decision import whole_decision
from dualface.video.work_folder import ResumePoint, left_elsewhere

if TYPE_CHECKING:  # what few films need is imported where they do
    from dualface.video.by_many import Crew
    from dualface.video.watched import Watched


class VideoRun:
    """Processes one job; see :meth:`run`.  One use.  ``vitals`` tell how it is getting on.

    ``crew`` are several workers who may share the work on a long video.
    """

    def __init__(
        self,
        job: Job,
        config: Config,
        models: SharedModels,
        *,
        bus: EventBus,
        stop: threading.Event,
        crew: Crew | None = None,
    ) -> None:
        self._job, self._config, self._models, self._bus, self._stop = job, config, models, bus, stop
        self._crew = crew
        self.vitals = Vitals()
        self._telling = Telling(job, bus)
        self._finishing = Finishing(job, models, self.vitals, stop)
        self._seen: Path | None = None
        self._announced = False

    def run(self) -> VideoOutcome:
        """Makes the video's films, each with its tracks file and its summary; none is there unless all could be made.

        Goes on where an earlier run of the same job ended, and does nothing for films that one has finished.  Never raises for
        what the video or the machine is to blame for: the outcome carries the error.
        """
        try:
            if self._stop.is_set():
                raise StoppedError(f"{self._job.source}: stopped before it began.")
            outcome = self._process()
        except StoppedError as error:
            outcome = VideoOutcome(self._job, Status.STOPPED, error)
        except Exception as error:
            outcome = VideoOutcome(self._job, Status.FAILED, as_told(error, self._job.source))
        self._bus.emit(VideoFinished(self._job, outcome))
        return outcome

    def _process(self) -> VideoOutcome:
        if self._job.slice is not None:
            from dualface.video.slice_work import Told as SliceTold
            from dualface.video.slice_work import work_on_slice

            told = SliceTold(self._telling.progress, self._telling.warn, self._stop)
            work_on_slice(self._job, self._config, self._models, vitals=self.vitals, told=told)
            return VideoOutcome(self._job, Status.DONE)
        films = [
            FilmRun(order, warn=self._telling.warn, note=self._telling.note) for order in films_of(self._job, self._config)
        ]
        outcomes = [film.finished() or self._corrected(film) for film in films]
        due = [film for film, outcome in zip(films, outcomes, strict=True) if outcome is None]
        if due and not _wants_speech(due):  # what was seen may not tell who speaks
            seen = (film.seen() for film, outcome in zip(films, outcomes, strict=True) if outcome is not None)
            self._seen = next((path for path in seen if path is not None), None)
        made = iter(self._made(due, films) if due else ())
        first, *others = (outcome or next(made) for outcome in outcomes)
        return replace(first, job=self._job, also=tuple(others))

    def _corrected(self, film: FilmRun) -> VideoOutcome | None:
        """What has become of a finished film of which only some pictures are different now; ``None`` for any other."""
        made = film.correctable()
        if made is None:
            return None
        from dualface.video.corrected_film import correct
        from dualface.video.film_correction import Told

        told = Told(self._telling.started, self._telling.progress, self._stop)
        return correct(film, made, self._models, vitals=self.vitals, told=told)

    def _made(self, films: Sequence[FilmRun], all_films: Sequence[FilmRun]) -> list[VideoOutcome]:
        """Makes films together: one decode, one analysis; all are made before the first gets its name."""
        for film in films:
            film.prepare()
        own = {work_path(film.job.output) for film in all_films}
        for other in left_elsewhere(films[0].job.output, films[0].identity):
            if other not in own:
                what = f"unfinished work on another film of it is in {other}"
                tell(films, FilmRun.note, f"{self._job.source}: {what}; remove that if you don't want it.")
        try:
            for film in films:
                film.open()
            if (theirs := _finished_meanwhile(films)) is not None:
                return theirs
            made = self._make(films)
            return [film.publish(summary) for film, summary in zip(films, made, strict=True)]
        except BaseException as error:
            self._keep(films, error)
            raise

    def _keep(self, films: Sequence[FilmRun], error: BaseException) -> None:
        """Keeps work that can be continued, and says so where nobody else will try."""
        kept = [film for film in films if film.keep()]
        if kept and isinstance(error, StoppedError | OutputError):
            self._telling.note(f"{self._job.source}: what is made of it is kept, and the same command goes on from there.")

    def _make(self, films: Sequence[FilmRun]) -> list[dict[str, object]]:
        """Makes all files in the work folders and returns the summaries."""
        found = [film.work.resume_point() for film in films]
        obstacle = next((why for _, why in found if why is not None), None)
        resumes = [resume for resume, _ in found]
        if all(resumes):
            try:
                return self._make_from(films, resumes)
            except NotResumableError as error:
                obstacle = str(error)
            except DamagedWorkError:
                obstacle = "what was made of it is damaged"
        elif any(resumes):
            obstacle = obstacle or "other films are made along with it now"
        elif self._crew is not None and (made := self._make_by_many(films, self._crew)) is not None:
            return made
        if obstacle is not None:
            tell(films, FilmRun.note, f"{self._job.source}: begun anew instead of continued: {obstacle}.")
        for film in films:
            film.work.begin()
        return self._make_from(films, [None] * len(films))

    def _make_by_many(self, films: Sequence[FilmRun], crew: Crew) -> list[dict[str, object]] | None:
        """The summaries of films that several workers have made; ``None`` where one has to."""
        from dualface.observe.seams import SeamError
        from dualface.video.by_many import ByMany, Ears, why_by_one

        started = time.monotonic()
        with closing(part_opener(self._models.device, self._job.source, films[0].config)()) as decoder:
            info = decoder.get_video_info()
        why = why_by_one(self._job, films[0].config, info)
        if len(films) <= len(self._job.also):
            why = "others of its films are made already"
        if self._seen is not None:
            why = "what was seen in it is known"
        if why is None:
            begun = [Begun(film.order, film.work) for film in films]
            self._announce(films, begun, info, 0)
            ears = Ears(self._telling.counted, partial(tell, films, FilmRun.warn), partial(tell, films, FilmRun.note))
            decide = self._decide(films, info, ears.warn, UNCHANGED)
            try:
                many = ByMany(self._job, films, info, crew, ears=ears, stop=self._stop).run(decide)
            except SeamError as error:
                why = str(error)
        if why is not None:
            if why:
                tell(films, FilmRun.note, f"{self._job.source}: is made by one worker: {why}.")
            return None
        self._tell_of_decoding(films, next(iter(many.made.values()))[1].results)
        looked = None if many.decided.absent else many.change
        return [
            self._finishing.finish(
                film,
                one,
                info,
                many.made[film.order.name],
                started,
                decide=decide,
                decided=None if film.corrections.all else looked,
            )
            for film, one in zip(films, begun, strict=True)
        ]

    def _tell_of_decoding(self, films: Sequence[FilmRun], results: Results) -> None:
        for warning in results.decode_warnings:
            tell(films, FilmRun.warn, warning)
        for note in results.decode_notes:
            tell(films, FilmRun.note, note)

    def _make_from(self, films: Sequence[FilmRun], resumes: Sequence[ResumePoint | None]) -> list[dict[str, object]]:
        started = time.monotonic()
        begun = [Begun(film.order, film.work, resume) for film, resume in zip(films, resumes, strict=True)]

        def warn(message: str) -> None:
            tell(films, FilmRun.warn, message)

        watched = self._watched(films, begun, warn) if self._is_watched_first(films) else None
        seen = self._seen
        if watched is not None:
            from dualface.video.watched import WatchedFiles

            started = min(started, time.monotonic() - watched.seconds)
            seen = WatchedFiles(films[0].work.path).decided_path(watched)
        making = Making(self._job, begun, self._models, vitals=self.vitals, warn=warn, stop=self._stop, seen=seen)
        if self._seen is not None:
            tell(films, FilmRun.note, f"{self._job.source}: what was seen in it is taken from {self._seen.name}.")
        with making:
            info = making.info
            self._announce(films, begun, info, making.start, passes=1 if watched is None else 2)
            made = making.run(self._telling.progress if watched is None else partial(self._telling.progress, pass_number=2))
        del making  # with all that its encoders need, before a second look opens one of its own
        if watched is not None:
            made = {
                name: (segments, replace(complete, results=complete.results.after(watched.results)))
                for name, (segments, complete) in made.items()
            }
        results = next(iter(made.values()))[1].results
        self._tell_of_decoding(films, results)
        if watched is None:
            decide = self._decide(films, info, warn, results.clock)
        else:
            decide = partial(WatchedFiles(films[0].work.path).decided, state=watched)
        return [
            self._finishing.finish(film, one, info, made[film.order.name], started, decide=decide)
            for film, one in zip(films, begun, strict=True)
        ]

    def _is_watched_first(self, films: Sequence[FilmRun]) -> bool:
        """Whether what is shown is known only once all of the video was seen and heard."""
        if self._job.plan is not None or not any(follows_speech(film.config.framing) for film in films):
            return False
        from dualface.video.listening import somebody_is_heard

        return somebody_is_heard(self._job.source, self._checked)

    def _watched(self, films: Sequence[FilmRun], begun: Sequence[Begun], warn: Callable[[str], None]) -> Watched:
        """The first of two passes: sees all that was not seen yet, and decides, once for all films."""
        from dualface.video.watching import Watching

        first = films[0]
        with closing(
            Watching(
                self._job,
                first.config,
                self._models,
                first.work.path,
                vitals=self.vitals,
                warn=warn,
                stop=self._stop,
            )
        ) as watching:
            info = watching.info
            if not watching.state.complete:
                self._announce(films, begun, info, watching.state.frames, passes=2)
                watching.run(self._telling.progress)

            decide = self._whole_decision(films, info, warn, watching.clock)
            return watching.decide(decide or Decided)

    def _decide(
        self, films: Sequence[FilmRun], info: VideoInfo, warn: Callable[[str], None], clock: FilmClock
    ) -> Decide | None:
        """What makes the whole decision, once for all films, now that all was seen; a given plan is followed as it is."""
        if self._job.plan is not None:
            return None
        decide = self._whole_decision(films, info, warn, clock)
        return decide and _once(decide)

    def _whole_decision(
        self, films: Sequence[FilmRun], info: VideoInfo, warn: Callable[[str], None], clock: FilmClock
    ) -> Decide | None:
        def listen(seen: Sequence[Observation]) -> list[Observation]:
            return self._listen(seen, rate_of(info), clock)

        return whole_decision(self._job, films[0].config, self._models, info, warn, listen, speech=_wants_speech(films))

    def _listen(self, seen: Sequence[Observation], fps: float, clock: FilmClock) -> list[Observation]:
        from dualface.video.listening import with_sound

        return with_sound(self._job.source, seen, fps, clock=clock, check=self._checked)

    def _checked(self) -> None:
        self.vitals.sought += 1
        if self._stop.is_set():
            raise StoppedError("stopped while its sound was listened to.")

    def _announce(
        self, films: Sequence[FilmRun], begun: Sequence[Begun], info: VideoInfo, start: int, *, passes: int = 1
    ) -> None:
        if self._announced:
            return
        self._announced = True
        needed = sum(film.needed_bytes(info, one.resume) for film, one in zip(films, begun, strict=True))
        for film in films:  # all stand in one folder
            preflight(film.job.source, film.job.output, overwrite=film.job.overwrite, needed_bytes=needed)
        self._telling.started(info, info.total_frames, start, passes=passes)
        if start:
            tell(films, FilmRun.note, f"{self._job.source}: continued at frame {start}.")


def _finished_meanwhile(films: Sequence[FilmRun]) -> list[VideoOutcome] | None:
    """What has become of films that another run of the same command finished while this one waited for their folders."""
    outcomes = [film.finished() for film in films]
    done = [outcome for outcome in outcomes if outcome is not None]
    if len(done) < len(films):
        return None
    for film in films:
        film.remove_work()
    return done


def _wants_speech(films: Sequence[FilmRun]) -> bool:
    """Whether it is to be found out who speaks."""
    return any(wants_speech(film.config) for film in films)


def _once(decide: Decide) -> Decide:
    """The same decision for all films: they have the same frames."""
    made: list[Decided] = []

    def decided(seen: Sequence[Observation]) -> Decided:
        if not made:
            made.append(decide(seen))
        return made[0]

    return decided
