"""The first of two passes, for films that only the whole video tells how to make: all is seen, then decided, once.

Nothing is composed and nothing encoded.  The second pass makes the films by what was decided.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from dualface.config.schema import Config
from dualface.errors import StoppedError
from dualface.film_clock import FilmClock
from dualface.interfaces import Decoder
from dualface.jobs import Job
from dualface.types import Observation, VideoInfo
from dualface.video.about import header_of
from dualface.video.analysis import PlannedFrame, plugins_of
from dualface.video.decoded_ahead import frames_of
from dualface.video.executor import Stage, run_chain
from dualface.video.films import FIRST
from dualface.video.lent import Lent
from dualface.video.made_from import source_digest
from dualface.video.part import part_opener
from dualface.video.results import Results
from dualface.video.resumable import LastThumbnail, ResumableAnalysis, reopened, restored
from dualface.video.second_look import Decide
from dualface.video.shared_models import SharedModels
from dualface.video.vitals import Vitals
from dualface.video.watched import Watched, WatchedFiles
from dualface.video.work_folder import Snapshot

_FILE_SECONDS = 4.0
"""Footage in one file: as much as in a segment of a film."""


class Watching:
    """Sees all of a job's video, its lips too, from the start or from where an earlier run ended.

    Its files are in the work folder ``folder``.  Close it in the end; one use.  The constructor raises what decoder and models
    raise.
    """

    def __init__(
        self,
        job: Job,
        config: Config,
        models: SharedModels,
        folder: Path,
        *,
        vitals: Vitals,
        warn: Callable[[str], None],
        stop: threading.Event,
    ) -> None:
        self._job, self._config, self._models = job, config, models
        self._vitals, self._warn, self._stop = vitals, warn, stop
        self._began = time.monotonic()
        self._files = WatchedFiles(folder)
        self._thumbnails = LastThumbnail(models.device.pixels.thumbnail)
        self._open_decoder = part_opener(models.device, job.source, config)
        self.state = self._files.state()
        """How far it has come."""
        self._decoder, self._analysis = self._opened()
        self._before, self._seconds_before = self.state.results, self.state.seconds
        self.info: VideoInfo = self._decoder.get_video_info()
        self._open: list[Observation] = []

    def close(self) -> None:
        self._decoder.close()

    def run(self, progress: Callable[[int, Observation], None]) -> None:
        """Sees all that is not seen yet.  ``progress`` hears of each frame.  Raises what the stages raise."""
        analysis = self._analysis
        if analysis is None:
            return

        def note(planned: PlannedFrame) -> Iterable[None]:
            seen = planned.observation
            if self._open and seen.time - self._open[0].time >= _FILE_SECONDS:
                self._close_file()
            self._open.append(seen)
            self._vitals.watched = seen.index + 1
            progress(self._vitals.watched, seen)
            return ()

        stages = [Stage("analyse", analysis.push, analysis.flush, holds=True), Stage("note", note)]
        frames = frames_of(self._decoder, self._models.device, self._config)
        run_chain(frames, stages, capacity=self._config.processing.queue_frames, stop=self._stop)
        self._close_file(complete=True)
        if analysis.problem is not None:
            self._warn(f"{self._job.source}: no checkpoint could be made ({analysis.problem}).")

    def decide(self, decide: Decide) -> Watched:
        """Decides about all that was seen, and notes that.  Raises what ``decide`` raises."""
        if not self.state.decided:
            decided = decide(list(self._files.seen()))
            doubts = [doubt.as_dict() for doubt in decided.doubts]
            header = header_of(self.info, self._job.source, self._config, source_digest(self._job.source), doubts)
            self.state = self._files.save_decided(decided, header, replace(self.state, seconds=self._seconds))
        return self.state

    @property
    def clock(self) -> FilmClock:
        """How the source's times became the observations'."""
        return self.state.results.clock

    def _opened(self) -> tuple[Decoder, ResumableAnalysis | None]:
        """The decoder and the analysis, where they go on; no analysis where all was seen."""
        if self.state.complete:
            return self._open_decoder(), None
        if self.state.snapshot is not None:
            resumed = self._resumed(self.state.snapshot)
            if resumed is not None:
                return resumed
            self.state = Watched()
        decoder = self._open_decoder()
        try:
            lent = self._lent(decoder, resumed=False)
            analysis = lent.observing(decoder.get_video_info(), self._config)
            return decoder, ResumableAnalysis(analysis, lent.by_name, decoder.stats, self._thumbnails)
        except BaseException:
            decoder.close()
            raise

    def _resumed(self, snapshot: Snapshot) -> tuple[Decoder, ResumableAnalysis] | None:
        """``None`` where the snapshot leads nowhere."""
        found = reopened(self._open_decoder, snapshot, thumbnails=self._thumbnails, check=self._check)
        if found is None:
            return None
        decoder, held = found
        try:
            lent = self._lent(decoder, resumed=True).by_name
            analysis = restored(snapshot, held, lent, plugins_of([self._config]))
        except BaseException:
            decoder.close()
            raise
        if analysis is None:
            decoder.close()
            return None
        starts = {FIRST: self.state.frames}
        return decoder, ResumableAnalysis(analysis, lent, decoder.stats, self._thumbnails, resumed=snapshot, starts=starts)

    def _lent(self, decoder: Decoder, *, resumed: bool) -> Lent:
        info = decoder.get_video_info()
        return Lent.of(
            self._job.source, info, self._config, self._models, self._thumbnails, lips=True, resumed=resumed, warn=self._warn
        )

    def _close_file(self, *, complete: bool = False) -> None:
        assert self._analysis is not None
        frames = self.state.frames + len(self._open)
        snapshot = None if complete else self._analysis.snapshot_for(frames)
        self.state = Watched(frames, self._seconds, self._results(), snapshot, complete)
        self._files.save(self._open, self.state)
        self._open = []

    def _results(self) -> Results:
        assert self._analysis is not None
        decode, planner = self._decoder.stats, self._analysis.analysis
        fallbacks = (*self._models.device.fallbacks, decode.fallback)
        return Results(
            detector_looks=planner.detector_looks,
            reid=planner.reid_stats,
            clock=decode.clock,
            copied_to_device=self._before.copied_to_device + decode.copied_to_device_bytes,
            copied_to_host=self._before.copied_to_host + decode.copied_to_host_bytes,
            fallbacks=tuple(reason for reason in fallbacks if reason),
        )

    @property
    def _seconds(self) -> float:
        return self._seconds_before + time.monotonic() - self._began

    def _check(self) -> None:
        self._vitals.sought += 1
        if self._stop.is_set():
            raise StoppedError(f"{self._job.source}: stopped before it went on.")
