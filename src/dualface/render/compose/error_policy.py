"""What a tile shows when composing it fails."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from dualface.errors import CompositionError
from dualface.geometry import interpolate
from dualface.interfaces import Composer
from dualface.types import Box, Fill, Frame, Person, Placement, TileState

_RETURN_FRAMES = 10


class Rung(StrEnum):
    """The rungs of the ladder, in order."""

    RETRY = "retry"
    LAST_GOOD = "last_good"
    SCENE = "scene"
    CARD = "card"


@dataclass(frozen=True, slots=True)
class CompositionState:
    """What :class:`TileCompositionErrorPolicy` remembers: counts, last good framings, and tiles on their way back."""

    frames: int = 0
    failed_frames: int = 0
    counts: Mapping[str, Mapping[Rung, int]] = field(default_factory=dict)
    good: Mapping[str, Placement] = field(default_factory=dict)
    returning: Mapping[str, tuple[int, Box]] = field(default_factory=dict)

    @property
    def failed_share(self) -> float:
        """Share of the frames, 0…1, in which a tile could not be composed as asked."""
        return self.failed_frames / self.frames if self.frames else 0.0


class TileCompositionErrorPolicy:
    """A composer that survives the errors of another.

    A frame that can't be composed is tried again ``retries`` times; then with the last framing that could be, with the whole
    scene fitted into the tile, and with a plain card.  As few tiles as possible are changed: first one, then another, then
    all.  Tiles so changed are in the state ``STAND_IN``.  Only a :class:`~dualface.errors.CompositionError` is survived.

    Tiles are known by their person's name, one without a person as ``scene``, and what is blurred behind them as ``backdrop``.
    The counts say for each how often each rung was what it came to: a frame counts once as ``RETRY`` if it took any, once as
    what is shown in the end, also where the placement asked for was itself the scene or a card because the person is gone.
    """

    def __init__(self, composer: Composer, retries: int) -> None:
        self._composer, self._retries = composer, retries
        self._good: dict[str, Placement] = {}
        self._returning: dict[str, tuple[int, Box]] = {}  # frames that the pan back still takes, and where it is
        self._frames = self._failed_frames = 0
        self._counts: dict[str, dict[Rung, int]] = {person.value: dict.fromkeys(Rung, 0) for person in Person}
        self.shown: tuple[Placement, ...] = ()
        """The placements of the newest canvas, as they were really composed."""

    def compose(self, frame: Frame, placements: Sequence[Placement]) -> Frame:
        """As the composer does it, or with other placements.

        A tile that comes back from the last good framing pans to what is asked for, within a few frames.
        Raises :class:`~dualface.errors.CompositionError` if not even cards can be composed.
        """
        asked = tuple(placements)
        if self._returning:
            asked = tuple(self._eased(placement) for placement in asked)
        canvas, shown = self._try(frame, asked)
        self._frames += 1
        self._failed_frames += shown is not asked
        self.shown = shown
        for now, wanted in zip(shown, asked, strict=True):
            if now is not wanted and now.fill is Fill.CROP:
                self._returning[_name(now)] = (_RETURN_FRAMES, now.crop)
            if now.state is not TileState.STAND_IN:
                self._good[_name(now)] = now
            else:
                self._count(now, _rung(now))
        return canvas

    def state(self) -> CompositionState:
        """All that is remembered, for :meth:`restore`; later frames don't change it."""
        counts = {name: dict(rungs) for name, rungs in self._counts.items()}
        return CompositionState(self._frames, self._failed_frames, counts, dict(self._good), dict(self._returning))

    def restore(self, state: CompositionState) -> None:
        """Continues where :meth:`state` was taken."""
        self._frames, self._failed_frames = state.frames, state.failed_frames
        self._good, self._returning = dict(state.good), dict(state.returning)
        self._counts = {name: dict(rungs) for name, rungs in state.counts.items()}

    def _count(self, placement: Placement, rung: Rung) -> None:
        self._counts.setdefault(_name(placement), dict.fromkeys(Rung, 0))[rung] += 1

    def _eased(self, placement: Placement) -> Placement:
        """The placement on its way from the framing shown last."""
        name = _name(placement)
        left, crop = self._returning.get(name, (0, placement.crop))
        if left == 0 or placement.fill is not Fill.CROP:
            self._returning.pop(name, None)
            return placement
        crop = interpolate(crop, placement.crop, 1 / left)
        self._returning[name] = (left - 1, crop)
        return replace(placement, crop=crop) if left > 1 else placement

    def _try(self, frame: Frame, asked: tuple[Placement, ...]) -> tuple[Frame, tuple[Placement, ...]]:
        try:
            return self._composer.compose(frame, asked), asked
        except CompositionError as first:
            error = first
        for placement in asked if self._retries else ():
            self._count(placement, Rung.RETRY)
        for attempt in [asked] * self._retries + self._ladder(frame, asked):
            try:
                return self._composer.compose(frame, attempt), attempt
            except CompositionError as another:
                error = another
        raise error

    def _ladder(self, frame: Frame, asked: tuple[Placement, ...]) -> list[tuple[Placement, ...]]:
        whole = Box(0.0, 0.0, float(frame.width), float(frame.height))
        good = [self._last_good(placement) for placement in asked]
        scene, card = (
            [replace(p, crop=whole, state=TileState.STAND_IN, track_id=None, fill=_instead(p, fill)) for p in asked]
            for fill in (Fill.BARS, Fill.CARD)
        )
        rungs = [
            tuple(rung[n] or p if n in changed else p for n, p in enumerate(asked))
            for rung in (good, scene, card)
            for changed in _choices(rung)
        ]
        return [rung for rung in rungs if rung != asked]

    def _last_good(self, asked: Placement) -> Placement | None:
        """The last framing of the same tile; ``None`` where there is none, or it had another shape."""
        good = self._good.get(_name(asked))
        if good is None or (good.at.w, good.at.h) != (asked.at.w, asked.at.h):
            return None
        return replace(good, at=asked.at, state=TileState.STAND_IN, track_id=None)

    def recycle(self, canvas: Frame) -> None:
        self._composer.recycle(canvas)

    def close(self) -> None:
        self._composer.close()


def _choices(rung: Sequence[Placement | None]) -> list[list[int]]:
    """Which tiles to change: each alone, then all; of those that have something on this rung."""
    there = [n for n, placement in enumerate(rung) if placement is not None]
    return [[n] for n in there] + ([there] if len(there) > 1 else [])


def _instead(placement: Placement, fill: Fill) -> Fill:
    """Behind tiles nothing is shown that could be taken for one."""
    return Fill.CARD if placement.fill is Fill.BACKDROP else fill


def _name(placement: Placement) -> str:
    if placement.fill is Fill.BACKDROP:
        return "backdrop"
    return placement.person.value if placement.person is not None else "scene"


def _rung(placement: Placement) -> Rung:
    return {Fill.CARD: Rung.CARD, Fill.BARS: Rung.SCENE, Fill.BLUR: Rung.SCENE}.get(placement.fill, Rung.LAST_GOOD)
