"""Becoming the writer of a stream: a connection of node.sock on which the node accepts a publisher. Blocks; any thread."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import NamedTuple

from framecast.bus import Channel
from framecast.errors import Broken, NodeUnavailable, WouldBlock


class Accepted(NamedTuple):
    """What a publisher starts with: its connection (the caller closes it), its first epoch, and how many readers there are."""

    channel: Channel
    epoch: int
    readers: int | None


def ask_to_publish(path: Path, stream: str, label: str, by: str | None = None) -> Accepted:
    """Return the accepted connection of a new publisher of `stream` at the node's socket `path`; a new stream belongs to the account `by`.

    Raises:
        Conflict: the stream has another writer.
        NodeUnavailable: no node answers.
    """
    channel = Channel.connect(path)
    try:
        answer = channel.call(
            {"op": "publish", "stream": stream, "label": label} | ({} if by is None else {"by": by})
        )
    except (Broken, WouldBlock) as error:
        channel.close()
        raise NodeUnavailable(f"the node at {path} closed the connection without an answer") from error
    except BaseException:
        channel.close()
        raise
    readers = answer.get("readers")
    return Accepted(channel, int(answer.get("epoch", 0)), None if readers is None else int(readers))


def label_of_program() -> str:
    """Return how this program names itself as a publisher: its file and process id."""
    return f"{os.path.basename(sys.argv[0]) or 'python'} {os.getpid()}"
