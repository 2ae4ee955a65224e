"""Who a guest is: the secret of its browser, or the one that a page of another site keeps; nobody chooses an id."""

from __future__ import annotations

import re
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any, cast

import pytest
from starlette.requests import Request
from starlette.responses import Response

from framecast.servers.web.rooms.guest_cookie import GuestCookie, guest_of, is_guest_secret, set_guest
from framecast.servers.web.settings import WebSettings

SECRET, OTHER = "s" * 32, "o" * 32


class _Settings:
    """What a cookie depends on."""

    data_dir = Path("/node")
    port = 8080
    base_path = "/cams"


SETTINGS = cast("WebSettings", _Settings())


def request(scheme: str = "http", **headers: str) -> Request:
    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope: dict[str, Any] = {
        "type": "http",
        "scheme": scheme,
        "headers": pairs,
        "path": "/",
        "query_string": b"",
    }
    return Request(scope)


def cookie_of(guest: GuestCookie, scheme: str = "http") -> SimpleCookie:
    answer = Response()
    set_guest(answer, request(scheme), SETTINGS, guest)
    return SimpleCookie(answer.headers.get("set-cookie", ""))


def test_browser_keeps_its_secret_and_others_see_an_id_that_is_made_of_it() -> None:
    first = guest_of(request(), SETTINGS)
    assert first.is_new
    ((name, kept),) = cookie_of(first).items()
    again = guest_of(request(cookie=f"{name}={kept.value}; other=1"), SETTINGS)
    assert (again.secret, again.is_new, again.id) == (first.secret, False, first.id)
    assert first.secret not in first.id
    assert first.secret not in repr(first)
    assert guest_of(request(), SETTINGS).id != first.id


def test_one_request_has_one_guest() -> None:
    asked = request()
    assert guest_of(asked, SETTINGS) is guest_of(asked, SETTINGS)


@pytest.mark.parametrize(("scheme", "path", "secure"), [("http", "/cams", ""), ("https", "/", True)])
def test_cookie_is_for_this_server_alone(scheme: str, path: str, secure: object) -> None:
    ((name, kept),) = cookie_of(GuestCookie(SECRET, is_new=True), scheme).items()
    assert (kept["path"], kept["secure"], kept["httponly"], kept["samesite"]) == (path, secure, True, "lax")
    assert name.startswith("__Host-") == (scheme == "https")


def test_page_of_another_site_shows_a_secret_of_its_own_and_gets_no_cookie() -> None:
    ((name, _),) = cookie_of(GuestCookie(SECRET, is_new=True)).items()
    found = guest_of(request(framecast_guest=OTHER, cookie=f"{name}={SECRET}"), SETTINGS)
    assert (found.secret, found.is_of_page) == (OTHER, True)
    assert not cookie_of(found)


@pytest.mark.parametrize("wrong", ["", "s" * 31, "s" * 33, "s" * 31 + "=", "ä" * 32, "../" * 11])
def test_what_is_no_secret_makes_a_new_guest(wrong: str) -> None:
    assert not is_guest_secret(wrong)
    assert not is_guest_secret(None)
    ((name, _),) = cookie_of(GuestCookie(SECRET, is_new=True)).items()
    if wrong.isascii():
        found = guest_of(request(cookie=f"{name}={wrong}", framecast_guest=wrong), SETTINGS)
        assert found.is_new
        assert re.fullmatch(r"[\w-]{32}", found.secret)
