"""Writes a finished film once more, with other pictures in the place of some: everything else is copied as it is."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from av.container import InputContainer
from av.error import FFmpegError

from dualface.errors import OutputError, StoppedError
from dualface.film_clock import UNCHANGED
from dualface.media import open_media
from dualface.output_files import hidden_sibling, publish
from dualface.render.mux.choice import FORMATS, ContainerName
from dualface.render.mux.cover import covers_in, keep
from dualface.render.mux.description import chapters, describe, film_metadata
from dualface.render.mux.muxer import Muxer, StopCheck, never
from dualface.render.mux.replaced import FilmPictures, Piece, ReplacedVideo
from dualface.render.mux.timing import exact_timescale


def assemble_again(
    pictures: FilmPictures, pieces: Sequence[Piece], destination: Path, *, container: ContainerName, stop: StopCheck = never
) -> None:
    """Writes the film that ``pictures`` are of to ``destination``, another file, with ``pieces`` in their places.

    Sound, subtitles, metadata, chapters and covers are those of the film, packet by packet, and so are all other pictures.
    ``container`` is the film's own.  ``stop`` is asked often; true ends the work within a second or so.

    Raises :class:`~dualface.errors.DiskFullError`, :class:`~dualface.errors.OutputError`,
    :class:`~dualface.errors.StoppedError`; then nothing is left.
    """
    film, part = pictures.path, hidden_sibling(destination, ".part")
    try:
        with open_media(film) as original:
            covers = covers_in(original)
        with (
            open_media(film) as original,
            Muxer(part, FORMATS[container], options=_options(original, container), stop=stop) as muxer,
        ):
            video = ReplacedVideo(pictures, pieces)
            outputs = _outputs(original, video, covers, muxer, container)
            for packet in original.demux():
                if stop():
                    raise StoppedError(f"{film}: stopped while it was written again.", file=film, stage="encode")
                if not packet.size:
                    continue
                if packet.stream_index == pictures.stream:
                    muxer.mux(list(video.push(packet)))
                elif packet.stream_index in outputs:
                    packet.stream = outputs[packet.stream_index]
                    muxer.mux(packet)
            muxer.finish()
    except FFmpegError as error:
        what = f"can't be read any more ({error.strerror}); run again with --overwrite."
        raise OutputError(f"{film}: {what}", file=film, stage="encode") from error
    publish(part, destination, overwrite=True)


def _outputs(
    original: InputContainer, video: ReplacedVideo, covers: dict[int, bytes], muxer: Muxer, container: ContainerName
) -> dict[int, Any]:
    """Makes the streams and writes all that comes before packets; streams other than the pictures by their index."""
    video.open(muxer.container)
    describe(video.output, original.streams.best("video") or original.streams.video[0], container)
    outputs: dict[int, Any] = {}
    for stream in (*original.streams.audio, *original.streams.subtitles):
        if stream.codec_context is not None:
            outputs[stream.index] = muxer.container.add_stream_from_template(stream)
            outputs[stream.index].time_base = stream.time_base
            describe(outputs[stream.index], stream, container)
    muxer.container.metadata.update(film_metadata(original.metadata))
    muxer.container.set_chapters(chapters(original, UNCHANGED, Fraction(0), None))
    kept, _ = keep(original, covers, muxer.container, container)
    muxer.begin()
    for cover in kept:
        muxer.mux(cover)
    return outputs


def _options(original: InputContainer, container: ContainerName) -> dict[str, str]:
    """The muxer's options, as for the film itself."""
    if container == "mkv":
        return {}
    clocks = [stream.time_base for stream in (*original.streams.video, *original.streams.audio) if stream.time_base]
    return {"movflags": "+faststart", "movie_timescale": str(exact_timescale(clocks)), "strict": "experimental"}
