"""The frame at a time is found, whatever the container's clock and the order of its packets."""

from fractions import Fraction
from functools import partial
from itertools import islice
from pathlib import Path

import av
import numpy as np
import pytest

from dualface.decode.seeking import frames_from
from dualface.decode.software import SoftwareDecoder


@pytest.fixture(params=["mp4", "ts", "mkv", "avi"])
def film(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Ten seconds at 10 frames/s with B-frames and a key frame every four seconds; the brightness counts the frames."""
    path = tmp_path / f"film.{request.param}"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10, options={"bf": "2", "g": "40", "crf": "10"})
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        for n in range(100):
            frame = av.VideoFrame.from_ndarray(np.full((96, 64), 20 + 2 * n, np.uint8), "yuv420p")
            frame.pts, frame.time_base = n, Fraction(1, 10)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


@pytest.mark.parametrize("seconds", [0.0, 0.3, 1.0, 3.9, 4.0, 4.1, 7.77, 9.9])
def test_finds_the_frame_at_a_time(film: Path, seconds: float) -> None:
    frames = frames_from(partial(SoftwareDecoder, film, threads=1), film, seconds)
    numbers = [(float(frame.planes[0].mean()) - 20) / 2 for frame in islice(frames, 2)]
    frames.close()
    wanted = [n for n in range(100) if n / 10 >= seconds - 0.05][:2]
    assert numbers == pytest.approx(wanted, abs=1.0)


def test_finds_none_behind_the_end(film: Path) -> None:
    assert next(frames_from(partial(SoftwareDecoder, film, threads=1), film, 60), None) is None
