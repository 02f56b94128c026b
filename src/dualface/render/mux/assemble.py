"""The last step: one pass that joins the segments with the source's sound, metadata and chapters in the final file."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import Any

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.error import FFmpegError

from dualface.decode.open import may_be_joined
from dualface.errors import InputError, StoppedError
from dualface.film_clock import UNCHANGED, FilmClock
from dualface.media import open_media
from dualface.output_files import check_destination, hidden_sibling, publish
from dualface.render.mux.beginnings import Beginnings, beginnings
from dualface.render.mux.choice import FORMATS, Choice, ContainerName
from dualface.render.mux.cover import cover_streams, covers_in, keep
from dualface.render.mux.description import chapters, describe, film_metadata, forget_timecodes
from dualface.render.mux.joined import JoinedVideo
from dualface.render.mux.muxer import Muxer, RefusedError, StopCheck, never
from dualface.render.mux.other_streams import Film, OtherStreams
from dualface.render.mux.playable import AudioMode
from dualface.render.mux.report import MuxReport, label, tell_what_became
from dualface.render.mux.segments import Segment
from dualface.render.mux.timing import common_origin, exact_timescale
from dualface.render.mux.trial import refused

_THOROUGH = {"scan_all_pmts": "1", "probesize": "100000000", "analyzeduration": "3600000000"}
"""In bytes and microseconds: how far streams are looked for that are not there at the beginning."""


def assemble(
    segments: Sequence[Segment],
    source: Path,
    destination: Path,
    *,
    container: ContainerName = "mp4",
    audio: AudioMode = "auto",
    clock: FilmClock = UNCHANGED,
    overwrite: bool = False,
    from_start: bool = True,
    complete: bool = True,
    fps: Fraction | None = None,
    stop: StopCheck = never,
) -> MuxReport:
    """Writes the final video: the segments' pictures, and from ``source`` all sound, subtitles, metadata and chapters.

    ``audio`` says which sound is copied bit for bit (:mod:`~dualface.render.mux.playable`) where the container takes its codec;
    the rest becomes AAC.  Subtitles are copied, or become the container's own if they are words, or are left out with a
    warning.  ``clock`` is how the source's times became the pictures', and everything else follows it.  The relation of all
    timestamps is kept exactly in MP4 and MOV, to 1 ms in MKV.  MP4 and MOV have their index in front.  Rotation is not
    copied: the pictures are upright already.

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
    job = _Job(segments, source, container, audio, clock, from_start=from_start, complete=complete, fps=fps, stop=stop)
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
    audio: AudioMode
    clock: FilmClock
    from_start: bool
    complete: bool
    fps: Fraction | None
    stop: StopCheck


def _write(job: _Job, part: Path, refused: Collection[int] = ()) -> MuxReport:
    with ExitStack() as opened:
        original = opened.enter_context(_opened(job.source))
        covers = covers_in(original)
        if cover_streams(original):  # the file's beginning was read
            original = opened.enter_context(_opened(job.source))
        assembly = _Assembly(job, original, refused, covers)
        with Muxer(part, FORMATS[job.container], options=assembly.options(), stop=job.stop) as muxer:
            assembly.write(muxer)
            muxer.finish()
            assembly.check()
    return assembly.report


def _refused(job: _Job) -> Collection[int]:
    with _opened(job.source) as original:
        return _Assembly(job, original).refused()


def _opened(source: Path) -> InputContainer:
    try:
        original = open_media(source)
        if may_be_joined(original) and not any(map(_is_usable, original.streams.audio)):
            original.close()  # perhaps the sound begins later
            original = open_media(source, options=_THOROUGH)
        return original
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
        self._sounds = {stream.index: stream for stream in original.streams.audio if _is_usable(stream)}
        self._video = JoinedVideo(job.segments)

    def options(self) -> dict[str, str]:
        """The muxer's options."""
        if self._job.container == "mkv":
            return {}
        clocks = [self._video.time_base, *(Fraction(1, s.codec_context.sample_rate) for s in self._sounds.values())]
        # Where a stream starts is noted in the movie's time scale, milliseconds unless told otherwise.
        return {"movflags": "+faststart", "movie_timescale": str(exact_timescale(clocks)), "strict": "experimental"}

    def refused(self) -> Collection[int]:
        """The indices of the streams that can't be copied; all, should none be found to be the reason.  Reads the source."""
        texts = [text for text in self._original.streams.subtitles if text.codec_context is not None]
        found = refused(self._original, [*self._sounds.values(), *texts], FORMATS[self._job.container], self.options())
        return found or range(len(self._original.streams))

    def write(self, muxer: Muxer) -> None:
        """Writes everything but the end of the file."""
        job, heard = self._job, self._beginnings()
        film = self._film(heard)
        early = {index: film.begin - heard.heard[index] for index in heard.apart}
        self._video.open(muxer.container, job.fps, apple_tag=job.container != "mkv")
        pictures = self._original.streams.best("video")
        if pictures is not None:
            describe(self._video.output, pictures, job.container)
        tracks = self._choice().tracks(self._original, self._sounds.values(), muxer.container)
        muxer.container.metadata.update(film_metadata(self._original.metadata))
        muxer.container.set_chapters(chapters(self._original, job.clock, film.origin, film.cut))
        covers, left_out = keep(self._original, self._covers, muxer.container, job.container)
        self.report.warnings += [f"{job.source.name}: {reason}." for reason in left_out]
        if not job.from_start:
            forget_timecodes(muxer.container)
        muxer.begin()
        for cover in covers:
            muxer.mux(cover)
        others = OtherStreams(
            self._original, tracks, film, job.clock, early, has_edit_lists=job.container != "mkv", stop=job.stop
        )
        self._write_packets(muxer, film, others)
        self._tell_unusable()
        labels = {index: label(job.source.name, self._original.streams[index]) for index in tracks}
        tell_what_became(self.report, job.source.name, others, tracks, labels, early)

    def check(self) -> None:
        """Raises :class:`~dualface.render.mux.muxer.RefusedError` unless every picture was written."""
        if not self._video.is_complete:
            raise RefusedError(
                f"{self._job.source.name}: {self._job.container.upper()} did not take every picture; try another container.",
                file=self._job.source,
                stage="encode",
            )

    def _beginnings(self) -> Beginnings:
        if not self._sounds or not self._job.from_start:
            return Beginnings({}, frozenset())
        with _opened(self._job.source) as again:
            return beginnings(again, self._sounds, self._video.start, self._job.clock, stop=self._job.stop)

    def _film(self, heard: Beginnings) -> Film:
        starts = [start for index, start in heard.heard.items() if index not in heard.apart]
        bases = [self._video.time_base, *(stream.time_base for stream in self._sounds.values() if stream.time_base)]
        origin = common_origin(self._video.start, starts, bases)
        cut = None if self._job.complete else self._video.end
        return Film(self._video.start, self._video.end, origin, cut, from_start=self._job.from_start)

    def _choice(self) -> Choice:
        job = self._job
        return Choice(job.source.name, job.container, job.audio, self.report, options=self.options(), refused=self._not_copied)

    def _write_packets(self, muxer: Muxer, film: Film, others: OtherStreams) -> None:
        refused = 0
        for packet in heapq.merge(self._video.packets(film.origin), others.packets(), key=_decoding_time):
            if self._job.stop():
                raise StoppedError(
                    f"{self._job.source.name}: stopped while sound was added.", file=self._job.source, stage="encode"
                )
            refused += not muxer.offer(packet)  # never a picture: see check()
        if refused:
            self.report.lose(f"{self._job.source.name}: damaged parts of the sound or subtitles were left out.")

    def _tell_unusable(self) -> None:
        for stream in self._original.streams.audio:
            if stream.index not in self._sounds:
                self.report.warnings.append(f"{label(self._job.source.name, stream)} can't be read and was left out.")
        self.report.lost |= bool(self._original.streams.audio) and not self._sounds


def _is_usable(stream: AudioStream) -> bool:
    context = stream.codec_context
    return context is not None and bool(context.sample_rate and context.channels)


def _decoding_time(packet: av.Packet[Any]) -> float:
    base = packet.time_base
    return (packet.dts or 0) * base.numerator / base.denominator
