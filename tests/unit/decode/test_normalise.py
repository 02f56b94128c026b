"""Frames in the wanted form pass untouched; all others are converted, checked against formulas and FFmpeg's own program."""

import subprocess
from collections.abc import Sequence
from contextlib import closing
from fractions import Fraction
from pathlib import Path

import av
import imageio_ffmpeg  # type: ignore[import-untyped]
import numpy as np
import pytest
from av.video.frame import VideoFrame
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import ArrayLike
from tests.support.odd_inputs import changing_size
from tests.support.video_files import VideoFile, planar_frame

from dualface.decode.normalise import Normaliser
from dualface.decode.properties import PictureSize
from dualface.decode.software import SoftwareDecoder
from dualface.decode.timestamps import Stamp
from dualface.types import Box, ColorTags, F64Array, Frame, U8Array

BT709 = ColorTags(1, 1, 1)


def ramp(height: int, width: int, low: float, high: float) -> F64Array:
    """A diagonal gradient that looks the same at every size."""
    y, x = np.mgrid[0:height, 0:width]
    return np.asarray(low + (high - low) * ((x + 0.5) / width + (y + 0.5) / height) / 2, np.float64)


def gradient(
    pix_fmt: str = "yuv420p", color: ColorTags = BT709, *, size: tuple[int, int] = (64, 48), bits: int = 8
) -> VideoFrame:
    """A frame of gradients that spans the limited range."""
    width, height = size
    chroma_width = width if "444" in pix_fmt else -(-width // 2)
    chroma_height = height if "444" in pix_fmt or "422" in pix_fmt else -(-height // 2)
    ramps = [ramp(height, width, 16, 235)]
    ramps += [ramp(chroma_height, chroma_width, low, high) for low, high in ((60, 200), (190, 70))]
    return planar_frame([np.rint(each * 2 ** (bits - 8)).astype("u1" if bits == 8 else "u2") for each in ramps], pix_fmt, color)


def normalise(frame: VideoFrame, pixel_aspect: Fraction | None = None) -> tuple[list[U8Array], ColorTags]:
    normaliser = Normaliser(frame, pixel_aspect)
    [(picture, stamp, content)] = normaliser.push(frame, Stamp(7, 1), pixel_aspect) + normaliser.flush()
    assert stamp == Stamp(7, 1)
    assert content is None
    return planes(picture), normaliser.color


def planes(picture: VideoFrame) -> list[U8Array]:
    return [np.asarray(np.from_dlpack(plane), np.uint8) for plane in picture.planes]


def largest_difference(a: Sequence[ArrayLike], b: Sequence[ArrayLike]) -> float:
    return max(float(np.abs(np.subtract(p, q, dtype=float)).max()) for p, q in zip(a, b, strict=True))


@pytest.mark.parametrize("color", [ColorTags(), BT709, ColorTags(5, 6, 5), ColorTags(9, 14, 9)])
@pytest.mark.parametrize("size", [(64, 48), (65, 47)])
def test_frames_in_the_wanted_form_pass_untouched(color: ColorTags, size: tuple[int, int]) -> None:
    frame = gradient(color=color, size=size)
    normaliser = Normaliser(frame, Fraction(1))
    [(picture, _, _)] = normaliser.push(frame, Stamp(0, 0), Fraction(1))
    assert picture is frame
    assert normaliser.color == color


def test_a_decoded_frame_is_a_view_of_ffmpegs_memory(tmp_path: Path) -> None:
    with closing(SoftwareDecoder(VideoFile().write(tmp_path / "film.mp4"))) as decoder:
        frame = next(iter(decoder))
    assert isinstance(frame.owner, VideoFrame)
    addresses = [plane.__array_interface__["data"][0] for plane in frame.planes]
    assert addresses == [plane.buffer_ptr for plane in frame.owner.planes]


@pytest.mark.parametrize(
    ("pix_fmt", "bits"),
    [("yuv420p10le", 10), ("yuv422p", 8), ("yuv422p10le", 10), ("yuv444p", 8), ("yuv444p12le", 12)],
)
def test_depth_and_chroma_are_reduced(pix_fmt: str, bits: int) -> None:
    got, color = normalise(gradient(pix_fmt, bits=bits))
    assert largest_difference(got, planes(gradient())) <= 2
    assert color == BT709


@pytest.mark.parametrize("pix_fmt", ["yuv420p", "yuvj420p"])
def test_full_range_is_compressed(pix_fmt: str) -> None:
    full = [np.rint(each).astype(np.uint8) for each in (ramp(48, 64, 0, 255), ramp(24, 32, 0, 255), ramp(24, 32, 255, 0))]
    got, color = normalise(planar_frame(full, pix_fmt, ColorTags(1, 1, 1, full_range=True)))
    limited = [16 + full[0] * (219 / 255), *(128 + (plane - 128.0) * (224 / 255) for plane in full[1:])]
    assert largest_difference(got, limited) <= 1
    assert color == BT709


@pytest.mark.parametrize(("height", "matrix", "kr", "kb"), [(480, 6, 0.299, 0.114), (720, 1, 0.2126, 0.0722)])
def test_rgb_becomes_ycbcr_of_its_size(height: int, matrix: int, kr: float, kb: float) -> None:
    red, green, blue = 200, 90, 30
    samples = np.full((height, 64, 3), (red, green, blue), np.uint8)
    got, color = normalise(VideoFrame.from_ndarray(samples, format="rgb24"))
    y = kr * red + (1 - kr - kb) * green + kb * blue
    expected = [16 + y * 219 / 255, 128 + (blue - y) / (2 - 2 * kb) * 224 / 255, 128 + (red - y) / (2 - 2 * kr) * 224 / 255]
    assert largest_difference([plane[4, 4] for plane in got], expected) <= 1
    assert color == ColorTags(matrix=matrix)


def test_alpha_is_dropped() -> None:
    transparent = VideoFrame.from_ndarray(np.full((48, 64, 4), (200, 200, 200, 0), np.uint8), format="rgba")
    assert normalise(transparent)[0][0][0, 0] == pytest.approx(16 + 200 * 219 / 255, abs=1)


@pytest.mark.parametrize(
    ("aspect", "size"),
    [
        (Fraction(4, 3), (85, 48)),
        (Fraction(8, 9), (64, 54)),
        (Fraction(1), (64, 48)),
        (None, (64, 48)),
        (Fraction(1000), (64, 48)),
    ],
)
def test_pixels_become_square(aspect: Fraction | None, size: tuple[int, int]) -> None:
    got, _ = normalise(gradient(), aspect)
    assert got[0].shape == size[::-1]
    assert largest_difference(got, planes(gradient(size=size))) <= 3


def test_an_odd_matrix_is_kept() -> None:
    """YCgCo, which FFmpeg's scaler can't compute: only the chroma planes are reduced."""
    got, color = normalise(gradient("yuv444p", ColorTags(1, 1, 8)))
    assert largest_difference(got, planes(gradient())) <= 2
    assert color == ColorTags(1, 1, 8)


def test_a_change_of_matrix_is_converted_to_the_first() -> None:
    first = gradient(color=BT709)
    normaliser = Normaliser(first, None)
    normaliser.push(first, Stamp(0, 0), None)
    grey_red = [np.full((48, 64), 100, np.uint8), np.full((24, 32), 110, np.uint8), np.full((24, 32), 160, np.uint8)]
    [(picture, _, _)] = normaliser.push(planar_frame(grey_red, "yuv420p", ColorTags(6, 6, 6)), Stamp(1, 0), None)
    y, cb, cr = (100 - 16) / 219, (110 - 128) / 224, (160 - 128) / 224
    red, blue = y + 1.402 * cr, y + 1.772 * cb
    green = (y - 0.299 * red - 0.114 * blue) / 0.587
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    expected = [16 + 219 * y, 128 + 224 * (blue - y) / 1.8556, 128 + 224 * (red - y) / 1.5748]
    assert largest_difference([plane[4, 4] for plane in planes(picture)], expected) <= 1


def decoded(path: Path) -> tuple[list[Frame], list[str]]:
    with closing(SoftwareDecoder(path)) as decoder:
        return list(decoder), decoder.stats.notes


def test_pictures_that_grow_are_as_sharp_as_they_were_recorded(tmp_path: Path) -> None:
    """The larger second part comes out untouched, the first is enlarged to its size."""
    path = changing_size(tmp_path, [(64, 36), (256, 144)], stripes)
    frames, notes = decoded(path)
    with av.open(str(path)) as container:
        raw = [planes(frame) for frame in container.decode(video=0)]
    assert {(frame.width, frame.height, frame.content) for frame in frames} == {(256, 144, None)}
    assert largest_difference(frames[-1].planes, raw[-1]) == 0
    assert notes == [f"{path}: its pictures change their size (64×36, 256×144); all are worked on at 256×144."]


def test_a_turned_part_finds_room_beside_the_rest_and_tells_where_it_lies(tmp_path: Path) -> None:
    """Neither is reduced: the frame is as wide as the one and as high as the other."""
    frames, _ = decoded(changing_size(tmp_path, [(64, 48), (48, 64)], stripes))
    assert {(frame.width, frame.height) for frame in frames} == {(64, 64)}
    assert [frame.content for frame in frames] == [Box(0, 8, 64, 48)] * 8 + [Box(8, 0, 48, 64)] * 8
    for frame in (frames[0], frames[-1]):
        assert frame.content is not None
        x, y, w, h = (int(number) for number in frame.content)
        inside = np.zeros((64, 64), bool)
        inside[y : y + h, x : x + w] = True
        assert np.all(frame.planes[0][~inside] == 16)
        assert np.mean(frame.planes[0][inside]) > 60


def test_a_change_of_size_keeps_all_frames_and_their_times(tmp_path: Path) -> None:
    frames, _ = decoded(changing_size(tmp_path))
    assert [frame.pts for frame in frames] == [3600 * index for index in range(24)]
    assert {(frame.width, frame.height) for frame in frames} == {(96, 64)}
    first, upright = frames[0], frames[-1]
    assert first.content == Box(4, 0, 85, 64)
    assert upright.content == Box(24, 0, 48, 64)


def test_what_does_not_last_decides_nothing(tmp_path: Path) -> None:
    """A slate of one picture before a hundred, larger, and damage that looks like a huge picture."""
    path = changing_size(tmp_path, [(128, 96), *[(64, 48)] * 13])
    with closing(SoftwareDecoder(path)) as decoder:
        assert (decoder.get_video_info().width, decoder.get_video_info().height) == (128, 96), "an eighth of a film lasts"
    path = changing_size(tmp_path, [(128, 96), *[(64, 48)] * 60])
    frames, notes = decoded(path)
    assert {(frame.width, frame.height, frame.content) for frame in frames} == {(64, 48, None)}
    assert notes == []


SHAPES = st.tuples(st.integers(16, 400), st.integers(16, 400))


@given(st.lists(SHAPES, min_size=1, max_size=4), st.data())
@settings(deadline=None)
def test_whatever_the_sizes_nothing_that_lasts_is_reduced(shapes: list[tuple[int, int]], data: st.DataObject) -> None:
    first = gradient(size=shapes[0])
    normaliser = Normaliser(first, None, sizes=[PictureSize(*shape, None) for shape in shapes])
    width, height = normaliser.size
    assert (width, height) == (max(w for w, _ in shapes), max(h for _, h in shapes))
    shape = data.draw(st.sampled_from(shapes))
    [(picture, _, content)] = normaliser.push(gradient(size=shape), Stamp(0, 1), None) + normaliser.flush()
    assert (picture.width, picture.height) == (width, height)
    x, y, w, h = content or Box(0, 0, width, height)
    assert x >= 0
    assert y >= 0
    assert x + w <= width
    assert y + h <= height
    assert w >= shape[0] - 1
    assert h >= shape[1] - 1
    assert abs(w - shape[0] * h / shape[1]) <= 1.5 or abs(h - shape[1] * w / shape[0]) <= 1.5, "the shape is kept"


@pytest.mark.parametrize("first_size", [(65, 77), (64, 75), (91, 40)])
def test_a_change_of_size_keeps_even_an_odd_one(first_size: tuple[int, int]) -> None:
    first = gradient(size=first_size)
    normaliser = Normaliser(first, None)
    normaliser.push(first, Stamp(0, 0), None)
    [(picture, _, content)] = normaliser.push(gradient(), Stamp(1, 0), None)
    assert [plane.shape for plane in planes(picture)] == [plane.shape for plane in planes(first)]
    assert content is not None
    assert content.w == first_size[0] or content.h == first_size[1]
    middle = [plane[plane.shape[0] // 2, plane.shape[1] // 2] for plane in planes(picture)]
    assert largest_difference(middle, [(16 + 235) / 2, (60 + 200) / 2, (190 + 70) / 2]) <= 6


def stripes(width: int, height: int) -> U8Array:
    """Detail as fine as the size allows: columns of light and dark; uint8, shape (height, width, 3), RGB."""
    return np.broadcast_to(np.where(np.arange(width) % 4 < 2, 200, 60).astype(np.uint8)[None, :, None], (height, width, 3))


def interlaced_film(path: Path, frames: int = 6) -> Path:
    """A dark bar that moves four pixels each field, top field first, so that whole frames show a comb."""
    pictures = []
    for index in range(frames):
        woven = np.full((48, 64), 200, np.uint8)
        for field in (0, 1):
            left = 8 + 4 * (2 * index + field)
            woven[field::2, left : left + 10] = 30
        grey = np.full((24, 32), 128, np.uint8)
        frame = planar_frame([woven, grey, grey], "yuv420p")
        frame.pts, frame.time_base = index, Fraction(1, 25)
        pictures.append(frame)
    return VideoFile(frames=frames, options={"qp": "0", "x264-params": "tff=1"}).write(path, pictures)


def comb(plane: U8Array) -> float:
    lines = plane.astype(float)
    return float(np.abs(lines[1:-1] - (lines[:-2] + lines[2:]) / 2).mean())


def test_interlaced_frames_lose_their_comb_and_keep_their_timestamps(tmp_path: Path) -> None:
    path = interlaced_film(tmp_path / "film.mp4")
    with av.open(str(path)) as container:
        raw = [(frame.pts, comb(planes(frame)[0])) for frame in container.decode(video=0)]
    with closing(SoftwareDecoder(path)) as decoder:
        assert decoder.get_video_info().interlaced
        got = [(frame.pts, comb(frame.planes[0])) for frame in decoder]
    assert [pts for pts, _ in got] == [pts for pts, _ in raw]
    assert max(after for _, after in got) < min(before for _, before in raw) / 4


def ffmpeg_frames(path: Path, width: int, height: int, chroma_column: int) -> list[list[U8Array]]:
    """What FFmpeg's own program makes of the video stream; ``chroma_column``: 0 sited left, 128 in the middle."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", str(path), "-fps_mode", "passthrough"]
    sited = f"in_h_chr_pos={chroma_column}:out_h_chr_pos=0:out_v_chr_pos=128"
    filters = f"scale={width}:{height}:out_range=limited:{sited},format=yuv420p"
    command += ["-vf", filters, "-f", "rawvideo", "-"]
    data = np.frombuffer(subprocess.run(command, check=True, capture_output=True).stdout, np.uint8)
    chroma = -(-height // 2), -(-width // 2)
    sizes = [height * width, chroma[0] * chroma[1], chroma[0] * chroma[1]]
    frames = data.reshape(-1, sum(sizes))
    shapes = [(height, width), chroma, chroma]
    return [
        [part.reshape(shape) for part, shape in zip(np.split(each, np.cumsum(sizes)[:-1]), shapes, strict=True)]
        for each in frames
    ]


@pytest.mark.parametrize(
    ("name", "spec"),
    [
        ("turned.mp4", VideoFile(rotation=90)),
        ("10bit.mkv", VideoFile(codec="ffv1", pix_fmt="yuv420p10le")),
        ("prores.mov", VideoFile(codec="prores_ks", pix_fmt="yuv422p10le")),
        ("mjpeg.avi", VideoFile(codec="mjpeg", pix_fmt="yuvj422p")),
        ("gray.mkv", VideoFile(codec="ffv1", pix_fmt="gray")),
        ("odd.mkv", VideoFile(codec="ffv1", pix_fmt="yuv444p", width=65, height=49)),
    ],
)
def test_frames_are_those_of_ffmpegs_own_program(name: str, spec: VideoFile, tmp_path: Path) -> None:
    path = spec.write(tmp_path / name)
    with closing(SoftwareDecoder(path)) as decoder:
        frames: list[Frame] = list(decoder)
    expected = ffmpeg_frames(path, frames[0].width, frames[0].height, 128 if spec.codec == "mjpeg" else 0)
    assert len(frames) == len(expected) == 8
    for frame, want in zip(frames, expected, strict=True):
        assert largest_difference(frame.planes, want) <= 2
