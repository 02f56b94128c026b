"""What one video is drawn on and encoded with, as the configuration says."""

from __future__ import annotations

from dataclasses import replace

from dualface import registry
from dualface.config.schema import Config, FramingConfig
from dualface.device.base import Device
from dualface.render.captions import caption_mask
from dualface.render.compose.error_policy import TileCompositionErrorPolicy
from dualface.render.encode.settings import EncoderSettings
from dualface.types import ColorTags, Overlay, Rect, Side, VideoInfo


class Canvas:
    """The output's size and tiles, with the composer and the encoder that fill it."""

    def __init__(self, info: VideoInfo, config: Config, device: Device) -> None:
        self.size, self.tiles = arranged(config.framing)
        color = _output_color(info)
        composer = device.composer(
            *self.size,
            self.tiles,
            background=config.framing.background,
            color=color,
            overlays=_captions(config, self.tiles),
        )
        self.composer = TileCompositionErrorPolicy(composer, retries=config.errors.retries)
        self.encoder = device.encoder(self.size, info, color, encoder_settings(config))

    def close(self) -> None:
        self.composer.close()
        self.encoder.close()


def arranged(framing: FramingConfig) -> tuple[tuple[int, int], dict[Side, Rect]]:
    """The output's width and height in pixels, and where its tiles are.

    Raises :class:`~dualface.errors.ConfigurationError` for an unknown layout, and where the tiles find no room.
    """
    layout = registry.load("layout", framing.layout)()
    width, height = layout.default_size if framing.size == "auto" else (int(n) for n in framing.size.split("x"))
    return (width, height), layout.tiles(width, height, framing.gap)


def check_captions(config: Config) -> None:
    """Raises :class:`~dualface.errors.ConfigurationError` for captions that can't be drawn, and what :func:`arranged` does."""
    _captions(config, arranged(config.framing)[1])


def _captions(config: Config, tiles: dict[Side, Rect]) -> list[Overlay]:
    names = {Side.LEFT: config.framing.caption_left, Side.RIGHT: config.framing.caption_right}
    return [
        layer for side, name in names.items() for layer in caption_mask(name, tiles[side], config.framing.caption_font or None)
    ]


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
