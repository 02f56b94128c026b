"""Which of the source's streams go into the output, and how."""

from __future__ import annotations

import contextlib
from collections.abc import Collection
from typing import Literal

from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.error import FFmpegError
from av.stream import Stream
from av.subtitles.stream import SubtitleStream

from dualface.render.mux.description import describe
from dualface.render.mux.playable import AudioMode, is_copied
from dualface.render.mux.report import MuxReport, label
from dualface.render.mux.sound import CopiedSound, TranscodedSound
from dualface.render.mux.subtitles import ConvertedSubtitles, CopiedSubtitles
from dualface.render.mux.track import Track
from dualface.render.mux.trial import takes

ContainerName = Literal["mp4", "mkv", "mov"]

FORMATS = {"mp4": "mp4", "mkv": "matroska", "mov": "mov"}
"""FFmpeg's names of the containers."""
_TEXT_CODECS = {"mp4": "mov_text", "mkv": "subrip", "mov": "mov_text"}
_STYLED = ("ass", "ssa")


class Choice:
    """Makes the output's streams of sound and subtitles; what the user should know of it is told in ``report``.

    ``options`` are the muxer's.  Streams whose index is in ``refused`` are not copied: sound is transcoded, subtitles are
    left out.
    """

    def __init__(
        self,
        source: str,
        container: ContainerName,
        audio: AudioMode,
        report: MuxReport,
        *,
        options: dict[str, str],
        refused: Collection[int],
    ) -> None:
        self._source, self._container, self._audio, self._report = source, container, audio, report
        self._options, self._refused = options, refused

    def tracks(self, original: InputContainer, sounds: Collection[AudioStream], output: OutputContainer) -> dict[int, Track]:
        """The streams made for ``output``, by the index that they have in ``original``."""
        tracks: dict[int, Track] = {}
        for sound in sounds:
            tracks[sound.index] = self._sound(sound, output)
            describe(tracks[sound.index].output, sound, self._container)
        for text in original.streams.subtitles:
            track = self._subtitles(text, output)
            if track is not None:
                tracks[text.index] = track
                describe(track.output, text, self._container)
        return tracks

    def _sound(self, sound: AudioStream, output: OutputContainer) -> Track:
        wanted = is_copied(sound.codec_context.codec.canonical_name, self._container, self._audio)
        if wanted and self._takes(sound):
            self._report.sound_copied += 1
            return CopiedSound(sound, output)
        track = TranscodedSound(sound, output)
        self._report.sound_transcoded += 1
        self._tell_transcoded(sound, track)
        return track

    def _tell_transcoded(self, sound: AudioStream, track: TranscodedSound) -> None:
        name, container = self._label(sound), self._container.upper()
        channels, kept = sound.codec_context.channels, track.output.codec_context.channels
        if sound.index in self._refused:
            self._report.notes.append(f"{name} can't be copied into {container} and was encoded anew.")
        elif self._audio == "aac":
            self._report.notes.append(f"{name} became AAC, as asked.")
        elif self._takes(sound):
            self._report.notes.append(
                f"{name} became AAC, which all players and editors know in {container}; --audio copy keeps it as it is."
            )
        else:
            self._report.notes.append(f"{name} became AAC, because it can't be written into {container}.")
        if kept < channels:
            self._report.warnings.append(f"{name} has {channels} channels, more than AAC holds; it was mixed down to {kept}.")

    def _subtitles(self, text: SubtitleStream, output: OutputContainer) -> Track | None:
        """A copy, else the words in the codec that the container has for them; ``None``, with a warning, where both fail."""
        container, codec = self._container, text.codec_context
        if codec is not None and self._takes(text):
            self._report.subtitles_copied += 1
            return CopiedSubtitles(text, output)
        if codec is not None:
            with contextlib.suppress(ValueError, FFmpegError):
                converted = ConvertedSubtitles(text, output, _TEXT_CODECS[container])
                self._report.subtitles_converted += 1
                if codec.name in _STYLED:
                    self._report.warnings.append(f"{self._label(text)} lost its styles, which only MKV can hold.")
                return converted
        advice = "" if container == "mkv" else "; MKV takes more"
        self._report.warnings.append(f"{self._label(text)} does not fit into {container.upper()} and was left out{advice}.")
        return None

    def _label(self, stream: Stream) -> str:
        return label(self._source, stream)

    def _takes(self, stream: AudioStream | SubtitleStream) -> bool:
        """Whether the container takes the stream as it is."""
        return stream.index not in self._refused and takes(stream, FORMATS[self._container], self._options)
