"""The last picture of a stream, small: what pages show, dimmed, while its source is away. Pure values.

The publisher makes it when it ends, the node keeps one for each stream, the web server asks for it.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from framecast.errors import Invalid
from framecast.model import number

LONG_SIDE = 640  # pixels
MAX_BYTES = 128 << 10
_MAX_NS = (1 << 63) - 1


@dataclass(frozen=True, slots=True)
class LastPicture:
    """A JPEG, and when it was captured (UTC nanoseconds)."""

    jpeg: bytes
    captured_at: int

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> LastPicture:
        """Return the picture in a message.

        Raises:
            Invalid: there is none, or it is too large.
        """
        try:
            jpeg = base64.b64decode(fields["jpeg"], validate=True)
            captured_at = number.whole(fields["captured_at"], 0, _MAX_NS)
        except (KeyError, TypeError, ValueError, binascii.Error) as error:
            raise Invalid(f"a last picture must have 'jpeg' (base64) and 'captured_at': {error}") from error
        if not jpeg.startswith(b"\xff\xd8"):
            raise Invalid("a last picture must be a JPEG")
        if len(jpeg) > MAX_BYTES:
            raise Invalid(f"a last picture may have {MAX_BYTES} bytes, got {len(jpeg)}")
        return cls(jpeg, captured_at)

    def to_json(self) -> dict[str, Any]:
        """Return the form that `from_json` reads."""
        return {"jpeg": base64.b64encode(self.jpeg).decode(), "captured_at": self.captured_at}
