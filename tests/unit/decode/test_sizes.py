"""The sizes of a stream's pictures are known before they are decoded, whatever the codec and the container."""

from fractions import Fraction
from pathlib import Path

import pytest
from tests.support.odd_inputs import changing_size, damaged
from tests.support.video_files import VideoFile

from dualface.decode.open import open_video
from dualface.decode.properties import PictureSize
from dualface.decode.sizes import lasting_sizes

SIZES = ((64, 48), (128, 96), (64, 80))  # x265 writes past its memory for pictures of fewer than 64 columns
X265 = {"x265-params": "log-level=none:bframes=0"}
SVT = {"svtav1-params": "pred-struct=1"}
NO_B = {"bf": "0"}


@pytest.fixture(autouse=True)
def quiet_svt(monkeypatch: pytest.MonkeyPatch) -> None:
    """It writes its log past FFmpeg's, and this process may have other tests that look at what is written."""
    monkeypatch.setenv("SVT_LOG", "1")


def sizes_of(path: Path, first: tuple[int, int] = SIZES[0], **options: int) -> list[tuple[int, int]]:
    video = open_video(path, 1)
    try:
        return [(size.width, size.height) for size in lasting_sizes(video, first, **options)]
    finally:
        video.container.close()


@pytest.mark.parametrize("read_whole", [1 << 30, 0])
@pytest.mark.parametrize(
    ("name", "spec"),
    [
        ("film.ts", VideoFile(options=NO_B)),
        ("film.mp4", VideoFile(options=NO_B)),
        ("film.mkv", VideoFile(options=NO_B)),
        ("film.flv", VideoFile(options=NO_B)),
        ("film.h264", VideoFile(options=NO_B)),
        ("hevc.ts", VideoFile(codec="libx265", options=X265)),
        ("hevc.mp4", VideoFile(codec="libx265", options=X265)),
        ("vp8.webm", VideoFile(codec="libvpx")),
        ("vp9.webm", VideoFile(codec="libvpx-vp9")),
        ("av1.mkv", VideoFile(codec="libsvtav1", options=SVT)),
        ("mpeg2.ts", VideoFile(codec="mpeg2video")),
        ("mpeg4.avi", VideoFile(codec="mpeg4")),
        ("mjpeg.avi", VideoFile(codec="mjpeg", pix_fmt="yuvj420p")),
        ("prores.mov", VideoFile(codec="prores_ks", pix_fmt="yuv422p10le")),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every_size_is_found(name: str, spec: VideoFile, read_whole: int, tmp_path: Path) -> None:
    path = changing_size(tmp_path, SIZES, name=name, spec=spec)
    assert sizes_of(path, read_whole=read_whole) == list(SIZES)


def test_pixel_shapes_are_told(tmp_path: Path) -> None:
    path = VideoFile(pixel_aspect=Fraction(4, 3)).write(tmp_path / "film.ts")
    video = open_video(path, 1)
    assert lasting_sizes(video, (64, 48)) == [PictureSize(64, 48, Fraction(4, 3))]
    video.container.close()


def test_a_size_counts_by_the_time_it_lasts(tmp_path: Path) -> None:
    """One key frame of the large size at the start of many small ones, or many key frames in no time."""
    often = VideoFile(options={"bf": "0", "g": "1"})
    assert sizes_of(changing_size(tmp_path, [(128, 96), *[(64, 48)] * 60], spec=often), (128, 96)) == [(64, 48)]
    assert sizes_of(changing_size(tmp_path, [(128, 96), *[(64, 48)] * 20], spec=often), (128, 96)) == [(128, 96), (64, 48)]


def test_a_clock_that_starts_anew_hides_no_size(tmp_path: Path) -> None:
    large = VideoFile(width=128, height=96, frames=20).write(tmp_path / "large.ts").read_bytes()
    small = VideoFile(frames=30).write(tmp_path / "small.ts").read_bytes()
    path = tmp_path / "joined.ts"
    path.write_bytes(large + small)
    assert sizes_of(path, (128, 96)) == [(128, 96), (64, 48)]
    path.write_bytes(small + large)
    assert sizes_of(path) == [(64, 48), (128, 96)]


def test_where_the_decoder_shows_another_size_nothing_is_told(tmp_path: Path) -> None:
    assert sizes_of(VideoFile().write(tmp_path / "film.mp4"), (60, 40)) == []


def test_damage_hides_no_sizes_and_raises_nothing(tmp_path: Path) -> None:
    assert sizes_of(damaged("damaged.mp4")(tmp_path)) == [(64, 48)]
    assert sizes_of(damaged("damaged.mkv", packets=slice(1, None))(tmp_path)) == [(64, 48)]
