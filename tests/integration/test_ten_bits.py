"""For editors, a source of 10 bits becomes a film of 10 bits."""

from __future__ import annotations

import threading
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from tests.support.configured import configured

from dualface.api.orders import order
from dualface.config.schema import Config
from dualface.decode.constant_rate import ConstantRateDecoder
from dualface.decode.software import SoftwareDecoder, probe
from dualface.events import EventBus
from dualface.jobs import VideoOutcome
from dualface.types import U16Array
from dualface.video.shared_models import SharedModels
from dualface.video.video_run import VideoRun

WIDTH, HEIGHT, FRAMES = 1280, 144, 12


@pytest.fixture(scope="module", params=["yuv420p10le", pytest.param("yuv422p10le", marks=pytest.mark.slow)])
def source(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ramp from dark to bright, of more levels than 8 bits have."""
    path = tmp_path_factory.mktemp("source") / "ramp.mov"
    ramp = np.linspace(70, 930, WIDTH).round().astype(np.uint16)
    with av.open(str(path), "w") as film:
        stream: Any = film.add_stream("libx265", rate=25, options={"x265-params": "lossless=1:log-level=none"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, request.param
        stream.codec_context.color_range = 1
        for n in range(FRAMES):
            frame = av.VideoFrame(WIDTH, HEIGHT, request.param)
            for plane, row in zip(frame.planes, (ramp, *[np.full(WIDTH // 2, 512, np.uint16)] * 2), strict=True):
                rows = np.frombuffer(plane, np.uint16).reshape(plane.height, -1)  # type: ignore[call-overload]
                rows[:, : plane.width] = row
            frame.pts, frame.time_base = n, Fraction(1, 25)
            film.mux(stream.encode(frame))
        film.mux(stream.encode(None))
    return path


def made(source: Path, folder: Path, **settings: str) -> tuple[VideoOutcome, Config]:
    whole = {
        "framing.size": "1280x144",
        "framing.layout": "follow",
        "hardware.device": "cpu",
    }  # nobody is there: the whole scene
    config = configured(folder, **whole | settings)
    _, job = order(source, folder / "out", config, overwrite=False, also=["youtube:size=640x144,codec=h264"])
    models = SharedModels(config)
    models.detector = lambda width, height: _SeesNobody()  # type: ignore[method-assign]
    outcome = VideoRun(job, config, models, bus=EventBus(), stop=threading.Event()).run()
    assert outcome.error is None
    return outcome, config


class _SeesNobody:
    def detect(self, frames: Any) -> list[list[Any]]:
        return [[] for _ in frames]

    def close(self) -> None:
        pass


def luma(path: Path) -> tuple[str, U16Array]:
    with av.open(str(path)) as film:
        frame = list(film.decode(video=0))[-1]
        rows = np.frombuffer(frame.planes[0], np.uint16).reshape(frame.height, -1)  # type: ignore[call-overload]
        return frame.format.name, rows[:, : frame.width].copy()


@pytest.mark.parametrize("codec", ["prores", pytest.param("dnxhr", marks=pytest.mark.slow)])
def test_a_gradient_keeps_more_levels_than_eight_bits_have(codec: str, source: Path, tmp_path: Path) -> None:
    outcome, _ = made(source, tmp_path, **{"encoding.codec": codec})
    name, picture = luma(outcome.job.output)
    assert name == "yuv422p10le"
    assert len(np.unique(picture)) > 500
    expected = np.linspace(70, 930, WIDTH)
    assert np.abs(picture[HEIGHT // 2] - expected)[8:-8].max() <= 4
    with av.open(str(outcome.also[0].job.output)) as film:
        assert film.streams.video[0].codec_context.pix_fmt == "yuv420p", "the other film is one of eight bits"


def test_machines_look_at_eight_bits_of_the_same_picture(source: Path) -> None:
    info = probe(source)
    assert (info.bits, info.deep) == (10, False)
    frame = ConstantRateDecoder(SoftwareDecoder(source, deep=True), Fraction(25)).decode_batch(1)[0]
    assert frame.deep is not None
    assert [plane.dtype for plane in (*frame.planes, *frame.deep)] == [np.uint8] * 3 + [np.uint16] * 3
    assert [plane.shape for plane in frame.deep] == [(HEIGHT, WIDTH), (HEIGHT, WIDTH // 2), (HEIGHT, WIDTH // 2)]
    assert np.abs(frame.planes[0] - frame.deep[0] / 4.0).max() <= 1
    assert SoftwareDecoder(source).decode_batch(1)[0].deep is None
