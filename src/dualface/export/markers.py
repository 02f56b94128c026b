"""What markers point at: people who come and go, and who speaks, and what is worth a look."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import groupby

from dualface.concerns import Concern, ConcernKind, stretches
from dualface.timeline import Marker, MarkerKind
from dualface.types import FramePlan, Person, Talk, TileState

_AWAY_SECONDS = 1.0
_THERE = (TileState.TRACKED, TileState.HELD)


def markers_of(
    frames: Sequence[FramePlan], fps: float, people: Mapping[Person, str], worth_a_look: Sequence[Concern]
) -> list[Marker]:
    """Markers in the order of time; ``frames`` are those of the timeline, ``fps`` a second."""
    found = [
        *_of_people(frames, fps, people),
        *_of_speakers(frames, people),
        *_of_doubts(frames, people, worth_a_look),
    ]
    return sorted(found, key=lambda marker: (marker.frame, marker.kind, marker.name))


def _of_people(frames: Sequence[FramePlan], fps: float, people: Mapping[Person, str]) -> Iterator[Marker]:
    for person, name in people.items():
        away = partial(_is_away, person)
        first = next((n for n, frame in enumerate(frames) if not away(frame)), None)
        if first is None:
            continue
        yield Marker(first, 1, name, "seen for the first time", MarkerKind.PERSON)
        for begin, end in stretches(frames, away):
            if begin > first and end - begin >= _AWAY_SECONDS * fps:
                yield Marker(begin, end - begin, f"{name} away", "not in the picture", MarkerKind.PERSON)


def _of_speakers(frames: Sequence[FramePlan], people: Mapping[Person, str]) -> Iterator[Marker]:
    """One for each turn; none for pauses, and where it is not known who speaks."""
    first = 0
    for speech, group in groupby(frames, key=lambda frame: frame.speech):
        length = len(list(group))
        if speech is not None and (speech.talk.people or speech.talk is Talk.OFF):
            speaking = [people[person] for person in speech.talk.people] or ["somebody else"]
            name = f"{' and '.join(speaking)} {'speak' if len(speaking) > 1 else 'speaks'}"
            yield Marker(first, length, name, f"{speech.confidence:.0%} sure", MarkerKind.SPEAKER)
        first += length


def _of_doubts(frames: Sequence[FramePlan], people: Mapping[Person, str], worth_a_look: Sequence[Concern]) -> Iterator[Marker]:
    times = [frame.time for frame in frames]
    for concern in worth_a_look:
        if concern.kind is not ConcernKind.UNSURE or not times:
            continue
        first = max(bisect_right(times, concern.first) - 1, 0)
        last = max(bisect_right(times, concern.last) - 1, first)
        who = people[concern.person] if concern.person is not None else "nobody"
        note = f"{concern.confidence:.0%} sure: {concern.why}"
        yield Marker(first, last - first + 1, f"{who}?", note, MarkerKind.DOUBT)


def _is_away(person: Person, frame: FramePlan) -> bool:
    return not any(placement.person is person and placement.state in _THERE for placement in frame.placements)
