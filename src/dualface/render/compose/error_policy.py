"""What a tile shows when composing it fails."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum

from dualface.errors import CompositionError
from dualface.geometry import interpolate
from dualface.interfaces import Composer
from dualface.types import Box, Frame, Side, TileState, TileView

_RETURN_FRAMES = 10


class Rung(StrEnum):
    """The rungs of the ladder, in order."""

    RETRY = "retry"
    LAST_GOOD = "last_good"
    SCENE = "scene"
    CARD = "card"


State = tuple[int, int, dict[Side, dict[Rung, int]], dict[Side, TileView], dict[Side, tuple[int, Box]]]
"""Frames, failed frames, counts, last good framings, and tiles on their way back."""


class TileCompositionErrorPolicy:
    """A composer that survives the errors of another.

    A frame that can't be composed is tried again ``retries`` times; then with the last framing that could be, with the whole
    scene fitted into the tile, and with a plain card.  As few tiles as possible are changed: first one, then the other,
    then both.  Tiles so changed are in the state ``FALLBACK``.  Only a :class:`~dualface.errors.CompositionError` is survived.

    ``counts`` says for each tile how often each rung was what it came to: a frame counts once as ``RETRY`` if it took any, and
    once as what is shown in the end, also where the view asked for was itself the scene or a card because the person is gone.
    """

    def __init__(self, composer: Composer, retries: int) -> None:
        self._composer, self._retries = composer, retries
        self._good: dict[Side, TileView] = {}
        self._returning: dict[Side, tuple[int, Box]] = {}  # frames that the pan back still takes, and where it is
        self.frames = 0
        self.failed_frames = 0
        self.counts: dict[Side, dict[Rung, int]] = {side: dict.fromkeys(Rung, 0) for side in Side}
        self.shown: dict[Side, TileView] = {}
        """The views of the newest canvas, as they were really composed."""

    @property
    def failed_share(self) -> float:
        """Share of the frames, 0…1, in which a tile could not be composed as asked."""
        return self.failed_frames / self.frames if self.frames else 0.0

    def compose(self, frame: Frame, views: dict[Side, TileView]) -> Frame:
        """As the composer does it, or with other views.

        A tile that comes back from the last good framing pans to what is asked for, within a few frames.
        Raises :class:`~dualface.errors.CompositionError` if not even cards can be composed.
        """
        if self._returning:
            views = {side: self._eased(side, view) for side, view in views.items()}
        canvas, shown = self._try(frame, views)
        self.frames += 1
        self.shown = shown
        self.failed_frames += shown is not views
        for side in shown:
            if shown[side] is not views[side] and not (shown[side].fit or shown[side].card):
                self._returning[side] = (_RETURN_FRAMES, shown[side].crop)
        for side, view in shown.items():
            if view.state is not TileState.FALLBACK:
                self._good[side] = view
            else:
                self.counts[side][_rung(view)] += 1
        return canvas

    def state(self) -> State:
        """All that is remembered, for :meth:`restore`; later frames don't change it."""
        counts = {side: dict(counts) for side, counts in self.counts.items()}
        return self.frames, self.failed_frames, counts, dict(self._good), dict(self._returning)

    def restore(self, state: State) -> None:
        """Continues where :meth:`state` was taken."""
        frames, failed, counts, good, returning = state
        self.frames, self.failed_frames, self._good, self._returning = frames, failed, dict(good), dict(returning)
        self.counts = {side: dict(rungs) for side, rungs in counts.items()}

    def _eased(self, side: Side, view: TileView) -> TileView:
        """The view on its way from the framing shown last."""
        left, crop = self._returning.get(side, (0, view.crop))
        if left == 0 or view.fit or view.card:
            self._returning.pop(side, None)
            return view
        crop = interpolate(crop, view.crop, 1 / left)
        self._returning[side] = (left - 1, crop)
        return replace(view, crop=crop) if left > 1 else view

    def _try(self, frame: Frame, views: dict[Side, TileView]) -> tuple[Frame, dict[Side, TileView]]:
        try:
            return self._composer.compose(frame, views), views
        except CompositionError as first:
            error = first
        for side in views:
            self.counts[side][Rung.RETRY] += self._retries > 0
        for attempt in [views] * self._retries + self._ladder(frame, views):
            try:
                return self._composer.compose(frame, attempt), attempt
            except CompositionError as another:
                error = another
        raise error

    def _ladder(self, frame: Frame, views: dict[Side, TileView]) -> list[dict[Side, TileView]]:
        whole = Box(0.0, 0.0, float(frame.width), float(frame.height))
        good = {side: replace(view, state=TileState.FALLBACK, track_id=None) for side, view in self._good.items()}
        scene = dict.fromkeys(views, TileView(whole, TileState.FALLBACK, fit=True))
        card = dict.fromkeys(views, TileView(whole, TileState.FALLBACK, card=True))
        rungs = [
            views | {side: rung[side] for side in changed} for rung in (good, scene, card) for changed in _choices(views, rung)
        ]
        return [rung for rung in rungs if rung != views]

    def recycle(self, canvas: Frame) -> None:
        self._composer.recycle(canvas)

    def close(self) -> None:
        self._composer.close()


def _choices(views: dict[Side, TileView], rung: dict[Side, TileView]) -> list[list[Side]]:
    """Which tiles to change: each alone, then all; of those that have something on this rung."""
    sides = [side for side in views if side in rung]
    return [[side] for side in sides] + ([sides] if len(sides) > 1 else [])


def _rung(view: TileView) -> Rung:
    return Rung.CARD if view.card else Rung.SCENE if view.fit else Rung.LAST_GOOD
