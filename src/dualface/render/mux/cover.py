"""What a film carries beside its streams: cover pictures, and in Matroska attached files such as fonts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import av
from av.container import InputContainer, OutputContainer
from av.error import FFmpegError
from av.stream import Disposition
from av.video.stream import VideoStream

_COVERS_OF_MP4 = ("mjpeg", "png", "bmp")
"""What FFmpeg's MP4 muxer writes as ``covr``."""
_TYPES = {"mjpeg": "image/jpeg", "png": "image/png", "bmp": "image/bmp", "gif": "image/gif", "webp": "image/webp"}
_ANY_TYPE = "application/octet-stream"
_ENDINGS = {"image/jpeg": ".jpg", "image/png": ".png", "image/bmp": ".bmp", "image/gif": ".gif", "image/webp": ".webp"}


def cover_streams(original: InputContainer) -> set[int]:
    """The indices of the streams that are cover pictures."""
    return {stream.index for stream in original.streams.video if stream.disposition & Disposition.attached_pic}


def covers_in(original: InputContainer) -> dict[int, bytes]:
    """The cover pictures of a file that was just opened, which are its first packets: the stream's index and the picture."""
    wanted = cover_streams(original)
    found: dict[int, bytes] = {}
    if wanted:
        for packet in _packets(original):
            if packet.stream_index not in wanted - found.keys():
                break
            found[packet.stream_index] = bytes(packet)
    return found


def keep(
    original: InputContainer, covers: Mapping[int, bytes], output: OutputContainer, container: str
) -> tuple[list[Any], list[str]]:
    """Adds what ``container`` takes of the covers, and of attached files, to ``output`` before its header is written.

    Returns packets to write after it, and for each cover that must be left out why, in words that follow the film's name.
    """
    pictures = [(stream, covers[stream.index]) for stream in original.streams.video if stream.index in covers]
    if container == "mkv":
        for number, (stream, picture) in enumerate(pictures, 1):
            _attach(output, stream.metadata.get("filename") or f"cover-{number}", _type(stream), picture)
        for file in original.streams.attachments:
            _attach(output, file.name or "file", file.mimetype or _ANY_TYPE, file.data or b"")
        return [], []
    packets, left_out = [], []
    for stream, picture in pictures:
        if container == "mp4" and _codec(stream) in _COVERS_OF_MP4:
            packets.append(_packet(stream, picture, output))
        else:
            reason = f"does not fit into {container.upper()} and was left out; MKV takes it"
            left_out.append(f"the cover picture ({_codec(stream)}) {reason}")
    return packets, left_out


def _attach(output: OutputContainer, name: str, mimetype: str, content: bytes) -> None:
    ending = _ENDINGS.get(mimetype, "")
    output.add_attachment(name if "." in name else name + ending, mimetype, content)


def _codec(stream: VideoStream) -> str:
    return stream.codec_context.codec.canonical_name if stream.codec_context is not None else "unknown"


def _type(stream: VideoStream) -> str:
    return stream.metadata.get("mimetype") or _TYPES.get(_codec(stream), _ANY_TYPE)


def _packet(stream: VideoStream, picture: bytes, output: OutputContainer) -> av.Packet[Any]:
    cover = output.add_stream_from_template(stream, opaque=True)
    cover.disposition = Disposition.attached_pic
    packet: av.Packet[Any] = av.Packet(picture)
    packet.stream, packet.is_keyframe = cover, True
    return packet


def _packets(original: InputContainer) -> Iterator[av.Packet[Any]]:
    try:
        yield from original.demux()
    except (FFmpegError, OSError, IndexError):
        return
