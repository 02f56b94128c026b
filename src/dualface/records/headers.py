"""What a file of observations or plans is about: the source, and the settings it was made with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from dualface.errors import InputError
from dualface.records.json_lines import Entry


@dataclass(frozen=True, slots=True)
class RecordHeader:
    """``source`` is the video; ``width`` and ``height`` its upright size in pixels, ``fps`` its nominal rate, ``timecode`` its
    first frame's, if it has one.

    ``settings`` is the configuration as plain values, ``fingerprint`` tells whether the source has changed.  ``unsure`` are the
    names that are not sure, as the summary of a run has them.
    """

    source: Path
    width: int
    height: int
    fps: Fraction
    settings: dict[str, Any] = field(default_factory=dict)
    fingerprint: str = ""
    unsure: tuple[Mapping[str, Any], ...] = ()
    timecode: str = ""

    def check_pictures(self, video: Path, width: int, height: int) -> None:
        """Raises :class:`~dualface.errors.InputError` where this can't be about ``video``, which has pictures of this size."""
        if (width, height) != (self.width, self.height):
            raise InputError(
                f"{video}: has pictures of {width}x{height} pixels, but the plan was made for "
                f"{self.width}x{self.height}; name the video that it was made for.",
                file=video,
            )

    def entry(self) -> Entry:
        told = {"timecode": self.timecode} if self.timecode else {}
        return told | {
            "source": str(self.source),
            "width": self.width,
            "height": self.height,
            "fps": str(self.fps),
            "fingerprint": self.fingerprint,
            "settings": self.settings,
            **({"unsure": list(self.unsure)} if self.unsure else {}),
        }

    @classmethod
    def of(cls, path: Path, entry: Entry) -> RecordHeader:
        """Raises :class:`~dualface.errors.InputError` for an entry that :meth:`entry` did not make; ``path`` is its file."""
        try:
            return cls(
                Path(str(entry["source"])),
                int(entry["width"]),
                int(entry["height"]),
                Fraction(entry["fps"]),
                dict(entry["settings"]),
                str(entry["fingerprint"]),
                tuple(map(dict, entry.get("unsure", ()))),
                str(entry.get("timecode", "")),
            )
        except (KeyError, TypeError, ValueError, ZeroDivisionError) as error:
            raise InputError(f"{path}: line 1 is damaged ({error}); make the file anew.", file=path) from error
