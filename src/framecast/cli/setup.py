"""`framecast setup`: where the first account of a node is made that other machines reach."""

from __future__ import annotations

from datetime import UTC, datetime

from framecast.client.node_client import NodeClient


def setup() -> None:
    """Print the address at which the first account is made, with a new secret; an earlier one opens nothing any more.

    For a node that other machines reach and that has neither accounts nor an access token. The secret works for one hour.
    """
    with NodeClient() as node:
        answer = node.request({"op": "setup"})
    for address in answer["urls"]:
        print(address)
    until = datetime.fromtimestamp(answer["expires"], UTC).astimezone()
    print(f"It works until {until:%H:%M}. Anyone who has it can make the first account.")
