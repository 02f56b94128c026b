from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from tests.support.limits import file_size_limit

from dualface.errors import DiskFullError, OutputError
from dualface.render.encode.settings import EncoderSettings
from dualface.render.encode.software import SoftwareEncoder
from dualface.render.mux.segments import Segment, SegmentWriter, read_segments, remove_segments
from dualface.testing.canvases import TIME_BASE, UNEVEN, canvas, encode_all, luma
from dualface.types import ColorTags, Packet

CLOCKS = {
    "uneven": (TIME_BASE, UNEVEN),
    "ntsc": (Fraction(1001, 30000), list(range(5, 30))),
    "negative": (Fraction(1, 15360), [-2048 + n * 512 for n in range(25)]),
    "nanoseconds": (Fraction(1, 10**9), [10**13 + n * 33_333_334 for n in range(25)]),
}


def make_encoder(time_base: Fraction = TIME_BASE, **settings: Any) -> SoftwareEncoder:
    wanted = EncoderSettings(**{"gop": 5, "bitrate_kbps": 300, "threads": 1, **settings})
    return SoftwareEncoder(96, 64, Fraction(30), time_base, ColorTags(1, 1, 1), wanted, variable_rate=True)


@pytest.fixture
def encoder() -> Iterator[SoftwareEncoder]:
    with closing(make_encoder()) as made:
        yield made


@pytest.fixture
def packets(encoder: SoftwareEncoder) -> list[Packet]:
    return encode_all(encoder, [canvas(n, pts) for n, pts in enumerate(UNEVEN)])


def write(folder: Path, encoder: SoftwareEncoder, packets: list[Packet], **how: Any) -> list[Segment]:
    with SegmentWriter(folder, encoder.stream, **{"seconds": 0.3, **how}) as writer:
        closed = [writer.write(packet) for packet in packets]
        closed.append(writer.finish())
    assert [segment for segment in closed if segment] == writer.segments[len(how.get("segments", ())) :]
    return writer.segments


def content(segments: list[Segment]) -> list[tuple[Fraction, Fraction, int, bytes]]:
    """Times in seconds on the packets' clock, duration in the file's units, payload."""
    found = []
    for segment in segments:
        with av.open(str(segment.path)) as container:
            for packet in container.demux(video=0):
                if packet.pts is not None and packet.dts is not None:
                    base, start = packet.time_base, segment.first_pts * segment.time_base
                    found.append((packet.pts * base + start, packet.dts * base + start, packet.duration or 0, bytes(packet)))
    return found


@pytest.mark.parametrize("clock", CLOCKS)
@pytest.mark.parametrize(("codec", "b_frames"), [("h264", 0), ("h264", 2), ("hevc", 2), ("av1", 0)])
def test_timestamps_are_kept_exactly(tmp_path: Path, clock: str, codec: str, b_frames: int) -> None:
    base, stamps = CLOCKS[clock]
    with closing(make_encoder(base, codec=codec, b_frames=b_frames)) as encoder:
        packets = encode_all(encoder, [canvas(n, pts, time_base=base) for n, pts in enumerate(stamps)])
        segments = write(tmp_path, encoder, packets)
    assert len(segments) > 1
    assert [entry[:2] for entry in content(segments)] == [(p.pts * base, p.dts * base) for p in packets]


def test_payload_and_parameters_are_the_encoders(tmp_path: Path, encoder: SoftwareEncoder, packets: list[Packet]) -> None:
    sizes = [len(bytes(packet.data)) for packet in packets]
    segments = write(tmp_path, encoder, packets)
    assert [len(entry[3]) for entry in content(segments)] == pytest.approx(sizes, abs=8)  # lengths instead of start codes
    for segment in segments:
        with av.open(str(segment.path)) as container:
            frames = list(container.decode(video=0))
        assert len(frames) == segment.frames
        assert (frames[0].color_primaries, frames[0].color_trc, frames[0].colorspace) == (1, 1, 1)
        for n, frame in enumerate(frames, segment.first_frame):
            shown = frame.to_ndarray(format="gray").astype(int)
            errors = [float(np.abs(shown - luma(other)).mean()) for other in range(len(UNEVEN))]
            assert abs(int(np.argmin(errors)) - n) <= 1, "each picture in its place, as far as this bit rate shows"


def test_segments_tell_what_they_hold(tmp_path: Path, encoder: SoftwareEncoder, packets: list[Packet]) -> None:
    segments = write(tmp_path, encoder, packets)
    assert [segment.index for segment in segments] == list(range(len(segments)))
    assert segments[0].first_frame == 0
    assert segments[-1].end_frame == len(UNEVEN)
    for a, b in pairwise(segments):
        assert b.first_frame == a.end_frame
        assert b.first_pts == UNEVEN[b.first_frame]
        assert (b.first_pts - a.first_pts) * TIME_BASE >= 0.3
    assert segments[-1].end_pts == UNEVEN[-1] + 3000
    assert all(segment.path.stat().st_size == segment.size for segment in segments)


def test_a_segment_is_listed_once_it_is_closed(tmp_path: Path, encoder: SoftwareEncoder, packets: list[Packet]) -> None:
    with SegmentWriter(tmp_path, encoder.stream, seconds=0.3) as writer:
        for packet in packets:
            closed = writer.write(packet)
            if closed:
                assert read_segments(tmp_path)[-1] == closed
        writer.finish()
    assert read_segments(tmp_path) == writer.segments
    assert not list(tmp_path.glob("*.part"))


def test_giving_up_keeps_the_closed_segments_only(tmp_path: Path, encoder: SoftwareEncoder, packets: list[Packet]) -> None:
    with SegmentWriter(tmp_path, encoder.stream, seconds=0.3) as writer:
        for packet in packets:
            if writer.write(packet):
                break
    assert sorted(path.name for path in tmp_path.iterdir()) == ["000000.mp4", "segments.jsonl"]
    assert len(read_segments(tmp_path)) == 1


@pytest.mark.parametrize("kept", [0, 1, 2])
def test_a_later_run_goes_on_from_any_segment(
    tmp_path: Path, encoder: SoftwareEncoder, packets: list[Packet], kept: int
) -> None:
    earlier = write(tmp_path, encoder, packets)
    (tmp_path / "000007.mp4.part").touch()
    (tmp_path / "notes.txt").touch()
    start = earlier[kept].first_frame
    with closing(make_encoder()) as fresh:
        later = encode_all(fresh, [canvas(n, UNEVEN[n]) for n in range(start, len(UNEVEN))])
        segments = write(tmp_path, fresh, later, segments=earlier[:kept])
    assert [entry[0] for entry in content(segments)] == [pts * TIME_BASE for pts in UNEVEN]
    assert segments[-1].end_frame == len(UNEVEN)
    assert read_segments(tmp_path) == segments
    assert {path.name for path in tmp_path.iterdir()} == {"notes.txt", "segments.jsonl", *(s.path.name for s in segments)}
    assert len({segment.parameters for segment in segments}) == 1


@pytest.mark.parametrize("harm", ["missing", "short", "zeros", "torn line", "not json", "wrong order"])
def test_reading_stops_at_the_first_segment_that_is_not_whole(
    tmp_path: Path, encoder: SoftwareEncoder, packets: list[Packet], harm: str
) -> None:
    segments = write(tmp_path, encoder, packets)
    assert len(segments) > 2
    index = tmp_path / "segments.jsonl"
    lines = index.read_text().splitlines()
    if harm == "missing":
        segments[1].path.unlink()
    elif harm == "zeros":  # of the right size, but a disk has not written its end
        data = segments[1].path.read_bytes()
        segments[1].path.write_bytes(data[:-200] + bytes(200))
    elif harm == "short":
        segments[1].path.write_bytes(segments[1].path.read_bytes()[:-1])
    else:
        lines[1] = {"torn line": lines[1][:30], "not json": "\0\0", "wrong order": lines[2]}[harm]
        index.write_text("\n".join(lines))
    assert read_segments(tmp_path) == segments[:1]


def test_an_index_cannot_lead_out_of_its_folder(tmp_path: Path, encoder: SoftwareEncoder, packets: list[Packet]) -> None:
    segment = write(tmp_path, encoder, packets)[0]
    line = segment.to_json().replace("000000.mp4", "../../000000.mp4")
    assert Segment.from_json(line, tmp_path).path == tmp_path / "000000.mp4"


def test_a_folder_without_segments(tmp_path: Path) -> None:
    assert read_segments(tmp_path / "nowhere") == []
    remove_segments(tmp_path / "nowhere")


def test_removing_takes_everything(tmp_path: Path, encoder: SoftwareEncoder, packets: list[Packet]) -> None:
    folder = tmp_path / "work"
    write(folder, encoder, packets)
    remove_segments(folder)
    assert not folder.exists()


def test_the_first_packet_must_be_a_key_frame(tmp_path: Path, encoder: SoftwareEncoder, packets: list[Packet]) -> None:
    with SegmentWriter(tmp_path, encoder.stream) as writer, pytest.raises(ValueError, match="key frame"):
        writer.write(packets[1])
    assert list(tmp_path.iterdir()) == []


def test_no_packets_make_no_segment(tmp_path: Path, encoder: SoftwareEncoder) -> None:
    with SegmentWriter(tmp_path, encoder.stream) as writer:
        assert writer.finish() is None
    assert list(tmp_path.iterdir()) == []


def test_payload_may_be_plain_bytes(tmp_path: Path, encoder: SoftwareEncoder, packets: list[Packet]) -> None:
    plain = [replace(packet, data=bytes(packet.data)) for packet in packets]
    assert len(content(write(tmp_path, encoder, plain))) == len(packets)


def test_a_full_disk_ends_it_at_once_and_leaves_the_closed_segments(
    tmp_path: Path, encoder: SoftwareEncoder, packets: list[Packet], capfd: pytest.CaptureFixture[str]
) -> None:
    big = replace(packets[-1], data=b"\0\0\0\1\x41" + b"x" * 400_000, is_keyframe=False)
    with pytest.raises(DiskFullError, match=r"00000\d\.mp4") as caught, file_size_limit(100_000):
        write(tmp_path, encoder, [*packets[:20], big])
    assert caught.value.file is not None
    assert len(read_segments(tmp_path)) > 0
    assert not list(tmp_path.glob("*.part"))
    assert capfd.readouterr().err == ""


def test_a_full_disk_may_show_only_when_the_segment_closes(
    tmp_path: Path, encoder: SoftwareEncoder, packets: list[Packet]
) -> None:
    with pytest.raises(DiskFullError), file_size_limit(100):
        write(tmp_path, encoder, packets[:3])
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made(tmp_path: Path, encoder: SoftwareEncoder) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="file"):
        SegmentWriter(tmp_path / "file" / "work", encoder.stream)
