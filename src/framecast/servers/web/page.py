"""A page of the package, or a file that pages load, as an answer: not sent again to a browser that has it."""

from __future__ import annotations

from fastapi import Request
from starlette.responses import Response

from framecast.servers.web.assets import Asset
from framecast.servers.web.context import web_of


def page_answer(request: Request, name: str) -> Response:
    """Return a page of the package."""
    return asset_answer(request, web_of(request).assets.page(name))


def asset_answer(request: Request, asset: Asset) -> Response:
    """Return a file of the package, or 304 if the browser has it."""
    headers = {"Cache-Control": "no-cache", "ETag": asset.etag}
    if asset.etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(asset.body, media_type=asset.media_type, headers=headers)
