"""Errors as a page for people, in the look of the other pages. Pure: texts in, HTML out.

A browser that opens an address asks for `text/html`; programs, players and the scripts of the pages do not, and get JSON.
"""

from __future__ import annotations

import html
from collections.abc import Mapping
from string import Template

_TITLES: Mapping[int, str] = {
    400: "Invalid request",
    401: "Access denied",
    403: "Access denied",
    404: "Not found",
    405: "Not possible here",
    409: "Conflict",
    413: "Too large",
    421: "Wrong address",
    429: "Too many attempts",
    502: "The source does not work",
    503: "Not available now",
    504: "No answer in time",
}


def wants_page(accept: str) -> bool:
    """Return whether a request with this Accept header comes from a person who opens an address in a browser."""
    return "text/html" in accept.lower()


def error_page(page: bytes, status: int, message: str, up: str) -> bytes:
    """Return the page `page` with its texts filled in; `up` leads from the address of the request to the root of the server."""
    texts = {
        "status": str(status),
        "title": _TITLES.get(status, "Error"),
        "message": _sentence(message),
        "up": up or "./",
    }
    filled = {name: html.escape(text, quote=True) for name, text in texts.items()}
    return Template(page.decode()).substitute(filled).encode()


def way_up(path: str) -> str:
    """Return the relative address of the root as seen from `path`, '' if both are in the same folder: the prefix of a proxy may be known to the proxy only."""
    return "../" * (path.count("/") - 1)


def _sentence(message: str) -> str:
    text = message[:1].upper() + message[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."
