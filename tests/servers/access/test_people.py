"""The accounts as a server sees them: what is known without I/O, what a change forgets. With a real database."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from framecast.accounts import Accounts, open_accounts, passwords
from framecast.errors import NotFound
from framecast.model.rights import Role
from framecast.servers.access import people as module
from framecast.servers.access.credential import PublicKey, SessionCookie, ShownToken
from framecast.servers.access.people import People
from framecast.servers.access.principal import Kind, Principal
from framecast.servers.access.refusal import Reason, Refusal

Test = Callable[[People, Accounts], Awaitable[None]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Test], None]:
    """Give a function that runs a test with people, and with the same database as another process has it."""
    monkeypatch.setattr(module, "LOOK_S", 1e9)  # what is known counts until a look says otherwise

    def begin(test: Test) -> None:
        url = f"sqlite:///{tmp_path}/framecast.db"
        others = open_accounts(url)

        async def begun() -> None:
            people = People(url)
            try:
                await test(people, others)
            finally:
                people.close()

        asyncio.run(begun())
        others.close()

    return begin


def test_token_is_known_after_it_was_asked_for_and_forgotten_after_a_change(
    run: Callable[[Test], None],
) -> None:
    async def test(people: People, others: Accounts) -> None:
        account = others.create("eva", role=Role.MEMBER)
        info, secret = others.make_token(account.id, "player", ["watch"])
        shown, changes = ShownToken(secret), []
        people.on_changed = lambda: changes.append(1)
        assert people.known(shown) is None
        found = await people.identify(shown)
        assert isinstance(found, Principal)
        assert (found.kind, found.id, found.account, found.name) == (Kind.TOKEN, info.id, account.id, "eva")
        assert people.known(shown) is found
        assert secret not in repr(found)

        await people.look()
        assert people.known(shown) is found, "nothing has changed"
        others.end_token(info.id)
        assert people.known(shown) is found, "nobody has looked yet"
        await people.look()
        assert changes == [1]
        assert people.known(shown) is None
        assert await people.identify(shown) == Refusal(Reason.WRONG_TOKEN)
        assert people.known(shown) == Refusal(Reason.WRONG_TOKEN)

    run(test)


def test_last_use_of_a_token_in_use_is_noted_again_with_its_address(
    run: Callable[[Test], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "USED_S", 0.0)

    async def test(people: People, others: Accounts) -> None:
        account = others.create("eva", role=Role.VIEWER)
        _, secret = others.make_token(account.id, "player", ["watch"])
        await people.identify(ShownToken(secret), "192.0.2.7")
        assert [one.used_from for one in others.tokens()] == ["192.0.2.7"]
        assert people.known(ShownToken(secret)) is None, "its use is to be noted"
        await people.identify(ShownToken(secret))
        assert [one.used_from for one in others.tokens()] == ["192.0.2.7"], "that was no use"
        assert isinstance(await people.identify(PublicKey(bytes(32))), Refusal)

    run(test)


def test_change_by_this_server_counts_at_once_and_is_announced(run: Callable[[Test], None]) -> None:
    async def test(people: People, others: Accounts) -> None:
        announced: list[int] = []
        people._announce = lambda: announced.append(1)
        account = others.create("eva", role=Role.VIEWER)
        info, secret = others.make_token(account.id, "player", ["watch"])
        assert isinstance(await people.identify(ShownToken(secret)), Principal)
        assert len(await people.call(lambda accounts: accounts.tokens(account.id))) == 1
        assert not announced, "reading changes nothing"
        await people.call(lambda accounts: accounts.end_token(info.id))
        assert announced == [1]
        assert people.known(ShownToken(secret)) is None
        with pytest.raises(NotFound):
            await people.call(lambda accounts: accounts.end_token(info.id))

    run(test)


def test_what_no_account_can_have_needs_no_database() -> None:
    people = People("no://database")
    assert people.known(ShownToken("")) == Refusal(Reason.NO_CREDENTIAL)
    assert people.known(ShownToken("x" * 1000)) == Refusal(Reason.WRONG_TOKEN)
    assert people.known(SessionCookie("ü")) == Refusal(Reason.UNKNOWN_SESSION)
    assert people.known(PublicKey(bytes(32))) is None
    people.close()


def test_session_that_expires_is_known_no_more(run: Callable[[Test], None]) -> None:
    async def test(people: People, others: Accounts) -> None:
        account = others.create("eva", role=Role.VIEWER)
        _, secret = others.make_token(account.id, "player", ["watch"], expires_s=60)
        found = await people.identify(ShownToken(secret))
        assert isinstance(found, Principal)
        assert found.expires_at is not None
        assert not people.has_expired(found)
        people._now = lambda: found.expires_at or 0.0
        assert people.known(ShownToken(secret)) == Refusal(Reason.WRONG_TOKEN)
        assert people.has_expired(found)

    run(test)


def test_only_so_many_credentials_are_remembered(
    run: Callable[[Test], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_KNOWN", 2)

    async def test(people: People, others: Accounts) -> None:
        for number in range(5):
            await people.identify(ShownToken(f"fct_{number}"))
        assert len(people._refused) == 2
        assert people.known(ShownToken("fct_4")) == Refusal(Reason.WRONG_TOKEN)
        assert people.known(ShownToken("fct_0")) is None

    run(test)


def test_sign_ins_have_the_bounds_of_the_passwords() -> None:
    bounds = (module._SIGN_IN_THREADS, module._MOST_SIGN_INS)
    assert bounds == (passwords.AT_ONCE, passwords.AT_ONCE + passwords.MAX_WAITING)
