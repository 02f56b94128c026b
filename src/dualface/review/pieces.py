"""Files that browsers play, a piece at a time: a browser that has enough for now would keep the connection until it wants more.

It has six for all of its tabs, so a few films that are open would leave none for anything else.
"""

from __future__ import annotations

import re
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response

_MOST = 2 << 20
_OPEN = re.compile(r"bytes=(\d{1,15})-")


def piece_of(request: Request, path: Path, media_type: str) -> Response:
    """The file or the range that was asked for; of a range without an end as much as is sent at once."""
    asked = _OPEN.fullmatch(request.headers.get("range", "").strip())
    if asked is not None:
        last = int(asked[1]) + _MOST - 1
        kept = [(name, value) for name, value in request.scope["headers"] if name != b"range"]
        request.scope["headers"] = [*kept, (b"range", f"bytes={asked[1]}-{last}".encode())]
    return FileResponse(path, media_type=media_type, content_disposition_type="inline")
