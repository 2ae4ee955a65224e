"""A household for tests of access: people with roles and grants in a real database, and a credential of each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from framecast.accounts import Accounts, open_accounts
from framecast.accounts.factor import Factor
from framecast.model.rights import Grant, Right, Role, Scope
from framecast.servers.access.principal import Requirement
from framecast.servers.web.http.session_cookie import cookie_name
from framecast.servers.web.settings import WebSettings

# The streams: one that the viewer may see, one of the member's own, one that only admins see.
GRANTED, OWN, HIDDEN = "porch", "shed", "vault"
NOWHERE = "nowhere"
PEOPLE = {"viewer": Role.VIEWER, "member": Role.MEMBER, "admin": Role.ADMIN}

# Every kind of client: people by their sessions, and tokens of an admin by their scopes.
EVERYBODY = frozenset(
    {
        "anonymous",
        *("viewer", "member", "admin"),
        *("watch", "read", "publish", "change", "metrics", "relay", "work", "admin token"),
        "media",
    }
)
_SIGNED_IN = {"viewer", "member", "admin", "admin token"}
# Who meets a requirement, for a stream that the client may see and, as far as its role allows, change.
MEET: dict[Requirement, frozenset[str]] = {
    Requirement.OPEN: EVERYBODY,
    Requirement.SELF: frozenset(_SIGNED_IN),
    Requirement.WATCH: frozenset({*_SIGNED_IN, "watch", "relay", "media"}),
    Requirement.LIBRARY: EVERYBODY,
    Requirement.ROOM: EVERYBODY,
    Requirement.READ: frozenset({*_SIGNED_IN, "read", "relay"}),
    Requirement.METRICS: frozenset({*_SIGNED_IN, "read", "relay", "metrics"}),
    Requirement.PUBLISH: frozenset({"admin", "admin token", "publish"}),
    Requirement.CONTROL: frozenset({"admin", "admin token", "change"}),
    Requirement.WORK: frozenset({"admin", "admin token", "work"}),
    Requirement.ADD: frozenset({"member", "admin", "admin token", "change"}),
    Requirement.ADMIN: frozenset({"admin", "admin token"}),
}


class Household:
    """People in `folder`/framecast.db. Their sessions and tokens are secrets, in `sessions` and `tokens`."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.url = f"sqlite:///{folder}/framecast.db"
        self.accounts: Accounts = open_accounts(self.url)
        self.ids = {
            name: self.accounts.create(name, role=role, is_service=name == "robot").id
            for name, role in PEOPLE.items()
        }
        self.grants = {
            name: self.accounts.grant("account", name, Grant(Right.SEE, GRANTED)).id
            for name in ("viewer", "member")
        }
        self.sessions = {name: self.session(name) for name in PEOPLE}
        # Of the admin: what a token may less is its scope's doing.
        self.tokens = {str(scope): self.token("admin", scope) for scope in Scope}
        self.media = self.token("viewer", Scope.WATCH, stream=GRANTED, kind="media")

    def viewer(self, name: str, *streams: str) -> dict[str, str]:
        """Add a viewer who may see these streams, and return the ids of the grants by stream."""
        self.ids[name] = self.accounts.create(name, role=Role.VIEWER).id
        return {one: self.accounts.grant("account", name, Grant(Right.SEE, one)).id for one in streams}

    def session(self, name: str) -> str:
        """Return the secret of a new session."""
        return self.accounts.open_session(self.ids[name], Factor.PASSWORD)

    def token(self, name: str, *scopes: Scope, stream: str | None = None, kind: str = "api") -> str:
        """Return the secret of a new token."""
        return self.accounts.make_token(self.ids[name], f"of {name}", scopes, stream=stream, kind=kind)[1]

    def cookie(self, settings: WebSettings, secret: str) -> dict[str, Any]:
        """Return the header that a browser sends with a session on plain HTTP."""
        return {"cookie": f"{cookie_name(settings, 'http')}={secret}"}

    def close(self) -> None:
        self.accounts.close()


def bearer(secret: str) -> dict[str, Any]:
    """Return the header that a program sends with a token."""
    return {"authorization": f"Bearer {secret}"}
