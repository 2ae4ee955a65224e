"""How much somebody may say in rooms, and how long to wait otherwise. Pure.

A limit is a bucket that is kept as one time: the mark, at which everything that was counted will have been paid for (the generic cell rate
algorithm of ITU-T I.371). Nothing fills or empties it in between, so it costs one row and no upkeep.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True, slots=True)
class Limit:
    """So many at once, and after them one every `every_s` seconds."""

    burst: int
    every_s: float

    def wait_s(self, mark: float, now: float) -> float:
        """Return how long to wait, 0 if one more fits, by the mark that one more gives."""
        return max(0.0, mark - now - self.burst * self.every_s)


@dataclass(frozen=True, slots=True)
class RoomLimits:
    """What counts against what. Moderators, owners and programs of this machine are exempt.

    `person`: messages of one author, in all rooms; `address`: messages from one IPv4 address or one /64 of IPv6, in all rooms; `room`: messages in one
    room; `acts`: edits, deletions and reactions of one author; `plays`: acts of one author on a shared playback; `reports`: reports of one
    author. `address_acts`: acts, plays and reports from one address.
    """

    person: Limit = Limit(5, 1.5)
    address: Limit = Limit(30, 0.1)
    room: Limit = Limit(200, 0.02)
    acts: Limit = Limit(20, 0.5)
    plays: Limit = Limit(20, 0.5)
    reports: Limit = Limit(5, 60.0)
    address_acts: Limit = Limit(120, 0.1)

    @classmethod
    def of(cls, rates: Mapping[str, float]) -> RoomLimits:
        """Return the limits of a JSON form, or of the keys `rooms.limits` of a configuration."""
        limits = {
            one.name: Limit(round(rates[f"{one.name}_burst"]), rates[f"{one.name}_every_s"])
            for one in fields(cls)
        }
        return cls(**limits)

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form: two numbers for each limit."""
        found: dict[str, float] = {}
        for one in fields(self):
            limit: Limit = getattr(self, one.name)
            found |= {f"{one.name}_burst": limit.burst, f"{one.name}_every_s": limit.every_s}
        return found
