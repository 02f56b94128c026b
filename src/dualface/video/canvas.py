"""What one video is drawn on and encoded with, as the configuration says."""

from __future__ import annotations

from dataclasses import replace

from dualface.config.schema import Config
from dualface.device.base import Device
from dualface.direct.layouts.chosen import arranged, canvas_size
from dualface.direct.layouts.places import place_names
from dualface.render.borders import Borders
from dualface.render.captions import Captions
from dualface.render.compose.error_policy import TileCompositionErrorPolicy
from dualface.render.compose.overlay import Captioning
from dualface.render.encode.settings import EncoderSettings
from dualface.render.highlights import Highlights
from dualface.scheduling import threads_for_libraries
from dualface.types import Box, ColorTags, Person, Placement, TileState, VideoInfo
from dualface.video.films import keeps_bits


class Canvas:
    """The composer and the encoder that make the film's pictures; ``size`` is its width and height in pixels.

    ``uncaptioned`` are people whose names are not written, as if they had none.
    """

    def __init__(self, info: VideoInfo, config: Config, device: Device, uncaptioned: frozenset[Person] = frozenset()) -> None:
        self.size = canvas_size(config.framing)
        color = _output_color(info)
        deep = info.deep and keeps_bits(config)
        composer = device.composer(
            *self.size,
            background=config.framing.background,
            color=color,
            captions=overlays(config, uncaptioned),
            deep=deep,
            name=config.processing.composer,
        )
        self.composer = TileCompositionErrorPolicy(composer, retries=config.errors.retries)
        self.encoder = device.encoder(
            self.size, info, color, encoder_settings(config, bits=10 if deep else 8), config.processing.encoder
        )

    def close(self) -> None:
        self.composer.close()
        self.encoder.close()


def names_of(config: Config) -> dict[Person, str]:
    """What the two people are called."""
    return {Person.LEFT: config.framing.caption_left, Person.RIGHT: config.framing.caption_right}


def shown_in(config: Config) -> list[Person]:
    """The people who have a tile in the film, where both are there."""
    if config.framing.only != "both":
        return [Person(config.framing.only)]
    tiles = {tile.person for tile in arranged(config.framing)}
    return [person for person in Person if person in tiles]


def called(config: Config) -> dict[Person, str]:
    """How to speak of the two people: by their captions, else after their tiles, as in "the upper person"."""
    places, names = place_names(arranged(config.framing)), names_of(config)
    return {person: names[person] or f"the {places[person]} person" for person in Person}


def captions(config: Config) -> Captions:
    """The captions that the configuration asks for.

    Raises :class:`~dualface.errors.ConfigurationError` for those that can't be drawn, or tiles that find no room.
    """
    canvas = canvas_size(config.framing)
    tiles = {tile.person: tile.at for tile in arranged(config.framing) if tile.person is not None}
    return Captions(names_of(config), tiles, canvas, config.framing.caption_font or None)


def overlays(config: Config, uncaptioned: frozenset[Person] = frozenset()) -> Captioning:
    """All that is drawn over tiles: their borders and the captions, but for those of some people."""
    framing, written = config.framing, captions(config).without(uncaptioned)
    marked = Highlights(written)
    return Borders(framing.border, framing.border_color, marked) if framing.border else marked


def check_captions(config: Config) -> None:
    """Raises :class:`~dualface.errors.ConfigurationError` for captions that can't be drawn, or tiles that find no room."""
    draw, whole = overlays(config), Box(0.0, 0.0, 1.0, 1.0)
    for tile in arranged(config.framing):
        draw(Placement(tile.at, whole, tile.person, TileState.TRACKED))


def _output_color(info: VideoInfo) -> ColorTags:
    """The source's own tags, since its sample values are copied.

    An untagged matrix is written out: players guess it from the picture's height, and the canvas has another than the source.
    """
    return replace(info.color, matrix=info.color.matrix_for(info.height))


def encoder_settings(config: Config, *, bits: int = 8) -> EncoderSettings:
    """The section ``encoding`` as the encoder takes it; ``bits`` are those of a canvas' samples."""
    e = config.encoding
    return EncoderSettings(
        codec=e.codec,
        flavour=e.flavour,
        bits=bits,
        preset=e.preset,
        profile=e.profile,
        level=e.level,
        bitrate_kbps=e.bitrate_kbps,
        rate_control=e.rate_control if e.crf == "auto" else "crf",
        crf=None if e.crf == "auto" else int(e.crf),
        gop=e.gop,
        b_frames=e.b_frames,
        threads=config.processing.encode_threads or threads_for_libraries(),
    )
