"""python -m framecast.servers.accounts: the process that opens the database for the node."""

from __future__ import annotations

import sys

from framecast.servers.accounts.server import serve
from framecast.servers.accounts.settings import AccountsSettings
from framecast.servers.launch import launch


def main() -> int:
    """Serve the node and return the exit status."""
    return launch(AccountsSettings, serve, "framecast.accounts")


if __name__ == "__main__":
    sys.exit(main())
