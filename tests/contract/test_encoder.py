"""The encoders that come with dualface; those of a GPU on a fake one, with x264 in the place of NVENC."""

from __future__ import annotations

from contextlib import closing
from fractions import Fraction
from typing import Any

from dualface.gpu.transfer import Uploader
from dualface.interfaces import Encoder
from dualface.render.encode.downloading import DownloadingEncoder
from dualface.render.encode.nvenc import NvEncoder
from dualface.render.encode.settings import EncoderSettings
from dualface.render.encode.software import SoftwareEncoder
from dualface.testing.canvases import UNEVEN
from dualface.testing.contracts.encoder import EncoderContract
from dualface.testing.fake_codecs import FakeNvenc
from dualface.testing.fake_cuda import FakeCuda
from dualface.types import ColorTags, Frame, PixelFormat

GPU = FakeCuda()


class TestX264(EncoderContract):
    def make(
        self,
        width: int,
        height: int,
        fps: Fraction,
        time_base: Fraction,
        color: ColorTags,
        settings: EncoderSettings,
        **options: Any,
    ) -> Encoder:
        return SoftwareEncoder(width, height, fps, time_base, color, settings, **options)

    def test_delay_is_not_failure(self) -> None:
        with closing(self.open()) as encoder:
            early = [packet for frame in self.canvases() for packet in encoder.encode(frame)]
            assert (encoder.stats.frames_in, encoder.stats.packets_out) == (len(UNEVEN), len(early))


class TestX265(TestX264):
    codec = "hevc"
    decoder = "hevc"


class TestSvtAv1(TestX264):
    codec = "av1"
    decoder = "libdav1d"


class TestNvenc(EncoderContract):
    def make(
        self,
        width: int,
        height: int,
        fps: Fraction,
        time_base: Fraction,
        color: ColorTags,
        settings: EncoderSettings,
        **_: Any,
    ) -> Encoder:
        return NvEncoder(width, height, fps, time_base, color, settings, runtime=GPU, nvenc=FakeNvenc(GPU))

    def to_device(self, frame: Frame) -> Frame:
        with closing(Uploader(GPU, frame.width, frame.height)) as uploader:
            return uploader.upload(frame)


class TestDownloading(TestNvenc):
    def make(
        self,
        width: int,
        height: int,
        fps: Fraction,
        time_base: Fraction,
        color: ColorTags,
        settings: EncoderSettings,
        **options: Any,
    ) -> Encoder:
        options["pixel_format"] = PixelFormat.NV12
        software = SoftwareEncoder(width, height, fps, time_base, color, settings, **options)
        return DownloadingEncoder(software, GPU, width, height, None)
