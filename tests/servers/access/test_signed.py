"""Signed tokens: what was signed is read, and nothing else is."""

from __future__ import annotations

import base64
import json

import pytest

from framecast.errors import Denied
from framecast.servers.access.signed import Grant, read, sign
from framecast.servers.access.token import AccessToken

KEYS = {"k1": b"1" * 32, "k2": b"2" * 32}
GRANT = Grant("id1", "front-door.1", 2000)
TOKEN = sign("k1", KEYS["k1"], GRANT)


def test_what_was_signed_is_read_until_its_end() -> None:
    assert read(KEYS, TOKEN, 1999.9) == GRANT
    assert read(KEYS, TOKEN, -5000) == GRANT  # the clock was set back: a token has no beginning
    with pytest.raises(Denied, match="expired"):
        read(KEYS, TOKEN, 2000)


def test_any_letter_that_is_another_breaks_it() -> None:
    for at, letter in enumerate(TOKEN):
        for other in ("A" if letter != "A" else "B", "", letter + "A"):
            with pytest.raises(Denied, match="not one of this server"):
                read(KEYS, TOKEN[:at] + other + TOKEN[at + 1 :], 0)


def test_payload_of_somebody_else_is_not_read() -> None:
    version, key, payload, signature = TOKEN.split(".")
    fields = json.loads(base64.urlsafe_b64decode(payload + "=="))
    longer = base64.urlsafe_b64encode(json.dumps({**fields, "e": 9999}).encode()).decode().rstrip("=")
    for text in (
        f"{version}.{key}.{longer}.{signature}",
        f"{version}.k2.{payload}.{signature}",
        f"{version}.k3.{payload}.{signature}",
        f"fc2.{key}.{payload}.{signature}",
        f"{version}.{key}.{payload}.",
        f"{version}.{key}.{payload}",
        "",
        "....",
        "fc1.k1..",
        TOKEN + "=",
        TOKEN.replace(".", "。"),
        "x" * 5000,
        "\udc80",
    ):
        with pytest.raises(Denied):
            read(KEYS, text, 0)
    assert read({**KEYS, "k1": KEYS["k1"]}, sign("k2", KEYS["k2"], GRANT), 0) == GRANT


def test_session_cookies_and_tokens_are_not_taken_for_each_other() -> None:
    assert not AccessToken("secret").knows_session(TOKEN)
    with pytest.raises(Denied):
        read({"": b"secret"}, AccessToken("secret").new_session(), 0)
