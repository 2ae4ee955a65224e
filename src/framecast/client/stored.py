"""Videos of the library as sources: `video:ID` is a file that the running node names."""

from __future__ import annotations

import os
from pathlib import Path

from framecast.bus.runtime import node_socket
from framecast.client.node_client import NodeClient
from framecast.errors import Denied, NodeUnavailable

SCHEME = "video:"


def is_stored(what: object) -> bool:
    """Return whether a source is a video of the library."""
    return isinstance(what, str) and what.startswith(SCHEME)


def resolved(
    what: str | int | os.PathLike[str], node: str | os.PathLike[str] | None
) -> tuple[str | int | os.PathLike[str], list[str]]:
    """Return the file of a video of the library, and those of its data tracks; everything else as it is. `node`: the runtime folder of the node that has the video.

    Raises:
        NodeUnavailable: no node answers. NotFound: it has no such video, or the video cannot be played yet.
        Denied: the file belongs to another user of this machine.
    """
    if not isinstance(what, str) or not is_stored(what):
        return what, []
    with NodeClient(socket=node_socket(None if node is None else Path(node))) as client:
        try:
            found = client.request({"op": "video", "video": what.removeprefix(SCHEME)})
        except NodeUnavailable as error:
            raise NodeUnavailable(f"{what} is in the library of a node, and {error}") from error
    path = Path(found["path"])
    if not os.access(path, os.R_OK):
        raise Denied(
            f"the file of {what} may not be read by this user: run the program as the user of the node, "
            "or download the video"
        )
    return path, list(found.get("data") or ())
