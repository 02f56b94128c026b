"""What counts is safe on the disk, and of two checkpoints one may be damaged."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from fractions import Fraction
from pathlib import Path

import pytest
from tests.support.flushes import Flushes, needs_proc

from dualface.render.encode.settings import EncoderSettings
from dualface.render.encode.software import SoftwareEncoder
from dualface.render.mux.segments import SegmentReplacement, SegmentWriter
from dualface.testing.pictures import random_frame
from dualface.types import ColorTags, Packet
from dualface.video.counts import RunCounts
from dualface.video.made_from import Identity
from dualface.video.work_folder import PLAN, RECORDS, TRACKS, Checkpoint, Snapshot, WorkFolder

IDENTITY = Identity("settings", "source", "program")
LINES = dict.fromkeys(RECORDS, "a line\n")
FPS, GOP, SEGMENTS = 10, 10, 4


def encoder() -> SoftwareEncoder:
    settings = EncoderSettings(preset="ultrafast", threads=1, gop=GOP)
    return SoftwareEncoder(64, 48, Fraction(FPS), Fraction(1, FPS), ColorTags(), settings)


def packets(made_by: SoftwareEncoder, count: int = GOP * SEGMENTS) -> Iterator[Packet]:
    from dataclasses import replace

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
    assert goes_on_at(work) == (None, "its checkpoints are damaged")


def test_no_more_than_two_checkpoints_take_room(work: WorkFolder) -> None:
    assert sorted(path.name for path in work.path.glob("*.checkpoint")) == ["000002.checkpoint", "000003.checkpoint"]


def test_a_segment_without_its_lines_does_not_count(work: WorkFolder) -> None:
    (work.path / f"{SEGMENTS - 1:06d}.{PLAN}").unlink()
    assert goes_on_at(work)[0] == GOP * (SEGMENTS - 1)


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
        for name in ("job.json", "000000.checkpoint", *(f"000000.{record}" for record in RECORDS)):
            assert flushed.named(work.path / name), name
        assert flushed.holds_all_of(work.write_record(TRACKS, "header\n", 1))


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
