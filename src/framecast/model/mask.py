"""Texts of any kind, such as lines of a log, with the secrets of all addresses in them masked. Linear time. Pure; any thread."""

from __future__ import annotations

import re
from collections.abc import Iterator

from framecast.model.address import MASK, SCHEME, SECRET_NAME, authority_of, is_cut_at, mask_address

# Around an address in a sentence.
_AROUND = ".,;:!)]}>'\""
_PARAMETER = re.compile(r"[?&;][^=&;\s]*")
_VALUE = re.compile(r"[^&;\s#]*")
_SPACE = re.compile(r"\s")


def mask(text: str) -> str:
    """Return a text of any kind, such as a line of the log, with the secrets of every address in it masked."""
    parts: list[str] = []
    at = 0
    for start, end in _addresses(text):
        parts += [_masked_parameters(text[at:start]), mask_address(text[start:end])]
        at = end
    return "".join([*parts, _masked_parameters(text[at:])])


def _addresses(text: str) -> Iterator[tuple[int, int]]:
    """Where the addresses of a text are. One ends at a space, unless a password goes on behind it."""
    at = text.find("://")
    while at >= 0:
        space = _SPACE.search(text, at)
        following = -1 if space is None else _next_address(text, space.start())
        limit = len(text) if following < 0 else following - len(_scheme_before(text, following))
        start = at - len(_scheme_before(text, at))
        if start < at:
            yield start, _end(text, at + 3, max(limit, at + 3))
        at = following


def _next_address(text: str, at: int) -> int:
    """Where the next :// with a scheme before it is; one without may be in a password."""
    at = text.find("://", at)
    while at >= 0 and not _scheme_before(text, at):
        at = text.find("://", at + 3)
    return at


def _scheme_before(text: str, at: int) -> str:
    found = SCHEME.search(text[max(0, at - 32) : at])
    return found[0].lstrip("0123456789+.-") if found else ""


def _end(text: str, begin: int, limit: int) -> int:
    line = text.find("\n", begin, limit)
    limit = limit if line < 0 else line
    space = _SPACE.search(text, begin, limit)
    end = limit if space is None else space.start()
    authority, length = authority_of(text[begin:end])
    last = text.rfind("@", end, limit)
    user = authority.rpartition("@")[0]
    if last >= 0 and user != MASK:  # a password may have an @ and a space in it
        is_open = user != "" or (length == end - begin and ":" in text[begin:last])
        if is_open or is_cut_at(authority.rstrip(_AROUND), "@"):
            space = _SPACE.search(text, last, limit)
            end = limit if space is None else space.start()
    while end > begin and text[end - 1] in _AROUND and text[begin:end] != MASK:
        end -= 1
    return end


def _masked_parameters(text: str) -> str:
    """Parameters outside of addresses: their names decide, since it is not known whose they are."""
    parts, at, done = [], 0, 0
    while (found := _PARAMETER.search(text, at)) is not None:
        at = found.end()
        if text.startswith("=", at) and SECRET_NAME.search(found[0][1:]):
            value = _VALUE.match(text, at + 1)
            assert value is not None
            parts += [text[done : at + 1], MASK]
            at = done = value.end()
    return "".join([*parts, text[done:]])
