"""What a file of observations or plans is about: the source, and the settings it was made with."""

from __future__ import annotations

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

    ``settings`` is the configuration as plain values, ``fingerprint`` tells whether the source has changed.
    """

    source: Path
    width: int
    height: int
    fps: Fraction
    settings: dict[str, Any] = field(default_factory=dict)
    fingerprint: str = ""
    timecode: str = ""

    def entry(self) -> Entry:
        told = {"timecode": self.timecode} if self.timecode else {}
        return told | {
            "source": str(self.source),
            "width": self.width,
            "height": self.height,
            "fps": str(self.fps),
            "fingerprint": self.fingerprint,
            "settings": self.settings,
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
                str(entry.get("timecode", "")),
            )
        except (KeyError, TypeError, ValueError, ZeroDivisionError) as error:
            raise InputError(f"{path}: line 1 is damaged ({error}); make the file anew.", file=path) from error
