"""FCPXML 1.10, for Final Cut Pro and DaVinci Resolve.

Sources of its numbers: Apple's "FCPXML Reference" (positions, and what is trimmed, are percentages of a frame's height, y
upwards) and files that Final Cut has written (a keyed position is one animation for X and one for Y; keyframes have times of
the clip's source).  ``docs/export.md`` has the formulas.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree as ET

from dualface.export.places import cut_off, file_url, from_middle
from dualface.export.xml_text import clean, decimal, document
from dualface.timeline import Keyframe, Marker, MarkerKind, Timeline, TimelineClip

_SEQUENCE, _SOURCE, _ASSET = "r1", "r2", "r3"
_AUDIO_RATES = {32000: "32k", 44100: "44.1k", 48000: "48k", 88200: "88.2k", 96000: "96k", 176400: "176.4k", 192000: "192k"}
_SIDES = ("left", "top", "right", "bottom")


class FcpxmlExporter:
    """The lowest track is the primary storyline, with gaps; the others, and the sound, are connected to it."""

    suffix = ".fcpxml"

    def export(self, timeline: Timeline, folder: Path) -> bytes:
        """``folder`` is of no use: FCPXML names media by absolute URLs."""
        del folder
        return document(_Writer(timeline).root(), "fcpxml")


class _Writer:
    def __init__(self, timeline: Timeline) -> None:
        self._timeline, self._media = timeline, timeline.media
        self._tc_format = "DF" if timeline.rate.drop else "NDF"

    def root(self) -> ET.Element:
        root = ET.Element("fcpxml", version="1.10")
        self._resources(ET.SubElement(root, "resources"))
        name = clean(self._timeline.name)
        event = ET.SubElement(ET.SubElement(root, "library"), "event", name=name)
        sequence = ET.SubElement(ET.SubElement(event, "project", name=name), "sequence", format=_SEQUENCE)
        sequence.set("duration", self._time(self._timeline.length))
        sequence.set("tcStart", self._time(self._timeline.start))
        sequence.set("tcFormat", self._tc_format)
        if self._media.sound:
            sequence.set("audioLayout", "mono" if self._media.sound[0].channels == 1 else "stereo")
            if self._media.sound[0].rate in _AUDIO_RATES:
                sequence.set("audioRate", _AUDIO_RATES[self._media.sound[0].rate])
        self._spine(ET.SubElement(sequence, "spine"))
        return root

    def _resources(self, resources: ET.Element) -> None:
        frame = self._time(1)
        for name, width, height in (
            (_SEQUENCE, self._timeline.width, self._timeline.height),
            (_SOURCE, self._media.width, self._media.height),
        ):
            ET.SubElement(resources, "format", id=name, frameDuration=frame, width=str(width), height=str(height))
        if self._media.first_field:
            resources[-1].set("fieldOrder", f"{self._media.first_field} first")
        asset = ET.SubElement(resources, "asset", id=_ASSET, name=clean(self._media.path.name))
        asset.set("start", self._time(self._media.start))
        asset.set("duration", self._time(self._media.frames))
        asset.attrib |= {"hasVideo": "1", "format": _SOURCE, "videoSources": "1"}
        if self._media.sound:
            first = self._media.sound[0]
            asset.attrib |= {"hasAudio": "1", "audioSources": str(len(self._media.sound))}
            asset.attrib |= {"audioChannels": str(first.channels), "audioRate": str(first.rate)}
        ET.SubElement(asset, "media-rep", kind="original-media", src=file_url(self._media))

    def _spine(self, spine: ET.Element) -> None:
        tracks = [{clip.start: clip for clip in track.clips} for track in self._timeline.tracks]
        for start, length in self._timeline.shots:
            here = [(lane, clips[start]) for lane, clips in enumerate(tracks) if start in clips]
            lowest = next((clip for lane, clip in here if lane == 0), None)
            offset = self._timeline.start + start
            if lowest is not None:
                element, local = self._clip(spine, lowest, offset), self._media.start + lowest.source
            else:
                element, local = self._gap(spine, offset, length), 0
            for lane, clip in here:
                if lane > 0:
                    self._clip(element, clip, local, lane)
            if start == 0:
                self._sound(element, local)
            self._markers(element, [m for m in self._timeline.markers if start <= m.frame < start + length], local - start)

    def _gap(self, parent: ET.Element, offset: int, length: int) -> ET.Element:
        place = {"offset": self._time(offset), "start": "0s", "duration": self._time(length)}
        return ET.SubElement(parent, "gap", {"name": "Gap", **place})

    def _clip(self, parent: ET.Element, clip: TimelineClip, offset: int, lane: int = 0) -> ET.Element:
        element = self._part(parent, clip.name, offset, clip.source, clip.length, lane)
        self._crop(element, clip)
        ET.SubElement(element, "adjust-conform", type="fit")
        self._transform(element, clip)
        self._whole(element, "video")
        return element

    def _part(self, parent: ET.Element, name: str, offset: int, source: int, length: int, lane: int) -> ET.Element:
        """A clip of the source, without what it shows of it."""
        element = ET.SubElement(parent, "clip", {"lane": str(lane)} if lane else {})
        element.attrib |= {"offset": self._time(offset), "name": clean(name)}
        element.attrib |= {"start": self._time(self._media.start + source), "duration": self._time(length)}
        element.attrib |= {"format": _SOURCE, "tcFormat": self._tc_format}
        return element

    def _whole(self, clip: ET.Element, kind: str) -> ET.Element:
        """The whole source within a clip, which shows its own part of it."""
        start = self._time(self._media.start)
        place = {"ref": _ASSET, "offset": start, "start": start, "duration": self._time(self._media.frames)}
        return ET.SubElement(clip, kind, place)

    def _sound(self, parent: ET.Element, offset: int) -> None:
        for n, stream in enumerate(self._media.sound, 1):
            timeline = self._timeline
            part = self._part(parent, self._media.path.name, offset, timeline.source, timeline.length, -n)
            audio = self._whole(part, "audio")
            audio.attrib |= {"srcID": str(n), "role": "dialogue"}
            audio.set("srcCh", ", ".join(str(channel + 1) for channel in range(stream.channels)))

    def _crop(self, element: ET.Element, clip: TimelineClip) -> None:
        rect = ET.SubElement(ET.SubElement(element, "adjust-crop", mode="trim"), "trim-rect")
        percent = 100 / self._media.height
        trims = [[side * percent for side in cut_off(keyframe, self._media)] for keyframe in clip.keyframes]
        for side, values in zip(_SIDES, zip(*trims, strict=True), strict=True):
            rect.set(side, decimal(values[0]))
            if len(set(values)) > 1:
                self._animate(ET.SubElement(rect, "param", name=side), clip, list(map(decimal, values)))

    def _transform(self, element: ET.Element, clip: TimelineClip) -> None:
        """The scale is one of the picture that was fitted into the canvas."""
        width, height = self._timeline.width, self._timeline.height
        fitted = min(width / self._media.width, height / self._media.height)
        scales = [f"{decimal(keyframe.scale / fitted)} " * 2 for keyframe in clip.keyframes]
        places = [self._position(keyframe) for keyframe in clip.keyframes]
        transform = ET.SubElement(element, "adjust-transform")
        transform.set("position", " ".join(map(decimal, places[0])))
        transform.set("scale", scales[0].strip())
        if len(places) > 1:
            position = ET.SubElement(transform, "param", name="position")
            for key, (axis, values) in enumerate(zip("XY", zip(*places, strict=True), strict=True), 1):
                self._animate(ET.SubElement(position, "param", name=axis, key=str(key)), clip, list(map(decimal, values)))
            self._animate(ET.SubElement(transform, "param", name="scale"), clip, [scale.strip() for scale in scales])

    def _position(self, keyframe: Keyframe) -> tuple[float, float]:
        x, y = from_middle(keyframe, self._timeline)
        return x * 100 / self._timeline.height, -y * 100 / self._timeline.height

    def _animate(self, param: ET.Element, clip: TimelineClip, values: Sequence[str]) -> None:
        animation = ET.SubElement(param, "keyframeAnimation")
        for keyframe, value in zip(clip.keyframes, values, strict=True):
            time = self._time(self._media.start + clip.source + keyframe.frame)
            ET.SubElement(animation, "keyframe", time=time, value=value, curve="linear")

    def _markers(self, element: ET.Element, markers: Sequence[Marker], shift: int) -> None:
        """``shift`` leads from the timeline's frames to those of ``element``."""
        for marker in markers:
            place = {"start": self._time(marker.frame + shift), "duration": self._time(1)}
            to_do = {"completed": "0"} if marker.kind is MarkerKind.DOUBT else {}
            ET.SubElement(element, "marker", {**place, "value": clean(marker.name), "note": clean(marker.note), **to_do})

    def _time(self, frames: int) -> str:
        seconds = self._timeline.rate.seconds(frames)
        return _in_words(seconds)


def _in_words(seconds: Fraction) -> str:
    whole = seconds.denominator == 1
    return f"{seconds.numerator}s" if whole else f"{seconds.numerator}/{seconds.denominator}s"
