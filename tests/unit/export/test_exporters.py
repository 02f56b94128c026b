"""What editing programs read in the exported files is what the plan says: pictures to the pixel, times to the frame."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import opentimelineio as otio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.editors import READERS, check_pictures, shown_in
from tests.support.plans import LEFT, RIGHT, moving_plan

from dualface import registry
from dualface.export.building import Film, build_timeline, motion, pieces
from dualface.export.thinning import thinned
from dualface.timeline import Marker, MarkerKind, SoundStream, SourceMedia, Timeline, TimelineRate
from dualface.types import FramePlan

FOLDER = Path("/films")
NTSC = Fraction(30000, 1001)
RATES = [
    TimelineRate(Fraction(24000, 1001)),
    TimelineRate(Fraction(25)),
    TimelineRate(NTSC),
    TimelineRate(NTSC, drop=True),
    TimelineRate(Fraction(60000, 1001), drop=True),
]
STEREO = (SoundStream(2, 48000),)


def timeline(
    plans: list[FramePlan],
    rate: TimelineRate = RATES[1],
    *,
    source: tuple[int, int] = (1920, 1080),
    canvas: tuple[int, int] = (1920, 1080),
    begin: int = 7,
    start: int = 107892,
    path: Path = Path("/media/talk's & more – 1.mov"),
    markers: tuple[Marker, ...] = (),
) -> Timeline:
    media = SourceMedia(path, *source, frames=begin + len(plans) + 20, start=start, fps=rate.fps, sound=STEREO)
    film = Film("talk", *canvas, {LEFT: "Ann", RIGHT: "Bob"})
    return build_timeline(plans, film, media, rate, begin, markers)


def exported(one: Timeline, name: str) -> bytes:
    data: bytes = registry.make("exporter", name).export(one, FOLDER)
    return data


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("rate", RATES, ids=str)
def test_the_keyframes_show_the_plans_crops_at_every_rate(name: str, rate: TimelineRate) -> None:
    plans = moving_plan(3, fps=rate.fps)
    one = timeline(plans, rate)
    cut = READERS[name](exported(one, name))
    assert (cut.fps, cut.size, cut.media_start, cut.start) == (rate.fps, (1920, 1080), 107892, 107899)
    check_pictures(cut, plans)
    for clip in cut.clips:
        assert clip.source == clip.start + 7, "nothing is moved in time"


@pytest.mark.parametrize("name", READERS)
@given(
    st.integers(0, 10_000), st.sampled_from([(1920, 1080), (3840, 2160), (1280, 720), (1080, 1920), (640, 480)]), st.booleans()
)
@settings(max_examples=6, deadline=None)
def test_the_keyframes_show_the_plans_crops_whatever_the_sizes(
    name: str, seed: int, source: tuple[int, int], tall: bool
) -> None:
    canvas = (1080, 1920) if tall else (1920, 1080)
    plans = moving_plan(seed, 40, source=source, canvas=canvas)
    check_pictures(READERS[name](exported(timeline(plans, source=source, canvas=canvas), name)), plans)


@given(st.integers(0, 10_000), st.floats(0.1, 3.0))
@settings(max_examples=25, deadline=None)
def test_what_is_left_out_is_never_off_by_more_than_the_tolerance(seed: int, tolerance: float) -> None:
    plans = [plan for plan in moving_plan(seed, 200) if plan.layout == "split"][:150]
    if not plans:
        return
    places = motion([plan.placements[0] for plan in plans])
    kept = thinned(places, tolerance)
    assert {0, len(places) - 1} <= set(kept)
    assert kept == sorted(set(kept))
    straight = np.stack([np.interp(np.arange(len(places)), kept, places[kept, n]) for n in range(7)], 1)
    there = places[:, [1, 2, 1, 2]] + places[:, :1] * places[:, 3:]
    for edge in (places[:, 3:], straight[:, 3:]):
        off = np.abs(straight[:, [1, 2, 1, 2]] + straight[:, :1] * edge - there)
        assert off.max() <= tolerance + 1e-6


def test_a_camera_that_stands_still_or_pans_evenly_needs_few_keyframes() -> None:
    still = np.tile([0.5, 10, 20, 0, 0, 100, 100], (500, 1)).astype(float)
    assert thinned(still) == [0, 499]
    panning = still + np.arange(500)[:, None] * np.array([0, -0.5, 0, 1, 0, 1, 0])
    assert thinned(panning) == [0, 499]
    jumping = panning.copy()
    jumping[250:, 1] += 50
    assert thinned(jumping) == [0, 249, 250, 499]


def test_tracks_are_cut_at_cuts_and_where_the_layout_changes() -> None:
    plans = moving_plan(5, 200)
    one = timeline(plans)
    starts = {first for first, _ in pieces(plans)}
    changes = {n for n in range(1, 200) if plans[n].cut or plans[n].layout != plans[n - 1].layout}
    assert starts == {0} | changes
    assert {start for start, _ in one.shots} == starts
    for track in one.tracks:
        assert {clip.start for clip in track.clips} <= starts
        people = {clip.person for clip in track.clips} - {None}
        assert len(people) == 1, "each person has a track"
    assert [track.name for track in one.tracks] == ["Ann", "Bob"]


def test_one_alone_fills_the_picture_on_a_track_of_their_own() -> None:
    plans = moving_plan(1, 300)
    cut = READERS["fcpxml"](exported(timeline(plans), "fcpxml"))
    alone = [list(shown_in(cut, n)) for n, plan in enumerate(plans) if plan.layout == "full"]
    assert alone
    for ((clip, seen),) in alone:
        assert (clip.track, clip.name) == (1, "Bob"), "above the gap of whoever is not there"
        assert np.abs(np.subtract(seen.on_canvas, (0, 0, 1920, 1080))).max() < 1


MARKERS = (
    Marker(3, 1, "Ann", "seen for the first time", MarkerKind.PERSON),
    Marker(40, 12, "Bob?", "62% sure: by clothes", MarkerKind.DOUBT),
)


@pytest.mark.parametrize("name", READERS)
def test_markers_sound_and_the_source_are_there(name: str) -> None:
    cut = READERS[name](exported(timeline(moving_plan(3), markers=MARKERS), name))
    assert cut.markers == [(3, "Ann"), (40, "Bob?")]
    assert cut.sounds == (2 if name == "xmeml" else 1)
    host = "localhost" if name == "xmeml" else ""
    assert cut.url == f"file://{host}/media/talk%27s%20%26%20more%20%E2%80%93%201.mov"


@pytest.mark.parametrize("rate", RATES, ids=str)
def test_others_read_the_xmeml(rate: TimelineRate) -> None:
    """OpenTimelineIO's adapter."""
    plans = moving_plan(3, fps=rate.fps)
    one = timeline(plans, rate, markers=MARKERS)
    read: Any = otio.adapters.read_from_string(exported(one, "xmeml").decode(), "fcp_xml")
    assert read.global_start_time == otio.opentime.RationalTime(107899, float(rate.fps))
    assert [len(list(track.find_clips())) for track in read.video_tracks()] == [len(track.clips) for track in one.tracks]
    for track, own in zip(read.video_tracks(), one.tracks, strict=True):
        for clip, mine in zip(track.find_clips(), own.clips, strict=True):
            place = clip.range_in_parent()
            assert (clip.name, place.start_time.value, place.duration.value) == (mine.name, mine.start, mine.length)
            assert clip.source_range.start_time.value == 107892 + mine.source
            assert clip.media_reference.available_range.start_time.value == 107892
            assert {effect.name for effect in clip.effects} == {"Basic Motion", "Crop"}
    assert len(read.audio_tracks()) == 2
    assert [marker.name for marker in read.tracks.markers] == ["Ann", "Bob?"]


@pytest.mark.parametrize("rate", [RATES[1], TimelineRate(Fraction(30))], ids=str)
def test_others_read_the_fcpxml(rate: TimelineRate) -> None:
    """OpenTimelineIO's adapter, which knows rates of whole numbers only, and takes the first timecode for a gap."""
    plans = moving_plan(3, fps=rate.fps)
    one = timeline(plans, rate, start=0, begin=0, markers=MARKERS)
    collection: Any = otio.adapters.read_from_string(exported(one, "fcpxml").decode(), "fcpx_xml")
    read = collection[0]
    lanes = {track.name: track for track in read.tracks}
    for lane, own in enumerate(one.tracks):
        clips = list(lanes[str(lane)].find_clips())
        assert [clip.name for clip in clips] == [mine.name for mine in own.clips]
        for clip, mine in zip(clips, own.clips, strict=True):
            assert round(clip.range_in_parent().start_time.value) == mine.start
            assert round(clip.source_range.start_time.value) == mine.source
            assert round(clip.source_range.duration.value) == mine.length


@pytest.mark.parametrize("rate", RATES, ids=str)
def test_the_edit_decision_list_has_the_cuts(rate: TimelineRate) -> None:
    """Read by OpenTimelineIO's adapter."""
    plans = moving_plan(3, fps=rate.fps)
    one = timeline(plans, rate, markers=MARKERS)
    text = exported(one, "edl").decode()
    assert f"FCM: {'DROP FRAME' if rate.drop else 'NON-DROP FRAME'}\n" in text
    assert text.count("* LOC: ") == 2
    read: Any = otio.adapters.read_from_string(text, "cmx_3600", rate=float(rate.fps))
    clips = list(read.video_tracks()[0].find_clips())
    assert [(clip.name, round(clip.source_range.start_time.value), round(clip.duration().value)) for clip in clips] == [
        ("talk's & more – 1.mov", 107899 + start, length) for start, length in one.shots
    ]
    assert len(read.audio_tracks()) == 2


def test_the_table_has_a_row_for_each_keyframe() -> None:
    one = timeline(moving_plan(3), RATES[3])
    lines = exported(one, "csv").decode().split("\r\n")
    assert len(lines) == 2 + sum(len(clip.keyframes) for track in one.tracks for clip in track.clips)
    first = dict(zip(lines[0].split(","), lines[1].split(","), strict=True))
    assert first["timecode"] == first["source_timecode"] == "01:00:00;07"
    assert first["name"] in ("Ann", "Bob", "Scene")


def test_the_path_from_the_file_is_in_the_json() -> None:
    document = json.loads(exported(timeline(moving_plan(1)), "json"))
    assert document["source"]["relative_path"] == "../media/talk's & more – 1.mov"
    assert document["schema"] == "dualface.timeline/1"


def test_an_fcpxml_has_its_elements_in_the_order_that_final_cut_insists_on() -> None:
    """As Apple's document type definition has them; another order is refused."""
    root = ET.fromstring(exported(timeline(moving_plan(3), markers=MARKERS), "fcpxml"))
    assert root.get("version") == "1.10"
    order = ["adjust-crop", "adjust-conform", "adjust-transform", "video", "audio", "clip", "marker"]
    for clip in root.iter("clip"):
        tags = [child.tag for child in clip]
        assert tags == sorted(tags, key=order.index)
    resources = {one.get("id") for one in root.iter() if one.get("id")}
    assert {one.get("ref") for one in root.iter() if one.get("ref")} <= resources


def test_a_film_without_sound_has_none() -> None:
    one = timeline(moving_plan(3))
    silent = replace(one, media=replace(one.media, sound=()))
    for name, read in READERS.items():
        assert read(exported(silent, name)).sounds == 0
    assert " V     C " in exported(silent, "edl").decode()


@pytest.mark.parametrize("name", ["fcpxml", "xmeml", "otio", "edl", "csv", "json"])
def test_names_of_any_kind_do_no_harm(name: str) -> None:
    odd = timeline(moving_plan(3), path=Path('/a\nb/<c> "d" & e\u0007\udcff\U0001f600.mov'))
    data = exported(replace(odd, name="\u0000]]><x>"), name)
    assert data == exported(replace(odd, name="\u0000]]><x>"), name)
    if name in READERS:
        assert len(READERS[name](data).clips) == sum(len(track.clips) for track in odd.tracks)


@pytest.mark.parametrize(
    ("rate", "frames", "text"),
    [
        (TimelineRate(Fraction(25)), 90_000 + 24, "01:00:00:24"),
        (TimelineRate(NTSC), 108_000, "01:00:00:00"),
        (TimelineRate(NTSC, drop=True), 107_892, "01:00:00;00"),
        (TimelineRate(NTSC, drop=True), 1_799, "00:00:59;29"),
        (TimelineRate(NTSC, drop=True), 1_800, "00:01:00;02"),
        (TimelineRate(NTSC, drop=True), 17_982, "00:10:00;00"),
        (TimelineRate(NTSC, drop=True), 17_981, "00:09:59;29"),
        (TimelineRate(Fraction(60000, 1001), drop=True), 3_600, "00:01:00;04"),
        (TimelineRate(Fraction(24000, 1001)), 86_400 * 24 + 1, "00:00:00:01"),
    ],
)
def test_timecodes_are_those_of_smpte(rate: TimelineRate, frames: int, text: str) -> None:
    assert rate.timecode(frames) == text
    if frames < 86_400 * 24:
        theirs = otio.opentime.from_timecode(text, float(rate.fps))
        assert round(theirs.value) == frames
