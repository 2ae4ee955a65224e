"""Pages of accounts with what stands about them in other tables, and groups with their members."""

from __future__ import annotations

from framecast.accounts import Accounts
from framecast.accounts.factor import Factor
from framecast.accounts.overview import Overview
from framecast.model.rights import Role
from tests.accounts.opened import Clock


def test_person_is_shown_with_streams_groups_and_newest_use(accounts: Accounts, clock: Clock) -> None:
    ada = accounts.create("ada", role=Role.ADMIN, password="four words", display_name="Ada Lovelace")
    accounts.create("grace", role=Role.VIEWER)
    family, others = accounts.make_group("Family"), accounts.make_group("Others")
    accounts.add_to_group("ada", family.id)
    accounts.save_stream("garden", "{}", ada.id)
    accounts.save_stream("door", "{}", ada.id)
    accounts.open_session(ada.id, Factor.PASSWORD)
    _, token = accounts.make_token(ada.id, "script", ["read"])
    clock.now += 7
    assert accounts.identify(token)
    overview = Overview.beside(accounts)
    first, second = overview.people()
    assert (first.account.name, first.streams, first.groups) == ("ada", ("door", "garden"), ("Family",))
    assert (first.seen_at, first.has_second_factor) == (clock.now, False)
    assert first.to_json()["role"] == "admin"
    assert (second.streams, second.groups, second.seen_at) == ((), (), None)
    shown = {
        one.name: [member["display_name"] for member in one.members] for one in overview.members_of_groups()
    }
    assert shown == {"Family": ["Ada Lovelace"], "Others": []}
    assert others.id in {one.to_json()["id"] for one in overview.members_of_groups()}


def test_page_has_the_accounts_behind_a_name_in_which_a_text_occurs(accounts: Accounts) -> None:
    for name in ("ada", "Grace", "zoë", "grace_2", "gra%ce"[:3]):
        accounts.create(name, role=Role.VIEWER, display_name="Straße" if name == "ada" else "")
    accounts.create("prometheus", role=Role.VIEWER, is_service=True)
    overview = Overview.beside(accounts)

    def names(**wanted: object) -> list[str]:
        return [one.account.name for one in overview.people(**wanted)]  # type: ignore[arg-type]

    assert names() == ["ada", "gra", "Grace", "grace_2", "zoë"]
    assert names(most=2, after="gra") == ["Grace", "grace_2"]
    assert names(search="GRACE") == ["Grace", "grace_2"]
    assert names(search="traße") == ["ada"]
    assert names(search="_") == ["grace_2"]
    assert names(search="%") == []
    assert names(services=True) == ["prometheus"]
    assert "prometheus" in names(services=None)


def test_log_is_filtered_by_who_and_until_when(accounts: Accounts, clock: Clock) -> None:
    from_ada = accounts.create("Ada", role=Role.ADMIN, password="four words").id
    accounts.open_session(from_ada, Factor.PASSWORD)
    clock.now += 100
    accounts.open_session(from_ada, Factor.PASSWORD)
    assert len(accounts.audit(who="ad")) == 2
    assert len(accounts.audit(who="ad", until=clock.now)) == 1
    assert accounts.audit(who="nobody") == []
