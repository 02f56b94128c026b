"""What the picture makes of who speaks: a few rules of the cutting room, over the whole film.

1. *The floor*: whoever speaks has it, also in pauses shorter than ``pause_seconds``; nobody has it while both speak, somebody
   out of the picture does, or it is not known.
2. *Interjections*: who says something shorter than ``interjection_seconds`` does not get it.
3. *Least shots*: what would be shown for less than ``shot_seconds`` is not: quick exchanges are shown split, and a short
   moment between two long ones belongs to the first.
4. *Lead*: the picture changes ``lead_seconds`` before the first word.
5. *Cuts*: a change less than ``cut_seconds`` from a cut of the footage comes with the cut.
6. *Wide*: after ``wide_after_seconds`` of one speaker the whole scene is shown for ``wide_seconds``.

A wrong change is worse than a late one, so what is in doubt is shown split.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby, pairwise
from typing import NamedTuple, TypeVar

from dualface.config.schema import SpeechConfig
from dualface.direct.speech.turns import turns_of
from dualface.types import Observation, Person, Speech, Talk, Turn

Told = TypeVar("Told")
_EXACTLY = 1e-6


class Shot(StrEnum):
    """What is shown: one of the two people, both, or the whole scene."""

    LEFT = "left"
    RIGHT = "right"
    SPLIT = "split"
    WIDE = "wide"

    @property
    def speaker(self) -> Person | None:
        return Person(self.value) if self in (Shot.LEFT, Shot.RIGHT) else None

    @property
    def swapped(self) -> Shot:
        """The same with the two people exchanged."""
        return {Shot.LEFT: Shot.RIGHT, Shot.RIGHT: Shot.LEFT}.get(self, self)


class Emphasis(NamedTuple):
    """What is shown in a frame, and who counts as speaking there, for highlights."""

    shot: Shot = Shot.SPLIT
    speaking: frozenset[Person] = frozenset()

    @property
    def swapped(self) -> Emphasis:
        """The same with the two people exchanged."""
        return Emphasis(self.shot.swapped, frozenset(person.other for person in self.speaking))


@dataclass(frozen=True, slots=True)
class _Span:
    """From ``start`` to ``end``, in seconds, ``shot`` is to be shown."""

    start: float
    end: float
    shot: Shot


def emphasis_of(seen: Sequence[Observation], rules: SpeechConfig) -> list[Emphasis]:
    """What is shown in each frame, and who is highlighted there; nothing in particular where it is not known who speaks."""
    if not seen:
        return []
    times = [one.time for one in seen]
    end = times[-1] + (times[-1] - times[0]) / max(len(times) - 1, 1)
    nobody = Speech(Talk.NOBODY, 1.0)
    turns = _without_interjections(turns_of([one.speech or nobody for one in seen], times, end), rules)
    cuts = [one.time for one in seen if one.cut]
    shots = _widened(_cut(_floor(turns), cuts, rules), rules)
    shown = _at([(span.start, span.shot) for span in shots], times, Shot.SPLIT)
    speaking = [(turn.start - rules.lead_seconds, frozenset(turn.talk.people)) for turn in turns]
    return [Emphasis(*one) for one in zip(shown, _at(speaking, times, frozenset()), strict=True)]


def _without_interjections(turns: Sequence[Turn], rules: SpeechConfig) -> list[Turn]:
    """Turns in which what is too short, and short pauses, belong to the turn before."""
    merged: list[Turn] = []
    for turn in turns:
        least = rules.pause_seconds if turn.talk is Talk.NOBODY else rules.interjection_seconds
        short = turn.end - turn.start < least
        before = merged[-1] if merged else None
        if before is not None and (turn.talk is before.talk or (short and before.talk is not Talk.NOBODY)):
            merged[-1] = Turn(before.start, turn.end, before.talk, before.confidence)
        elif short and turn.talk is not Talk.NOBODY:
            merged.append(Turn(turn.start, turn.end, Talk.NOBODY, turn.confidence))
        else:
            merged.append(turn)
    return [_joined(list(group)) for _, group in groupby(merged, key=lambda turn: turn.talk)]


def _joined(turns: Sequence[Turn]) -> Turn:
    return Turn(turns[0].start, turns[-1].end, turns[0].talk, min(turn.confidence for turn in turns))


def _floor(turns: Sequence[Turn]) -> list[_Span]:
    shots = [_Span(turn.start, turn.end, Shot(turn.talk.value) if len(turn.talk.people) == 1 else Shot.SPLIT) for turn in turns]
    return list(_united(shots))


def _cut(floor: Sequence[_Span], cuts: Sequence[float], rules: SpeechConfig) -> list[_Span]:
    """Shots of a least length, that begin before the first word or with a cut of the footage."""
    calm = _calm(floor, rules.shot_seconds)
    changes = [_moved(span.start - rules.lead_seconds, cuts, rules.cut_seconds) for span in calm[1:]]
    times = [calm[0].start, *changes, calm[-1].end]
    moved = [_Span(start, end, span.shot) for span, (start, end) in zip(calm, pairwise(times), strict=True)]
    return list(_united(span for span in moved if span.end > span.start))


def _calm(floor: Sequence[_Span], least: float) -> list[_Span]:
    """Without shots that would be too short."""
    runs = groupby(floor, key=lambda span: span.end - span.start < least)
    spans: list[_Span] = []
    for short, group in runs:
        run = list(group)
        if not short:
            spans += run
        elif run[-1].end - run[0].start >= least:  # a quick exchange
            spans.append(_Span(run[0].start, run[-1].end, Shot.SPLIT))
        else:
            shot = spans[-1].shot if spans else Shot.SPLIT
            spans.append(_Span(run[0].start, run[-1].end, shot))
    return list(_united(spans))


def _moved(time: float, cuts: Sequence[float], near: float) -> float:
    nearest = min(cuts, key=lambda cut: abs(cut - time), default=None)
    return time if nearest is None or abs(nearest - time) > near else nearest


def _widened(shots: Sequence[_Span], rules: SpeechConfig) -> Iterator[_Span]:
    for span in shots:
        start = span.start
        if rules.wide_after_seconds and span.shot.speaker is not None:
            room = rules.wide_after_seconds + rules.wide_seconds + rules.shot_seconds
            while span.end - start >= room:
                wide = start + rules.wide_after_seconds
                yield _Span(start, wide, span.shot)
                start = wide + rules.wide_seconds
                yield _Span(wide, start, Shot.WIDE)
        yield _Span(start, span.end, span.shot)


def _united(spans: Iterable[_Span]) -> Iterator[_Span]:
    for shot, group in groupby(spans, key=lambda span: span.shot):
        run = list(group)
        yield _Span(run[0].start, run[-1].end, shot)


def _at(changes: Sequence[tuple[float, Told]], times: Sequence[float], before: Told) -> list[Told]:
    """What holds at each of ``times``, rising, by what begins when."""
    told, now, n = [], before, 0
    for time in times:
        while n < len(changes) and changes[n][0] <= time + _EXACTLY:
            now, n = changes[n][1], n + 1
        told.append(now)
    return told
