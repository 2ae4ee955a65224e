"""The headers of tus 1.0, read strictly: versions, lengths, metadata, checksums. Pure."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import format_datetime

from starlette.datastructures import Headers

from framecast.errors import Invalid
from framecast.model import number
from framecast.servers.uploads.checksum import Checksum

VERSION = "1.0.0"
EXTENSIONS = ("creation", "creation-with-upload", "termination", "checksum", "expiration")
BODY_TYPE = "application/offset+octet-stream"
MAX_PAIRS = 32
MAX_VALUE_BYTES = 2048
_KEY = re.compile(r"[!-+\--~]{1,64}")  # ASCII that can be seen, without the comma


def one(headers: Headers, name: str) -> str | None:
    """Return the value of a header, None without it.

    Raises:
        Invalid: it is there more than once.
    """
    found: Sequence[str] = headers.getlist(name)
    if len(found) > 1:
        raise Invalid(f"{name} must be given once, got {len(found)} of them")
    return found[0].strip() if found else None


def whole(headers: Headers, name: str) -> int | None:
    """Return the number in a header, None without it.

    Raises:
        Invalid: it is something else than a number of bytes.
    """
    text = one(headers, name)
    if text is None:
        return None
    if not number.is_digits(text, 16):
        raise Invalid(f"{name} must be a number of bytes, got {text!r:.40}")
    return number.integer(text, 0, 10**16)


def required(headers: Headers, name: str) -> int:
    """Return the number in a header that must be there.

    Raises:
        Invalid: it is not, or is something else than a number of bytes.
    """
    found = whole(headers, name)
    if found is None:
        raise Invalid(f"this request needs the header {name}, a number of bytes")
    return found


def metadata_of(text: str | None) -> dict[str, str]:
    """Return the pairs of `Upload-Metadata`: keys, and values in Base64 of UTF-8; a key alone has the value ''.

    Raises:
        Invalid: it has another form, a key twice, or too much.
    """
    if not text:
        return {}
    pairs = text.split(",")
    if len(pairs) > MAX_PAIRS:
        raise Invalid(f"Upload-Metadata may have {MAX_PAIRS} pairs at most, got {len(pairs)}")
    found: dict[str, str] = {}
    for pair in pairs:
        key, _, encoded = pair.strip().partition(" ")
        if not _KEY.fullmatch(key) or key in found:
            raise Invalid(
                "Upload-Metadata must be 'key value' with commas between the pairs, each key once and without spaces, "
                f"got {pair!r:.80}"
            )
        found[key] = _value(key, encoded)
    return found


def checksum_of(headers: Headers) -> Checksum | None:
    """Return what `Upload-Checksum` says, None without it.

    Raises:
        Invalid: it has another form, or an algorithm that is not offered.
    """
    text = one(headers, "Upload-Checksum")
    return None if text is None else Checksum.parse(text)


def expires(at: float) -> str:
    """Return a time in UTC seconds as `Upload-Expires` has it (RFC 9110 section 5.6.7)."""
    return format_datetime(datetime.fromtimestamp(at, UTC), usegmt=True)


def _value(key: str, encoded: str) -> str:
    try:
        value = base64.b64decode(encoded, validate=True)
        text = value.decode()
    except (binascii.Error, ValueError):
        raise Invalid(
            f"the value of {key!r} in Upload-Metadata must be Base64 of UTF-8, got {encoded!r:.80}"
        ) from None
    if len(value) > MAX_VALUE_BYTES:
        raise Invalid(
            f"a value in Upload-Metadata may have {MAX_VALUE_BYTES} bytes at most, got {len(value)}"
        )
    return text
