"""What servers are given of the rooms: the settings of a configuration as programs use them. Pure."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from framecast.node import database
from framecast.node.config import Config
from framecast.servers.settings import RoomsSettings

FOLDER_NAME = "rooms"
_DAY_S = 86400


def folder_of(config: Config) -> Path:
    """Return the folder of the rooms, which exists once something was said."""
    return (config.data_dir / FOLDER_NAME).absolute()


def rooms_of(config: Config, *, has_accounts: bool) -> RoomsSettings | None:
    """Return the settings of the rooms, None if they are turned off."""
    given = config.rooms
    if not given.enabled:
        return None
    days = given.retention_days
    return RoomsSettings(
        database=database.place_of(config),
        folder=folder_of(config),
        guests=given.guests or ("off" if has_accounts else "write"),
        message_chars=given.message_chars,
        retention_s=None if days is None else round(days * _DAY_S),
        limits=asdict(given.limits),
    )
