"""What a person wants to be shown, picture by picture: crops and layouts, whatever the cameras would."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from dualface.corrections import Correction, CropHere, Ease, LayoutHere
from dualface.direct.corrected.timeline import Timeline
from dualface.geometry import fit_inside, interpolate
from dualface.types import Box, Crop, Person


@dataclass(frozen=True, slots=True)
class Wishes:
    """By the picture's number: ``crops`` for a person's placement (``None``: the scene's), the ``layouts``, and where the two
    are ``exchanged`` though sides follow the place.

    A crop is a rectangle in pixels of the upright source, not yet in the placement's shape.
    """

    crops: Mapping[int, Mapping[Person | None, Box]] = field(default_factory=dict)
    layouts: Mapping[int, LayoutHere] = field(default_factory=dict)
    exchanged: frozenset[int] = frozenset()

    @classmethod
    def of(cls, corrections: Sequence[Correction], timeline: Timeline, exchanged: frozenset[int] = frozenset()) -> Wishes:
        """What the corrections wish for; later ones go over earlier ones."""
        crops: dict[int, dict[Person | None, Box]] = {}
        layouts: dict[int, LayoutHere] = {}
        for one in corrections:
            if isinstance(one, CropHere):
                for at, rect in _crops(one, timeline):
                    crops.setdefault(at, {})[one.person] = rect
            elif isinstance(one, LayoutHere):
                layouts |= dict.fromkeys(timeline.span(one.start, one.end), one)
        return cls(crops, layouts, exchanged)

    @property
    def frames(self) -> set[int]:
        """The pictures that a crop or a layout is wished for."""
        return {*self.crops, *self.layouts}

    def crop(self, index: int, person: Person | None) -> Box | None:
        """The crop that is wished for in picture ``index``."""
        return self.crops.get(index, {}).get(person)


NO_WISHES = Wishes()


def _crops(one: CropHere, timeline: Timeline) -> list[tuple[int, Box]]:
    """The rectangle of each picture."""
    span = timeline.span(one.start, one.end)
    moments = [timeline.at(frame.at) for frame in one.keyframes]
    return [(at, _between(one, moments, timeline.times, at)) for at in span]


def _between(one: CropHere, moments: Sequence[int], times: Sequence[float], at: int) -> Box:
    after = bisect_right(moments, at)
    if after == 0 or after == len(moments):
        return one.keyframes[max(after - 1, 0)].rect
    first, last = (times[min(moments[k], len(times) - 1)] for k in (after - 1, after))
    share = (times[at] - first) / (last - first) if last > first else 1.0
    return interpolate(one.keyframes[after - 1].rect, one.keyframes[after].rect, _eased(share, one.ease))


def _eased(share: float, ease: Ease) -> float:
    if ease is Ease.HOLD:
        return 0.0
    return share * share * (3 - 2 * share) if ease is Ease.SMOOTH else share


def in_shape(rect: Box, aspect: float, source: Box) -> Crop:
    """The smallest crop of this shape around a rectangle, about its middle, moved into ``source``; no larger than that."""
    w, h = max(rect.w, rect.h * aspect), max(rect.h, rect.w / aspect)
    if w > source.w or h > source.h:
        w, h = fit_inside(source.w, source.h, aspect)
    x = min(max(rect.cx - w / 2, source.x), source.right - w)
    y = min(max(rect.cy - h / 2, source.y), source.bottom - h)
    return Box(x, y, w, h)
