"""Whether a tile shows its person, the last framing of one unseen, or a stand-in."""

from __future__ import annotations

from collections.abc import Sequence

from dualface.types import TileState

STEADY = 0.6
"""Share of a picture's least duration in which a person must be seen for a tile to return from the stand-in."""


class TileStates:
    """Chooses a tile's state, frame by frame, looking ahead so that no picture flashes up for a moment.

    ``hold_seconds`` may be infinite.  ``picture`` is the least duration of a picture, in frames.
    """

    def __init__(self, hold_seconds: float, picture: int) -> None:
        self._hold, self._picture = hold_seconds, picture
        self.stand_in = True
        self.seen_time = 0.0

    def update(self, time: float, *, new_shot: bool, framed: bool, coming: Sequence[bool], there: bool = False) -> TileState:
        """The state in the next frame, at ``time`` seconds.

        ``coming`` says of this frame and those after it, within its shot, whether the person is seen; ``framed`` whether
        there is any framing of the person in this shot; ``there`` that the person is, though unseen: the framing is held.
        """
        seen = coming[0]
        if new_shot:
            self.stand_in, self.seen_time = not framed, time
        elif self.stand_in:
            self.stand_in = not (seen and sum(coming) >= STEADY * self._picture)
        elif not seen and time - self.seen_time > self._hold:
            self.stand_in = len(coming) >= self._picture and not any(coming)
        if self.stand_in:
            return TileState.STAND_IN
        if seen or there:
            self.seen_time = time
        return TileState.TRACKED if seen else TileState.HELD
