"""What a run that something ended may have left: files beside a film that is not there yet, and its folders."""

from __future__ import annotations

from pathlib import Path

from dualface.jobs import Job
from dualface.records import observation_file, plan_file, tracks_file
from dualface.records.json_lines import schema_of
from dualface.render.mux.segments import remove_segments
from dualface.video.finished import is_begun, is_unfinished
from dualface.video.kept import CORRECTING, WORK_SUFFIX, work_path
from dualface.video.made_from import Identity
from dualface.video.work_folder import is_locked, read_identity

_SCHEMAS = {schema.name for schema in (tracks_file.SCHEMA, observation_file.SCHEMA, plan_file.SCHEMA)}
_BEGINNINGS = (b'{"schema":"dualface.', b'{\n  "source": ', b"\x1f\x8b", b"SPEAKER ")
"""Of our records, the summary, packed files, and turns of speech."""
_HEAD_BYTES = 1 << 12


def may_be_replaced(job: Job, identity: Identity, path: Path) -> bool:
    """Whether the file ``path`` beside the job's film was put there by a run of the same job that could not go on to the film.

    So it is if the summary says it, which is put there first.  A disk may have lost that when the power went; but then the work
    folder says it: names are checked before work begins, so what has a name since then got it from us, if it looks like ours
    at all.
    """
    return is_unfinished(job, identity) or (is_begun(job, identity) and _is_ours(path))


def _is_ours(path: Path) -> bool:
    """Whether it is a file of ours, or the beginning of one, or empty, or was never written: a disk may leave zeros."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except OSError:
        return False
    if not head.strip(b"\0"):
        return True
    return head.startswith(_BEGINNINGS) and schema_of(path) in (*_SCHEMAS, None)


def remove_folders(job: Job, identity: Identity) -> None:
    """Removes what a run of the same job left that was ended between giving the film its name and removing its folder."""
    for suffix in (WORK_SUFFIX, CORRECTING):
        path = work_path(job.output, suffix)
        if path.is_dir() and not path.is_symlink() and read_identity(path) in (identity, None) and not is_locked(path / "lock"):
            remove_segments(path)
