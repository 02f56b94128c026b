"""Where a film begins or ends in the middle of its source, sound, subtitles and chapters do, too."""

from pathlib import Path
from typing import Any

import av
import pytest
from tests.support.films import CLICK_SECONDS, Film, Tone, click_seconds, of_kind
from tests.unit.render.mux.test_assemble import pictures

from dualface.render.mux.assemble import assemble

LONG = Film(
    stamps=tuple(n * 512 for n in range(120)),
    tones=(Tone(seconds=4.0, start=0.0),),
    chapters=((0.0, 1.2, "One"), (1.2, 2.8, "Two"), (2.8, 4.0, "Three")),
)


def part(folder: Path, source: Path, container: Any, first: int, count: int, **how: Any) -> Path:
    """Pictures ``first`` to ``first + count`` of the source, 30 a second, assembled with its sound."""
    output = folder / f"part.{container}"
    segments = pictures(source, folder / "work", first=first, count=count)
    assemble(segments, source, output, container=container, from_start=False, complete=False, **how)
    return output


@pytest.mark.parametrize("container", ["mp4", "mov", "mkv"])
@pytest.mark.parametrize("source", ["source.mp4", "source.mkv", "source.ts"])
def test_sound_begins_and_ends_with_the_pictures(source: str, container: str, tmp_path: Path) -> None:
    """The click at half a second is heard a tenth after the first picture of a film that begins at 0.4 s."""
    film = LONG.write(tmp_path / source)
    output = part(tmp_path, film, container, first=12, count=60)
    assert click_seconds(output) == pytest.approx(CLICK_SECONDS - 0.4, abs=1 / 30)
    sound = of_kind(output, "audio")[0]
    assert min(sound.starts) > -0.13
    assert 1.9 < max(sound.starts) <= 2.0
    with av.open(str(output)) as made:
        first = next(made.decode(video=0))
        assert float(first.time or 0) == pytest.approx(0, abs=0.002)


@pytest.mark.parametrize("container", ["mp4", "mkv"])
@pytest.mark.parametrize("codec", ["libmp3lame", "flac", "pcm_s16le", "libopus", "ac3"])
def test_any_sound_stays_in_sync(codec: str, container: str, tmp_path: Path) -> None:
    film = Film(stamps=LONG.stamps, tones=(Tone(codec=codec, seconds=4.0),)).write(tmp_path / "source.mkv")
    output = part(tmp_path, film, container, first=9, count=60)
    assert click_seconds(output) == pytest.approx(CLICK_SECONDS - 0.3, abs=1 / 30)


def test_chapters_are_those_of_the_part(tmp_path: Path) -> None:
    output = part(tmp_path, LONG.write(tmp_path / "source.mp4"), "mp4", first=60, count=30)  # two to three seconds
    with av.open(str(output)) as made:
        chapters = [
            (c["start"] * base, c["end"] * base, c["metadata"]["title"]) for c in made.chapters() if (base := c["time_base"])
        ]
    assert [title for *_, title in chapters] == ["Two", "Three"]
    assert [float(start) for start, *_ in chapters] == pytest.approx([0, 0.8], abs=0.01)
    assert float(chapters[-1][1]) == pytest.approx(1.0, abs=0.05)


@pytest.mark.parametrize("container", ["mp4", "mkv"])
def test_subtitles_that_are_shown_at_the_start_are_shown(container: str, tmp_path: Path) -> None:
    texts = ((0.1, 0.6, "before"), (0.7, 1.5, "across"), (1.6, 2.0, "within"), (3.2, 3.6, "after"))
    film = Film(stamps=LONG.stamps, tones=LONG.tones, texts=texts).write(tmp_path / "source.mkv")
    output = part(tmp_path, film, container, first=30, count=60)  # one to three seconds
    words = [
        (float(start), payload)
        for text in of_kind(output, "subtitle")
        for start, payload in zip(text.starts, text.payload, strict=True)
        if len(payload) > 2
    ]
    assert [payload.strip(b"\0\x06") for _, payload in words] == [b"across", b"within"]
    assert [start for start, _ in words] == pytest.approx([0, 0.6], abs=0.02)


def test_what_is_behind_the_part_is_not_read(tmp_path: Path) -> None:
    """Ten seconds behind the last picture no more sound can belong to it, whatever a muxer has interleaved."""
    film = Film(stamps=tuple(n * 512 for n in range(900)), tones=(Tone(seconds=30.0),)).write(tmp_path / "source.mkv")
    asked = 0

    def counted() -> bool:
        nonlocal asked
        asked += 1
        return False

    part(tmp_path, film, "mkv", first=0, count=30, stop=counted)
    some = asked
    asked = 0
    part(tmp_path, film, "mkv", first=0, count=890, stop=counted, overwrite=True)
    assert some < asked / 2


def test_the_timecode_of_the_sources_start_is_not_that_of_a_part(tmp_path: Path) -> None:
    film = Film(stamps=LONG.stamps, metadata={"timecode": "10:00:00:00", "title": "A talk"}).write(tmp_path / "source.mkv")
    with av.open(str(part(tmp_path, film, "mkv", first=30, count=30))) as made:
        assert "timecode" not in {key.lower() for key in made.metadata}
        assert made.metadata["title"] == "A talk"


def test_without_a_start_sound_in_front_of_the_pictures_is_kept(tmp_path: Path) -> None:
    film = Film(stamps=tuple(15360 + n * 512 for n in range(60)), tones=(Tone(seconds=3.0),)).write(tmp_path / "source.mkv")
    output = tmp_path / "part.mkv"
    assemble(pictures(film, tmp_path / "work", count=30), film, output, container="mkv", complete=False)
    assert click_seconds(output) == pytest.approx(CLICK_SECONDS - 1, abs=1 / 30)
