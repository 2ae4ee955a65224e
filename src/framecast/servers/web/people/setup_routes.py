"""The first start: the page /setup and the request that makes the first account, an admin.

A node that waits for it takes a secret from its terminal. On an open node that only this machine reaches everybody may do everything,
so no secret is asked there; a request by another name, or through a proxy, is refused. The libraries of accounts are loaded with the
first use: an open node does without them. Event loop; the database and the password's hash have a thread.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import time
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from starlette.responses import RedirectResponse, Response

from framecast.control.topics import Notice
from framecast.errors import Conflict, Denied, FramecastError, NotFound
from framecast.model.host import is_this_machine
from framecast.model.rights import Role
from framecast.servers.web.context import WebContext, web_of
from framecast.servers.web.http.credentials import address_of
from framecast.servers.web.http.origin import is_local_name

router = APIRouter(tags=["people"])

_FILE = "sqlite:///"
_SECRET_FIELD = b"<!-- secret -->"
WRONG = "this is not the setup code, or its hour is over: 'framecast setup' on the machine of this node prints another one"
NOT_HERE = "the first account of this node is made on its own machine: run 'framecast user add NAME --role admin' there"
DONE = "this node has its accounts already: an admin invites further people on the page /people"
NO_FOLDER = (
    "this node has no data folder, so it can keep no accounts: start it with --data-dir, or set 'database'"
)
# One after the other: the second one finds the account of the first.
_making = asyncio.Lock()


class FirstAdmin(BaseModel):
    """The first account. `secret` is the code from the terminal, '' on an open node that only this machine reaches."""

    secret: Annotated[str, Field(default="", max_length=128, description="setup code from the terminal")]
    name: Annotated[str, Field(max_length=256, description="to sign in", examples=["maria"])]
    password: Annotated[str, Field(max_length=1024, description="8 characters or more")]


class Made(BaseModel):
    """The account that was made."""

    name: str


@router.get("/setup", include_in_schema=False)
async def setup_page(request: Request) -> Response:
    """Ask for the first account."""
    web = web_of(request)
    if web.settings.database is not None:
        return RedirectResponse("login", 303)
    if web.settings.setup is None:
        _check_open(request, web)
    how = b"typed" if web.settings.setup is not None else b"none"
    body = web.assets.page("setup").body.replace(_SECRET_FIELD, how)
    return Response(body, headers={"Cache-Control": "no-store"}, media_type="text/html; charset=utf-8")


@router.post("/api/setup", summary="Make the first account")
async def make_first_admin(request: Request, body: FirstAdmin) -> Made:
    """Make the first account, an admin; the servers then start again with accounts."""
    web = web_of(request)
    if web.settings.database is not None:
        raise Conflict(DONE)
    database = _database(request, web, body.secret)
    async with _making:
        name = await asyncio.to_thread(_make, database, body.name, body.password, address_of(request.scope))
    with suppress(FramecastError):  # the node looks for the accounts by itself as well
        await web.node.publish(Notice("accounts"))
    return Made(name=name)


def _database(request: Request, web: WebContext, secret: str) -> str:
    """Return where the account is made, for a request that may make it."""
    setup = web.settings.setup
    if setup is None:
        _check_open(request, web)
        if web.settings.data_dir is None:
            raise Conflict(NO_FOLDER)
        return f"{_FILE}{(web.settings.data_dir / 'framecast.db').absolute()}"
    given = hashlib.sha256(secret.encode(errors="replace")).hexdigest()
    # 256 random bits: no count of failures makes them safer.
    if not hmac.compare_digest(given, setup.secret_sha256) or time.time() > setup.expires_at:
        raise Denied(WRONG)
    return setup.database


def _check_open(request: Request, web: WebContext) -> None:
    """Return if everybody who reaches this node is on its machine, and may do everything anyway."""
    if not web.gate.is_open:
        raise NotFound("this node has an access token and no accounts: there is no setup")
    is_local = is_this_machine(web.address) and is_this_machine(address_of(request.scope))
    if not is_local or not is_local_name(request.headers.get("host", ""), ()):
        raise Denied(NOT_HERE)


def _make(database: str, name: str, password: str, address: str) -> str:
    """Make the account. What is wrong with its name or password is found before there is a database."""
    accounts: Any = import_module("framecast.accounts")
    import_module("framecast.accounts.naming").check_account_name(name)
    import_module("framecast.accounts.passwords").check_password(password)
    if database.startswith(_FILE):
        # The node makes its data folder when it has something to keep.
        Path(database.removeprefix(_FILE)).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    opened = accounts.open_accounts(database)
    try:
        if opened.count():
            raise Conflict(DONE)
        by = accounts.Actor(None, address, "setup")
        return str(opened.create(name, role=Role.ADMIN, password=password, by=by).name)
    finally:
        opened.close()
