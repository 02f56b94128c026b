"""What one may ask of the service."""

from __future__ import annotations

from dataclasses import dataclass

GB = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Limits:
    """``size`` of a video in bytes; ``waiting`` jobs in the queue; ``length`` of a video, ``time`` of making it, in seconds.

    ``pixels`` are those of one picture, ``all_pixels`` those of all pictures of a video: a file of kilobytes may hold hours of
    huge black pictures.  ``reserve`` bytes stay free on the disk.
    """

    size: int = 20 * GB
    waiting: int = 1000
    length: float = 6 * 3600.0
    time: float = 24 * 3600.0
    pixels: int = 8192 * 4352
    reserve: int = 2 * GB

    @property
    def all_pixels(self) -> float:
        """Those of the longest video in 4K at 60 pictures a second, or what is as much work."""
        return self.length * 60 * 3840 * 2160
