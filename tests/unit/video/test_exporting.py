"""Plans and their videos as timelines: rates, timecodes, lengths and sound are the file's own; nothing is overwritten."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from tests.support.editors import READERS, check_pictures
from tests.support.moving import interlaced_film
from tests.support.plans import LEFT, moving_plan
from tests.support.settings_of import settings_of
from tests.support.video_files import VideoFile

from dualface.api.plans import Plan
from dualface.errors import ConfigurationError, InputError, OutputError, OutputExistsError
from dualface.export.grid import EDITED, edited_rate, on_grid
from dualface.records.headers import RecordHeader
from dualface.timeline import SoundStream
from dualface.types import Speech, Talk
from dualface.video.exporting import timeline_of

NTSC = Fraction(30000, 1001)


def with_timecode(path: Path, rate: Fraction, timecode: str, frames: int = 60, *, sound: bool = True) -> Path:
    """A small video that has a timecode track."""
    plain = VideoFile(frames=frames, rate=rate, sound=sound).write(path.with_stem("plain"))
    with av.open(str(plain)) as source, av.open(str(path), "w", options={"write_tmcd": "on"}) as target:
        target.metadata["timecode"] = timecode
        streams = {stream.index: target.add_stream_from_template(stream) for stream in source.streams}
        for packet in source.demux():
            if packet.dts is not None:
                packet.stream = streams[packet.stream.index]
                target.mux(packet)
    return path


def plan_for(path: Path, folder: Path, rate: Fraction, *, frames: int = 60, start: float = 0.0, **keys: str) -> Plan:
    config = settings_of(folder, **{"framing__size": "640x360", "framing__caption_left": "Ann"} | keys)
    header = RecordHeader(path, 64, 48, rate, config.model_dump(mode="json"))
    plans = moving_plan(4, frames, fps=rate, source=(64, 48), canvas=(640, 360), start=start)
    return Plan(header, tuple(plans))


@pytest.mark.parametrize(
    ("rate", "timecode", "start", "drop"),
    [
        (Fraction(24000, 1001), "01:00:00:00", 86_400, False),
        (Fraction(25), "10:00:00:12", 900_012, False),
        (NTSC, "01:00:00:00", 108_000, False),
        (NTSC, "01:00:00;00", 107_892, True),
        (Fraction(60000, 1001), "00:59:59;59", 215_783, True),
    ],
)
def test_the_sources_timecode_counts(tmp_path: Path, rate: Fraction, timecode: str, start: int, drop: bool) -> None:
    video = with_timecode(tmp_path / "talk.mov", rate, timecode)
    plan = plan_for(video, tmp_path, rate)
    one = timeline_of("talk", plan.header, plan.frames, plan.config)
    assert (one.rate.fps, one.rate.drop, one.media.start, one.start) == (rate, drop, start, start)
    assert one.rate.timecode(start) == timecode
    assert one.media.frames == 60
    assert one.media.sound == (SoundStream(2, 48000),)
    for name, read in READERS.items():
        target = tmp_path / f"talk.{name}"
        plan.export(target, to=name)
        assert read(target.read_bytes()).media_start == start


def recorded(path: Path, rate: Fraction, timecode: str) -> Path:
    """MXF, as cameras and broadcasters write it: MPEG-2, each microphone a stream of its own, a timecode."""
    plain = VideoFile(frames=60, rate=rate, codec="mpeg2video").write(path.with_suffix(".mov"))
    with av.open(str(plain)) as source, av.open(str(path), "w") as target:
        target.metadata["timecode"] = timecode
        video = target.add_stream_from_template(source.streams.video[0])
        microphones = [target.add_stream("pcm_s16le", rate=48000, layout="mono") for _ in range(2)]
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = video
                target.mux(packet)
        for one in microphones:
            silence = av.AudioFrame.from_ndarray(np.zeros((1, round(60 / rate * 48000)), np.int16), layout="mono")
            silence.sample_rate = 48000
            target.mux([*one.encode(silence), *one.encode(None)])
    return path


@pytest.mark.parametrize(
    ("rate", "timecode", "start"), [(Fraction(25), "10:00:00:12", 900_012), (NTSC, "00:59:59;02", 107_864)]
)
def test_sources_in_mxf_are_exported(tmp_path: Path, rate: Fraction, timecode: str, start: int) -> None:
    video = recorded(tmp_path / "A001 'C003'.mxf", rate, timecode)
    plan = plan_for(video, tmp_path, rate)
    one = timeline_of("talk", plan.header, plan.frames, plan.config)
    assert (one.rate.fps, one.rate.timecode(start), one.media.start, one.media.frames) == (rate, timecode, start, 60)
    assert one.media.sound == (SoundStream(1, 48000), SoundStream(1, 48000))
    for name, read in READERS.items():
        target = tmp_path / f"talk.{name}"
        plan.export(target, to=name)
        film = read(target.read_bytes())
        assert film.media_start == start
        check_pictures(film, plan.frames)


@pytest.mark.parametrize(("first", "field"), [("tff", "upper"), ("bff", "lower")])
def test_which_field_comes_first_is_told_of_the_source(tmp_path: Path, first: str, field: str) -> None:
    video = interlaced_film(tmp_path / "talk.mp4", 64, 48, 60, first=first)
    plan = plan_for(video, tmp_path, Fraction(25))
    plan.export(tmp_path / "talk.xml", to="xmeml")
    assert f"<fielddominance>{field}</fielddominance>" in (tmp_path / "talk.xml").read_text()
    plan.export(tmp_path / "talk.fcpxml")
    assert f'fieldOrder="{field} first"' in (tmp_path / "talk.fcpxml").read_text()


def test_a_film_that_begins_in_the_middle_begins_there(tmp_path: Path) -> None:
    video = with_timecode(tmp_path / "talk.mov", Fraction(25), "01:00:00:00", frames=80)
    plan = plan_for(video, tmp_path, Fraction(25), start=20 / 25)
    one = timeline_of("talk", plan.header, plan.frames, plan.config)
    assert (one.source, one.start, one.media.frames) == (20, 90_020, 80)
    assert {clip.source - clip.start for track in one.tracks for clip in track.clips} == {20}


def test_rates_that_editors_do_not_work_at_become_multiples(tmp_path: Path) -> None:
    assert [edited_rate(Fraction(n), False) for n in (10, 12, 15, 20, 25, 30)] == [30, 24, 30, 60, 25, 30]
    assert edited_rate(Fraction(25, 2), False) == 25
    assert edited_rate(Fraction(2997, 100), False) == NTSC
    assert edited_rate(Fraction(2871, 100), True) == NTSC
    assert edited_rate(Fraction(239, 10), True) == Fraction(24000, 1001)
    plans = moving_plan(2, 30, fps=Fraction(15))
    shown = on_grid(plans, Fraction(15), Fraction(30))
    assert [frame.time for frame in shown[::2]] == [frame.time for frame in shown[1::2]] == [plan.time for plan in plans]
    assert sum(frame.cut for frame in shown) == sum(plan.cut for plan in plans)


def test_frames_of_uneven_length_are_shown_when_they_were(tmp_path: Path) -> None:
    """As editors conform them: in each frame of the constant rate, what is shown in its middle."""
    rng = np.random.default_rng(1)
    times = np.cumsum(rng.uniform(0.01, 0.09, 200))
    plans = [replace(plan, time=float(time)) for plan, time in zip(moving_plan(1, 200), times, strict=True)]
    shown = on_grid(plans, Fraction(20), Fraction(25))
    for n, frame in enumerate(shown):
        middle = times[0] + (n + 0.5) / 25
        assert frame.time <= middle
        assert not any(frame.time < time <= middle for time in times)
    assert abs(len(shown) / 25 - (times[-1] - times[0])) < 0.1
    assert [frame.index for frame in shown] == list(range(len(shown)))


def test_every_edited_rate_is_one() -> None:
    assert all(edited_rate(rate, False) == rate for rate in EDITED)


def test_milliseconds_do_not_move_frames(tmp_path: Path) -> None:
    """Matroska's times are rounded."""
    plans = moving_plan(3, 300, fps=NTSC)
    rounded = [replace(plan, time=round(plan.time, 3)) for plan in plans]
    assert [frame.placements for frame in on_grid(rounded, NTSC, NTSC)] == [plan.placements for plan in plans]


def test_a_phones_uneven_frames_are_told_and_kept_in_step(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    pts = np.cumsum(rng.integers(15, 60, 90)).tolist()
    video = VideoFile(frames=90, rate=Fraction(30), pts=pts, time_base=Fraction(1, 1000)).write(tmp_path / "phone.mp4")
    plan = plan_for(video, tmp_path, Fraction(30), frames=90)
    first = pts[0] / 1000
    uneven = replace(plan, frames=[replace(frame, time=time / 1000) for frame, time in zip(plan.frames, pts, strict=True)])
    notes = uneven.export(tmp_path / "phone.json")
    assert any("frame rate varies" in note for note in notes)
    read = READERS["json"]((tmp_path / "phone.json").read_bytes())
    assert read.fps in EDITED
    middles = [first + float((n + Fraction(1, 2)) / read.fps) for n in range(round((pts[-1] - pts[0]) / 1000 * read.fps))]
    check_pictures(read, [max((f for f in uneven.frames if f.time <= middle), key=lambda f: f.time) for middle in middles])


def test_what_is_there_stays_unless_it_may_be_replaced(tmp_path: Path) -> None:
    video = VideoFile(frames=10).write(tmp_path / "talk.mp4")
    plan = plan_for(video, tmp_path, Fraction(25), frames=10)
    target = tmp_path / "talk.fcpxml"
    target.write_text("mine")
    with pytest.raises(OutputExistsError, match="exists already"):
        plan.export(target)
    assert target.read_text() == "mine"
    plan.export(target, overwrite=True)
    assert b"<fcpxml" in target.read_bytes()
    with pytest.raises(OutputError, match="is the input itself"):
        plan.export(video, to="json", overwrite=True)
    with pytest.raises(ConfigurationError, match=r"does not say which format.*\.fcpxml"):
        plan.export(tmp_path / "talk.txt")
    with pytest.raises(ConfigurationError, match="There is no export format named 'fcpxm'; did you mean fcpxml"):
        plan.export(tmp_path / "talk.x", to="fcpxm")


def test_the_video_may_have_moved_but_must_be_the_plans(tmp_path: Path) -> None:
    video = VideoFile(frames=10).write(tmp_path / "talk.mp4")
    plan = plan_for(video, tmp_path, Fraction(25), frames=10)
    moved = video.rename(tmp_path / "moved.mp4")
    with pytest.raises(InputError, match=r"talk\.mp4.*does not exist"):
        plan.export(tmp_path / "talk.edl")
    plan.export(tmp_path / "talk.edl", source=moved)
    assert "moved.mp4" in (tmp_path / "talk.edl").read_text()
    other = VideoFile(width=96, frames=10).write(tmp_path / "other.mp4")
    with pytest.raises(InputError, match="96x48 pixels, but the plan was made for 64x48"):
        plan.export(tmp_path / "other.edl", source=other)


def test_people_are_called_by_their_captions_else_by_their_places(tmp_path: Path) -> None:
    video = VideoFile(frames=60).write(tmp_path / "talk.mp4")
    plan = plan_for(video, tmp_path, Fraction(25))
    one = timeline_of("talk", plan.header, plan.frames, plan.config)
    assert [track.name for track in one.tracks] == ["Ann", "Right"]
    assert {marker.name for marker in one.markers if "away" not in marker.name} == {"Ann", "Right"}
    assert not one.media.sound


def test_a_larger_tolerance_takes_fewer_keyframes(tmp_path: Path) -> None:
    video = VideoFile(frames=60).write(tmp_path / "talk.mp4")
    plan = plan_for(video, tmp_path, Fraction(25), export__tolerance="2")
    counts = []
    for name, tolerance in (("fine.json", 0.1), ("usual.json", None), ("coarse.json", 20)):
        plan.export(tmp_path / name, tolerance=tolerance)
        read = READERS["json"]((tmp_path / name).read_bytes())
        check_pictures(read, plan.frames, within=1 + (tolerance or 2))
        counts.append((tmp_path / name).read_text().count('"scale"'))
    assert counts[0] > counts[1] > counts[2]


def test_doubts_are_markers(tmp_path: Path) -> None:
    video = VideoFile(frames=60).write(tmp_path / "talk.mp4")
    plan = plan_for(video, tmp_path, Fraction(25))
    unsure = {"from": 0.4, "to": 1.2, "person": LEFT, "confidence": 0.62, "why": "by clothes"}
    header = RecordHeader(video, 64, 48, Fraction(25), plan.header.settings, "", (unsure,))
    one = timeline_of("talk", header, plan.frames, plan.config)
    [doubt] = [marker for marker in one.markers if marker.kind == "doubt"]
    assert (doubt.frame, doubt.length, doubt.name, doubt.note) == (10, 21, "Ann?", "62% sure: by clothes")
    saved = tmp_path / "talk.plan.jsonl.gz"
    Plan(header, plan.frames).save(saved)
    assert Plan.load(saved).concerns()[0].why == "by clothes"


def test_who_speaks_is_exported_as_markers_turns_and_rttm(tmp_path: Path) -> None:
    video = VideoFile(frames=60).write(tmp_path / "talk.mp4")
    plan = plan_for(video, tmp_path, Fraction(25))
    with pytest.raises(InputError, match="--speech"):
        plan.export(tmp_path / "talk.rttm")
    talks = [Talk.LEFT] * 20 + [Talk.BOTH] * 10 + [Talk.NOBODY] * 15 + [Talk.OFF] * 15
    frames = [replace(frame, speech=Speech(talk, 0.9)) for frame, talk in zip(plan.frames, talks, strict=True)]
    spoken = replace(plan, frames=frames)
    for name in ("talk.rttm", "talk.turns.csv", "talk.timeline.json"):
        spoken.export(tmp_path / name)
    markers = [one for one in json.loads((tmp_path / "talk.timeline.json").read_text())["markers"] if one["kind"] == "speaker"]
    assert [(one["frame"], one["length"], one["name"]) for one in markers] == [
        (0, 20, "Ann speaks"),
        (20, 10, "Ann and Right speak"),
        (45, 15, "somebody else speaks"),
    ]
    rttm = [line.split() for line in (tmp_path / "talk.rttm").read_text().splitlines()]
    assert [(one[3], one[4], one[7]) for one in rttm] == [
        ("0.000", "1.200", "Ann"),
        ("0.800", "0.400", "right"),
        ("1.800", "0.560", "off"),
    ]
    rows = list(csv.DictReader((tmp_path / "talk.turns.csv").read_text().splitlines()))
    assert [row["speaker"] for row in rows] == ["left", "both", "nobody", "off"]
