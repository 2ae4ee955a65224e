"""What people call a stream beside its name: its display name, and the groups that it belongs to.

Any language, spaces and umlauts are allowed. Characters that have no shape, or that change the direction of writing, are refused. Texts are kept in
Unicode's composed form (NFC), so the same word typed on two systems is the same group. Pure; any thread.
"""

from __future__ import annotations

import unicodedata

from framecast.errors import Invalid
from framecast.model.text import described, text_problem

LONGEST_NAME = 80  # characters of a display name and of the name of a group
MOST_GROUPS = 16
# Categories of Unicode that leave no mark on a screen: formats, separators.
_BLANK = ("Cf", "Zs")


def check_display_name(given: object) -> str:
    """Return a display name as it is stored: without white space around it; '' stands for no display name.

    Raises:
        Invalid: it is no such name; the message goes on after the name of the setting.
    """
    return _label(given, "must be a text") if given != "" else ""


def check_groups(given: object) -> tuple[str, ...]:
    """Return the names of groups as they are kept: each once, in the given order.

    Raises:
        Invalid: one is no such name, or there are too many; the message goes on after the name of the setting.
    """
    expected = "must be a list of names, such as [Garden, Ground floor]"
    if not isinstance(given, list | tuple):
        raise Invalid(f"{expected}, got {described(given)}")
    groups = tuple(dict.fromkeys(_label(one, f"{expected}; each must be a text") for one in given))
    if "" in groups:
        raise Invalid("must have no empty name: leave it out")
    if len(groups) > MOST_GROUPS:
        raise Invalid(f"must have at most {MOST_GROUPS} names, got {len(groups)}")
    return groups


def _label(given: object, expected: str) -> str:
    if not isinstance(given, str):
        raise Invalid(f"{expected}, got {described(given)}")
    text = given.strip()
    if len(text) <= LONGEST_NAME * 4:  # a longer one has too many characters in any form
        text = unicodedata.normalize("NFC", text)
    problem = text_problem(text, LONGEST_NAME)
    if problem:
        raise Invalid(problem)
    if text and all(unicodedata.category(one) in _BLANK for one in text):
        raise Invalid("must have a character that can be seen")
    return text
