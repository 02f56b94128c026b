"""Encoding with NVENC, from canvases in GPU memory."""

from __future__ import annotations

import threading
from collections.abc import Callable
from fractions import Fraction
from typing import Any, Protocol

import av
from av.error import FFmpegError
from av.video.frame import CudaContext

from dualface.errors import DeviceError, DualfaceError
from dualface.gpu.frames import nv12_bytes, nv12_planes, wait_for
from dualface.gpu.runtime import CudaRuntime
from dualface.interfaces import EncodeStats
from dualface.render.encode.nvenc_settings import LIBRARIES, nvenc_options
from dualface.render.encode.pyav_stream import PyavStream
from dualface.render.encode.settings import EncoderSettings
from dualface.types import ColorTags, Frame, Packet, PixelFormat


class Nvenc(Protocol):
    """Where canvases become PyAV frames for the encoder."""

    pix_fmt: str

    def library(self, codec: str) -> str:
        """FFmpeg's name of the encoder."""
        ...

    def options(self, settings: EncoderSettings, width: int, height: int, fps: Fraction) -> dict[str, str]:
        """The encoder's options."""
        ...

    def picture(self, frame: Frame) -> av.VideoFrame:
        """The canvas as the encoder takes it, not a copy; it holds ``frame.owner`` until the encoder is done with it."""
        ...


class PyavNvenc:
    """NVENC through PyAV.  One CUDA context for all frames, or each would bring its own."""

    pix_fmt = "cuda"

    def __init__(self, runtime: CudaRuntime) -> None:
        self._runtime = runtime
        runtime.activate()
        # PyAV takes a stream on the first GPU only; on others NVENC works on the default one.
        self._stream = runtime.stream() if runtime.index == 0 else runtime.default_stream()
        self._context = CudaContext(
            device_id=runtime.index, primary_ctx=False, current_ctx=True, cuda_stream=self._stream.handle or None
        )

    def library(self, codec: str) -> str:
        return LIBRARIES[codec]

    def options(self, settings: EncoderSettings, width: int, height: int, fps: Fraction) -> dict[str, str]:
        return nvenc_options(settings, width, height, fps)

    def picture(self, frame: Frame) -> av.VideoFrame:
        self._runtime.activate()
        wait_for(frame, self._stream)
        planes = tuple(self._runtime.export_plane(plane, frame.owner) for plane in frame.planes)
        return av.VideoFrame.from_dlpack(planes, format="nv12", cuda_context=self._context)


class NvencSessions:
    """How many encoders may be open on a GPU at a time; drivers for GeForce allow 8.  May be used from any thread."""

    def __init__(self, limit: int) -> None:
        self.limit, self._open = limit, 0
        self._lock = threading.Lock()

    @property
    def open(self) -> int:
        return self._open

    def acquire(self) -> Callable[[], None]:
        """Takes a session; returns what gives it back.  Raises :class:`~dualface.errors.DeviceError` when all are taken."""
        with self._lock:
            if self._open >= self.limit:
                raise DeviceError(f"all {self.limit} NVENC sessions of the GPU are in use")
            self._open += 1
        return self._release

    def _release(self) -> None:
        with self._lock:
            self._open -= 1


class NvEncoder:
    """Compresses NV12 canvases in GPU memory; see :class:`~dualface.interfaces.Encoder`.

    Every frame becomes one packet with the frame's own timestamp; nothing comes to main memory but packets.  The encoder opens
    with its first frame, and :attr:`stream` is complete from then on.  Parameters are those of
    :class:`~dualface.render.encode.software.SoftwareEncoder`; ``sessions`` counts what is open, ``nvenc`` is shared by the
    encoders of a GPU.

    Raises :class:`~dualface.errors.DeviceError` when all sessions are in use; :meth:`encode` when NVENC refuses the settings.
    """

    def __init__(
        self,
        width: int,
        height: int,
        fps: Fraction,
        time_base: Fraction,
        color: ColorTags,
        settings: EncoderSettings,
        *,
        runtime: CudaRuntime,
        nvenc: Nvenc | None = None,
        sessions: NvencSessions | None = None,
    ) -> None:
        self.stats = EncodeStats()
        self._nvenc, self._settings = nvenc or PyavNvenc(runtime), settings
        self._release: Callable[[], None] | None = sessions.acquire() if sessions is not None else None
        self._size = width, height
        self._flushed = False
        options = self._nvenc.options(settings, width, height, fps)
        self._encoder = PyavStream(
            self.codec_name, self._size, fps, time_base, color, pix_fmt=self._nvenc.pix_fmt, options=options, stats=self.stats
        )
        self.stream = self._encoder.stream

    @property
    def codec_name(self) -> str:
        return self._nvenc.library(self._settings.codec)

    def encode(self, frame: Frame) -> list[Packet]:
        """Takes the next canvas and returns the packets that are ready.  A timestamp not above the last is raised above it.

        Raises :class:`ValueError` for a frame of another size or elsewhere, :class:`~dualface.errors.DeviceError` when NVENC
        can't be opened, :class:`~dualface.errors.DualfaceError` when it fails.
        """
        if (frame.width, frame.height, frame.format) != (*self._size, PixelFormat.NV12) or frame.device == "cpu":
            raise ValueError(f"NVENC takes NV12 of {self._size[0]}x{self._size[1]} in GPU memory, not {frame!r}.")
        picture = self._nvenc.picture(frame)
        packets = self._checked(lambda: self._encoder.encode(picture, frame))
        self._encoder.start()  # makes the stream a template; the encoder is open now
        return packets

    def flush(self) -> list[Packet]:
        """All remaining packets.  The encoder takes no frame afterwards."""
        if self._flushed or not self.stats.frames_in:
            return []
        self._flushed = True
        return self._checked(self._encoder.flush)

    def close(self) -> None:
        """Ends the session.  May be called twice."""
        self._encoder.close()
        if self._release is not None:
            self._release()
            self._release = None

    def _checked(self, encode: Callable[[], list[Packet]]) -> list[Packet]:
        opening = not self.stream.codec_context.is_open
        try:
            return encode()
        except FFmpegError as error:
            if opening:
                raise DeviceError(f"{self.codec_name} can't be opened ({error.strerror})") from error
            raise DualfaceError(f"{self.codec_name} failed: {error.strerror}; try --device cpu.", stage="encode") from error


def nvenc_problem(runtime: CudaRuntime, nvenc: Nvenc, settings: EncoderSettings) -> str | None:
    """Why NVENC can't be used for these settings, found out by encoding a small picture; ``None`` if it can."""
    if settings.codec not in LIBRARIES:
        return f"NVENC does not make {settings.codec}"
    width = height = 256
    try:
        encoder = NvEncoder(width, height, Fraction(25), Fraction(1, 25), ColorTags(), settings, runtime=runtime, nvenc=nvenc)
    except ValueError as error:  # PyAV was built without it
        return str(error)
    buffer = runtime.alloc(nv12_bytes(width, height))
    planes = nv12_planes(buffer.ptr, width, height)
    frame = Frame(
        0, 0, Fraction(1, 25), 1, width, height, planes, PixelFormat.NV12, device=runtime.device, owner=_Probe(buffer)
    )
    try:
        encoder.encode(frame)
        encoder.flush()
    except DualfaceError as error:
        return str(error)
    finally:
        encoder.close()
    return None


class _Probe:
    ready = None

    def __init__(self, buffer: Any) -> None:
        self.buffer = buffer
