"""What comes out beside the pictures: timestamps, colour tags, the choice of stream, and what a container says."""

import gc
from contextlib import closing
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from av.video.frame import VideoFrame
from tests.support.films import Film, Tone, trimmed
from tests.support.odd_inputs import (
    FASTSTART,
    MILLISECONDS,
    UNEVEN,
    cover_picture,
    cut,
    damaged,
    joined,
    noise,
    taken_over_from_avi,
    two_streams,
)
from tests.support.video_files import VideoFile

from dualface.decode.software import SoftwareDecoder, probe
from dualface.types import ColorTags, Frame


def decode(path: Path) -> tuple[list[Frame], list[str]]:
    with closing(SoftwareDecoder(path)) as decoder:
        return list(decoder), decoder.stats.warnings


@pytest.mark.parametrize("name", ["film.mp4", "film.mkv", "film.mov"])
@pytest.mark.parametrize("bframes", ["0", "2"])
def test_uneven_timestamps_are_those_written(name: str, bframes: str, tmp_path: Path) -> None:
    spec = VideoFile(pts=UNEVEN, time_base=MILLISECONDS, options={"bf": bframes})
    frames, warnings = decode(spec.write(tmp_path / name))
    assert [frame.pts * frame.time_base for frame in frames] == [pts * MILLISECONDS for pts in UNEVEN]
    assert warnings == []


def test_an_uneven_rate_is_known_beforehand(tmp_path: Path) -> None:
    assert probe(VideoFile(pts=UNEVEN, time_base=MILLISECONDS).write(tmp_path / "uneven.mp4")).variable_rate
    assert not probe(VideoFile(options={"bf": "2"}).write(tmp_path / "even.mp4")).variable_rate
    assert not probe(VideoFile(rate=Fraction(30000, 1001)).write(tmp_path / "ntsc.mkv")).variable_rate
    assert not probe(VideoFile(options={"x264-params": "tff=1"}).write(tmp_path / "interlaced.ts")).variable_rate


def test_a_late_start_is_kept(tmp_path: Path) -> None:
    frames, _ = decode(VideoFile(sound=True).write(tmp_path / "film.ts"))
    assert frames[0].pts > 0
    assert [frame.pts - frames[0].pts for frame in frames] == [3600 * index for index in range(8)]


def test_a_clock_that_starts_anew_is_told(tmp_path: Path) -> None:
    frames, warnings = decode(joined(tmp_path))
    assert [frame.pts - frames[0].pts for frame in frames] == [3600 * index for index in range(16)]
    assert warnings == [
        f"{tmp_path / 'joined.ts'}: its clock starts anew or jumps at 0.3 s, as where recordings were joined; "
        "pictures and sound go on without a gap."
    ]


@pytest.mark.parametrize("codec", ["libx264", "mpeg4"])
@pytest.mark.parametrize("threads", [1, 3])
def test_b_frames_in_avi_are_shown_evenly(codec: str, threads: int, tmp_path: Path) -> None:
    """AVI notes when packets are decoded, which for pictures with B-frames is another order."""
    path = VideoFile(frames=30, codec=codec, options={"bf": "2"}).write(tmp_path / "film.avi", noise(30))
    with closing(SoftwareDecoder(path, threads=threads)) as decoder:
        assert [frame.pts * frame.time_base for frame in decoder] == [index * Fraction(1, 25) for index in range(30)]
        assert decoder.stats.warnings == []


def test_b_frames_taken_over_from_avi_are_shown_evenly(tmp_path: Path) -> None:
    film = VideoFile(frames=30, options={"bf": "2"}).write(tmp_path / "film.avi", noise(30))
    frames, warnings = decode(taken_over_from_avi(tmp_path, film))
    assert [frame.pts for frame in frames] == [40 * index for index in range(30)]
    assert warnings == []


def test_a_damaged_picture_of_an_avi_leaves_the_others_where_they_are(tmp_path: Path) -> None:
    spec = VideoFile(options={"bf": "2", "g": "8"})
    path = damaged("film.avi", spec, packets=slice(12, 13))(tmp_path)
    frames, _ = decode(path)
    assert 0 < len(frames) < 24
    assert [frame.pts for frame in frames[:6]] == list(range(6))
    assert [frame.pts for frame in frames[-6:]] == list(range(18, 24))


@pytest.mark.parametrize("name", ["film.avi", "film.mp4", "film.mkv", "film.ts"])
@pytest.mark.parametrize("at", [12, 18, 21])
def test_damage_near_the_end_costs_no_more_with_many_threads(at: int, name: str, tmp_path: Path) -> None:
    path = damaged(name, VideoFile(options={"bf": "2", "g": "8"}), packets=slice(at, at + 1))(tmp_path)
    seen = {}
    for threads in (1, 4, 16):
        with closing(SoftwareDecoder(path, threads=threads)) as decoder:
            seen[threads] = [frame.pts for frame in decoder], decoder.stats.corrupt_packets > 0
    assert seen[4] == seen[16] == seen[1]


@pytest.mark.parametrize("name", ["film.avi", "film.mkv"])
def test_reading_goes_on_in_the_middle_with_the_same_times(name: str, tmp_path: Path) -> None:
    path = VideoFile(frames=120, options={"bf": "2", "g": "20"}).write(tmp_path / name, noise(120))
    frames, _ = decode(path)
    for index in (70, 75, 83):
        with closing(SoftwareDecoder(path)) as decoder:
            assert decoder.seek(index, frames[index].pts)
            rest = list(decoder)
        assert [(frame.index, frame.pts) for frame in rest] == [(frame.index, frame.pts) for frame in frames[index:]]
        assert all(np.array_equal(a.planes[0], b.planes[0]) for a, b in zip(rest, frames[index:], strict=True))


def test_a_file_that_is_cut_off_is_told_and_where(tmp_path: Path) -> None:
    path = cut("cut.mp4", 0.6, FASTSTART)(tmp_path)
    frames, warnings = decode(path)
    seconds = float(frames[-1].pts * frames[-1].time_base) + 0.04
    assert len(warnings) == 1
    assert warnings[0].startswith(f"{path} is cut off after {seconds:.1f} s of pictures; ")


def test_damage_is_told(tmp_path: Path) -> None:
    path = damaged("damaged.mkv", VideoFile(codec="mpeg4"), keep=20)(tmp_path)
    _, warnings = decode(path)
    assert len(warnings) == 1
    assert f"{path} is damaged: " in warnings[0]


def test_durations_are_those_of_the_container(tmp_path: Path) -> None:
    frames, _ = decode(VideoFile(rate=Fraction(50)).write(tmp_path / "film.mp4"))
    assert [frame.duration * frame.time_base for frame in frames] == [Fraction(1, 50)] * 8


@pytest.mark.parametrize("tags", [ColorTags(), ColorTags(1, 1, 1), ColorTags(5, 6, 5), ColorTags(9, 14, 9)])
@pytest.mark.parametrize("pix_fmt", ["yuv420p", "yuv420p10le", "yuv444p"])
@pytest.mark.parametrize("name", ["film.mp4", "film.mkv"])
def test_colour_tags_come_out(name: str, pix_fmt: str, tags: ColorTags, tmp_path: Path) -> None:
    path = VideoFile(pix_fmt=pix_fmt, color=tags).write(tmp_path / name)
    frames, _ = decode(path)
    assert frames[0].color == tags
    assert probe(path).color == tags


def test_probing_tells_what_a_video_is(tmp_path: Path) -> None:
    spec = VideoFile(frames=10, rotation=90, sound=True, pixel_aspect=Fraction(4, 3), rate=Fraction(30000, 1001))
    info = probe(spec.write(tmp_path / "film.mp4"))
    assert (info.width, info.height, info.rotation) == (48, 85, 270)
    assert (info.total_frames, info.codec, info.pixel_format) == (10, "h264", "yuv420p")
    assert info.fps == Fraction(30000, 1001)
    assert info.has_audio
    assert not info.interlaced
    assert not info.hdr


@pytest.mark.parametrize(("codec", "name"), [("libx264", "h264"), ("libvpx-vp9", "vp9"), ("mpeg2video", "mpeg2video")])
def test_codecs_have_their_own_names_not_those_of_a_library(codec: str, name: str, tmp_path: Path) -> None:
    assert probe(VideoFile(codec=codec).write(tmp_path / "film.mkv")).codec == name


def test_frames_that_an_edit_list_cuts_away_are_not_expected(tmp_path: Path) -> None:
    path = trimmed(Film().write(tmp_path / "whole.mp4"), tmp_path / "film.mp4", Fraction(2, 5))
    assert len(decode(path)[0]) == 18
    assert probe(path).total_frames == 18


def test_sound_that_lasts_longer_is_not_counted_as_frames(tmp_path: Path) -> None:
    film = Film(tones=[Tone(seconds=1.5)])
    assert probe(film.write(tmp_path / "film.mkv")).total_frames == 30


def test_repeated_frames_of_an_avi_are_not_expected(tmp_path: Path) -> None:
    spec = VideoFile(codec="mpeg4", pts=[0, 1, 2, 3, 8, 9, 10, 15])
    path = spec.write(tmp_path / "film.avi")
    assert len(decode(path)[0]) == 8
    assert probe(path).total_frames == 8


def test_hdr_is_announced_with_the_tags_of_sdr(tmp_path: Path) -> None:
    spec = VideoFile(codec="ffv1", pix_fmt="yuv420p10le", color=ColorTags(9, 16, 9))
    info = probe(spec.write(tmp_path / "film.mkv"))
    assert info.hdr
    assert info.color == ColorTags(1, 1, 1)


def test_of_several_streams_the_default_is_taken_and_named(tmp_path: Path) -> None:
    frames, warnings = decode(two_streams(tmp_path))
    assert (frames[0].width, frames[0].height) == (64, 48)
    assert len(warnings) == 1
    assert "holds 2 video streams" in warnings[0]
    assert "stream 1" in warnings[0]


def test_a_cover_picture_is_no_video(tmp_path: Path) -> None:
    frames, warnings = decode(cover_picture(tmp_path))
    assert len(frames) == 8
    assert warnings == []


def test_a_stream_that_turns_interlaced_loses_no_frame(tmp_path: Path) -> None:
    parts = (VideoFile(), VideoFile(options={"x264-params": "tff=1"}), VideoFile())
    joined = b"".join(part.write(tmp_path / f"{number}.h264").read_bytes() for number, part in enumerate(parts))
    path = tmp_path / "mixed.h264"
    path.write_bytes(joined)
    frames, _ = decode(path)
    assert [frame.index for frame in frames] == list(range(24))


@pytest.mark.parametrize("threads", [1, 3])
def test_the_number_of_threads_changes_nothing(threads: int, tmp_path: Path) -> None:
    path = VideoFile(frames=20).write(tmp_path / "film.mp4")
    with closing(SoftwareDecoder(path, threads=threads)) as decoder:
        assert [frame.pts for frame in decoder] == [512 * index for index in range(20)]


def test_frames_are_freed_without_the_garbage_collector(tmp_path: Path) -> None:
    """PyAV ties a frame to its side data in a reference cycle; each would hold megabytes until the collector runs."""
    path = VideoFile(frames=30).write(tmp_path / "film.mp4")
    gc.collect()
    gc.disable()
    before = frames_alive()
    try:
        with closing(SoftwareDecoder(path)) as decoder:
            for _ in decoder:
                pass
            after = frames_alive()
    finally:
        gc.enable()
    assert after - before < 10


def frames_alive() -> int:
    return sum(issubclass(type(each), VideoFrame) for each in gc.get_objects())  # isinstance asks dead proxies too
