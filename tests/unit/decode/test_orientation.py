"""Every way in which a camera can be held, by where the corners of a known picture come out."""

from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.support.video_files import VideoFile, luma, picture

from dualface.decode.software import SoftwareDecoder
from dualface.types import Frame, U8Array


def luma_corners(plane: U8Array) -> list[int]:
    """Top left, top right, bottom left, bottom right."""
    return [int(plane[y, x]) for y in (4, -5) for x in (4, -5)]


def decode(path: Path) -> tuple[Frame, int]:
    with closing(SoftwareDecoder(path)) as decoder:
        return next(iter(decoder)), decoder.get_video_info().rotation


def turned(quarter_turns: int, *, mirrored: bool = False) -> U8Array:
    """The test picture turned counterclockwise, then mirrored, as set_display_rotation describes it."""
    image = np.rot90(picture(64, 48), quarter_turns)
    return image[:, ::-1] if mirrored else image


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("quarter_turns", [0, 1, 2, 3])
@pytest.mark.parametrize("name", ["film.mp4", "film.mkv"])
def test_the_picture_stands_upright(name: str, quarter_turns: int, mirrored: bool, tmp_path: Path) -> None:
    spec = VideoFile(frames=1, rotation=90 * quarter_turns, mirrored=mirrored, codec="libx264", options={"qp": "0"})
    frame, degrees = decode(spec.write(tmp_path / name))
    expected = luma(turned(quarter_turns, mirrored=mirrored))
    assert frame.planes[0].shape == expected.shape
    assert np.abs(np.subtract(luma_corners(frame.planes[0]), luma_corners(expected))).max() <= 2
    if not mirrored:
        assert degrees == -90 * quarter_turns % 360


def test_planes_are_positive_strides_even_upside_down(tmp_path: Path) -> None:
    frame, _ = decode(VideoFile(frames=1, rotation=180, mirrored=True).write(tmp_path / "film.mp4"))
    assert all(stride > 0 for plane in frame.planes for stride in plane.strides)


@pytest.mark.parametrize(("orientation", "quarter_turns"), [(1, 0), (3, 2), (6, 3), (8, 1)])
def test_photos_follow_their_exif_orientation(orientation: int, quarter_turns: int, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(picture(64, 48)).save(tmp_path / "photo.jpg", exif=exif, quality=95)
    frame, _ = decode(tmp_path / "photo.jpg")
    expected = luma(turned(quarter_turns))
    assert np.abs(np.subtract(luma_corners(frame.planes[0]), luma_corners(expected))).max() <= 3
