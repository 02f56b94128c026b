"""Plans by whatever names them: the plan's file, what was seen, the film that was made, or the video that was looked at."""

from __future__ import annotations

from pathlib import Path

from dualface.api.analysing import ANALYSIS_SUFFIX
from dualface.api.plans import Analysis, Plan
from dualface.errors import InputError
from dualface.jobs import OBSERVATIONS_SUFFIX, PLAN_SUFFIX, Job
from dualface.records import observation_file, plan_file
from dualface.records.json_lines import schema_of


def find_plan(path: str | Path) -> Plan:
    """The plan that ``path`` names: a plan's file, one of observations, or a video with such files beside it.

    Raises :class:`~dualface.errors.InputError` where there is none.
    """
    named = Path(path)
    schema = schema_of(named)
    if schema == plan_file.SCHEMA.name:
        return _loaded(named)
    if schema == observation_file.SCHEMA.name:
        return Analysis.load(named).plan()
    film = Job(named, named)
    beside, kept = film.beside(PLAN_SUFFIX), film.beside(ANALYSIS_SUFFIX)
    if named.is_file() and beside.is_file():
        return _loaded(beside)
    if named.is_file() and kept.is_file():
        return Analysis.load(kept).plan()
    what = "has no plan beside it" if named.is_file() else "is not a file"
    raise InputError(
        f"{named} {what}; name a film that dualface has made, or one that `dualface analyse` has seen.", file=named
    )


def _loaded(path: Path) -> Plan:
    """With what was observed, where that is beside it."""
    seen = path.with_name(path.name.removesuffix(PLAN_SUFFIX) + OBSERVATIONS_SUFFIX)
    return Plan.load(path, observations=seen if path.name.endswith(PLAN_SUFFIX) and seen.is_file() else None)
