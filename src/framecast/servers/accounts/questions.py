"""What the node may ask about the database, as a table. Each is one function on the accounts, called in a thread; JSON in, JSON out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping

from framecast.accounts import Accounts, Actor
from framecast.bus.channel import Fields
from framecast.model import number

PAGE = 500  # streams in one answer
_MOST_UID = (1 << 32) - 1


def _state(accounts: Accounts, fields: Fields) -> Fields:
    """The admins, and which state the saved streams are in."""
    digest, after = hashlib.sha256(), ""
    while page := accounts.saved_streams(after, PAGE):
        after = page[-1].name
        digest.update(json.dumps([(one.name, one.owner, one.spec) for one in page]).encode())
    return {"admins": accounts.admins(), "streams": digest.hexdigest()}


def _streams(accounts: Accounts, fields: Fields) -> Fields:
    page = accounts.saved_streams(str(fields.get("after", "")), PAGE)
    return {"streams": [[one.name, one.owner, one.spec] for one in page], "is_last": len(page) < PAGE}


def _save(accounts: Accounts, fields: Fields) -> Fields:
    accounts.save_stream(str(fields["name"]), str(fields["spec"]), fields.get("owner"), _actor(fields))
    return {}


def _remove(accounts: Accounts, fields: Fields) -> Fields:
    accounts.remove_stream(str(fields["name"]), _actor(fields))
    return {}


def _import(accounts: Accounts, fields: Fields) -> Fields:
    return {"count": accounts.import_streams(fields["streams"], None)}


def _uid(accounts: Accounts, fields: Fields) -> Fields:
    found = accounts.uid_owner(number.whole(fields["uid"], 0, _MOST_UID))
    return {"rights": None if found is None else found.rights.to_json()}


def _look(accounts: Accounts, fields: Fields) -> Fields:
    """Nothing: the server has looked for changes before it answers."""
    return {}


QUESTIONS: Mapping[str, Callable[..., Fields]] = {
    "state": _state,
    "streams": _streams,
    "save": _save,
    "remove": _remove,
    "import": _import,
    "uid": _uid,
    "look": _look,
}


def _actor(fields: Fields) -> Actor | None:
    """The account that asks through a server or as a user of this machine; None: the command line."""
    by = fields.get("by")
    return Actor(account=str(by), address=str(fields.get("address", ""))[:64]) if by else None
