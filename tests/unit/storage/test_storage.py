"""Videos and films in storage, against a real S3 server on this machine."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pytest
from tests.support.films import Film
from tests.support.review_films import write_source

from dualface.cli import storage
from dualface.cli.main import main
from dualface.errors import ConfigurationError, InputError, OutputError
from dualface.jobs import Job
from dualface.storage.remote import Facts, Remote
from dualface.storage.staging import Video, in_groups
from dualface.storage.urls import as_url, joined, name_of, shown

SECRET = "wJalrXUtnFEMIsecret"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    pytest.importorskip("s3fs")
    server = pytest.importorskip("moto.server").ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(endpoint: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """An empty bucket; the credentials are where S3's own tools have them."""
    import boto3
    import s3fs

    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAKNOWN")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    s3fs.S3FileSystem.clear_instance_cache()
    name = f"films{abs(hash(request.node.name))}"
    boto3.client("s3").create_bucket(Bucket=name)
    return f"s3://{name}"


def put(bucket: str, name: str, content: bytes) -> None:
    import boto3

    boto3.client("s3").put_object(Bucket=bucket.removeprefix("s3://"), Key=name, Body=content)


def keys(bucket: str) -> list[str]:
    import boto3

    found = boto3.client("s3").list_objects_v2(Bucket=bucket.removeprefix("s3://"))
    return [one["Key"] for one in found.get("Contents", [])]


def test_a_file_is_fetched_and_put_whole(bucket: str, tmp_path: Path) -> None:
    put(bucket, "in/talk.mp4", b"video" * 1000)
    there = Remote(f"{bucket}/in/talk.mp4")
    facts = there.facts()
    assert facts is not None
    assert (facts.size, len(facts.md5)) == (5000, 32)
    there.fetch(tmp_path / "talk.mp4", facts)
    assert (tmp_path / "talk.mp4").read_bytes() == b"video" * 1000
    Remote(f"{bucket}/out").put(tmp_path / "talk.mp4", "film.mp4")
    assert keys(bucket) == ["in/talk.mp4", "out/film.mp4"]
    assert Remote(f"{bucket}/out").read("film.mp4") == b"video" * 1000
    assert Remote(f"{bucket}/out").read("nothing") is None
    assert Remote(f"{bucket}/nothing.mp4").facts() is None


def test_what_changes_while_it_is_fetched_is_not_taken(bucket: str, tmp_path: Path) -> None:
    put(bucket, "talk.mp4", b"one")
    there = Remote(f"{bucket}/talk.mp4")
    facts = there.facts()
    assert facts is not None
    put(bucket, "talk.mp4", b"two")
    with pytest.raises(InputError, match=r"did not arrive|was changed"):
        there.fetch(tmp_path / "talk.mp4", facts)
    assert list(tmp_path.iterdir()) == []


def test_folders_and_patterns_name_videos(bucket: str) -> None:
    for name in ("a/one.mp4", "a/two.mkv", "a/notes.txt", "a/deep/three.mp4", "b.mp4"):
        put(bucket, name, b"x")
    assert Remote(f"{bucket}/a").videos() == [f"{bucket}/a/one.mp4", f"{bucket}/a/two.mkv"]
    assert Remote(f"{bucket}/*/*.mp4").videos() == [f"{bucket}/a/one.mp4"]
    assert Remote(f"{bucket}/b.mp4").videos() == [f"{bucket}/b.mp4"]
    with pytest.raises(InputError, match="no videos"):
        Remote(f"{bucket}/z*").videos()


def test_no_error_tells_a_secret(bucket: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    put(bucket, "talk.mp4", b"x")
    film = tmp_path / "film.mp4"
    film.write_bytes(b"x")
    with pytest.raises(OutputError) as error:
        Remote("s3://no-such-bucket-here/out").put(film, "film.mp4")
    assert SECRET not in repr(error.getrepr(chain=True))
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1/?secret=hidden")
    with pytest.raises(InputError) as refused:
        Remote("https://user:hidden@127.0.0.1:1/talk.mp4?signature=hidden").fetch(film, Facts(1))
    assert "hidden" not in str(refused.value)
    assert refused.value.__cause__ is None


@pytest.fixture
def maker(monkeypatch: pytest.MonkeyPatch) -> list[list[Job]]:
    """Makes films at once, of nothing."""
    groups: list[list[Job]] = []

    def process(jobs: Sequence[Job], *_: Any, **__: Any) -> int:
        groups.append(list(jobs))
        for job in jobs:
            if job.source.stem == "bad":
                continue
            assert job.source.read_bytes()
            job.output.parent.mkdir(exist_ok=True)
            job.output.write_bytes(b"film")
            job.beside(".summary.json").write_text(json.dumps({"status": "done", "output_bytes": 4}))
        return 3 if any(job.source.stem == "bad" for job in jobs) else 0

    monkeypatch.setattr(storage, "process", process)
    return groups


def run(*arguments: str, staging: Path) -> tuple[int, str]:
    said = io.StringIO()
    with redirect_stderr(said), redirect_stdout(said):
        code = main(["run", *arguments, "--staging", str(staging)])
    return code, said.getvalue()


def test_films_are_put_summaries_last_and_not_made_again(bucket: str, maker: list[list[Job]], tmp_path: Path) -> None:
    for name in ("one", "two", "bad"):
        put(bucket, f"in/{name}.mp4", name.encode())
    wanted = (f"{bucket}/in/*.mp4", "-o", f"{bucket}/out", "--jobs", "2")
    code, said = run(*wanted, staging=tmp_path)
    assert code == 3, said
    made = [key for key in keys(bucket) if key.startswith("out/")]
    assert made == ["out/one.mp4", "out/one.summary.json", "out/two.mp4", "out/two.summary.json"]
    assert [[job.source.stem for job in group] for group in maker] == [["bad", "one"], ["two"]]
    left = [path.name for path in tmp_path.rglob("*.mp4")]
    assert left == ["bad.mp4"]  # to be gone on with
    maker.clear()
    _, said = run(*wanted, staging=tmp_path)
    assert [[job.source.stem for job in group] for group in maker] == [["bad"]]
    assert said.count("done before") == 2
    put(bucket, "in/one.mp4", b"another")
    assert run(*wanted, staging=tmp_path)[0] == 4
    assert run(*wanted, "--overwrite", staging=tmp_path)[0] == 3


def test_the_local_disk_has_a_budget(bucket: str, maker: list[list[Job]], tmp_path: Path) -> None:
    for n in range(3):
        put(bucket, f"in/talk{n}.mp4", b"x" * 1_000_000)
    wanted = (f"{bucket}/in/*.mp4", "-o", f"{bucket}/out", "--jobs", "3")
    assert run(*wanted, "--staging-gb", "0.001", staging=tmp_path)[0] == 3
    assert maker == []
    assert run(*wanted, "--staging-gb", "0.007", staging=tmp_path)[0] == 0
    assert [len(group) for group in maker] == [2, 1]
    assert list(tmp_path.iterdir()) == []


def test_one_of_the_two_may_be_local(bucket: str, maker: list[list[Job]], tmp_path: Path) -> None:
    put(bucket, "talk.mp4", b"x")
    local = Film().write(tmp_path / "here.mp4")
    assert run(str(local), "-o", f"{bucket}/out", staging=tmp_path / "staging")[0] == 0
    assert keys(bucket) == ["out/here.mp4", "out/here.summary.json", "talk.mp4"]
    assert local.exists()
    assert run(f"{bucket}/talk.mp4", "-o", str(tmp_path / "films"), staging=tmp_path / "staging")[0] == 0
    assert (tmp_path / "films" / "talk.mp4").read_bytes() == b"film"


def test_other_storage_is_written_under_another_name_first(tmp_path: Path) -> None:
    (tmp_path / "film.mp4").write_bytes(b"film")
    Remote(f"file://{tmp_path}/out").put(tmp_path / "film.mp4", "film.mp4")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["film.mp4"]


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (("nowhere://a/b.mp4",), "does not know"),
        (("https://127.0.0.1:1/a.mp4",), "does not exist"),
        (("here.mp4", "-o", "https://example.com/films"), "can't be written to"),
    ],
)
def test_mistakes_are_said(arguments: tuple[str, ...], what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Film().write(tmp_path / "here.mp4")
    code, said = run(*arguments, staging=tmp_path)
    assert code in (2, 3)
    assert what in said


def test_addresses_survive_paths() -> None:
    assert as_url(Path("s3://bucket/a/b")) == as_url("s3://bucket/a/b") == "s3://bucket/a/b"
    assert as_url(Path("file:///tmp/a")) == as_url("file:///tmp/a") == "file:///tmp/a"
    assert as_url("C:/talk.mp4") is as_url("talk.mp4") is as_url("a:b.mp4") is as_url("talks:/a.mp4") is None
    assert shown("https://me:word@host/a.mp4?key=1") == "https://host/a.mp4?…"
    assert name_of("https://host/a/b.mp4?key=1") == "b.mp4"
    assert joined("s3://a/", "b") == "s3://a/b"


def test_groups_have_room() -> None:
    with pytest.raises(InputError, match="--staging-gb"):
        list(in_groups([Video(__file__, "a.mp4")], 10, 1))


def test_an_unknown_kind_is_a_mistake_of_the_command_line() -> None:
    with pytest.raises(ConfigurationError):
        Remote("nowhere://a")


@pytest.mark.slow
def test_a_film_is_made_from_storage_to_storage(bucket: str, tmp_path: Path) -> None:
    write_source(tmp_path / "talk.mp4", 2.0)
    put(bucket, "talk.mp4", (tmp_path / "talk.mp4").read_bytes())
    code, said = run(f"{bucket}/talk.mp4", "-o", f"{bucket}/out", staging=tmp_path / "staging")
    assert code == 0, said
    assert {"out/talk.mp4", "out/talk.summary.json", "out/talk.tracks.jsonl"} <= set(keys(bucket))
    assert "done before" in run(f"{bucket}/talk.mp4", "-o", f"{bucket}/out", staging=tmp_path / "staging")[1]
