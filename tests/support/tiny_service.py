"""A service that pretends to make films, to be killed: ``python -m tests.support.tiny_service FOLDER PORT``."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from dualface.service import making, routes, serving
from dualface.service.inspect import Looks
from dualface.service.limits import Limits

COMMAND = (sys.executable, "-m", "tests.support.fake_run")


def look_at(_: Path) -> Looks:
    return Looks(320, 180, 10, 1.0)


def main() -> None:
    folder, port = Path(sys.argv[1]), int(sys.argv[2])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(making, "look_at", look_at)
        for module in (routes, serving):  # the real one loads for seconds
            patch.setattr(module, "checked_settings", dict)
        settings = serving.Settings(port=port, workers=2, private=True, limits=Limits(reserve=0), command=COMMAND, films=False)
        serving.serve(folder, settings, lambda at: print(at.address, at.token, flush=True))


if __name__ == "__main__":
    main()
