"""Decoding on the CPU with FFmpeg's software decoders."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import ExitStack
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import Any, cast

import av
import numpy as np
from av.video.frame import VideoFrame
from av.video.plane import VideoPlane
from av.video.reformatter import VideoReformatter

from dualface.decode.file_decoder import FileDecoder
from dualface.decode.info import PixelAspect, duration_seconds, frame_rate, is_variable_rate, time_base, timecode, total_frames
from dualface.decode.normalise import Normalised, Normaliser, bits_of
from dualface.decode.open import STAGE, OpenVideo, has_index_of_times, may_be_joined, open_video
from dualface.decode.properties import PictureSize
from dualface.decode.rate import first_steps, seconds_by_size
from dualface.decode.reader import FrameReader
from dualface.decode.sizes import lasting_sizes
from dualface.decode.timestamps import Stamp
from dualface.errors import CorruptInputError, InputError
from dualface.out_of_memory import check_room
from dualface.sequences import USUAL_RATE
from dualface.types import Frame, VideoInfo

_MOST_UNLIKELY, _MOST_UNLIKELY_IF_JOINED = 100, 10
"""So many times as long as its beginning suggests a file may be; quiet recordings of screens begin with much."""


class SoftwareDecoder(FileDecoder):
    """Decodes ``source`` with ``threads`` threads (0: as many as cores); a :class:`~dualface.interfaces.Decoder`.

    Frames are on the CPU, planes uint8 in :attr:`~dualface.types.PixelFormat.YUV420P`.  Where the source is such already
    they are views of the decoder's memory, which ``Frame.owner`` keeps alive; all else goes through an FFmpeg filter
    graph: rotation, deinterlacing, square pixels, bit depth, chroma, range, HDR to SDR.  A sequence of pictures is shown at
    ``rate`` a second.  With ``deep``, frames of a source of more than 8 bits have :attr:`~dualface.types.Frame.deep` too.

    Opening decodes the first frame.  Raises :class:`~dualface.errors.InputError` when the file is missing, unreadable or
    holds no video, :class:`~dualface.errors.CorruptInputError` when nothing in it can be decoded.  Opening and reading raise
    :class:`~dualface.errors.InputError` when FFmpeg can't convert the pictures,
    :class:`~dualface.errors.DeviceMemoryError` when there is too little memory for them, and
    :class:`~dualface.decode.reader.DecodingFailedError` when something else than the file is at fault.
    """

    def __init__(self, source: Path, *, threads: int = 0, rate: Fraction = USUAL_RATE, deep: bool = False) -> None:
        super().__init__()
        with ExitStack() as opened:
            video = open_video(Path(source), threads, rate=rate)
            opened.callback(video.container.close)
            self.stats.warnings += video.warnings
            self.stats.notes += video.notes
            reader = FrameReader(video, self.stats)
            raw = reader.frames()
            first = next(raw, None)
            if first is None:
                raise _nothing_decoded(video.path, reader.packets)
            aspect = PixelAspect(video.stream)
            sizes = [s._replace(pixel_aspect=aspect.where(s.pixel_aspect)) for s in lasting_sizes(video, _size(first))]
            normaliser = Normaliser(first, aspect.current(), threads, video.chroma_location, sizes, deep=deep)
            self.stats.notes += _told_of_sizes(video.path, sizes, normaliser.size)
            self._info = _describe(video, first, normaliser)
            self._video, self._first_pts = video, first.pts
            self._parts = reader, normaliser, aspect
            self._shallow = VideoReformatter()
            self._frames = self._read(video, first, raw, normaliser, aspect)
            self._resources = opened.pop_all()

    def _sought(self, pts: int, *, exactly: bool) -> Generator[Frame, None, None] | None:
        reader, normaliser, aspect = self._parts
        raw = reader.frames_at(pts) if exactly else reader.frames_from(pts)
        return None if raw is None else self._read(self._video, next(raw), raw, normaliser, aspect)

    def _read(
        self, video: OpenVideo, first: VideoFrame, others: Iterator[VideoFrame], normaliser: Normaliser, aspect: PixelAspect
    ) -> Generator[Frame, None, None]:
        clock = self._repair(video, first)
        try:
            for raw in chain([first], others):
                stamp = clock.stamp(raw.pts, raw.duration)
                yield from self._finished(self._normalised(video.path, normaliser, raw, stamp, aspect.current()))
                if self._closed:
                    return
            yield from self._finished(normaliser.flush())
            self._warn_of_repairs(video.path, clock)
        finally:
            self._resources.close()

    def _normalised(
        self, path: Path, normaliser: Normaliser, raw: VideoFrame, stamp: Stamp, aspect: Fraction | None
    ) -> list[Normalised]:
        try:
            return normaliser.push(raw, stamp, aspect)
        except av.FFmpegError as error:
            check_room("decode", raw.width, raw.height, error, file=path)
            if self.stats.frames == 0:
                raise InputError(
                    f"{path} holds {raw.format.name} pictures of {raw.width}×{raw.height} that FFmpeg can't convert ({error}); "
                    "convert the file first.",
                    file=path,
                    stage=STAGE,
                ) from error
            self.stats.corrupt_packets += 1
            return []

    def _finished(self, pictures: Iterable[Normalised]) -> Iterator[Frame]:
        for made, stamp, content in pictures:
            deep = tuple(_view(plane, deep=True) for plane in made.planes) if self._info.deep else None
            picture = self._shallow.reformat(made, format="yuv420p") if self._info.deep else made
            index = self.stats.frames
            self.stats.frames += 1
            yield Frame(
                index=index,
                pts=stamp.pts,
                time_base=self._info.time_base,
                duration=stamp.duration,
                width=picture.width,
                height=picture.height,
                planes=tuple(_view(plane) for plane in picture.planes),
                color=self._info.color,
                owner=picture,
                content=content,
                deep=deep,
            )


def probe(source: Path) -> VideoInfo:
    """The properties of the video ``source``.  Raises as :class:`SoftwareDecoder` does."""
    decoder = SoftwareDecoder(source, threads=1)
    decoder.close()
    return decoder.get_video_info()


def _describe(video: OpenVideo, first: VideoFrame, normaliser: Normaliser) -> VideoInfo:
    stream = video.stream
    steps = [] if stream.average_rate else first_steps(video.path, stream.index, time_base(stream))
    fps = frame_rate(stream, steps)
    seconds = _seconds(video, first)
    width, height = normaliser.size
    return VideoInfo(
        width=width,
        height=height,
        fps=fps,
        total_frames=total_frames(stream, seconds, fps),
        duration_seconds=seconds,
        codec=stream.codec_context.codec.canonical_name,
        pixel_format=first.format.name,
        rotation=normaliser.source.orientation.degrees,
        color=normaliser.color,
        has_audio=len(video.container.streams.audio) > 0,
        time_base=time_base(stream),
        variable_rate=is_variable_rate(stream, steps),
        hdr=normaliser.source.is_hdr,
        timecode=timecode(video.container, stream),
        interlaced=first.interlaced_frame,
        bits=bits_of(first),
        deep=normaliser.pixel_format != "yuv420p",
    )


def _size(frame: VideoFrame) -> tuple[int, int]:
    return frame.width, frame.height


def _told_of_sizes(path: Path, sizes: Sequence[PictureSize], size: tuple[int, int]) -> list[str]:
    if len(sizes) < 2:
        return []
    changes = ", ".join(dict.fromkeys(f"{each.width}×{each.height}" for each in sizes))
    return [f"{path}: its pictures change their size ({changes}); all are worked on at {size[0]}×{size[1]}."]


def _seconds(video: OpenVideo, first: VideoFrame) -> float:
    seconds = duration_seconds(video.container, video.stream, float((first.pts or 0) * time_base(video.stream)))
    if has_index_of_times(video.container):
        return seconds
    # What else is said is the distance between the first time and the last, and a clock that jumps makes it absurd.
    likely = seconds_by_size(video.path, video.stream.index)
    most = _MOST_UNLIKELY_IF_JOINED if may_be_joined(video.container) else _MOST_UNLIKELY
    return seconds if likely is None or seconds < most * likely else likely


def _view(plane: VideoPlane, *, deep: bool = False) -> Any:
    """The plane's samples, uint8 or uint16, shape (height, width), without a copy unless FFmpeg stores it upside down."""
    rows = np.frombuffer(cast("memoryview", plane), np.uint16 if deep else np.uint8).reshape(plane.height, -1)
    samples = rows[:, : plane.width] if plane.line_size > 0 else np.ascontiguousarray(rows[::-1, : plane.width])
    samples.flags.writeable = False
    return samples


def _nothing_decoded(path: Path, packets: int) -> InputError:
    if packets == 0:
        return InputError(
            f"{path} holds a video stream without a single frame; record or copy it again.", file=path, stage=STAGE
        )
    return CorruptInputError(
        f"{path} is damaged, none of its {packets} video packets can be decoded; copy it again.", file=path, stage=STAGE
    )
