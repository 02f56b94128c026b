"""What the two people look like: a few sightings of each, as they were seen from one cut to the next."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field

from dualface.likeness import Appearance, Pose, Scale, margin
from dualface.types import F32Array


@dataclass(slots=True)
class Gallery:
    """At most ``capacity`` sightings of one person, by key; the two oldest become one where there are more.

    ``pinned`` are views known beforehand, from photos or other videos: embeddings, float32, shape (dimensions,), L2-normalised.
    """

    capacity: int = 8
    pinned: Sequence[F32Array] = ()
    _sightings: dict[Hashable, Appearance] = field(default_factory=dict)
    _turns: dict[Hashable, float] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.pinned) + len(self._sightings)

    def __contains__(self, key: Hashable) -> bool:
        return key in self._sightings

    @property
    def confirmed(self) -> bool:
        """Whether the person was seen in this video."""
        return bool(self._sightings)

    def has_others(self, key: Hashable) -> bool:
        """Whether there are sightings but this one."""
        return any(other != key for other in self._sightings)

    def put(self, key: Hashable, sighting: Appearance, turn: float) -> None:
        """Takes a sighting in, or what has become of it.  ``turn``: where the face looks, see :mod:`dualface.likeness`."""
        self._sightings[key], self._turns[key] = sighting, turn
        if len(self._sightings) > self.capacity:
            first, second = list(self._sightings)[:2]
            both = Appearance()
            both.include(self._sightings.pop(first))
            both.include(self._sightings[second])
            self._sightings[second] = both
            self._turns[second] = (self._turns.pop(first) + self._turns[second]) / 2

    def drop(self, key: Hashable) -> None:
        """The sighting was somebody else's after all."""
        self._sightings.pop(key, None)
        self._turns.pop(key, None)

    def turn(self, without: Hashable = None) -> float:
        """Where the person looks on average; 0 is ahead."""
        turns = [turn for key, turn in self._turns.items() if key != without]
        return sum(turns) / len(turns) if turns else 0.0

    def whole(self, without: Hashable = None) -> Appearance:
        """All that was seen of the person, but for one sighting."""
        whole = Appearance()
        for sighting in self._others(without):
            whole.include(sighting)
        return whole

    def alike(self, sighting: Appearance, pose: Pose, scale: Scale, *, without: Hashable = None) -> float | None:
        """How much a sighting resembles the person's in a pose, in units: the mean over the more alike half of them."""
        told = (margin(sighting.views.get(pose), own.views.get(pose), pose, scale) for own in self._others(without))
        best = sorted(value for value in told if value is not None)
        best = best[len(best) // 2 :]
        return sum(best) / len(best) if best else None

    def like_photos(self, sighting: Appearance, scale: Scale) -> float | None:
        """How much a sighting's frontal views resemble what is known beforehand, in units."""
        photos = Appearance()
        for number, view in enumerate(self.pinned):
            photos.add_view(float(number), Pose.FRONTAL, view, 1.0)
        return margin(sighting.views.get(Pose.FRONTAL), photos.views.get(Pose.FRONTAL), Pose.FRONTAL, scale)

    def _others(self, without: Hashable) -> Iterator[Appearance]:
        return (sighting for key, sighting in self._sightings.items() if key != without)
