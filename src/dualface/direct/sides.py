"""The founding rule for sides: the tile follows the place, not the person."""

from __future__ import annotations

from collections.abc import Mapping

from dualface.types import Person


class PositionSides:
    """Left is who stands left: each person's centre is averaged (exponential moving average), and the order of the averages
    decides, so that two people never claim one side.
    """

    def __init__(self, width: int, *, alpha: float = 0.3) -> None:
        self._width, self._alpha = width, alpha
        self._average: dict[Person, float] = {}

    def update(self, centres: Mapping[Person, float]) -> dict[Person, Person]:
        """``centres``: x of each person seen in this frame, in source pixels, by the person's own name (the side where first
        seen).  Returns for each person ever seen the side to show him on now.
        """
        for person, x in centres.items():
            before = self._average.get(person, x)
            self._average[person] = self._alpha * x + (1 - self._alpha) * before
        if len(self._average) == 2:
            ordered = sorted(self._average, key=lambda person: self._average[person])
            return {ordered[0]: Person.LEFT, ordered[1]: Person.RIGHT}
        return {p: Person.LEFT if x < self._width / 2 else Person.RIGHT for p, x in self._average.items()}
