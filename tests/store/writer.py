"""A program that changes the accounts of a database for ever, or so many times, and says each change that is done: `writer URL PREFIX [TIMES]`."""

from __future__ import annotations

import sys
from itertools import count

from framecast.accounts import Accounts
from framecast.model.rights import Grant, Right, Role
from framecast.store import open_store


def main(url: str, prefix: str, times: int | None) -> None:
    accounts = Accounts(open_store(url))
    accounts.make_group(prefix)
    for number in count():
        if number == times:
            break
        name = f"{prefix}{number}"
        accounts.create(name, role=Role.VIEWER)
        accounts.grant("account", name, Grant(Right.SEE, name))
        accounts.add_to_group(name, prefix)
        print(name, flush=True)
    accounts.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else None)
