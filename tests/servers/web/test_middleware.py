"""The door of a running server: names, tokens, sessions, forged requests, headers."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest

from framecast.servers.access.failures import FAILURES
from framecast.servers.access.token import COOKIE
from tests.servers.web.mjpeg_reader import MjpegReader
from tests.servers.web.small_node import SmallNode
from tests.servers.web.web_process import WebProcess

TOKEN = "correct horse battery"
BEARER: dict[str, Any] = {"Authorization": f"Bearer {TOKEN}"}
EVERYTHING = [
    "/",
    "/streams/door",
    "/docs",
    "/openapi.json",
    "/metrics",
    "/api",
    "/api/streams",
    "/api/stats",
]


@pytest.fixture
def locked(start_web: Callable[..., WebProcess]) -> WebProcess:
    """A server with a token."""
    return start_web(access_token=TOKEN)


def login(web: WebProcess, token: str = TOKEN, **fields: str) -> tuple[int, str, str]:
    """Return status, location and session of a login."""
    form = urlencode({"token": token, **fields}).encode()
    response, _ = web.ask("/login", "POST", form, Content_Type="application/x-www-form-urlencoded")
    cookie = response.getheader("set-cookie") or ""
    return response.status, response.getheader("location") or "", cookie


def test_stranger_sees_nothing_but_health_and_the_login_page(node: SmallNode, locked: WebProcess) -> None:
    node.add("door")
    for path in [
        *EVERYTHING,
        "/api/frame.jpeg?src=door",
        "/api/stream.mjpeg?src=door",
        "/api/config/schema",
        "/x",
    ]:
        response, body = locked.ask(path)
        assert response.status == 401, path
        assert b"door" not in body
        assert (response.getheader("www-authenticate") or "").startswith("Bearer")
    for path in ("/healthz", "/readyz", "/login", "/static/app.css"):
        assert locked.ask(path)[0].status == 200, path
    assert locked.ask("/api/streams?name=x&src=pattern:", "PUT")[0].status == 401


def test_token_opens_everything(node: SmallNode, locked: WebProcess) -> None:
    node.add("door")
    for path in EVERYTHING:
        assert locked.ask(path, **BEARER)[0].status == 200, path
    assert locked.ask("/api/streams?name=x&src=pattern:", "PUT", **BEARER)[0].status == 200
    with MjpegReader(locked.connect(), "src=door", f"Authorization: Bearer {TOKEN}\r\n") as reader:
        assert reader.until(live=True).blocks


@pytest.mark.parametrize("header", ["Bearer wrong", "Bearer", "Basic correct", TOKEN, "bearer  "])
def test_other_credentials_do_not(locked: WebProcess, header: str) -> None:
    assert locked.ask("/api/streams", Authorization=header)[0].status == 401


def test_page_sends_people_to_the_login_and_back(node: SmallNode, locked: WebProcess) -> None:
    node.add("door")
    response, _ = locked.ask("/streams/door", Accept="text/html")
    assert (response.status, response.getheader("location")) == (303, "../login?next=streams/door")
    status, location, cookie = login(locked, next="streams/door")
    assert (status, location) == (303, "./streams/door")
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert "Secure" not in cookie
    assert TOKEN.split()[0] not in cookie
    session = cookie.split(";")[0]
    assert locked.ask("/streams/door", Accept="text/html", Cookie=session)[0].status == 200
    assert locked.ask("/api/streams", Cookie=session)[0].status == 200


def test_cookie_is_secure_behind_https(locked: WebProcess) -> None:
    form = urlencode({"token": TOKEN}).encode()
    response, _ = locked.ask("/login", "POST", form, X_Forwarded_Proto="https")
    assert "Secure" in (response.getheader("set-cookie") or "")


def test_forged_session_is_refused(locked: WebProcess) -> None:
    _, _, cookie = login(locked)
    session = cookie.split(";")[0]
    forged = session[:-1] + ("0" if session[-1] != "0" else "1")
    assert locked.ask("/api/streams", Cookie=forged)[0].status == 401
    assert locked.ask("/api/streams", Cookie=f"{COOKIE}={TOKEN}")[0].status == 401


@pytest.mark.parametrize(
    "wanted",
    [
        "//evil.example",
        "https://evil.example",
        "../../x",
        "/etc",
        "javascript:x",
        "a" * 40 + "!",  # a pattern that tries every way to cut the letters never answers
        "a/" * 300,
    ],
)
def test_login_leads_nowhere_else(locked: WebProcess, wanted: str) -> None:
    assert login(locked, next=wanted)[1] == "./"


def test_wrong_token_is_said_and_guessing_is_slowed(locked: WebProcess) -> None:
    form = urlencode({"token": "wrong", "next": '"><script>'}).encode()
    response, body = locked.ask("/login", "POST", form)
    assert response.status == 401
    assert b"This is not the access token." in body
    assert b"<script>" not in body
    for _ in range(FAILURES):
        locked.ask("/api/streams", Authorization="Bearer wrong")
    response, _ = locked.ask("/api/streams", Authorization="Bearer wrong")
    assert response.status == 429
    assert int(response.getheader("retry-after") or 0) >= 1
    # Also the right one has to wait, or the limit would tell which one is right.
    assert locked.ask("/api/streams", **BEARER)[0].status == 429
    assert login(locked)[0] == 429


def test_session_goes_on_while_somebody_guesses(locked: WebProcess) -> None:
    session = login(locked)[2].split(";")[0]
    for _ in range(FAILURES + 2):
        locked.ask("/api/streams", Authorization="Bearer wrong")
    assert locked.ask("/api/streams", Cookie=session)[0].status == 200


def test_logout_ends_the_session_of_the_browser(locked: WebProcess) -> None:
    session = login(locked)[2].split(";")[0]
    response, _ = locked.ask("/logout", "POST", Cookie=session)
    assert response.status == 303
    assert "Max-Age=0" in (response.getheader("set-cookie") or "")


def test_server_without_token_has_no_login(web: WebProcess) -> None:
    response, _ = web.ask("/login")
    assert (response.status, response.getheader("location")) == (303, "./")


def test_rebound_name_is_refused_on_loopback(web: WebProcess) -> None:
    response, body = web.ask("/api/streams", Host="evil.example")
    assert response.status == 421
    assert (
        b"got evil.example: if a proxy passes that name on, add 'hosts: [evil.example]' to framecast.yaml"
        in body
    )
    assert b"hosts: [NAME]" in web.ask("/api/streams", Host="a,b")[1], "only a plain name is shown"
    assert web.ask("/", Host="192.168.1.7:8080")[0].status == 421
    for host in ("localhost", f"127.0.0.1:{web.port}", "[::1]:8080"):
        assert web.ask("/api/streams", Host=host)[0].status == 200


def test_configured_name_is_allowed_and_a_token_makes_names_unimportant(
    node: SmallNode, start_web: Callable[..., WebProcess]
) -> None:
    assert start_web(hosts=["cams.example"]).ask("/api/streams", Host="cams.example")[0].status == 200
    assert start_web(access_token=TOKEN).ask("/api/streams", Host="cams.example", **BEARER)[0].status == 200


def test_foreign_page_can_change_nothing(node: SmallNode, web: WebProcess) -> None:
    node.add("door")
    foreign: list[dict[str, Any]] = [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
    ]
    for headers in foreign:
        assert web.ask("/api/streams?src=door", "DELETE", **headers)[0].status == 403
        assert web.ask("/api/streams?name=x&src=pattern:", "PUT", **headers)[0].status == 403
        assert web.ask("/api/restart?src=door", "POST", **headers)[0].status == 403
    own = f"http://127.0.0.1:{web.port}"
    assert web.ask("/api/restart?src=door", "POST", Origin=own)[0].status == 200
    assert web.ask("/api/restart?src=door", "POST")[0].status == 200


def test_session_cannot_be_ridden_but_a_bearer_token_may_come_from_anywhere(
    node: SmallNode, locked: WebProcess
) -> None:
    node.add("door")
    session = login(locked)[2].split(";")[0]
    foreign: dict[str, Any] = {"Origin": "http://evil.example"}
    assert locked.ask("/api/restart?src=door", "POST", Cookie=session, **foreign)[0].status == 403
    assert locked.ask("/api/restart?src=door", "POST", **BEARER, **foreign)[0].status == 200


def test_every_answer_has_the_security_headers(node: SmallNode, web: WebProcess) -> None:
    node.add("door")
    for path in ("/", "/api/streams", "/nowhere", "/api/frame.jpeg?src=door", "/static/app.css"):
        headers = web.ask(path)[0].headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
    with MjpegReader(web.connect(), "src=door") as reader:
        assert "content-security-policy: default-src 'none'" in reader.head


def test_pictures_may_stand_in_other_pages_and_nothing_else(node: SmallNode, web: WebProcess) -> None:
    node.add("door")
    assert web.ask("/api/frame.jpeg?src=door")[0].getheader("cross-origin-resource-policy") == "cross-origin"
    assert web.ask("/api/streams")[0].getheader("cross-origin-resource-policy") == "same-origin"


@pytest.mark.parametrize("prefix", ["", "/cams"])
def test_server_works_below_a_prefix_whether_the_proxy_cuts_it_off_or_not(
    node: SmallNode, start_web: Callable[..., WebProcess], prefix: str
) -> None:
    node.add("door")
    web = start_web(base_path="/cams/")
    for path in (
        "/",
        "/streams/door",
        "/static/app.css",
        "/api/streams",
        "/api/frame.jpeg?src=door",
        "/openapi.json",
    ):
        assert web.ask(prefix + path)[0].status == 200, prefix + path
    response, _ = web.ask("/cams")
    assert (response.status, response.getheader("location")) == (307, "cams/")


def test_pages_link_only_relatively(node: SmallNode, web: WebProcess) -> None:
    node.add("x")
    for page in ("/", "/streams/x", "/docs", "/streams/nobody"):
        body = web.ask(page, Accept="text/html")[1].decode()
        links = re.findall(r'(?:href|src|action)="([^"]*)"', body)
        assert links
        assert not [link for link in links if link.startswith("/") or "//" in link]
        assert not re.search(r"<script(?![^>]*src=)|<style|\son\w+=|\sstyle=", body)


STRONG = "8d969eef6ecad3c29a3a629280e686cf"


def test_right_token_that_nobody_can_guess_is_let_in_while_somebody_guesses(
    start_web: Callable[..., WebProcess],
) -> None:
    web = start_web(access_token=STRONG)
    found = [web.ask("/api/streams", Authorization="Bearer wrong")[0].status for _ in range(FAILURES + 2)]
    assert found[-1] == 429
    assert web.ask("/api/streams", Authorization=f"Bearer {STRONG}")[0].status == 200
    assert login(web, "wrong")[0] == 429
    assert login(web, STRONG)[0] == 303


@pytest.mark.parametrize(("trusted", "status"), [([], 429), (["127.0.0.1"], 401)])
def test_address_that_a_header_names_counts_from_trusted_proxies_only(
    start_web: Callable[..., WebProcess], trusted: list[str], status: int
) -> None:
    web = start_web(access_token=TOKEN, trusted_proxies=trusted)
    found = []
    for number in range(FAILURES + 2):
        headers: dict[str, Any] = {
            "X_Forwarded_For": f"9.9.9.{number}",
            "Forwarded": f"for=8.8.8.{number}",
        }
        found.append(web.ask("/api/streams", Authorization="Bearer wrong", **headers)[0].status)
    assert found[-1] == status
