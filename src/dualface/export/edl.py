"""CMX 3600, the edit decision list that everything reads: the cuts, one event each, and nothing of the framing.

OpenTimelineIO's adapter writes every list at 29.97 as drop-frame and says so nowhere, so these are lines of our own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from dualface.timeline import MarkerKind, Timeline

_REEL = 8
"""Letters that a reel's name may have."""
_COLOURS = {MarkerKind.PERSON: "GREEN", MarkerKind.DOUBT: "RED", MarkerKind.SPEAKER: "BLUE"}


class EdlExporter:
    """An event for each piece between two cuts; its comments say what it shows, and hold the markers."""

    suffix = ".edl"

    def export(self, timeline: Timeline, folder: Path) -> bytes:
        """``folder`` is of no use: lists name reels, and the file in a comment."""
        del folder
        lines = [
            f"TITLE: {_line(timeline.name)}",
            f"FCM: {'DROP FRAME' if timeline.rate.drop else 'NON-DROP FRAME'}",
            "",
            *_events(timeline),
        ]
        return "".join(f"{line}\n" for line in lines).encode()


def _events(timeline: Timeline) -> Iterator[str]:
    media, rate = timeline.media, timeline.rate
    reel = re.sub("[^A-Z0-9_]", "", media.path.stem.upper())[:_REEL] or "AX"
    channels = f"{'AA' if media.sound[0].channels > 1 else 'A'}/V" if media.sound else "V"
    channels = "B" if channels == "A/V" else channels
    for number, (start, length) in enumerate(timeline.shots, 1):
        source, record = timeline.start + start, timeline.start + start
        times = " ".join(map(rate.timecode, (source, source + length, record, record + length)))
        yield f"{number:03}  {reel:<8} {channels:<5} C        {times}"
        yield f"* FROM CLIP NAME: {_line(media.path.name)}"
        yield f"* SOURCE FILE: {_line(str(media.path))}"
        shown = [clip for track in timeline.tracks for clip in track.clips if clip.start == start]
        if shown:
            yield f"* COMMENT: {_line(shown[0].layout)}: {_line(' | '.join(clip.name for clip in shown))}"
        for marker in timeline.markers:
            if start <= marker.frame < start + length:
                place = rate.timecode(timeline.start + marker.frame)
                yield f"* LOC: {place} {_COLOURS[marker.kind]:<7} {_line(f'{marker.name}: {marker.note}')}"
        yield ""


def _line(text: str) -> str:
    """On one line, whatever a file's name holds."""
    return " ".join(text.encode(errors="replace").decode().split())
