"""A page of the package, or a file that pages load, as an answer: compressed, and not sent again to a browser that has it."""

from __future__ import annotations

from fastapi import Request
from starlette.responses import Response

from framecast.servers.web.assets import Asset
from framecast.servers.web.context import web_of

# Of a header without end only the beginning is read.
_MOST_CODINGS = 16


def page_answer(request: Request, name: str) -> Response:
    """Return a page of the package."""
    return asset_answer(request, web_of(request).assets.page(name))


def asset_answer(request: Request, asset: Asset) -> Response:
    """Return a file of the package, or 304 if the browser has it."""
    small = web_of(request).assets.compressed(asset) if _takes_gzip(request) else None
    # Another representation has another tag (RFC 9110 section 8.8.3.3).
    tag = asset.etag if small is None else f'{asset.etag[:-1]}-gzip"'
    headers = {"Cache-Control": "no-cache", "ETag": tag, "Vary": "Accept-Encoding"}
    known = request.headers.get("if-none-match", "")
    if tag in known or asset.etag in known:  # the content is the same in both
        return Response(status_code=304, headers=headers)
    if small is not None:
        headers["Content-Encoding"] = "gzip"
    return Response(asset.body if small is None else small, media_type=asset.media_type, headers=headers)


def _takes_gzip(request: Request) -> bool:
    """True if the client lists gzip, and does not refuse it by a weight of 0 (RFC 9110 section 12.5.3)."""
    wishes = [
        wish.replace(" ", "").lower()
        for wish in request.headers.get("accept-encoding", "").split(",")[:_MOST_CODINGS]
    ]
    return any(
        wish == "gzip" or (wish.startswith("gzip;q=") and wish[7:].strip("0.") != "") for wish in wishes
    )
