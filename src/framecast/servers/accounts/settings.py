"""What the accounts server gets from the node. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from framecast.servers.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountsSettings(Settings):
    """`audit_days`: for how many days a row of the audit log is kept."""

    audit_days: int
