"""What counts is safe on the disk, and of two checkpoints one may be damaged."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.flushes import Flushes, needs_proc

from dualface.render.encode.settings import EncoderSettings
from dualface.render.encode.software import SoftwareEncoder
from dualface.render.mux.segments import SegmentReplacement, SegmentWriter
from dualface.testing.pictures import random_frame
from dualface.types import ColorTags, Packet
from dualface.video.counts import RunCounts
from dualface.video.made_from import Identity
from dualface.video.segment_lines import SegmentLines
from dualface.video.work_folder import OBSERVATIONS, RECORDS, TRACKS, Checkpoint, Snapshot, WorkFolder

IDENTITY = Identity("settings", "source", "program")
LINES = dict.fromkeys(RECORDS, "a line\n")
FPS, GOP, SEGMENTS = 10, 10, 4


def encoder() -> SoftwareEncoder:
    settings = EncoderSettings(preset="ultrafast", threads=1, gop=GOP)
    return SoftwareEncoder(64, 48, Fraction(FPS), Fraction(1, FPS), ColorTags(), settings)


def packets(made_by: SoftwareEncoder, count: int = GOP * SEGMENTS) -> Iterator[Packet]:
    for n in range(count):
        frame = replace(random_frame(n, 64, 48), index=n, pts=n, time_base=Fraction(1, FPS), duration=1)
        yield from made_by.encode(frame)
    yield from made_by.flush()


def checkpoint(end_frame: int) -> Checkpoint:
    return Checkpoint(end_frame, RunCounts(), (), 1.0, Snapshot(end_frame, end_frame, (), b"state"))  # type: ignore[arg-type]


@pytest.fixture
def work(tmp_path: Path) -> Iterator[WorkFolder]:
    """Four closed segments, each with its checkpoint."""
    with closing(WorkFolder(tmp_path / "work", IDENTITY)) as work, closing(encoder()) as making:
        work.begin()
        with SegmentWriter(work.path, making.stream, seconds=GOP / FPS) as writer:
            closed = [segment for packet in packets(making) if (segment := writer.write(packet)) is not None]
            last = writer.finish()
            for segment in [*closed, *([last] if last is not None else [])]:
                work.save(segment, LINES, checkpoint(segment.end_frame))
        yield work


def damage(work: WorkFolder, *numbers: int) -> None:
    for number in numbers:
        path = work.path / f"{number:06d}.checkpoint"
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 0xFF
        path.write_bytes(data)


def goes_on_at(work: WorkFolder) -> tuple[int | None, str | None]:
    point, reason = work.resume_point()
    return (point.checkpoint.end_frame if point is not None else None), reason


def test_it_goes_on_behind_the_last_segment(work: WorkFolder) -> None:
    assert goes_on_at(work) == (GOP * SEGMENTS, None)


def test_where_the_newest_checkpoint_is_damaged_the_one_before_counts(work: WorkFolder) -> None:
    damage(work, SEGMENTS - 1)
    assert goes_on_at(work) == (GOP * (SEGMENTS - 1), None)


def test_where_both_are_damaged_that_is_the_reason_to_begin_anew(work: WorkFolder) -> None:
    damage(work, SEGMENTS - 1, SEGMENTS - 2)
    assert goes_on_at(work) == (None, "what was made of it is damaged")


def test_no_more_than_two_checkpoints_take_room(work: WorkFolder) -> None:
    assert sorted(path.name for path in work.path.glob("*.checkpoint")) == ["000002.checkpoint", "000003.checkpoint"]


HARM: dict[str, Callable[[bytes], bytes]] = {
    "gone": lambda _: b"",
    "cut off": lambda data: data[:-1],
    "never written": lambda data: bytes(len(data)),
    "in part": lambda data: data[:100] + bytes(len(data) - 100),
}
"""What a power cut does to a file of which a disk said that it was safe."""


@pytest.mark.parametrize("harm", HARM)
def test_a_segment_without_its_lines_does_not_count(work: WorkFolder, harm: str) -> None:
    path = work.path / f"{SEGMENTS - 1:06d}.lines"
    path.write_bytes(HARM[harm](path.read_bytes()))
    assert goes_on_at(work)[0] == GOP * (SEGMENTS - 1)


def test_lines_without_which_a_record_has_a_gap_are_the_reason_to_begin_anew(work: WorkFolder) -> None:
    (work.path / "000000.lines").unlink()
    assert goes_on_at(work) == (None, "what was made of it is damaged")


def test_lines_may_be_older_than_their_segment_but_no_newer(work: WorkFolder) -> None:
    point, _ = work.resume_point()
    assert point is not None
    segments = list(point.segments)
    with closing(encoder()) as making, SegmentReplacement(segments[-1], making.stream) as made:
        for packet in packets(making, GOP):
            made.write(packet)
        made.finish(segments)
    assert goes_on_at(work)[0] == GOP * SEGMENTS, "something ended the run before the lines were rewritten"
    assert work.lines_of(segments[-1]).segment != segments[-1].path.name
    work.rewrite(segments[-1], LINES)
    assert work.lines_of(segments[-1]).segment == segments[-1].path.name
    assert goes_on_at(work)[0] == GOP * SEGMENTS
    work.rewrite(replace(segments[-1], path=work.path / "000003-3.mp4"), LINES)
    assert goes_on_at(work)[0] == GOP * (SEGMENTS - 1), "a disk has lost the pictures that they are of"


def test_what_was_seen_at_first_stays_known_however_often_lines_are_rewritten(work: WorkFolder) -> None:
    point, _ = work.resume_point()
    assert point is not None
    segment = point.segments[0]
    assert work.lines_of(segment).first_lines(OBSERVATIONS) == ["a line"]
    for text in ("another\n", "a third\n"):
        work.rewrite(segment, dict.fromkeys(RECORDS, text))
        assert work.lines_of(segment).lines(OBSERVATIONS) == [text.strip()]
        assert work.lines_of(segment).first_lines(OBSERVATIONS) == ["a line"]
    whole = work.write_record(OBSERVATIONS, "header\n", point.segments[:2])
    assert gzip.decompress(whole.read_bytes()) == b"header\na third\na line\n"


@given(
    st.text("ab-\n"),
    st.dictionaries(st.sampled_from(RECORDS), st.text("äb{}\n"), min_size=1),
    st.binary(),
    st.integers(0, 400),
    st.integers(1, 255),
)
def test_lines_are_whole_or_nothing(segment: str, lines: dict[str, str], first: bytes, at: int, flip: int) -> None:
    one = SegmentLines.of(segment, lines, first)
    data = one.to_bytes()
    assert SegmentLines.from_bytes(data) == one
    assert SegmentLines.from_bytes(data[: at % len(data)]) is None
    damaged = bytearray(data)
    damaged[at % len(data)] ^= flip
    assert SegmentLines.from_bytes(bytes(damaged)) is None


@needs_proc
def test_all_that_counts_was_flushed_whole_with_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flushed = Flushes().record(monkeypatch)
    with closing(WorkFolder(tmp_path / "work", IDENTITY)) as work, closing(encoder()) as making:
        work.begin()
        with SegmentWriter(work.path, making.stream) as writer:
            for packet in packets(making):
                writer.write(packet)
            segment = writer.finish()
        assert segment is not None
        assert flushed.holds_all_of(segment.path, f"{segment.path.name}.part")
        assert flushed.named(segment.path)
        assert flushed.holds_all_of(work.path / "segments.jsonl")
        work.save(segment, LINES, checkpoint(segment.end_frame))
        for name in ("job.json", "000000.checkpoint", "000000.lines"):
            assert flushed.named(work.path / name), name
        assert flushed.holds_all_of(work.write_record(TRACKS, "header\n", [segment]))


@needs_proc
def test_a_segment_that_replaces_another_is_there_before_the_old_one_goes(
    work: WorkFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    point, _ = work.resume_point()
    assert point is not None
    segments, flushed = list(point.segments), Flushes().record(monkeypatch)
    with closing(encoder()) as making, SegmentReplacement(segments[0], making.stream) as made:
        for packet in packets(making, GOP):
            made.write(packet)
        made.finish(segments)
    old, new = "000000.mp4", segments[0].path.name
    index = next(n for n, (path, _) in enumerate(flushed.seen) if "segments.jsonl" in path.name)
    before = [names for _, names in flushed.seen[:index] if isinstance(names, frozenset)]
    assert any({old, new} <= names for names in before), "both, before the index names the new one"
    assert flushed.holds_all_of(segments[0].path, f"{new}.part")
    assert not (work.path / old).exists()


@needs_proc
def test_a_small_file_is_flushed_before_it_has_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from dualface.files import write_whole

    flushed = Flushes().record(monkeypatch)
    write_whole(tmp_path / "a", b"content")
    (first, size), (second, names) = flushed.seen
    assert (first.parent, size) == (tmp_path.resolve(), 7)
    assert first.name != "a"
    assert (second, names) == (tmp_path.resolve(), frozenset({"a"}))
