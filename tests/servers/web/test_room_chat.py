"""The chat of a room in real Chromium against a real node on which everybody may do everything: two people talk, hostile texts, a flood, a lost network."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, WebSocketRoute

from tests.cli.running import Node
from tests.servers.web.browser import chromium, until
from tests.servers.web.chat_page import Chat
from tests.servers.web.test_accessibility import SIZES, grave
from tests.servers.web.tus import Tus, metadata
from tests.servers.web.wall_page import ask, pattern
from tests.support import needs

MOST = 300
# What would run, load or break out of its place if any of it became markup, an address, or a part of a selector.
HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg><script>alert&#40;1)</script></svg>",
    "<iframe srcdoc='<script>parent.alert(1)</script>'></iframe>",
    "<body onload=alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "<style>*{background:url(https://evil.example/)}</style>",
    "<link rel=stylesheet href=https://evil.example/x.css>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<template><img src=x onerror=alert(1)></template>",
    "<framecast-room src='stream:other'></framecast-room>",
    "<input autofocus onfocus=alert(1)>",
    "<details open ontoggle=alert(1)>",
    "<video><source onerror=alert(1)>",
    "<form action=javascript:alert(1)><button>x",
    "<base href=https://evil.example/>",
    "<meta http-equiv=refresh content='0;url=https://evil.example/'>",
    "</textarea><script>alert(1)</script>",
    "</style><script>alert(1)</script>",
    "--><script>alert(1)</script><!--",
    "]]><script>alert(1)</script>",
    "'\"><img src=x onerror=alert(1)>",
    "javascript:alert(1)",
    "JaVaScRiPt://%0aalert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    'https://evil.example/"onmouseover="alert(1)',
    "https://evil.example/'><img src=x onerror=alert(1)>",
    "https://user:pass@evil.example/<script>",
    "http://[::1]:99999999/",
    "${alert(1)} {{alert(1)}} #{alert(1)} <%= alert(1) %>",
    "{{constructor.constructor('alert(1)')()}}",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "\\u003cscript\\u003ealert(1)\\u003c/script\\u003e",
    "__proto__ constructor toString",
    "@<img src=x onerror=alert(1)>",
    "\u05d0 gnp.exe",
    "A\u0301\u0301",
    "x" * 1900,
    "( ͡° ͜ʖ ͡°) 👩‍👩‍👧‍👦🏳️‍🌈",
    "]);alert(1)//",
    "`;alert(1);`",
    "<plaintext>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
]
NAMES = [
    "<img src=x onerror=alert(1)>",
    "'\"><script>alert(1)//",
    "javascript:alert(1)",
    "${alert(1)}",
    "<svg/onload=alert(1)>",
]
# All that the list may be made of.
TAGS = {"article", "a", "bdi", "button", "div", "path", "p", "span", "svg", "time"}


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    with Node(tmp_path_factory.mktemp("rooms"), f"door={pattern(1, fps=5)}", servers=()) as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium(needs.chromium()) as found:
        yield found


@pytest.fixture
def enter(node: Node, browser: Browser) -> Iterator[Callable[..., Chat]]:
    """Enter a room with a browser of its own; it leaves when the test ends."""
    inside: list[Chat] = []

    def come(key: str = "stream:door", **options: Any) -> Chat:
        inside.append(Chat(browser, node.url, key, **options))
        return inside[-1].enter()

    yield come
    for chat in inside:
        chat.close()


def private(node: Node, title: str) -> str:
    """Make a room and return its key."""
    key: str = ask(node, "api/rooms", "POST", {"title": title})["key"]
    return key


def post(node: Node, key: str, text: str, name: str = "Bot") -> None:
    """Say something as a program does."""
    body = {
        "id": f"{hash((key, text, name)) & (1 << 60):x}-{abs(hash(text + name))}"[:60],
        "text": text,
        "name": name,
    }
    ask(node, f"api/rooms/{key}/messages", "POST", body)


def test_two_people_talk_and_a_reload_keeps_the_order(node: Node, enter: Callable[..., Chat]) -> None:
    ana, bob = enter(), enter()
    ana.room.get_by_role("button", name="People here: 2").wait_for()
    ana.say("one")
    bob.message("one").wait_for()
    bob.act("one", "Reply")
    bob.say("two")
    ana.message("two").locator(".quote").wait_for()
    ana.act("two", "React")
    ana.room.get_by_role("button", name="🎉", exact=True).click()
    bob.message("two").get_by_role("button", name="🎉 1").click()  # another one with the same
    ana.message("two").get_by_role("button", name="🎉 2").wait_for()
    ana.field.press("ArrowUp")
    ana.field.fill("one, better")
    ana.field.press("Enter")
    bob.message("one, better").get_by_text("edited").wait_for()
    bob.field.press_sequentially("three")
    ana.room.get_by_text("is typing").wait_for()
    bob.field.press("Shift+Enter")
    bob.field.press_sequentially("lines")
    bob.field.press("Enter")
    ana.message("three\nlines").wait_for()
    bob.act("three\nlines", "More", "Delete")
    ana.message("Message deleted").wait_for()
    for chat in (ana, bob):
        me = chat.value("room.you.id")
        chat.page.reload()
        chat.page.locator("framecast-room[state=open]").wait_for()
        chat.message("two").wait_for()
        assert chat.value("room.you.id") == me
        assert chat.texts() == ["one, better", "two", "Message deleted"]
    ana.room.get_by_role("button", name="Search").click()
    ana.room.get_by_role("searchbox").fill("two")
    ana.page.keyboard.press("Enter")
    ana.room.locator(".hit").click()
    ana.message("two").and_(ana.room.locator(":focus")).wait_for()


def test_hostile_texts_names_and_titles_are_shown_and_nothing_runs(
    node: Node, enter: Callable[..., Chat]
) -> None:
    key = ask(
        node, "api/rooms", "POST", {"title": "</title><script>alert(1)</script><img src=x onerror=alert(1)>"}
    )["key"]
    for name in NAMES:
        post(node, key, f"I am {name}", name)
    for text in HOSTILE:
        post(node, key, text)
    chat = enter(key)
    last = f"https://example.org/ {len(HOSTILE)}"
    post(node, key, last)
    chat.room.get_by_role("link", name="https://example.org/", exact=True).wait_for()
    wanted = [
        *(f"I am {name}" for name in NAMES),
        *(unicodedata.normalize("NFC", text) for text in HOSTILE),
        last,
    ]
    assert chat.texts() == wanted
    found = chat.value(
        "[...room.shadowRoot.querySelector('.rows').querySelectorAll('*')].map((one) => one.localName)"
    )
    assert set(found) <= TAGS
    links = chat.value(
        "[...room.shadowRoot.querySelectorAll('a')].map((one) => [one.protocol, one.target, one.rel])"
    )
    assert {tuple(link) for link in links} <= {
        (protocol, "_blank", "noopener nofollow ugc") for protocol in ("http:", "https:")
    }
    names = chat.value(
        "[...new Set([...room.shadowRoot.querySelectorAll('.name')].map((one) => one.textContent))]"
    )
    assert set(NAMES) <= set(names)
    # Each is written by hand, too, answered, and the keys of the menus are used on it.
    chat.say(HOSTILE[1])
    chat.act(HOSTILE[1], "Reply")
    chat.field.fill("")
    chat.room.get_by_role("button", name="People here").click()
    chat.room.get_by_role("button", name="Close", exact=True).click()


def test_flood_keeps_300_messages_and_the_place_of_a_reader(node: Node, enter: Callable[..., Chat]) -> None:
    key = private(node, "Flood")
    writer, reader = enter(key), enter(key)
    send = """async ([from, to]) => { for (let at = from; at <= to; at += 1)
        await document.querySelector('framecast-room').connection.send({ type: 'send', id: `flood-${at}`, text: `message ${at}`, reply_to: null, media_time_s: null }); }"""
    writer.page.evaluate(send, [1, 310])
    reader.message("message 310").wait_for()
    count = "room.shadowRoot.querySelectorAll('article').length"
    assert reader.value(count) == MOST
    assert reader.texts() == [f"message {at}" for at in range(11, 311)]
    reader.room.get_by_role("log").evaluate("(list) => (list.scrollTop = list.scrollHeight / 2)")
    reader.room.get_by_role("button", name="To the newest message").wait_for()
    middle = "(list) => [...list.querySelectorAll('article')].find((one) => one.offsetTop >= list.scrollTop).textContent"
    before = reader.room.get_by_role("log").evaluate(middle)
    writer.page.evaluate(send, [311, 330])
    fresh = reader.room.get_by_role("button", name="new messages")
    fresh.wait_for()
    until(reader.page, lambda: "20" in fresh.inner_text())
    assert reader.room.get_by_role("log").evaluate(middle) == before
    fresh.click()
    reader.message("message 330").wait_for()
    reader.wait("room.unread === 0")

    # Older ones come by scrolling up, up to the first; never more than 300 stand in the page.
    def is_at_the_first() -> bool:
        scroll = "(list) => { list.scrollTop = 0; list.dispatchEvent(new Event('scroll')); }"
        reader.room.get_by_role("log").evaluate(scroll)
        assert reader.value(count) <= MOST
        return reader.texts()[0] == "message 1"

    until(reader.page, is_at_the_first)
    reader.room.get_by_text("This is the beginning").wait_for()


def test_lost_network_keeps_what_is_written_and_sends_it_once(node: Node, enter: Callable[..., Chat]) -> None:
    key = private(node, "Lost")
    ana, bob = enter(key), enter(key)
    routes: list[WebSocketRoute] = []
    is_down = False

    def on_socket(route: WebSocketRoute) -> None:
        if is_down:
            route.close(code=1011)
        else:
            routes.append(route)
            route.connect_to_server()

    ana.page.route_web_socket("**/ws", on_socket)
    ana.enter()
    ana.say("before")
    asked: list[str] = []
    ana.page.on("request", lambda request: asked.append(request.url) if "/messages" in request.url else None)
    is_down = True
    routes[-1].close(code=1011)
    ana.room.get_by_text("No connection.").wait_for()
    for text in ("kept one", "kept two"):
        ana.field.fill(text)
        ana.field.press("Enter")
    ana.room.get_by_text("Waits for the connection").nth(1).wait_for()
    bob.say("meanwhile")
    ana.field.fill("a draft")
    ana.page.reload()
    ana.room.get_by_text("The server does not answer.").wait_for()
    is_down = False
    ana.page.locator("framecast-room[state=open]").wait_for()
    bob.message("kept two").wait_for()
    ana.message("kept two").wait_for()
    assert ana.field.input_value() == "a draft"
    assert len(asked) < 10  # a list without a network does not ask again and again
    for chat in (ana, bob):
        assert chat.texts() == ["before", "meanwhile", "kept one", "kept two"]


@pytest.mark.parametrize("size", ["light", "phone"])
def test_axe_and_the_panel_beside_the_player(size: str, node: Node, browser: Browser) -> None:
    context = browser.new_context(bypass_csp=True, reduced_motion="reduce", **SIZES[size])
    page = context.new_page()
    page.goto(f"{node.url}streams/door")
    page.get_by_role("button", name="Chat", exact=True).click()
    room = page.locator("framecast-room[state=open]")
    room.wait_for()
    field = room.get_by_role("textbox", name="Message", exact=True)
    field.fill(f"hello from {size} https://example.org/")
    field.press("Enter")
    room.get_by_role("link", name="https://example.org/").last.wait_for()
    assert grave(page) == []
    for name in ("People here", "Search", "Waiting for moderators"):
        room.get_by_role("button", name=name).first.click()
        room.get_by_role("dialog").get_by_role("button", name="Close", exact=True).wait_for()
        assert grave(page) == []
        room.get_by_role("dialog").get_by_role("button", name="Close", exact=True).click()
    room.locator("header").get_by_role("button", name="More").click()
    room.get_by_role("menuitem", name="Rules of this room").click()
    room.get_by_role("button", name="Save").wait_for()
    assert grave(page) == []
    # It is remembered, and a closed panel has no connection.
    page.reload()
    room.wait_for()
    room.get_by_role("button", name="Close the chat").click()
    page.get_by_role("button", name="Chat", exact=True).wait_for()
    sockets: list[str] = []
    page.on("websocket", lambda socket: sockets.append(socket.url))
    page.reload()
    page.get_by_role("button", name="Chat", exact=True).wait_for()
    page.locator("framecast-player[state=live]").wait_for()
    assert [url for url in sockets if "/api/rooms/" in url] == []
    context.close()


def test_chat_of_a_video_replays_beside_its_picture(node: Node, enter: Callable[..., Chat]) -> None:
    path = Tus(node.url.rstrip("/")).begin(1000, Upload_Metadata=metadata(filename="lake.mp4"))
    (video,) = [one["id"] for one in ask(node, "api/videos")["videos"] if path]
    chat = enter(f"video:{video}")
    chat.value("(room.player = { currentTime: 5 }, 1)")
    for at, text in ((5, "five"), (65.5, "sixty-five"), (400, "later")):
        chat.value(f"(room.player.currentTime = {at}, 1)")
        chat.say(text)
    chat.message("sixty-five").get_by_role("button", name="Play from 1:05").wait_for()
    chat.act("sixty-five", "React")
    chat.room.get_by_role("button", name="🎉", exact=True).click()
    chat.message("sixty-five").get_by_role("button", name="🎉 1", pressed=True).wait_for()
    chat.value("(room.player.currentTime = 6, 1)")
    chat.room.get_by_role("button", name="With the video").click()
    chat.message("sixty-five").wait_for(state="hidden")
    chat.message("five").wait_for()
    assert chat.texts() == ["five"]
    chat.value("(room.player.currentTime = 70, 1)")
    chat.message("sixty-five").get_by_role("button", name="🎉 1", pressed=True).wait_for()
    chat.value("(room.player.currentTime = 500, 1)")
    chat.wait("room.shadowRoot.querySelectorAll('article').length === 0")
    chat.room.get_by_role("button", name="Live", exact=True).click()
    chat.message("later").wait_for()
    assert chat.texts() == ["five", "sixty-five", "later"]
    chat.message("sixty-five").get_by_role("button", name="Play from 1:05").click()
    assert chat.value("room.player.currentTime") == 65.5


def test_events_of_the_element_for_other_pages(node: Node, enter: Callable[..., Chat]) -> None:
    chat = enter(private(node, "Events"))
    chat.value(
        "(room.heard = [], ['message', 'unread', 'presence', 'close', 'state'].forEach((name) => room.addEventListener(name, ({ detail }) => room.heard.push([name, detail && (detail.text ?? detail.count ?? detail.state)]))), 1)"
    )
    chat.value("(room.closable = true, 1)")
    chat.value("(room.say('from a script'), 1)")
    chat.message("from a script").wait_for()
    chat.room.get_by_role("button", name="Close the chat").click()
    chat.value("(room.src = '', 1)")
    chat.wait("room.state === 'idle'")
    heard = json.loads(json.dumps(chat.value("room.heard")))
    assert [one for one in heard if one[0] in ("message", "close")] == [
        ["message", "from a script"],
        ["close", None],
    ]
    assert ["state", "idle"] in heard
