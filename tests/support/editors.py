"""What editing programs would show of an exported file: small readers, written from the formats' definitions.

They know nothing of how the files were written.  A clip tells, for each of its frames, where the source lies on the canvas and
what is seen of it: each parameter is interpolated by itself, in a straight line from key to key, as editors do.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np

from dualface.geometry import picture_rect
from dualface.types import FramePlan, Placement, Rect

Keys = Sequence[tuple[Fraction | int, float]]


@dataclass
class Shown:
    """A point (u, v) of the source lies at ``(x + scale * u, y + scale * v)``; its edges that are seen, in source pixels."""

    scale: float
    x: float
    y: float
    left: float
    top: float
    right: float
    bottom: float

    @property
    def on_canvas(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of what is seen, in pixels of the canvas."""
        return (
            self.x + self.scale * self.left,
            self.y + self.scale * self.top,
            self.x + self.scale * self.right,
            self.y + self.scale * self.bottom,
        )


@dataclass
class Clip:
    """``start``, ``length`` and ``source`` in frames; ``shown`` takes a frame of the clip."""

    track: int
    name: str
    start: int
    length: int
    source: int
    shown: Callable[[int], Shown]


@dataclass
class Cut:
    """What an editor has after importing: frames a second, size, clips, first timecode as a frame number."""

    fps: Fraction
    size: tuple[int, int]
    start: int
    clips: list[Clip]
    sounds: int
    media_start: int
    url: str
    markers: list[tuple[int, str]]


def line(keys: Keys, at: Fraction | int) -> float:
    """The value at a time: that of the nearest key outside of all, on a straight line between two."""
    times = [time for time, _ in keys]
    n = bisect_right(times, at)
    if n == 0:
        return keys[0][1]
    if n == len(keys):
        return keys[-1][1]
    (before, a), (after, b) = keys[n - 1], keys[n]
    return a + (b - a) * float((at - before) / Fraction(after - before))


# --- FCPXML


def read_fcpxml(data: bytes) -> Cut:
    root = ET.fromstring(data)
    formats = {one.get("id"): one for one in root.iter("format")}
    sequence = next(root.iter("sequence"))
    form = formats[sequence.get("format")]
    fps = 1 / _seconds(form.get("frameDuration"))
    size = int(form.get("width", 0)), int(form.get("height", 0))
    asset = next(root.iter("asset"))
    source = formats[asset.get("format")]
    media = int(source.get("width", 0)), int(source.get("height", 0))
    reader = _Fcpxml(fps, size, media, _seconds(asset.get("start")))
    begin = _seconds(sequence.get("tcStart"))
    spine = sequence.find("spine")
    assert spine is not None
    end = begin
    for element in spine:
        assert _seconds(element.get("offset")) == end, "the primary storyline has no holes"
        end += _seconds(element.get("duration"))
        reader.take(element, 0, begin)
    assert end - begin == _seconds(sequence.get("duration"))
    url = next(root.iter("media-rep")).get("src", "")
    return Cut(
        fps, size, _whole(begin * fps), reader.clips, reader.sounds, _whole(reader.media_start * fps), url, reader.markers
    )


@dataclass
class _Fcpxml:
    fps: Fraction
    size: tuple[int, int]
    media: tuple[int, int]
    media_start: Fraction

    def __post_init__(self) -> None:
        self.clips: list[Clip] = []
        self.sounds = 0
        self.markers: list[tuple[int, str]] = []

    def take(self, element: ET.Element, lane: int, origin: Fraction) -> None:
        """``origin``: what in the parent's time is the beginning of the film."""
        offset, start = _seconds(element.get("offset")), _seconds(element.get("start", "0s"))
        at = _whole((offset - origin) * self.fps)
        length = _whole(_seconds(element.get("duration")) * self.fps)
        if element.find("audio") is not None:
            self.sounds += 1
        elif element.tag == "clip":
            source = _whole((start - self.media_start) * self.fps)
            self.clips.append(Clip(lane, element.get("name", ""), at, length, source, self.shown(element, start)))
        for child in element:
            if child.tag == "clip":
                self.take(child, int(child.get("lane", 0)), origin + start - offset)
            elif child.tag == "marker":
                place = _whole((_seconds(child.get("start")) - start) * self.fps) + at
                self.markers.append((place, child.get("value", "")))

    def shown(self, clip: ET.Element, start: Fraction) -> Callable[[int], Shown]:
        """The source is fitted into the canvas, cut off in percents of its height, enlarged about its middle and moved."""
        (width, height), (w, h) = self.size, self.media
        fit = min(width / w, height / h)
        transform, rect = clip.find("adjust-transform"), clip.find("adjust-crop/trim-rect")
        assert transform is not None
        assert rect is not None
        position, scale = transform.get("position", "0 0").split(), transform.get("scale", "1 1").split()

        def value(parent: ET.Element, path: str, base: str, part: int = 0) -> Keys:
            keys = parent.findall(f"{path}/keyframeAnimation/keyframe")
            assert all(key.get("curve") == "linear" for key in keys)
            return [(_seconds(key.get("time")), float(key.get("value", "").split()[part])) for key in keys] or [
                (Fraction(0), float(base))
            ]

        xs = value(transform, "param[@name='position']/param[@name='X']", position[0])
        ys = value(transform, "param[@name='position']/param[@name='Y']", position[1])
        scales = value(transform, "param[@name='scale']", scale[0])
        assert scales == value(transform, "param[@name='scale']", scale[1], 1), "the same both ways"
        trims = [value(rect, f"param[@name='{side}']", rect.get(side, "0")) for side in ("left", "top", "right", "bottom")]

        def at(frame: int) -> Shown:
            time = start + frame / self.fps
            enlarged = fit * line(scales, time)
            x, y = (line(keys, time) * height / 100 for keys in (xs, ys))
            left, top, right, bottom = (line(keys, time) * h / 100 for keys in trims)
            corner = width / 2 + x - enlarged * w / 2, height / 2 - y - enlarged * h / 2
            return Shown(enlarged, *corner, left, top, w - right, h - bottom)

        return at


def _seconds(text: str | None) -> Fraction:
    assert text is not None
    assert text.endswith("s")
    return Fraction(text[:-1])


def _whole(value: Fraction) -> int:
    assert value.denominator == 1, f"{value} is not a whole number of frames"
    return value.numerator


# --- XMEML


def read_xmeml(data: bytes) -> Cut:
    root = ET.fromstring(data)
    sequence = root.find("sequence")
    assert sequence is not None
    fps = Fraction(_text(sequence, "rate/timebase"))
    if _text(sequence, "rate/ntsc") == "TRUE":
        fps = fps * 1000 / 1001
    samples = "media/video/format/samplecharacteristics/"
    size = int(_text(sequence, samples + "width")), int(_text(sequence, samples + "height"))
    file = next(one for one in root.iter("file") if len(one))
    media = tuple(int(_text(file, f"media/video/samplecharacteristics/{side}")) for side in ("width", "height"))
    clips = []
    for number, track in enumerate(sequence.findall("media/video/track")):
        for item in track.findall("clipitem"):
            start, end, first, last = (int(_text(item, tag)) for tag in ("start", "end", "in", "out"))
            assert end - start == last - first
            clips.append(Clip(number, _text(item, "name"), start, end - start, first, _xmeml_shown(item, size, media, first)))
    sounds = len(sequence.findall("media/audio/track"))
    markers = [(int(_text(one, "in")), _text(one, "name")) for one in sequence.findall("marker")]
    start = int(_text(sequence, "timecode/frame"))
    return Cut(fps, size, start, clips, sounds, int(_text(file, "timecode/frame")), _text(file, "pathurl"), markers)


def _xmeml_shown(item: ET.Element, size: tuple[int, ...], media: tuple[int, ...], first: int) -> Callable[[int], Shown]:
    """Premiere's ``Basic Motion``, and ``Crop`` as percents of the source's own sides; keys have times of the source."""
    parameters = {
        _text(one, "parameterid"): one
        for effect in ("basic", "crop")
        for found in item.findall("filter/effect")
        if _text(found, "effectid") == effect
        for one in found.findall("parameter")
    }
    (width, height), (w, h) = size, media

    def keys(name: str, part: str = "") -> Keys:
        found = parameters[name].findall("keyframe")
        path = f"value{part}"
        return [(int(_text(key, "when")), float(_text(key, path))) for key in found] or [
            (0, float(_text(parameters[name], path)))
        ]

    scales, horiz, vert = keys("scale"), keys("center", "/horiz"), keys("center", "/vert")
    cuts = [keys(side) for side in ("left", "top", "right", "bottom")]
    assert cuts == [keys(f"{side}crop") for side in ("left", "top", "right", "bottom")]

    def at(frame: int) -> Shown:
        time = first + frame
        scale = line(scales, time) / 100
        middle = width / 2 + line(horiz, time) * w, height / 2 + line(vert, time) * h
        left, top, right, bottom = (line(one, time) / 100 for one in cuts)
        corner = middle[0] - scale * w / 2, middle[1] - scale * h / 2
        return Shown(scale, *corner, left * w, top * h, w - right * w, h - bottom * h)

    return at


def _text(element: ET.Element, path: str) -> str:
    found = element.find(path)
    assert found is not None, path
    return found.text or ""


# --- dualface's own JSON, and what it puts into OTIO


def read_json(data: bytes) -> Cut:
    document = json.loads(data)
    clips = [
        Clip(number, clip["name"], clip["start"], clip["length"], clip["source"], _plain_shown(clip["keyframes"]))
        for number, track in enumerate(document["tracks"])
        for clip in track["clips"]
    ]
    source, markers = document["source"], [(marker["frame"], marker["name"]) for marker in document["markers"]]
    return Cut(
        Fraction(document["rate"]["fps"]),
        (document["width"], document["height"]),
        document["start"]["frame"],
        clips,
        len(source["sound"]),
        source["start"]["frame"],
        source["url"],
        markers,
    )


def read_otio(data: bytes) -> Cut:
    """With OpenTimelineIO itself."""
    import opentimelineio as otio

    timeline: Any = otio.adapters.read_from_string(data.decode(), "otio_json")
    fps, own = timeline.global_start_time.rate, timeline.metadata["dualface"]
    exact = next(
        rate for n in (24, 25, 30, 48, 50, 60) for rate in (Fraction(n), Fraction(n * 1000, 1001)) if float(rate) == fps
    )
    clips = []
    for number, track in enumerate(timeline.video_tracks()):
        for clip in track.find_clips():
            keys = clip.effects[0].metadata["dualface"]["keyframes"]
            place, used = clip.range_in_parent(), clip.source_range
            source = used.start_time - clip.media_reference.available_range.start_time
            start, length, first = (round(time.value) for time in (place.start_time, used.duration, source))
            clips.append(Clip(number, clip.name, start, length, first, _plain_shown(keys)))
    reference = next(iter(timeline.find_clips())).media_reference
    markers = [(round(marker.marked_range.start_time.value), marker.name) for marker in timeline.tracks.markers]
    return Cut(
        exact,
        (own["width"], own["height"]),
        round(timeline.global_start_time.value),
        clips,
        len(timeline.audio_tracks()),
        round(reference.available_range.start_time.value),
        reference.target_url,
        markers,
    )


def _plain_shown(keyframes: Sequence[Any]) -> Callable[[int], Shown]:
    def keys(take: Callable[[Any], float]) -> Keys:
        return [(key["frame"], take(key)) for key in keyframes]

    series = [
        keys(lambda key: key["scale"]),
        keys(lambda key: key["x"]),
        keys(lambda key: key["y"]),
        keys(lambda key: key["crop"][0]),
        keys(lambda key: key["crop"][1]),
        keys(lambda key: key["crop"][0] + key["crop"][2]),
        keys(lambda key: key["crop"][1] + key["crop"][3]),
    ]
    return lambda frame: Shown(*(line(one, frame) for one in series))


READERS: dict[str, Callable[[bytes], Cut]] = {
    "fcpxml": read_fcpxml,
    "xmeml": read_xmeml,
    "json": read_json,
    "otio": read_otio,
}


def shown_in(cut: Cut, frame: int) -> Iterator[tuple[Clip, Shown]]:
    """The clips of a frame, the lowest first, and what is seen of each."""
    for clip in sorted(cut.clips, key=lambda one: one.track):
        if clip.start <= frame < clip.start + clip.length:
            yield clip, clip.shown(frame - clip.start)


def check_pictures(cut: Cut, plans: Sequence[FramePlan], within: float = 1.0) -> None:
    """Every placement of every frame is where the plan says, and shows what it says."""
    for n, plan in enumerate(plans):
        shown = list(shown_in(cut, n))
        assert len(shown) == len(plan.placements), f"frame {n}"
        for (_, seen), placement in zip(shown, plan.placements, strict=True):
            at = picture_rect(placement)
            assert np.abs(np.subtract(seen.on_canvas, (at.x, at.y, at.x + at.w, at.y + at.h))).max() < within
            assert np.abs(np.subtract(part_shown(seen, at), edges(placement))).max() < within


def part_shown(seen: Shown, at: Rect) -> tuple[float, ...]:
    """The part of the source that lies under a place, left, top, right and bottom."""
    corners = ((at.x, seen.x), (at.y, seen.y), (at.x + at.w, seen.x), (at.y + at.h, seen.y))
    return tuple((place - corner) / seen.scale for place, corner in corners)


def edges(placement: Placement) -> tuple[float, ...]:
    crop = placement.crop
    return crop.x, crop.y, crop.right, crop.bottom
