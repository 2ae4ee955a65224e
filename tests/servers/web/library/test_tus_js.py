"""tus-js-client, the client of the tus project for browsers, in a real Chromium against our servers: it shares no code with our pages."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from framecast.model.library_layout import original_key
from tests.servers.web.browser import chromium
from tests.servers.web.files_process import FilesProcess
from tests.servers.web.library_web import library_settings, open_web
from tests.servers.web.tus import Tus
from tests.servers.web.web_process import WebProcess
from tests.support import needs, npm_packages

MIB = 1 << 20
CHUNK = 256 << 10
# `play` sends one file in chunks and returns what happened. The bytes of a file follow from its number, here and in `content`.
_PAGE = """
window.file = (number, size) => {
    const bytes = new Uint8Array(size);
    for (let at = 0; at < size; at++) bytes[at] = (at * 2654435761 + number * 40503 >>> 16) & 255;
    return new File([bytes], `film-${number}.mp4`, {type: "video/mp4", lastModified: 1e12});
};
window.sha256 = async (blob, wrong) => {
    const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", await blob.arrayBuffer()));
    if (wrong) hash[0] ^= 1;
    return "sha256 " + btoa(String.fromCharCode(...hash));
};
window.play = async ({number, size, resume, checksum, wrong, until, terminate, ...options}) => {
    const given = file(number, size), found = {requests: [], accepted: [], state: "going"};
    window.playing = found;
    return new Promise(async (resolve) => {
        const end = (state) => { found.state = state; found.url = upload.url; resolve(found); };
        const upload = new tus.Upload(given, {
            endpoint: "/api/uploads", chunkSize: CHUNK, retryDelays: [500, 1000, 2000, 4000, 8000, 16000], removeFingerprintOnSuccess: true, ...options,
            metadata: {filename: given.name, filetype: given.type},
            async onBeforeRequest(request) {
                const offset = request.getHeader("Upload-Offset");
                found.requests.push([request.getMethod(), offset === undefined ? null : Number(offset)]);
                if (checksum && request.getMethod() === "PATCH")
                    request.setHeader("Upload-Checksum", await sha256(given.slice(Number(offset), Number(offset) + CHUNK), wrong));
            },
            onChunkComplete(_size, accepted) {
                found.accepted.push(accepted);
                if (until && accepted >= until) {
                    if (terminate) upload.abort(true).then(() => end("ended"), (error) => end(String(error)));
                    else { upload.abort(); end("paused"); }
                }
            },
            onSuccess() { end("done"); },
            onError(error) {
                const answer = error.originalResponse;
                found.status = answer?.getStatus();
                found.answer = answer?.getBody();
                end("failed");
            },
        });
        if (resume) {
            const earlier = await upload.findPreviousUploads();
            found.earlier = earlier.length;
            upload.resumeFromPreviousUpload(earlier[0]);
        }
        upload.start();
    });
};
undefined;
"""


class Desk:
    """The servers, the folder of their library, and a page of theirs that has the client."""

    def __init__(self, web: WebProcess, folder: Path, page: Page) -> None:
        self.web, self.folder, self.page = web, folder, page
        self.tus = Tus(web.url)
        self.load()

    def load(self) -> None:
        """Load the page, or load it again: what runs in it ends."""
        self.page.goto(self.web.url + "/healthz")
        self.page.add_script_tag(path=npm_packages.modules() / "tus-js-client" / "dist" / "tus.min.js")
        self.page.evaluate(f"window.CHUNK = {CHUNK};{_PAGE}")

    def play(self, number: int, size: int, **options: Any) -> dict[str, Any]:
        found: dict[str, Any] = self.page.evaluate(
            "options => play(options)", {"number": number, "size": size, **options}
        )
        return found

    def path(self, found: dict[str, Any]) -> str:
        """The path of an upload."""
        return str(found["url"]).removeprefix(self.web.url)

    def is_stored(self, found: dict[str, Any], number: int, size: int) -> bool:
        """Return whether the library has this file as the one of this upload."""
        video = self.tus.ask("HEAD", self.path(found)).headers["framecast-video"]
        return (self.folder / "library" / original_key(video)).read_bytes() == content(number, size)


def content(number: int, size: int) -> bytes:
    """Return the bytes that the page's `file` makes."""
    # JavaScript computes the product as a double and takes its lowest 32 bits.
    places = np.arange(size, dtype=np.float64) * 2654435761 + number * 40503
    return (places.astype(np.uint64) >> np.uint64(16)).astype(np.uint8).tobytes()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium(needs.chromium()) as found:
        yield found


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[WebProcess, Path]]:
    with (
        open_web(tmp_path_factory.mktemp("open")) as (web, folder),
        FilesProcess(folder, library=library_settings(folder), data_dir=str(folder)),
    ):
        yield web, folder


@pytest.fixture
def desk(servers: tuple[WebProcess, Path], browser: Browser) -> Iterator[Desk]:
    context = browser.new_context(bypass_csp=True)
    context.set_default_timeout(120_000)
    try:
        yield Desk(*servers, context.new_page())
    finally:
        context.close()


def test_an_upload_is_resumed_after_a_reload_in_the_middle_of_a_request(desk: Desk) -> None:
    size = 4 * MIB
    desk.page.evaluate("options => { play(options); }", {"number": 1, "size": size})
    desk.page.wait_for_function(f"playing.state !== 'going' || playing.accepted.at(-1) >= {MIB}")
    assert desk.page.evaluate("[playing.state, playing.answer ?? null]") == ["going", None]
    desk.load()
    found = desk.play(1, size, resume=True)
    assert (found["state"], found["earlier"]) == ("done", 1)
    (head, _), (first, offset), *_ = found["requests"]
    assert (head, first) == ("HEAD", "PATCH")
    assert offset >= MIB
    assert desk.is_stored(found, 1, size)


def test_a_chunk_counts_if_its_checksum_is_right(desk: Desk) -> None:
    size = MIB + 1000
    refused = desk.play(2, size, checksum=True, wrong=True)
    assert (refused["state"], refused["status"]) == ("failed", 460)
    assert desk.tus.offset(desk.path(refused)) == 0
    found = desk.play(2, size, checksum=True, resume=True)
    assert found["state"] == "done"
    assert desk.path(found) == desk.path(refused)
    assert desk.is_stored(found, 2, size)


def test_files_beside_each_other_do_not_mix(desk: Desk) -> None:
    sizes = {number: MIB + number * 1111 for number in range(10, 16)}
    found = desk.page.evaluate(
        "all => Promise.all(all.map(([number, size]) => play({number, size})))", list(sizes.items())
    )
    assert [one["state"] for one in found] == ["done"] * len(sizes)
    for one, (number, size) in zip(found, sizes.items(), strict=True):
        assert desk.is_stored(one, number, size)


def test_bytes_come_with_the_request_that_begins_the_upload(desk: Desk) -> None:
    size = CHUNK + 5
    found = desk.play(3, size, uploadDataDuringCreation=True)
    assert found["state"] == "done"
    assert found["requests"] == [["POST", None], ["PATCH", CHUNK]]
    assert desk.is_stored(found, 3, size)


def test_an_upload_that_is_ended_is_gone_and_a_paused_one_is_not(desk: Desk) -> None:
    paused = desk.play(4, 2 * MIB, until=MIB)
    assert paused["state"] == "paused"
    assert desk.tus.offset(desk.path(paused)) >= MIB
    ended = desk.play(5, 2 * MIB, until=MIB, terminate=True)
    assert ended["state"] == "ended"
    assert ended["requests"][-1][0] == "DELETE"
    assert desk.tus.ask("HEAD", desk.path(ended)).status_code == 404
    assert not list((desk.folder / "library" / "uploads").glob(desk.path(ended).rpartition("/")[2]))


def test_one_file_in_joined_parts_is_refused_before_anything_is_stored(desk: Desk) -> None:
    before = desk.web.json("/api/uploads")
    found = desk.play(6, MIB, parallelUploads=2)
    assert (found["state"], found["status"]) == ("failed", 400)
    assert "send one file as one upload" in json.loads(found["answer"])["message"]
    assert desk.web.json("/api/uploads") == before
    assert desk.play(6, MIB, parallelUploads=1)["state"] == "done"
