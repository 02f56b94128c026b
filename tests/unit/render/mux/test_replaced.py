"""Pictures of a finished film are exchanged from key frame to key frame; every other packet stays, bit for bit."""

from __future__ import annotations

import hashlib
from contextlib import closing
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.films import Film, Tone

from dualface.errors import OutputError, StoppedError
from dualface.render.encode.settings import EncoderSettings
from dualface.render.encode.software import SoftwareEncoder
from dualface.render.mux.again import assemble_again
from dualface.render.mux.assemble import assemble
from dualface.render.mux.choice import ContainerName
from dualface.render.mux.replaced import FilmPictures, Piece
from dualface.render.mux.segments import SegmentWriter
from dualface.testing.canvases import canvas, encode_all
from dualface.types import ColorTags

COUNT, GOP = 30, 5
COLOR = ColorTags(1, 1, 1)


class Told(NamedTuple):
    """One packet: its times, in units of its stream's clock, and what is in it."""

    pts: int | None
    dts: int | None
    key: bool
    digest: str


def packets(path: Path) -> dict[int, list[Told]]:
    """All packets of each stream."""
    found: dict[int, list[Told]] = {}
    with av.open(str(path)) as film:
        for packet in film.demux():
            if packet.size:
                told = Told(packet.pts, packet.dts, packet.is_keyframe, hashlib.md5(bytes(packet)).hexdigest())
                found.setdefault(packet.stream_index, []).append(told)
    return found


def about(path: Path) -> list[object]:
    """Metadata, chapters and what is known of each stream, statistics aside."""
    with av.open(str(path)) as film:
        streams = [
            (
                s.type,
                {k: v for k, v in s.metadata.items() if k != "DURATION"},
                int(s.disposition),
                s.time_base,
                s.start_time,
                s.duration,
            )
            for s in film.streams
        ]
        return [dict(film.metadata), film.chapters(), streams]


def encoded(folder: Path, numbers: range, look: int = 0, **settings: Any) -> Path:
    """A file of pictures only; ``look`` tells one set of pictures from another."""
    wanted = EncoderSettings(**{"bitrate_kbps": 300, "gop": GOP, "threads": 1, **settings})
    base = Fraction(1, 15360)
    encoder = SoftwareEncoder(96, 64, Fraction(30), base, COLOR, wanted, variable_rate=True)
    frames = [canvas(n + look, n * 512, time_base=base, duration=512) for n in numbers]
    with closing(encoder), SegmentWriter(folder, encoder.stream, seconds=1e9) as writer:
        for packet in encode_all(encoder, frames):
            writer.write(packet)
        writer.finish()
    return writer.segments[0].path


def made(tmp_path: Path, container: ContainerName, **settings: Any) -> Path:
    """A film with two streams of sound, chapters and titles."""
    source = Film(stamps=[n * 512 for n in range(COUNT)], tones=[Tone(), Tone()]).write(tmp_path / "source.mp4")
    wanted = EncoderSettings(**{"bitrate_kbps": 300, "gop": GOP, "threads": 1, **settings})
    encoder = SoftwareEncoder(96, 64, Fraction(30), Fraction(1, 15360), COLOR, wanted, variable_rate=True)
    frames = [canvas(n, n * 512, time_base=Fraction(1, 15360), duration=512) for n in range(COUNT)]
    with closing(encoder), SegmentWriter(tmp_path / "work", encoder.stream, seconds=0.3) as writer:
        for packet in encode_all(encoder, frames):
            writer.write(packet)
        writer.finish()
    film = tmp_path / f"film.{container}"
    assemble(writer.segments, source, film, container=container)
    return film


def shown(path: Path) -> list[Any]:
    with av.open(str(path)) as film:
        return [frame.to_ndarray(format="gray") for frame in film.decode(video=0)]


@pytest.mark.parametrize(
    ("container", "b_frames", "codec"),
    [("mp4", 0, "h264"), ("mp4", 2, "h264"), ("mov", 0, "h264"), ("mkv", 2, "h264"), ("mp4", 2, "hevc"), ("mkv", 0, "av1")],
)
def test_all_other_packets_stay_as_they_are(tmp_path: Path, container: ContainerName, b_frames: int, codec: str) -> None:
    settings: dict[str, Any] = {"b_frames": b_frames, "codec": codec}
    film = made(tmp_path, container, **settings)
    before = packets(film)
    pictures = FilmPictures.of(film)
    (span,) = pictures.around([12])
    assert len(span) <= 2 * GOP
    piece = Piece(span, encoded(tmp_path / "piece", span, look=40, **settings))
    again = tmp_path / f"again.{container}"
    assemble_again(pictures, [piece], again, container=container)
    after = packets(again)
    assert about(again) == about(film)
    assert before.keys() == after.keys()
    assert {index: told for index, told in before.items() if index} == {i: told for i, told in after.items() if i}, "sound"
    different = [n for n, (a, b) in enumerate(zip(before[0], after[0], strict=True)) if a != b]
    assert set(different) <= set(span)
    assert [a.dts for a in before[0]] == [a.dts for a in after[0]]
    assert sorted(a.pts or 0 for a in before[0]) == sorted(a.pts or 0 for a in after[0])
    old, new = shown(film), shown(again)
    assert [n for n in range(COUNT) if (old[n] != new[n]).any()] == list(span)
    assert (shown(piece.path)[12 - span.start] == new[12]).all()


@pytest.mark.parametrize("container", ["mp4", "mov", "mkv"])
def test_a_film_that_is_written_again_is_the_same(tmp_path: Path, container: ContainerName) -> None:
    film = made(tmp_path, container)
    assemble_again(FilmPictures.of(film), [], tmp_path / f"again.{container}", container=container)
    assert packets(tmp_path / f"again.{container}") == packets(film)
    assert about(tmp_path / f"again.{container}") == about(film)


def test_pictures_of_another_encoder_bring_their_own_parameters(tmp_path: Path) -> None:
    film = made(tmp_path, "mp4")
    pictures = FilmPictures.of(film)
    pieces = [
        Piece(range(0, 5), encoded(tmp_path / "a", range(0, 5), 40, profile="main")),
        Piece(range(20, 30), encoded(tmp_path / "b", range(20, 30), 40)),
    ]
    again = tmp_path / "again.mp4"
    assemble_again(pictures, pieces, again, container="mp4")
    old, new = shown(film), shown(again)
    assert len(new) == COUNT
    assert [n for n in range(COUNT) if (old[n] != new[n]).any()] == [*range(0, 5), *range(20, 30)]


def test_a_piece_that_does_not_fit_and_a_film_that_is_none(tmp_path: Path) -> None:
    pictures = FilmPictures.of(made(tmp_path, "mp4"))
    piece = Piece(range(10, 15), encoded(tmp_path / "piece", range(10, 14)))
    with pytest.raises(OutputError, match="--overwrite"):
        assemble_again(pictures, [piece], tmp_path / "again.mp4", container="mp4")
    assert not (tmp_path / "again.mp4").exists()
    (tmp_path / "none.mp4").write_bytes(b"nothing")
    with pytest.raises(OutputError, match=r"none\.mp4"):
        FilmPictures.of(tmp_path / "none.mp4")


def test_it_can_be_stopped(tmp_path: Path) -> None:
    film = made(tmp_path, "mp4")
    with pytest.raises(StoppedError):
        assemble_again(FilmPictures.of(film), [], tmp_path / "again.mp4", container="mp4", stop=lambda: True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["film.mp4", "source.mp4", "work"]


@given(
    st.sets(st.integers(1, 99)).map(lambda some: (0, *sorted(some))),
    st.sets(st.integers(0, 99), min_size=1).map(sorted),
)
def test_spans_hold_all_pictures_and_begin_at_boundaries(boundaries: tuple[int, ...], frames: list[int]) -> None:
    stamps = tuple(range(100))
    film = FilmPictures(Path("film.mp4"), 0, Fraction(1, 25), stamps, stamps, (1,) * 100, boundaries)
    spans = film.around(frames)
    assert all(any(frame in span for span in spans) for frame in frames)
    assert all(span.start in boundaries and span.stop in (*boundaries, 100) for span in spans)
    assert all(a.stop < b.start for a, b in pairwise(spans))
    assert all(
        any(frame in range(first, end) for frame in frames)
        for first, end in zip(boundaries, (*boundaries[1:], 100), strict=True)
        if any(first in span for span in spans)
    )
