"""The node's end of the accounts server, which starts when a database of people is found. Runs in the node's loop."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from framecast.node.asked_server import AskedServer
from framecast.node.forks import Parent
from framecast.servers.accounts.settings import AccountsSettings
from framecast.servers.settings import LogSocket

DRAIN_S = 2.0


class AccountsServer(AskedServer):
    """`on_changed` is called after each change of the database, and after the process was started again. Questions: `servers.accounts.questions`."""

    def __init__(self, parent: Parent, log: LogSocket, runtime_dir: Path, audit_days: int) -> None:
        self.on_changed: Callable[[], None] = lambda: None
        self._runtime_dir = runtime_dir
        self._audit_days = audit_days

        def changed(*_: object) -> None:
            self.on_changed()

        super().__init__(parent, log, "accounts", "the accounts", DRAIN_S, changed, changed)

    def open(self, database: str) -> None:
        """Start the process on the database of a URL, unless it runs."""
        self.start(
            AccountsSettings(
                fd=-1,
                host="",
                port=0,
                runtime_dir=self._runtime_dir,
                access_token=None,
                database=database,
                data_dir=None,
                library=None,
                rooms=None,
                log=self._log,
                audit_days=self._audit_days,
            )
        )
