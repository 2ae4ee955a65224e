"""The table of the settings of `oidc`: sign-in at an OpenID Connect provider. Pure values and checks, as `settings`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from framecast.errors import Invalid
from framecast.model.host import is_loopback
from framecast.model.rights import Role
from framecast.model.setting import Change, setting
from framecast.model.text import check_text

NO_ROLE = "none"
_ROLES = tuple(str(role) for role in Role)
_LONGEST = 4096  # characters of a secret
_MOST = 200  # groups
_LONGEST_NAME = 256


def _issuer(issuer: str | None) -> str | None:
    if issuer is None:
        return None
    try:
        parts = urlsplit(issuer)
        host = parts.hostname or ""
    except ValueError:
        parts, host = urlsplit(""), ""
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))
    if not host or not is_safe or parts.query or parts.fragment or parts.username is not None:
        raise Invalid(
            "must be the address of a provider, such as 'https://id.example' (http:// only on this machine)"
        )
    return issuer


def _secret(secret: str | None) -> str | None:
    return None if secret is None else check_text("it", secret, _LONGEST)


def _role(role: str) -> str:
    if role not in (*_ROLES, NO_ROLE):
        raise Invalid(f"must be one of {', '.join((*_ROLES, NO_ROLE))}")
    return role


def _roles(roles: dict[str, str]) -> dict[str, str]:
    if len(roles) > _MOST or not set(roles.values()) <= set(_ROLES):
        raise Invalid(f"must name at most {_MOST} groups, each with one of {', '.join(_ROLES)}")
    return roles


def _groups(groups: dict[str, str]) -> dict[str, str]:
    if len(groups) > _MOST or not all(0 < len(name.strip()) <= _LONGEST_NAME for name in groups.values()):
        raise Invalid(f"must name at most {_MOST} groups, each with the name of a group of people here")
    return groups


@dataclass(frozen=True, slots=True, kw_only=True)
class OidcConfig:
    """Key `oidc`: sign-in at an OpenID Connect provider."""

    issuer: str | None = setting(
        None,
        "Address of the provider, exactly as it calls itself; it turns [sign-in there](../how-to/sign-in.md) on",
        change=Change.SERVERS,
        check=_issuer,
    )
    client_id: str | None = setting(None, "Id of this server at the provider", change=Change.SERVERS)
    client_secret: str | None = setting(
        None,
        "Secret of this server at the provider; unset: a public client",
        change=Change.SERVERS,
        is_secret=True,
        check=_secret,
    )
    client_secret_file: Path | None = setting(
        None, "File whose first line is that secret", change=Change.SERVERS, is_secret=True
    )
    label: str = setting(
        "",
        "What the button on the login page says",
        change=Change.SERVERS,
        default_text="the provider's host",
    )
    scopes: list[str] = setting(
        lambda: ["openid", "profile", "email"],
        "Scopes that are asked for",
        change=Change.SERVERS,
        default_text="`openid`, `profile`, `email`",
    )
    name_claim: str = setting("preferred_username", "Claim that names a new account", change=Change.SERVERS)
    groups_claim: str = setting(
        "groups", "Claim with the groups of a person; a dot goes one level down", change=Change.SERVERS
    )
    roles: dict[str, str] = setting(
        dict,
        "Role by group of the provider: `viewer`, `member` or `admin`; the highest counts",
        change=Change.SERVERS,
        check=_roles,
    )
    groups: dict[str, str] = setting(
        dict,
        "Group of people here by group of the provider; its grants count",
        change=Change.SERVERS,
        check=_groups,
    )
    default_role: str = setting(
        "viewer",
        "Role of a person without a group in `roles`; `none` refuses them",
        change=Change.SERVERS,
        check=_role,
    )

    logout: bool = setting(
        True,
        "End the session at the provider, too, if somebody signs out who came from there and the provider can do it",
        change=Change.SERVERS,
    )

    def __post_init__(self) -> None:
        if (self.issuer is None) != (self.client_id is None):
            raise Invalid("issuer and client_id belong together: set both or neither")
        if self.client_secret is not None and self.client_secret_file is not None:
            raise Invalid("client_secret and client_secret_file are the same setting: leave one out")
