"""The texts of a video as they are kept, and the keys of lists. Pure. How words are searched: `model/folding.py`."""

from __future__ import annotations

import re
import unicodedata

from framecast.errors import Invalid
from framecast.model.folding import folded
from framecast.model.text import check_text, described, text_problem

LONGEST_TITLE = 120
LONGEST_DESCRIPTION = 5000
LONGEST_TAG = 40
MOST_TAGS = 20
LONGEST_FILENAME = 255
_SPACES = re.compile(r"\s+")
_NOT_PLAIN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def check_title(given: object) -> str:
    """Return a title as it is kept: 1 to 120 characters in one line.

    Raises:
        Invalid: it is something else.
    """
    if not isinstance(given, str):
        raise Invalid(f"the title must be a text, got {described(given)}")
    title = unicodedata.normalize("NFC", given[: 4 * LONGEST_TITLE].strip())
    if not title:
        raise Invalid("the title must not be empty")
    return check_text("the title", title, LONGEST_TITLE)


def check_description(given: object) -> str:
    """Return a description as it is kept: up to 5,000 characters, in lines.

    Raises:
        Invalid: it is something else.
    """
    if not isinstance(given, str):
        raise Invalid(f"the description must be a text, got {described(given)}")
    lines = [line.rstrip() for line in given[: 4 * LONGEST_DESCRIPTION].splitlines()]
    text = "\n".join(lines).strip()
    problem = text_problem(text.replace("\n", " ").replace("\t", " "), LONGEST_DESCRIPTION)
    if problem:
        raise Invalid(f"the description {problem}")
    return unicodedata.normalize("NFC", text)


def check_tags(given: object) -> tuple[str, ...]:
    """Return tags as they are kept: up to 20 of up to 40 characters, each once.

    Raises:
        Invalid: they are something else.
    """
    if not isinstance(given, list | tuple) or not all(isinstance(one, str) for one in given):
        raise Invalid(f"tags must be a list of texts, such as ['garden', 'night'], got {described(given)}")
    found: dict[str, str] = {}
    for one in given[: 10 * MOST_TAGS]:
        tag = _SPACES.sub(" ", unicodedata.normalize("NFC", one[: 4 * LONGEST_TAG].strip().removeprefix("#")))
        check_text("a tag", tag, LONGEST_TAG)
        if tag:
            found.setdefault(tag_key(tag), tag)
    if len(found) > MOST_TAGS:
        raise Invalid(f"a video has at most {MOST_TAGS} tags, got {len(found)}")
    return tuple(found.values())


def kept_filename(given: str) -> str:
    """Return the name of a file as it is shown: the last part of a path, without what no page can show. It never is the name of a stored file."""
    last = given.replace("\\", "/").rpartition("/")[2]
    plain = _NOT_PLAIN.sub("", last[: 4 * LONGEST_FILENAME]).strip()
    return unicodedata.normalize("NFC", plain)[:LONGEST_FILENAME]


def title_of(filename: str) -> str:
    """Return the title of a video whose owner has given none: the name of its file without its ending."""
    stem, dot, ending = filename.rpartition(".")
    name = stem if dot and stem and len(ending) <= 5 else filename
    title = _SPACES.sub(" ", _NOT_PLAIN.sub("", name).replace("_", " ")).strip()[:LONGEST_TITLE]
    return title or "Video"


def tag_key(tag: str) -> str:
    """Return what two tags share that people take for the same."""
    return _SPACES.sub(" ", folded(tag)).strip()[:256] or tag.strip()[:256]


def title_key(title: str) -> str:
    """Return what titles are sorted by."""
    return (folded(title) or title)[:120]


def kept_text(what: str, given: object, most: int) -> str:
    """Return a short text of a person's as it is kept: in one line.

    Raises:
        Invalid: it is something else, or too long.
    """
    if not isinstance(given, str):
        raise Invalid(f"{what} must be a text, got {described(given)}")
    return check_text(what, _SPACES.sub(" ", given[: 4 * most]).strip(), most)
