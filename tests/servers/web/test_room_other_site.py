"""The chat of a room on a page of another site, in real Chromium: its name is another one, so no cookie of the server comes along."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page

from tests.cli.running import Node
from tests.servers.web.browser import Errors, chromium
from tests.servers.web.site import Site
from tests.servers.web.wall_page import ask, pattern
from tests.support import needs

OLDER = 130  # more than a welcome has
ROOM = "document.querySelector('framecast-room')"
ASK = "async ([url, options]) => { try { const answer = await fetch(url, options); return [answer.status, (await answer.text()).slice(0, 200)]; } catch (error) { return String(error); } }"
SECRET = "A" * 32


@pytest.fixture(scope="module")
def sites() -> Iterator[tuple[Site, Site]]:
    with Site() as known, Site() as stranger:
        yield known, stranger


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory, sites: tuple[Site, Site]) -> Iterator[Node]:
    folder: Path = tmp_path_factory.mktemp("other-site")
    config = folder / "framecast.yaml"
    config.write_text(json.dumps({"streams": {"door": pattern(1, fps=5)}, "origins": [named(sites[0])]}))
    with Node(folder, "--config", str(config), servers=()) as found:
        for number in range(OLDER):
            body = {"id": f"m-{number}", "text": f"message {number}", "name": "Bot"}
            ask(found, "api/rooms/stream:door/messages", "POST", body)
        yield found


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with chromium(needs.chromium()) as browser:
        yield browser.new_page()


def named(site: Site) -> str:
    """Return the address of a site under a name that is another site than 127.0.0.1, for cookies too."""
    return site.url.replace("127.0.0.1", "localhost")


def show(page: Page, site: Site, node: Node, options: str = "") -> None:
    """Open a page of a site that has the room of the door."""
    server = node.url.rstrip("/")
    site.allow(server)
    site.pages["/"] = (
        f"<!doctype html><title>Site</title><script type=module src='{server}/static/room.js'></script>"
        f"<framecast-room src='stream:door' guest-name='Visitor' {options}></framecast-room>"
    )
    page.goto(named(site))


def test_guest_of_another_site_talks_reads_back_searches_and_is_the_same_after_a_reload(
    page: Page, sites: tuple[Site, Site], node: Node
) -> None:
    errors = Errors(page)
    show(page, sites[0], node)
    room = page.locator("framecast-room[state=open]")
    room.wait_for()
    me = page.evaluate(f"{ROOM}.you.id")
    field = room.get_by_role("textbox", name="Message", exact=True)
    field.fill("hello from elsewhere")
    field.press("Enter")
    said = room.locator("article", has=page.get_by_text("hello from elsewhere"))
    said.wait_for()
    # Older messages come by HTTP.
    log = room.get_by_role("log")
    log.evaluate("(list) => { list.scrollTop = 0; list.dispatchEvent(new Event('scroll')); }")
    room.locator("article").get_by_text("message 0", exact=True).wait_for(state="attached")
    room.get_by_role("button", name="Search").click()
    room.get_by_role("searchbox").fill("elsewhere")
    room.locator("mark, .found, [class*=found]").or_(
        room.get_by_text("hello from elsewhere")
    ).first.wait_for()
    page.reload()
    page.locator("framecast-room[state=open]").wait_for()
    assert page.evaluate(f"{ROOM}.you.id") == me
    # By HTTP it is the same guest, and no other page of the browser has kept anything about it.
    secret = page.evaluate("localStorage.getItem('framecast-room-guest')")
    answer = page.evaluate(
        ASK, [f"{node.url}api/rooms/stream:door", {"headers": {"Framecast-Guest": secret}}]
    )
    assert answer[0] == 200
    assert f'"id":"{me}"' in httpx.get(
        f"{node.url}api/rooms/stream:door", headers={"Framecast-Guest": secret}
    ).text.replace(" ", "")
    assert not [one for one in page.context.cookies() if "guest" in one["name"]]
    assert errors.found == []


def test_page_of_a_listed_site_reads_and_changes_nothing(
    page: Page, sites: tuple[Site, Site], node: Node
) -> None:
    page.goto(named(sites[0]))
    url = f"{node.url}api/rooms/stream:door"
    guest = {"Framecast-Guest": SECRET}
    assert page.evaluate(ASK, [f"{url}/messages?q=message", {"headers": guest}])[0] == 200
    for method, path, body in (
        ("POST", "/messages", json.dumps({"id": "x", "text": "forged"})),
        ("PATCH", "", json.dumps({"settings": {"is_open": False}})),
        ("DELETE", "", None),
    ):
        given = {"method": method, "headers": {**guest, "Content-Type": "application/json"}, "body": body}
        assert "TypeError" in page.evaluate(ASK, [f"{url}{path}", given]), f"{method} {path}"
    # With cookies nothing is read, and other addresses of the server are not for other sites.
    assert "TypeError" in page.evaluate(ASK, [url, {"credentials": "include"}])
    assert "TypeError" in page.evaluate(ASK, [f"{node.url}api/streams", {}])
    found = httpx.get(f"{url}/messages", params={"q": "forged"}).json()
    assert found["messages"] == []


def test_page_of_a_site_that_is_not_listed_reads_nothing(
    page: Page, sites: tuple[Site, Site], node: Node
) -> None:
    page.goto(named(sites[1]))
    url = f"{node.url}api/rooms/stream:door"
    assert "TypeError" in page.evaluate(ASK, [url, {"headers": {"Framecast-Guest": SECRET}}])
    assert "TypeError" in page.evaluate(ASK, [url, {}])
    question = {
        "Origin": named(sites[1]),
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "framecast-guest",
    }
    refused = httpx.options(url, headers=question)
    assert (refused.status_code, refused.headers.get("access-control-allow-origin")) == (405, None)
    allowed = httpx.options(url, headers={**question, "Origin": named(sites[0])})
    assert allowed.status_code == 204
    assert allowed.headers["access-control-allow-origin"] == named(sites[0])
    assert allowed.headers["access-control-allow-headers"] == "framecast-guest"
    assert "access-control-allow-credentials" not in allowed.headers
