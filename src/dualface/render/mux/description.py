"""Language, title, role, chapters and the like, from the source to the output."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from av.container import InputContainer, OutputContainer
from av.stream import Disposition, Stream

from dualface.film_clock import FilmClock

# What describes the old file, not the film.
_NOT_COPIED = {
    "major_brand", "minor_version", "compatible_brands", "encoder", "duration", "rotate", "vendor_id",
    "bps", "number_of_frames", "number_of_bytes",
}  # fmt: skip
_NOT_COPIED_PREFIXES = ("_statistics", "bps-", "duration-", "number_of_")


def film_metadata(metadata: dict[str, str]) -> dict[str, str]:
    """What of a file's or a stream's metadata describes the film."""
    return {
        key: value
        for key, value in metadata.items()
        if key.lower() not in _NOT_COPIED and not key.lower().startswith(_NOT_COPIED_PREFIXES)
    }


def describe(output: Stream, source: Stream, container: str) -> None:
    """Copies language, title, role and the like to a stream of a ``container`` (mp4, mkv, mov)."""
    output.metadata.update(film_metadata(source.metadata))
    # MP4 and MOV call a stream's title so, Matroska does not.
    if container == "mkv":
        output.metadata.pop("handler_name", None)
    elif "title" in output.metadata:
        output.metadata["handler_name"] = output.metadata["title"]
    output.disposition = Disposition(source.disposition & ~Disposition.attached_pic)


def forget_timecodes(output: OutputContainer) -> None:
    """Removes the timecode of the source's first picture, which a film that begins later does not show."""
    for metadata in (output.metadata, *(stream.metadata for stream in output.streams)):
        for key in [key for key in metadata if key.lower() == "timecode"]:
            del metadata[key]


def chapters(original: InputContainer, clock: FilmClock, origin: Fraction, end: Fraction | None) -> list[Any]:
    """The chapters that lie in the film, on its clock; ``origin`` and ``end`` (``None``: it lasts) as seconds on it."""
    found = []
    for chapter in original.chapters():
        base = chapter["time_base"] or Fraction(1)
        start, stop = (clock.film_time(chapter[key] * base) - origin for key in ("start", "end"))
        if (start >= 0 or stop > 0) and (end is None or start < end - origin):
            start, stop = max(start, Fraction(0)), stop if end is None else min(stop, end - origin)
            found.append({**chapter, "start": round(start / base), "end": round(max(stop, start) / base)})
    return found
