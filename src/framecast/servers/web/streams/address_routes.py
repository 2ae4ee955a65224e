"""For "see it on my phone": the addresses of this server in the network. The page draws the QR code itself: a link in it is a secret."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Request
from pydantic import BaseModel

from framecast.servers.web.context import web_of
from framecast.servers.web.streams.addresses import advice, lan_urls, own_addresses

router = APIRouter(tags=["server"])


class Addresses(BaseModel):
    """URLs of the start page that other devices of the network can open; without any, `advice` says what to do."""

    addresses: list[str]
    advice: str


@router.get("/api/addresses", summary="Where other devices reach this server")
async def get_addresses(request: Request) -> Addresses:
    """Give the URLs of this server in the networks of its machine; a proxy in front of it has its own."""
    web = web_of(request)
    own = await asyncio.to_thread(own_addresses)
    scheme = "https" if web.settings.tls_cert_file else "http"
    urls = lan_urls(web.address, web.settings.port, web.settings.base_path, own, scheme)
    return Addresses(addresses=urls, advice=advice(web.address, urls))
