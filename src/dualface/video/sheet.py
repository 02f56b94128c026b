"""Contact sheets of a plan: frames of the source, and what is made of them, without making the film."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from dualface.concerns import Concern, ConcernKind, concerns
from dualface.config.schema import Config, InputConfig
from dualface.config.times import clock, parse_rate
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
from dualface.video.sheet_times import alike, film_times
from dualface.video.stills import frames_at

_RAW = Normalisation()


def sheet_rows(
    header: RecordHeader,
    frames: Sequence[FramePlan],
    seen: Sequence[Observation],
    config: Config,
    source: Path | None = None,
    wanted: InputConfig | None = None,
) -> Iterator[SheetRow]:
    """A picture for each stretch of a shot that shows the same people in the same layout; for a long one, one each minute.

    It is the frame in the stretch's middle, or where a name is least sure.

    ``seen`` may be empty, then faces have no boxes.  ``wanted`` says from when to when, in times of the video.  Raises
    :class:`~dualface.errors.InputError` for a video that can't be read, or is not the plan's, and where there is nothing
    between these times.
    """
    video = source or header.source
    rate = parse_rate(config.input.rate)
    opener = partial(SoftwareDecoder, video, threads=config.processing.decode_threads, rate=rate)
    times = film_times(opener, video, config.input, frames[0].time if frames else 0.0)
    part = frames if wanted is None else times.between(frames, wanted)
    worth_a_look = concerns(frames, header.unsure)
    stretches = alike(part)
    middles = [_telling(part, one.first, one.last, worth_a_look) for one in stretches]
    people, artist = _people(config), _Artist(config)
    pictures = frames_at(opener, [plan.time for plan in middles])
    for stretch, plan, frame in zip(stretches, middles, pictures, strict=False):
        header.check_pictures(video, frame.width, frame.height)
        begin, end = part[stretch.first].time, part[stretch.last].time
        alarms = [_told(one, people) for one in worth_a_look if one.first <= end and one.last >= begin]
        row = ShotRow(
            f"Shot {stretch.shot}, {clock(begin - times.begins)}",
            [f"{end - begin + 1 / (float(header.fps) or USUAL_RATE):.1f} s, {_layout(plan, people)}", *times.told(begin)],
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


def _telling(frames: Sequence[FramePlan], first: int, last: int, worth_a_look: Sequence[Concern]) -> FramePlan:
    """The frame of a shot to show."""
    begin, end = frames[first].time, frames[last].time
    for concern in worth_a_look:
        if concern.kind is ConcernKind.UNSURE and concern.first <= end and concern.last >= begin:
            middle = (max(concern.first, begin) + min(concern.last, end)) / 2
            return frames[min(max(bisect_left(frames, middle, key=lambda one: one.time), first), last)]
    return frames[(first + last) // 2]


def _layout(plan: FramePlan, people: Mapping[Person, str]) -> str:
    """The layout's name; of one that shows one person, whom."""
    shown = [people[one.person] for one in plan.placements if one.person is not None]
    return f"{plan.layout}: {shown[0]}" if plan.layout == "full" and shown else plan.layout


def _told(concern: Concern, people: Mapping[Person, str]) -> str:
    who = people[concern.person] if concern.person is not None else "nobody"
    if concern.kind is ConcernKind.UNSURE:
        return f"{who}? {concern.confidence:.0%} sure"
    return f"{who} not seen" if concern.kind is ConcernKind.UNSEEN else "nobody singled out"


def _people(config: Config) -> dict[Person, str]:
    names, places = names_of(config), place_names(arranged(config.framing))
    return {person: names[person] or places[person].title() for person in Person}
