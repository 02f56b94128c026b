"""``dualface models``: the models that dualface knows by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from dualface.cli.command import command
from dualface.cli.download_bar import DownloadBar
from dualface.cli.terminal import Terminal
from dualface.errors import ConfigurationError

if TYPE_CHECKING:
    from dualface.models.catalog import ModelSpec

_REFERENCE_HELP = "A name from `dualface models list`, or a file or URL as in the configuration."


@command
def list_models(terminal: Terminal) -> None:
    """List the models with their licences, and where each one would come from."""
    from rich.table import Table

    from dualface.models.catalog import CATALOG
    from dualface.models.store import ModelStore

    store = ModelStore()
    if terminal.json_output:
        terminal.show_json([_as_dict(spec, store.locate(spec.name)) for spec in CATALOG.values()])
        return
    table = Table("Name", "Family", "For", "Licence", "Size", "From", header_style="bold", box=None, pad_edge=False)
    for spec in CATALOG.values():
        size = f"{spec.size / 1e6:.1f} MB" if spec.size else "?"
        table.add_row(spec.name, spec.family, spec.task or "?", spec.licence, size, store.locate(spec.name) or "nowhere")
    terminal.show(table)
    terminal.note(f"Cache: {store.cache_dir}")


@command
def fetch(
    terminal: Terminal,
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help=_REFERENCE_HELP, show_default=False)] = None,
    everything: Annotated[bool, typer.Option("--all", help="All models of the list.")] = False,
) -> None:
    """Get models, verify and prepare them, so that a run needs no network."""
    from dualface.models.catalog import CATALOG
    from dualface.models.store import ModelStore

    wanted = list(dict.fromkeys([*(CATALOG if everything else ()), *(names or ())]))
    if not wanted:
        raise ConfigurationError("Say which models to fetch, or --all; `dualface models list` names them.")
    fetched = []
    for name in wanted:
        with DownloadBar(terminal) as bar:
            file = ModelStore(progress=bar.report).resolve(name)
        if file.fallback:
            terminal.warn(f"{name}: {file.fallback}.")
        terminal.note(f"{name}: {file.path} ({file.origin})")
        fetched.append({"name": name, "path": str(file.path), "origin": file.origin})
    if terminal.json_output:
        terminal.show_json(fetched)


@command
def path(terminal: Terminal, name: Annotated[str, typer.Argument(metavar="NAME", help=_REFERENCE_HELP)]) -> None:
    """Print the path of a model's ONNX file, fetching it first where that is needed."""
    from dualface.models.store import ModelStore

    with DownloadBar(terminal) as bar:
        file = ModelStore(progress=bar.report).resolve(name)
    if terminal.json_output:
        terminal.show_json({"name": name, "path": str(file.path), "origin": file.origin})
    else:
        terminal.show(str(file.path))


def _as_dict(spec: ModelSpec, origin: str | None) -> dict[str, Any]:
    return {
        "name": spec.name,
        "family": spec.family,
        "task": spec.task,
        "licence": spec.licence,
        "size": spec.size,
        "sha256": spec.sha256,
        "url": spec.url,
        "from": origin,
    }
