"""Videos over HTTP: who sees and changes which, that what one may not see is not there, events, files and pages."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from framecast.model.library_layout import file_key
from framecast.model.video import Video, Visibility
from tests.servers.web.files_process import FilesProcess, files_of_library
from tests.servers.web.library_web import DATA, FILES, MAIN, TRACK, LibraryWeb, library_web, open_web
from tests.support.waiting import until

NOWHERE = "A" * 22
SLOW = 100
HELD_BYTES = 640 << 10  # for each: a part that is sent, one that is read, buffers of the connection


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LibraryWeb]:
    with library_web(tmp_path_factory.mktemp("web"), origins=["https://site.example"]) as found:
        yield found


@pytest.fixture(scope="module", autouse=True)
def files(web: LibraryWeb) -> Iterator[FilesProcess]:
    """The process that gives the bytes."""
    with files_of_library(web.shelf.folder, origins=["https://site.example"]) as found:
        yield found


@pytest.fixture(scope="module")
def videos(web: LibraryWeb) -> dict[Visibility, Video]:
    """One video of ann's for each visibility."""
    return {one: web.shelf.add(f"{one} <video>", one, owner=web.ids["ann"]) for one in Visibility}


@pytest.fixture(scope="module")
def tokens(web: LibraryWeb) -> dict[str, str | None]:
    found: dict[str, str | None] = {name: web.token(name, "admin") for name in web.ids}
    return found | {"nobody": None}


SEEN: dict[str, set[str]] = {
    "nobody": {"unlisted", "public"},
    "vic": {"members", "unlisted", "public"},
    "bob": {"members", "unlisted", "public"},
    "ann": {"private", "members", "unlisted", "public"},
    "root": {"private", "members", "unlisted", "public"},
}
# Paths below a video, and what they answer to those who may see it.
BELOW = {
    "": 200,
    "/media/{generation}/main.mp4": 200,
    "/media/{generation}/nothing.mp4": 404,
    "/download": 200,
    f"/data/{TRACK}?from_s=2": 200,
    "/data/nothing": 404,
}


@pytest.mark.parametrize("name", SEEN)
def test_each_sees_what_the_visibility_says_and_the_rest_is_not_there(
    web: LibraryWeb, videos: dict[Visibility, Video], tokens: dict[str, str | None], name: str
) -> None:
    token = tokens[name]
    for below, good in BELOW.items():
        for visibility, video in videos.items():
            assert video.media is not None
            path = below.replace("{generation}", video.media.generation)
            answer = web.ask(f"/api/videos/{video.id}{path}", token)
            nowhere = web.ask(f"/api/videos/{NOWHERE}{path}", token)
            if visibility in SEEN[name]:
                assert answer.status_code == (good if token or good == 200 else 401), path
            else:
                assert answer.status_code == nowhere.status_code == (404 if token else 401)
                assert answer.text.replace(video.id, NOWHERE) == nowhere.text
                assert dict(answer.headers) | {"date": ""} == dict(nowhere.headers) | {"date": ""}


@pytest.mark.parametrize("name", SEEN)
def test_list_has_what_one_finds(
    web: LibraryWeb, videos: dict[Visibility, Video], tokens: dict[str, str | None], name: str
) -> None:
    answer = web.ask("/api/videos", tokens[name]).json()
    found = {one["visibility"] for one in answer["videos"]}
    listed = SEEN[name] - ({"unlisted"} if name not in ("ann", "root") else set())
    assert found == listed
    assert answer["next"] is None
    one = next(one for one in answer["videos"] if one["visibility"] == "public")
    assert one["may_edit"] == (name in ("ann", "root"))
    assert one["is_mine"] == (name == "ann")
    assert one["filename"] == ("a.mp4" if name in ("ann", "root") else "")
    assert one["owner"] == {"name": "ann", "display_name": one["owner"]["display_name"]}
    assert "files" not in one["media"]
    assert web.ask(one["media"]["base"] + one["media"]["poster"], tokens[name]).content == FILES["poster.jpg"]


def test_list_is_searched_sorted_and_cut(
    web: LibraryWeb, videos: dict[Visibility, Video], tokens: dict[str, str]
) -> None:
    ann = tokens["ann"]
    assert [one["title"] for one in web.ask("/api/videos?q=unlisted", ann).json()["videos"]] == [
        "unlisted <video>"
    ]
    first = web.ask("/api/videos?sort=title&most=3&owner=me", ann).json()
    second = web.ask(f"/api/videos?sort=title&most=3&owner=me&after={first['next']}", ann).json()
    titles = [one["title"] for one in (*first["videos"], *second["videos"])]
    assert titles == sorted(titles) == [f"{one} <video>" for one in sorted(Visibility)]
    assert web.ask("/api/videos?owner=me", tokens["bob"]).json()["videos"] == []
    assert web.ask("/api/videos?sort=size", ann).status_code == 400
    assert web.ask("/api/videos?after=x", ann).status_code == 400


def test_token_needs_the_scope_and_one_of_a_stream_sees_what_everybody_sees(
    web: LibraryWeb, videos: dict[Visibility, Video]
) -> None:
    path = f"/api/videos/{videos[Visibility.PRIVATE].id}"
    media = f"{path}/media/{videos[Visibility.PRIVATE].media.generation}/main.mp4"  # type: ignore[union-attr]
    watch, read = web.token("ann", "watch"), web.token("ann", "read")
    bound = web.token("ann", "watch", "read", stream="porch")
    assert [web.ask(path, one).status_code for one in (read, watch, bound)] == [200, 404, 404]
    assert [web.ask(media, one).status_code for one in (read, watch, bound)] == [404, 200, 404]
    assert web.ask(path, read, "PATCH", json={"title": "x"}).status_code == 403
    assert web.ask("/api/videos", "wrong").status_code == 401


def test_owner_and_admin_change_a_video_and_nobody_else(web: LibraryWeb, tokens: dict[str, str]) -> None:
    video = web.shelf.add("Mine", Visibility.MEMBERS, owner=web.ids["ann"])
    path = f"/api/videos/{video.id}"
    assert web.ask(path, tokens["bob"], "PATCH", json={"title": "x"}).status_code == 403
    assert web.ask(path, tokens["vic"], "PATCH", json={"title": "x"}).status_code == 403
    assert web.ask(path, None, "PATCH", json={"title": "x"}).status_code == 401
    given = {"title": "New", "description": "a\nb", "tags": ["Cats"], "visibility": "public"}
    changed = web.ask(path, tokens["ann"], "PATCH", json=given).json()
    assert {key: changed[key] for key in given} == given
    assert web.ask(path, tokens["root"], "PATCH", json={"title": "Newer"}).json()["title"] == "Newer"
    assert web.ask(path, tokens["ann"], "PATCH", json={"visibility": "all"}).status_code == 400
    assert [web.ask(f"{path}/original", tokens[one]).status_code for one in ("bob", "ann", "root")] == [
        403,
        200,
        200,
    ]
    assert web.ask(path, tokens["bob"], "DELETE").status_code == 403
    assert web.ask(path, tokens["ann"], "DELETE").status_code == 204
    assert web.ask(path, tokens["bob"]).status_code == 404
    assert web.ask(path, tokens["ann"]).json()["deleted_at"] > 0
    assert web.ask(f"{path}/restore", tokens["ann"], "POST").json()["deleted_at"] is None
    assert web.ask(path, tokens["bob"]).status_code == 200
    assert web.ask(f"{path}?for_good=true", tokens["ann"], "DELETE").status_code == 409
    web.ask(path, tokens["ann"], "DELETE")
    assert web.ask(f"{path}?for_good=true", tokens["ann"], "DELETE").status_code == 204
    assert web.ask(path, tokens["root"]).status_code == 404


def test_reported_video_is_held_by_an_admin_and_released(web: LibraryWeb, tokens: dict[str, str]) -> None:
    video = web.shelf.add("Loud", Visibility.PUBLIC, owner=web.ids["ann"])
    path = f"/api/videos/{video.id}"
    assert web.ask(f"{path}/report", tokens["bob"], "POST", json={"text": "too loud"}).status_code == 204
    assert web.ask("/api/reports", tokens["ann"]).status_code == 403
    (report,) = web.ask("/api/reports", tokens["root"]).json()["reports"]
    assert (report["video"], report["by"], report["text"]) == (video.id, "bob", "too loud")
    assert web.ask(f"{path}/hold", tokens["ann"], "POST", json={}).status_code == 403
    assert web.ask(f"{path}/hold", tokens["root"], "POST", json={"text": "later"}).json()["is_held"]
    assert web.ask(path, tokens["bob"]).status_code == 404
    assert web.ask(path, tokens["ann"]).json()["reason"] == "later"
    assert not web.ask(f"{path}/release", tokens["root"], "POST").json()["is_held"]
    assert web.ask(path, tokens["bob"]).status_code == 200
    assert web.ask("/api/reports", tokens["root"]).json()["reports"] == []


def test_view_counts_once_for_each_who_watches(web: LibraryWeb, tokens: dict[str, str]) -> None:
    video = web.shelf.add("Seen", Visibility.PUBLIC)
    path = f"/api/videos/{video.id}"
    same = {"Sec-Fetch-Site": "same-origin"}
    for token in (tokens["ann"], tokens["ann"], tokens["bob"], None, None):
        assert web.ask(f"{path}/view", token, "POST", headers=same).status_code == 204
    assert web.ask(path, tokens["ann"]).json()["views"] == 3
    assert web.ask(f"/api/videos/{NOWHERE}/view", tokens["ann"], "POST").status_code == 404


def test_poster_subtitles_and_work(web: LibraryWeb, tokens: dict[str, str]) -> None:
    video = web.shelf.add("Parts", Visibility.PUBLIC, owner=web.ids["ann"])
    path, ann = f"/api/videos/{video.id}", tokens["ann"]
    assert web.ask(f"{path}/poster", ann, "PUT", json={"at_s": 3}).status_code == 200
    assert web.ask(f"{path}/poster", ann, "PUT", json={"at_s": 100}).status_code == 400
    assert web.ask(f"{path}/poster", tokens["bob"], "PUT", json={"at_s": 3}).status_code == 403
    text = b"1\r\n00:00:01,000 --> 00:00:02,000\r\n<b>Hi</b> <script>\r\n"
    put = f"{path}/subtitles?language=de&label=Deutsch"
    assert web.ask(put, ann, "PUT", content=text).status_code == 200
    assert web.shelf.library.subtitles(video.id)[0].body.splitlines()[3] == "<b>Hi</b>"
    assert web.ask(put, ann, "PUT", content=b"x" * (1 << 20 | 1)).status_code == 413
    assert web.ask(put, ann, "PUT", content=b"no times").status_code == 400
    assert web.ask(f"{path}/subtitles?language=de", ann, "DELETE").status_code == 200
    jobs = web.ask(f"/api/jobs?video={video.id}&state=waiting", tokens["root"]).json()["jobs"]
    assert {one["kind"] for one in jobs} == {"poster", "subtitles"}
    assert {one["title"] for one in jobs} == {"Parts"}
    assert web.ask(f"{path}/cancel", tokens["bob"], "POST").status_code == 403
    assert web.ask(f"{path}/cancel", ann, "POST").status_code == 200
    assert web.ask(f"/api/jobs?video={video.id}&state=waiting", tokens["root"]).json()["jobs"] == []
    assert web.ask(f"{path}/retry", ann, "POST").status_code == 200
    assert len(web.ask(f"/api/jobs?video={video.id}&state=waiting", tokens["root"]).json()["jobs"]) == 2


def test_playlist_is_made_changed_shared_and_deleted(
    web: LibraryWeb, videos: dict[Visibility, Video], tokens: dict[str, str]
) -> None:
    ids = [videos[one].id for one in (Visibility.PRIVATE, Visibility.PUBLIC)]
    assert web.ask("/api/playlists", tokens["vic"], "POST", json={"title": "x"}).status_code == 403
    made = web.ask("/api/playlists", tokens["ann"], "POST", json={"title": "Best", "videos": ids}).json()
    path = f"/api/playlists/{made['id']}"
    assert (made["count"], made["is_mine"], made["may_edit"]) == (2, True, True)
    assert web.ask(path, tokens["bob"]).status_code == 404
    assert web.ask(path, tokens["ann"], "PATCH", json={"visibility": "members"}).status_code == 200
    found = web.ask(path, tokens["bob"]).json()
    assert [one["id"] for one in found["videos"]] == ids[1:]
    assert not found["may_edit"]
    assert web.ask(path, tokens["bob"], "PATCH", json={"videos": []}).status_code == 403
    assert [one["title"] for one in web.ask("/api/playlists", tokens["vic"]).json()["playlists"]] == ["Best"]
    assert web.ask(path, tokens["ann"], "PATCH", json={"videos": ids[::-1]}).status_code == 200
    assert [one["id"] for one in web.ask(path, tokens["ann"]).json()["videos"]] == ids[::-1]
    assert web.ask(path, tokens["ann"], "DELETE").status_code == 204
    assert web.ask(path, tokens["ann"]).status_code == 404


def test_library_says_what_one_may_upload_and_admins_what_there_is(
    web: LibraryWeb, tokens: dict[str, str]
) -> None:
    anns, vics, roots = (web.ask("/api/library", tokens[one]).json() for one in ("ann", "vic", "root"))
    assert (anns["may_upload"], vics["may_upload"], roots["is_admin"]) == (True, False, True)
    assert (anns["storage"], anns["used"] > 0, vics["used"]) == (None, True, 0)
    assert roots["storage"]["videos"] >= 4
    assert roots["storage"]["free"] > 0
    assert "mp4" in anns["extensions"]


def test_files_are_given_by_ranges_and_never_change(
    web: LibraryWeb, videos: dict[Visibility, Video], tokens: dict[str, str]
) -> None:
    video = videos[Visibility.PUBLIC]
    assert video.media is not None
    path = f"/api/videos/{video.id}/media/{video.media.generation}/main.mp4"
    whole = web.ask(path)
    assert whole.content == MAIN
    assert whole.headers["content-type"] == "video/mp4"
    assert whole.headers["cache-control"].startswith("public, max-age=")
    assert whole.headers["cache-control"].endswith(", immutable")
    assert whole.headers["x-content-type-options"] == "nosniff"
    assert whole.headers["content-security-policy"].startswith("sandbox;")
    etag = whole.headers["etag"]
    assert whole.headers["accept-ranges"] == "bytes"
    for given, status, start, end in (
        ("bytes=0-0", 206, 0, 1),
        ("bytes=1000-", 206, 1000, len(MAIN)),
        ("bytes=-7", 206, len(MAIN) - 7, len(MAIN)),
        ("bytes=300000-900000", 206, 300_000, 900_001),
        ("bytes=5-99999999999", 206, 5, len(MAIN)),
        ("bytes=0-1,5-6", 200, 0, len(MAIN)),
        ("bytes=5-2", 200, 0, len(MAIN)),
        ("pages=1-2", 200, 0, len(MAIN)),
    ):
        answer = web.ask(path, headers={"Range": given})
        assert (answer.status_code, answer.content) == (status, MAIN[start:end]), given
        if status == 206:
            assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/{len(MAIN)}"
    beyond = web.ask(path, headers={"Range": f"bytes={len(MAIN)}-"})
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{len(MAIN)}")
    part = {"Range": "bytes=0-9"}
    assert web.ask(path, headers={**part, "If-Range": etag}).status_code == 206
    assert web.ask(path, headers={**part, "If-Range": '"another"'}).status_code == 200
    assert web.ask(path, headers={"If-None-Match": f'"x", W/{etag}'}).status_code == 304
    head = web.ask(path, method="HEAD")
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", str(len(MAIN)))
    private = videos[Visibility.MEMBERS]
    assert private.media is not None
    path = f"/api/videos/{private.id}/media/{private.media.generation}/index.m3u8"
    answer = web.ask(path, tokens["bob"])
    assert answer.headers["cache-control"].startswith("private, ")
    assert answer.headers["content-type"] == "application/vnd.apple.mpegurl"


@pytest.mark.parametrize(
    "name", ["original", "..", "%2e%2e%2foriginal", "x.exe", "main.mp4.", "MAIN.mp4", "x" * 70]
)
def test_other_names_are_no_files(
    web: LibraryWeb, videos: dict[Visibility, Video], tokens: dict[str, str], name: str
) -> None:
    video = videos[Visibility.PUBLIC]
    assert video.media is not None
    answer = web.ask(f"/api/videos/{video.id}/media/{video.media.generation}/{name}", tokens["root"])
    assert answer.status_code in (400, 404)


def test_downloads_are_attachments_with_a_safe_name(web: LibraryWeb, tokens: dict[str, str]) -> None:
    video = web.shelf.add('Säge "x"/..\\y', Visibility.PUBLIC, owner=web.ids["ann"])
    answer = web.ask(f"/api/videos/{video.id}/download")
    assert answer.content == MAIN
    said = answer.headers["content-disposition"]
    assert said.startswith("attachment; filename=\"S_ge _x__.._y.mp4\"; filename*=UTF-8''S%C3%A4ge")
    original = web.ask(f"/api/videos/{video.id}/original", tokens["ann"])
    assert (original.content, original.headers["content-type"]) == (
        b"the original",
        "application/octet-stream",
    )
    assert original.headers["content-disposition"].startswith('attachment; filename="a.mp4"')


def test_media_token_opens_one_video_by_its_address_and_nothing_else(
    web: LibraryWeb, videos: dict[Visibility, Video], tokens: dict[str, str]
) -> None:
    video, other = videos[Visibility.PRIVATE], videos[Visibility.MEMBERS]
    given = {"name": "vlc", "kind": "media", "scopes": [], "video": video.id}
    made = web.ask("/api/tokens", tokens["ann"], "POST", json=given).json()
    assert made["video"] == video.id
    path, query = f"/api/videos/{video.id}", f"?token={made['secret']}"
    assert video.media is not None
    media = f"{path}/media/{video.media.generation}"
    answer = web.ask(f"{media}/main.mp4{query}", headers={"Range": "bytes=5-9"})
    assert (answer.status_code, answer.content) == (206, MAIN[5:10])
    assert answer.headers["cache-control"].startswith("private")
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert web.ask(f"{path}{query}").json()["may_edit"] is False
    lines = web.ask(f"{media}/index.m3u8{query}").text.splitlines()
    assert lines[1::2] == [f'#EXT-X-MEDIA:TYPE=AUDIO,URI="audio.m3u8{query}"', f"main.m3u8{query}"]
    refused = (
        f"/api/videos/{other.id}",
        f"/api/videos/{NOWHERE}",
        "/api/videos",
        "/api/library",
        f"{path}/original",
    )
    assert {web.ask(f"{one}{query}").status_code for one in refused} == {403}
    assert web.ask(f"{path}/view{query}", method="POST").status_code == 403
    assert web.ask(f"/api/frame.jpeg{query}&src=porch").status_code == 403
    assert web.ask(f"{path}?token={tokens['ann']}").status_code == 401, (
        "no other token is taken from an address"
    )
    both = {**given, "stream": "porch"}
    assert web.ask("/api/tokens", tokens["ann"], "POST", json=both).status_code == 400
    assert (
        web.ask(
            "/api/tokens", tokens["ann"], "POST", json={**given, "kind": "api", "scopes": ["watch"]}
        ).status_code
        == 400
    )
    bobs = web.ask("/api/tokens", tokens["bob"], "POST", json=given).json()["secret"]
    assert web.ask(f"{path}?token={bobs}").status_code == 404, "a token has the rights of its account"
    web.ask(f"/api/tokens?id={made['id']}", tokens["ann"], "DELETE")
    assert web.ask(f"{path}{query}").status_code == 401


def test_clients_that_do_not_read_hold_little_memory_and_no_thread(
    web: LibraryWeb, files: FilesProcess
) -> None:
    video = web.shelf.add("Long", Visibility.PUBLIC)
    assert video.media is not None
    key = file_key(video.id, video.media.generation, "main.mp4")
    web.shelf.objects.put(key, bytes(len(MAIN)))
    # As an older generation its size is asked of the store.
    old = f"/api/videos/{video.id}/media/g000000000000/main.mp4"
    web.shelf.objects.put(file_key(video.id, "g000000000000", "main.mp4"), bytes(64 << 20))
    web.ask(old, headers={"Range": "bytes=0-0"})
    before = files.memory_bytes()
    slow = []
    for _ in range(SLOW):
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
        sock.connect(("127.0.0.1", web.web.port))
        sock.sendall(f"GET {old} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        slow.append(sock)
    try:
        for sock in slow:
            assert sock.recv(15) == b"HTTP/1.1 200 OK"
        answer = web.ask(f"{old}", headers={"Range": f"bytes={32 << 20}-"})
        assert len(answer.content) == 32 << 20, "one that reads gets everything meanwhile"
        assert files.memory_bytes() - before < SLOW * HELD_BYTES
    finally:
        for sock in slow:
            sock.close()


def test_transfer_ends_with_the_right_to_it_and_with_its_file(web: LibraryWeb, files: FilesProcess) -> None:
    video = web.shelf.add("Longer", Visibility.PRIVATE, owner=web.ids["ann"])
    key = file_key(video.id, "g000000000000", "main.mp4")
    web.shelf.objects.put(key, bytes(64 << 20))
    process = psutil.Process(files.process.pid)

    def is_idle() -> bool:
        return all(one.status == psutil.CONN_LISTEN for one in process.net_connections("tcp"))

    def begin(secret: str) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", web.web.port), timeout=60)
        head = f"GET /api/videos/{video.id}/media/g000000000000/main.mp4 HTTP/1.1\r\nHost: localhost\r\n"
        connection.sendall(f"{head}Authorization: Bearer {secret}\r\n\r\n".encode())
        assert connection.recv(15) == b"HTTP/1.1 200 OK"
        return connection

    info, secret = web.accounts.make_token(web.ids["ann"], "short", ("watch",))
    with begin(secret) as connection:
        web.accounts.end_token(info.id)
        until(is_idle, "it is cut off")
        assert _count(connection) < 64 << 20
    with begin(web.token("ann", "watch")) as connection:
        path = web.shelf.objects.local_path(key)
        os.truncate(path, 32 << 20)
        assert _count(connection) < 64 << 20
    with begin(web.token("ann", "watch")) as connection:
        pass
    until(is_idle, "nothing is left open")


def _count(connection: socket.socket) -> int:
    """Return how many bytes come until the end."""
    count = 0
    try:
        while got := len(connection.recv(1 << 20)):
            count += got
    except ConnectionResetError:
        pass
    return count


def test_list_is_a_page_for_everybody_once_something_is_public(
    web: LibraryWeb, videos: dict[Visibility, Video], tokens: dict[str, str]
) -> None:
    wants = {"Accept": "text/html"}
    assert web.ask("/videos", headers=wants).status_code == 200
    assert web.ask("/videos/manage", tokens["root"], headers=wants).status_code == 200
    assert web.ask("/videos/manage", tokens["ann"], headers=wants).status_code == 403
    for path in (f"/videos/{videos[Visibility.PRIVATE].id}", f"/videos/{NOWHERE}", "/videos/manage"):
        answer = web.ask(path, headers=wants)
        assert answer.status_code == 303
        assert answer.headers["location"] == f"../login?next={path[1:]}"


def test_page_of_a_video_describes_what_everybody_may_see_and_is_not_there_for_others(
    web: LibraryWeb, videos: dict[Visibility, Video], tokens: dict[str, str]
) -> None:
    wants = {"Accept": "text/html"}
    for visibility in (Visibility.PUBLIC, Visibility.UNLISTED):
        for below in ("", "/embed"):
            page = web.ask(f"/videos/{videos[visibility].id}{below}", headers=wants)
            assert page.status_code == 200
            assert f'<meta property="og:title" content="{visibility} &lt;video&gt;">' in page.text
            assert f"{web.url}/videos/{videos[visibility].id}/embed" in page.text
            assert "/poster.jpg" in page.text
            assert "https://site.example" in page.headers["content-security-policy"]
    private = f"/videos/{videos[Visibility.PRIVATE].id}"
    shown = web.ask(private, tokens["ann"], headers=wants)
    assert shown.status_code == 200
    assert "og:title" not in shown.text
    hidden, nowhere = (
        web.ask(path, tokens["bob"], headers=wants) for path in (private, f"/videos/{NOWHERE}")
    )
    assert hidden.status_code == nowhere.status_code == 404
    assert hidden.text.replace(videos[Visibility.PRIVATE].id, NOWHERE) == nowhere.text


def test_main_playlist_names_the_subtitles(web: LibraryWeb, tokens: dict[str, str]) -> None:
    video = web.shelf.add("Said", owner=web.ids["ann"], subtitles={"de": "WEBVTT\n", "en": "WEBVTT\n"})
    assert video.media is not None
    base = f"/api/videos/{video.id}/media/{video.media.generation}/"
    main = web.ask(f"{base}index.m3u8", tokens["ann"])
    assert main.text.count("TYPE=SUBTITLES") == 2
    assert 'NAME="In \'de\'",LANGUAGE="de"' in main.text
    assert 'SUBTITLES="subtitles"\nmain.m3u8' in main.text
    assert "immutable" in main.headers["cache-control"]
    again = {"If-None-Match": main.headers["etag"]}
    assert web.ask(f"{base}index.m3u8", tokens["ann"], headers=again).status_code == 304
    text = web.ask(f"{base}sub-de.m3u8", tokens["ann"])
    assert text.headers["content-type"] == "application/vnd.apple.mpegurl"
    assert "#EXTINF:60.000000,\nsub-de.vtt\n#EXT-X-ENDLIST" in text.text
    assert web.ask(f"{base}sub-de.vtt", tokens["ann"]).text == "WEBVTT\n"
    assert web.ask(f"{base}sub-fr.m3u8", tokens["ann"]).status_code == 404
    assert web.ask(f"{base}sub-de.m3u8", tokens["bob"]).status_code == 404
    assert "STREAM-INF" in main.text
    assert "SUBTITLES" not in web.ask(f"{base}main.m3u8", tokens["ann"]).text


def test_data_of_one_time_comes_in_parts_and_nothing_is_left_out(
    web: LibraryWeb, videos: dict[Visibility, Video], tokens: dict[str, str]
) -> None:
    path = f"/api/videos/{videos[Visibility.PRIVATE].id}/data/{TRACK}"
    found, parts = [], []
    place: dict[str, Any] = {"from_s": 0, "skip": 0}
    while place["from_s"] is not None:
        query = "&".join(f"{key}={value}" for key, value in place.items())
        part = web.ask(f"{path}?{query}", tokens["ann"]).json()
        found += [one["value"]["n"] for one in part["records"]]
        place = {"from_s": part["next_s"], "skip": part["next_skip"]}
        parts.append(place)
    assert found == list(range(len(DATA)))
    assert parts == [{"from_s": 1.0, "skip": 11}, {"from_s": None, "skip": 0}]
    answer = web.ask(f"{path}?from_s=2", tokens["ann"]).json()
    assert [(one["time_s"], one["captured_at"]) for one in answer["records"]] == [(2.0, 1002.0)]


def test_library_that_was_never_used_is_not_made_by_looking_at_it(tmp_path: Path) -> None:
    with open_web(tmp_path) as (web, folder):
        assert web.json("/api/videos") == {"videos": [], "next": None}
        assert web.json("/api/playlists") == {"playlists": []}
        assert web.json("/api/jobs") == {"jobs": []}
        assert web.json("/api/library")["is_admin"] is True
        assert web.ask(f"/api/videos/{NOWHERE}")[0].status == 404
        assert web.ask(f"/api/videos/{NOWHERE}", "DELETE")[0].status == 404
        assert not (folder / "library").exists()
        assert not (folder / "framecast.db").exists()
        made = web.json(
            "/api/playlists", "POST", json.dumps({"title": "x"}).encode(), content_type="application/json"
        )
        assert made["may_edit"] is True
        assert (folder / "library").is_dir()


def test_server_without_a_library_says_so(tmp_path: Path) -> None:
    with open_web(tmp_path, library=None) as (web, _folder):
        answer, body = web.ask("/api/videos")
        assert answer.status == 404
        assert b"library.enabled" in body
