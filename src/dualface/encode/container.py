"""The last step: one pass that joins the segments with the source's sound, metadata and chapters in the final file."""

from __future__ import annotations

import contextlib
import heapq
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Discard, Disposition, Stream
from av.subtitles.stream import SubtitleStream

from dualface.encode.files import check_destination, hidden_sibling, publish
from dualface.encode.joined import JoinedVideo
from dualface.encode.muxer import Muxer, StopCheck, never
from dualface.encode.segments import Segment
from dualface.encode.timing import common_origin, exact_timescale
from dualface.encode.tracks import CopiedSound, CopiedSubtitles, Track, TranscodedSound
from dualface.errors import InputError, StoppedError

ContainerName = Literal["mp4", "mkv", "mov"]

_FORMATS = {"mp4": "mp4", "mkv": "matroska", "mov": "mov"}
# What describes the old file, not the film.
_NOT_COPIED = {
    "major_brand", "minor_version", "compatible_brands", "encoder", "duration", "rotate", "vendor_id",
    "bps", "number_of_frames", "number_of_bytes",
}  # fmt: skip
_NOT_COPIED_PREFIXES = ("_statistics", "bps-", "duration-", "number_of_")


@dataclass(slots=True)
class MuxReport:
    """What became of the source's other streams; ``warnings`` are sentences for the user."""

    sound_copied: int = 0
    sound_transcoded: int = 0
    subtitles_copied: int = 0
    warnings: list[str] = field(default_factory=list)


def assemble(
    segments: Sequence[Segment],
    source: Path,
    destination: Path,
    *,
    container: ContainerName = "mp4",
    overwrite: bool = False,
    complete: bool = True,
    fps: Fraction | None = None,
    stop: StopCheck = never,
) -> MuxReport:
    """Writes the final video: the segments' pictures, and from ``source`` all sound, subtitles, metadata and chapters.

    Sound is copied bit for bit where the container takes its codec and becomes AAC elsewhere; subtitles are copied or left out
    with a warning.  The relation of all timestamps is kept exactly in MP4 and MOV, to 1 ms in MKV.  MP4 and MOV have their
    index in front.  Rotation is not copied: the pictures are upright already.

    ``complete`` says that the segments show all of the source; if not, sound after the last picture is cut.  ``fps`` is given
    for video of constant rate only.  ``stop`` is asked often; true ends the work within a second or so.

    Raises :class:`~dualface.errors.InputError` (the source can't be opened any more),
    :class:`~dualface.errors.OutputExistsError`, :class:`~dualface.errors.DiskFullError`,
    :class:`~dualface.errors.OutputError`, :class:`~dualface.errors.StoppedError`.  Then nothing is left under the final name
    that was not there before.
    """
    if not segments:
        raise ValueError("There are no segments to assemble.")
    check_destination(source, destination, overwrite=overwrite)
    part = hidden_sibling(destination, ".part")
    with _opened(source) as original:
        job = _Assembly(segments, original, source, container, complete=complete, stop=stop)
        with Muxer(part, _FORMATS[container], options=job.options(), stop=stop) as muxer:
            job.write(muxer, fps)
            muxer.finish()
    publish(part, destination, overwrite=overwrite)
    return job.report


def _opened(source: Path) -> InputContainer:
    try:
        return av.open(str(source), "r", metadata_errors="surrogateescape")
    except (FFmpegError, OSError) as error:
        raise InputError(
            f"{source}: can't be read any more ({error.strerror}), so its sound can't be added; put the file back.",
            file=source,
            stage="encode",
        ) from error


class _Assembly:
    def __init__(
        self,
        segments: Sequence[Segment],
        original: InputContainer,
        source: Path,
        container: ContainerName,
        *,
        complete: bool,
        stop: StopCheck,
    ) -> None:
        self.report = MuxReport()
        self._original, self._source, self._container, self._stop = original, source, container, stop
        self._sound = [stream for stream in original.streams.audio if self._is_usable(stream)]
        self._video = JoinedVideo(segments)
        base = self._video.time_base
        starts = [s.start_time * s.time_base for s in self._sound if s.start_time is not None and s.time_base]
        self._origin = common_origin(self._video.start, starts, [base, *(s.time_base for s in self._sound if s.time_base)])
        self._end = None if complete else self._video.end - self._origin
        self._tracks: dict[int, Track] = {}

    def options(self) -> dict[str, str]:
        """The muxer's options."""
        if self._container == "mkv":
            return {}
        clocks = [self._video.time_base, *(Fraction(1, s.codec_context.sample_rate) for s in self._sound)]
        # Where a stream starts is noted in the movie's time scale, milliseconds unless told otherwise.
        return {"movflags": "+faststart", "movie_timescale": str(exact_timescale(clocks)), "strict": "experimental"}

    def write(self, muxer: Muxer, fps: Fraction | None) -> None:
        self._video.open(muxer.container, fps, apple_tag=self._container != "mkv")
        pictures = self._original.streams.best("video")
        if pictures is not None:
            _copy_description(pictures, self._video.output)
        self._add_tracks(muxer)
        muxer.container.metadata.update(_film_metadata(self._original.metadata))
        muxer.container.set_chapters(self._chapters())
        for packet in heapq.merge(self._video.packets(self._origin), self._other_packets(), key=_decoding_time):
            if self._stop():
                raise StoppedError(f"{self._source.name}: stopped while sound was added.", file=self._source, stage="encode")
            muxer.mux(packet)

    def _is_usable(self, stream: AudioStream) -> bool:
        if stream.codec_context is not None and stream.codec_context.sample_rate and stream.codec_context.channels:
            return True
        self.report.warnings.append(f"{self._label(stream)} can't be read and was left out.")
        return False

    def _label(self, stream: Stream) -> str:
        kind = "Sound" if stream.type == "audio" else "Subtitle"
        codec = stream.codec_context.name if stream.codec_context is not None else "unknown codec"
        return f"{self._source.name}: {kind.lower()} stream {stream.index} ({codec})"

    def _add_tracks(self, muxer: Muxer) -> None:
        tracks, output = self._tracks, muxer.container
        for sound in self._sound:
            if self._takes(sound):
                tracks[sound.index] = CopiedSound(sound, output, self._origin)
                self.report.sound_copied += 1
            else:
                tracks[sound.index] = TranscodedSound(sound, output, self._origin)
                self.report.sound_transcoded += 1
            _copy_description(sound, tracks[sound.index].output)
        for text in self._original.streams.subtitles:
            if text.codec_context is not None and self._takes(text):
                tracks[text.index] = CopiedSubtitles(text, output, self._origin)
                self.report.subtitles_copied += 1
                _copy_description(text, tracks[text.index].output)
            else:
                self.report.warnings.append(
                    f"{self._label(text)} does not fit into {self._container.upper()} and was left out; MKV takes more kinds."
                )

    def _takes(self, stream: AudioStream | SubtitleStream) -> bool:
        """Whether the container takes the stream as it is.  FFmpeg's tables promise too much; only writing a header tells."""
        trial = av.open(io.BytesIO(), "w", format=_FORMATS[self._container], container_options=self.options())
        try:
            trial.add_stream_from_template(stream)
            trial.start_encoding()
        except (ValueError, FFmpegError):
            return False
        finally:
            with contextlib.suppress(FFmpegError):  # some refuse to end without a packet
                trial.close()
        return True

    def _chapters(self) -> list[Any]:
        chapters = []
        for chapter in self._original.chapters():
            base = chapter["time_base"] or Fraction(1)
            shift = round(self._origin / base)
            start, end = max(chapter["start"] - shift, 0), chapter["end"] - shift
            if self._end is None or start * base < self._end:
                chapters.append({**chapter, "start": start, "end": max(end, start)})
        return chapters

    def _other_packets(self) -> Iterator[av.Packet[Any]]:
        if not self._tracks:
            return
        for packet in self._demuxed():
            track = self._tracks.get(packet.stream_index)
            if track is not None and not self._is_after_end(packet):
                yield from track.push(packet)
        for track in self._tracks.values():
            yield from track.flush()

    def _demuxed(self) -> Iterator[av.Packet[Any]]:
        """Packets of the source up to its end or to where it can't be read any more."""
        streams = list(self._original.streams)
        if "mov" in self._original.format.name:
            # It reads no byte of discarded streams.  Other formats must be read through, and those packets show the stop check.
            for stream in streams:
                stream.discard = Discard.default if stream.index in self._tracks else Discard.all
        reached = Fraction(0)
        try:
            for packet in self._original.demux(streams):
                if self._stop():
                    return
                if packet.size:
                    reached = packet.dts * packet.time_base - self._origin if packet.dts is not None else reached
                    yield packet
        except (FFmpegError, OSError):
            self.report.warnings.append(
                f"{self._source.name}: can't be read further than {float(reached):.1f} s; the sound ends there."
            )

    def _is_after_end(self, packet: av.Packet[Any]) -> bool:
        stamp = packet.dts if packet.pts is None else packet.pts
        return self._end is not None and stamp is not None and stamp * packet.time_base - self._origin >= self._end


def _decoding_time(packet: av.Packet[Any]) -> float:
    return float((packet.dts or 0) * packet.time_base)


def _copy_description(source: Stream, output: Stream) -> None:
    output.metadata.update(_film_metadata(source.metadata))
    output.disposition = Disposition(source.disposition & ~Disposition.attached_pic)


def _film_metadata(metadata: dict[str, str]) -> dict[str, str]:
    return {
        key: value
        for key, value in metadata.items()
        if key.lower() not in _NOT_COPIED and not key.lower().startswith(_NOT_COPIED_PREFIXES)
    }
