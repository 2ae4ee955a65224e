from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from framecast.accounts.one_time_code import (
    RECOVERY_CODES,
    STEP_S,
    address_of,
    looks_like_recovery,
    matching_step,
    new_recovery_codes,
    new_secret,
    recovery_digest,
)

# RFC 6238, appendix B: the secret "12345678901234567890", SHA-1; the last six digits of each code.
SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"


@pytest.mark.parametrize(
    ("now", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_codes_are_those_of_the_standard(now: int, code: str) -> None:
    assert matching_step(SECRET, code, now, -1) == now // STEP_S
    assert matching_step(SECRET, f" {code[:3]} {code[3:]} ", now, -1) == now // STEP_S


def test_a_code_of_the_step_before_or_after_counts_and_no_further_one() -> None:
    now = 1111111109
    found = [matching_step(SECRET, "081804", now + off * STEP_S, -1) for off in (-2, -1, 0, 1, 2)]
    assert found == [None, now // STEP_S, now // STEP_S, now // STEP_S, None]


def test_a_step_counts_once_and_none_before_it() -> None:
    now = 1111111109
    step = now // STEP_S
    assert matching_step(SECRET, "081804", now, step - 1) == step
    assert matching_step(SECRET, "081804", now, step) is None
    assert matching_step(SECRET, "081804", now, step + 1) is None


@pytest.mark.parametrize(
    "code", ["", "28708", "2870820", "\uff12\uff18\uff17\uff10\uff18\uff12", "28708a", "-87082", "0" * 10_000]
)
def test_what_is_no_code_is_none(code: str) -> None:
    assert matching_step(SECRET, code, 59, -1) is None


def test_a_secret_has_160_bits_and_the_address_is_one_that_apps_read() -> None:
    secret = new_secret()
    assert len(secret) == 32
    assert secret != new_secret()
    found = urlsplit(address_of(secret, "ada & co", "Framecast at home"))
    assert (found.scheme, found.netloc) == ("otpauth", "totp")
    assert found.path == "/Framecast%20at%20home:ada%20%26%20co"
    assert parse_qs(found.query) == {"secret": [secret], "issuer": ["Framecast at home"]}


def test_recovery_codes_are_many_different_and_bound_to_their_account() -> None:
    codes = new_recovery_codes()
    assert len(set(codes)) == RECOVERY_CODES
    assert all(looks_like_recovery(code) and len(code) == 19 for code in codes)
    typed = f" {codes[0].upper().replace('-', ' ')} "
    assert recovery_digest("a", typed) == recovery_digest("a", codes[0])
    assert recovery_digest("a", codes[0]) != recovery_digest("b", codes[0])
    assert not looks_like_recovery("123456")
