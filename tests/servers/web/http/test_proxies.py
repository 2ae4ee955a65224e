"""Who a client is: what headers say counts from trusted proxies only."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.datastructures import Headers

from framecast.servers.web.http.proxies import TrustedProxies


def found(peer: str, trusted: list[str], *headers: tuple[str, str]) -> tuple[str, str]:
    scope: dict[str, Any] = {"client": (peer, 4711), "scheme": "http"}
    raw = [(name.lower().encode(), value.encode()) for name, value in headers]
    TrustedProxies(trusted).introduce(scope, Headers(raw=raw))
    return scope["client"][0], scope["scheme"]


FOR = "X-Forwarded-For"


@pytest.mark.parametrize(
    ("peer", "trusted", "said", "expected"),
    [
        ("127.0.0.1", [], "9.9.9.9", "127.0.0.1"),
        ("10.0.0.2", ["127.0.0.1"], "9.9.9.9", "10.0.0.2"),
        ("127.0.0.1", ["127.0.0.1"], "9.9.9.9", "9.9.9.9"),
        ("127.0.0.1", ["127.0.0.1"], "8.8.8.8, 9.9.9.9", "9.9.9.9"),
        ("127.0.0.1", ["127.0.0.1", "10.0.0.0/8"], "8.8.8.8, 9.9.9.9, 10.1.1.1", "9.9.9.9"),
        ("127.0.0.1", ["127.0.0.1", "10.0.0.0/8"], "10.1.1.1", "10.1.1.1"),
        ("127.0.0.1", ["127.0.0.1"], "9.9.9.9:1234", "9.9.9.9"),
        ("127.0.0.1", ["127.0.0.1"], "[2001:db8::1]:1234", "2001:db8::1"),
        ("127.0.0.1", ["127.0.0.1"], "2001:db8::1", "2001:db8::1"),
        ("127.0.0.1", ["127.0.0.1"], "::ffff:9.9.9.9", "9.9.9.9"),
        ("::ffff:127.0.0.1", ["127.0.0.1"], "9.9.9.9", "9.9.9.9"),
        ("::1", ["::1"], "9.9.9.9", "9.9.9.9"),
        ("127.0.0.1", ["127.0.0.1"], "unknown", "127.0.0.1"),
        ("127.0.0.1", ["127.0.0.1"], "9.9.9.9, ", "127.0.0.1"),
        ("127.0.0.1", ["127.0.0.1"], "", "127.0.0.1"),
        ("127.0.0.1", ["127.0.0.1"], "9.9.9.9 evil", "127.0.0.1"),
        ("127.0.0.1", ["127.0.0.1"], "127.0.0.1," * 5000, "127.0.0.1"),
        ("", ["127.0.0.1"], "9.9.9.9", ""),
    ],
)
def test_nearest_address_that_is_no_trusted_proxy_counts(
    peer: str, trusted: list[str], said: str, expected: str
) -> None:
    assert found(peer, trusted, (FOR, said))[0] == expected


def test_several_lines_are_one_and_forwarded_counts_alone_only() -> None:
    trusted = ["127.0.0.1"]
    assert found("127.0.0.1", trusted, (FOR, "8.8.8.8"), (FOR, "9.9.9.9"))[0] == "9.9.9.9"
    forwarded = ("Forwarded", 'for=8.8.8.8;proto=http, For="[2001:db8::1]:99";by=x')
    assert found("127.0.0.1", trusted, forwarded)[0] == "2001:db8::1"
    assert found("127.0.0.1", trusted, forwarded, (FOR, "9.9.9.9"))[0] == "9.9.9.9"
    assert found("127.0.0.1", trusted, ("Forwarded", "for=_hidden"))[0] == "127.0.0.1"
    assert found("127.0.0.1", trusted, ("Forwarded", "nonsense;;=,"))[0] == "127.0.0.1"


def test_scheme_counts_from_this_machine_and_from_trusted_proxies() -> None:
    proto = ("X-Forwarded-Proto", "https")
    assert found("127.0.0.1", [], proto)[1] == "https"
    assert found("10.0.0.2", ["10.0.0.0/8"], proto)[1] == "https"
    assert found("10.0.0.2", [], proto)[1] == "http"
    assert found("127.0.0.1", [], ("X-Forwarded-Proto", "gopher"))[1] == "http"
