"""The token, its sessions, and the limit on guesses."""

import pytest

from framecast.servers.access import FAILURES, MAX_ADDRESSES, REFILL_S, SESSION_S, Failures, Token


class Time:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_only_the_token_itself_matches() -> None:
    token = Token("open sesame")
    assert token.matches("open sesame")
    for wrong in ("", "open", "open sesame ", "OPEN SESAME", "öffne dich", "\udc80"):
        assert not token.matches(wrong)


def test_session_is_known_until_it_runs_out_and_does_not_hold_the_token() -> None:
    time = Time()
    token = Token("secret-token", time)
    session = token.new_session()
    assert "secret-token" not in session
    assert token.knows_session(session)
    time.now += SESSION_S + 1
    assert not token.knows_session(session)


def test_session_of_another_token_is_not_known() -> None:
    assert not Token("new").knows_session(Token("old").new_session())


@pytest.mark.parametrize("forged", ["", "v1", "....", "v1.99999999999.x.", "v1.99999999999.x.é", "\udc80.x"])
def test_forged_session_is_not_known(forged: str) -> None:
    assert not Token("t").knows_session(forged)


def test_longer_expiry_breaks_the_signature() -> None:
    token = Token("t", Time())
    version, expiry, nonce, signature = token.new_session().split(".")
    assert not token.knows_session(f"{version}.{int(expiry) + 1}.{nonce}.{signature}")


def test_address_that_guesses_has_to_wait_and_is_forgiven() -> None:
    time = Time()
    failures = Failures(time)
    for _ in range(FAILURES):
        assert failures.wait_s("1.2.3.4") == 0
        failures.add("1.2.3.4")
    assert failures.wait_s("1.2.3.4") == REFILL_S
    assert failures.wait_s("4.3.2.1") == 0
    time.now += REFILL_S * 1.01
    assert failures.wait_s("1.2.3.4") == 0


def test_addresses_that_are_remembered_are_bounded() -> None:
    failures = Failures(Time())
    for number in range(MAX_ADDRESSES + 100):
        failures.add(str(number))
    assert len(failures._levels) == MAX_ADDRESSES
