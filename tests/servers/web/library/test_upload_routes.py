"""Resumable uploads by tus: what is promised, what is refused and its positive twin, whose they are, and a client that is not ours."""

from __future__ import annotations

import base64
import hashlib
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from tusclient import client as tus_client

from framecast.model.library_layout import original_key
from framecast.servers.web.http.request_clock import SHORT_BYTES
from tests.servers.web.files_process import FilesProcess, files_of_library
from tests.servers.web.library_web import LibraryWeb, library_settings, library_web, open_web
from tests.servers.web.tus import BODY, Tus, metadata
from tests.servers.web.web_process import WebProcess

DATA = random.Random(3).randbytes(3 << 20)
UNKNOWN = "/api/uploads/" + "a" * 32


class Open:
    """An open node's web server, and where its library is."""

    def __init__(self, web: WebProcess, folder: Path) -> None:
        self.web, self.folder = web, folder
        self.tus = Tus(web.url)

    def original(self, video: str) -> bytes:
        return (self.folder / "library" / original_key(video)).read_bytes()

    def begin_with(self, some: bytes) -> str:
        path = self.tus.begin(len(DATA))
        assert self.tus.send(path, 0, some).status_code == 204
        return path


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Open]:
    with (
        open_web(tmp_path_factory.mktemp("open")) as (web, folder),
        FilesProcess(folder, library=library_settings(folder), data_dir=str(folder)),
    ):
        yield Open(web, folder)


def test_a_client_that_is_not_ours_resumes_and_the_file_is_the_same(desk: Open, tmp_path: Path) -> None:
    file = tmp_path / "holiday in Graz.mp4"
    file.write_bytes(DATA + b"tuspy")
    client = tus_client.TusClient(f"{desk.web.url}/api/uploads")
    options: dict[str, Any] = {"chunk_size": 700_000, "upload_checksum": True}
    with file.open("rb") as stream:
        named = {"filename": file.name, "visibility": "members"}
        uploader = client.uploader(file_stream=stream, metadata=named, **options)
        uploader.upload(stop_at=1_400_000)
        assert uploader.url is not None
        resumed = client.uploader(file_stream=stream, url=uploader.url, **options)
        assert resumed.offset == 1_400_000
        resumed.upload()
    answer = desk.tus.ask("HEAD", uploader.url.removeprefix(desk.web.url))
    video = answer.headers["framecast-video"]
    assert hashlib.sha256(desk.original(video)).digest() == hashlib.sha256(file.read_bytes()).digest()
    found = desk.web.json(f"/api/videos/{video}")
    assert (found["title"], found["state"]) == ("holiday in Graz", "checking")
    assert (found["visibility"], found["size"]) == ("members", len(DATA) + 5)


def test_options_say_what_uploads_can_do(desk: Open) -> None:
    answer = desk.tus.ask("OPTIONS", "/api/uploads", Tus_Resumable=None)
    assert answer.status_code == 204
    assert answer.headers["tus-version"] == "1.0.0"
    assert answer.headers["tus-extension"] == "creation,creation-with-upload,termination,checksum,expiration"
    assert answer.headers["tus-checksum-algorithm"] == "sha1,sha256,md5"
    assert answer.headers["tus-max-size"] == str(1 << 30)


def test_bytes_may_come_with_the_request_that_begins_the_upload(desk: Open) -> None:
    body = b"creation with upload"
    answer = desk.tus.ask(
        "POST", "/api/uploads", body, Upload_Length=str(len(body)), Content_Type=BODY,
        Upload_Metadata=metadata(filename="a.mp4", title="With its bytes"),
    )  # fmt: skip
    assert (answer.status_code, answer.headers["upload-offset"]) == (201, str(len(body)))
    assert desk.original(answer.json()["video"]) == body
    path = answer.headers["location"]
    # The client may have lost the last answer: it asks, or sends the end again.
    for again in (desk.tus.ask("HEAD", path), desk.tus.send(path, len(body), b"")):
        assert again.headers["upload-offset"] == str(len(body))
        assert again.headers["framecast-video"] == answer.json()["video"]
    assert "upload-expires" not in answer.headers


def test_the_same_file_again_is_the_same_video(desk: Open) -> None:
    body, videos = b"sent twice", []
    for name in ("one.mp4", "two.mp4"):
        path = desk.tus.begin(len(body), Upload_Metadata=metadata(filename=name))
        videos.append(desk.tus.send(path, 0, body).headers["framecast-video"])
    assert videos[0] == videos[1]
    assert desk.original(videos[0]) == body


def test_unfinished_uploads_are_listed_until_they_end(desk: Open) -> None:
    path = desk.tus.begin(len(DATA), Upload_Metadata=metadata(filename="half.mp4"))
    sent = desk.tus.send(path, 0, DATA[:1000])
    assert sent.headers["upload-expires"].endswith("GMT")
    (found,) = [one for one in desk.web.json("/api/uploads")["uploads"] if path.endswith(one["id"])]
    assert (found["filename"], found["size"], found["offset"]) == ("half.mp4", len(DATA), 1000)
    assert found["expires_at"] > found["created_at"]
    file = desk.folder / "library" / "uploads" / found["id"]
    assert file.read_bytes() == DATA[:1000]
    assert desk.tus.ask("DELETE", path).status_code == 204
    assert not file.exists()
    assert desk.tus.ask("HEAD", path).status_code == 404
    assert desk.web.ask(f"/api/videos/{found['video']}")[0].status == 404


# What is wrong, and in which words it is refused. The same request without it is accepted: `test_the_same_requests...`.
PATCHES: dict[str, tuple[dict[str, str | None], int, str]] = {
    "no version": ({"Tus_Resumable": None}, 412, "Tus-Resumable: 1.0.0"),
    "another version": ({"Tus_Resumable": "0.2.2"}, 412, "Tus-Resumable: 1.0.0"),
    "no offset": ({"Upload_Offset": None}, 400, "Upload-Offset"),
    "negative offset": ({"Upload_Offset": "-1"}, 400, "must be a number of bytes, got '-1'"),
    "long offset": ({"Upload_Offset": "9" * 40}, 400, "must be a number of bytes"),
    "offset with a space": ({"Upload_Offset": "1 0"}, 400, "must be a number of bytes"),
    "offset before": ({"Upload_Offset": "9"}, 409, "the upload is at offset 10"),
    "offset behind": ({"Upload_Offset": "11"}, 409, "the upload is at offset 10"),
    "another type": ({"Content_Type": "video/mp4"}, 415, BODY),
    "no type": ({"Content_Type": None}, 415, BODY),
    "unknown checksum": ({"Upload_Checksum": "crc32 AAAA"}, 400, "sha1, sha256, md5"),
    "broken checksum": ({"Upload_Checksum": "sha1 AAAA"}, 400, "20 bytes in Base64"),
    "wrong checksum": ({"Upload_Checksum": "sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0="}, 460, "it was dropped"),
    "joined": ({"Upload_Concat": "partial"}, 400, "without Upload-Concat"),
}
POSTS: dict[str, tuple[dict[str, str | None], int, str]] = {
    "no version": ({"Tus_Resumable": None}, 412, "Tus-Resumable: 1.0.0"),
    "no length": ({"Upload_Length": None}, 400, "Upload-Length"),
    "length later": (
        {"Upload_Length": None, "Upload_Defer_Length": "1"},
        400,
        "must be known when it begins",
    ),
    "empty": ({"Upload_Length": "0"}, 400, "must be 1 to"),
    "too large": ({"Upload_Length": str((1 << 30) + 1)}, 413, "at most 1073741824 bytes"),
    "far too large": ({"Upload_Length": "9" * 16}, 400, "must be 1 to"),
    "not a number": ({"Upload_Length": "1e3"}, 400, "must be a number of bytes"),
    "metadata": ({"Upload_Metadata": "filename"}, 201, ""),
    "metadata not base64": ({"Upload_Metadata": "filename ***"}, 400, "Base64 of UTF-8"),
    "metadata not UTF-8": ({"Upload_Metadata": "filename /w=="}, 400, "Base64 of UTF-8"),
    "metadata twice": ({"Upload_Metadata": "title YQ==,title YQ=="}, 400, "each key once"),
    "metadata without key": ({"Upload_Metadata": "title YQ==,"}, 400, "each key once"),
    "much metadata": (
        {"Upload_Metadata": ",".join(f"a{i} YQ==" for i in range(33))},
        400,
        "32 pairs at most",
    ),
    "long metadata": ({"Upload_Metadata": metadata(title="x" * 2049)}, 400, "2048 bytes at most"),
    "visibility": ({"Upload_Metadata": metadata(visibility="everybody")}, 400, "visibility"),
    "joined": ({"Upload_Concat": "final;/a /b"}, 400, "without Upload-Concat"),
}


@pytest.mark.parametrize("what", PATCHES)
def test_a_part_that_is_wrong_changes_nothing_and_the_right_one_is_taken(desk: Open, what: str) -> None:
    headers, status, words = PATCHES[what]
    path = desk.begin_with(DATA[:10])
    answer = desk.tus.send(path, 10, DATA[10:20], **headers)
    assert (answer.status_code, words in answer.json()["message"]) == (status, True), answer.text
    assert answer.headers["tus-resumable"] == "1.0.0"
    assert desk.tus.offset(path) == 10
    sha1 = base64.b64encode(hashlib.sha1(DATA[10:20], usedforsecurity=False).digest()).decode()
    assert desk.tus.send(path, 10, DATA[10:20], Upload_Checksum=f"sha1 {sha1}").status_code == 204
    assert desk.tus.offset(path) == 20


@pytest.mark.parametrize("what", POSTS)
def test_an_upload_that_cannot_be_is_refused_with_a_sentence(desk: Open, what: str) -> None:
    headers, status, words = POSTS[what]
    count = len(desk.web.json("/api/uploads")["uploads"])
    good: dict[str, str | None] = {"Upload_Length": "100", "Upload_Metadata": metadata(filename="a.mp4")}
    answer = desk.tus.ask("POST", "/api/uploads", **(good | headers))
    assert answer.status_code == status, answer.text
    assert words in answer.text
    made = 0 if status != 201 else 1
    assert len(desk.web.json("/api/uploads")["uploads"]) == count + made
    path = desk.tus.begin(100, **(good | {"Upload_Length": "100"}))
    assert desk.tus.ask("DELETE", path).status_code == 204


def test_headers_that_come_twice_are_refused(desk: Open) -> None:
    path = desk.begin_with(DATA[:10])
    twice = [
        ("Tus-Resumable", "1.0.0"),
        ("Upload-Offset", "10"),
        ("Upload-Offset", "11"),
        ("Content-Type", BODY),
    ]
    answer = httpx.patch(desk.web.url + path, headers=twice, content=b"x")
    assert (answer.status_code, "must be given once" in answer.text) == (400, True)
    assert desk.tus.send(path, 10, b"x").status_code == 204


def test_the_method_of_the_request_is_the_one_that_counts(desk: Open) -> None:
    path = desk.begin_with(DATA[:10])
    answer = desk.tus.ask("POST", path, X_HTTP_Method_Override="DELETE")
    assert answer.status_code == 405
    assert desk.tus.offset(path) == 10


def test_a_name_is_metadata_and_never_a_path(desk: Open) -> None:
    body = b"whatever its name"
    path = desk.tus.begin(len(body), Upload_Metadata=metadata(filename="../../../../tmp/../evil\u202e.mp4"))
    video = desk.tus.send(path, 0, body).headers["framecast-video"]
    assert desk.original(video) == body
    shown = desk.web.json(f"/api/videos/{video}")
    assert "/" not in shown["filename"]
    for hostile in ("..", "%2e%2e", "..%2f..%2fetc%2fpasswd", "a" * 65, "a\u00e4"):
        assert desk.tus.ask("HEAD", f"/api/uploads/{hostile}").status_code in (404, 405)


def test_a_body_that_is_longer_than_what_is_missing_is_refused(desk: Open) -> None:
    path = desk.tus.begin(1000)
    known = desk.tus.send(path, 0, bytes(1001))
    assert (known.status_code, "only 1000 of the upload are missing" in known.text) == (413, True)
    chunked = desk.tus.send(path, 0, iter([bytes(900), bytes(101)]))
    assert (chunked.status_code, "more bytes than are missing" in chunked.text) == (400, True)
    assert desk.tus.offset(path) <= 900
    assert (
        desk.tus.send(path, desk.tus.offset(path), iter([bytes(1000 - desk.tus.offset(path))])).status_code
        == 204
    )


def test_a_refusal_does_not_read_gigabytes(desk: Open) -> None:
    """The answer comes at once and the connection ends, with the body unread; a short body is read, and its connection goes on."""
    path = desk.begin_with(DATA[:10])
    with desk.tus.raw(path, 9, 1 << 29) as connection:
        answer = b""
        while part := connection.recv(65536):  # its end is the server's
            answer += part
        assert answer.startswith(b"HTTP/1.1 409")
        assert b"connection: close" in answer.lower()
    with httpx.Client(base_url=desk.web.url) as client:
        headers = {"Tus-Resumable": "1.0.0", "Upload-Offset": "9", "Content-Type": BODY}
        answers = [client.patch(path, content=bytes(SHORT_BYTES), headers=headers) for _ in range(2)]
        assert {one.status_code for one in answers} == {409}
        assert not any(one.headers.get("connection") == "close" for one in answers)


def test_a_new_request_takes_the_upload_over_from_one_that_hangs(desk: Open) -> None:
    path = desk.begin_with(DATA[:10])
    with desk.tus.raw(path, 10, len(DATA) - 10) as stale:
        stale.sendall(DATA[10:100_000])
        assert desk.tus.offset(path) == 100_000
        assert stale.recv(12) == b"HTTP/1.1 409"
    with desk.tus.raw(path, 100_000, len(DATA) - 100_000) as stale:
        stale.sendall(DATA[100_000:100_050])
        at = desk.tus.offset(path)
        assert desk.tus.send(path, at, DATA[at:]).status_code == 204


def test_a_client_that_vanishes_loses_nothing_that_has_come(desk: Open) -> None:
    path = desk.tus.begin(len(DATA))
    with desk.tus.raw(path, 0, len(DATA)) as connection:
        connection.sendall(DATA[: 2 << 20])
    at = 0
    while at < 2 << 20:  # the server may still read what the kernel has
        at = max(at, desk.tus.offset(path))
        if at < 2 << 20:
            answer = desk.tus.send(path, at, DATA[at : 2 << 20])
            at = int(answer.headers.get("upload-offset", at))
    video = desk.tus.send(path, at, DATA[at:]).headers["framecast-video"]
    assert desk.original(video) == DATA


def test_many_uploads_at_once_do_not_mix(desk: Open) -> None:
    def upload(number: int) -> tuple[str, bytes]:
        body = random.Random(number).randbytes(400_000 + number)
        path = desk.tus.begin(len(body), Upload_Metadata=metadata(filename=f"{number}.mp4"))
        half = len(body) // 2
        assert desk.tus.send(path, 0, body[:half]).status_code == 204
        return desk.tus.send(path, half, body[half:]).headers["framecast-video"], body

    with ThreadPoolExecutor(20) as pool:
        done = list(pool.map(upload, range(20)))
    assert len({video for video, _ in done}) == 20
    for video, body in done:
        assert desk.original(video) == body


def test_a_disk_below_its_floor_takes_no_new_upload(tmp_path: Path) -> None:
    full, free = tmp_path / "full", tmp_path / "free"
    full.mkdir()
    free.mkdir()
    settings = library_settings(full) | {"min_free_bytes": 1 << 50}
    with open_web(full, library=settings) as (web, _folder):
        answer = Tus(web.url).ask("POST", "/api/uploads", Upload_Length="100")
        assert (answer.status_code, answer.json()["error"]) == (507, "NoSpace")
        assert answer.headers["retry-after"]
        assert web.json("/api/uploads") == {"uploads": []}
    with open_web(free) as (web, _folder):
        Tus(web.url).begin(100)


def test_quotas_are_reserved_when_an_upload_begins(tmp_path: Path) -> None:
    settings = library_settings(tmp_path) | {"quota_bytes": 1000}
    with open_web(tmp_path, library=settings) as (web, _folder):
        tus = Tus(web.url)
        path = tus.begin(600)
        answer = tus.ask("POST", "/api/uploads", Upload_Length="401")
        assert (answer.status_code, answer.json()["error"]) == (413, "Conflict")
        assert "leaves 400 bytes" in answer.json()["message"]
        tus.ask("DELETE", path)
        tus.begin(401)


class Accounts:
    """A server with accounts, and clients of some people."""

    def __init__(self, web: LibraryWeb) -> None:
        self.web = web

    def tus(self, name: str, *scopes: str) -> Tus:
        return Tus(
            self.web.url, Authorization=f"Bearer {self.web.token(name, *(scopes or ('change', 'read')))}"
        )


@pytest.fixture(scope="module")
def accounts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Accounts]:
    with (
        library_web(tmp_path_factory.mktemp("accounts")) as web,
        files_of_library(web.shelf.folder),
    ):
        yield Accounts(web)


def test_an_upload_belongs_to_the_one_that_began_it(accounts: Accounts) -> None:
    ann, bob, root = accounts.tus("ann"), accounts.tus("bob"), accounts.tus("root", "admin")
    path = ann.begin(10, Upload_Metadata=metadata(filename="mine.mp4"))
    for other in (bob, root):
        assert other.ask("HEAD", path).status_code == other.ask("HEAD", UNKNOWN).status_code == 404
        refused, unknown = other.send(path, 0, b"12345"), other.send(UNKNOWN, 0, b"12345")
        assert (refused.status_code, refused.json()) == (404, unknown.json())
        assert other.ask("DELETE", path).status_code == 404
    assert ann.send(path, 0, b"1234567890").status_code == 204
    assert bob.ask("HEAD", path).status_code == 404
    video = ann.ask("HEAD", path).headers["framecast-video"]
    assert accounts.web.shelf.library.upload(path.rsplit("/", 1)[1]).owner == accounts.web.ids["ann"]
    assert ann.ask("GET", f"/api/videos/{video}").json()["is_mine"] is True


def test_who_may_not_upload_is_refused_before_the_body(accounts: Accounts) -> None:
    nobody, reader, viewer = Tus(accounts.web.url), accounts.tus("ann", "read"), accounts.tus("vic")
    for client, status in ((nobody, 401), (reader, 403), (viewer, 403)):
        for method, path in (
            ("POST", "/api/uploads"),
            ("HEAD", UNKNOWN),
            ("PATCH", UNKNOWN),
            ("DELETE", UNKNOWN),
        ):
            assert client.ask(method, path, Upload_Length="10").status_code == status, (method, status)
        assert client.ask("OPTIONS", "/api/uploads").status_code == 204
    accounts.tus("ann").begin(10)


def test_pages_of_other_sites_upload_nothing(accounts: Accounts) -> None:
    browser = accounts.web.signed_in("ann")
    headers = {"Tus-Resumable": "1.0.0", "Upload-Length": "10"}
    assert browser.post("/api/uploads", headers=headers).status_code == 201
    foreign = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    assert browser.post("/api/uploads", headers=headers | foreign).status_code == 403


def test_an_upload_ends_when_the_rights_of_its_client_do(accounts: Accounts) -> None:
    info, secret = accounts.web.accounts.make_token(accounts.web.ids["bob"], "short", ("change",))
    bob = Tus(accounts.web.url, Authorization=f"Bearer {secret}")
    path = bob.begin(1 << 20)
    with bob.raw(path, 0, 1 << 20) as connection:
        connection.sendall(b"x" * 1000)
        accounts.web.accounts.end_token(info.id)
        assert connection.recv(1) == b""
    assert accounts.tus("bob").offset(path) in range(1001)
