"""The pictures of a finished film, some of them made anew: all others stay as they are, bit for bit.

A film's pictures can be exchanged from one *boundary* to another: a key frame before which no picture is shown, or decoded,
that belongs after it.  New ones take the times of the old ones, so nothing else in the film need know of it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate
from pathlib import Path
from typing import Any

import av
from av.bitstream import BitStreamFilterContext
from av.container import InputContainer, OutputContainer
from av.error import FFmpegError

from dualface.errors import OutputError
from dualface.media import open_media
from dualface.render.mux.joined import INLINE_FILTERS

_HEVC_HEADER = 23
"""Bytes before the first kind of parameter sets, of which the last one counts the kinds."""


@dataclass(frozen=True, slots=True)
class FilmPictures:
    """When a film's pictures are shown and decoded, in units of ``time_base``, both in their order; and its boundaries.

    ``stream`` is their stream's index.  ``durations`` are in the order in which pictures are shown.  ``boundaries`` are
    numbers of pictures, 0 the first of them.
    """

    path: Path
    stream: int
    time_base: Fraction
    shown: tuple[int, ...]
    decoded: tuple[int, ...]
    durations: tuple[int, ...]
    boundaries: tuple[int, ...]

    @classmethod
    def of(cls, path: Path, check: Callable[[], None] = lambda: None) -> FilmPictures:
        """Reads the film through; ``check`` is called for every picture and may raise.

        Raises :class:`~dualface.errors.OutputError` where that can't be done.
        """
        found: list[tuple[int, int | None, int, bool]] = []
        with _opened(path) as film:
            stream = film.streams.best("video") or film.streams.video[0]
            base = stream.time_base or Fraction(1, 90000)
            index = stream.index
            try:
                for packet in film.demux(stream):
                    check()
                    if packet.size:
                        if packet.pts is None:
                            raise _damaged(path)
                        found.append((packet.pts, packet.dts, packet.duration or 0, packet.is_keyframe))
            except FFmpegError as error:
                raise _damaged(path) from error
        if not found:
            raise _damaged(path)
        in_order = sorted((pts, duration) for pts, _, duration, _ in found)
        return cls(
            path,
            index,
            base,
            tuple(pts for pts, _ in in_order),
            tuple(_decoded([pts for pts, *_ in found], [dts for _, dts, *_ in found])),
            tuple(duration for _, duration in in_order),
            tuple(_boundaries([pts for pts, *_ in found], [key for *_, key in found])),
        )

    def around(self, frames: Sequence[int]) -> list[range]:
        """The pictures that must be made anew, from boundary to boundary, so that ``frames`` (rising) can be."""
        ends = (*self.boundaries[1:], len(self.shown))
        spans: list[range] = []
        for frame in frames:
            if spans and frame < spans[-1].stop:
                continue
            k = bisect_right(self.boundaries, frame) - 1
            first, end = self.boundaries[k], ends[k]
            if spans and spans[-1].stop == first:
                spans[-1] = range(spans[-1].start, end)
            else:
                spans.append(range(first, end))
        return spans


def _decoded(shown: Sequence[int], decoded: Sequence[int | None]) -> list[int]:
    """When pictures are decoded; containers that don't say it (Matroska) leave it to whoever reads them."""
    known = [dts for dts in decoded if dts is not None]
    if len(known) == len(shown):
        return known
    in_order = sorted(shown)
    delay = max(a - b for a, b in zip(in_order, shown, strict=True))
    return [pts - delay for pts in in_order]


def _boundaries(shown: Sequence[int], key: Sequence[bool]) -> Iterator[int]:
    """Where every picture before is shown before, every picture after is shown after; ``shown`` in the order of decoding."""
    latest = [-(1 << 62), *accumulate(shown, max)]
    earliest = list(accumulate(reversed(shown), min))[::-1]
    for n, is_key in enumerate(key):
        if is_key and earliest[n] == shown[n] > latest[n]:
            yield n


@dataclass(frozen=True, slots=True)
class Piece:
    """New pictures for ``frames``, in a file of video only, in the order of decoding and as many as they are."""

    frames: range
    path: Path


class ReplacedVideo:
    """Packets of a film's pictures, with ``pieces`` (in order, from boundary to boundary) in the place of its own.

    All methods raise :class:`~dualface.errors.OutputError` for what can't be read, or does not fit.
    """

    def __init__(self, film: FilmPictures, pieces: Sequence[Piece]) -> None:
        self._film, self._pieces = film, {piece.frames.start: piece for piece in pieces}
        self._skipped = frozenset(n for piece in pieces for n in piece.frames)
        self._filter: str | None = None
        self._inline: BitStreamFilterContext | None = None
        self._number = 0
        self.output: Any = None

    def open(self, container: OutputContainer) -> None:
        """Adds the stream to the output, as it is in the film."""
        with _opened(self._film.path) as film:
            template = film.streams[self._film.stream]
            assert isinstance(template, av.VideoStream)
            context = template.codec_context
            codec, tag = context.codec.canonical_name, context.codec_tag
            self.output = container.add_stream_from_template(template, opaque=True)
            self.output.time_base = self._film.time_base
            own = _parameters(context)
            if codec in INLINE_FILTERS and any(_parameters_of(one.path) != own for one in self._pieces.values()):
                self._filter = INLINE_FILTERS[codec]
                self._inline = BitStreamFilterContext(self._filter, template, self.output)
                tag = "\0\0\0\0"  # the muxer's choice
            self.output.codec_context.codec_tag = tag
            self.output.codec_context.framerate = template.average_rate or 0

    def push(self, packet: av.Packet[Any]) -> Iterator[av.Packet[Any]]:
        """Takes the film's next packet of pictures; gives what stands in its place in the output."""
        number, self._number = self._number, self._number + 1
        if number in self._pieces:
            yield from self._new(self._pieces[number])
        if number not in self._skipped:
            packet.dts = self._film.decoded[number]
            yield from self._placed(packet, self._inline)

    def _placed(self, packet: av.Packet[Any], inline: BitStreamFilterContext | None) -> Iterator[av.Packet[Any]]:
        for one in inline.filter(packet) if inline else (packet,):
            one.stream = self.output
            yield one

    def _new(self, piece: Piece) -> Iterator[av.Packet[Any]]:
        """The piece's packets with the times of those that they replace."""
        film, first = self._film, piece.frames.start
        with _opened(piece.path) as made:
            packets = list(_read(made, piece.path))
            places = {pts: first + n for n, pts in enumerate(sorted(packet.pts or 0 for packet in packets))}
            if len(places) != len(piece.frames):
                raise _damaged(piece.path)
            inline = BitStreamFilterContext(self._filter, made.streams.video[0]) if self._filter else None
            last = film.decoded[first - 1] if first else None
            for n, packet in enumerate(packets, first):
                at = places[packet.pts or 0]
                packet.time_base = film.time_base
                packet.pts, packet.duration = film.shown[at], film.durations[at]
                packet.dts = min(film.decoded[n], film.shown[at])
                if last is not None and packet.dts <= last:  # an encoder that looks further back than the film's did
                    raise _damaged(piece.path)
                last = packet.dts
                yield from self._placed(packet, inline)


def _read(container: InputContainer, path: Path) -> Iterator[av.Packet[Any]]:
    try:
        for packet in container.demux(container.streams.video[0]):
            if packet.size:
                yield packet
    except FFmpegError as error:
        raise _damaged(path) from error


def _parameters_of(path: Path) -> bytes:
    with _opened(path) as made:
        return _parameters(made.streams.video[0].codec_context)


def _parameters(context: av.VideoCodecContext) -> bytes:
    """The parameter sets that pictures need, for comparing.

    HEVC's tell of each kind whether there may be more of it among the pictures (ISO/IEC 14496-15, 8.3.3.1), which depends on
    the container, not on the encoder.
    """
    told = bytearray(context.extradata or b"")
    if context.codec.canonical_name != "hevc" or len(told) < _HEVC_HEADER or told[0] != 1:
        return bytes(told)
    at = _HEVC_HEADER
    for _ in range(told[_HEVC_HEADER - 1]):
        if at + 3 > len(told):
            break
        told[at] &= 0x7F
        count, at = int.from_bytes(told[at + 1 : at + 3], "big"), at + 3
        for _ in range(count):
            at += 2 + int.from_bytes(told[at : at + 2], "big")
    return bytes(told)


def _opened(path: Path) -> InputContainer:
    try:
        return open_media(path)
    except (FFmpegError, OSError) as error:
        raise _damaged(path) from error


def _damaged(path: Path) -> OutputError:
    return OutputError(
        f"{path}: its pictures can't be exchanged one by one; run again with --overwrite.", file=path, stage="encode"
    )
