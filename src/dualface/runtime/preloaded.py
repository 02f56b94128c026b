"""Imports what every worker process needs, without starting a thread: the server that workers are forked from loads this."""

import importlib
from contextlib import suppress

for name in (
    "openvino",
    "dualface.runtime.video",
    "dualface.compose.cpu",
    "dualface.decode.software",
    "dualface.encode.software",
):
    with suppress(ImportError):
        importlib.import_module(name)
