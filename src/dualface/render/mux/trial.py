"""Which streams of a source a container takes as they are.  FFmpeg's tables promise too much; only writing tells."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.error import FFmpegError
from av.subtitles.stream import SubtitleStream

from dualface.render.mux.sound import CopiedSound
from dualface.render.mux.subtitles import CopiedSubtitles
from dualface.render.mux.track import Track

_TRIED_PACKETS = 2000
"""Of all streams together; each sound is among them."""


def copied(source: AudioStream | SubtitleStream, container: av.container.OutputContainer) -> Track:
    """A copy of ``source`` in ``container``.  Raises ``ValueError`` where the container is known not to take it."""
    return CopiedSound(source, container) if isinstance(source, AudioStream) else CopiedSubtitles(source, container)


class _Trial:
    """A file in memory with a copy of one stream."""

    def __init__(self, stream: AudioStream | SubtitleStream, format: str, options: Mapping[str, str]) -> None:
        options = {key: value for key, value in options.items() if key != "movflags"}  # they need a file to read again
        self._container = av.open(io.BytesIO(), "w", format=format, container_options=options)
        self._offered = self._written = 0
        try:
            self._track = copied(stream, self._container)
            self._container.start_encoding()
            self.takes_header = True
        except (ValueError, FFmpegError):
            self.takes_header = False

    def write(self, packet: av.Packet[Any]) -> None:
        """Adds a packet of the stream; a damaged one may be refused without meaning anything."""
        self._offered += 1
        with contextlib.suppress(FFmpegError):
            self._container.mux(self._track.push(packet))
            self._written += 1

    def ends(self) -> bool:
        """Completes the file; false if that can't be done or none of the packets is in it."""
        try:
            self._container.close()
        except FFmpegError:
            return not self._offered  # some refuse to end without a packet
        return bool(self._written) or not self._offered


def takes(stream: AudioStream | SubtitleStream, format: str, options: Mapping[str, str]) -> bool:
    """Whether the container takes a copy of the stream, as far as its header tells; arguments as of :func:`refused`."""
    trial = _Trial(stream, format, options)
    trial.ends()
    return trial.takes_header


def refused(
    original: InputContainer, streams: Iterable[AudioStream | SubtitleStream], format: str, options: Mapping[str, str]
) -> frozenset[int]:
    """The indices of those ``streams`` of ``original`` of whose copy no whole file can be made.

    ``format`` and ``options`` are FFmpeg's, of the container.  The beginning of ``original`` is read.
    """
    trials = {stream.index: _Trial(stream, format, options) for stream in streams}
    with contextlib.suppress(FFmpegError, IndexError):
        for packet in islice(original.demux(), _TRIED_PACKETS):
            trial = trials.get(packet.stream_index)
            if trial is not None and trial.takes_header and packet.size:
                trial.write(packet)
    return frozenset(index for index, trial in trials.items() if not trial.ends())
