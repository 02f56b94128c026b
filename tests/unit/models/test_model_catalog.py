"""The catalog's facts against the files that are installed."""

import hashlib
from pathlib import Path

import pytest

from dualface.models.catalog import CATALOG, FAMILIES, ModelSpec, Task
from dualface.models.store import ModelStore, Origin, installed_file


@pytest.mark.parametrize("spec", CATALOG.values(), ids=list(CATALOG))
def test_the_package_holds_the_file_that_the_catalog_describes(spec: ModelSpec) -> None:
    assert spec.packaged is not None
    path = installed_file(spec.packaged)
    assert path is not None
    assert path.stat().st_size == spec.size
    assert hashlib.sha256(path.read_bytes()).hexdigest() == spec.sha256


@pytest.mark.parametrize("name", CATALOG)
def test_every_model_can_be_had_without_a_network(name: str, tmp_path: Path) -> None:
    assert ModelStore(tmp_path, download=False).locate(name) is Origin.PACKAGE


def test_embedders_say_how_faces_are_aligned_and_compared() -> None:
    for family in FAMILIES.values():
        assert (family.task is Task.EMBED) == (family.embedding is not None)
        if family.embedding:
            width, height = family.embedding.size
            assert len(family.embedding.template) == 5
            assert all(0 < x < width and 0 < y < height for x, y in family.embedding.template)
