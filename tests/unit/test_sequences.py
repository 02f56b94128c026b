"""Numbered pictures are a film: found, put in order, read at any rate, and told of where some are missing."""

from collections.abc import Callable
from contextlib import closing
from fractions import Fraction
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from dualface.decode.software import SoftwareDecoder, probe
from dualface.decode.trimmed import Span, TrimmedDecoder
from dualface.errors import InputError
from dualface.media import open_media
from dualface.sequences import is_sequence, name_of, pattern_for, pictures_of, series_in, told_of_gaps

Maker = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Maker:
    """Writes pictures of these names, each brighter than the one before, and returns their folder."""

    def run(*names: str, folder: str = "shots") -> Path:
        for number, name in enumerate(names):
            path = tmp_path / folder / name
            path.parent.mkdir(exist_ok=True, parents=True)
            Image.fromarray(np.full((48, 64), 20 + 10 * number, np.uint8)).convert("RGB").save(path)
        return tmp_path / folder

    return run


def decoded(source: Path, rate: Fraction = Fraction(25)) -> tuple[list[int], list[Fraction]]:
    """Which pictures come, by their brightness, and when."""
    with closing(SoftwareDecoder(source, threads=1, rate=rate)) as decoder:
        frames = list(decoder)
    levels = [round(((float(f.planes[0].mean()) - 16) * 255 / 219 - 20) / 10) for f in frames]
    return levels, [f.pts * f.time_base for f in frames]


@pytest.mark.parametrize("names", [("img%03d.png", 1), ("img%d.png", 8), ("%05d.jpg", 0), ("a 'b' [c] 100%% %02d.png", 1)])
@pytest.mark.parametrize("rate", [Fraction(25), Fraction(30000, 1001)])
def test_a_sequence_is_a_film_in_the_order_of_its_numbers(write: Maker, names: tuple[str, int], rate: Fraction) -> None:
    pattern, first = names
    folder = write(*(pattern % number for number in range(first, first + 5)))
    for source in (folder, folder / pattern):
        assert is_sequence(source)
        assert decoded(source, rate) == ([0, 1, 2, 3, 4], [n / rate for n in range(5)])


def test_a_pattern_names_its_matches_only(write: Maker) -> None:
    folder = write(*(f"img{number:03}.png" for number in range(1, 9)))
    assert decoded(folder / "img00[3-5].png") == ([2, 3, 4], [Fraction(n, 25) for n in range(3)])
    assert decoded(folder / "*.png")[0] == list(range(8))


def test_gaps_are_closed_and_told(write: Maker) -> None:
    folder = write("f1.png", "f2.png", "f4.png", "f7.png", "f8.png")
    assert decoded(folder) == ([0, 1, 2, 3, 4], [Fraction(n, 25) for n in range(5)])
    sentence = f"{folder}: pictures are missing (3, 5 to 6); the others follow each other without a gap."
    assert told_of_gaps(folder) == sentence
    with closing(SoftwareDecoder(folder)) as decoder:
        assert decoder.stats.warnings == [sentence]
        assert decoder.stats.notes == [f"{folder}: 5 pictures are taken as a film of 25 a second; --rate sets another rate."]


def test_what_is_known_beforehand(write: Maker) -> None:
    info = probe(write(*(f"img{number}.png" for number in range(12))))
    assert (info.width, info.height, info.total_frames, info.duration_seconds) == (64, 48, 12, 0.48)
    assert info.fps == 25
    assert not info.variable_rate
    assert not info.has_audio


def test_reading_goes_on_in_the_middle(write: Maker) -> None:
    folder = write(*(f"img{number:02}.png" for number in range(20)))
    with closing(SoftwareDecoder(folder)) as decoder:
        assert decoder.seek(13, 13)
        assert [(frame.index, frame.pts) for frame in decoder] == [(n, n) for n in range(13, 20)]


def test_a_part_of_a_sequence(write: Maker) -> None:
    folder, rate = write(*(f"img{number:02}.png" for number in range(20))), Fraction(10)
    for start, end in ((Fraction(1, 10), Fraction(5, 10)), (Fraction(12, 10), Fraction(2))):
        part = TrimmedDecoder(partial(SoftwareDecoder, folder, rate=rate), folder, lambda _, s=start, e=end: Span(s, e))  # type: ignore[misc]
        with closing(part) as decoder:
            assert [frame.pts for frame in decoder] == list(range(int(start * 10), int(end * 10)))


def test_pictures_of_several_sizes_find_room(write: Maker, tmp_path: Path) -> None:
    folder = write(*(f"img{number}.png" for number in range(4)))
    Image.new("RGB", (96, 64), (250, 250, 250)).save(folder / "img3.png")
    with closing(SoftwareDecoder(folder)) as decoder:
        assert {(frame.width, frame.height) for frame in decoder} == {(96, 64)}


def test_several_series_in_a_folder_are_named(write: Maker) -> None:
    folder = write("a1.png", "a2.png", "b1.png", "b2.png", "c.png", "notes.txt.png")
    assert [each.pattern.name for each in series_in(folder)] == ["a%d.png", "b%d.png"]
    with pytest.raises(InputError, match=r"holds several series of pictures; name one, as '.*a%d\.png' or '.*b%d\.png'"):
        pictures_of(folder)


def test_what_has_no_pictures_is_refused(write: Maker) -> None:
    folder = write("one.png", "two.png")
    with pytest.raises(InputError, match="is a folder, and has no numbered pictures"):
        pictures_of(folder)
    for name in ("img%03d.png", "img*.png"):
        with pytest.raises(InputError, match="names no pictures; check it"):
            open_media(folder / name)


def test_a_file_of_such_a_name_is_that_file(write: Maker) -> None:
    folder = write("img%03d.png", "img001.png", "img002.png", "img[1].png")
    assert not is_sequence(folder / "img%03d.png")
    assert not is_sequence(folder / "img[1].png")
    assert decoded(folder / "img%03d.png")[0] == [0]


@pytest.mark.parametrize("name", ["film%d.mp4", "film*.mkv", "film%03d"])
def test_names_of_videos_are_no_sequences(name: str) -> None:
    assert not is_sequence(Path(name))


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("talk.mp4", "talk"),
        ("shots", "shots"),
        ("shots/img%03d.png", "img"),
        ("shots/take_2_%04d.png", "take_2"),
        ("shots/take-2.*.png", "take-2"),
        ("shots/img00*.png", "img"),
        ("shots/img[0-4]?.png", "img"),
        ("shots/*.png", "shots"),
        ("shots/%05d.png", "shots"),
    ],
)
def test_a_film_is_called_after_what_its_pictures_have_in_common(
    source: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("shots").mkdir()
    assert name_of(Path(source)) == name


def test_a_pattern_that_a_shell_has_written_out_is_found_again(write: Maker) -> None:
    folder = write("img08.png", "img09.png", "img10.png", "other.png", "img11.jpg")
    numbered = sorted(folder.glob("img*.png"))
    assert pattern_for(numbered) == folder / "img*.png"
    assert pattern_for(numbered[:2]) == folder / "img0*.png"
    assert pattern_for([*numbered, folder / "other.png"]) == folder / "*.png"
    assert pattern_for([numbered[0], numbered[2]]) is None


@given(numbers=st.sets(st.integers(0, 1200), min_size=2, max_size=30), padding=st.integers(0, 4))
def test_any_numbers_come_in_order_each_once(numbers: set[int], padding: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The packets are the files, byte for byte."""
    folder = tmp_path_factory.mktemp("many")
    for number in numbers:
        content = b"P5 2 2 255\n" + bytes([number % 256, number // 256, 0, 0])
        (folder / f"x{number:0{padding}}.pgm").write_bytes(content)
    with open_media(folder, rate=Fraction(24)) as container:
        packets = [(packet.pts, bytes(packet)[-4:-2]) for packet in container.demux(video=0) if packet.size]
    assert packets == [(n, bytes([number % 256, number // 256])) for n, number in enumerate(sorted(numbers))]
