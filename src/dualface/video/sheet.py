"""Contact sheets of a plan: frames of the source, and what is made of them, without making the film."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from dualface.concerns import Concern, ConcernKind, concerns
from dualface.config.schema import Config
from dualface.config.times import parse_rate
from dualface.decode.software import SoftwareDecoder
from dualface.direct.layouts.chosen import arranged, chosen_layout
from dualface.direct.layouts.places import place_names
from dualface.pixels.source import CpuPixels, Normalisation
from dualface.records.headers import RecordHeader
from dualface.render.compose.cpu import CpuComposer
from dualface.render.sheet import SheetRow, ShotRow, draw_row, fitted
from dualface.types import Frame, FramePlan, Observation, Person, U8Array
from dualface.video.analysis import USUAL_RATE
from dualface.video.canvas import captions, names_of
from dualface.video.stills import frames_at

_RAW = Normalisation()
_LONG_SECONDS = 60.0


def sheet_rows(
    header: RecordHeader,
    frames: Sequence[FramePlan],
    seen: Sequence[Observation],
    config: Config,
    source: Path | None = None,
) -> Iterator[SheetRow]:
    """A picture for each shot, from the frame in its middle, or where a name is least sure; for a long one, one each minute.

    ``seen`` may be empty, then faces have no boxes.  Raises :class:`~dualface.errors.InputError` for a video that can't be
    read, or is not the plan's.
    """
    video = source or header.source
    worth_a_look = concerns(frames, header.unsure)
    shots = _shots(frames)
    middles = [_telling(frames, first, last, worth_a_look) for first, last in shots]
    rate = parse_rate(config.input.rate)
    opener = partial(SoftwareDecoder, video, threads=config.processing.decode_threads, rate=rate)
    people, artist = _people(config), _Artist(config)
    pictures = frames_at(opener, [plan.time for plan in middles])
    for n, ((first, last), plan, frame) in enumerate(zip(shots, middles, pictures, strict=False), 1):
        header.check_pictures(video, frame.width, frame.height)
        begin, end = frames[first].time, frames[last].time
        alarms = [_told(one, people) for one in worth_a_look if one.first <= end and one.last >= begin]
        row = ShotRow(
            f"Shot {n}, {_clock(begin - frames[0].time)}",
            [f"{end - begin + 1 / (float(header.fps) or USUAL_RATE):.1f} s, {plan.layout}"],
            list(dict.fromkeys(alarms)),
            artist.small(frame),
            artist.small(artist.composed(frame, plan)),
            (header.width, header.height),
            seen[plan.index].faces if plan.index < len(seen) else (),
            plan.placements,
        )
        yield draw_row(row, people)


class _Artist:
    """Composes frames as the film does, on the CPU."""

    def __init__(self, config: Config) -> None:
        self._config, self._pixels = config, CpuPixels()
        self._composer: CpuComposer | None = None

    def composed(self, frame: Frame, plan: FramePlan) -> Frame:
        if self._composer is None:
            framing, size = self._config.framing, chosen_layout(self._config.framing)[1]
            self._composer = CpuComposer(
                *size, background=framing.background, color=frame.color, captions=captions(self._config)
            )
        return self._composer.compose(frame, plan.placements)

    def small(self, frame: Frame) -> U8Array:
        """As a row shows it, uint8, shape (h, w, 3), RGB."""
        width, height = fitted((frame.width, frame.height))
        picture = np.asarray(self._pixels.pictures([frame], width, height, _RAW)[0])
        rgb: U8Array = np.clip(np.rint(np.moveaxis(picture, 0, 2)), 0, 255).astype(np.uint8)
        return np.ascontiguousarray(rgb)


def _shots(frames: Sequence[FramePlan]) -> list[tuple[int, int]]:
    """First and last frame of each shot; long ones are taken apart."""
    starts: list[int] = []
    for n, frame in enumerate(frames):
        if not starts or frame.cut or frame.time - frames[starts[-1]].time >= _LONG_SECONDS:
            starts.append(n)
    return [(first, after - 1) for first, after in zip(starts, [*starts[1:], len(frames)], strict=True)]


def _telling(frames: Sequence[FramePlan], first: int, last: int, worth_a_look: Sequence[Concern]) -> FramePlan:
    """The frame of a shot to show."""
    begin, end = frames[first].time, frames[last].time
    for concern in worth_a_look:
        if concern.kind is ConcernKind.UNSURE and concern.first <= end and concern.last >= begin:
            middle = (max(concern.first, begin) + min(concern.last, end)) / 2
            return frames[min(max(bisect_left(frames, middle, key=lambda one: one.time), first), last)]
    return frames[(first + last) // 2]


def _told(concern: Concern, people: Mapping[Person, str]) -> str:
    who = people[concern.person] if concern.person is not None else "nobody"
    if concern.kind is ConcernKind.UNSURE:
        return f"{who}? {concern.confidence:.0%} sure"
    return f"{who} not seen" if concern.kind is ConcernKind.UNSEEN else "nobody singled out"


def _people(config: Config) -> dict[Person, str]:
    names, places = names_of(config), place_names(arranged(config.framing))
    return {person: names[person] or places[person].title() for person in Person}


def _clock(seconds: float) -> str:
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(int(minutes), 60)
    return f"{hours}:{minutes:02}:{rest:04.1f}" if hours else f"{minutes}:{rest:04.1f}"
