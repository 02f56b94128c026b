"""Decoding with NVDEC; pictures stay in GPU memory."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import chain
from pathlib import Path

import av
from av.codec.hwaccel import HWAccel
from av.video.frame import VideoFrame

from dualface.decode.fields import upper_field_first
from dualface.decode.file_decoder import FileDecoder
from dualface.decode.info import PixelAspect
from dualface.decode.normalise_gpu import GpuNormaliser, OnGpu
from dualface.decode.open import OpenVideo, open_video
from dualface.decode.reader import DecodingFailedError, FrameReader
from dualface.decode.software import probe
from dualface.errors import DeviceError, DeviceMemoryError
from dualface.gpu.runtime import CudaRuntime
from dualface.types import Frame, PixelFormat

_MOST_REFUSED = 8
"""After so many refused packets NVDEC is taken to be unable, and not the file to be damaged; the CPU will know."""
Opener = Callable[[Path, CudaRuntime], OpenVideo]


def open_on_gpu(path: Path, runtime: CudaRuntime) -> OpenVideo:
    """Opens ``path`` with NVDEC as its decoder.  Raises :class:`~dualface.errors.DeviceError` without a usable driver."""
    runtime.activate()
    # The context that is current is the runtime's own, and frames must be in that one for kernels to read them.
    hardware = HWAccel(
        "cuda",
        device=str(runtime.index),
        is_hw_owned=True,
        allow_software_fallback=False,
        options={"primary_ctx": "0", "current_ctx": "1"},
    )
    try:
        hardware.create(av.Codec("h264", "r"))
    except (av.FFmpegError, NotImplementedError) as error:
        raise DeviceError(f"NVDEC can't be opened on {runtime.device} ({error}); install NVIDIA's driver.") from error
    try:
        return open_video(path, 1, hardware)
    except RuntimeError as error:  # FFmpeg knows no hardware decoder for any of the streams
        raise UnsupportedOnGpuError("NVDEC does not know its codec") from error


class NvDecoder(FileDecoder):
    """Decodes ``source`` in GPU memory; a :class:`~dualface.interfaces.Decoder`.

    Frames are NV12 on the runtime's device.  What is turned, interlaced, deep, HDR or of full range, has other pixels than
    square ones or chroma that is not sited left is converted there by :class:`~dualface.decode.normalise_gpu.GpuNormaliser`.
    FFmpeg copies every picture once within GPU memory, so that any number of frames may be held.

    Raises :class:`~dualface.errors.DeviceError` for anything else, as an :class:`UnsupportedOnGpuError` that says why, and
    :class:`~dualface.errors.InputError` as :class:`~dualface.decode.software.SoftwareDecoder` does.  Reading raises
    :class:`UnsupportedOnGpuError` when the pictures change in the middle to what can't be converted on the GPU, and when NVDEC
    fails.
    """

    def __init__(self, source: Path, runtime: CudaRuntime, *, opener: Opener = open_on_gpu) -> None:
        super().__init__()
        self._runtime = runtime
        self._path = Path(source)
        self._info = probe(self._path)
        with ExitStack() as opened:
            video = opener(self._path, runtime)
            opened.callback(video.container.close)
            self.stats.warnings += video.warnings
            reader = FrameReader(video, self.stats, patience=_MOST_REFUSED)
            raw = self._decoded(reader.frames())
            first = next(raw, None)
            if first is None:
                raise UnsupportedOnGpuError(f"NVDEC can't decode {self._info.codec} {self._info.pixel_format}")
            normaliser = GpuNormaliser(
                runtime, self._info, first, video.chroma_location, partial(upper_field_first, self._path)
            )
            opened.callback(normaliser.close)
            aspect = PixelAspect(video.stream)
            problem = normaliser.problem(first, aspect.current())
            if problem is not None:
                raise UnsupportedOnGpuError(problem)
            self._video, self._first_pts = video, first.pts
            self._parts = reader, normaliser, aspect
            self._frames = self._read(video, first, raw)
            self._resources = opened.pop_all()

    def _sought(self, pts: int, *, exactly: bool) -> Generator[Frame, None, None] | None:
        reader, normaliser, _ = self._parts
        with self._failing():
            normaliser.flush()
            raw = reader.frames_at(pts) if exactly else reader.frames_from(pts)
        if raw is None:
            return None
        found = self._decoded(raw)
        return self._read(self._video, next(found), found)

    def _decoded(self, raw: Iterator[VideoFrame]) -> Iterator[VideoFrame]:
        with self._failing():
            yield from raw

    @contextmanager
    def _failing(self) -> Iterator[None]:
        """What NVDEC fails with is left to the CPU."""
        try:
            yield
        except (DecodingFailedError, DeviceMemoryError) as error:
            reason = error.reason if isinstance(error, DecodingFailedError) else "no memory is left"
            raise UnsupportedOnGpuError(f"NVDEC failed after {self.stats.frames} frames ({reason})") from error

    def _read(self, video: OpenVideo, first: VideoFrame, others: Iterator[VideoFrame]) -> Generator[Frame, None, None]:
        _, normaliser, aspect = self._parts
        clock = self._repair(video, first)
        self._runtime.activate()
        try:
            for raw in chain([first], others):
                problem = normaliser.problem(raw, aspect.current())
                if problem is not None:
                    raise UnsupportedOnGpuError(f"{problem}, from frame {self.stats.frames} on")
                with self._failing():
                    pictures = normaliser.push(raw, clock.stamp(raw.pts, raw.duration), aspect.current())
                yield from map(self._finished, pictures)
                if self._closed:
                    return
            with self._failing():
                pictures = normaliser.flush()
            yield from map(self._finished, pictures)
            self._warn_of_repairs(self._path, clock)
        finally:
            self._resources.close()

    def _finished(self, picture: OnGpu) -> Frame:
        index = self.stats.frames
        self.stats.frames += 1
        return Frame(
            index=index,
            pts=picture.stamp.pts,
            time_base=self._info.time_base,
            duration=picture.stamp.duration,
            width=picture.width,
            height=picture.height,
            planes=picture.planes,
            format=PixelFormat.NV12,
            color=self._info.color,
            device=self._runtime.device,
            owner=picture.owner,
        )


class UnsupportedOnGpuError(DeviceError):
    """The GPU can't decode this video; the message says why, in a few words without a full stop."""
