"""Who is admitted, as whom, and why not: every credential against every requirement."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from framecast.control.metrics import Sample
from framecast.servers.access.credential import (
    Credential,
    LinkToken,
    PublicKey,
    SessionCookie,
    ShownToken,
)
from framecast.servers.access.failures import FAILURES, Failures
from framecast.servers.access.gate import Gate
from framecast.servers.access.links import Links
from framecast.servers.access.policy import may
from framecast.servers.access.principal import MEETS, Kind, Principal, Requirement
from framecast.servers.access.refusal import Reason, Refusal
from framecast.servers.access.token import AccessToken

STRONG = "8d969eef6ecad3c29a3a629280e686cf"
SHORT = "secret"
READ = Requirement.READ


class Time:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def closed(token: str = SHORT, links: Links | None = None) -> Gate:
    return Gate(AccessToken(token), links=links, failures=Failures(Time()))


def admit(gate: Gate, token: str, address: str = "1.2.3.4") -> Principal | Refusal:
    return gate.admit(address, ShownToken(token), READ)


def guessed(gate: Gate, address: str) -> None:
    for _ in range(FAILURES + 1):
        admit(gate, "wrong", address)


def test_without_a_token_every_address_may_do_everything() -> None:
    gate = Gate(None)
    assert gate.is_open
    for required in Requirement:
        for shown in (None, ShownToken("x"), SessionCookie("x"), LinkToken("x", None)):
            assert gate.admit("1.2.3.4", shown, required) == Principal(Kind.ADDRESS, "1.2.3.4")
    assert gate.samples("web") == []


def test_with_a_token_only_what_is_open_needs_no_credential() -> None:
    gate = closed()
    shown: Credential
    for shown in (None, SessionCookie(""), SessionCookie("v1.2.3.4"), ShownToken("wrong")):
        assert gate.admit("1.2.3.4", shown, Requirement.OPEN) == Principal(Kind.ADDRESS, "1.2.3.4")
    visitor = gate.admit("1.2.3.4", None, Requirement.LIBRARY)
    assert gate.admit("1.2.3.4", None, Requirement.ROOM) == visitor
    assert isinstance(visitor, Principal)
    assert visitor.kind is Kind.ANONYMOUS
    assert {one for one in Requirement if may(visitor, one)} == {
        Requirement.OPEN,
        Requirement.LIBRARY,
        Requirement.ROOM,
    }
    for required in set(Requirement) - {Requirement.OPEN, Requirement.LIBRARY, Requirement.ROOM}:
        assert gate.admit("1.2.3.4", None, required) == Refusal(Reason.NO_CREDENTIAL)
        assert gate.admit("1.2.3.4", SessionCookie(""), required) == Refusal(Reason.UNKNOWN_SESSION)


def test_token_and_session_meet_every_requirement() -> None:
    gate = closed()
    assert gate.token
    session = gate.token.new_session()
    for required in Requirement:
        assert isinstance(gate.admit("1.2.3.4", ShownToken(SHORT), required), Principal)
        assert isinstance(gate.admit("1.2.3.4", SessionCookie(session), required), Principal)
    assert admit(gate, SHORT) == Principal(Kind.TOKEN)
    assert gate.admit("", SessionCookie(session), READ) == Principal(Kind.SESSION, session.split(".")[2])


def test_link_meets_one_requirement_for_one_stream(tmp_path: Path) -> None:
    links = Links(tmp_path)
    token, grant = links.issue("door")
    known = Links(tmp_path)
    known.refresh()
    gate = closed(links=known)
    found = gate.admit("1.2.3.4", LinkToken(token, "door"), Requirement.WATCH)
    assert found == Principal(Kind.LINK, grant.id, grant)
    assert gate.admit("", LinkToken(token, "gate"), Requirement.WATCH) == Refusal(Reason.LINK_STREAM)
    assert gate.admit("", LinkToken(token, None), Requirement.WATCH) == Refusal(Reason.LINK_STREAM)
    for required in set(Requirement) - MEETS[Kind.LINK]:
        assert gate.admit("", LinkToken(token, "door"), required) == Refusal(Reason.LINK_SCOPE), required
    assert gate.admit("", LinkToken("fc1.a.b.c", "door"), Requirement.WATCH) == Refusal(Reason.LINK_UNKNOWN)
    no_links = closed().admit("", LinkToken(token, "door"), Requirement.WATCH)
    assert no_links == Refusal(Reason.LINK_UNKNOWN)


def test_principal_of_a_link_may_stay_until_the_link_ends(tmp_path: Path) -> None:
    time = Time()
    links = Links(tmp_path, time)
    known = Links(tmp_path, time)
    gate = closed(links=known)

    def came_in(expires_s: int = 3600) -> Principal:
        token, _ = links.issue("door", expires_s)
        known.refresh()
        found = gate.admit("", LinkToken(token, "door"), Requirement.WATCH)
        assert isinstance(found, Principal)
        assert gate.still_admits(found)
        return found

    ended, expired, of_old_key, other = came_in(), came_in(60), came_in(), Principal(Kind.TOKEN)
    links.revoke(ended.id)
    known.refresh()
    assert not gate.still_admits(ended)
    assert gate.still_admits(of_old_key), "another link"
    time.now += 61
    assert not gate.still_admits(expired)
    links.revoke_all()
    known.refresh()
    assert not gate.still_admits(of_old_key)
    assert gate.still_admits(other)
    links.path.write_text("damaged")
    known.refresh()
    assert not gate.still_admits(of_old_key), "if the file cannot be read no link opens anything"
    refused = gate.admit("", LinkToken("fc1.a.b.c", "door"), Requirement.WATCH)
    assert refused == Refusal(Reason.LINKS_UNREADABLE)


@pytest.mark.parametrize(
    "gate", [Gate(None, admits_key=b"a".__eq__), Gate(AccessToken("t"), admits_key=b"a".__eq__)]
)
def test_key_is_judged_by_the_list_of_keys_with_a_token_and_without(gate: Gate) -> None:
    assert isinstance(gate.admit("", PublicKey(b"a"), Requirement.WATCH), Principal)
    assert gate.admit("", PublicKey(b"b"), Requirement.WATCH) == Refusal(Reason.UNKNOWN_KEY)
    assert gate.admit("", PublicKey(b"a"), Requirement.CONTROL) == Refusal(Reason.KEY_SCOPE)


def test_right_token_that_nobody_can_guess_is_never_refused() -> None:
    gate = closed(STRONG)
    guessed(gate, "1.2.3.4")
    refused = admit(gate, "wrong")
    assert isinstance(refused, Refusal)
    assert refused.reason is Reason.TOO_MANY_FAILURES
    assert refused.wait_s > 0
    assert admit(gate, STRONG) == Principal(Kind.TOKEN)


def test_short_token_is_refused_from_an_address_that_guesses_and_no_other() -> None:
    gate = closed()
    guessed(gate, "1.2.3.4")
    refused = admit(gate, SHORT)
    assert isinstance(refused, Refusal)
    assert refused.wait_s > 0
    assert admit(gate, SHORT, "1.2.3.5") == Principal(Kind.TOKEN)


def test_only_a_wrong_token_counts_as_a_failure() -> None:
    gate = closed()
    for _ in range(5 * FAILURES):
        assert admit(gate, SHORT) == Principal(Kind.TOKEN)
        gate.admit("1.2.3.4", None, READ)
        gate.admit("1.2.3.4", SessionCookie("forged"), READ)
        gate.admit("1.2.3.4", LinkToken("forged", "door"), Requirement.WATCH)
        assert not asyncio.run(gate.is_right(ShownToken("wrong")))
    assert gate.samples("web") == [Sample("framecast_login_failures", ("web",), 0)]
    guessed(gate, "1.2.3.4")
    assert gate.samples("web") == [Sample("framecast_login_failures", ("web",), FAILURES + 1)]


def test_no_credential_shows_itself() -> None:
    for shown in (ShownToken("hush"), SessionCookie("hush"), LinkToken("hush", "door")):
        assert "hush" not in repr(shown)
