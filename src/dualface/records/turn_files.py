"""Turns of speech as text: RTTM, which tools for speech read, and CSV, which spreadsheets do."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence

from dualface.types import Person, Talk, Turn

_TOUCHING = 1e-6


def rttm_text(turns: Sequence[Turn], film: str, names: Mapping[Person, str]) -> str:
    """A line for each stretch in which somebody speaks, as NIST's Rich Transcription evaluations have them.

    While both speak there is a line for each; somebody out of the picture is called ``off``, speech of which it is not known
    whose it is ``unknown``.  ``names`` may call the two people otherwise than ``left`` and ``right``.  Times are those of
    ``turns``; white space in names, which RTTM can't have, becomes ``_``.
    """
    called = _named(names)
    spans = sorted(span for who in called for span in _spans(turns, who))
    lines = [
        f"SPEAKER {_word(film)} 1 {start:.3f} {end - start:.3f} <NA> <NA> {_word(called[who])} {confidence:.2f} <NA>\n"
        for start, end, who, confidence in spans
    ]
    return "".join(lines)


def csv_text(turns: Sequence[Turn], names: Mapping[Person, str]) -> str:
    """A table of all turns, pauses too: start and end in seconds, who speaks, what the people are called, and confidence.

    ``speaker`` is as :class:`~dualface.types.Talk` has it.
    """
    called = _named(names)
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(["start", "end", "speaker", "name", "confidence"])
    for turn in turns:
        name = " & ".join(called[Talk.of(person)] for person in turn.talk.people)
        table.writerow([f"{turn.start:.3f}", f"{turn.end:.3f}", turn.talk.value, name, f"{turn.confidence:.2f}"])
    return out.getvalue()


def _named(names: Mapping[Person, str]) -> dict[Talk, str]:
    people = {Talk.of(person): names.get(person) or person.value for person in Person}
    return people | {Talk.OFF: Talk.OFF.value, Talk.UNKNOWN: Talk.UNKNOWN.value}


def _spans(turns: Sequence[Turn], who: Talk) -> Iterator[tuple[float, float, Talk, float]]:
    """When one of the answers holds, alone or with the other person; turns that touch are one."""
    span: tuple[float, float, Talk, float] | None = None
    for turn in turns:
        if turn.talk is not who and who not in map(Talk.of, turn.talk.people):
            continue
        if span is not None and turn.start - span[1] <= _TOUCHING:
            span = span[0], turn.end, who, min(span[3], turn.confidence)
            continue
        if span is not None:
            yield span
        span = turn.start, turn.end, who, turn.confidence
    if span is not None:
        yield span


def _word(text: str) -> str:
    return "_".join(text.split()) or "<NA>"
