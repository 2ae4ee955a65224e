"""People and programs with an identity: accounts, groups, grants, sessions, tokens, links that are used once, and the audit log.

`Accounts` is the one way to all of them, for servers, the node and the command line. Blocking: any thread, never an event loop. Only a node
that has accounts imports this package.
"""

from framecast.accounts.account import COMMAND_LINE, Account, Actor
from framecast.accounts.accounts import Accounts, open_accounts
from framecast.accounts.identity import CredentialKind, Identity
from framecast.accounts.people import check_new

__all__ = [
    "COMMAND_LINE",
    "Account",
    "Accounts",
    "Actor",
    "CredentialKind",
    "Identity",
    "check_new",
    "open_accounts",
]
