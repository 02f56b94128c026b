"""The settings that a file of observations or plans was made with."""

from __future__ import annotations

from dualface.config.schema import Config
from dualface.errors import InputError
from dualface.records.headers import RecordHeader


def config_of(header: RecordHeader) -> Config:
    """What is not a setting any more is left out, and what is new has its default.

    Raises :class:`~dualface.errors.InputError` for values that this version does not know.
    """
    known = Config.defaults().model_dump(mode="json")
    kept = {
        section: {key: header.settings.get(section, {}).get(key, value) for key, value in keys.items()}
        for section, keys in known.items()
    }
    try:
        return Config.model_validate(kept)
    except ValueError as error:
        raise InputError(
            f"{header.source}: the settings that it was looked at with are not those of this dualface; make the analysis anew.",
            file=header.source,
        ) from error
