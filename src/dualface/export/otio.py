"""OpenTimelineIO's own format.  It has no words for framing: the keyframes are in the metadata of an effect."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dualface.errors import ConfigurationError
from dualface.export.places import file_url
from dualface.export.tables import keyframes_of
from dualface.timeline import MarkerKind, SourceMedia, Timeline, TimelineClip

NAMESPACE = "dualface"
"""Whose metadata it is."""
_COLOURS = {MarkerKind.PERSON: "GREEN", MarkerKind.DOUBT: "RED", MarkerKind.SPEAKER: "BLUE"}


class OtioExporter:
    """Made with ``opentimelineio``, an extra; raises :class:`~dualface.errors.ConfigurationError` without it."""

    suffix = ".otio"

    def __init__(self) -> None:
        try:
            import opentimelineio
        except ImportError as error:
            message = "OTIO files need the package opentimelineio; install it with: pip install 'dualface[export]'."
            raise ConfigurationError(message) from error
        self._otio: Any = opentimelineio

    def export(self, timeline: Timeline, folder: Path) -> bytes:
        """``folder`` is of no use: the source is named by its absolute URL."""
        del folder
        otio, rate = self._otio, float(timeline.rate.fps)
        start = otio.opentime.RationalTime(timeline.start, rate)
        result = otio.schema.Timeline(name=_text(timeline.name), global_start_time=start)
        result.metadata[NAMESPACE] = {"width": timeline.width, "height": timeline.height, "background": timeline.background}
        for track in timeline.tracks:
            result.tracks.append(self._track(timeline, track.name, track.clips))
        for n in range(len(timeline.media.sound)):
            sound = otio.schema.Track(name=f"Sound {n + 1}", kind=otio.schema.TrackKind.Audio)
            sound.append(self._part(timeline, timeline.media.path.name, timeline.source, timeline.length))
            result.tracks.append(sound)
        for marker in timeline.markers:
            place = self._range(marker.frame, marker.length, rate)
            colour = getattr(otio.schema.MarkerColor, _COLOURS[marker.kind])
            made = otio.schema.Marker(name=_text(marker.name), marked_range=place, color=colour, comment=_text(marker.note))
            made.metadata[NAMESPACE] = {"kind": str(marker.kind)}
            result.tracks.markers.append(made)
        return (str(otio.adapters.write_to_string(result, "otio_json")) + "\n").encode()

    def _track(self, timeline: Timeline, name: str, clips: tuple[TimelineClip, ...]) -> Any:
        otio, rate, end = self._otio, float(timeline.rate.fps), 0
        track = otio.schema.Track(name=_text(name), kind=otio.schema.TrackKind.Video)
        for clip in clips:
            if clip.start > end:
                track.append(otio.schema.Gap(source_range=self._range(0, clip.start - end, rate)))
            made = self._part(timeline, clip.name, clip.source, clip.length)
            made.metadata[NAMESPACE] = {"person": clip.person and str(clip.person), "layout": clip.layout}
            place = {"at": [clip.at.x, clip.at.y, clip.at.w, clip.at.h], "keyframes": keyframes_of(clip)}
            made.effects.append(otio.schema.Effect(name="framing", effect_name="dualface.framing", metadata={NAMESPACE: place}))
            track.append(made)
            end = clip.end
        return track

    def _part(self, timeline: Timeline, name: str, source: int, length: int) -> Any:
        otio, media, rate = self._otio, timeline.media, float(timeline.rate.fps)
        reference = otio.schema.ExternalReference(
            target_url=file_url(media), available_range=self._range(media.start, media.frames, rate)
        )
        reference.name = _text(media.path.name)
        reference.metadata[NAMESPACE] = _facts(media)
        place = self._range(media.start + source, length, rate)
        return otio.schema.Clip(name=_text(name), media_reference=reference, source_range=place)

    def _range(self, start: int, length: int, rate: float) -> Any:
        time = self._otio.opentime
        return time.TimeRange(time.RationalTime(start, rate), time.RationalTime(length, rate))


def _facts(media: SourceMedia) -> dict[str, Any]:
    return {"width": media.width, "height": media.height, "variable_rate": media.variable_rate, "rotation": media.rotation}


def _text(text: str) -> str:
    return text.encode(errors="replace").decode()
