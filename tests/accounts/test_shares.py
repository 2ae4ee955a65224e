"""Shared pages: what a link opens, its password, its end. On SQLite and PostgreSQL."""

from __future__ import annotations

import pytest

from framecast.accounts import Accounts
from framecast.accounts.failures import PAIR
from framecast.accounts.identity import CredentialKind
from framecast.errors import Denied, Invalid, NotFound
from framecast.model.rights import Role, Scope
from tests.accounts.opened import Clock

PASSWORD = "a quiet garden"
VISITOR = "192.0.2.9"


def test_link_without_a_password_gives_a_media_token_that_ends_with_it(accounts: Accounts) -> None:
    ada = accounts.create("ada", role=Role.MEMBER)
    info, secret = accounts.make_share("ada", "Neighbours", stream="door")
    assert secret.startswith("fcl_")
    assert accounts.identify(secret) is None, "the link's own secret opens nothing"
    opened = accounts.open_share(secret, None)
    assert opened.share == info
    assert accounts.open_share(secret, "any").token == opened.token, "the same for everybody"
    found = accounts.identify(opened.token, VISITOR)
    assert found is not None
    assert (found.kind, found.account, found.credential) == (CredentialKind.MEDIA, ada.id, info.id)
    assert (found.rights.only_stream, found.rights.scopes) == ("door", frozenset({Scope.WATCH}))
    assert [one.used_from for one in accounts.shares(ada.id)] == [VISITOR]
    assert accounts.tokens() == [], "a link is no token of the list"
    with pytest.raises(NotFound):
        accounts.end_token(info.id)
    before = accounts.change_number()
    accounts.end_share(info.id, account=ada.id)
    assert accounts.change_number() > before
    assert accounts.identify(opened.token) is None
    with pytest.raises(Denied, match="was ended"):
        accounts.open_share(secret, None)


def test_password_is_needed_and_a_wrong_one_is_slowed_as_that_of_a_login(
    accounts: Accounts, clock: Clock
) -> None:
    accounts.create("ada", role=Role.MEMBER)
    _, secret = accounts.make_share("ada", "Birthday", video="AbC", password=PASSWORD, expires_s=3600)
    asked = accounts.open_share(secret, None, VISITOR)
    assert (asked.reason, asked.token, asked.share) == ("password", "", None)
    reasons = [accounts.open_share(secret, "something else", VISITOR).reason for _ in range(PAIR.free)]
    assert reasons == ["wrong"] * PAIR.free
    slowed = accounts.open_share(secret, PASSWORD, VISITOR)
    assert (slowed.reason, slowed.token) == ("too-many", "")
    assert slowed.wait_s > 0
    assert accounts.open_share(secret, PASSWORD, "198.51.100.4").token, "nobody locks out another address"
    clock.now += slowed.wait_s
    opened = accounts.open_share(secret, PASSWORD, VISITOR)
    found = accounts.identify(opened.token)
    assert found is not None
    assert found.rights.only_video == "AbC"
    refused = accounts.audit(what="share.open")
    assert [one.result for one in refused] == ["refused"] * PAIR.free
    assert PASSWORD not in str([*accounts.audit(), *accounts.shares(), opened, asked])
    clock.now += 3600
    assert accounts.identify(opened.token) is None
    with pytest.raises(Denied):
        accounts.open_share(secret, PASSWORD, VISITOR)
    assert accounts.shares() == []


def test_link_and_password_of_two_links_do_not_open_each_other(accounts: Accounts) -> None:
    accounts.create("ada", role=Role.MEMBER)
    secrets = [accounts.make_share("ada", "One", stream="door", password=PASSWORD)[1] for _ in range(2)]
    assert len({accounts.open_share(one, PASSWORD).token for one in secrets}) == 2
    with pytest.raises(Denied):
        accounts.open_share(f"fcl_{'x' * 43}", PASSWORD)
    with pytest.raises(Denied):
        accounts.open_share("nonsense" * 100, PASSWORD)
    accounts.change("ada", role=Role.MEMBER, locked=True)
    with pytest.raises(Denied):
        accounts.open_share(secrets[0], PASSWORD)


def test_what_a_link_cannot_be_is_refused(accounts: Accounts) -> None:
    accounts.create("ada", role=Role.MEMBER)
    with pytest.raises(Invalid, match="one stream or one video"):
        accounts.make_share("ada", "Both", stream="door", video="AbC")
    with pytest.raises(Invalid, match="one stream or one video"):
        accounts.make_share("ada", "Nothing")
    with pytest.raises(Invalid, match="8 to 1024"):
        accounts.make_share("ada", "Short", stream="door", password="short")
    with pytest.raises(Invalid):
        accounts.make_share("ada", "Long", stream="door", expires_s=1e12)
    info, _ = accounts.make_share("ada", "One", stream="door")
    with pytest.raises(NotFound):
        accounts.end_share(info.id, account="somebody")
    with pytest.raises(NotFound):
        accounts.make_share("nobody", "One", stream="door")
