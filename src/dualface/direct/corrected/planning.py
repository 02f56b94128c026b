"""The plans of a film with corrections: new ones where something is different, and the old ones everywhere else.

Cameras remember, so a correction of three seconds would leave traces up to the next cut.  Therefore only the part around it is
planned again, and led back: before and after, where a new view is near the old one, the one becomes the other within a moment.
Where the two are exchanged and nothing else is different, each gets what was the other's, at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from dualface.config.schema import Config
from dualface.corrections import Correction
from dualface.direct.corrected.exchange import exchanges_tiles
from dualface.direct.corrected.observed import Footage, corrected, exchanged_places
from dualface.direct.corrected.timeline import Timeline
from dualface.direct.corrected.wishes import Wishes
from dualface.direct.director import Director, rounded
from dualface.direct.layouts.chosen import follows_speech
from dualface.direct.speech.editing import emphasis_of
from dualface.direct.speech.whole import with_speech
from dualface.geometry import interpolate, iou
from dualface.types import FramePlan, Observation, Placement

_USUAL_RATE = 30.0
_WARM_SECONDS = 10.0
"""Cameras are set going so long before a correction, if there is no cut nearer."""
_LED_BACK_SECONDS = 1.0
"""So long one view takes to become another that is near."""
_NEAR = 0.6
"""Views are near from this intersection over union of their crops on."""


def plan_corrected(
    footage: Footage, base: Sequence[FramePlan], config: Config, corrections: Sequence[Correction]
) -> list[FramePlan]:
    """The plans for a whole video, of which ``base`` are those without corrections.

    Raises :class:`~dualface.errors.ConfigurationError` for a layout that is not registered or finds no room.
    """
    plans = list(base)
    if not corrections or not plans:
        return plans
    old, follows = footage.observations, config.tracking.sides == "position"
    timeline = Timeline.of(old, footage.fps, footage.timecode)
    seen = corrected(footage, corrections, timeline, swaps=not follows)
    places = exchanged_places(seen, corrections, timeline)
    wishes = Wishes.of(corrections, timeline, places if follows else frozenset())
    at_once = places if exchanges_tiles(config.framing) else frozenset()
    for n in at_once:
        plans[n] = footage.known.plans.of(n, plans[n])
    now = footage.known.exchanged
    expected = [now.of(n, one) if n in at_once and not follows else one for n, one in enumerate(old)]
    touched = {n for n, (a, b) in enumerate(zip(expected, seen, strict=True)) if a is not b and a != b}
    touched |= wishes.frames | (wishes.exchanged - at_once)
    part, done = _Part(footage, seen, config, wishes, frozenset(touched)), 0
    for first in sorted(touched):
        if done <= first < len(plans):
            done = part.plan(plans, first)
    return plans


class _Part:
    """Plans parts of a film again."""

    def __init__(
        self, footage: Footage, seen: Sequence[Observation], config: Config, wishes: Wishes, touched: frozenset[int]
    ) -> None:
        self._footage, self._config, self._wishes, self._touched = footage, config, wishes, touched
        speaks = follows_speech(config.framing)
        self._seen = with_speech(seen) if speaks else seen
        self._emphasis = emphasis_of(self._seen, config.speech) if speaks else None

    def plan(self, plans: list[FramePlan], first: int) -> int:
        """Replaces the plans from about ``first`` on, up to where they are as before; returns where that is."""
        before: list[FramePlan] = []
        since: float | None = None
        for new in self._planned(self._beginning(first)):
            n, old = new.index, plans[new.index]
            if n < first:
                before.append(new)
            elif n in self._touched:
                plans[n], since = new, None
            elif new == old or (new.cut and old.cut):
                break
            elif _are_near(new, old):
                since = new.time if since is None else since
                share = (new.time - since) / _LED_BACK_SECONDS
                if share >= 1:
                    break
                plans[n] = _between(new, old, share)
            else:
                plans[n], since = new, None
        else:
            n = len(plans)
        self._lead_in(plans, before)
        return n

    def _beginning(self, first: int) -> int:
        """The shot's first frame, or one well before ``first``."""
        seen, at = self._seen, first
        while at and not seen[at].cut and seen[first].time - seen[at].time < _WARM_SECONDS:
            at -= 1
        return at

    def _planned(self, start: int) -> Iterator[FramePlan]:
        footage = self._footage
        rate = float(footage.fps) or _USUAL_RATE
        emphasis = None if self._emphasis is None else self._emphasis[start:]
        director = Director(footage.width, footage.height, rate, self._config, self._wishes, emphasis=emphasis)
        for one in self._seen[start:]:
            yield from director.push(one)
        yield from director.flush()

    def _lead_in(self, plans: list[FramePlan], before: Sequence[FramePlan]) -> None:
        """From the old views to the new ones, within the moment before the first that must be different."""
        if not before:
            return
        end = before[-1].time
        for new in reversed(before):
            old, share = plans[new.index], (end - new.time) / _LED_BACK_SECONDS
            if new == old or share >= 1 or not _are_near(new, old):
                return
            plans[new.index] = _between(new, old, share)


def _are_near(a: FramePlan, b: FramePlan) -> bool:
    """Whether two plans show the same people in the same places, and about the same of them."""
    return len(a.placements) == len(b.placements) and all(
        (p.at, p.person, p.fill) == (q.at, q.person, q.fill) and iou(p.crop, q.crop) >= _NEAR
        for p, q in zip(a.placements, b.placements, strict=True)
    )


def _between(new: FramePlan, old: FramePlan, share: float) -> FramePlan:
    """``share`` (0…1) of the way from the new view to the old one, gently."""
    eased = share * share * (3 - 2 * share)
    placements = tuple(_moved(p, q, eased) for p, q in zip(new.placements, old.placements, strict=True))
    return replace(old, placements=placements)


def _moved(new: Placement, old: Placement, share: float) -> Placement:
    return replace(old, crop=rounded(interpolate(new.crop, old.crop, share)))
