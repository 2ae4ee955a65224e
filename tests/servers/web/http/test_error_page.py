"""Errors for people: a page in the look of the others, where a person asks; nothing in it is markup of somebody else."""

from __future__ import annotations

import json

import pytest

from framecast.servers.web.assets import Assets
from framecast.servers.web.http.error_page import error_page, wants_page, way_up
from tests.servers.web.small_node import SmallNode
from tests.servers.web.web_process import WebProcess

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.mark.parametrize(
    ("accept", "wanted"),
    [(BROWSER, True), ("TEXT/HTML", True), ("*/*", False), ("image/avif,image/*", False), ("", False)],
)
def test_only_somebody_who_opens_an_address_gets_a_page(accept: str, wanted: bool) -> None:
    assert wants_page(accept) is wanted


@pytest.mark.parametrize(("path", "up"), [("/x", ""), ("/streams/x", "../"), ("/a/b/c", "../../")])
def test_way_up_leads_to_the_root(path: str, up: str) -> None:
    assert way_up(path) == up


def test_texts_of_others_stay_texts() -> None:
    body = error_page(Assets().page("error").body, 404, "there is no <script> $up 'x'", "../").decode()
    assert "<h1>Not found</h1>" in body
    assert "There is no &lt;script&gt; $up &#x27;x&#x27;." in body
    assert 'href="../static/app.css"' in body
    assert error_page(b"$title", 418, "x", "") == b"Error"


def test_browser_gets_a_page_and_a_program_json(node: SmallNode, web: WebProcess) -> None:
    for path, up in (
        ("/streams/nobody", "../"),
        ("/streams/%20", "../"),
        ("/streams/a%2Fb", "../"),
        ("/x", "./"),
    ):
        response, body = web.ask(path, Accept=BROWSER)
        assert (response.status, response.getheader("content-type")) == (404, "text/html; charset=utf-8"), (
            path
        )
        assert f'<a class="brand" href="{up}">'.encode() in body
        assert response.getheader("content-security-policy")
        response, body = web.ask(path)
        assert (response.status, response.getheader("vary")) == (404, "Accept")
        assert json.loads(body)["error"] == "NotFound"
    node.add("door")
    assert web.ask("/streams/door", Accept=BROWSER)[0].status == 200


def test_refusals_are_pages_too(web: WebProcess) -> None:
    for headers, status in (({"Host": "evil.example"}, 421), ({"Content-Length": "9999999"}, 413)):
        response, body = web.ask("/docs", "GET", None, Accept=BROWSER, **headers)
        assert response.status == status
        assert b"<h1>" in body
    response, body = web.ask("/logout", "POST", b"", Accept=BROWSER, Origin="http://evil.example")
    assert response.status == 403
    assert b"<h1>Access denied</h1>" in body
