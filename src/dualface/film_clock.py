"""How the source's clock becomes the film's, as one value: made while the pictures are read, used for everything else."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

_NONE = Fraction(0)


class Restart(NamedTuple):
    """A place where the source's clock starts anew or jumps.

    From byte ``position`` of the file on, ``shift`` is added to the source's times; ``start`` is the source's own time of the
    first picture there.  Both in seconds.
    """

    position: int
    start: Fraction
    shift: Fraction


@dataclass(frozen=True, slots=True)
class FilmClock:
    """What is added to a source's times so that they never go back and never leap; before the first restart that is nothing.

    Streams are not cut at exactly the same byte: sound just before a restart may belong behind it and the other way round.
    So :meth:`shifts_near` gives what comes into question, and whoever asks knows what fits.
    """

    restarts: tuple[Restart, ...] = ()

    def shift_at(self, position: int) -> Fraction:
        """What is added to the time of a picture that lies at byte ``position`` of the file."""
        return self._shift(self._pieces_before(position))

    def shifts_near(self, position: int) -> tuple[Fraction, ...]:
        """What may be added to the time of another stream's packet there: the likeliest first, then its neighbours'."""
        here = self._pieces_before(position)
        around = [here, *(n for n in (here - 1, here + 1) if 0 <= n <= len(self.restarts))]
        return tuple(self._shift(n) for n in around)

    def joint_after(self, position: int) -> Fraction | None:
        """The film's time of the next restart behind byte ``position``, in seconds; ``None`` behind the last."""
        piece = self._pieces_before(position)
        return None if piece == len(self.restarts) else self.restarts[piece].start + self.restarts[piece].shift

    def film_time(self, time: Fraction) -> Fraction:
        """The film's time for one of the source's that lies nowhere in the file, such as a chapter's, in seconds.

        Where the source's clock shows a time more than once it is taken for the first.
        """
        for piece, after in enumerate(self.restarts):
            moved = time + self._shift(piece)
            has_begun = piece == 0 or time >= self.restarts[piece - 1].start
            if has_begun and moved < after.start + after.shift:
                return moved
        last = self.restarts[-1] if self.restarts else None
        return time if last is None else max(time, last.start) + last.shift

    def _pieces_before(self, position: int) -> int:
        return bisect_right(self.restarts, position, key=lambda restart: restart.position)

    def _shift(self, pieces: int) -> Fraction:
        return self.restarts[pieces - 1].shift if pieces else _NONE


UNCHANGED = FilmClock()
"""The source's clock is the film's."""
