"""Signs of life of one stream."""

from __future__ import annotations

from dataclasses import astuple, dataclass


@dataclass(slots=True)
class Vitals:
    """How far each step has come; read from other threads at any time.

    ``sought`` counts frames read while an earlier run's place is looked for, ``watched`` those seen before a film is begun,
    ``joined`` packets of the final file; the others count frames from the start of the video.
    """

    sought: int = 0
    watched: int = 0
    decoded: int = 0
    analysed: int = 0
    composed: int = 0
    encoded: int = 0
    joined: int = 0

    @property
    def queues(self) -> dict[str, int]:
        """How many frames wait in or before each step; ``analyse`` holds the look-ahead."""
        return {
            "analyse": self.decoded - self.analysed,
            "compose": self.analysed - self.composed,
            "encode": self.composed - self.encoded,
        }

    @property
    def work(self) -> int:
        """A number that grows with every piece of work done."""
        return sum(astuple(self))
