"""Who speaks when, without the pictures: for tools for speech, and for spreadsheets."""

from __future__ import annotations

from pathlib import Path

from dualface.records.turn_files import csv_text, rttm_text
from dualface.timeline import Timeline


class RttmExporter:
    """A line for each stretch in which somebody speaks (NIST's Rich Transcription Time Marked)."""

    suffix = ".rttm"
    about_speech = True
    """Of use only where it is known who speaks."""

    def export(self, timeline: Timeline, folder: Path) -> bytes:
        """``folder`` is of no use: the file names the film only.  Where nobody speaks, a comment says so."""
        del folder
        text = rttm_text(timeline.turns, timeline.name, timeline.names) or ";; nobody speaks\n"
        return text.encode(errors="replace")


class TurnsExporter:
    """A row for each turn, pauses too."""

    suffix = ".turns.csv"
    about_speech = True
    """Of use only where it is known who speaks."""

    def export(self, timeline: Timeline, folder: Path) -> bytes:
        """``folder`` is of no use: the table names no files."""
        del folder
        return csv_text(timeline.turns, timeline.names).encode(errors="replace")
