"""The summary of a film that was corrected after it had been made."""

from __future__ import annotations

from typing import Any

from dualface.config.schema import Config
from dualface.jobs import Job, Status
from dualface.types import Person
from dualface.video.canvas import shown_in
from dualface.video.corrections_of import Corrections
from dualface.video.film_correction import Corrected
from dualface.video.finished import NEXT_BYTES, NEXT_FRAMES
from dualface.video.who_is_missing import who_is_missing

_MOMENTS = 5
"""So many moments are told in words."""


def corrected_summary(
    made: dict[str, Any], done: Corrected, corrections: Corrections, config: Config, job: Job
) -> dict[str, Any]:
    """``made`` is the summary as it was; what was counted, and who is missing, is told anew."""
    failed = made.get("failed_share", 0.0)
    missing, too_much = who_is_missing(done.counts, failed, config, job.source)
    degraded = too_much or failed > config.errors.degraded_share
    status = Status.PARTIAL if made["partial"] else Status.DEGRADED if degraded else Status.DONE
    change = done.change.as_dict()
    told = [*missing, *done.unfounded]
    kept = {key: value for key, value in made.items() if key not in (NEXT_BYTES, NEXT_FRAMES)}
    return kept | {
        **done.counts.as_dict(shown_in(config)),
        "output_bytes": (done.film or job.output).stat().st_size,
        "degraded": degraded,
        "warnings": [*(one for one in made["warnings"] if one not in made.get("warned_for_now", [])), *told],
        "warned_for_now": told,
        "status": status.value,
        "corrected": corrections.as_dict()
        | {
            "frames_shown": change["frames_shown"],
            "spans": change["spans"],
            "seconds": round(done.seconds, 3),
            "absent": sorted(absent_in(made)),
        },
    }


def summary_between(made: dict[str, Any], summary: dict[str, Any], done: Corrected) -> dict[str, Any]:
    """The summary for the moment in which the film is replaced: it tells both sizes, and which pictures may be either."""
    frames = [[span.start, span.stop] for span in done.spans]
    return made | {NEXT_BYTES: summary["output_bytes"], NEXT_FRAMES: frames}


def doubtful_in(summary: dict[str, Any]) -> frozenset[int]:
    """Pictures of which a summary does not know what they show."""
    return frozenset(n for start, stop in summary.get(NEXT_FRAMES, []) for n in range(start, stop))


def in_words(done: Corrected) -> str:
    """What has come of it, in a sentence."""
    moments = ", ".join(f"{first:.0f} to {last:.0f} s" for first, last in done.change.spans[:_MOMENTS])
    where = f", at {moments}" if moments else ""
    return f"corrected; {done.change.shown} of {done.counts.frames} pictures were made anew{where}."


def absent_in(summary: dict[str, Any]) -> frozenset[Person]:
    """Those who have no caption because they are not in the video, as a film's summary tells."""
    corrected = summary.get("corrected", {})
    return frozenset(Person(name) for name in corrected.get("absent", []) if name in set(Person))
