"""How routes of people and access reach the accounts: on their threads, in the name of the one who asks. Event loop.

Nothing of `accounts` is imported here: an object of it comes with each call.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, TypeVar

from fastapi import Request

from framecast.errors import Denied, NotFound
from framecast.servers.access.people import People
from framecast.servers.access.principal import Principal
from framecast.servers.web.context import web_of
from framecast.servers.web.http.credentials import address_of, principal_of

if TYPE_CHECKING:
    from framecast.accounts import Accounts, Actor
    from framecast.accounts.overview import Overview

T = TypeVar("T")

NO_ACCOUNTS = (
    "this node has no accounts: the page /setup, or 'framecast user add' on its machine, makes the first one"
)
NO_ACCOUNT = "this needs an account of a person or a program: the access token of the server belongs to none"


def people_of(request: Request) -> People:
    """Return the accounts of this node.

    Raises:
        NotFound: it has none.
    """
    people = web_of(request).people
    if people is None:
        raise NotFound(NO_ACCOUNTS)
    return people


async def call(request: Request, work: Callable[[Accounts, Actor], T]) -> T:
    """Return what `work` returns; it gets the accounts and, for the audit log, the one who asks. It runs on another thread.

    Raises:
        WouldBlock: too much waits already. FramecastError: what `work` raises.
    """
    principal, address = principal_of(request.scope), address_of(request.scope)

    def in_name(accounts: Accounts) -> T:
        return work(accounts, actor(principal.account, address, principal.name or _stranger(principal)))

    return await people_of(request).call(in_name)


def actor(account: str | None, address: str, name: str = "") -> Actor:
    """Return the one that does something, for the audit log. On a thread that has got the accounts: their package is imported then."""
    made: Actor = sys.modules["framecast.accounts"].Actor(account, address, name)
    return made


async def overview(request: Request, work: Callable[[Overview], T]) -> T:
    """As `call`, with the overview of accounts (`accounts.overview`)."""

    def with_overview(accounts: Accounts) -> T:
        # Here, because only the pages of the admins need it.
        return work(import_module("framecast.accounts.overview").Overview.beside(accounts))

    return await people_of(request).call(with_overview)


def account_of(request: Request) -> str:
    """Return the id of the account that asks.

    Raises:
        Denied: the client has none.
    """
    account = principal_of(request.scope).account
    if account is None:
        raise Denied(NO_ACCOUNT)
    return account


def agent_of(request: Request) -> str:
    """Return what the client says that it is."""
    return request.headers.get("user-agent", "")[:256]


def _stranger(principal: Principal) -> str:
    return "access token" if principal.kind in ("token", "session") else str(principal.kind)
