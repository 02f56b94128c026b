"""From all segments of a film to its final files in the work folder."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, replace
from typing import Any

from dualface.jobs import Job
from dualface.types import Person, VideoInfo
from dualface.video.canvas import called, names_of
from dualface.video.chain import Begun, Made
from dualface.video.counts import RunCounts
from dualface.video.film_run import FilmRun
from dualface.video.films import keeps_bits
from dualface.video.part import part_opener
from dualface.video.second_look import Change, Decide, Decided, SecondLook
from dualface.video.shared_models import SharedModels
from dualface.video.vitals import Vitals
from dualface.video.who_is_missing import who_is_missing

_MOMENTS = 5
"""So many moments are named in a note; the summary has them all."""
_SOFT, _SOFT_SHARE = 3.0, 0.1
"""What is enlarged more than this looks soft, and is worth a word where that is so for such a share of somebody's pictures."""


@dataclass(frozen=True, slots=True)
class Finishing:
    """What all films of one video are finished with."""

    job: Job
    models: SharedModels
    vitals: Vitals
    stop: threading.Event

    def finish(
        self,
        film: FilmRun,
        begun: Begun,
        info: VideoInfo,
        made: Made,
        started: float,
        *,
        decide: Decide | None,
        decided: Change | None = None,
    ) -> dict[str, Any]:
        """Mends what is decided otherwise now, writes the film's files and returns its summary.

        ``decide`` makes the whole decision, where there is one to be made; ``decided``: the segments are as it has them.
        ``started`` is when making it began (``time.monotonic``).  Raises :class:`~dualface.errors.DualfaceError`.
        """
        film.segments, complete = made
        if decided is not None:
            counts, change, absent = None, decided, frozenset[Person]()
        else:
            counts, change, absent = self._look_again(film, info, decide)
        complete = replace(complete, counts=counts or complete.counts)
        _tell_of_doubts(film, change, complete.counts.absences.begins)
        told, missing = who_is_missing(complete.counts, complete.composition.failed_share, film.config, self.job.source)
        film.warn_for_now(told)
        _warn_of_soft_tiles(film, complete.counts)
        film.write_records(info, change)
        if complete.counts.talking.silent:
            film.note(f"{self.job.source}: nobody was heard speaking.")
        film.write_turns(complete.counts)
        lost = film.join(info, complete.results, self._stops_joining)
        seconds = time.monotonic() - started + (begun.resume.checkpoint.seconds if begun.resume else 0.0)
        summary = film.summary(complete, seconds, change, missing=missing, lost=lost)
        corrections = film.corrections.as_dict() | {"absent": sorted(absent)}
        return summary | {"corrected": corrections, "resumed_at_frame": begun.start}

    def _look_again(
        self, film: FilmRun, info: VideoInfo, decide: Decide | None
    ) -> tuple[RunCounts | None, Change, frozenset[Person]]:
        """The whole decision, and corrections.  Who has no caption because he is not in the video comes last."""
        if decide is None:
            if self.job.plan is not None or not (film.corrections.all or film.work.is_revised(film.segments)):
                return None, Change(), frozenset()
            decide = Decided
        look = SecondLook(
            info,
            film.config,
            self.models,
            film.work,
            film.segments,
            open_decoder=part_opener(self.models.device, self.job.source, film.config, deep=keeps_bits(film.config)),
            vitals=self.vitals,
            stop=self.stop,
            corrections=film.corrections,
        )
        with look:
            counts = look.run(decide)
            film.names = names_of(look.config)
            film.warn_for_now(look.unfounded)
            return counts, look.change, look.uncaptioned

    def _stops_joining(self) -> bool:
        self.vitals.joined += 1
        return self.stop.is_set()


def _tell_of_doubts(film: FilmRun, change: Change, begins: float) -> None:
    """The moments count from the film's first picture, which is shown at ``begins`` on the source's clock."""
    if change.doubts:
        spans = ((doubt.first - begins, doubt.last - begins) for doubt in change.doubts[:_MOMENTS])
        moments = "; ".join(f"{first:.0f} to {last:.0f} s" for first, last in spans)
        unsure = f"it is not sure who is who at {moments} of the film"
        film.note(f"{film.job.source}: {unsure}; see second_look.unsure in the summary.")


def _warn_of_soft_tiles(film: FilmRun, counts: RunCounts) -> None:
    """Says whose tile is enlarged so much that it looks soft."""
    who = called(film.config)
    soft = {person: one for person, one in counts.enlarged.items() if one.share_above(_SOFT) >= _SOFT_SHARE}
    if soft:
        tiles = " and ".join(f"{who[person]} {one.usual:.1f} times" for person, one in soft.items())
        most = max(one.most for one in soft.values())
        film.warn(
            f"{film.called}: enlarged so much that it looks soft: {tiles}, {most:.1f} times at most; "
            "choose a smaller --size or --zoom, or record in a higher resolution."
        )
