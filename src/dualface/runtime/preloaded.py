"""Imports what every worker process needs, without starting a thread: the server that workers are forked from loads this."""

import importlib
import warnings
from contextlib import suppress

# Libraries that look for others at import leave behind processes which the server does not know and would warn about.
warnings.filterwarnings("ignore", message="forkserver: waitpid returned unexpected pid")

for name in (
    "openvino",
    "dualface.runtime.video",
    "dualface.compose.cpu",
    "dualface.decode.software",
    "dualface.encode.software",
):
    with suppress(ImportError):
        importlib.import_module(name)
