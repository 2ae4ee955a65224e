"""`video:ID`: a video of the library as a stream, played at its own rate, again and again.

The node knows which file that is, and gives the source process the address of the file instead (`node.stored_videos`). What comes here is a video that the
node does not have.
"""

from __future__ import annotations

import re
import threading

from framecast.bus import Publisher
from framecast.errors import Invalid, SourceError
from framecast.model import Source, StreamSpec

_ID = re.compile(r"video:([A-Za-z0-9_-]{1,64})", re.IGNORECASE)


def id_of(source: Source) -> str:
    """Return the id in the address of a video.

    Raises:
        Invalid: it has none.
    """
    found = _ID.fullmatch(source.reveal())
    if found is None:
        raise Invalid(
            f"{source} is not the address of a video: it must be video: and the id of the video, such as in its page's URL"
        )
    return found[1]


def run(_publisher: Publisher, spec: StreamSpec, _stop: threading.Event) -> None:
    """Say that there is no such video.

    Raises:
        SourceError: always.
    """
    raise SourceError(
        "not-found", f"the library of this node has no {spec.source}, or it cannot be played yet"
    )
