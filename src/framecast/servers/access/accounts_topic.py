"""The topic `accounts`: servers tell one another that accounts, grants or credentials have changed. A hint; the database is the truth."""

from __future__ import annotations

import logging
from pathlib import Path

from framecast.control.aio import AsyncNodeClient, keep_following
from framecast.control.topics import Notice
from framecast.errors import FramecastError
from framecast.servers.access.vigil import Vigil

TOPIC = "accounts"

log = logging.getLogger("framecast.access")


async def follow_accounts(path: Path, vigil: Vigil) -> None:
    """Give `vigil` a hint for each notice, for ever."""
    try:
        await keep_following(path, (TOPIC,), lambda _notice: vigil.hint())
    except FramecastError as error:  # the change number says the same, half a second later
        log.warning("notices about accounts are not followed: %s", error)


async def announce_accounts(node: AsyncNodeClient) -> None:
    """Publish a notice; without a node it is left out."""
    try:
        await node.publish(Notice(TOPIC))
    except FramecastError as error:
        log.debug("a change of accounts was not announced: %s", error)
