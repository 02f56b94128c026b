"""What matters about each film of a run, a line each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.markup import escape
from rich.table import Table

from dualface.jobs import Status, VideoOutcome
from dualface.types import Person

_MOST_SPANS = 2
_BRIEF_SECONDS = 1.0
"""Who is away no longer than this is worth no word in a line."""
_HARDLY_EVER, _OFTEN = 0.02, 0.2
_PEOPLE = ("left", "right")


def summary_table(outcomes: Sequence[VideoOutcome], names: Mapping[Person, str]) -> Table:
    """A row for each video, or each film where one has several; ``names`` are what the people are called."""
    table = Table(header_style="bold", box=None, pad_edge=False)
    table.add_column("Video", overflow="fold")
    table.add_column("Status")
    table.add_column("Length", justify="right")
    table.add_column("Took", justify="right")
    table.add_column("What matters", overflow="fold")
    sources = [outcome.job.source for outcome in outcomes]
    by_side = {person.value: name for person, name in names.items()}
    for outcome in outcomes:
        style = {Status.DONE: "green", Status.FAILED: "red"}.get(outcome.status, "yellow")
        status = f"[{style}]{outcome.status.value}[/]"
        length, took = _numbers(outcome.summary)
        name = outcome.job.source.name if sources.count(outcome.job.source) == 1 else outcome.job.output.name
        table.add_row(escape(name), status, length, took, escape(what_matters(outcome, by_side)))
    return table


def what_matters(outcome: VideoOutcome, names: Mapping[str, str]) -> str:
    """One line: why there is no film, or who is missing when and what was wrong with the source."""
    if outcome.error is not None:
        return "stopped" if outcome.status is Status.STOPPED else _without_name(outcome)
    facts = [*_of_people(outcome.summary, names), *_of_the_source(outcome.summary)]
    return "; ".join(facts) or _all_there(outcome.summary, names)


def _all_there(summary: Mapping[str, Any], names: Mapping[str, str]) -> str:
    missing = summary.get("missing", {})
    always = "nearly all the time" if any(missing.values()) else "all the time"
    if len(missing) == 1:
        return f"{names[next(iter(missing))]} is there {always}"
    return f"both people are there {always}" if "missing" in summary else "–"


def _of_people(summary: Mapping[str, Any], names: Mapping[str, str]) -> Iterator[str]:
    tiles, missing, nobody = summary["tiles"], summary.get("missing", {}), summary.get("nobody", 0.0)
    unseen = [person for person in _PEOPLE if tiles[person]["tracked"] <= _HARDLY_EVER and missing.get(person)]
    if len(unseen) == len(_PEOPLE):
        yield "nobody was found"
        return
    if nobody >= _OFTEN:
        yield f"nobody is shown in {nobody:.0%} of the pictures"
    for person in _PEOPLE:
        spans = [(start, end) for start, end in missing.get(person, []) if end - start >= _BRIEF_SECONDS]
        if person in unseen:
            yield f"{names[person]} is never there"
        elif spans:
            shown = ", ".join(f"{clock(start)}–{clock(end)}" for start, end in spans[:_MOST_SPANS])
            more = f" and {len(spans) - _MOST_SPANS} more times" if len(spans) > _MOST_SPANS else ""
            yield f"{names[person]} missing {shown}{more}"


def _of_the_source(summary: Mapping[str, Any]) -> Iterator[str]:
    decode = summary.get("decode", {})
    if decode.get("truncated"):
        yield "the source is cut off"
    if damaged := decode.get("corrupt_packets"):
        yield f"{_counted(damaged, 'damaged picture')} left out or flawed"
    if repaired := decode.get("repaired_timestamps"):
        yield f"{_counted(repaired, 'timestamp')} repaired"
    corrections = summary.get("corrected", {})
    if summary.get("skipped"):
        yield "made before"
    elif "spans" in corrections:
        yield _of_corrections(corrections)
    elif corrections.get("count"):
        yield f"{_counted(corrections['count'], 'correction')} taken into account"
    elif start := summary.get("resumed_at_frame"):
        yield f"continued at frame {start}"


def _of_corrections(corrections: Mapping[str, Any]) -> str:
    """What a correction of a finished film has changed."""
    spans = corrections["spans"]
    if not spans:
        return "corrected, no picture is different"
    shown = ", ".join(f"{clock(start)}–{clock(end)}" for start, end in spans[:_MOST_SPANS])
    more = f" and {len(spans) - _MOST_SPANS} more times" if len(spans) > _MOST_SPANS else ""
    return f"corrected {shown}{more}"


def _numbers(summary: Mapping[str, Any]) -> tuple[str, str]:
    """How long the film is, and how long it took; one that was made before has taken no time now."""
    if not summary:
        return "–", "–"
    length = summary.get("duration_seconds", 0.0)
    corrected = summary.get("corrected", {})
    seconds = corrected["seconds"] if "spans" in corrected else summary.get("seconds", 0.0)
    return clock(length), "–" if summary.get("skipped") else took(length, seconds)


def took(length: float, seconds: float) -> str:
    """How long the work on a video of that length took, and how many times as fast as the video plays that was."""
    pace = length / seconds if seconds else 0.0
    return f"{clock(seconds)} ({pace:.{1 if pace >= 1 else 2}f}×)"


def _without_name(outcome: VideoOutcome) -> str:
    """The error, without the file's name, which the line begins with."""
    text = str(outcome.error)
    for name in (str(outcome.job.source), outcome.job.source.name):
        text = text.removeprefix(f"{name}: ").removeprefix(f"{name} ")
    return text.removesuffix(".")


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def clock(seconds: float) -> str:
    """``0:07``, ``12:30``, ``1:02:03``."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
