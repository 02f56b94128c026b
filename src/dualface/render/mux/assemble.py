"""The last step: one pass that joins the segments with the source's sound, metadata and chapters in the final file."""

from __future__ import annotations

import contextlib
import heapq
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

import av
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.error import FFmpegError
from av.stream import Discard, Disposition, Stream
from av.subtitles.stream import SubtitleStream

from dualface.errors import InputError, StoppedError
from dualface.media import open_media
from dualface.output_files import check_destination, hidden_sibling, publish
from dualface.render.mux.cover import covers_in, keep
from dualface.render.mux.joined import JoinedVideo
from dualface.render.mux.muxer import Muxer, RefusedError, StopCheck, never
from dualface.render.mux.segments import Segment
from dualface.render.mux.sound_and_subtitles import ConvertedSubtitles, CopiedSound, CopiedSubtitles, Track, TranscodedSound
from dualface.render.mux.timing import common_origin, exact_timescale
from dualface.render.mux.trial import refused, takes

ContainerName = Literal["mp4", "mkv", "mov"]

_FORMATS = {"mp4": "mp4", "mkv": "matroska", "mov": "mov"}
_TEXT_CODECS = {"mp4": "mov_text", "mkv": "subrip", "mov": "mov_text"}
_STYLED = ("ass", "ssa")
# What describes the old file, not the film.
_NOT_COPIED = {
    "major_brand", "minor_version", "compatible_brands", "encoder", "duration", "rotate", "vendor_id",
    "bps", "number_of_frames", "number_of_bytes",
}  # fmt: skip
_PRIMING_SECONDS = 0.1  # more than any encoder puts before the sound
_LONGEST_PAUSE_SECONDS = 10  # of sound after the last picture
_NOT_COPIED_PREFIXES = ("_statistics", "bps-", "duration-", "number_of_")


@dataclass(slots=True)
class MuxReport:
    """What became of the source's other streams; ``warnings`` and ``notes`` are sentences for the user."""

    sound_copied: int = 0
    sound_transcoded: int = 0
    subtitles_copied: int = 0
    subtitles_converted: int = 0
    warnings: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def assemble(
    segments: Sequence[Segment],
    source: Path,
    destination: Path,
    *,
    container: ContainerName = "mp4",
    overwrite: bool = False,
    from_start: bool = True,
    complete: bool = True,
    fps: Fraction | None = None,
    stop: StopCheck = never,
) -> MuxReport:
    """Writes the final video: the segments' pictures, and from ``source`` all sound, subtitles, metadata and chapters.

    Sound is copied bit for bit where the container takes its codec and becomes AAC elsewhere; subtitles are copied, or become
    the container's own if they are words, or are left out with a warning.  The relation of all timestamps is kept exactly in
    MP4 and MOV, to 1 ms in MKV.  MP4 and MOV have their index in front.  Rotation is not copied: the pictures are upright
    already.

    ``complete`` says that the segments show the source to its end; if not, sound after the last picture is cut.  ``from_start``
    says that they begin where it begins; if not, sound, subtitles and chapters begin with the first picture, too.  ``fps`` is
    given for video of constant rate only.  ``stop`` is asked often; true ends the work within a second or so.

    Raises :class:`~dualface.errors.InputError` (the source can't be opened any more),
    :class:`~dualface.errors.OutputExistsError`, :class:`~dualface.errors.DiskFullError`,
    :class:`~dualface.errors.OutputError`, :class:`~dualface.errors.StoppedError`.  Then nothing is left under the final name
    that was not there before.
    """
    if not segments:
        raise ValueError("There are no segments to assemble.")
    check_destination(source, destination, overwrite=overwrite)
    part = hidden_sibling(destination, ".part")
    job = _Job(segments, source, container, from_start=from_start, complete=complete, fps=fps, stop=stop)
    try:
        report = _write(job, part)
    except RefusedError:
        # A stream can be such that the container takes its header only; decoders are less particular.
        report = _write(job, part, _refused(job))
    publish(part, destination, overwrite=overwrite)
    return report


@dataclass(frozen=True, slots=True)
class _Job:
    segments: Sequence[Segment]
    source: Path
    container: ContainerName
    from_start: bool
    complete: bool
    fps: Fraction | None
    stop: StopCheck


def _write(job: _Job, part: Path, refused: Collection[int] = ()) -> MuxReport:
    with _opened(job.source) as original:
        covers = covers_in(original)
    with _opened(job.source) as original:
        assembly = _Assembly(job, original, refused, covers)
        with Muxer(part, _FORMATS[job.container], options=assembly.options(), stop=job.stop) as muxer:
            assembly.write(muxer)
            muxer.finish()
            assembly.check()
    return assembly.report


def _refused(job: _Job) -> Collection[int]:
    with _opened(job.source) as original:
        return _Assembly(job, original).refused()


def _opened(source: Path) -> InputContainer:
    try:
        return open_media(source)
    except (FFmpegError, OSError) as error:
        raise InputError(
            f"{source}: can't be read any more ({error.strerror}), so its sound can't be added; put the file back.",
            file=source,
            stage="encode",
        ) from error


class _Assembly:
    """One attempt.  Streams whose index is in ``refused`` are not copied: sound is transcoded, subtitles are left out.

    ``covers`` are the source's cover pictures by the index of their stream.
    """

    def __init__(
        self,
        job: _Job,
        original: InputContainer,
        refused: Collection[int] = (),
        covers: Mapping[int, bytes] = MappingProxyType({}),
    ) -> None:
        self.report = MuxReport()
        self._job, self._original, self._not_copied, self._covers = job, original, refused, covers
        self._sound = [stream for stream in original.streams.audio if self._is_usable(stream)]
        self._video = JoinedVideo(job.segments)
        base = self._video.time_base
        heard = self._sound if job.from_start else []
        starts = [s.start_time * s.time_base for s in heard if s.start_time is not None and s.time_base]
        self._origin = common_origin(self._video.start, starts, [base, *(s.time_base for s in self._sound if s.time_base)])
        self._end = None if job.complete else self._video.end - self._origin
        self._tracks: dict[int, Track] = {}
        self._reached: dict[int, Fraction] = {}
        self._first: dict[int, Fraction] = {}
        self._damaged: set[int] = set()
        self._over: set[int] = set()
        self._refused = 0

    def options(self) -> dict[str, str]:
        """The muxer's options."""
        if self._job.container == "mkv":
            return {}
        clocks = [self._video.time_base, *(Fraction(1, s.codec_context.sample_rate) for s in self._sound)]
        # Where a stream starts is noted in the movie's time scale, milliseconds unless told otherwise.
        return {"movflags": "+faststart", "movie_timescale": str(exact_timescale(clocks)), "strict": "experimental"}

    def refused(self) -> Collection[int]:
        """The indices of the streams that can't be copied; all, should none be found to be the reason.  Reads the source."""
        texts = [text for text in self._original.streams.subtitles if text.codec_context is not None]
        found = refused(self._original, [*self._sound, *texts], _FORMATS[self._job.container], self.options())
        return found or range(len(self._original.streams))

    def write(self, muxer: Muxer) -> None:
        """Writes everything but the end of the file."""
        self._video.open(muxer.container, self._job.fps, apple_tag=self._job.container != "mkv")
        pictures = self._original.streams.best("video")
        if pictures is not None:
            self._describe(self._video.output, pictures)
        self._add_tracks(muxer)
        muxer.container.metadata.update(self._metadata(self._original.metadata))
        muxer.container.set_chapters(self._chapters())
        covers, left_out = keep(self._original, self._covers, muxer.container, self._job.container)
        self.report.warnings += [f"{self._job.source.name}: {reason}." for reason in left_out]
        muxer.begin()
        for cover in covers:
            muxer.mux(cover)
        for packet in heapq.merge(self._video.packets(self._origin), self._other_packets(), key=_decoding_time):
            if self._job.stop():
                raise StoppedError(
                    f"{self._job.source.name}: stopped while sound was added.", file=self._job.source, stage="encode"
                )
            self._refused += not muxer.offer(packet)  # never a picture: see check()
        if self._damaged or self._refused:
            self.report.warnings.append(f"{self._job.source.name}: damaged parts of the sound or subtitles were left out.")

    def check(self) -> None:
        """Raises :class:`~dualface.render.mux.muxer.RefusedError` unless every picture was written."""
        if not self._video.is_complete:
            raise RefusedError(
                f"{self._job.source.name}: {self._job.container.upper()} did not take every picture; try another container.",
                file=self._job.source,
                stage="encode",
            )

    def _is_usable(self, stream: AudioStream) -> bool:
        if stream.codec_context is not None and stream.codec_context.sample_rate and stream.codec_context.channels:
            return True
        self.report.warnings.append(f"{self._label(stream)} can't be read and was left out.")
        return False

    def _label(self, stream: Stream) -> str:
        kind = "Sound" if stream.type == "audio" else "Subtitle"
        codec = stream.codec_context.name if stream.codec_context is not None else "unknown codec"
        return f"{self._job.source.name}: {kind.lower()} stream {stream.index} ({codec})"

    def _add_tracks(self, muxer: Muxer) -> None:
        tracks, output = self._tracks, muxer.container
        for sound in self._sound:
            if self._takes(sound):
                tracks[sound.index] = CopiedSound(sound, output, self._origin)
                self.report.sound_copied += 1
            else:
                tracks[sound.index] = TranscodedSound(sound, output, self._origin)
                self.report.sound_transcoded += 1
                if sound.index in self._not_copied:
                    self.report.notes.append(
                        f"{self._label(sound)} can't be copied into {self._job.container.upper()} and was encoded anew."
                    )
            self._describe(tracks[sound.index].output, sound)
        for text in self._original.streams.subtitles:
            track = self._subtitles(text, output)
            if track is not None:
                tracks[text.index] = track
                self._describe(track.output, text)

    def _subtitles(self, text: SubtitleStream, output: OutputContainer) -> Track | None:
        """A copy, else the words in the codec that the container has for them; ``None``, with a warning, where both fail."""
        container, codec = self._job.container, text.codec_context
        if codec is not None and self._takes(text):
            self.report.subtitles_copied += 1
            return CopiedSubtitles(text, output, self._origin)
        if codec is not None:
            with contextlib.suppress(ValueError, FFmpegError):
                converted = ConvertedSubtitles(text, output, self._origin, _TEXT_CODECS[container])
                self.report.subtitles_converted += 1
                if codec.name in _STYLED:
                    self.report.warnings.append(f"{self._label(text)} lost its styles, which only MKV can hold.")
                return converted
        advice = "" if container == "mkv" else "; MKV takes more"
        self.report.warnings.append(f"{self._label(text)} does not fit into {container.upper()} and was left out{advice}.")
        return None

    def _describe(self, output: Stream, source: Stream) -> None:
        """Copies language, title, role and the like."""
        output.metadata.update(self._metadata(source.metadata))
        # MP4 and MOV call a stream's title so, Matroska does not.
        if self._job.container == "mkv":
            output.metadata.pop("handler_name", None)
        elif "title" in output.metadata:
            output.metadata["handler_name"] = output.metadata["title"]
        output.disposition = Disposition(source.disposition & ~Disposition.attached_pic)

    def _metadata(self, metadata: dict[str, str]) -> dict[str, str]:
        """What describes the film; the timecode is that of its first picture."""
        names = _NOT_COPIED if self._job.from_start else _NOT_COPIED | {"timecode"}
        return {
            key: value
            for key, value in metadata.items()
            if key.lower() not in names and not key.lower().startswith(_NOT_COPIED_PREFIXES)
        }

    def _takes(self, stream: AudioStream | SubtitleStream) -> bool:
        """Whether the container takes the stream as it is."""
        return stream.index not in self._not_copied and takes(stream, _FORMATS[self._job.container], self.options())

    def _chapters(self) -> list[Any]:
        chapters = []
        for chapter in self._original.chapters():
            base = chapter["time_base"] or Fraction(1)
            shift = round(self._origin / base)
            start, end = max(chapter["start"] - shift, 0), chapter["end"] - shift
            if self._end is not None:
                end = min(end, int(self._end / base))
            if (self._end is None or start * base < self._end) and (end > 0 or self._job.from_start):
                chapters.append({**chapter, "start": start, "end": max(end, start)})
        return chapters

    def _other_packets(self) -> Iterator[av.Packet[Any]]:
        if not self._tracks:
            return
        for packet in self._demuxed():
            track = self._tracks.get(packet.stream_index)
            if track is not None and self._is_wanted(packet):
                yield from track.push(packet)
            if len(self._over) == len(self._tracks):
                break
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
                if self._job.stop():
                    return
                if packet.size:
                    reached = packet.dts * packet.time_base - self._origin if packet.dts is not None else reached
                    yield packet
        except IndexError:
            return  # PyAV's demuxer ends so when streams appeared on the way
        except (FFmpegError, OSError):
            self.report.warnings.append(
                f"{self._job.source.name}: can't be read further than {float(reached):.1f} s; the sound ends there."
            )

    def _is_wanted(self, packet: av.Packet[Any]) -> bool:
        """Refuses what was cut away, at either end, and damaged timestamps far behind everything else."""
        stamp = packet.dts if packet.pts is None else packet.pts
        if stamp is None:
            return True
        start = stamp * packet.time_base - self._origin
        if self._end is not None and start >= self._end:
            if start >= self._end + _LONGEST_PAUSE_SECONDS:
                self._over.add(packet.stream_index)
            return False
        if not self._job.from_start and not self._reaches_in(packet, start):
            return False
        first = self._first.setdefault(packet.stream_index, start)
        if self._job.container == "mkv" and packet.is_discard:
            # Cut away by an edit list, which Matroska does not have; a decoder needs the packet before the first one heard.
            needed = _PRIMING_SECONDS if first >= -_PRIMING_SECONDS else (packet.duration or 0) * packet.time_base
            if start < -needed:
                return False
        if start > self._reached.get(packet.stream_index, self._video.end - self._origin) + _LONGEST_PAUSE_SECONDS:
            self._damaged.add(packet.stream_index)
            return False
        self._reached[packet.stream_index] = max(start, self._video.end - self._origin)
        return True

    def _reaches_in(self, packet: av.Packet[Any], start: Fraction) -> bool:
        """Whether a packet is needed where the film begins in the middle of its source; subtitles shown by then are shortened.

        MP4 and MOV hide what is before 0, and a decoder of sound needs some of it.
        """
        length = (packet.duration or 0) * packet.time_base
        if packet.stream.type == "subtitle":
            if start < 0 < start + length:
                passed = round(-start / packet.time_base)
                packet.pts = packet.dts = (packet.pts or 0) + passed
                packet.duration = (packet.duration or 0) - passed
                return True
            return start >= 0
        return start >= 0 if self._job.container == "mkv" else start + length > -_PRIMING_SECONDS


def _decoding_time(packet: av.Packet[Any]) -> float:
    return float((packet.dts or 0) * packet.time_base)
