"""Closed pieces of the encoded video, from which a later run can go on.

A segment is an MP4 file of video only (a MOV, of codecs that have no place there) that begins with a key frame.  Its
timestamps are the packets' own less those of that key frame (MP4 has trouble with what lies before 0), so
:attr:`Segment.first_pts` must be added again.  It counts once the file is complete on the disk under its name *and* its line
stands in the folder's ``segments.jsonl``.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path, PurePath
from types import TracebackType
from typing import Self

import av

from dualface.errors import OutputError
from dualface.files import sync_folder, write_whole
from dualface.output_files import output_error
from dualface.render.mux.muxer import Muxer
from dualface.types import Packet

_INDEX = "segments.jsonl"
_PART = ".part"
_END_BYTES = 1 << 16
_IN_MOV = ("prores", "dnxhd")
_OWN_NAMES = re.compile(r"(\d{6,}(-\d+)?\.(mp4|mov)|segments\.jsonl)(\.part)?")


class DamagedWorkError(OutputError):
    """What an earlier run has made can't be read; ``path`` is the file."""

    def __init__(self, path: Path) -> None:
        what = f"{path}: this piece of the unfinished film is damaged; remove its folder and run again."
        super().__init__(what, file=path, stage="encode")


@dataclass(frozen=True, slots=True)
class Segment:
    """A closed segment.  ``first_frame`` counts the frames of the video from 0 in presentation order; ``first_pts`` and
    ``end_pts`` (where its last frame ends) are in ``time_base`` units; ``size`` is in bytes.  ``parameters`` is a digest of the
    codec's parameter sets: segments where it differs come from different encoders or settings.  ``ends`` is one of both ends of
    the file, which are written last.
    """

    index: int
    path: Path
    first_frame: int
    frames: int
    first_pts: int
    end_pts: int
    time_base: Fraction
    size: int
    parameters: str
    ends: str

    @property
    def end_frame(self) -> int:
        """The first frame that is not in it any more."""
        return self.first_frame + self.frames

    def to_json(self) -> str:
        """One line; the path is relative to the folder."""
        return json.dumps(
            {
                "index": self.index,
                "file": self.path.name,
                "first_frame": self.first_frame,
                "frames": self.frames,
                "first_pts": self.first_pts,
                "end_pts": self.end_pts,
                "time_base": str(self.time_base),
                "size": self.size,
                "parameters": self.parameters,
                "ends": self.ends,
            }
        )

    @classmethod
    def from_json(cls, line: str, folder: Path) -> Segment:
        """Raises :class:`ValueError` or :class:`KeyError` for a line that :meth:`to_json` did not write."""
        entry = json.loads(line)
        return cls(
            index=entry["index"],
            path=folder / Path(entry["file"]).name,
            first_frame=entry["first_frame"],
            frames=entry["frames"],
            first_pts=entry["first_pts"],
            end_pts=entry["end_pts"],
            time_base=Fraction(entry["time_base"]),
            size=entry["size"],
            parameters=entry["parameters"],
            ends=entry["ends"],
        )


def read_segments(folder: Path) -> list[Segment]:
    """The closed segments in ``folder``, in order, up to the first that is missing or not whole; none if there is no index."""
    segments: list[Segment] = []
    try:
        lines = (folder / _INDEX).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return segments
    for line in lines:
        try:
            segment = Segment.from_json(line, folder)
            whole = segment.index == len(segments) and (segment.size, segment.ends) == _size_and_ends(segment.path)
        except (OSError, ValueError, KeyError, TypeError):
            whole = False
        if not whole:
            break
        segments.append(segment)
    return segments


def revision(name: str) -> int:
    """How often the segment whose file has this ``name`` was made: 1, or more where it has replaced others."""
    return int(PurePath(name).stem.partition("-")[2] or 1)


def remove_segments(folder: Path) -> None:
    """Removes a work folder and all that is in it."""
    shutil.rmtree(folder, ignore_errors=True)


class SegmentWriter:
    """Writes an encoder's packets into segments of at least ``seconds``.

    ``template`` is the encoder's stream (``encoder.stream``).  ``segments`` are those of an earlier run to go on from: its
    encoder must be new and its first packet a key frame; other segments in the folder are removed first.  Leaving it as a
    context manager without :meth:`finish` gives up the segment that is open, never a closed one.

    The constructor, :meth:`write` and :meth:`finish` raise :class:`~dualface.errors.DiskFullError` or
    :class:`~dualface.errors.OutputError`.
    """

    def __init__(
        self, folder: Path, template: av.VideoStream, *, seconds: float = 4.0, segments: Sequence[Segment] = ()
    ) -> None:
        self._folder, self._template, self._seconds = folder, template, seconds
        self._time_base = template.codec_context.time_base
        self.segments = list(segments)
        self._open: _OpenSegment | None = None
        try:
            self._prepare_folder()
        except OSError as error:
            raise output_error(error, folder) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.abort()

    def write(self, packet: Packet) -> Segment | None:
        """Takes the next packet, in decoding order, and keeps its ``data``.  Returns the segment that this closed, if any.

        Raises :class:`ValueError` when the very first packet is not a key frame.
        """
        closed = None
        if self._open is not None and packet.is_keyframe and self._is_long_enough(packet):
            closed = self._close(self._open)
        if self._open is None:
            self._open = self._begin(packet)
        try:
            self._open.write(packet)
        except BaseException:
            self.abort()
            raise
        return closed

    def finish(self) -> Segment | None:
        """Closes the last segment and returns it; ``None`` when no packet came since the last one closed."""
        return None if self._open is None else self._close(self._open)

    def abort(self) -> None:
        """Gives up the open segment; the closed ones stay."""
        if self._open is not None:
            self._open.muxer.abort()
            self._open = None

    def _prepare_folder(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        kept = {segment.path.name for segment in self.segments}
        for path in self._folder.iterdir():
            if path.name not in kept and _OWN_NAMES.fullmatch(path.name):
                path.unlink()
        if self.segments:
            write_index(self._folder, self.segments)

    def _is_long_enough(self, packet: Packet) -> bool:
        return self._open is not None and (packet.pts - self._open.first_pts) * packet.time_base >= self._seconds

    def _begin(self, packet: Packet) -> _OpenSegment:
        if not packet.is_keyframe:
            raise ValueError("A segment must begin with a key frame.")
        path = self._folder / f"{len(self.segments):06d}.{_container(self._template)}{_PART}"
        return _OpenSegment(path, self._template, self._time_base, packet.pts)

    def _close(self, segment: _OpenSegment) -> Segment:
        try:
            segment.muxer.finish()
            closed = self._publish(segment)
        except OSError as error:
            segment.muxer.path.unlink(missing_ok=True)
            raise output_error(error, segment.muxer.path) from error
        finally:
            self.abort()
        self.segments.append(closed)
        return closed

    def _publish(self, segment: _OpenSegment) -> Segment:
        path = segment.muxer.path.with_suffix("")
        segment.muxer.path.replace(path)
        sync_folder(self._folder)
        size, ends = _size_and_ends(path)
        closed = Segment(
            index=len(self.segments),
            path=path,
            first_frame=self.segments[-1].end_frame if self.segments else 0,
            frames=segment.frames,
            first_pts=segment.first_pts,
            end_pts=segment.end_pts,
            time_base=self._time_base,
            size=size,
            parameters=_parameters(self._template),
            ends=ends,
        )
        with (self._folder / _INDEX).open("a", encoding="utf-8") as index:
            index.write(f"{closed.to_json()}\n")
            index.flush()
            os.fsync(index.fileno())
        return closed


class _OpenSegment:
    def __init__(self, path: Path, template: av.VideoStream, time_base: Fraction, first_pts: int) -> None:
        self.frames, self.first_pts, self.end_pts = 0, first_pts, first_pts
        self.muxer = Muxer(path, _container(template))
        self._stream = self.muxer.container.add_stream_from_template(template, opaque=True)
        self._stream.time_base = time_base

    def write(self, packet: Packet) -> None:
        piece = packet.data if isinstance(packet.data, av.Packet) else av.Packet(bytes(packet.data))
        piece.pts, piece.dts, piece.duration = packet.pts - self.first_pts, packet.dts - self.first_pts, packet.duration
        piece.time_base, piece.is_keyframe = packet.time_base, packet.is_keyframe
        piece.stream = self._stream
        self.frames += 1
        self.end_pts = max(self.end_pts, packet.pts + packet.duration)
        self.muxer.mux(piece)


class SegmentReplacement:
    """Makes a closed segment anew, with the same frames; the old one counts until :meth:`finish`.

    ``template`` is the stream of an encoder that is used for this segment only.  Leaving it as a context manager without
    :meth:`finish` gives up the new one.  :meth:`write` and :meth:`finish` raise what :class:`SegmentWriter` raises.
    """

    def __init__(self, segment: Segment, template: av.VideoStream) -> None:
        self._segment, self._template = segment, template
        self._path = segment.path.with_name(f"{segment.index:06d}-{revision(segment.path.name) + 1}{segment.path.suffix}")
        self._open: _OpenSegment | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._open is not None:
            self._open.muxer.abort()

    def write(self, packet: Packet) -> None:
        """Takes the next packet, in decoding order."""
        if self._open is None:
            part = self._path.with_name(self._path.name + _PART)
            self._open = _OpenSegment(part, self._template, self._segment.time_base, packet.pts)
        self._open.write(packet)

    def finish(self, segments: list[Segment]) -> None:
        """Puts the new segment in the place of the old one, in the folder and in ``segments``, which are all of them.

        Raises :class:`ValueError` where it has not the frames of the old one.
        """
        old, made = self._segment, self._open
        if made is None or made.frames != old.frames:
            raise ValueError(f"segment {old.index} has {old.frames} frames, its replacement {made.frames if made else 0}")
        try:
            made.muxer.finish()
            made.muxer.path.replace(self._path)
            sync_folder(self._path.parent)
            size, ends = _size_and_ends(self._path)
            new = replace(
                old,
                path=self._path,
                first_pts=made.first_pts,
                end_pts=made.end_pts,
                size=size,
                parameters=_parameters(self._template),
                ends=ends,
            )
            segments[old.index] = new
            write_index(self._path.parent, segments)
            old.path.unlink(missing_ok=True)
        except OSError as error:
            raise output_error(error, self._path) from error
        self._open = None


def _container(template: av.VideoStream) -> str:
    return "mov" if template.codec_context.codec.canonical_name in _IN_MOV else "mp4"


def write_index(folder: Path, segments: Sequence[Segment]) -> None:
    """All lines at once: the index is the old one or the new one."""
    write_whole(folder / _INDEX, "".join(f"{segment.to_json()}\n" for segment in segments).encode())


def _parameters(template: av.VideoStream) -> str:
    """A digest; hardware encoders know their parameter sets from their first frame on only."""
    return hashlib.sha256(template.codec_context.extradata or b"").hexdigest()[:16]


def _size_and_ends(path: Path) -> tuple[int, str]:
    """In bytes, and a digest of both ends of the file: reading all of them would take long.  Raises :class:`OSError`."""
    with path.open("rb") as file:
        size, head = os.fstat(file.fileno()).st_size, file.read(_END_BYTES)
        file.seek(max(size - _END_BYTES, 0))
        return size, hashlib.sha256(head + file.read(_END_BYTES)).hexdigest()[:16]
