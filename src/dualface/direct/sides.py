"""Who is left and who is right.

By ``identity`` a person keeps one side for the whole film: the one on which they are in the first shot that shows both, since
that is how the viewer learns who sits where.  By ``position`` the tile follows the place, not the person.

While a video is watched, people get a provisional side when they are first seen (``observe/people/casting.py``); what this
module says settles it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from dualface.types import Observation, Person

_TOGETHER_SECONDS = 0.5
"""A shot shows both once they were seen together for so long."""


def with_settled_sides(seen: Sequence[Observation]) -> Sequence[Observation]:
    """The observations with left left: names exchanged throughout, where the first shot that shows both says so.

    While a video is watched, somebody who is first seen alone is given a side by their place in the picture, which may turn
    out to be the other one.  Without such a shot nothing changes.
    """
    if not _is_exchanged(seen):
        return seen
    return [
        replace(one, faces=tuple(replace(face, person=face.person and face.person.other) for face in one.faces)) for one in seen
    ]


def _is_exchanged(seen: Sequence[Observation]) -> bool:
    began, offset, frames = None, 0.0, 0
    for one in seen:
        if one.cut:
            began, offset, frames = None, 0.0, 0
        centres = {face.person: face.box.cx for face in one.faces if face.person is not None}
        if len(centres) < len(Person):
            continue
        began = one.time if began is None else began
        offset, frames = offset + centres[Person.RIGHT] - centres[Person.LEFT], frames + 1
        if one.time - began >= _TOGETHER_SECONDS:
            return offset < 0
    return False


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
