from __future__ import annotations

import pytest

from framecast.accounts import Accounts
from framecast.accounts.challenges import LIFETIME_S, MOST_OF_ADDRESS, MOST_TRIES, Challenges
from framecast.errors import Denied
from tests.accounts.opened import Clock


@pytest.fixture
def challenges(accounts: Accounts) -> Challenges:
    return Challenges.beside(accounts)


def test_a_challenge_is_claimed_once(challenges: Challenges) -> None:
    secret = challenges.begin("oidc", {"state": "s"})
    assert challenges.look("oidc", secret).data == {"state": "s"}
    assert challenges.claim("oidc", secret).data == {"state": "s"}
    with pytest.raises(Denied, match="begin again"):
        challenges.claim("oidc", secret)


def test_a_challenge_opens_nothing_of_another_kind(challenges: Challenges) -> None:
    secret = challenges.begin("oidc", {})
    for take in (challenges.look, challenges.attempt, challenges.claim):
        with pytest.raises(Denied):
            take("passkey", secret)
    assert challenges.claim("oidc", secret).kind == "oidc"


def test_a_challenge_has_an_end(challenges: Challenges, clock: Clock) -> None:
    secret = challenges.begin("oidc", {})
    clock.now += LIFETIME_S
    with pytest.raises(Denied):
        challenges.claim("oidc", secret)


@pytest.mark.parametrize("secret", ["", "fcc_", "fcc_" + "a" * 43, "fct_" + "a" * 43, "é" * 47, "x" * 10_000])
def test_a_secret_that_is_not_one_opens_nothing(challenges: Challenges, secret: str) -> None:
    with pytest.raises(Denied):
        challenges.attempt("oidc", secret)


def test_tries_are_counted(challenges: Challenges) -> None:
    secret = challenges.begin("code", {})
    for _ in range(MOST_TRIES):
        assert challenges.attempt("code", secret).kind == "code"
    with pytest.raises(Denied):
        challenges.attempt("code", secret)


def test_an_address_pushes_out_only_its_own(challenges: Challenges, clock: Clock) -> None:
    other = challenges.begin("oidc", {}, address="10.0.0.9")
    first = challenges.begin("oidc", {}, address="10.0.0.1")
    later = []
    for _ in range(MOST_OF_ADDRESS):
        clock.now += 1
        later.append(challenges.begin("oidc", {}, address="10.0.0.1"))
    with pytest.raises(Denied):
        challenges.look("oidc", first)
    assert [challenges.look("oidc", one).kind for one in (*later, other)] == ["oidc"] * (MOST_OF_ADDRESS + 1)
