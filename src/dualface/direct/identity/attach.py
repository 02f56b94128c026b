"""Who the faces are that their frontal views don't tell: shot by shot, jointly, and no two of one frame the same person."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import permutations

from dualface.direct.identity.pairs import Pairs
from dualface.direct.identity.tracklets import Tracklet
from dualface.evidence import BESIDE
from dualface.types import Person

Name = Person | None
Odds = Mapping[int, Mapping[Person, float]]
"""For each tracklet, by index, the odds of each name against a passer-by's, as :mod:`dualface.direct.identity.odds` tells."""

_IN_ORDER, _EXCHANGED = 0.5, -1.2
"""What it is worth that two people sit as they did when first seen together, or the other way round."""
_GOES_ON, _GOES_ON_SECONDS, _GOES_ON_PLACE, _GOES_ON_SIZE = 3.0, 3.0, 0.7, 0.75
"""What it is worth that a face appears where another was so many seconds ago, within so many face heights, of like size."""
_SAME_TRACK = 2.0
"""What it is worth that the tracker took two tracklets for one face."""
_COMPARABLE = 0.4
"""Faces smaller than this share of the tallest one in a frame don't count as others in it."""
_TWO_SHOT = 0.6
"""Share of the frames with two faces that must show only them."""
_LEAD = 0.5
"""By how much a name must be likelier than any other."""
_SWEEPS = 12


@dataclass(slots=True)
class Attachment:
    """Names for tracklets, by index, and how much likelier each is than any other."""

    names: dict[int, Name] = field(default_factory=dict)
    leads: dict[int, float] = field(default_factory=dict)

    def include(self, other: Attachment) -> None:
        """Takes the names of another shot in."""
        self.names |= other.names
        self.leads |= other.leads


class Shot:
    """The tracklets of one shot, those that are named already included, and what pairs of them say.

    ``mine``: indices; ``twos``: pairs, as :class:`Company` has them; ``ordered``: whether it is known who sits left;
    ``crowd``: share of others among those who are seen: the more, the less does it tell to be one of two.
    """

    def __init__(
        self,
        mine: Sequence[int],
        pairs: Pairs,
        twos: frozenset[tuple[int, int]],
        times: Sequence[float],
        *,
        ordered: bool,
        crowd: float,
    ) -> None:
        self._mine, self._tracklets, self._together, self._twos = mine, pairs.tracklets, pairs.together, twos
        self._times, self._ordered, self._alone = times, ordered, (1 - crowd) ** 2
        ends = {(t.track_id, t.last) for t in (self._tracklets[k] for k in mine)}
        self._continued = {k for k in mine if (self._tracklets[k].track_id, self._tracklets[k].first - 1) in ends}
        """Tracklets that don't appear: their tracks were cut there, because they may have gone over to somebody else."""

    def name(self, fixed: Mapping[int, Name], odds: Odds) -> Attachment:
        """The likeliest names for the tracklets that have none; ``None`` where others are about as likely."""
        names: dict[int, Name] = {k: fixed.get(k) for k in self._mine}
        free = [k for k in self._mine if k not in fixed]
        for _ in range(_SWEEPS):
            before = dict(names)
            for k in free:
                self._take_best(names, odds, [{k: name} for name in (None, *odds[k])])
            for i, j in self._pairs(free):
                exchanges: list[dict[int, Name]] = [{i: a, j: a.other} for a in odds[i] if a.other in odds[j]]
                exchanges += [{i: a, j: None} for a in odds[i] if names[j] is a]
                exchanges += [{i: None, j: a} for a in odds[j] if names[i] is a]
                self._take_best(names, odds, [{i: names[i], j: names[j]}, *exchanges])
            if names == before:
                break
        attachment = Attachment()
        for k in free:
            lead = self._lead_of(k, names, odds)
            sure = names[k] is None or lead >= _LEAD
            attachment.names[k] = names[k] if sure else None
            attachment.leads[k] = lead if sure else 0.0
        return attachment

    def _pairs(self, free: Sequence[int]) -> Iterator[tuple[int, int]]:
        return ((i, j) for i in free for j in free if i < j and self._together[i, j] > 0)

    def _take_best(self, names: dict[int, Name], odds: Odds, options: Sequence[dict[int, Name]]) -> None:
        totals = [self._total(names | option, odds, list(option)) for option in options]
        names |= options[max(range(len(options)), key=lambda n: (totals[n], n))]

    def _lead_of(self, k: int, names: Mapping[int, Name], odds: Odds) -> float:
        """By how much the tracklet's name is likelier than any other."""
        name = names[k]
        options: list[dict[int, Name]] = [{k: other} for other in (None, *odds[k]) if other is not name]
        if name is not None:
            rivals = [j for j in odds if j != k and self._together[k, j] > 0 and name in odds[j]]
            options += [{k: name.other, j: name} for j in rivals if names[j] is name.other and name.other in odds[k]]
            options += [{k: None, j: name} for j in rivals if names[j] is None]
        return min((self._lead(names, option, odds) for option in options), default=math.inf)

    def _lead(self, names: Mapping[int, Name], option: dict[int, Name], odds: Odds) -> float:
        return self._total(names, odds, list(option)) - self._total({**names, **option}, odds, list(option))

    def _total(self, names: Mapping[int, Name], odds: Odds, which: Sequence[int]) -> float:
        """The odds of these names of some tracklets, beside those of all others; each pair counts once."""
        total = 0.0
        for k in which:
            name = names[k]
            if name is None:
                continue
            total += odds[k][name]
            for other in self._mine:
                if other != k and names[other] is not None and (other > k or other not in which):
                    total += self._pair(k, other, names)
        return total

    def _pair(self, i: int, j: int, names: Mapping[int, Name]) -> float:
        """What the names of two tracklets are worth together."""
        alike = names[i] is names[j]
        if self._together[i, j] > 0:
            if alike:
                return -math.inf
            if (i, j) not in self._twos:
                return 0.0
            in_order = (_place(self._tracklets[i]) < _place(self._tracklets[j])) == (names[i] is Person.LEFT)
            return self._alone * (BESIDE + (0.0 if not self._ordered else _IN_ORDER if in_order else _EXCHANGED))
        worth = self._follows(i, j)
        return worth if alike else -worth

    def _follows(self, i: int, j: int) -> float:
        """What speaks for two tracklets' being one face that goes on."""
        i, j = sorted((i, j), key=lambda k: self._tracklets[k].first)
        a, b = self._tracklets[i], self._tracklets[j]
        if a.track_id == b.track_id:
            return _SAME_TRACK
        return _GOES_ON if j not in self._continued and _goes_on(a, b, self._times) else 0.0


def _place(tracklet: Tracklet) -> float:
    return sum(box.cx for box in tracklet.boxes) / len(tracklet.boxes)


def _goes_on(a: Tracklet, b: Tracklet, times: Sequence[float]) -> bool:
    """Whether the second tracklet appears where the first one was a moment ago."""
    return b.first > a.last + 1 and times[b.first] - times[a.last] <= _GOES_ON_SECONDS and in_place(a, b)


def in_place(a: Tracklet, b: Tracklet) -> bool:
    """Whether ``b`` begins where ``a`` ended, in the same size."""
    end, start = a.boxes[-1], b.boxes[0]
    near = math.hypot(end.cx - start.cx, end.cy - start.cy) <= _GOES_ON_PLACE * max(end.h, start.h)
    return near and _GOES_ON_SIZE <= end.h / max(start.h, 1.0) <= 1 / _GOES_ON_SIZE


@dataclass(frozen=True, slots=True)
class Company:
    """Who is seen beside whom.

    ``twos``: pairs of tracklets, in both orders, that are the only two faces of comparable size where they are seen together.
    ``crowds``: for each tracklet how many such faces there are where it is seen, itself included, on average.
    """

    twos: frozenset[tuple[int, int]]
    crowds: tuple[float, ...]

    @staticmethod
    def of(tracklets: Sequence[Tracklet]) -> Company:
        present: dict[int, list[tuple[int, float]]] = {}
        for k, tracklet in enumerate(tracklets):
            for at, box in zip(tracklet.frames, tracklet.boxes, strict=True):
                present.setdefault(at, []).append((k, box.h))
        common: Counter[tuple[int, int]] = Counter()
        alone: Counter[tuple[int, int]] = Counter()
        seen = [0] * len(tracklets)
        for here in present.values():
            tallest = max(h for _, h in here)
            large = [k for k, h in here if h >= _COMPARABLE * tallest]
            for k, _ in here:
                seen[k] += len(large)
            pairs = list(permutations(large, 2))
            common.update(pairs)
            if len(large) == 2:
                alone.update(pairs)
        twos = frozenset(pair for pair, count in common.items() if alone[pair] >= _TWO_SHOT * count)
        return Company(twos, tuple(n / len(t.frames) for n, t in zip(seen, tracklets, strict=True)))
