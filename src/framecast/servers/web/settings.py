"""What the node gives the web server on stdin, beside what every server gets."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from framecast.servers.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupMode:
    """The node waits for its first account. The person who shows the secret (its SHA-256 in hex is here) before the end (UTC s) makes it, in `database`."""

    secret_sha256: str
    expires_at: int
    database: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class OidcSettings:
    """The key `oidc`: an OpenID Connect provider. `client_secret` None: a public client. `default_role` may be `none`."""

    issuer: str
    client_id: str
    client_secret: str | None = field(repr=False)
    label: str
    scopes: tuple[str, ...]
    name_claim: str
    groups_claim: str
    roles: dict[str, str]
    groups: dict[str, str]
    default_role: str
    logout: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSettings(Settings):
    """The keys of `framecast.yaml` with these names. The fields keep one form of `base_path` and of `origins`.

    With both files it speaks TLS. With `setup` only the page /setup, the files that it loads and the signs of life answer.
    """

    base_path: str
    hosts: tuple[str, ...]
    trusted_proxies: tuple[str, ...]
    trusted_user_header: str | None
    origins: tuple[str, ...]
    setup: SetupMode | None
    oidc: OidcSettings | None
    tls_cert_file: Path | None
    tls_key_file: Path | None

    def __post_init__(self) -> None:
        object.__setattr__(self, "base_path", clean_base_path(self.base_path))
        object.__setattr__(self, "origins", tuple(one.rstrip("/").lower() for one in self.origins))


def clean_base_path(text: str) -> str:
    """Return a path prefix with a slash before it and none behind it; '' if there is no prefix."""
    path = text.strip("/")
    return f"/{path}" if path else ""
