"""The parts of a text that are more than text: links, and words after an `@` that may be names. Pure, linear time; counted in code points.

The server finds them, so that a page never makes a link of something by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from framecast.model.room import Span

MOST_LINKS = 20
LONGEST_LINK = 1000
_LINK = re.compile(r"(?<![\w@])https?://[^\s<>\"'`\\^{|}]+", re.IGNORECASE)
_AFTER_LINK = ".,;:!?*_~"
_PAIRS = {")": "(", "]": "[", "}": "{"}


def links_in(text: str) -> Iterator[Span]:
    """Find the links of a text: `http` and `https`, with a host and without a user's name, which could look like a host."""
    count = 0
    for found in _LINK.finditer(text):
        link = _trimmed(found.group())
        if len(link) <= LONGEST_LINK and _is_plain(link):
            yield Span("link", found.start(), found.start() + len(link), link)
            count += 1
            if count == MOST_LINKS:
                return


def _trimmed(link: str) -> str:
    """Return a link without the signs that belong to the sentence around it."""
    end = len(link)
    while end:
        last = link[end - 1]
        closes = last in _PAIRS and link.count(last, 0, end) > link.count(_PAIRS[last], 0, end)
        if last not in _AFTER_LINK and not closes:
            break
        end -= 1
    return link[:end]


def _is_plain(link: str) -> bool:
    try:
        parts = urlsplit(link)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return False
    return bool(host) and "@" not in parts.netloc
