"""What a request shows: a session, a token, a share link. Pure: headers and query in, credentials out."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field

from starlette.datastructures import Headers, QueryParams
from starlette.requests import HTTPConnection
from starlette.types import Scope

from framecast.servers.access.principal import Kind, Principal
from framecast.servers.access.token import COOKIE

PARAMETER = "token"
_PRINCIPAL = "framecast.principal"


@dataclass(frozen=True, slots=True)
class Authorization:
    """The header of that name: the scheme (`bearer`, `basic`, '' without one) and the token, '' without one."""

    scheme: str
    token: str = field(repr=False)


def address_of(scope: Scope) -> str:
    """Return the client's address, as `TrustedProxies` has found it."""
    client = scope.get("client")
    return str(client[0]) if client else ""


def principal_of(scope: Scope) -> Principal:
    """Return the client of a request that the gate has admitted."""
    found = scope[_PRINCIPAL]
    assert isinstance(found, Principal)
    return found


def is_anonymous(scope: Scope) -> bool:
    """Return whether a request shows nothing, and was let in to see what is public."""
    found = scope.get(_PRINCIPAL)
    return isinstance(found, Principal) and found.kind is Kind.ANONYMOUS


def note_principal(scope: Scope, principal: Principal) -> None:
    """Note who the client of a request is, for the route that answers it."""
    scope[_PRINCIPAL] = principal


def by(request: HTTPConnection) -> dict[str, str]:
    """Return the account for which the node does something, and its address, as fields of that request; nothing without an account."""
    account = principal_of(request.scope).account
    return {} if account is None else {"by": account, "address": address_of(request.scope)}


def session_of(headers: Headers, account_cookie: str = "") -> str:
    """Return the session of an account, without one that of the shared token, '' without any.

    Other cookies of this host may be of any form (RFC 6265 section 4.2).
    """
    found = ""
    for cookies in headers.getlist("cookie"):
        for cookie in cookies.split(";"):
            name, _, value = cookie.partition("=")
            if name.strip() == COOKIE:
                found = found or value.strip().strip('"')
            elif account_cookie and name.strip() == account_cookie:
                return value.strip().strip('"')
    return found


def authorization_of(headers: Headers) -> Authorization:
    """Return what stands in the Authorization header. With Basic (RFC 7617) the token is the password; the user is ignored."""
    scheme, _, value = headers.get("authorization", "").partition(" ")
    scheme, value = scheme.lower(), value.strip()
    if scheme == "bearer" and value:
        return Authorization(scheme, value)
    if scheme != "basic":
        return Authorization("", "")
    try:
        pair = base64.b64decode(value, validate=True).decode()
    except ValueError:
        return Authorization(scheme, "")
    return Authorization(scheme, pair.partition(":")[2])


def link_of(query: QueryParams) -> str:
    """Return the token of a share link in the URL of a request that was admitted, '' if it has none that looks like one."""
    text = query.get(PARAMETER, "")
    return text if all(one.isascii() and (one.isalnum() or one in "._-") for one in text) else ""
