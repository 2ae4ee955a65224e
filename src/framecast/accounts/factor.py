"""By what a person has proved to be the owner of an account."""

from __future__ import annotations

from enum import StrEnum


class Factor(StrEnum):
    """How a session began."""

    PASSWORD = "password"  # noqa: S105  its name
    TOTP = "totp"
    RECOVERY = "recovery"  # a recovery code
    PASSKEY = "passkey"
    OIDC = "oidc"
    LINK = "link"  # an invitation or a reset
    PROXY = "proxy"  # the header of a trusted proxy
