"""Films of something that moves, so that frames can be told apart."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import numpy as np
from av.filter import Graph
from av.video.frame import VideoFrame
from tests.support.video_files import VideoFile


def moving_film(path: Path, width: int, height: int, frames: int, **options: Any) -> Path:
    """Coloured blocks that drift to the left by six pixels a frame.  ``options`` as :class:`VideoFile` has them."""
    video = VideoFile(width, height, frames, **({"options": {"crf": "16", "preset": "veryfast"}} | options))
    random = np.random.default_rng(1)
    blocks = random.integers(0, 255, (height // 6 + 1, width // 6 + frames + 1, 3), np.uint8).repeat(6, 0).repeat(6, 1)
    pictures = []
    for n in range(frames):
        picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(blocks[:height, 6 * n : 6 * n + width]), format="rgb24")
        picture = picture.reformat(format=video.pix_fmt)
        picture.pts, picture.time_base = n, 1 / video.rate
        pictures.append(picture)
    return video.write(path, pictures)


def interlaced_film(path: Path, width: int, height: int, frames: int, *, first: str = "tff", **options: Any) -> Path:
    """:func:`moving_film` in H.264, its pictures coded as two fields, the upper (``tff``) or the lower (``bff``) one first."""
    whole = moving_film(path.with_name("whole.mp4"), width, height, frames)
    spec = VideoFile(width, height, frames, options={"x264-params": f"{first}=1", "crf": "16", "preset": "veryfast"}, **options)
    with av.open(str(whole)) as container:
        return spec.write(path, [_in_fields(picture, first) for picture in container.decode(video=0)])


def _in_fields(picture: VideoFrame, first: str) -> VideoFrame:
    """The encoder goes by what each picture says of itself."""
    graph = Graph()
    size = f"{picture.width}x{picture.height}"
    source = graph.add("buffer", video_size=size, pix_fmt=picture.format.name, time_base=str(picture.time_base))
    sink = graph.add("buffersink")
    graph.link_nodes(source, graph.add("setfield", mode=first), sink).configure()
    source.push(picture)
    made = sink.pull()
    assert isinstance(made, VideoFrame)
    return made
