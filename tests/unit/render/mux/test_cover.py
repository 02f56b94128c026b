"""Cover pictures and attached files are kept where the container has a place for them."""

from io import BytesIO
from pathlib import Path
from typing import Any

import av
import pytest
from av.stream import Disposition
from PIL import Image
from tests.support.films import Film
from tests.unit.render.mux.test_assemble import pictures

from dualface.render.mux.assemble import assemble


def picture_file(kind: str, shade: int = 200) -> bytes:
    file = BytesIO()
    Image.new("RGB", (120, 90), (shade, 30, 30)).save(file, kind)
    return file.getvalue()


JPEG, PNG = picture_file("JPEG"), picture_file("PNG")


def with_covers(folder: Path, name: str, *covers: bytes) -> Path:
    """A film with cover pictures, as music shops and home libraries make them; in Matroska a font, too."""
    plain, path = Film().write(folder / "plain.mp4"), folder / name
    kind = "matroska" if path.suffix == ".mkv" else "mp4"
    with av.open(str(plain)) as before, av.open(str(path), "w", format=kind) as after:
        streams = [after.add_stream_from_template(stream, opaque=True) for stream in before.streams]
        packets: list[Any] = []
        if path.suffix == ".mkv":
            for number, cover in enumerate(covers):
                after.add_attachment(f"picture-{number}", f"image/{Image.open(BytesIO(cover)).format}".lower(), cover)
            after.add_attachment("some.ttf", "font/ttf", b"a font")
        else:
            for cover in covers:
                with av.open(BytesIO(cover)) as picture:
                    stream = after.add_stream_from_template(picture.streams.video[0], opaque=True)
                stream.disposition = Disposition.attached_pic
                packet: Any = av.Packet(cover)
                packet.stream = stream
                packets.append(packet)
        for packet in before.demux():
            if packet.size:
                packet.stream = streams[packet.stream_index]
                packets.append(packet)
        for packet in packets:
            after.mux(packet)
    return path


def covers_in(path: Path) -> list[bytes]:
    with av.open(str(path)) as container:
        wanted = {s.index for s in container.streams.video if s.disposition & Disposition.attached_pic}
        return [bytes(packet) for packet in container.demux() if packet.size and packet.stream_index in wanted]


@pytest.mark.parametrize("source", ["film.mp4", "film.m4v", "film.mkv"])
@pytest.mark.parametrize("container", ["mp4", "mkv"])
@pytest.mark.parametrize("covers", [(JPEG,), (PNG, JPEG)], ids=["one", "two"])
def test_covers_are_kept_byte_for_byte(source: str, container: Any, covers: tuple[bytes, ...], tmp_path: Path) -> None:
    film = with_covers(tmp_path, source, *covers)
    output = tmp_path / f"out.{container}"
    report = assemble(pictures(film, tmp_path / "work"), film, output, container=container)
    assert covers_in(output) == list(covers)
    assert report.warnings == []
    with av.open(str(output)) as made:
        assert len(list(made.decode(video=0))) == 30
        assert len(made.streams.audio) == 1


def test_where_there_is_no_place_for_a_cover_it_is_told(tmp_path: Path) -> None:
    film = with_covers(tmp_path, "film.mp4", JPEG)
    report = assemble(pictures(film, tmp_path / "work"), film, tmp_path / "out.mov", container="mov")
    assert report.warnings == ["film.mp4: the cover picture (mjpeg) does not fit into MOV and was left out; MKV takes it."]


def test_attached_files_go_from_matroska_to_matroska(tmp_path: Path) -> None:
    film = with_covers(tmp_path, "film.mkv", JPEG)
    assemble(pictures(film, tmp_path / "work"), film, tmp_path / "out.mkv", container="mkv")
    with av.open(str(tmp_path / "out.mkv")) as made:
        assert [(file.name, file.mimetype, file.data) for file in made.streams.attachments] == [
            ("some.ttf", "font/ttf", b"a font")
        ]
