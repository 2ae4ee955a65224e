"""Invitations and resets: links that work once."""

from __future__ import annotations

import pytest

from framecast.accounts import Accounts, Actor
from framecast.accounts.offers import INVITATION_S, OfferKind
from framecast.errors import Conflict, Denied, Invalid, NotFound
from framecast.model.rights import Role
from tests.accounts.opened import Clock

PASSWORD = "correct horse battery"


def test_invitation_makes_one_account_with_its_role_and_groups(accounts: Accounts) -> None:
    root = accounts.create("root", role=Role.ADMIN)
    accounts.make_group("Family")
    offer, secret = accounts.invite(Role.MEMBER, ["family"], by=Actor(root.id))
    assert accounts.offer(secret) == offer
    assert (offer.kind, offer.role, offer.groups, offer.created_by) == (
        OfferKind.INVITATION,
        Role.MEMBER,
        ("Family",),
        root.id,
    )
    assert secret not in str(offer.to_json())
    with pytest.raises(Conflict):
        accounts.accept(secret, "ROOT", PASSWORD)
    with pytest.raises(Invalid):
        accounts.accept(secret, "ada", "short")
    made = accounts.accept(secret, "ada", PASSWORD, "Ada", "192.0.2.1")
    assert (made.role, made.display_name) == (Role.MEMBER, "Ada")
    assert [one.name for one in accounts.groups_of(made.id)] == ["Family"]
    assert accounts.sign_in("ada", PASSWORD).session
    with pytest.raises(NotFound, match="expired, was used or was ended"):
        accounts.accept(secret, "bob", PASSWORD)


def test_invitation_expires_and_can_be_ended(accounts: Accounts, clock: Clock) -> None:
    offer, secret = accounts.invite(Role.VIEWER)
    _, other = accounts.invite(Role.VIEWER, expires_s=60)
    assert len(accounts.offers()) == 2
    clock.now += 60
    with pytest.raises(NotFound):
        accounts.offer(other)
    assert [one.id for one in accounts.offers()] == [offer.id]
    accounts.end_offer(offer.id)
    with pytest.raises(NotFound):
        accounts.accept(secret, "ada", PASSWORD)
    with pytest.raises(NotFound):
        accounts.end_offer(offer.id)
    for expires_s in (0, INVITATION_S * 1000, float("nan")):
        with pytest.raises(Invalid, match="one minute to 90 days"):
            accounts.invite(Role.VIEWER, expires_s=expires_s)
    with pytest.raises(NotFound, match="no group of people"):
        accounts.invite(Role.VIEWER, ["none"])


def test_reset_sets_a_password_and_ends_sessions_and_earlier_resets(accounts: Accounts) -> None:
    accounts.create("ada", role=Role.MEMBER, password=PASSWORD)
    session = accounts.sign_in("ada", PASSWORD).session or ""
    _, earlier = accounts.make_reset("ada")
    offer, secret = accounts.make_reset("ada")
    assert (offer.kind, offer.account_name) == (OfferKind.RESET, "ada")
    with pytest.raises(NotFound):
        accounts.reset(earlier, "new horse battery")
    with pytest.raises(Invalid):
        accounts.reset(secret, "short")
    assert accounts.reset(secret, "new horse battery").name == "ada"
    assert accounts.identify(session) is None
    assert accounts.sign_in("ada", "new horse battery").session
    with pytest.raises(NotFound):
        accounts.reset(secret, "third horse battery")


def test_reset_opens_no_locked_account_and_no_link_does_the_work_of_the_other(accounts: Accounts) -> None:
    accounts.create("ada", role=Role.MEMBER)
    _, reset = accounts.make_reset("ada")
    _, invitation = accounts.invite(Role.ADMIN)
    with pytest.raises(NotFound):
        accounts.accept(reset, "eve", PASSWORD)
    with pytest.raises(NotFound):
        accounts.reset(invitation, PASSWORD)
    accounts.change("ada", locked=True)
    with pytest.raises(Denied, match="locked"):
        accounts.reset(reset, PASSWORD)


def test_invitation_into_a_group_that_is_gone_still_works(accounts: Accounts) -> None:
    accounts.make_group("Family")
    _, secret = accounts.invite(Role.VIEWER, ["Family"])
    accounts.delete_group("Family")
    made = accounts.accept(secret, "ada", PASSWORD)
    assert accounts.groups_of(made.id) == []
