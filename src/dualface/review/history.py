"""Corrections with everything that was done to them: nothing is forgotten, so all of it can be undone and done again."""

from __future__ import annotations

from collections.abc import Sequence

from dualface.corrections import Correction

State = tuple[Correction, ...]


class History:
    """``before`` are the corrections that there were at first; undoing goes on through them, the last one first."""

    def __init__(self, before: Sequence[Correction] = ()) -> None:
        self._states: list[State] = [tuple(before[:n]) for n in range(len(before) + 1)]
        self._now = len(before)

    @property
    def now(self) -> State:
        return self._states[self._now]

    @property
    def can_undo(self) -> bool:
        return self._now > 0

    @property
    def can_redo(self) -> bool:
        return self._now < len(self._states) - 1

    def change(self, corrections: Sequence[Correction]) -> None:
        """What was undone before is gone; the same corrections again are no change."""
        if tuple(corrections) != self.now:
            self._states[self._now + 1 :] = [tuple(corrections)]
            self._now += 1

    def undo(self) -> None:
        self._now = max(self._now - 1, 0)

    def redo(self) -> None:
        self._now = min(self._now + 1, len(self._states) - 1)
