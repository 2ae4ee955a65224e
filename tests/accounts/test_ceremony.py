from __future__ import annotations

import secrets
from dataclasses import replace
from typing import Any

import pytest

from framecast.accounts.ceremony import (
    CHALLENGE_BYTES,
    Passkey,
    Use,
    credential_id,
    made,
    options_to_make,
    options_to_use,
    used,
)
from framecast.accounts.relying_party import RelyingParty
from framecast.errors import Denied
from tests.support.authenticator import Authenticator, encoded

PARTY = RelyingParty("cam.example", "https://cam.example")
ACCOUNT = "0123456789abcdef"


def challenge() -> bytes:
    return secrets.token_bytes(CHALLENGE_BYTES)


def passkey_of(authenticator: Authenticator) -> Passkey:
    asked = challenge()
    options = options_to_make(PARTY, ACCOUNT, "ada", "Ada", asked, [])
    found = made(PARTY, asked, authenticator.make(options))
    return Passkey(
        "k", found.id, ACCOUNT, "key", found.public_key, found.sign_count, PARTY.id, found.transports
    )


def used_by(authenticator: Authenticator, passkey: Passkey, *, is_alone: bool = False, **changed: Any) -> Use:
    asked = challenge()
    given = authenticator.use(options_to_use(PARTY, asked, [] if is_alone else [passkey]))
    return used(
        PARTY, changed.get("challenge", asked), changed.get("given", given), passkey, is_alone=is_alone
    )


def test_a_passkey_is_made_and_used_alone_and_beside_a_password() -> None:
    authenticator = Authenticator(PARTY.origin)
    passkey = passkey_of(authenticator)
    assert passkey.id == authenticator.id
    assert passkey.transports == ("usb",)
    assert used_by(authenticator, passkey) == Use(2)
    assert used_by(authenticator, replace(passkey, sign_count=2), is_alone=True) == Use(3)


def test_options_name_the_server_ask_for_no_attestation_and_exclude_what_is_there() -> None:
    passkey = passkey_of(Authenticator(PARTY.origin))
    options = options_to_make(PARTY, ACCOUNT, "ada", "Ada", b"c" * 32, [passkey])
    assert options["rp"] == {"id": "cam.example", "name": "Framecast"}
    assert options["attestation"] == "none"
    assert options["challenge"] == encoded(b"c" * 32)
    assert [one["id"] for one in options["excludeCredentials"]] == [encoded(passkey.id)]
    alone = options_to_use(PARTY, b"c" * 32)
    assert (alone["userVerification"], alone["allowCredentials"]) == ("required", [])
    assert options_to_use(PARTY, b"c" * 32, [passkey])["userVerification"] == "discouraged"


def test_an_answer_to_another_challenge_is_refused() -> None:
    authenticator = Authenticator(PARTY.origin)
    passkey = passkey_of(authenticator)
    with pytest.raises(Denied):
        used_by(authenticator, passkey, challenge=challenge())
    with pytest.raises(Denied):
        made(
            PARTY, challenge(), authenticator.make(options_to_make(PARTY, ACCOUNT, "a", "", challenge(), []))
        )


@pytest.mark.parametrize("origin", ["https://evil.example", "http://cam.example", "https://cam.example:8443"])
def test_an_answer_of_a_page_elsewhere_is_refused(origin: str) -> None:
    authenticator = Authenticator(PARTY.origin)
    passkey = passkey_of(authenticator)
    authenticator.origin = origin
    with pytest.raises(Denied):
        used_by(authenticator, passkey)
    with pytest.raises(Denied):
        passkey_of(authenticator)


def test_a_passkey_of_another_name_is_refused() -> None:
    authenticator = Authenticator(PARTY.origin)
    passkey = passkey_of(authenticator)
    with pytest.raises(Denied):
        used_by(authenticator, replace(passkey, rp_id="nas.example"))


def test_a_counter_that_does_not_go_up_is_a_copy() -> None:
    authenticator = Authenticator(PARTY.origin)
    passkey = passkey_of(authenticator)
    with pytest.raises(Denied):
        used_by(authenticator, replace(passkey, sign_count=2))


def test_an_authenticator_without_a_counter_is_used_often() -> None:
    authenticator = Authenticator(PARTY.origin, counts=False)
    passkey = passkey_of(authenticator)
    assert [used_by(authenticator, passkey).sign_count for _ in range(2)] == [0, 0]


def test_alone_the_authenticator_has_recognized_its_owner_and_names_the_account() -> None:
    authenticator = Authenticator(PARTY.origin, verifies=False)
    passkey = passkey_of(authenticator)
    assert used_by(authenticator, passkey) == Use(2)
    with pytest.raises(Denied):
        used_by(authenticator, replace(passkey, sign_count=2), is_alone=True)
    other = Authenticator(PARTY.origin)
    passkey = passkey_of(other)
    other.user = b"another account"
    with pytest.raises(Denied):
        used_by(other, passkey, is_alone=True)


def test_the_signature_of_another_key_is_refused() -> None:
    passkey, other = passkey_of(Authenticator(PARTY.origin)), Authenticator(PARTY.origin)
    other.id = passkey.id
    with pytest.raises(Denied):
        used_by(other, passkey)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"rawId": 7},
        {"rawId": "é"},
        {"rawId": "A" * 10_000},
        {"rawId": "AAAA", "id": "AAAA", "type": "public-key", "response": None},
        {"rawId": "AAAA", "id": "AAAA", "type": "x", "response": {}},
        {
            "rawId": "AAAA",
            "id": "AAAA",
            "type": "public-key",
            "response": {"clientDataJSON": "e30", "attestationObject": "AAAA"},
        },
        {
            "rawId": "AAAA",
            "id": "AAAA",
            "type": "public-key",
            "response": {"clientDataJSON": 7, "authenticatorData": [], "signature": {}},
        },
    ],
)
def test_what_is_no_answer_is_refused(given: dict[str, Any]) -> None:
    passkey = passkey_of(Authenticator(PARTY.origin))
    with pytest.raises(Denied):
        made(PARTY, challenge(), given)
    named = given | {"rawId": encoded(passkey.id), "id": encoded(passkey.id)}
    for one in (given, named):
        with pytest.raises(Denied):
            used(PARTY, challenge(), one, passkey, is_alone=True)
    assert credential_id(named) == passkey.id
