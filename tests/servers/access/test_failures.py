"""How often an address may send a wrong token."""

import pytest

from framecast.model.host import bucket_of
from framecast.servers.access.failures import FAILURES, MAX_ADDRESSES, REFILL_S, Failures


class Time:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


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
    failures = Failures(Time())
    for _ in range(FAILURES + 1):
        failures.add(one)
    assert (failures.wait_s(other) > 0) is same
