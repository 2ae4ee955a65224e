from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, update

from framecast.accounts import Accounts, Actor
from framecast.accounts.oidc import ProviderLogins, Rules
from framecast.accounts.provider import Person
from framecast.errors import Conflict, Denied, NotFound
from framecast.model.rights import Role
from framecast.store.schema import accounts as table
from framecast.store.schema import audit, groups, members

ISSUER = "https://id.example"
RULES = Rules(
    roles={"admins": Role.ADMIN, "staff": Role.MEMBER}, groups={"staff": "Family", "garden": "Garden"}
)


@pytest.fixture
def logins(accounts: Accounts) -> ProviderLogins:
    return ProviderLogins.beside(accounts)


def person(subject: str = "s-1", **claims: Any) -> Person:
    return Person(ISSUER, subject, {"preferred_username": "ada", "name": "Ada Lovelace", **claims})


def memberships(accounts: Accounts, account: str) -> dict[str, str]:
    query = (
        select(groups.c.name, members.c.source)
        .join(members, members.c.group_id == groups.c.id)
        .where(members.c.account_id == account)
    )
    with accounts.store.read() as connection:
        return {row.name: row.source for row in connection.execute(query)}


def test_the_first_login_makes_an_account_and_the_next_finds_it(
    accounts: Accounts, logins: ProviderLogins
) -> None:
    first = logins.enter(person(groups=["staff"]), RULES, "10.0.0.1")
    made = accounts.account(first)
    assert (made.name, made.display_name, made.role, made.has_password) == (
        "ada",
        "Ada Lovelace",
        Role.MEMBER,
        False,
    )
    assert logins.enter(person(preferred_username="other", groups=["staff"]), RULES) == first
    assert accounts.count() == 1
    assert [one.issuer for one in logins.of(first)] == [ISSUER]


def test_no_claim_but_the_subject_finds_an_account(accounts: Accounts, logins: ProviderLogins) -> None:
    there = accounts.create("ada", role=Role.ADMIN, password="correct horse").id
    found = logins.enter(person(email="ada@example.org", email_verified=True), RULES)
    assert found != there
    assert accounts.account(found).name == "ada-2"
    assert accounts.account(found).role is Role.VIEWER
    assert logins.enter(person("s-2"), RULES) not in (there, found)
    other = Person("https://other.example", "s-1", {})
    assert logins.enter(other, RULES) not in (there, found)


@pytest.mark.parametrize(
    ("claim", "name"),
    [
        ("ada@example.org", "ada@example.org"),
        ("Ada Lovelace", "Ada-Lovelace"),
        ("../../etc/passwd", "etc-passwd"),
        ("<script>", "script"),
        ("-", "person"),
        ("", "person"),
        (7, "person"),
        (None, "person"),
        ("x" * 300, "x" * 64),
    ],
)
def test_a_name_is_made_of_any_claim(
    accounts: Accounts, logins: ProviderLogins, claim: object, name: str
) -> None:
    found = logins.enter(person(preferred_username=claim), RULES)
    assert accounts.account(found).name == name


def test_groups_give_the_highest_role_and_follow_the_provider(
    accounts: Accounts, logins: ProviderLogins
) -> None:
    accounts.create("root", role=Role.ADMIN, password="correct horse")
    ada = logins.enter(person(groups=["staff", "admins", "garden"]), RULES)
    assert accounts.account(ada).role is Role.ADMIN
    assert memberships(accounts, ada) == {"Family": ISSUER, "Garden": ISSUER}
    before = accounts.change_number()
    logins.enter(person(groups=["garden"]), RULES)
    assert accounts.account(ada).role is Role.VIEWER
    assert memberships(accounts, ada) == {"Garden": ISSUER}
    assert accounts.change_number() > before


def test_what_was_given_here_stays(accounts: Accounts, logins: ProviderLogins) -> None:
    ada = logins.enter(person(groups=["staff"]), RULES)
    with accounts.store.write() as connection:
        connection.execute(update(members).values(source="local"))
    logins.enter(person(groups=[]), RULES)
    assert memberships(accounts, ada) == {"Family": "local"}


def test_the_last_admin_stays_one(accounts: Accounts, logins: ProviderLogins) -> None:
    ada = logins.enter(person(groups=["admins"]), RULES)
    logins.enter(person(groups=[]), RULES)
    assert accounts.account(ada).role is Role.ADMIN
    with accounts.store.read() as connection:
        notes = (
            connection.execute(select(audit.c.result).where(audit.c.what == "account.role")).scalars().all()
        )
    assert notes == ["not viewer: the last admin stays one"]


def test_a_person_without_a_group_may_be_refused(accounts: Accounts, logins: ProviderLogins) -> None:
    closed = Rules(roles={"staff": Role.MEMBER}, default_role=None)
    with pytest.raises(Denied, match="none of your groups"):
        logins.enter(person(groups=["others"]), closed)
    assert accounts.count() == 0
    logins.enter(person(groups=["staff"]), closed)
    with pytest.raises(Denied):
        logins.enter(person(groups=[]), closed)


@pytest.mark.parametrize(
    ("claim", "claims", "expected"),
    [
        ("groups", {"groups": "staff"}, {"staff"}),
        ("groups", {"groups": ["staff", 7, None]}, {"staff"}),
        ("groups", {"groups": {"staff": True}}, set()),
        ("groups", {}, set()),
        ("realm_access.roles", {"realm_access": {"roles": ["staff"]}}, {"staff"}),
        ("https://x.example/groups", {"https://x.example/groups": ["staff"]}, {"staff"}),
    ],
)
def test_groups_are_read_from_the_claim(claim: str, claims: dict[str, Any], expected: set[str]) -> None:
    assert Rules(groups_claim=claim).groups_of(claims) == expected


def test_a_locked_account_stays_out(accounts: Accounts, logins: ProviderLogins) -> None:
    ada = logins.enter(person(), RULES)
    with accounts.store.write() as connection:
        connection.execute(update(table).where(table.c.id == ada).values(locked=True))
    with pytest.raises(Denied, match="locked"):
        logins.enter(person(), RULES)


def test_a_login_is_linked_to_the_account_of_a_person_who_is_signed_in(
    accounts: Accounts, logins: ProviderLogins
) -> None:
    there = accounts.create("ada", role=Role.ADMIN, password="correct horse").id
    by = Actor(there)
    logins.link(there, person(), by)
    logins.link(there, person(), by)
    assert len(logins.of(there)) == 1
    assert logins.enter(person(groups=[]), RULES) == there
    assert accounts.account(there).role is Role.ADMIN  # linked: the provider does not decide its role
    bob = accounts.create("bob", role=Role.MEMBER, password="correct horse").id
    with pytest.raises(Conflict, match="another account"):
        logins.link(bob, person(), by)
    logins.unlink(there, logins.of(there)[0].key, by)
    assert logins.of(there) == []
    with pytest.raises(NotFound):
        logins.unlink(there, "x", by)


def test_the_only_way_into_an_account_is_not_removed(accounts: Accounts, logins: ProviderLogins) -> None:
    ada = logins.enter(person(), RULES)
    with pytest.raises(Conflict, match="set a password"):
        logins.unlink(ada, logins.of(ada)[0].key, Actor(ada))
