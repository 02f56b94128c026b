"""For scripts and spreadsheets: everything as JSON, the keyframes as CSV."""

from __future__ import annotations

import csv
import io
import json
import os
from pathlib import Path
from typing import Any

from dualface.export.places import file_url
from dualface.timeline import Timeline, TimelineClip

SCHEMA = "dualface.timeline/1"
_COLUMNS = (
    *("track", "clip", "name", "person", "layout", "clip_start", "clip_length", "frame", "timecode", "source_frame"),
    *("source_timecode", "seconds", "scale", "x", "y", "crop_x", "crop_y", "crop_w", "crop_h", "at_x", "at_y", "at_w", "at_h"),
)
_DIGITS = 6


class CsvExporter:
    """A row for each keyframe of each clip, with a header."""

    suffix = ".csv"

    def export(self, timeline: Timeline, folder: Path) -> bytes:
        """``folder`` is of no use: the table is about one file."""
        del folder
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\r\n")
        writer.writerow(_COLUMNS)
        for track, clips in enumerate(timeline.tracks, 1):
            for number, clip in enumerate(clips.clips, 1):
                writer.writerows(_rows(timeline, clip, track, number))
        return text.getvalue().encode(errors="replace")


def _rows(timeline: Timeline, clip: TimelineClip, track: int, number: int) -> list[list[object]]:
    rate = timeline.rate
    rows: list[list[object]] = []
    for keyframe in clip.keyframes:
        frame, source = clip.start + keyframe.frame, clip.source + keyframe.frame
        rows.append(
            [
                *(track, number, clip.name, clip.person or "", clip.layout, clip.start, clip.length, frame),
                *(rate.timecode(timeline.start + frame), source, rate.timecode(timeline.media.start + source)),
                *(_short(value) for value in (float(rate.seconds(frame)), keyframe.scale, keyframe.x, keyframe.y)),
                *(_short(value) for value in keyframe.crop),
                *(clip.at.x, clip.at.y, clip.at.w, clip.at.h),
            ]
        )
    return rows


class JsonExporter:
    """The whole timeline as one object; ``docs/export.md`` says what is in it."""

    suffix = ".timeline.json"

    def export(self, timeline: Timeline, folder: Path) -> bytes:
        """The file is named by its absolute path, its URL, and its path from ``folder``."""
        media, rate = timeline.media, timeline.rate
        document = {
            "schema": SCHEMA,
            "name": timeline.name,
            "rate": {"fps": str(rate.fps), "drop_frame": rate.drop},
            "width": timeline.width,
            "height": timeline.height,
            "background": timeline.background,
            "length": timeline.length,
            "start": {"frame": timeline.start, "timecode": rate.timecode(timeline.start)},
            "source": {
                "path": str(media.path),
                "relative_path": _relative(media.path, folder),
                "url": file_url(media),
                "width": media.width,
                "height": media.height,
                "frames": media.frames,
                "start": {"frame": media.start, "timecode": rate.timecode(media.start)},
                "fps": str(media.fps),
                "variable_rate": media.variable_rate,
                "rotation": media.rotation,
                "first_field": media.first_field,
                "sound": [{"channels": stream.channels, "rate": stream.rate} for stream in media.sound],
            },
            "tracks": [{"name": track.name, "clips": list(map(_clip, track.clips))} for track in timeline.tracks],
            "markers": [
                {"frame": m.frame, "length": m.length, "name": m.name, "note": m.note, "kind": m.kind} for m in timeline.markers
            ],
            "speech": [[turn.start, turn.end, turn.talk, turn.confidence] for turn in timeline.turns],
            "notes": list(timeline.notes),
        }
        return (json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode(errors="replace")


def _clip(clip: TimelineClip) -> dict[str, Any]:
    return {
        "name": clip.name,
        "start": clip.start,
        "length": clip.length,
        "source": clip.source,
        "layout": clip.layout,
        "person": clip.person,
        "at": [clip.at.x, clip.at.y, clip.at.w, clip.at.h],
        "keyframes": keyframes_of(clip),
    }


def keyframes_of(clip: TimelineClip) -> list[dict[str, Any]]:
    """The keyframes as plain values."""
    return [
        {
            "frame": keyframe.frame,
            "scale": _short(keyframe.scale),
            "x": _short(keyframe.x),
            "y": _short(keyframe.y),
            "crop": [_short(value) for value in keyframe.crop],
        }
        for keyframe in clip.keyframes
    ]


def _relative(path: Path, folder: Path) -> str | None:
    """``None`` on another drive."""
    try:
        return Path(os.path.relpath(path, folder.absolute())).as_posix()
    except ValueError:
        return None


def _short(value: float) -> float:
    return round(value, _DIGITS)
