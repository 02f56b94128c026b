"""A part of a video has the frames that are shown in it, no more and no less, with their own timestamps."""

from collections.abc import Callable, Iterator
from contextlib import closing
from fractions import Fraction
from functools import partial
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.odd_inputs import damaged
from tests.support.video_files import VideoFile

from dualface.decode.software import SoftwareDecoder
from dualface.decode.trimmed import Span, TooShortError, TrimmedDecoder
from dualface.interfaces import Decoder
from dualface.types import Frame

RATE = 10


def write_film(path: Path, frames: int = 80, start: int = 0) -> Path:
    """Eight seconds with B-frames, a key frame every four; the brightness counts the frames."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=RATE, options={"bf": "2", "g": "40", "crf": "10"})
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        for n in range(frames):
            frame = av.VideoFrame.from_ndarray(np.full((96, 64), 20 + 2 * n, np.uint8), "yuv420p")
            frame.pts, frame.time_base = n + start, Fraction(1, RATE)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("films")
    films = {kind: write_film(folder / f"film.{kind}") for kind in ("mp4", "mkv", "avi", "ts")}
    once = films["ts"].read_bytes()
    films["joined"] = folder / "joined.ts"  # the clock starts anew, so that every time is there twice
    films["joined"].write_bytes(once + once)
    return films


def trimmed(path: Path, start: Fraction, end: Fraction | None = None) -> TrimmedDecoder:
    return TrimmedDecoder(partial(SoftwareDecoder, path, threads=1), path, lambda _: Span(start, end))


def numbers(frames: list[Frame]) -> list[int]:
    return [round((float(frame.planes[0].mean()) - 20) / 2) for frame in frames]


@pytest.mark.parametrize("kind", ["mp4", "mkv", "avi", "ts", "joined"])
@pytest.mark.parametrize(
    ("start", "end"), [("0", "0.5"), ("0.3", "1"), ("3.9", "4.2"), ("4", "4.5"), ("7.7", None), ("2.96", "3.04")]
)
def test_a_part_has_the_frames_that_are_shown_in_it(films: dict[str, Path], kind: str, start: str, end: str | None) -> None:
    first, last = Fraction(start), Fraction(end) if end is not None else None
    with closing(trimmed(films[kind], first, last)) as decoder:
        frames = list(decoder)
        expected = round(decoder.get_video_info().duration_seconds * RATE)
    length = 160 if kind == "joined" else 80
    wanted = [n for n in range(length) if Fraction(n, RATE) + Fraction(1, 20) >= first]
    wanted = [n for n in wanted if last is None or Fraction(n, RATE) + Fraction(1, 20) < last]
    assert numbers(frames) == [n % 80 for n in wanted]
    assert [frame.index for frame in frames] == list(range(len(wanted)))
    if kind != "joined":
        assert abs(expected - len(wanted)) <= 1


def test_a_part_behind_a_clock_that_starts_anew_is_that_of_the_film(films: dict[str, Path]) -> None:
    """At ten seconds it is the second time that the clock shows two."""
    with closing(trimmed(films["joined"], Fraction(10), Fraction(21, 2))) as decoder:
        assert numbers(list(decoder)) == [20, 21, 22, 23, 24]
        assert decoder.stats.notes == []


@pytest.mark.parametrize("kind", ["mp4", "mkv", "ts"])
def test_timestamps_are_those_of_the_source(films: dict[str, Path], kind: str) -> None:
    with closing(SoftwareDecoder(films[kind])) as decoder:
        whole = [frame.pts for frame in decoder]
    with closing(trimmed(films[kind], Fraction(3), Fraction(5))) as decoder:
        assert [frame.pts for frame in decoder] == whole[30:50]


@pytest.mark.parametrize("kind", ["mp4", "avi"])
def test_reading_goes_on_in_the_middle_of_a_part(films: dict[str, Path], kind: str) -> None:
    with closing(trimmed(films[kind], Fraction(2), Fraction(6))) as decoder:
        whole = list(decoder)
    with closing(trimmed(films[kind], Fraction(2), Fraction(6))) as decoder:
        assert decoder.seek(17, whole[17].pts)
        rest = list(decoder)
    assert [(frame.index, frame.pts) for frame in rest] == [(frame.index, frame.pts) for frame in whole[17:]]


@pytest.mark.parametrize("kind", ["mp4", "ts"])
def test_a_part_behind_the_end_is_refused(films: dict[str, Path], kind: str) -> None:
    expected = pytest.raises(TooShortError, match=r"lasts (8\.0|7\.9) s and has nothing from 20 s on; begin earlier")
    with expected, closing(trimmed(films[kind], Fraction(20))) as decoder:
        list(decoder)


@pytest.mark.parametrize("kind", ["mp4", "ts"])
def test_an_end_behind_the_end_is_that_of_the_video_and_told(films: dict[str, Path], kind: str) -> None:
    with closing(trimmed(films[kind], Fraction(7), Fraction(100))) as decoder:
        assert numbers(list(decoder)) == list(range(70, 80))
        assert decoder.stats.notes == [f"{films[kind]} ends at 8.0 s, before the end that was asked for (100 s)."]
    with closing(trimmed(films[kind], Fraction(7), Fraction(8))) as decoder:
        assert len(list(decoder)) == 10
        assert decoder.stats.notes == []


def test_damage_counts_where_it_is_part_of_the_film(tmp_path: Path) -> None:
    path = damaged("damaged.mkv", VideoFile(codec="mpeg4"), packets=slice(2, 4), keep=20)(tmp_path)
    with closing(trimmed(path, Fraction(1, 2))) as decoder:
        assert len(list(decoder)) > 0
        assert decoder.stats.corrupt_packets == 0
    with closing(trimmed(path, Fraction(0), Fraction(4, 5))) as decoder:
        list(decoder)
        assert decoder.stats.corrupt_packets > 0
        assert any("is damaged" in warning for warning in decoder.stats.warnings)


@given(st.integers(0, 79), st.integers(1, 80), st.sampled_from(["mp4", "ts"]))
def test_any_two_parts_make_the_whole(films: dict[str, Path], start: int, length: int, kind: str) -> None:
    end = min(start + length, 80)
    with closing(trimmed(films[kind], Fraction(start, RATE), Fraction(end, RATE))) as decoder:
        assert numbers(list(decoder)) == list(range(start, end))


class OnlyForwards:
    """A decoder that can't seek, as that of a GPU."""

    def __init__(self, decoder: SoftwareDecoder) -> None:
        self._decoder, self.stats = decoder, decoder.stats
        self.get_video_info, self.decode_batch, self.close = decoder.get_video_info, decoder.decode_batch, decoder.close

    def __iter__(self) -> Iterator[Frame]:
        return iter(self._decoder)

    def seek(self, index: int, pts: int) -> bool:
        return False


def test_a_decoder_that_cannot_seek_is_read_up_to_the_part(films: dict[str, Path]) -> None:
    open_decoder: Callable[[], Decoder] = lambda: OnlyForwards(SoftwareDecoder(films["mp4"]))  # noqa: E731
    with closing(TrimmedDecoder(open_decoder, films["mp4"], lambda _: Span(Fraction(3), Fraction(4)))) as decoder:
        assert numbers(decoder.decode_batch(4)) == [30, 31, 32, 33]
        assert numbers(list(decoder)) == [34, 35, 36, 37, 38, 39]
        assert not decoder.seek(3, 0)
