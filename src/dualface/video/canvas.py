"""What one video is drawn on and encoded with, as the configuration says."""

from __future__ import annotations

from dataclasses import replace

from dualface.config.schema import Config
from dualface.device.base import Device
from dualface.direct.layouts.chosen import arranged, chosen_layout
from dualface.direct.layouts.places import place_names
from dualface.render.captions import Captions
from dualface.render.compose.error_policy import TileCompositionErrorPolicy
from dualface.render.encode.settings import EncoderSettings
from dualface.render.highlights import Highlights
from dualface.types import Box, ColorTags, Person, Placement, TileState, VideoInfo


class Canvas:
    """The composer and the encoder that make the film's pictures; ``size`` is its width and height in pixels."""

    def __init__(self, info: VideoInfo, config: Config, device: Device) -> None:
        _, self.size = chosen_layout(config.framing)
        color = _output_color(info)
        composer = device.composer(
            *self.size,
            background=config.framing.background,
            color=color,
            captions=Highlights(captions(config)),
            name=config.processing.composer,
        )
        self.composer = TileCompositionErrorPolicy(composer, retries=config.errors.retries)
        self.encoder = device.encoder(self.size, info, color, encoder_settings(config), config.processing.encoder)

    def close(self) -> None:
        self.composer.close()
        self.encoder.close()


def names_of(config: Config) -> dict[Person, str]:
    """What the two people are called."""
    return {Person.LEFT: config.framing.caption_left, Person.RIGHT: config.framing.caption_right}


def called(config: Config) -> dict[Person, str]:
    """How to speak of the two people: by their captions, else after their tiles, as in "the upper person"."""
    places, names = place_names(arranged(config.framing)), names_of(config)
    return {person: names[person] or f"the {places[person]} person" for person in Person}


def captions(config: Config) -> Captions:
    """The captions that the configuration asks for."""
    return Captions(names_of(config), config.framing.caption_font or None)


def check_captions(config: Config) -> None:
    """Raises :class:`~dualface.errors.ConfigurationError` for captions that can't be drawn, or tiles that find no room."""
    draw, whole = captions(config), Box(0.0, 0.0, 1.0, 1.0)
    for tile in arranged(config.framing):
        draw(Placement(tile.at, whole, tile.person, TileState.TRACKED))


def _output_color(info: VideoInfo) -> ColorTags:
    """The source's own tags, since its sample values are copied.

    An untagged matrix is written out: players guess it from the picture's height, and the canvas has another than the source.
    """
    return replace(info.color, matrix=info.color.matrix_for(info.height))


def encoder_settings(config: Config) -> EncoderSettings:
    """The section ``encoding`` as the encoder takes it."""
    e = config.encoding
    return EncoderSettings(
        codec=e.codec,
        preset=e.preset,
        profile=e.profile,
        level=e.level,
        bitrate_kbps=e.bitrate_kbps,
        rate_control=e.rate_control,
        gop=e.gop,
        b_frames=e.b_frames,
        threads=config.processing.encode_threads,
    )
