"""Changes of videos as server-sent events, for pages. Event loop only."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

from framecast.servers.video_changes import Listener, VideoChanges

MEDIA_TYPE = "text/event-stream"
# Clients and proxies see by it that the connection lives.
ALIVE_S = 15.0
_AGAIN_MS = 3000


async def events(changes: VideoChanges, listener: Listener, alive_s: float = ALIVE_S) -> AsyncIterator[str]:
    """Yield what is sent to a listener, until its client leaves or the server stops."""
    try:
        yield f"retry: {_AGAIN_MS}\n\n"
        async for ids in listener.changes(alive_s):
            yield "".join(f"data: {json.dumps({'id': one})}\n\n" for one in ids) or ":\n\n"
    finally:
        changes.leave(listener)
