from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import closing
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import pytest
from tests.support.films import CLICK_SECONDS, Film, Tone, boxes, click_seconds, of_kind, streams, trimmed
from tests.support.limits import file_size_limit

from dualface.errors import DiskFullError, InputError, OutputError, OutputExistsError, StoppedError
from dualface.render.encode.settings import EncoderSettings
from dualface.render.encode.software import SoftwareEncoder
from dualface.render.mux.assemble import assemble
from dualface.render.mux.report import MuxReport
from dualface.render.mux.segments import Segment, SegmentWriter
from dualface.testing.canvases import canvas, encode_all, psnr, tags
from dualface.types import ColorTags

COLOR = ColorTags(9, 14, 9)
UNEVEN = tuple(n * 512 + (n % 3) * 170 for n in range(30))
TS_CLOCK = Fraction(1, 90000)


def pictures(
    source: Path,
    folder: Path,
    *,
    first: int = 0,
    count: int | None = None,
    earlier: list[Segment] | None = None,
    **settings: Any,
) -> list[Segment]:
    """Segments with a canvas for each picture of the source, from ``first`` on."""
    with av.open(str(source)) as container:
        base = container.streams.video[0].time_base
        assert base is not None
        stamps = sorted(packet.pts for packet in container.demux(video=0) if packet.pts is not None)
    wanted = EncoderSettings(**{"bitrate_kbps": 300, "gop": 5, "threads": 1, **settings})
    encoder = SoftwareEncoder(96, 64, Fraction(30), base, COLOR, wanted, variable_rate=True)
    last = len(stamps) if count is None else first + count
    frames = [canvas(n, stamps[n], time_base=base, duration=round(Fraction(1, 30) / base)) for n in range(first, last)]
    with closing(encoder), SegmentWriter(folder, encoder.stream, seconds=0.3, segments=earlier or ()) as writer:
        for packet in encode_all(encoder, frames):
            writer.write(packet)
        writer.finish()
    return writer.segments


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., tuple[Path, Path, MuxReport]]:
    """Writes a film, encodes canvases for it and assembles them; returns source, output and report."""

    def run(
        film: Film, source: str = "source.mp4", container: Any = "mp4", *, count: int | None = None, **how: Any
    ) -> tuple[Path, Path, MuxReport]:
        path = film.write(tmp_path / source)
        segments = pictures(path, tmp_path / "work", count=count)
        output = tmp_path / f"output.{container}"
        return path, output, assemble(segments, path, output, container=container, **how)

    return run


@pytest.fixture
def ready(tmp_path: Path) -> tuple[list[Segment], Path, Path]:
    """Segments, source and a destination that does not exist yet."""
    source = Film().write(tmp_path / "source.mp4")
    return pictures(source, tmp_path / "work"), source, tmp_path / "out" / "output.mp4"


def leftovers(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.name.startswith(".")]


def relation(path: Path) -> list[Fraction]:
    """Where each sound stream begins, in seconds after the first picture."""
    found = streams(path)
    return [stream.starts[0] - found[0].starts[0] for stream in found if stream.kind == "audio"]


def test_names_with_colons_in_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Film().write(tmp_path / "plain.mp4").rename("a:b.mp4")
    segments = pictures(tmp_path / "a:b.mp4", Path(".a:b.mp4.work"))
    assert assemble(segments, Path("a:b.mp4"), Path("c:d.mp4")).sound_copied == 1
    assert [stream.kind for stream in streams(tmp_path / "c:d.mp4")] == ["video", "audio"]


def test_sound_is_copied_bit_for_bit_and_keeps_its_timestamps(make: Any) -> None:
    source, output, report = make(Film(stamps=UNEVEN))
    before, after = streams(source), streams(output)
    assert report == MuxReport(sound_copied=1)
    assert after[1].payload == before[1].payload
    assert after[1].starts == before[1].starts
    assert after[0].starts == before[0].starts == [Fraction(stamp, 15360) for stamp in UNEVEN]
    assert leftovers(output.parent) == []


@pytest.mark.parametrize("container", ["mp4", "mov", "mkv"])
@pytest.mark.parametrize("source", ["source.mp4", "source.mov", "source.mkv", "source.ts"])
def test_pictures_and_sound_keep_their_relation(make: Any, source: str, container: str) -> None:
    film = Film(stamps=[n * 3003 for n in range(30)], time_base=TS_CLOCK, tones=[Tone(start=0.1)])
    path, output, report = make(film, source, container)
    assert report.sound_copied == 1
    coarse = "mkv" in (container, path.suffix[1:])
    assert relation(output) == pytest.approx(relation(path), abs=0.001 if coarse else 1e-9)
    assert click_seconds(output) == pytest.approx(click_seconds(path), abs=0.001 if coarse else 1 / 48000)


@pytest.mark.parametrize("offset", [-0.7, -0.25, 0.25, 0.7])
def test_late_pictures_and_late_sound_stay_late(make: Any, offset: float) -> None:
    late = round(max(-offset, 0) * 15360)
    film = Film(stamps=[late + n * 512 for n in range(30)], tones=[Tone(start=max(offset, 0))])
    source, output, _ = make(film)
    assert relation(output) == relation(source)
    assert relation(source) == pytest.approx([offset - 1024 / 48000], abs=0.001)  # the encoder's priming


def test_a_clock_that_starts_anywhere_starts_at_zero(make: Any) -> None:
    film = Film(stamps=[900000 + n * 3000 for n in range(30)], time_base=TS_CLOCK, tones=[Tone(codec="mp2", start=10.2)])
    source, output, _ = make(film, "source.ts", audio="copy")
    before, after = streams(source), streams(output)
    assert before[0].starts[0] > 9
    assert after[0].starts[0] == 0
    assert [a - b for a, b in zip(after[0].starts, before[0].starts, strict=True)] == [-before[0].starts[0]] * 30
    assert relation(output) == pytest.approx(relation(source), abs=1 / 48000)
    assert after[1].payload == before[1].payload


def test_of_sound_that_an_edit_list_cuts_away_matroska_gets_one_packet(tmp_path: Path) -> None:
    """It has no edit lists, and a decoder needs what comes before."""
    source = trimmed(Film().write(tmp_path / "whole.mp4"), tmp_path / "source.mp4", Fraction(3, 10))
    segments = pictures(source, tmp_path / "work", first=9, count=21)
    assemble(segments, source, tmp_path / "output.mkv", container="mkv")
    assert -1024 / 48000 - 0.001 <= relation(tmp_path / "output.mkv")[0] <= 0


def test_adts_loses_its_headers_only(make: Any) -> None:
    source, output, _ = make(Film(time_base=TS_CLOCK, stamps=range(0, 90000, 3000)), "source.ts")
    before, after = of_kind(source, "audio")[0], of_kind(output, "audio")[0]
    assert [payload[7:] for payload in before.payload] == after.payload


@pytest.mark.parametrize("container", ["mp4", "mov", "mkv"])
def test_all_sound_streams_keep_language_title_and_role(make: Any, container: str) -> None:
    tones = [
        Tone(language="kor", title="원음", disposition=1),
        Tone(codec="ac3", layout="5.1", language="eng", title="Dubbed"),
        Tone(codec="libmp3lame", rate=44100, layout="mono", language="fra", disposition=4),
    ]
    source, output, report = make(Film(tones=tones), "source.mkv", container)
    before, after = of_kind(source, "audio"), of_kind(output, "audio")
    assert report.sound_copied == 3
    assert [stream.codec for stream in after] == ["aac", "ac3", "mp3"]
    assert [stream.metadata["language"] for stream in after] == ["kor", "eng", "fra"]
    assert [stream.payload for stream in after] == [stream.payload for stream in before]
    titled = [stream.metadata.get("title" if container == "mkv" else "handler_name") for stream in after]
    assert titled[:2] == ["원음", "Dubbed"]
    if container == "mkv":
        assert [stream.disposition for stream in after] == [stream.disposition for stream in before]


@pytest.mark.parametrize(
    ("tone", "source", "container"),
    [
        (Tone(codec="pcm_u8", layout="mono", rate=22050), "source.avi", "mp4"),
        (Tone(codec="wmav2", rate=44100), "source.asf", "mp4"),
        (Tone(codec="libopus"), "source.mkv", "mov"),
        (Tone(codec="pcm_u8", layout="5.1"), "source.mkv", "mp4"),
        (Tone(codec="pcm_u8", start=0.25), "source.mkv", "mp4"),
    ],
)
def test_other_sound_becomes_aac_in_sync(make: Any, tone: Tone, source: str, container: str) -> None:
    path, output, report = make(Film(tones=[tone]), source, container)
    assert report == MuxReport(sound_transcoded=1)
    with av.open(str(output)) as found:
        context = found.streams.audio[0].codec_context
        assert (context.name, context.sample_rate) == ("aac", tone.rate)
        assert context.layout.nb_channels == {"mono": 1, "stereo": 2, "5.1": 6}[tone.layout]
    assert click_seconds(output) == pytest.approx(click_seconds(path), abs=0.003)
    last = [of_kind(file, "audio")[0].starts[-1] for file in (path, output)]
    assert last[1] == pytest.approx(last[0], abs=0.1)


def test_a_gap_in_transcoded_sound_becomes_silence(tmp_path: Path) -> None:
    whole = Film(tones=[Tone(codec="pcm_u8", seconds=1.0)]).write(tmp_path / "whole.mkv")
    source = tmp_path / "source.mkv"
    with av.open(str(whole)) as before, av.open(str(source), "w") as after:
        outputs = [after.add_stream_from_template(stream, opaque=True) for stream in before.streams]
        for packet in before.demux():
            if packet.size and not (packet.stream.type == "audio" and 0.2 < (packet.pts or 0) * packet.time_base < 0.4):
                packet.stream = outputs[packet.stream_index]
                after.mux(packet)
    output = tmp_path / "output.mp4"
    assemble(pictures(source, tmp_path / "work"), source, output)
    assert click_seconds(output) == pytest.approx(CLICK_SECONDS, abs=0.003)


def test_a_film_without_sound(make: Any) -> None:
    _, output, report = make(Film(tones=[]))
    assert report == MuxReport()
    assert [stream.kind for stream in streams(output)] == ["video"]


@pytest.mark.parametrize("container", ["mp4", "mov", "mkv"])
def test_title_and_chapters_are_kept(make: Any, container: str) -> None:
    film = Film(
        metadata={"title": "Two people", "artist": "A & B", "comment": "한국어"},
        chapters=[(0.0, 0.4, "Hello"), (0.4, 1.0, "Bye")],
    )
    _, output, _ = make(film, container=container)
    with av.open(str(output)) as found:
        described = {key.lower(): value for key, value in found.metadata.items()}
        chapters = found.chapters()
    assert described["title"] == "Two people"
    assert described["artist"] == "A & B"
    assert described["comment"] == "한국어"
    assert [(float(c["start"] * (c["time_base"] or 0)), c["metadata"]["title"]) for c in chapters] == [
        (0, "Hello"),
        (0.4, "Bye"),
    ]


def test_chapters_move_with_the_clock(make: Any) -> None:
    film = Film(
        stamps=[10000 + n * 33 for n in range(30)],
        time_base=Fraction(1, 1000),
        tones=[Tone(start=10.0)],
        chapters=[(10.0, 10.5, "Hello"), (10.5, 11.0, "Bye")],
    )
    source, output, _ = make(film, "source.mkv")
    with av.open(str(source)) as before, av.open(str(output)) as after:
        shift = streams(source)[0].starts[0] - streams(output)[0].starts[0]
        expected = [c["start"] * (c["time_base"] or 0) - shift for c in before.chapters()]
        assert shift > 9
        assert [c["start"] * (c["time_base"] or 0) for c in after.chapters()] == pytest.approx(expected, abs=0.001)


def test_what_describes_the_old_file_is_not_copied(make: Any) -> None:
    source, output, _ = make(Film(), "source.mkv", "mkv")
    assert "DURATION" in of_kind(source, "audio")[0].metadata
    _, output, _ = make(Film(), "source2.mkv", "mov")
    assert not {"duration", "encoder"} & {key.lower() for key in of_kind(output, "audio")[0].metadata}


@pytest.mark.parametrize("container", ["mp4", "mov", "mkv"])
def test_pictures_are_upright_already(make: Any, container: str) -> None:
    source, output, _ = make(Film(rotation=90), container=container)
    with av.open(str(source)) as before, av.open(str(output)) as after:
        assert next(before.decode(video=0)).rotation == 90
        assert next(after.decode(video=0)).rotation == 0


@pytest.mark.parametrize("container", ["mp4", "mov"])
def test_the_index_is_in_front(make: Any, container: str) -> None:
    _, output, _ = make(Film(), container=container)
    found = boxes(output)
    assert found.index("moov") < found.index("mdat")


@pytest.mark.parametrize("container", ["mp4", "mov", "mkv"])
@pytest.mark.parametrize("codec", ["h264", "hevc", "av1"])
def test_every_codec_in_every_container(tmp_path: Path, codec: str, container: Any) -> None:
    if (codec, container) == ("av1", "mov"):
        pytest.skip("QuickTime has no AV1")
    source = Film(stamps=UNEVEN).write(tmp_path / "source.mp4")
    output = tmp_path / f"output.{container}"
    assemble(pictures(source, tmp_path / "work", codec=codec), source, output, container=container)
    with av.open(str(output)) as found:
        frames = list(found.decode(video=0))
    start = frames[0].time or 0  # Matroska has no time below 0, where the sound's priming is
    assert [(frame.time or 0) - start for frame in frames] == pytest.approx([stamp / 15360 for stamp in UNEVEN], abs=0.001)
    assert min(psnr(frame, n) for n, frame in enumerate(frames)) > 26
    assert tags(frames[0]) == COLOR


def test_hevc_is_named_as_apples_players_ask(tmp_path: Path) -> None:
    source = Film().write(tmp_path / "source.mp4")
    assemble(pictures(source, tmp_path / "work", codec="hevc"), source, tmp_path / "output.mp4")
    with av.open(str(tmp_path / "output.mp4")) as found:
        assert found.streams.video[0].codec_context.codec_tag == "hvc1"


def test_b_frames_keep_every_timestamp(tmp_path: Path) -> None:
    source = Film(stamps=UNEVEN).write(tmp_path / "source.mp4")
    assemble(pictures(source, tmp_path / "work", b_frames=2), source, tmp_path / "output.mp4")
    assert sorted(streams(tmp_path / "output.mp4")[0].starts) == [Fraction(stamp, 15360) for stamp in UNEVEN]


@pytest.mark.parametrize("codec", ["h264", "hevc", "av1"])
@pytest.mark.parametrize("container", ["mp4", "mkv"])
def test_segments_of_different_encoders_play_from_anywhere(tmp_path: Path, codec: str, container: Any) -> None:
    source = Film().write(tmp_path / "source.mp4")
    one, other = ("6", "12") if codec == "av1" else ("medium", "ultrafast")
    first = pictures(source, tmp_path / "work", count=20, codec=codec, preset=one, b_frames=2)
    joint = first[-1].end_frame
    segments = pictures(source, tmp_path / "work", first=joint, earlier=first, codec=codec, preset=other)
    assert codec == "av1" or len({segment.parameters for segment in segments}) == 2
    output = tmp_path / f"output.{container}"
    assemble(segments, source, output, container=container)
    with av.open(str(output)) as found:
        stream = found.streams.video[0]
        frames = list(found.decode(stream))
        assert len(frames) == 30
        assert min(psnr(frame, n) for n, frame in enumerate(frames)) > 26
        for target in (25, 2, 27, 7):
            found.seek(frames[target].pts or 0, stream=stream)
            wanted = next(frame for frame in found.decode(stream) if frame.pts == frames[target].pts)
            assert psnr(wanted, target) > 26


@pytest.mark.parametrize("kept", [1, 2])
def test_a_resumed_run_gives_every_frame_once(tmp_path: Path, kept: int) -> None:
    source = Film(stamps=UNEVEN).write(tmp_path / "source.mp4")
    earlier = pictures(source, tmp_path / "work")[:kept]
    segments = pictures(source, tmp_path / "work", first=earlier[-1].end_frame, earlier=earlier)
    assemble(segments, source, tmp_path / "output.mp4")
    found = streams(tmp_path / "output.mp4")
    assert found[0].starts == [Fraction(stamp, 15360) for stamp in UNEVEN]
    assert found[1].payload == streams(source)[1].payload


def test_subtitles_are_copied_where_they_fit(make: Any) -> None:
    film = Film(texts=[(0.1, 0.4, "Hello"), (0.5, 0.9, "Bye")])
    source, output, report = make(film, "source.mkv", "mkv")
    before, after = of_kind(source, "subtitle")[0], of_kind(output, "subtitle")[0]
    assert report.subtitles_copied == 1
    assert (after.codec, after.payload) == (before.codec, before.payload)
    shift = streams(output)[0].starts[0] - streams(source)[0].starts[0]
    assert [start - shift for start in after.starts] == pytest.approx(before.starts, abs=0.001)


@pytest.mark.parametrize("container", ["mp4", "mov"])
def test_words_become_the_containers_own_subtitles_and_back(make: Any, tmp_path: Path, container: str) -> None:
    film = Film(texts=[(0.1, 0.4, "Hello <i>you</i>"), (0.5, 0.9, "안녕")])
    source, output, report = make(film, "source.mkv", container)
    assert report == MuxReport(sound_copied=1, subtitles_converted=1)
    assert of_kind(output, "subtitle")[0].codec == "mov_text"
    back = tmp_path / "back.mkv"
    report = assemble(pictures(output, tmp_path / "again"), output, back, container="mkv")
    assert report == MuxReport(sound_copied=1, subtitles_converted=1)
    before, after = of_kind(source, "subtitle")[0], of_kind(back, "subtitle")[0]
    assert (after.codec, after.payload) == ("subrip", before.payload)
    shift = streams(back)[0].starts[0] - streams(source)[0].starts[0]
    assert [start - shift for start in after.starts] == pytest.approx(before.starts, abs=0.002)


def test_styles_that_only_matroska_holds_are_told(make: Any) -> None:
    words = "0,0,Default,,0,0,0,,{\\b1}Hello"
    _, output, report = make(Film(texts=[(0.1, 0.4, words)], text_codec="ass"), "source.mkv", "mp4")
    assert of_kind(output, "subtitle")[0].payload[1][2:7] == b"Hello"
    assert report.warnings == ["source.mkv: subtitle stream 2 (ssa) lost its styles, which only MKV can hold."]


def test_subtitles_that_do_not_fit_are_left_out_with_a_warning(make: Any) -> None:
    film = Film(texts=[(0.1, 0.4, "a picture")], text_codec="hdmv_pgs_subtitle")
    _, output, report = make(film, "source.mkv", "mp4")
    assert of_kind(output, "subtitle") == []
    assert len(report.warnings) == 1
    assert "MKV takes more" in report.warnings[0]


@pytest.mark.parametrize("tone", [Tone(seconds=3.0), Tone(codec="libopus", seconds=3.0)])
def test_sound_longer_than_the_pictures_is_kept(make: Any, tone: Tone) -> None:
    _, output, _ = make(Film(tones=[tone]), "source.mkv", "mov")
    assert of_kind(output, "audio")[0].starts[-1] > 2.8


@pytest.mark.parametrize("tone", [Tone(), Tone(codec="libopus")])
def test_sound_is_cut_where_the_pictures_broke_off(make: Any, tone: Tone) -> None:
    film = Film(tones=[tone], texts=[(0.1, 0.2, "Hello"), (0.8, 0.9, "Bye")], chapters=[(0.0, 0.4, "A"), (0.7, 1.0, "B")])
    _, output, _ = make(film, "source.mkv", "mkv", count=15, complete=False)
    assert of_kind(output, "audio")[0].starts[-1] == pytest.approx(0.5, abs=0.05)
    assert of_kind(output, "subtitle")[0].payload == [b"Hello"]
    with av.open(str(output)) as found:
        assert [chapter["metadata"]["title"] for chapter in found.chapters()] == ["A"]


@pytest.mark.parametrize("source", ["source.mkv", "source.ts", "source.mp4"])
def test_sound_of_a_truncated_source_is_copied_as_far_as_it_goes(tmp_path: Path, source: str) -> None:
    options = {"movflags": "+faststart"} if source.endswith("mp4") else {}
    path = Film(tones=[Tone(seconds=4.0)], stamps=range(0, 4 * 15360, 512), options=options).write(tmp_path / source)
    segments = pictures(path, tmp_path / "work", count=50)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 6 // 10])
    assemble(segments, path, tmp_path / "output.mp4", complete=False)
    assert of_kind(tmp_path / "output.mp4", "audio")[0].starts[-1] > 1.0


def test_damaged_sound_does_not_end_the_work(tmp_path: Path) -> None:
    stamps = range(0, 270000, 3000)
    source = Film(stamps=stamps, time_base=TS_CLOCK, tones=[Tone(seconds=3.0)]).write(tmp_path / "source.ts")
    segments = pictures(source, tmp_path / "work")
    data = bytearray(source.read_bytes())
    for at in range(20_000, len(data) - 188, 7_000):
        data[at : at + 40] = os.urandom(40)
    source.write_bytes(data)
    assemble(segments, source, tmp_path / "output.mp4")
    found = streams(tmp_path / "output.mp4")
    assert len(found[0].starts) == len(stamps)
    assert len(found[1].starts) > 50
    assert all(a < b for a, b in pairwise(found[1].starts))


def test_only_the_sound_that_cannot_be_copied_is_encoded_anew(tmp_path: Path) -> None:
    source = Film(tones=[Tone(), Tone(rate=44100)]).write(tmp_path / "source.mp4")
    segments = pictures(source, tmp_path / "work")
    head, _, tail = source.read_bytes().rpartition(b"esds")
    source.write_bytes(head + b"xsds" + tail)  # the decoder's parameters are lost
    report = assemble(segments, source, tmp_path / "output.mkv", container="mkv")
    found = streams(tmp_path / "output.mkv")
    assert (report.sound_copied, report.sound_transcoded) == (1, 1)
    assert report.notes == ["source.mp4: sound stream 2 (aac) can't be copied into MKV and was encoded anew."]
    assert found[1].payload == streams(source)[1].payload
    assert len(found[0].starts) == 30
    assert leftovers(tmp_path) == []


@pytest.mark.parametrize("layout", ["mono", "stereo", "2.1", "4.0", "5.0", "5.1", "6.1", "7.1"])
@pytest.mark.parametrize(("source", "container"), [("source.mkv", "mp4"), ("source.avi", "mp4"), ("source.mkv", "mov")])
def test_pcm_without_a_named_layout_is_copied(make: Any, layout: str, source: str, container: str) -> None:
    """Matroska and AVI say how many channels there are, and not which."""
    path, output, report = make(Film(tones=[Tone(codec="pcm_s16le", layout=layout)]), source, container, audio="copy")
    assert report == MuxReport(sound_copied=1)
    before, after = of_kind(path, "audio")[0], of_kind(output, "audio")[0]
    assert b"".join(after.payload) == b"".join(before.payload)


def test_pcm_of_more_channels_than_have_a_usual_layout_is_encoded_anew(make: Any) -> None:
    film = Film(tones=[Tone(codec="pcm_s16le", layout="hexadecagonal"), Tone()])
    _, _, report = make(film, "source.mkv", "mp4", audio="copy")
    assert (report.sound_copied, report.sound_transcoded) == (1, 1)
    assert report.notes == ["source.mkv: sound stream 1 (pcm_s16le) can't be copied into MP4 and was encoded anew."]
    assert report.warnings == [
        "source.mkv: sound stream 1 (pcm_s16le) has 16 channels, more than AAC holds; it was mixed down to 2."
    ]


def changed(whole: Path, source: Path, change: Callable[[Any], None]) -> Path:
    """A copy of a film with ``change`` made to all its packets."""
    with av.open(str(whole)) as before, av.open(str(source), "w") as after:
        outputs = [after.add_stream_from_template(stream, opaque=True) for stream in before.streams]
        for packet in before.demux():
            if packet.size and packet.pts is not None:
                packet.stream = outputs[packet.stream_index]
                change(packet)
                after.mux(packet)
    return source


def test_subtitles_that_would_be_shown_long_after_the_film_are_told_and_left_out(tmp_path: Path) -> None:
    def change(packet: Any) -> None:
        if packet.stream.type == "subtitle" and packet.pts > 300:
            packet.pts = packet.dts = packet.pts + 20_000_000

    whole = Film(texts=[(0.1, 0.2, "Hello"), (0.5, 0.9, "Bye")]).write(tmp_path / "whole.mkv")
    source = changed(whole, tmp_path / "source.mkv", change)
    report = assemble(pictures(source, tmp_path / "work"), source, tmp_path / "output.mkv", container="mkv")
    assert of_kind(tmp_path / "output.mkv", "subtitle")[0].payload == [b"Hello"]
    assert report.warnings == ["source.mkv: subtitle stream 2 (srt): what would be shown long after the film was left out."]
    assert report.lost


class TestRefusals:
    def test_an_existing_output_stays(self, ready: Any) -> None:
        segments, source, output = ready
        output.parent.mkdir()
        output.write_bytes(b"precious")
        with pytest.raises(OutputExistsError):
            assemble(segments, source, output)
        assert output.read_bytes() == b"precious"
        assemble(segments, source, output, overwrite=True)
        assert len(streams(output)) == 2

    def test_the_input_is_never_the_output(self, ready: Any) -> None:
        segments, source, _ = ready
        before = source.read_bytes()
        with pytest.raises(OutputError, match="input itself"):
            assemble(segments, source, source, overwrite=True)
        assert source.read_bytes() == before

    def test_a_missing_folder(self, ready: Any) -> None:
        segments, source, output = ready
        with pytest.raises(OutputError, match="can't be written"):
            assemble(segments, source, output)

    def test_a_source_that_is_gone(self, ready: Any) -> None:
        segments, source, output = ready
        output.parent.mkdir()
        source.unlink()
        with pytest.raises(InputError, match=r"source\.mp4"):
            assemble(segments, source, output)
        assert list(output.parent.iterdir()) == []

    @pytest.mark.parametrize("harm", ["gone", "short", "noise"])
    def test_a_damaged_segment(self, ready: Any, harm: str) -> None:
        segments, source, output = ready
        output.parent.mkdir()
        path = segments[1].path
        data = path.read_bytes()
        path.unlink()
        if harm != "gone":
            path.write_bytes(data[: len(data) // 3] if harm == "short" else os.urandom(5000))
        with pytest.raises(OutputError, match="damaged"):
            assemble(segments, source, output)
        assert list(output.parent.iterdir()) == []

    def test_nothing_to_assemble(self, ready: Any) -> None:
        with pytest.raises(ValueError, match="no segments"):
            assemble([], ready[1], ready[2])


class TestInterruptions:
    @pytest.mark.parametrize("container", ["mp4", "mov", "mkv"])
    def test_a_full_disk_leaves_nothing(self, ready: Any, container: Any, capfd: pytest.CaptureFixture[str]) -> None:
        segments, source, output = ready
        output.parent.mkdir()
        output.write_bytes(b"old")
        with pytest.raises(DiskFullError, match=r"output\.mp4"), file_size_limit(10_000):
            assemble(segments, source, output, container=container, overwrite=True)
        assert output.read_bytes() == b"old"
        assert [path.name for path in output.parent.iterdir()] == ["output.mp4"]
        assert capfd.readouterr().err == ""

    @pytest.mark.parametrize("asked", [0, 5, 40])
    def test_a_stop_leaves_nothing(self, ready: Any, asked: int) -> None:
        segments, source, output = ready
        output.parent.mkdir()
        with pytest.raises(StoppedError):
            assemble(segments, source, output, stop=_after(asked))
        assert list(output.parent.iterdir()) == []

    def test_a_stop_is_heard_while_the_index_moves_to_the_front(self, ready: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        from dualface.render.mux.muxer import Muxer

        segments, source, output = ready
        output.parent.mkdir()
        stopped: list[bool] = []
        finish = Muxer.finish

        def stop_then_finish(self: Muxer) -> None:
            stopped.append(True)
            finish(self)

        monkeypatch.setattr(Muxer, "finish", stop_then_finish)
        with pytest.raises(StoppedError):
            assemble(segments, source, output, stop=lambda: bool(stopped))
        assert list(output.parent.iterdir()) == []


def _after(times: int) -> Callable[[], bool]:
    asked: Iterator[bool] = iter([False] * times)
    return lambda: next(asked, True)
