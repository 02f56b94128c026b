"""XMEML, the XML of Final Cut Pro 7, for Premiere Pro and DaVinci Resolve.

Sources of its numbers: Apple's "Final Cut Pro XML Interchange Format", and what developers measured with Premiere: a scale is
one of the source's own pixels; a centre counts from the canvas' middle in widths and heights of the source, y downwards;
keyframes have times of the source.  ``docs/export.md`` has the formulas.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from xml.etree import ElementTree as ET

from dualface.export.places import cut_off, file_url, from_middle
from dualface.export.xml_text import document, leaf
from dualface.timeline import Timeline, TimelineClip, TimelineTrack

_FILE, _MASTER = "file-1", "masterclip-1"
_SIDES = ("left", "top", "right", "bottom")
_MOST_SCALE, _TURNED = 1000, 8640
Value = float | tuple[float, float]


class XmemlExporter:
    """A video track for each of the timeline's, an audio track for each channel of the source's sound, in one piece."""

    suffix = ".xml"

    def export(self, timeline: Timeline, folder: Path) -> bytes:
        """``folder`` is of no use: XMEML names media by absolute URLs."""
        del folder
        return document(_Writer(timeline).root(), "xmeml")


class _Writer:
    def __init__(self, timeline: Timeline) -> None:
        self._timeline, self._media = timeline, timeline.media
        self._clips = 0
        self._file_told = False

    def root(self) -> ET.Element:
        root = ET.Element("xmeml", version="4")
        sequence = ET.SubElement(root, "sequence", id="sequence-1")
        leaf(sequence, "name", self._timeline.name)
        leaf(sequence, "duration", self._timeline.length)
        self._rate(sequence)
        self._timecode(sequence, self._timeline.start)
        media = ET.SubElement(sequence, "media")
        self._video(ET.SubElement(media, "video"))
        if self._media.sound:
            self._audio(ET.SubElement(media, "audio"))
        for marker in self._timeline.markers:
            element = ET.SubElement(sequence, "marker")
            leaf(element, "name", marker.name)
            leaf(element, "comment", marker.note)
            leaf(element, "in", marker.frame)
            leaf(element, "out", marker.frame + marker.length if marker.length > 1 else -1)
        return root

    def _rate(self, parent: ET.Element) -> None:
        rate = ET.SubElement(parent, "rate")
        leaf(rate, "timebase", self._timeline.rate.nominal)
        leaf(rate, "ntsc", self._timeline.rate.ntsc)

    def _timecode(self, parent: ET.Element, frame: int) -> None:
        timecode = ET.SubElement(parent, "timecode")
        self._rate(timecode)
        leaf(timecode, "string", self._timeline.rate.timecode(frame))
        leaf(timecode, "frame", frame)
        leaf(timecode, "displayformat", "DF" if self._timeline.rate.drop else "NDF")

    def _video(self, video: ET.Element) -> None:
        self._picture(ET.SubElement(video, "format"), self._timeline.width, self._timeline.height, "none")
        for track in self._timeline.tracks:
            self._track(ET.SubElement(video, "track"), track)

    def _picture(self, parent: ET.Element, width: int, height: int, first_field: str) -> None:
        samples = ET.SubElement(parent, "samplecharacteristics")
        self._rate(samples)
        leaf(samples, "width", width)
        leaf(samples, "height", height)
        leaf(samples, "anamorphic", False)
        leaf(samples, "pixelaspectratio", "square")
        leaf(samples, "fielddominance", first_field)

    def _sound(self, parent: ET.Element) -> None:
        samples = ET.SubElement(parent, "samplecharacteristics")
        leaf(samples, "depth", 16)
        leaf(samples, "samplerate", self._media.sound[0].rate)

    def _track(self, element: ET.Element, track: TimelineTrack) -> None:
        for clip in track.clips:
            item = self._item(element, clip.name, clip.start, clip.length, clip.source)
            leaf(item, "compositemode", "normal")
            self._motion(item, clip)
        leaf(element, "enabled", True)
        leaf(element, "locked", False)

    def _item(self, track: ET.Element, name: str, start: int, length: int, source: int) -> ET.Element:
        self._clips += 1
        item = ET.SubElement(track, "clipitem", id=f"clipitem-{self._clips}")
        leaf(item, "masterclipid", _MASTER)
        leaf(item, "name", name)
        leaf(item, "enabled", True)
        leaf(item, "duration", self._media.frames)
        self._rate(item)
        for tag, frame in (("start", start), ("end", start + length), ("in", source), ("out", source + length)):
            leaf(item, tag, frame)
        self._file(item)
        return item

    def _file(self, parent: ET.Element) -> None:
        """All of it where it is named first, later its id."""
        file = ET.SubElement(parent, "file", id=_FILE)
        if self._file_told:
            return
        self._file_told = True
        leaf(file, "name", self._media.path.name)
        leaf(file, "pathurl", file_url(self._media, "localhost"))
        self._rate(file)
        leaf(file, "duration", self._media.frames)
        self._timecode(file, self._media.start)
        media = ET.SubElement(file, "media")
        self._picture(ET.SubElement(media, "video"), self._media.width, self._media.height, self._media.first_field or "none")
        if self._media.sound:
            audio = ET.SubElement(media, "audio")
            self._sound(audio)
            leaf(audio, "channelcount", sum(stream.channels for stream in self._media.sound))

    def _motion(self, item: ET.Element, clip: TimelineClip) -> None:
        """Scale and place as a motion; what is cut off as Premiere writes it, and as Final Cut and Resolve do.

        Cutting off the same twice changes nothing.
        """
        media = self._media
        scales = [100 * keyframe.scale for keyframe in clip.keyframes]
        middles = [from_middle(keyframe, self._timeline) for keyframe in clip.keyframes]
        centers = [(x / media.width, y / media.height) for x, y in middles]
        size = (media.width, media.height) * 2
        cuts = [
            [100 * side / whole for side, whole in zip(cut_off(keyframe, media), size, strict=True)]
            for keyframe in clip.keyframes
        ]
        sides = list(zip(_SIDES, zip(*cuts, strict=True), strict=True))
        motion = _effect(item, "Basic Motion", "basic")
        self._parameter(motion, clip, "scale", "Scale", scales, (0, _MOST_SCALE))
        self._parameter(motion, clip, "rotation", "Rotation", [0.0], (-_TURNED, _TURNED))
        self._parameter(motion, clip, "center", "Center", centers)
        self._parameter(motion, clip, "centerOffset", "Anchor Point", [(0.0, 0.0)])
        for side, values in sides:
            self._parameter(motion, clip, f"{side}crop", side.title(), values, (0, 100))
        crop = _effect(item, "Crop", "crop")
        for side, values in sides:
            self._parameter(crop, clip, side, side, values, (0, 100))

    def _parameter(
        self,
        effect: ET.Element,
        clip: TimelineClip,
        name: str,
        shown: str,
        values: Sequence[Value],
        limits: tuple[int, int] | None = None,
    ) -> None:
        """Keyframes where the value changes."""
        parameter = ET.SubElement(effect, "parameter")
        leaf(parameter, "parameterid", name)
        leaf(parameter, "name", shown)
        if limits is not None:
            leaf(parameter, "valuemin", limits[0])
            leaf(parameter, "valuemax", limits[1])
        _value(parameter, values[0])
        if len(set(values)) > 1:
            for keyframe, value in zip(clip.keyframes, values, strict=True):
                element = ET.SubElement(parameter, "keyframe")
                leaf(element, "when", clip.source + keyframe.frame)
                _value(element, value)

    def _audio(self, audio: ET.Element) -> None:
        timeline, groups = self._timeline, list(self._channels())
        leaf(audio, "numOutputChannels", max(len(group) for group in groups))
        self._sound(ET.SubElement(audio, "format"))
        for group in groups:
            first = self._clips + 1
            for place, channel in enumerate(group):
                track = ET.SubElement(audio, "track")
                item = self._item(track, self._media.path.name, 0, timeline.length, timeline.source)
                source = ET.SubElement(item, "sourcetrack")
                leaf(source, "mediatype", "audio")
                leaf(source, "trackindex", channel)
                for other in range(len(group)) if len(group) > 1 else ():
                    link = ET.SubElement(item, "link")
                    leaf(link, "linkclipref", f"clipitem-{first + other}")
                    leaf(link, "mediatype", "audio")
                    leaf(link, "trackindex", group[other])
                    leaf(link, "clipindex", 1)
                    leaf(link, "groupindex", 1)
                leaf(track, "enabled", True)
                leaf(track, "locked", False)
                leaf(track, "outputchannelindex", place + 1)

    def _channels(self) -> Iterator[list[int]]:
        """The channels of each stream, counted from 1 over all of them."""
        before = 0
        for stream in self._media.sound:
            yield list(range(before + 1, before + 1 + stream.channels))
            before += stream.channels


def _effect(item: ET.Element, name: str, effect_id: str) -> ET.Element:
    effect = ET.SubElement(ET.SubElement(item, "filter"), "effect")
    leaf(effect, "name", name)
    leaf(effect, "effectid", effect_id)
    leaf(effect, "effectcategory", "motion")
    leaf(effect, "effecttype", "motion")
    leaf(effect, "mediatype", "video")
    return effect


def _value(parent: ET.Element, value: Value) -> None:
    if isinstance(value, tuple):
        element = ET.SubElement(parent, "value")
        leaf(element, "horiz", value[0])
        leaf(element, "vert", value[1])
    else:
        leaf(parent, "value", value)
