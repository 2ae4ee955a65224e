"""Tokens: their scopes, what they are bound to, and their end."""

from __future__ import annotations

from typing import Any

import pytest

from framecast.accounts import Accounts, CredentialKind, tokens
from framecast.accounts.tokens import LONGEST_S, TokenKind, check_reach, lifetime
from framecast.errors import Conflict, Invalid, NotFound
from framecast.model.rights import Role, Scope
from tests.accounts.opened import Clock


def test_token_has_its_scopes_its_stream_and_an_end(accounts: Accounts, clock: Clock) -> None:
    accounts.create("ada", role=Role.ADMIN)
    info, secret = accounts.make_token("ada", "VLC", [Scope.WATCH], stream="cam", expires_s=60, kind="media")
    assert secret.startswith("fct_")
    found = accounts.identify(secret, "192.0.2.7")
    assert found is not None
    assert (found.kind, found.credential, found.expires_at) == (CredentialKind.MEDIA, info.id, clock.now + 60)
    assert found.rights.scopes == frozenset({Scope.WATCH})
    assert found.rights.only_stream == "cam"
    assert [(one.used_at, one.used_from) for one in accounts.tokens()] == [(clock.now, "192.0.2.7")]
    clock.now += 60
    assert accounts.identify(secret) is None
    assert accounts.tokens() == []


def test_ended_token_opens_nothing_and_is_a_change(accounts: Accounts) -> None:
    accounts.create("ada", role=Role.ADMIN)
    info, secret = accounts.make_token("ada", "script", ["read"])
    before = accounts.change_number()
    accounts.end_token(info.id)
    assert accounts.identify(secret) is None
    assert accounts.change_number() > before
    with pytest.raises(NotFound):
        accounts.end_token(info.id)


def test_no_scope_and_a_scope_that_does_not_exist_are_refused(accounts: Accounts) -> None:
    accounts.create("ada", role=Role.ADMIN)
    with pytest.raises(Invalid, match="needs a scope"):
        accounts.make_token("ada", "x", [])
    with pytest.raises(Invalid, match="must be one of"):
        accounts.make_token("ada", "x", ["everything"])
    with pytest.raises(Invalid, match="has at most"):
        accounts.make_token("ada", "x", ["admin"], kind="media", stream="cam")


def test_token_of_a_kind_has_the_scopes_of_its_kind_if_none_are_given(accounts: Accounts) -> None:
    accounts.create("ada", role=Role.ADMIN)
    screen, _ = accounts.make_token("ada", "hall", [], kind="screen")
    assert screen.scopes == {Scope.WATCH, Scope.READ, Scope.RELAY}
    assert screen.to_json()["scopes"] == ["read", "relay", "watch"]
    media, _ = accounts.make_token("ada", "tv", [], kind="media", video="a-video")
    assert (media.scopes, media.video, media.expires_at) == (frozenset({Scope.WATCH}), "a-video", None)


def test_token_of_another_account_is_not_found(accounts: Accounts) -> None:
    ada, bob = (accounts.create(name, role=Role.MEMBER).id for name in ("ada", "bob"))
    info, secret = accounts.make_token("ada", "script", ["read"])
    with pytest.raises(NotFound, match="there is no token"):
        accounts.end_token(info.id, account=bob)
    assert (accounts.tokens(ada), accounts.tokens(bob)) == ([info], [])
    assert accounts.identify(secret) is not None


def test_account_has_room_for_a_number_of_tokens(accounts: Accounts, monkeypatch: pytest.MonkeyPatch) -> None:
    accounts.create("ada", role=Role.MEMBER)
    monkeypatch.setattr(tokens, "MOST_OF_AN_ACCOUNT", 1)
    info, _ = accounts.make_token("ada", "one", ["read"])
    with pytest.raises(Conflict, match="has 1 tokens, the limit: end some first"):
        accounts.make_token("ada", "two", ["read"])
    accounts.end_token(info.id)
    accounts.make_token("ada", "two", ["read"])


@pytest.mark.parametrize(
    ("kind", "stream", "video", "said"),
    [
        ("media", "cam", "a-video", "got both"),
        ("api", None, "a-video", "must be of the kind media, got api"),
        ("media", None, "no id", "the id of a video"),
        ("media", None, "x" * 33, "the id of a video"),
        ("media", None, None, "needs a stream or a video"),
        ("screen", "no name", None, "not a stream name"),
    ],
)
def test_token_that_reaches_what_it_must_not_is_refused(
    kind: str, stream: str | None, video: str | None, said: str
) -> None:
    with pytest.raises(Invalid, match=said):
        check_reach(TokenKind(kind), stream, video)


@pytest.mark.parametrize("seconds", [1, 60.5, LONGEST_S])
def test_lifetime_is_at_least_a_second_and_at_most_ten_years(seconds: float) -> None:
    assert lifetime(seconds) == seconds


@pytest.mark.parametrize(
    "seconds", [0, -1, 0.999, LONGEST_S + 1, float("nan"), float("inf"), "60", None, True]
)
def test_lifetime_outside_of_that_is_refused(seconds: Any) -> None:
    with pytest.raises(Invalid, match="1 second to ten years"):
        lifetime(seconds)
