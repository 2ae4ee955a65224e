"""The two ceremonies of WebAuthn: a passkey is made, a passkey is used. Options for the browser out, its JSON checked. Pure.

No attestation is asked for: which maker built an authenticator does not decide whether it may be used. Without a name a passkey
stands for both factors, so the authenticator must have recognized its owner (user verification); beside a password it need not.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from webauthn import (
    base64url_to_bytes,
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    CredentialDeviceType,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from framecast.accounts.relying_party import RelyingParty
from framecast.errors import Denied

CHALLENGE_BYTES = 32
TIMEOUT_MS = 300_000
_NAME = "Framecast"
MAX_ID = 1023  # bytes of a credential id (WebAuthn Level 3, section 4)
_MAX_TRANSPORTS = 8


@dataclass(frozen=True, slots=True)
class Passkey:
    """What is stored of one passkey. `key` is its id here, `id` its authenticator's. It belongs to the name `rp_id` for ever."""

    key: str
    id: bytes
    account: str
    name: str
    public_key: bytes = field(repr=False)
    sign_count: int
    rp_id: str
    transports: tuple[str, ...] = ()
    is_synced: bool = False
    created_at: float = 0.0
    used_at: float | None = None


@dataclass(frozen=True, slots=True)
class NewPasskey:
    """What an authenticator has made, checked."""

    id: bytes
    public_key: bytes = field(repr=False)
    sign_count: int
    transports: tuple[str, ...]
    is_synced: bool


@dataclass(frozen=True, slots=True)
class Use:
    """A passkey was used: its new counter of signatures, 0 where the authenticator has no counter."""

    sign_count: int


def options_to_make(
    party: RelyingParty,
    account: str,
    name: str,
    shown_name: str,
    challenge: bytes,
    present: Sequence[Passkey],
) -> dict[str, Any]:
    """Return the options for `navigator.credentials.create`. `account` is its opaque id; the authenticator keeps it."""
    options = generate_registration_options(
        rp_id=party.id,
        rp_name=_NAME,
        user_id=account.encode(),
        user_name=name,
        user_display_name=shown_name or name,
        challenge=challenge,
        timeout=TIMEOUT_MS,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED,
            user_verification=UserVerificationRequirement.PREFERRED,
        ),
        exclude_credentials=_described(present),
    )
    found: dict[str, Any] = json.loads(options_to_json(options))
    return found


def made(party: RelyingParty, challenge: bytes, given: dict[str, Any]) -> NewPasskey:
    """Check what the browser answers to `options_to_make`.

    Raises:
        Denied: it is not an answer to this challenge, of this name and origin.
    """
    try:
        found = verify_registration_response(
            credential=given,
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
        )
    except (WebAuthnException, ValueError, TypeError, KeyError) as error:
        raise Denied("this passkey could not be verified: add it again", reason="passkey") from error
    if not 0 < len(found.credential_id) <= MAX_ID:
        raise Denied("the id of this passkey is too long for WebAuthn: add another one", reason="passkey")
    return NewPasskey(
        found.credential_id,
        found.credential_public_key,
        found.sign_count,
        _transports_of(given),
        found.credential_device_type is CredentialDeviceType.MULTI_DEVICE,
    )


def options_to_use(party: RelyingParty, challenge: bytes, present: Sequence[Passkey] = ()) -> dict[str, Any]:
    """Return the options for `navigator.credentials.get`: of these passkeys as second factor, or of any without a name."""
    options = generate_authentication_options(
        rp_id=party.id,
        challenge=challenge,
        timeout=TIMEOUT_MS,
        allow_credentials=_described(present) or None,
        user_verification=UserVerificationRequirement.DISCOURAGED
        if present
        else UserVerificationRequirement.REQUIRED,
    )
    found: dict[str, Any] = json.loads(options_to_json(options))
    return found


def used(
    party: RelyingParty, challenge: bytes, given: dict[str, Any], passkey: Passkey, *, is_alone: bool
) -> Use:
    """Check what the browser answers to `options_to_use`; `is_alone`: without a password before it.

    Raises:
        Denied: it is not an answer to this challenge by this passkey, or its counter went back: it may have been copied.
    """
    if passkey.rp_id != party.id or credential_id(given) != passkey.id:
        raise Denied("this passkey could not be verified: try again", reason="passkey")
    if is_alone and _user_handle(given) != passkey.account.encode():
        raise Denied("this passkey could not be verified: try again", reason="passkey")
    try:
        found = verify_authentication_response(
            credential=given,
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=is_alone,
        )
    except (WebAuthnException, ValueError, TypeError, KeyError) as error:
        raise Denied("this passkey could not be verified: try again", reason="passkey") from error
    return Use(found.new_sign_count)


def credential_id(given: dict[str, Any]) -> bytes:
    """Return the id of the passkey that an answer is of, b'' if it names none."""
    text = given.get("rawId")
    if not isinstance(text, str) or not 0 < len(text) <= 2 * MAX_ID or not text.isascii():
        return b""
    try:
        return base64url_to_bytes(text)
    except ValueError:
        return b""


def _user_handle(given: dict[str, Any]) -> bytes:
    response = given.get("response")
    text = response.get("userHandle") if isinstance(response, dict) else None
    if not isinstance(text, str) or len(text) > 128 or not text.isascii():
        return b""
    try:
        return base64url_to_bytes(text)
    except ValueError:
        return b""


def _described(present: Sequence[Passkey]) -> list[PublicKeyCredentialDescriptor]:
    known = {one.value: one for one in AuthenticatorTransport}
    return [
        PublicKeyCredentialDescriptor(
            id=one.id, transports=[known[name] for name in one.transports if name in known] or None
        )
        for one in present
    ]


def _transports_of(given: dict[str, Any]) -> tuple[str, ...]:
    response = given.get("response")
    named = response.get("transports") if isinstance(response, dict) else None
    known = {one.value for one in AuthenticatorTransport}
    return tuple(one for one in named[:_MAX_TRANSPORTS] if one in known) if isinstance(named, list) else ()
