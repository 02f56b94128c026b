"""Contact sheets as files."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from itertools import count, islice
from pathlib import Path
from typing import TYPE_CHECKING

from dualface.errors import ConfigurationError
from dualface.output_files import check_destination, check_folder, write_output

if TYPE_CHECKING:
    from PIL.Image import Image

    from dualface.api.plans import Plan
    from dualface.config.schema import InputConfig
    from dualface.render.sheet import SheetRow

_FORMATS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}


def write_sheet(
    plan: Plan,
    path: Path,
    source: Path | None,
    *,
    wanted: InputConfig | None,
    overwrite: bool,
    on_row: Callable[[SheetRow], None] | None,
) -> list[Path]:
    """As :meth:`~dualface.api.plans.Plan.sheet` says."""
    from dualface.render.sheet import MOST_ROWS, stacked
    from dualface.video.sheet import sheet_rows

    if path.suffix.lower() not in _FORMATS:
        raise ConfigurationError(f"{path}: sheets are written as .png, .jpg or .webp; end its name so.", file=path)
    video = source or plan.header.source
    check_destination(video, path, overwrite=overwrite)
    check_folder(path.parent)

    def rows() -> Iterator[Image]:
        for row in sheet_rows(plan.header, plan.frames, plan.observations, plan.config, source, wanted):
            if on_row is not None:
                on_row(row)
            yield row.picture

    written: list[Path] = []
    drawn = rows()
    for number in count(1):
        page = list(islice(drawn, MOST_ROWS))
        if not page:
            break
        target = path if number == 1 else path.with_stem(f"{path.stem}-{number}")
        check_destination(video, target, overwrite=overwrite)
        _write(stacked(page), target)
        written.append(target)
    return written


def _write(picture: Image, path: Path) -> None:
    content = io.BytesIO()
    picture.save(content, _FORMATS[path.suffix.lower()])
    write_output(path, content.getvalue())
