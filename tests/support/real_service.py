"""The service as ``dualface serve`` runs it, to be killed: ``python -m tests.support.real_service FOLDER PORT``."""

from __future__ import annotations

import sys
from pathlib import Path

from dualface.service import serving

if __name__ == "__main__":
    settings = serving.Settings(port=int(sys.argv[2]))
    serving.serve(Path(sys.argv[1]), settings, lambda at: print(at.address, at.token, flush=True))
