"""Logins and redirections of web servers: a password goes to the host that it was given for, and to no other."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable

import pytest

from framecast.errors import SourceError
from framecast.sources.http.client import Place
from tests.sources.running import Running
from tests.support.http_sources import pictures
from tests.support.media_files import Clip
from tests.support.scripted_http import Asked, ScriptedHttp, whole

PICTURE = pictures(Clip(size=(320, 240), seconds=1))[0]
HASHES = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}
DENIED = {"status": "401 Unauthorized"}


def fields_of(header: str) -> dict[str, str]:
    return {
        key: quoted or plain for key, quoted, plain in re.findall(r'(\w+)=(?:"([^"]*)"|([^\s,]+))', header)
    }


def is_right(asked: Asked, algorithm: str, nonce: str, realm: str) -> bool:
    """What a server computes (RFC 7616)."""
    told = fields_of(asked.headers.get("authorization", ""))
    if told.get("nonce") != nonce or told["uri"] != asked.target:
        return False
    make = HASHES[algorithm.removesuffix("-sess")]

    def hashed(*parts: str) -> str:
        return make(":".join(parts).encode()).hexdigest()

    who = hashed("admin", realm, "p/w:1")
    if algorithm.endswith("-sess"):
        who = hashed(who, nonce, told["cnonce"])
    between = [told["nc"], told["cnonce"], "auth"] if "qop" in told else []
    return told["response"] == hashed(who, nonce, *between, hashed("GET", asked.target))


@pytest.mark.parametrize("qop", [', qop="auth"', ', qop="auth-int,auth"', ""])
@pytest.mark.parametrize("algorithm", ["MD5", "MD5-sess", "SHA-256", "SHA-256-sess"])
def test_digest(algorithm: str, qop: str) -> None:
    realm = "a, camera"

    def script(asked: Asked) -> bytes:
        nonce = f"n{asked.number // 4}"  # each is soon old
        if is_right(asked, algorithm, nonce, realm):
            return whole(PICTURE)
        stale = ", stale=true" if "authorization" in asked.headers else ""
        told = f'WWW-Authenticate: Digest realm="{realm}", nonce="{nonce}", opaque="o,p", algorithm={algorithm}{qop}{stale}'
        return whole(
            b"<html>",
            "text/html",
            "WWW-Authenticate: Negotiate",
            told,
            'WWW-Authenticate: Basic realm="x"',
            **DENIED,
        )

    with (
        ScriptedHttp(script) as server,
        Running(server.url("/s.jpg?a=1", "admin:p%2Fw%3A1"), interval_s=0.05) as source,
    ):
        assert len(source.take(6, "video")) == 6
    assert server.connections == 1
    assert all(not asked.headers.get("authorization", "").startswith("Basic") for asked in server.asked)


def test_basic() -> None:
    def script(asked: Asked) -> bytes:
        if asked.headers.get("authorization") == "Basic YWRtaW46cA==":
            return whole(PICTURE)
        return whole(b"", "text/html", 'WWW-Authenticate: Basic realm="x"', **DENIED)

    with ScriptedHttp(script) as server, Running(server.url("/", "admin:p"), interval_s=0.05) as source:
        assert len(source.take(3, "video")) == 3
    assert "authorization" not in server.asked[0].headers


@pytest.mark.parametrize(
    "told",
    [
        'Digest realm="x", nonce="n", algorithm=SHA-512-256',
        'Digest realm="x", nonce="n", qop="auth-int"',
        "Negotiate",
        'Basic realm="x"',
    ],
)
def test_a_login_that_fails_is_not_tried_over_and_over(told: str) -> None:
    script = lambda _: whole(b"", "text/html", f"WWW-Authenticate: {told}", **DENIED)  # noqa: E731
    with ScriptedHttp(script) as server, Running(server.url("/", "admin:hidden")) as source:
        error = source.wait_for_end()
    assert isinstance(error, SourceError)
    assert error.reason == "bad-auth"
    assert len(server.asked) <= 2
    assert "hidden" not in str(error)


def moved(to: Callable[[], str]) -> Callable[[Asked], bytes]:
    return lambda _: whole(b"moved", "text/html", f"Location: {to()}", status="302 Found")


def test_a_redirection_to_another_server_loses_the_password() -> None:
    challenge = 'WWW-Authenticate: Basic realm="x"'
    with ScriptedHttp(lambda _: whole(b"", "text/html", challenge, **DENIED)) as other:

        def script(asked: Asked) -> bytes:
            if "authorization" not in asked.headers:
                return whole(b"", "text/html", challenge, **DENIED)
            return moved(lambda: other.url("/snap"))(asked)

        with ScriptedHttp(script) as server, Running(server.url("/", "admin:p")) as source:
            error = source.wait_for_end()
        assert isinstance(error, SourceError)
        assert error.reason == "bad-auth"
        assert other.asked
        assert all("authorization" not in asked.headers for asked in other.asked)
        assert "authorization" in server.asked[-1].headers


def test_redirections_are_followed_every_time() -> None:
    def script(asked: Asked) -> bytes:
        return whole(PICTURE) if asked.target == "/real.jpg" else moved(lambda: "/real.jpg")(asked)

    with ScriptedHttp(script) as server, Running(server.url("/old"), interval_s=0.05) as source:
        assert len(source.take(4, "video")) == 4
    assert server.connections == 1


@pytest.mark.parametrize(
    "target", ["file:///etc/passwd", "gopher://127.0.0.1/", "rtsp://127.0.0.1/1", "", "http://[::1"]
)
def test_a_redirection_leads_to_web_servers_only(target: str) -> None:
    with ScriptedHttp(moved(lambda: target)) as server, Running(server.url("/snap")) as source:
        error = source.wait_for_end()
    assert isinstance(error, SourceError)
    assert error.reason == "forbidden"


def test_redirections_without_end_are_refused() -> None:
    with ScriptedHttp(moved(lambda: "/again")) as server, Running(server.url("/snap")) as source:
        error = source.wait_for_end()
    assert isinstance(error, SourceError)
    assert error.reason == "bad-data"
    assert len(server.asked) <= 6


def test_a_target_becomes_no_line_of_its_own() -> None:
    with (
        ScriptedHttp(lambda _: whole(PICTURE)) as server,
        Running(server.url("/a b\u00e4?x=\u4e2d")) as source,
    ):
        assert source.take(1, "video")
    assert server.asked[0].target == "/a%20b%C3%A4?x=%E4%B8%AD"


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("http://camera:80/snap?a=1", "camera"),
        ("https://camera:443/", "camera"),
        ("http://camera:8080/", "camera:8080"),
        ("http://u:p@[fe80::1]:81/", "[fe80::1]:81"),
    ],
)
def test_the_host_is_named_without_a_usual_port(url: str, name: str) -> None:
    """A camera that computes the digest with its own name for itself refuses another."""
    assert Place.of(url).name == name
