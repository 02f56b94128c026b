"""Decoding with NVDEC; pictures stay in GPU memory."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from itertools import chain
from pathlib import Path

import av
from av.codec.hwaccel import HWAccel
from av.video.frame import VideoFrame

from dualface.decode.file_decoder import FileDecoder
from dualface.decode.info import PixelAspect
from dualface.decode.open import OpenVideo, open_video
from dualface.decode.orientation import Orientation, orientation_of
from dualface.decode.properties import FrameProperties, properties_of
from dualface.decode.reader import DecodingFailedError, FrameReader
from dualface.decode.siting import USUAL
from dualface.decode.software import probe
from dualface.errors import DeviceError, DeviceMemoryError
from dualface.gpu.frames import Surface
from dualface.gpu.runtime import CudaRuntime
from dualface.types import Frame, PixelFormat, VideoInfo

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

    Frames are NV12 on the runtime's device.  Only what needs no conversion is decoded here: 8-bit 4:2:0 with chroma sited left,
    progressive, upright, square pixels, limited range, SDR, even sizes, throughout.  FFmpeg copies every picture once within
    GPU memory, so that any number of frames may be held.

    Raises :class:`~dualface.errors.DeviceError` for anything else, as an :class:`UnsupportedOnGpuError` that says why, and
    :class:`~dualface.errors.InputError` as :class:`~dualface.decode.software.SoftwareDecoder` does.  Reading raises
    :class:`UnsupportedOnGpuError` when the pictures change in the middle to what can't be shown without conversion, and when
    NVDEC fails.
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
            self._look = _Look(first, PixelAspect(video.stream), video.chroma_location)
            problem = self._look.problem(first, self._info)
            if problem is not None:
                raise UnsupportedOnGpuError(problem)
            self._parts = video, reader
            self._frames = self._read(video, first, raw)
            self._resources = opened.pop_all()

    def _sought(self, pts: int) -> Generator[Frame, None, None] | None:
        video, reader = self._parts
        with self._failing():
            raw = reader.frames_at(pts)
        if raw is None:
            return None
        found = self._decoded(raw)
        return self._read(video, next(found), found)

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
        clock = self._repair(video, first)
        self._runtime.activate()
        decoder = self._runtime.default_stream()
        try:
            for raw in chain([first], others):
                problem = self._look.problem(raw, self._info)
                if problem is not None:
                    raise UnsupportedOnGpuError(f"{problem}, from frame {self.stats.frames} on")
                stamp = clock.stamp(raw.pts, raw.duration)
                frame = Frame(
                    index=self.stats.frames,
                    pts=stamp.pts,
                    time_base=self._info.time_base,
                    duration=stamp.duration,
                    width=raw.width,
                    height=raw.height,
                    planes=tuple(self._runtime.import_plane(plane) for plane in raw.planes),
                    format=PixelFormat.NV12,
                    color=self._info.color,
                    device=self._runtime.device,
                    owner=Surface(decoder.record(), raw),
                )
                self.stats.frames += 1
                yield frame
                if self._closed:
                    return
            self._warn_of_repairs(self._path, clock)
        finally:
            self._resources.close()


class UnsupportedOnGpuError(DeviceError):
    """The GPU can't decode this video; the message says why, in a few words without a full stop."""


class _Look:
    """Looks at every picture, quickly, for anything that would need a conversion."""

    def __init__(self, first: VideoFrame, aspect: PixelAspect, chroma_location: str) -> None:
        self._aspect, self._chroma_location = aspect, chroma_location
        self._rotation, self._orientation = first.rotation, orientation_of(first)

    def problem(self, frame: VideoFrame, info: VideoInfo) -> str | None:
        """What is wrong with the picture, if anything."""
        if frame.rotation != self._rotation:
            self._rotation, self._orientation = frame.rotation, orientation_of(frame)
        properties = properties_of(frame, self._aspect.current(), self._orientation, self._chroma_location)
        if frame.sw_format is not None:
            properties = properties._replace(format=frame.sw_format.name)
        return _problem(properties, info, interlaced=frame.interlaced_frame)


def _problem(properties: FrameProperties, info: VideoInfo, *, interlaced: bool) -> str | None:
    checks = {
        f"its pictures are {properties.format}, not 8-bit 4:2:0": properties.format != "nv12",
        "it is interlaced": interlaced,
        "it is HDR": properties.is_hdr,
        "its range is full": properties.full_range,
        "its chroma is not sited left": properties.chroma_location != USUAL,
        "it must be turned or mirrored": properties.orientation is not Orientation.UPRIGHT,
        "its pixels are not square": properties.upright_size != (properties.width, properties.height)
        and properties.orientation is Orientation.UPRIGHT,
        "its size is odd": bool(properties.width % 2 or properties.height % 2),
        "its size changes": (properties.width, properties.height) != (info.width, info.height),
        "its colours change": properties.matrix != info.color.matrix,
    }
    return next((text for text, wrong in checks.items() if wrong), None)
