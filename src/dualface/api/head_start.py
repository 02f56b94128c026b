"""Begins what making a film begins with, as soon as it is known which: before it is imported what checks and makes it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, closing, nullcontext, suppress
from pathlib import Path

from dualface.batch.outputs import plan_jobs
from dualface.config.schema import Config
from dualface.errors import DualfaceError
from dualface.workers.head_start import HeadStart, begun

__all__ = ["HeadStart", "begin"]


def begin(
    inputs: Sequence[str], output: Path, config: Config, *, overwrite: bool, dry_run: bool
) -> AbstractContextManager[HeadStart | None]:
    """A head start for the film of ``inputs``; ``None`` where they are not one file, or the film may not have to be made.

    Nothing is checked: what is wrong is told by those who do.
    """
    if len(inputs) == 1 and not dry_run:
        with suppress(DualfaceError):
            (job,) = plan_jobs([Path(inputs[0])], output, container=config.encoding.container, overwrite=overwrite).jobs
            started = begun(job, config)
            return closing(started) if started is not None else nullcontext()
    return nullcontext()
