"""The player in a real browser, against a real node."""

from __future__ import annotations

import io
import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import av
import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from tests.cli.running import Node
from tests.servers.web.browser import Errors, chromium, until
from tests.servers.web.player_page import Player, held, hide, open_page
from tests.servers.web.site import Site
from tests.support import needs
from tests.support.media_files import Clip
from tests.support.rtsp_server import RtspServer

ONE, TWO = (f"pattern:?size=640x360&fps=25&id={number}" for number in (1, 2))
NOTHING = {"sockets": 0, "sources": 0, "urls": 0}


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    with Node(tmp_path_factory.mktemp("node"), f"one={ONE}", f"two={TWO}") as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium(needs.chromium()) as found:
        yield found


@pytest.fixture
def page(browser: Browser, node: Node) -> Iterator[Page]:
    found = browser.new_page(viewport={"width": 1000, "height": 800}, accept_downloads=True)
    errors = Errors(found)
    open_page(found, f"{node.url}healthz")
    yield found
    found.close()
    # A socket that cannot be opened is the browser's own complaint; the player says it in words.
    assert [text for text in errors.found if "WebSocket connection" not in text] == []


def viewers(node: Node, name: str) -> int:
    with urllib.request.urlopen(f"{node.url}api/streams?src={name}", timeout=20) as answer:
        return int(json.loads(answer.read())["viewers"])


def put(node: Node, name: str, source: str) -> None:
    query = urlencode({"name": name, "src": source})
    request = urllib.request.Request(f"{node.url}api/streams?{query}", method="PUT")
    urllib.request.urlopen(request, timeout=20).close()


def test_two_players_show_two_streams_that_move(page: Page) -> None:
    players = [Player(page, name, id=name) for name in ("one", "two")]
    assert [player.sees_it_move().stream_id for player in players] == [1, 2]
    assert {player.get("it.playing") for player in players} == {"mse"}


@pytest.mark.alone
def test_figures_tell_what_is_shown(page: Page) -> None:
    player = Player(page, "one")
    player.wait("it.stats?.latency_ms > 0 && it.stats.fps > 15")
    stats = player.get("it.stats")
    assert (stats["width"], stats["height"], stats["mode"]) == (640, 360, "mse")
    assert stats["codec"].startswith("avc1.")
    assert stats["bits"] > 10_000
    # The player's own figure against the time in the picture.
    blocks = until(page, lambda: player.blocks)
    shown_ms = page.evaluate("Date.now()") - blocks.time_ms
    assert abs(player.get("it.stats.latency_ms") - shown_ms) < 500


def test_another_name_changes_the_stream(page: Page) -> None:
    player = Player(page, "one")
    assert player.sees_it_move().stream_id == 1
    player.get("it.src = 'two'")
    until(page, lambda: (blocks := player.blocks) and blocks.stream_id == 2)
    assert held(page)["sockets"] == 1


def test_unknown_stream_is_said_in_words_and_tried_again(page: Page, node: Node) -> None:
    player = Player(page, "later")
    player.wait("it.state === 'nosignal'")
    assert "later" in player.get("it.words")
    page.get_by_text("No signal", exact=True).wait_for()
    put(node, "later", "pattern:?size=320x240")
    player.sees_it_move()


def test_source_that_dies_is_covered_and_comes_back_in_the_same_tab(page: Page, node: Node) -> None:
    with RtspServer(Clip(size=(640, 360), seconds=4)) as camera:
        put(node, "camera", camera.url())
        player = Player(page, "camera")
        player.wait("it.state === 'live' && it.stats?.fps > 10")
        camera.kill()
        player.wait("it.state === 'nosignal' && it.words !== ''")
        assert page.locator("#player .veil").is_visible()
        camera.start()
        player.wait("it.state === 'live' && it.stats?.fps > 10", 60)
        assert not page.locator("#player .veil").is_visible()


def test_server_that_goes_is_said_and_dialled_again(browser: Browser, tmp_path: Path) -> None:
    page = browser.new_page()
    with Node(tmp_path, f"one={ONE}") as first:
        url = first.url
        open_page(page, f"{url}healthz")
        player = Player(page, "one", background="")
        player.sees_it_move()
    player.wait("it.state === 'nosignal' && it.words !== ''")
    with Node(tmp_path, f"one={ONE}", "--port", str(urlsplit(url).port)) as second:
        assert second.url == url
        player.sees_it_move()
        page.close()


def test_site_that_is_not_named_may_not_open_a_socket_and_is_told_which_line_allows_it(
    browser: Browser, node: Node
) -> None:
    page = browser.new_page()
    with Site() as site:
        site.allow(node.url.rstrip("/"))
        open_page(page, site.url)
        player = Player(page, "one", module=f"{node.url}static/player.js")
        player.wait("it.state === 'nosignal'")
        line = f"add 'origins: [\"{site.url}\"]' to framecast.yaml"
        assert line in player.get("it.words")
        assert player.get("it.shadowRoot.querySelector('.veil').textContent").count(line) == 1
        page.close()


def test_resolution_change_goes_on(page: Page, node: Node) -> None:
    put(node, "sizes", "pattern:?size=640x360&fps=25&id=9")
    player = Player(page, "sizes")
    player.sees_it_move()
    assert player.get("it.video.videoWidth") == 640
    put(node, "sizes", "pattern:?size=320x240&fps=25&id=9")
    player.wait("it.video.videoWidth === 320 && it.state === 'live'", 60)
    assert player.sees_it_move().stream_id == 9


def test_browser_without_h264_gets_jpeg_pictures(browser: Browser, node: Node) -> None:
    page = browser.new_page()
    page.add_init_script("MediaSource.isTypeSupported = () => false")
    open_page(page, f"{node.url}healthz")
    player = Player(page, "one")
    assert player.sees_it_move().stream_id == 1
    assert player.get("it.playing") == "mjpeg"
    assert page.evaluate(
        "players.player.snapshot().then(({type, size}) => type === 'image/jpeg' && size > 1000)"
    )
    page.close()


def test_source_that_dies_is_covered_also_where_pictures_are_jpeg(browser: Browser, node: Node) -> None:
    page = browser.new_page()
    open_page(page, f"{node.url}healthz")
    with RtspServer(Clip(size=(640, 360), seconds=4)) as camera:
        put(node, "old", camera.url())
        player = Player(page, "old", mode="mjpeg")
        player.wait("it.state === 'live' && it.stats?.fps > 5")
        camera.kill()
        player.wait("it.state === 'nosignal' && it.words !== ''")
        camera.start()
        player.wait("it.state === 'live' && it.stats?.fps > 5", 60)
    page.close()


def test_decoder_that_fails_again_and_again_leads_to_jpeg_pictures(page: Page) -> None:
    page.evaluate(
        "() => { SourceBuffer.prototype.appendBuffer = () => { throw new DOMException('broken', 'NotSupportedError'); }; }"
    )
    player = Player(page, "one")
    player.wait("it.playing === 'mjpeg' && it.state === 'live'", 60)


def test_player_that_is_dialled_anew_forgives_what_failed_before(page: Page) -> None:
    page.evaluate(
        """() => {
            const append = SourceBuffer.prototype.appendBuffer;
            window.failures = Infinity;
            SourceBuffer.prototype.appendBuffer = function (bytes) {
                if (failures-- > 0) throw new DOMException('broken', 'NotSupportedError');
                return append.call(this, bytes);
            };
        }"""
    )
    player = Player(page, "one")
    player.wait("it.playing === 'mjpeg' && it.state === 'live'", 60)
    page.evaluate("() => { failures = 1; players.player.reconnect(); }")
    player.wait("failures < 0 && it.state === 'live'", 60)
    assert player.get("it.playing") == "mse"


def test_sound_that_the_browser_forbids_is_offered_where_there_is_some(page: Page, node: Node) -> None:
    for name, audio in (("loud", 1), ("quiet", 0)):
        put(node, name, f"pattern:?size=320x240&audio={audio}")
    page.evaluate(
        """async () => {
            await import('/static/player.js');
            // A script that a driver runs counts as a click; a page that was only opened is forbidden to play unmuted.
            const play = HTMLMediaElement.prototype.play;
            HTMLMediaElement.prototype.play = function () {
                return this.muted ? play.call(this) : Promise.reject(new DOMException('a click is needed', 'NotAllowedError'));
            };
            for (const name of ['loud', 'quiet']) {
                const element = document.createElement('framecast-player');
                players[element.id = name] = element;
                element.src = name;
                document.body.append(element);
            }
        }"""
    )
    for name in ("loud", "quiet"):
        page.wait_for_function("(name) => players[name].state === 'live'", arg=name)
    assert page.evaluate("[players.loud.muted, players.quiet.muted]") == [True, True]
    assert page.locator("#loud .sound").is_visible()
    assert not page.locator("#quiet .sound").is_visible()


def test_full_buffer_is_emptied_and_goes_on(page: Page) -> None:
    page.evaluate(
        """() => {
            const append = SourceBuffer.prototype.appendBuffer;
            let count = 0;
            window.refused = 0;
            SourceBuffer.prototype.appendBuffer = function (bytes) {
                count += 1;
                if (count % 40 === 0) { refused += 1; throw new DOMException('full', 'QuotaExceededError'); }
                return append.call(this, bytes);
            };
        }"""
    )
    player = Player(page, "one")
    page.wait_for_function("() => refused >= 3", timeout=60000)
    player.sees_it_move()
    assert player.get("it.playing") == "mse"


def test_hidden_tab_holds_nothing_and_goes_on_when_shown(page: Page, node: Node) -> None:
    player = Player(page, "one")
    player.sees_it_move()
    assert held(page)["sockets"] == 1
    hide(page, True)
    until(page, lambda: held(page) == NOTHING)
    until(page, lambda: viewers(node, "one") == 0)
    assert player.get("it.state") == "idle"
    hide(page, False)
    player.sees_it_move()


def test_player_out_of_sight_holds_nothing(page: Page) -> None:
    player = Player(page, "one")
    player.sees_it_move()
    page.evaluate(
        "() => { const space = document.createElement('div'); space.style.height = '5000px'; document.body.prepend(space); }"
    )
    until(page, lambda: held(page) == NOTHING)
    page.evaluate("players.player.scrollIntoView()")
    player.sees_it_move()


def test_player_with_background_goes_on_in_a_hidden_tab(page: Page) -> None:
    player = Player(page, "one", background="")
    player.sees_it_move()
    hide(page, True)
    before = player.wait("it.stats?.bytes")
    player.wait(f"it.stats.bytes > {before} + 20000")


def test_removed_player_holds_nothing_and_a_moved_one_goes_on(page: Page) -> None:
    player = Player(page, "one")
    player.sees_it_move()
    page.evaluate(
        "() => { const place = document.createElement('div'); document.body.append(place); place.append(players.player); }"
    )
    assert held(page)["sockets"] == 1
    player.sees_it_move()
    assert player.get("states.player") == ["connecting", "live"]
    page.evaluate("players.player.remove()")
    until(page, lambda: held(page) == NOTHING)
    assert player.get("it.video.currentSrc === '' || it.video.readyState === 0")


def test_paused_player_receives_nothing_and_goes_on_at_the_live_edge(page: Page) -> None:
    player = Player(page, "one")
    before = player.sees_it_move()
    player.get("it.pause()")
    until(page, lambda: held(page)["sockets"] == 0)
    assert player.get("it.state") == "paused"
    assert player.blocks is not None  # the picture stays
    page.wait_for_function(f"() => Date.now() > {before.time_ms + 3000}")
    player.get("it.play()")
    player.wait("it.state === 'live'")
    until(page, lambda: page.evaluate("Date.now()") - getattr(player.blocks, "time_ms", 0) < 1000)


def test_a_hundred_joins_and_leaves_leave_nothing(browser: Browser, node: Node) -> None:
    page = browser.new_page()
    open_page(page, f"{node.url}healthz")
    memory = page.context.new_cdp_session(page)
    script = """async (count) => {
        await import('/static/player.js');
        for (let n = 0; n < count; n += 1) {
            const element = document.createElement('framecast-player');
            element.muted = true;
            element.src = 'one';
            const shown = new Promise((done) => element.addEventListener('picture', done, { once: true }));
            document.body.append(element);
            await shown;
            element.remove();
        }
    }"""

    def size() -> int:
        memory.send("HeapProfiler.collectGarbage")
        return int(memory.send("Runtime.getHeapUsage")["usedSize"])

    page.evaluate(script, 10)
    before = size()
    page.evaluate(script, 100)
    until(page, lambda: held(page) == NOTHING)
    until(page, lambda: viewers(node, "one") == 0)
    assert size() - before < 3_000_000
    counts = memory.send("Memory.getDOMCounters")
    assert counts["nodes"] < 1500
    assert counts["jsEventListeners"] < 600
    page.close()


def test_sound_comes_and_is_muted_and_unmuted_by_keys(page: Page) -> None:
    player = Player(page, "one", controls="")
    player.wait("it.state === 'live' && it.hasAudio && it.video.webkitAudioDecodedByteCount > 0")
    before = player.get("it.video.webkitAudioDecodedByteCount")
    player.wait(f"it.video.webkitAudioDecodedByteCount > {before} + 10000")
    assert player.get("it.muted")
    player.get("it.focus()")
    page.keyboard.press("m")
    assert not player.get("it.muted")
    page.keyboard.press("ArrowDown")
    assert player.get("it.volume") == pytest.approx(0.9)
    player.sees_it_move()
    page.keyboard.press("m")
    assert player.get("it.muted")


def test_player_without_audio_asks_for_none(page: Page) -> None:
    player = Player(page, "one", no_audio="")
    player.sees_it_move()
    assert not player.get("it.hasAudio")
    assert "mp4a" not in player.get("it.stats?.codec ?? ''")


def test_keyboard_alone_reaches_and_works_every_button(page: Page) -> None:
    player = Player(page, "one", controls="")
    player.sees_it_move()
    for _ in range(3):  # the browser's own view of JSON has a box to tick
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "player":
            break
    page.keyboard.press("k")
    assert player.get("it.state") == "paused"
    page.keyboard.press(" ")
    player.wait("it.state === 'live'")
    names = []
    for _ in range(7):
        page.keyboard.press("Tab")
        names.append(player.get("it.shadowRoot.activeElement?.getAttribute('aria-label') ?? ''"))
    assert [name.split(" (")[0] for name in names] == [
        "Pause", "Unmute", "Volume", "Record to this device", "Snapshot", "Picture in picture", "Fullscreen",
    ]  # fmt: skip
    assert page.locator("#player .bar").evaluate("(bar) => getComputedStyle(bar).opacity !== '0'")
    page.keyboard.press("f")
    page.wait_for_function("() => document.fullscreenElement?.id === 'player'")


@pytest.mark.parametrize("is_in_the_middle", [True, False])
def test_double_click_fills_the_screen_and_goes_on_playing(page: Page, is_in_the_middle: bool) -> None:
    player = Player(page, "one", controls="")
    player.sees_it_move()
    box = page.locator("#player").bounding_box()
    assert box
    part = 2 if is_in_the_middle else 5
    page.mouse.dblclick(box["x"] + box["width"] / part, box["y"] + box["height"] / part)
    page.wait_for_function("() => document.fullscreenElement?.id === 'player'")
    player.wait("it.state === 'live'")
    player.sees_it_move()


def test_snapshot_has_the_full_size(page: Page) -> None:
    player = Player(page, "one", controls="")
    player.sees_it_move()
    player.get("it.focus()")
    with page.expect_download() as download:
        page.keyboard.press("s")
    assert download.value.suggested_filename.startswith("one-")
    with av.open(str(download.value.path())) as picture:
        assert (picture.streams.video[0].width, picture.streams.video[0].height) == (640, 360)


def test_recording_is_a_file_that_begins_at_zero_with_picture_and_sound(page: Page) -> None:
    player = Player(page, "one", controls="")
    player.wait("it.state === 'live' && it.hasAudio")
    player.get("it.focus()")
    page.keyboard.press("r")
    player.wait("it.recording")
    player.wait("it.recorded > 2")
    # The badge stays when the bar of controls goes.
    assert player.get("it.shadowRoot.querySelector('.rec:not([hidden])').textContent").startswith("REC 0:0")
    with page.expect_download() as download:
        page.keyboard.press("r")
    player.wait("it.shadowRoot.querySelector('.rec').hidden")
    data = Path(download.value.path()).read_bytes()
    frames: dict[str, list[float]] = {"video": [], "audio": []}
    with av.open(io.BytesIO(data), "r") as file:
        for packet in file.demux():
            for frame in packet.decode():
                frames[packet.stream.type].append(float(frame.time or 0))  # type: ignore[union-attr]
    assert frames["video"][0] == 0
    assert len(frames["video"]) > 20
    assert np.all(np.diff(frames["video"]) > 0)
    assert frames["audio"]
    assert abs(frames["audio"][0]) < 0.2
    assert abs(frames["audio"][-1] - frames["video"][-1]) < 0.3


def test_recording_goes_to_a_stream_where_one_is_given(page: Page) -> None:
    player = Player(page, "one")
    player.sees_it_move()
    page.evaluate(
        """() => {
            window.written = 0;
            const writable = new WritableStream({ write(bytes) { written += bytes.length; }, close() { window.isClosed = true; } });
            window.recording = players.player.record(writable);
        }"""
    )
    page.wait_for_function("() => written > 20000")
    assert page.evaluate("recording.stop().then((blob) => [blob, window.isClosed])") == [None, True]
    assert not player.get("it.recording")


def test_player_alone_in_a_page_of_another_site_with_a_strict_policy(
    browser: Browser, tmp_path: Path
) -> None:
    page = browser.new_page()
    errors = Errors(page)
    with Site() as first:
        config = tmp_path / "framecast.yaml"
        config.write_text(json.dumps({"streams": {"one": ONE}, "origins": [first.url]}))
        with Node(tmp_path, "--config", str(config)) as node:
            first.allow(node.url.rstrip("/"))
            loaded: list[str] = []
            page.on("request", lambda request: loaded.append(request.url))
            open_page(page, first.url)
            player = Player(page, "one", module=f"{node.url}static/player.js", controls="")
            assert player.sees_it_move().stream_id == 1
            # The player is one request.
            assert [url for url in loaded if url.startswith(node.url)] == [f"{node.url}static/player.js"]
            assert player.get("it.shadowRoot.querySelector('.bar').getBoundingClientRect().height") < 120
        page.close()
    assert [text for text in errors.found if "WebSocket" not in text and "net::ERR" not in text] == []
