"""Demuxing and decoding one stream, stepping over damage."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import cast

import av
from av.container import InputContainer
from av.packet import Packet
from av.stream import Discard
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from dualface.decode.boxes import is_cut_short
from dualface.decode.clock_watch import LEAP_SECONDS, LONGEST_PAUSE_SECONDS, ClockWatch
from dualface.decode.info import frame_rate, time_base
from dualface.decode.open import STAGE, OpenVideo, has_index_of_times, may_be_joined, open_video
from dualface.decode.timestamps import PacketTimes
from dualface.errors import DualfaceError, InputError
from dualface.interfaces import DecodeStats
from dualface.out_of_memory import check_room

_NOT_THE_DATA = (av.error.ExternalError, av.error.UnknownError)
"""What no damage causes: libraries and drivers that fail.  For the data decoders have many other errors."""
_SEEK_MARGIN_SECONDS = Fraction(1)
"""Demuxers seek by decoding time, and pictures just after a key frame may need some before it."""
_FAILED_READS_IN_A_ROW = 16
"""After so many the rest of the file is given up: a demuxer may fail once for every packet that a cut file lacks."""


class DecodingFailedError(DualfaceError):
    """The decoder failed, and not because of the file's data; ``reason`` is FFmpeg's, a few words."""

    def __init__(self, path: Path, reason: str) -> None:
        message = f"{path} can't be decoded to its end: the decoder failed ({reason}); end other programs and try again."
        super().__init__(message, file=path, stage=STAGE)
        self.reason = reason


class FrameReader:
    """The decoded frames of one stream as FFmpeg gives them, on the film's clock, which is noted in ``stats``.

    Damage is counted in ``stats``, told there, and never raised.

    With ``patience`` a decoder that refuses so many packets without a frame between has failed: hardware that can't decode
    a video gives the same errors for it as for damage.
    """

    def __init__(self, video: OpenVideo, stats: DecodeStats, *, patience: int | None = None) -> None:
        self._video = video
        self._stats = stats
        self._patience = patience
        self._refused = 0  # since the last frame
        self.packets = 0
        self._given = 0
        self._last_pts: int | None = None
        self._end: int | None = None

    def frames(self) -> Iterator[VideoFrame]:
        """Every frame in presentation order, timestamps in the stream's time base and possibly missing.

        ``pts`` is when a frame is shown, also where FFmpeg, lacking such times, could only guess.

        Raises :class:`~dualface.errors.InputError` for an encrypted file,
        :class:`DecodingFailedError` when the decoder is at fault and not the data,
        :class:`~dualface.errors.DeviceMemoryError` when memory is missing.
        """
        times = PacketTimes() if _has_decoding_times_only(self._video) else None
        watch = _clock_watch(self._video)
        missing = self._given - self.packets
        for packet in self._on_the_films_clock(watch):
            if self.packets == 0 and packet.has_sidedata("encryption_info"):
                raise _protected(self._video.path)
            self.packets += 1
            if times is not None:
                times.send(packet.dts)
            yield from self._timed(self._decode(packet), times)
        yield from self._timed(self._decode(None), times)
        if missing + self.packets > self._given:
            yield from self._kept_back()
        self._stats.truncated |= self._is_cut_short()
        self._tell_restarts()
        self._tell_damage()

    def frames_at(self, pts: int) -> Iterator[VideoFrame] | None:
        """The frames from the one with the timestamp ``pts`` on, wherever the reader is.

        ``None`` where that one can't be found exactly; the reader is of no use then.  Raises as :meth:`frames` does.
        """
        _, found, frames = self._sought(pts)
        if found is None or found.pts != pts or self._stats.corrupt_packets:
            return None
        return chain([found], frames)

    def frames_from(self, pts: int) -> Iterator[VideoFrame] | None:
        """The frames from the first that is not shown before ``pts`` on, wherever the reader is.

        ``None`` where it can't be known that it is the first; the reader is of no use then.  Raises as :meth:`frames` does.
        """
        before, found, frames = self._sought(pts)
        if before is None or found is None or found.pts is None or self._stats.corrupt_packets:
            return None
        return chain([found], frames)

    def _sought(self, pts: int) -> tuple[VideoFrame | None, VideoFrame | None, Iterator[VideoFrame]]:
        """The last frame before ``pts``, the next one, and all later ones; ``None`` for what was not found."""
        container = self._video.container
        margin = round(_SEEK_MARGIN_SECONDS / time_base(self._video.stream))
        if container.format.name == "concat":  # each picture stands for itself, and there is no time before the first
            margin = 1
        frames, before = self.frames(), None
        try:
            container.seek(max(pts - margin, min(self._video.stream.start_time or 0, pts)), stream=self._video.stream)
            for frame in frames:
                if frame.pts is None or frame.pts >= pts:
                    return before, frame, frames
                before = frame
        except av.FFmpegError:
            pass
        return before, None, frames

    def _timed(self, frames: list[VideoFrame], times: PacketTimes | None) -> list[VideoFrame]:
        for frame in frames:
            if times is not None:
                frame.pts = times.receive(frame.dts, self._video.stream.codec_context.reorder_depth)
            self._given += 1
            self._last_pts = frame.pts
            if frame.pts is not None:
                self._end = frame.pts + frame.duration
        return frames

    def _kept_back(self) -> Iterator[VideoFrame]:
        """The pictures after the last one that several threads gave, decoded by one.

        A picture that fails while FFmpeg's frame threads are emptied ends what they give, and nothing tells: damage near the
        end of a file would take up to as many pictures with it as there are threads.
        """
        context = self._video.stream.codec_context
        if self._last_pts is None or context.thread_count == 1 or context.is_hwaccel:
            return
        stats = DecodeStats()
        try:
            video = open_video(self._video.path, 1, rate=self._video.rate)
        except InputError:  # moved or replaced meanwhile
            return
        with closing(video.container):
            _, last, frames = FrameReader(video, stats)._sought(self._last_pts)
            if last is not None and last.pts == self._last_pts:
                for frame in frames:
                    yield from self._timed([frame], None)
        self._stats.corrupt_packets = max(self._stats.corrupt_packets, stats.corrupt_packets)

    def _tell_restarts(self) -> None:
        restarts = self._stats.clock.restarts
        if restarts:
            first = self._video.stream.start_time or 0
            places = [f"{float(at.start + at.shift - first * time_base(self._video.stream)):.1f} s" for at in restarts]
            where = " and ".join([", ".join(places[:-1]), places[-1]] if len(places) > 1 else places)
            self._stats.warnings.append(
                f"{self._video.path}: its clock starts anew or jumps at {where}, as where recordings were joined; "
                "pictures and sound go on without a gap."
            )

    def _tell_damage(self) -> None:
        path, stream = self._video.path, self._video.stream
        if self._stats.truncated:
            length = None if self._end is None else (self._end - (stream.start_time or 0)) * time_base(stream)
            where = "before its end" if length is None else f"after {float(length):.1f} s of pictures"
            self._stats.warnings.append(
                f"{path} is cut off {where}; the rest is missing, copy it again if there is more of it."
            )
        elif self._stats.corrupt_packets:
            self._stats.warnings.append(told_of_damage(path, self._stats.corrupt_packets))

    def _decode(self, packet: Packet[VideoStream] | None) -> list[VideoFrame]:
        try:
            frames = self._video.stream.codec_context.decode(packet)
        except _NOT_THE_DATA as error:
            raise self._failure(error) from error
        except av.FFmpegError as error:
            self._note_damage(1, error)
            self._refused += 1
            if self._refused == self._patience:
                raise self._failure(error) from error
            return []
        if frames:
            self._refused = 0
        damaged = sum(frame.is_corrupt for frame in frames)
        if damaged:
            self._note_damage(damaged)
        return frames

    def _note_damage(self, packets: int, error: Exception | None = None) -> None:
        context = self._video.stream.codec_context
        check_room("decode", context.width, context.height, error, file=self._video.path)
        self._stats.corrupt_packets += packets

    def _on_the_films_clock(self, watch: ClockWatch) -> Iterator[Packet[VideoStream]]:
        for packet in self._whole_packets(watch):
            yield from watch.see(packet)
            self._stats.clock = watch.clock
        yield from watch.flush()

    def _whole_packets(self, watch: ClockWatch) -> Iterator[Packet[VideoStream]]:
        """All packets but a last one that the end of the file cuts: a decoder would make half a picture of it."""
        held = None
        for packet in self._packets(watch):
            if held is not None:
                yield held
                held = None
            if packet.is_corrupt:
                held = packet
            else:
                yield packet
        if held is not None:
            self._stats.corrupt_packets += 1
            self._stats.truncated = True

    def _packets(self, watch: ClockWatch) -> Iterator[Packet[VideoStream]]:
        """Packets with data; reading goes on after an error, and a file whose last read fails counts as truncated.

        Sound is only shown to ``watch``.
        """
        failures, pictures = 0, self._video.stream
        streams = [pictures, *(stream for stream in pictures.container.streams.audio if stream.discard != Discard.all)]
        while failures < _FAILED_READS_IN_A_ROW:
            try:
                for packet in self._video.container.demux(*streams):
                    # An empty packet would tell the decoder to finish.  AVI files have them where a frame repeats.
                    if packet.stream_index != pictures.index:
                        watch.hear(packet)
                    elif packet.size:
                        failures = 0
                        yield cast("Packet[VideoStream]", packet)
                break
            except IndexError:  # PyAV, at the end of a file in which a stream appeared late
                break
            except av.FFmpegError as error:
                failures += 1
                self._note_damage(1, error)
        self._stats.truncated |= failures > 0

    def _failure(self, error: av.FFmpegError) -> DecodingFailedError:
        return DecodingFailedError(self._video.path, error.strerror or str(error))

    def _is_cut_short(self) -> bool:
        try:
            return is_cut_short(self._video.path)
        except OSError:  # deleted or renamed meanwhile; the open file could still be read to its end
            return False


def _protected(path: Path) -> InputError:
    return InputError(f"{path} is encrypted against copying (DRM); use a copy without protection.", file=path, stage=STAGE)


def told_of_damage(path: Path, pictures: int) -> str:
    """A sentence about damage inside a file."""
    return f"{path} is damaged: {pictures} of its pictures are missing or flawed; copy it again if there is a better one."


def _clock_watch(video: OpenVideo) -> ClockWatch:
    container, base = cast("InputContainer", video.stream.container), time_base(video.stream)
    leap: int | None = LONGEST_PAUSE_SECONDS
    if has_index_of_times(container):
        leap = None
    elif may_be_joined(container):
        leap = LEAP_SECONDS
    return ClockWatch(base, round(1 / (frame_rate(video.stream, []) * base)), leap_seconds=leap)


def _has_decoding_times_only(video: OpenVideo) -> bool:
    """True of AVI, and of its streams taken over into Matroska (RFC 9559: V_MS/VFW/FOURCC), which alone have a tag there."""
    name = video.stream.container.format.name
    return name == "avi" or ("matroska" in name and video.stream.codec_context.codec_tag.strip("\0") != "")
