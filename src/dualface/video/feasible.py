"""Whether a configuration can be carried out, asked of the parts that a run is made of: without models and without videos."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import partial
from pathlib import Path

from dualface import registry
from dualface.config.loaders import Entry, Layer
from dualface.config.people_file import PeopleFile
from dualface.config.schema import Config
from dualface.device.choose import choose_device
from dualface.direct.layouts.chosen import arranged, canvas_size
from dualface.errors import DualfaceError
from dualface.kinds import KINDS, Kind
from dualface.models.reference import parse_reference
from dualface.video.canvas import check_captions, encoder_settings
from dualface.video.exports import wanted_exporters
from dualface.video.shared_models import embedding_of

_OF_MODELS = ("detector", "embedder")
"""Kinds of parts that the family of a model decides."""
_SEVERAL = ("exporter",)
"""Kinds of parts of which a setting names any number."""
_OF_A_DEVICE = ("decoder", "composer", "encoder", "inference")
"""Kinds of parts that a device makes, its own where the setting is auto."""


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

    Opens the device for a moment, if one was asked for.  What a cluster's machines have is not known.
    """
    if config.cluster.address:
        return None
    asked = [kind for kind in map(KINDS.__getitem__, _OF_A_DEVICE) if _name_of(kind, config) != registry.AUTO]
    if config.hardware.device == "auto" and not asked:
        return None
    try:
        device = choose_device(config)
    except DualfaceError as error:
        return _placed(error, ("hardware.device",), entries)
    device.close()
    for kind in asked if device.name == "cpu" else ():
        problem = _error_of(partial(registry.check_needs_no_gpu, kind.name, _name_of(kind, config)))
        if problem is not None:
            return _placed(problem, (kind.key,), entries)
    return None


def _parts(config: Config) -> Iterator[tuple[tuple[str, ...], Callable[[], object]]]:
    """What may raise, with the settings that it is about, the one most likely to be wrong first."""
    models = config.models
    for kind in KINDS.values():
        if kind.name not in _OF_MODELS + _SEVERAL:
            yield (kind.key,), partial(_check_part, kind, config)
    yield ("framing.gap", "framing.margin", "framing.size"), lambda: arranged(config.framing)
    yield ("framing.layout", "framing.only"), lambda: canvas_size(config.framing)
    yield ("framing.caption_font", "framing.caption_left", "framing.caption_right"), lambda: check_captions(config)
    yield ("encoding.preset", "encoding.codec", "encoding.crf"), lambda: encoder_settings(config)
    yield ("models.face_detection",), lambda: registry.load("detector", parse_reference(models.face_detection)[0].family)
    for name in wanted_exporters(config):
        yield ("export.formats",), partial(registry.make, "exporter", name)
    if config.reid.mode != "never":
        yield ("models.reid_model",), lambda: embedding_of(parse_reference(models.reid_model)[0], models.reid_model)
    if config.reid.people:
        yield ("reid.people",), lambda: PeopleFile(Path(config.reid.people))


def _check_part(kind: Kind, config: Config) -> None:
    """Whether there is such a part, and whether it can be made without a GPU where none is to be used."""
    name = _name_of(kind, config)
    if name != registry.AUTO:
        registry.load(kind.name, name)
        if config.hardware.device == "cpu":
            registry.check_needs_no_gpu(kind.name, name)


def _name_of(kind: Kind, config: Config) -> str:
    section, _, key = kind.key.partition(".")
    name: str = getattr(getattr(config, section), key)
    return name


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
