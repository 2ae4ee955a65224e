"""The token, its sessions, and the limit on guesses."""

import pytest

from framecast.servers.access.failures import FAILURES, MAX_ADDRESSES, REFILL_S, Failures, bucket_of
from framecast.servers.access.gate import Gate, Verdict
from framecast.servers.access.token import SESSION_S, Token


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


STRONG = "8d969eef6ecad3c29a3a629280e686cf"


def guessed(gate: Gate, address: str) -> None:
    for _ in range(FAILURES + 1):
        gate.judge("wrong", address)


def test_right_token_that_nobody_can_guess_is_never_refused() -> None:
    gate = Gate(Token(STRONG), Failures(Time()))
    guessed(gate, "1.2.3.4")
    assert gate.judge("wrong", "1.2.3.4").wait_s > 0
    assert gate.judge(STRONG, "1.2.3.4") == Verdict(is_right=True)


def test_short_token_is_refused_from_an_address_that_guesses_and_no_other() -> None:
    gate = Gate(Token("secret"), Failures(Time()))
    guessed(gate, "1.2.3.4")
    refused = gate.judge("secret", "1.2.3.4")
    assert not refused.is_right
    assert refused.wait_s > 0
    assert gate.judge("secret", "1.2.3.5") == Verdict(is_right=True)


def test_right_token_is_no_failure() -> None:
    gate = Gate(Token("secret"), Failures(Time()))
    assert all(gate.judge("secret", "1.2.3.4").is_right for _ in range(5 * FAILURES))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:1.2.3.4", "1.2.3.4", True),
        ("fe80::1%eth0", "fe80::2", True),
        ("1.2.3.4", "1.2.3.5", False),
        ("", "unknown", False),
    ],
)
def test_what_counts_as_one_address(one: str, other: str, same: bool) -> None:
    assert (bucket_of(one) == bucket_of(other)) is same
    gate = Gate(Token("secret"), Failures(Time()))
    guessed(gate, one)
    assert gate.judge("secret", other).is_right is not same
