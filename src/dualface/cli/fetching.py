"""Gets the models of a run before it begins, so that waiting for the network is seen as such."""

from __future__ import annotations

from contextlib import suppress

from dualface.cli.download_bar import DownloadBar
from dualface.cli.terminal import Terminal
from dualface.config.schema import Config
from dualface.errors import ModelError


def fetch_models(config: Config, terminal: Terminal) -> None:
    """Fetches what is not on this machine yet.

    Raises :class:`~dualface.errors.ModelError` where the detector can't be had.  Whether people can be made out without the
    other model is for the run to say.
    """
    from dualface.models.store import ModelStore, Origin

    with DownloadBar(terminal) as bar:
        store = ModelStore(download=config.models.download, progress=bar.report)
        if store.locate(config.models.face_detection) in (Origin.INDEX, Origin.DOWNLOAD):
            store.resolve(config.models.face_detection)
        if config.reid.mode != "never":
            with suppress(ModelError):
                if store.locate(config.models.reid_model) in (Origin.INDEX, Origin.DOWNLOAD):
                    store.resolve(config.models.reid_model)
