"""Opening a video file and choosing its stream; every failure is one clear sentence."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
from av.codec.context import ThreadType
from av.codec.hwaccel import HWAccel
from av.container import InputContainer
from av.format import Flags
from av.stream import Discard, Disposition
from av.video.stream import VideoStream

from dualface.decode.advice import advice_for
from dualface.decode.boxes import lacks_movie_box
from dualface.decode.siting import USUAL, chroma_location
from dualface.errors import CorruptInputError, InputError
from dualface.media import open_media
from dualface.sequences import USUAL_RATE, is_sequence, pictures_of, told_of_gaps

STAGE = "decode"
_TEXT_FORMATS = ("tty", "bin", "xbin", "adf", "idf")
"""FFmpeg renders text as moving pictures; nobody means that here."""
_PICTURE_NOT_VIDEO = Disposition.attached_pic | Disposition.timed_thumbnails


@dataclass(frozen=True, slots=True)
class OpenVideo:
    """An open container and the one stream of it to decode; ``warnings`` and ``notes`` are sentences for the user.

    ``chroma_location`` is the stream's, see :func:`~dualface.decode.siting.chroma_location`.  ``rate``: as :func:`open_video`.
    """

    path: Path
    container: InputContainer
    stream: VideoStream
    warnings: list[str] = field(default_factory=list)
    chroma_location: str = USUAL
    notes: list[str] = field(default_factory=list)
    rate: Fraction = USUAL_RATE


def open_video(path: Path, threads: int, hardware: HWAccel | None = None, rate: Fraction = USUAL_RATE) -> OpenVideo:
    """Opens ``path``, chooses its video stream and prepares to decode it with ``threads`` threads (0: as many as cores).

    With ``hardware`` a hardware decoder does it.  ``rate``: pictures a second where ``path`` is a sequence of pictures.
    Streams of no use are not read; sound is, where it tells a pause of the pictures from a clock that jumps.

    Raises :class:`~dualface.errors.InputError` when the file is missing, unreadable or holds no video, and
    :class:`~dualface.errors.CorruptInputError` when it is a video that lacks a vital part.
    """
    check_file(path)
    container = _open_container(path, hardware, rate)
    try:
        stream, warnings = _choose_stream(path, container)
        _open_codec(path, stream, threads)
    except InputError:
        container.close()
        raise
    for other in container.streams:
        if other.index != stream.index and (other.type != "audio" or has_index_of_times(container)):
            other.discard = Discard.all
    video = OpenVideo(path, container, stream, warnings, chroma_location(stream), rate=rate)
    if is_sequence(path):
        _tell_of_sequence(video, rate)
    return video


def _tell_of_sequence(video: OpenVideo, rate: Fraction) -> None:
    gaps = told_of_gaps(video.path)
    if gaps is not None:
        video.warnings.append(gaps)
    count, speed = len(pictures_of(video.path)), round(float(rate), 3)
    video.notes.append(f"{video.path}: {count} pictures are taken as a film of {speed:g} a second; --rate sets another rate.")


def has_index_of_times(container: InputContainer) -> bool:
    """True of MP4 and MOV: what their index says of times is meant, and of other streams no byte need be read."""
    return "mov" in container.format.name


def may_be_joined(container: InputContainer) -> bool:
    """True of MPEG-TS, MPEG-PS and Ogg: files of these are cut and joined as they are, and their clocks then jump."""
    return Flags.ts_discont in Flags(container.format.flags)


def check_file(path: Path) -> None:
    """Raises :class:`~dualface.errors.InputError` unless there is a regular, non-empty file that may be looked at.

    Or a sequence of pictures.
    """
    if is_sequence(path):
        pictures_of(path)
        return
    try:
        size = path.stat().st_size
    except FileNotFoundError:
        raise _error(path, "does not exist; check the name.") from None
    except OSError as error:
        raise _error(path, f"can't be read ({error.strerror}); check the path and its permissions.") from error
    if not path.is_file():
        raise _error(path, "is not a regular file; copy the video to a file first.")
    if size == 0:
        raise _error(path, "is empty (0 bytes); copy or record it again.")


def _open_container(path: Path, hardware: HWAccel | None, rate: Fraction) -> InputContainer:
    try:
        return open_media(path, hardware=hardware, rate=rate)
    except PermissionError as error:
        raise _error(path, "can't be read (permission denied); change its permissions.") from error
    except (av.FFmpegError, OSError, ValueError) as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> InputError:
    if isinstance(error, av.error.InvalidDataError) and lacks_movie_box(path):
        what = "is an incomplete MP4 or MOV without its index (moov), as when a recording is cut off"
        return _error(path, f"{what}; copy it again, or repair it with a tool such as untrunc.", CorruptInputError)
    if isinstance(error, EOFError):
        return _error(path, "ends within its header, before any picture; record or copy it again.", CorruptInputError)
    reason = getattr(error, "strerror", None) or str(error)
    return _error(path, f"is not a video that can be read (FFmpeg: {reason}); {advice_for(path)}.")


def _choose_stream(path: Path, container: InputContainer) -> tuple[VideoStream, list[str]]:
    """The default video stream, cover pictures aside; among several the largest, then the first."""
    if container.format.name in _TEXT_FORMATS:
        raise _error(path, "is a text file, not a video; name a video.")
    streams = [stream for stream in container.streams.video if not stream.disposition & _PICTURE_NOT_VIDEO]
    if not streams:
        what = "only sound" if container.streams.audio else "neither picture nor sound"
        hint = "name the file that it was recorded with" if container.streams.audio else advice_for(path)
        raise _error(path, f"holds no video, {what}; {hint}.")
    decodable = [stream for stream in streams if stream.codec_context is not None]
    if not decodable:
        how = "export it as H.264 from a program that can open it"
        raise _error(path, f"holds video in a format that FFmpeg has no decoder for; {how}.")
    defaults = [stream for stream in decodable if stream.disposition & Disposition.default]
    chosen = max(defaults or decodable, key=lambda stream: stream.width * stream.height)
    if len(streams) == 1:
        return chosen, []
    return chosen, [f"{path} holds {len(streams)} video streams; stream {chosen.index} ({_describe(chosen)}) was taken."]


def _describe(stream: VideoStream) -> str:
    return f"{stream.codec_context.codec.canonical_name}, {stream.width}×{stream.height}"


def _open_codec(path: Path, stream: VideoStream, threads: int) -> None:
    stream.codec_context.thread_count = threads
    stream.codec_context.thread_type = ThreadType.AUTO
    try:
        stream.codec_context.open(strict=False)
    except (av.FFmpegError, ValueError) as error:
        what = f"holds {_describe(stream)} video whose header can't be understood ({error}); copy or convert it again."
        raise _error(path, what, CorruptInputError) from error


def _error(path: Path, what: str, kind: type[InputError] = InputError) -> InputError:
    return kind(f"{path} {what}", file=path, stage=STAGE)
