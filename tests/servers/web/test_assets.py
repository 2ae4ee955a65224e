"""Pages and their files: found by name only, typed, tagged by their content."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

from framecast.errors import NotFound
from framecast.servers.web.assets import Assets, _read
from tests.servers.web.web_process import WebProcess
from tests.support.waiting import until


@pytest.fixture(scope="module")
def assets() -> Assets:
    return Assets()


def test_page_and_file_are_found_by_their_names(assets: Assets) -> None:
    assert assets.static("player.js").media_type.startswith("text/javascript")
    assert assets.static("vendor/hls-1.7.4.min.js").media_type.startswith("text/javascript")
    assert assets.page("login").media_type.startswith("text/html")


@pytest.mark.parametrize(
    "name", ["", "..", "../__init__.py", "player.js/", "PLAYER.JS", "../pages/login.html", "x" * 10_000]
)
def test_other_names_are_not_found_and_not_shown_at_length(assets: Assets, name: str) -> None:
    for find in (assets.static, assets.page):
        with pytest.raises(NotFound) as caught:
            find(name)
        assert len(str(caught.value)) < 120


def test_page_has_no_ending_in_its_name_and_is_no_file(assets: Assets) -> None:
    name = next(iter(assets._pages))
    with pytest.raises(NotFound):
        assets.page(f"{name}.html")
    with pytest.raises(NotFound):
        assets.static(f"{name}.html")


def test_tag_changes_with_the_content_and_files_of_other_types_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "a.css").write_text("a{}")
    (tmp_path / "b.css").write_text("a{}")
    (tmp_path / "c.css").write_text("c{}")
    (tmp_path / "notes.md").write_text("no")
    found = _read(tmp_path)
    assert found.keys() == {"a.css", "b.css", "c.css"}
    assert found["a.css"].etag == found["b.css"].etag != found["c.css"].etag
    assert found["a.css"].etag[0] == found["a.css"].etag[-1] == '"'


def test_files_travel_compressed_and_once(web: WebProcess, assets: Assets) -> None:
    path, whole = "/static/room.js", assets.static("room.js").body

    def compressed() -> bool:
        return web.ask(path, accept_encoding="gzip")[0].getheader("content-encoding") == "gzip"

    until(compressed, "the thread has compressed the files")
    answer, body = web.ask(path, accept_encoding="br, gzip;q=0.5")
    assert answer.getheader("vary") == "Accept-Encoding"
    assert gzip.decompress(body) == whole
    plain, body = web.ask(path, accept_encoding="gzip;q=0, *;q=0")
    assert body == whole
    assert plain.getheader("content-encoding") is None
    tags = [plain.getheader("etag"), answer.getheader("etag")]
    assert len(set(tags)) == 2
    for tag in tags:
        assert web.ask(path, accept_encoding="gzip", if_none_match=str(tag))[0].status == 304


# What a page and all that it loads may weigh, compressed, so that it opens at once on a phone.
MAX_PAGE_BYTES = 150_000


def weight(assets: Assets, page: str) -> int:
    """Return the compressed size of a page and of every file that it loads, directly or not."""
    body = assets.page(page).body
    found: dict[str, int] = {}
    waiting = re.findall(rb"static/([\w.-]+)", body)
    while waiting:
        name = waiting.pop().decode()
        if name in found:
            continue
        file = assets.static(name).body
        found[name] = len(gzip.compress(file, 6))
        if name.endswith(".js"):
            waiting += re.findall(rb"""(?:from|import) ?["']\./([\w.-]+)["']""", file)
    assert found
    return len(gzip.compress(body, 6)) + sum(found.values())


@pytest.mark.parametrize("page", sorted(Assets()._pages))
def test_page_is_light(assets: Assets, page: str) -> None:
    assert weight(assets, page) < MAX_PAGE_BYTES


def test_weight_counts_what_modules_import(assets: Assets) -> None:
    assert weight(assets, "stream") > len(gzip.compress(assets.static("player.js").body, 6))
