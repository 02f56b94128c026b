"""The software encoders that PyAV carries: x264, x265 and SVT-AV1."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, cast

import av
import numpy as np
from av.codec.codec import UnknownCodecError
from av.error import FFmpegError

from dualface.config.codecs import quiet_encoders
from dualface.errors import ConfigurationError, DeviceError, DualfaceError
from dualface.interfaces import EncodeStats
from dualface.out_of_memory import check_room
from dualface.render.encode.pyav_stream import PyavStream
from dualface.render.encode.settings import EncoderSettings
from dualface.scheduling import ordinary_threads
from dualface.types import ColorTags, Frame, Packet, PixelFormat

_FPS_UNKNOWN = Fraction(30)


class SoftwareEncoder:
    """Compresses canvases on the CPU; see :class:`~dualface.interfaces.Encoder`.

    Every frame becomes one packet with the frame's own timestamp.  A frame whose ``owner`` is a PyAV frame of the same
    size and format is read where it lies, any other is copied into one first.  Its memory may be written again as soon as
    :meth:`encode` has returned.  Encoding releases the GIL.

    ``fps`` steers the rate control (0: unknown); ``variable_rate`` says that it is only an average.  ``time_base`` is the
    frames' own.  ``pixel_format`` is what most frames will have; the other one is converted.

    Raises :class:`~dualface.errors.DeviceError` when PyAV has no such encoder,
    :class:`~dualface.errors.ConfigurationError` when it refuses the settings; opening and encoding raise
    :class:`~dualface.errors.DeviceMemoryError` when there is too little memory.
    """

    def __init__(
        self,
        width: int,
        height: int,
        fps: Fraction,
        time_base: Fraction,
        color: ColorTags,
        settings: EncoderSettings | None = None,
        *,
        pixel_format: PixelFormat = PixelFormat.YUV420P,
        variable_rate: bool = False,
    ) -> None:
        self.stats = EncodeStats()
        self._settings = settings or EncoderSettings()
        self._width, self._height = width, height
        self._staging: av.VideoFrame | None = None
        self._flushed = False
        self._encoder = self._opened(fps or _FPS_UNKNOWN, time_base, color, pixel_format, variable_rate)
        self.stream = self._encoder.stream

    def _opened(
        self, fps: Fraction, time_base: Fraction, color: ColorTags, pixel_format: PixelFormat, variable_rate: bool
    ) -> PyavStream:
        library, size = self._settings.library, (self._width, self._height)
        pix_fmt = pixel_format.value if library == "libx264" else self._settings.pixel_format
        options = self._settings.options(*size, fps, variable_rate=variable_rate)
        try:
            encoder = PyavStream(library, size, fps, time_base, color, pix_fmt=pix_fmt, options=options, stats=self.stats)
        except UnknownCodecError as error:
            raise DeviceError(f"This PyAV has no {library}; install PyAV's own wheel or choose another codec.") from error
        encoder.stream.codec_context.thread_count = self._settings.threads
        try:
            with quiet_encoders(), ordinary_threads():
                encoder.start()
        except FFmpegError as error:
            check_room("encode", self._width, self._height, error)
            raise ConfigurationError(
                f"{library} refuses {self._width}x{self._height} at {float(fps):.3g} frames/s with {self._settings}: "
                f"{error.strerror}; change the section encoding of the configuration."
            ) from error
        return encoder

    @property
    def codec_name(self) -> str:
        """FFmpeg's name of the encoder, for example ``libx264``."""
        return self._settings.library

    def encode(self, frame: Frame) -> list[Packet]:
        """Takes the next frame and returns the packets that are ready; ``Packet.data`` is a PyAV packet.

        A timestamp that is not above the one before is raised to one unit above it.

        Raises :class:`ValueError` for a frame of another size or in GPU memory, :class:`~dualface.errors.DualfaceError` when
        the encoder fails.
        """
        if (frame.width, frame.height, frame.device) != (self._width, self._height, "cpu"):
            raise ValueError(f"The encoder takes {self._width}x{self._height} pixels in main memory, not {frame!r}.")
        picture = frame.owner if _is_same_picture(frame) else self._copied(frame)
        try:
            return self._encoder.encode(picture, frame)
        except FFmpegError as error:
            raise self._failure(error, f"frame {frame.index}", frame.index) from error

    def flush(self) -> list[Packet]:
        """All remaining packets.  The encoder takes no frame afterwards."""
        if self._flushed:
            return []
        self._flushed = True
        try:
            return self._encoder.flush()
        except FFmpegError as error:
            raise self._failure(error, "the rest", None) from error

    def close(self) -> None:
        """Gives the encoder's memory back, once nothing holds :attr:`stream` any more."""
        self._staging = None
        self._encoder.close()

    def _failure(self, error: FFmpegError, what: str, index: int | None) -> DualfaceError:
        check_room("encode", self._width, self._height, error)
        message = f"{self.codec_name} could not encode {what}: {error.strerror}; try another codec."
        return DualfaceError(message, stage="encode", frame=index)

    def _copied(self, frame: Frame) -> av.VideoFrame:
        staging = self._staging
        if staging is None or staging.format.name != frame.format.value:
            staging = self._staging = av.VideoFrame(frame.width, frame.height, frame.format.value)
        for source, target in zip(frame.planes, staging.planes, strict=True):
            pixels = np.asarray(source).reshape(source.shape[0], -1)
            rows = np.frombuffer(cast("Any", target), pixels.dtype).reshape(target.height, -1)
            rows[: pixels.shape[0], : pixels.shape[1]] = pixels
        return staging


def _is_same_picture(frame: Frame) -> bool:
    owner = frame.owner
    return (
        isinstance(owner, av.VideoFrame)
        and owner.format.name == frame.format.value
        and (owner.width, owner.height) == (frame.width, frame.height)
    )
