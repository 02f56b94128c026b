"""Whether a configuration can be carried out, asked of the parts that a run is made of: without models and without videos."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path

from dualface import registry
from dualface.config.loaders import Entry, Layer
from dualface.config.people_file import PeopleFile
from dualface.config.schema import Config
from dualface.device.base import check_backend
from dualface.device.choose import choose_device
from dualface.direct.layouts.chosen import arranged
from dualface.errors import DualfaceError
from dualface.models.reference import parse_reference
from dualface.video.canvas import check_captions, encoder_settings
from dualface.video.shared_models import embedding_of


def obstacles(config: Config, entries: Mapping[str, Entry], *, apart_from: Collection[str] = ()) -> list[DualfaceError]:
    """The errors that every run would end with, on any machine; each begins with the place of the setting to change.

    ``entries`` are the configuration's values with their origins; what settings in ``apart_from`` lead to is left out, since
    these are known to be wrong.  Loads no model, opens no device.
    """
    found: dict[str, DualfaceError] = {}
    for keys, part in _parts(config):
        error = None if set(keys) & set(apart_from) else _error_of(part)
        if error is not None:
            found.setdefault(str(error), _placed(error, keys, entries))
    return list(found.values())


def missing_device(config: Config, entries: Mapping[str, Entry]) -> DualfaceError | None:
    """The error that a run on this machine would end with because a device or library asked for by name is not there.

    Opens the device for a moment, if one was asked for.
    """
    if config.hardware.device == config.detection.backend == "auto":
        return None
    error = _error_of(lambda: _open_device(config))
    return _placed(error, ("hardware.device", "detection.backend"), entries) if error is not None else None


def _parts(config: Config) -> Iterator[tuple[tuple[str, ...], Callable[[], object]]]:
    """What may raise, with the settings that it is about, the one most likely to be wrong first."""
    framing, models = config.framing, config.models
    yield ("framing.layout",), lambda: registry.load("layout", framing.layout)
    yield ("framing.gap", "framing.size"), lambda: arranged(framing)
    yield ("framing.caption_font", "framing.caption_left", "framing.caption_right"), lambda: check_captions(config)
    yield ("encoding.preset", "encoding.codec"), lambda: encoder_settings(config)
    yield ("models.face_detection",), lambda: registry.load("detector", parse_reference(models.face_detection)[0].family)
    if config.reid.mode != "never":
        yield ("models.reid_model",), lambda: embedding_of(parse_reference(models.reid_model)[0], models.reid_model)
    if config.reid.people:
        yield ("reid.people",), lambda: PeopleFile(Path(config.reid.people))
    if config.hardware.device == "cpu":
        yield ("detection.backend",), lambda: check_backend(config.detection.backend)


def _open_device(config: Config) -> None:
    device = choose_device(config)
    try:
        if device.name == "cpu":
            check_backend(config.detection.backend)
    finally:
        device.close()


def _error_of(part: Callable[[], object]) -> DualfaceError | None:
    try:
        part()
    except DualfaceError as error:
        return error
    return None


def _placed(error: DualfaceError, keys: tuple[str, ...], entries: Mapping[str, Entry]) -> DualfaceError:
    """The same error with the place of the first of these settings that somebody has chosen."""
    origins = (entries[key].origin for key in keys)
    origin = next((origin for origin in origins if origin.layer is not Layer.FALLBACK), None)
    return type(error)(f"{origin}: {error}", file=error.file) if origin is not None else error
