"""What kinds of parts there are that can be replaced, one row each."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of part that can be replaced.

    ``interface`` says what a part of it does, ``constructor`` how it is made: names of protocols in
    :mod:`dualface.interfaces`.  ``key`` is the setting that names the part, ``noun`` what messages call it.
    """

    name: str
    interface: str
    constructor: str
    key: str
    noun: str

    @property
    def members(self) -> list[str]:
        """What every part of this kind has."""
        protocol = interface(self.interface)
        return [name for name in protocol.__annotations__ | vars(protocol) if not name.startswith("_") or name == "__iter__"]

    @property
    def signature(self) -> inspect.Signature:
        """How a part is made: positional parameters come first and always, the others by name where they are asked for."""
        signature = inspect.signature(interface(self.constructor).__call__)
        return signature.replace(parameters=list(signature.parameters.values())[1:])


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            Kind("decoder", "Decoder", "DecoderConstructor", "processing.decoder", "decoder"),
            Kind("detector", "Detector", "DetectorConstructor", "models.face_detection", "detector"),
            Kind("embedder", "Embedder", "EmbedderConstructor", "models.reid_model", "embedder"),
            Kind("tracker", "Tracker", "TrackerConstructor", "tracking.tracker", "tracker"),
            Kind("layout", "Layout", "LayoutConstructor", "framing.layout", "layout"),
            Kind("composer", "Composer", "ComposerConstructor", "processing.composer", "composer"),
            Kind("encoder", "Encoder", "EncoderConstructor", "processing.encoder", "encoder"),
            Kind("inference", "InferenceEngine", "InferenceConstructor", "detection.backend", "inference library"),
            Kind("exporter", "Exporter", "ExporterConstructor", "export.formats", "export format"),
            Kind("cluster", "Cluster", "ClusterConstructor", "cluster.engine", "cluster engine"),
        )
    }
)
"""Every kind by its name."""


def interface(name: str) -> type:
    """The protocol of that name in :mod:`dualface.interfaces`."""
    found: type = getattr(import_module("dualface.interfaces"), name)
    return found
