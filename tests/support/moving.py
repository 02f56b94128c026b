"""Films of something that moves, so that frames can be told apart."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import numpy as np
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
