"""What pages of the sites in `origins` may read by script: their browsers ask first, and get leave for requests that change nothing (CORS).

No answer allows cookies, so a page reads what anybody may see, or what its own header or token opens. What changes something is refused to it as before:
it is in no answer here. Pure: headers in, headers out (https://fetch.spec.whatwg.org/#http-cors-protocol).
"""

from __future__ import annotations

from collections.abc import Mapping

from framecast.servers.web.http.origin import is_known_origin
from framecast.servers.web.http.route_row import Row

# By which a guest of rooms shows who it is on another site, where its cookie does not come along.
GUEST_HEADER = "framecast-guest"
_KEPT_S = b"600"  # how long a browser needs not ask again

Pairs = tuple[tuple[bytes, bytes], ...]


def sharing_of(row: Row, headers: Mapping[str, str], origins: tuple[str, ...], *, has_token: bool) -> Pairs:
    """Return the headers of an answer to a page of another site, none if it may not read it. `row` is that of the GET."""
    origin = headers.get("origin", "")
    if not row.is_for_origins or not origin:
        return ()
    if not is_known_origin(headers, origins):
        return ((b"access-control-allow-origin", b"*"),) if has_token else ()
    return ((b"access-control-allow-origin", origin.encode("latin-1")), (b"vary", b"Origin"))


def leave_for(row: Row, headers: Mapping[str, str], sharing: Pairs) -> Pairs:
    """Return what an answer has beside `sharing` if it answers the question of a browser whether a page may ask; none if it does not, or it may not."""
    if not sharing or headers.get("access-control-request-method") != row.method:
        return ()
    return (
        (b"access-control-allow-methods", b"GET"),
        (b"access-control-allow-headers", GUEST_HEADER.encode()),
        (b"access-control-max-age", _KEPT_S),
    )
