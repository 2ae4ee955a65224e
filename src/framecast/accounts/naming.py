"""What people, groups and credentials are called. Pure."""

from __future__ import annotations

import re
import unicodedata

from framecast.errors import Invalid
from framecast.model.naming import check_display_name
from framecast.model.text import shown

LONGEST = 64
# Letters and digits of every script, so that an address of e-mail is a name too.
_NAME = re.compile(r"\w[\w.@+-]{0,63}")


def check_account_name(name: object) -> str:
    """Return the name of an account as it is kept: in composed Unicode (NFC).

    Raises:
        Invalid: it is no such name.
    """
    if isinstance(name, str) and len(name) <= 4 * LONGEST:
        composed = unicodedata.normalize("NFC", name)
        if _NAME.fullmatch(composed):
            return composed
    seen = repr(shown(name, LONGEST)) if isinstance(name, str) else type(name).__name__
    raise Invalid(
        f"the name of an account must be 1 to {LONGEST} letters, digits or . _ - @ +, beginning with a letter or digit; got {seen}",
        reason="name",
    )


def key_of(name: str) -> str:
    """Return what two names share that people take for the same: without case, widths and ligatures (NFKC, case folded)."""
    storable = (
        name.encode(errors="replace").decode().replace("\0", "?")
    )  # what no account has, but somebody may send
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", storable).casefold())


def check_label(what: str, given: object) -> str:
    """Return the name of a group, a token or a key: a text of up to 80 characters that can be seen.

    Raises:
        Invalid: it is something else, or empty.
    """
    try:
        label = check_display_name(given)
    except Invalid as error:
        raise Invalid(f"{what} {error}") from None
    if not label:
        raise Invalid(f"{what} must not be empty")
    return label
