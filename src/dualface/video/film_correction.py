"""A finished film, with what has been corrected since: only the pictures that are different now are made.

What was seen and what is shown are the files beside the film; the pictures that stay, and all sound, come from the film itself.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from dualface.config.schema import Config
from dualface.direct.layouts.chosen import chosen_layout
from dualface.errors import InputError, StoppedError
from dualface.jobs import OBSERVATIONS_SUFFIX, PLAN_SUFFIX, TRACKS_SUFFIX, Job
from dualface.records.headers import RecordHeader
from dualface.records.json_lines import write_lines
from dualface.records.observation_file import read_observations
from dualface.records.plan_file import read_plan, read_plan_and_base, write_plan
from dualface.records.tracks_file import read_tracks, tracks_header, tracks_line
from dualface.render.mux.again import assemble_again
from dualface.render.mux.replaced import FilmPictures, Piece
from dualface.render.mux.segments import SegmentWriter
from dualface.types import FramePlan, Observation, Person, VideoInfo
from dualface.video.canvas import Canvas, names_of
from dualface.video.corrections_of import Corrections
from dualface.video.counts import RunCounts
from dualface.video.part import part_opener
from dualface.video.second_look import Change
from dualface.video.shared_models import SharedModels
from dualface.video.source_again import SourceAgain
from dualface.video.vitals import Vitals
from dualface.video.work_folder import PLAN, TRACKS

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Told:
    """Who hears of a correction: of the video and how many pictures it takes, of each that is made, and ``stop`` is asked."""

    started: Callable[[VideoInfo, int], None]
    progress: Callable[[int, Observation], None]
    stop: threading.Event


@dataclass(frozen=True, slots=True)
class Corrected:
    """What has come of it: counts over the film as it is now, and what changed.  ``film`` is ``None`` where no picture did.

    ``unfounded`` are sentences about corrections that find nothing.  ``spans`` are the pictures that were made.  ``records``
    are the new files that go beside the film.
    """

    counts: RunCounts
    change: Change
    unfounded: tuple[str, ...]
    spans: tuple[range, ...]
    records: dict[str, Path]
    film: Path | None
    seconds: float


class FilmCorrection:
    """One correction of the film ``job.output``; its files are made in ``folder``.  ``config`` has the captions to be.

    ``absent``: people who have no caption, because they are not in the video.  ``doubtful``: pictures of which it is not known
    what they show, because something ended an earlier correction in the moment when files were replaced.
    """

    def __init__(
        self,
        job: Job,
        config: Config,
        models: SharedModels,
        corrections: Corrections,
        folder: Path,
        *,
        absent: frozenset[Person],
        doubtful: frozenset[int] = frozenset(),
        vitals: Vitals,
        told: Told,
    ) -> None:
        blank = {f"caption_{person.value}": "" for person in absent - corrections.named}
        self._config = config.model_copy(update={"framing": config.framing.model_copy(update=blank)})
        self._job, self._models, self._corrections, self._folder = job, models, corrections, folder
        self._vitals, self._told, self._doubtful = vitals, told, doubtful
        self._open_decoder = part_opener(models.device, job.source, config)

    def run(self) -> Corrected:
        """Raises what decoder, composer, encoder and muxer raise, :class:`~dualface.errors.StoppedError`, and
        :class:`~dualface.errors.InputError` for files beside the film that can't be used.
        """
        started = time.monotonic()
        with closing(self._open_decoder()) as decoder:
            info = decoder.get_video_info()
        header, before, bases, seen = self._read()
        plans = self._plans(seen, bases, info)
        if not len(plans) == len(before) == len(seen):
            raise InputError(f"{self._job.output}: the files beside it are not of one film; run again with --overwrite.")
        self._check()
        anew = self._different(before, plans)
        change = Change()
        change.note([replace(plans[n], time=plans[n].time - plans[0].time) for n in anew])
        shown, film = list(plans), None
        pictures = FilmPictures.of(self._job.output, self._check) if anew else None
        if pictures is not None and len(pictures.shown) != len(plans):
            raise InputError(f"{self._job.output}: is not the film that its plan is of; run again with --overwrite.")
        spans = pictures.around(anew) if pictures is not None else []
        self._told.started(info, sum(map(len, spans)))
        if pictures is not None:
            pieces = self._pieces(spans, seen, plans, shown, info)
            film = self._joined(pictures, pieces)
        counts = RunCounts()
        for one, plan in zip(seen, shown, strict=True):
            counts.add(one, plan)
        anew_frames = frozenset(n for span in spans for n in span)
        records = self._records(header, info, seen, before, bases, plans, shown, anew_frames)
        nothing = tuple(self._corrections.unfounded(seen, info, self._config))
        return Corrected(counts, change, nothing, tuple(spans), records, film, time.monotonic() - started)

    def _read(self) -> tuple[RecordHeader, list[FramePlan], list[FramePlan], list[Observation]]:
        """Header, the plan that the film shows, the one without corrections, and what was seen."""
        header, both = read_plan_and_base(self._job.beside(PLAN_SUFFIX))
        before, bases = map(list, zip(*self._checked(both), strict=True))
        path = self._job.observations or self._job.beside(OBSERVATIONS_SUFFIX)
        if path.exists():
            return header, before, bases, list(self._checked(read_observations(path)[1]))
        return header, before, bases, [Observation(plan.index, plan.time, plan.cut) for plan in before]

    def _plans(self, seen: Sequence[Observation], bases: Sequence[FramePlan], info: VideoInfo) -> list[FramePlan]:
        """What is to be shown; a given plan is followed as it is."""
        if self._job.plan is not None:
            return list(read_plan(self._job.plan)[1])
        return self._corrections.plans(seen, bases, info, self._config)

    def _different(self, before: Sequence[FramePlan], plans: Sequence[FramePlan]) -> list[int]:
        """The pictures that show something else now."""
        old = read_tracks(self._job.beside(TRACKS_SUFFIX)).header.get("names", {})
        renamed = {person for person, name in names_of(self._config).items() if name != (old.get(person.value) or "")}
        return [
            n
            for n, (one, plan) in enumerate(zip(before, plans, strict=True))
            if n in self._doubtful
            or one.placements != plan.placements
            or any(placement.person in renamed for placement in plan.placements)
        ]

    def _pieces(
        self,
        spans: Sequence[range],
        seen: Sequence[Observation],
        plans: Sequence[FramePlan],
        shown: list[FramePlan],
        info: VideoInfo,
    ) -> list[Piece]:
        """The new pictures; ``shown`` gets what was really composed."""
        pieces, made = [], 0
        with SourceAgain(self._open_decoder, self._check) as source:
            for number, span in enumerate(spans):
                with (
                    closing(Canvas(info, self._config, self._models.device)) as canvas,
                    SegmentWriter(self._folder / f"piece-{number}", canvas.encoder.stream, seconds=float("inf")) as writer,
                ):
                    for frame in source.frames(span, round(seen[span.start].time / info.time_base)):
                        picture = canvas.composer.compose(frame, plans[frame.index].placements)
                        shown[frame.index] = replace(plans[frame.index], placements=canvas.composer.shown)
                        for packet in canvas.encoder.encode(picture):
                            writer.write(packet)
                        canvas.composer.recycle(picture)
                        made += 1
                        self._vitals.encoded = made
                        self._told.progress(made, seen[frame.index])
                        self._check()
                    for packet in canvas.encoder.flush():
                        writer.write(packet)
                    writer.finish()
                    pieces.append(Piece(span, writer.segments[0].path))
        return pieces

    def _joined(self, pictures: FilmPictures, pieces: Sequence[Piece]) -> Path:
        film = self._folder / f"final.{self._config.encoding.container}"

        def stop() -> bool:
            self._vitals.joined += 1
            return self._told.stop.is_set()

        assemble_again(pictures, pieces, film, container=self._config.encoding.container, stop=stop)
        return film

    def _records(
        self,
        header: RecordHeader,
        info: VideoInfo,
        seen: Sequence[Observation],
        before: Sequence[FramePlan],
        bases: Sequence[FramePlan],
        plans: Sequence[FramePlan],
        shown: Sequence[FramePlan],
        anew: frozenset[int],
    ) -> dict[str, Path]:
        """The plan and the tracks file; lines of pictures about which nothing changed stay as they are."""
        tracks, plan = self._folder / TRACKS, self._folder / PLAN
        old = self._job.beside(TRACKS_SUFFIX).read_text(encoding="utf-8").splitlines(keepends=True)[1:]
        _, size = chosen_layout(self._config.framing)
        head = tracks_header(self._job.source.name, info, size, names_of(self._config))
        write_lines(tracks, [head, *_lines(old, seen, before, plans, shown, anew)])
        write_plan(plan, header, plans, bases)
        return {TRACKS: tracks, PLAN: plan}

    def _checked(self, items: Iterable[Item]) -> Iterator[Item]:
        for item in items:
            self._check()
            yield item

    def _check(self) -> None:
        self._vitals.sought += 1
        if self._told.stop.is_set():
            raise StoppedError(f"{self._job.source}: stopped while it was corrected; the film is as it was.")


def _lines(
    old: Sequence[str],
    seen: Sequence[Observation],
    before: Sequence[FramePlan],
    plans: Sequence[FramePlan],
    shown: Sequence[FramePlan],
    anew: frozenset[int],
) -> Iterator[str]:
    for n, one in enumerate(seen):
        stays = n < len(old) and n not in anew and before[n] == plans[n]
        yield old[n] if stays else tracks_line(one, shown[n])
