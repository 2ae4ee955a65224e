"""A setting as one row: a field of a frozen dataclass with its default, range, description and the moment a change takes effect.

The configuration file, the environment, the flags, the JSON schema, the reload and the reference (docs/reference/configuration.md)
are derived from these rows. Pure values; any thread.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import MISSING, Field, dataclass, field, fields, is_dataclass, replace
from enum import Enum
from functools import cache
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, get_type_hints

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T", bound="DataclassInstance")


class Change(Enum):
    """When a changed setting takes effect while the node runs."""

    NOW = "at once"
    SERVERS = "at once; servers restart"
    START = "at the next start"


@dataclass(frozen=True, slots=True)
class Setting:
    """What a row says besides name, type and default."""

    doc: str  # one sentence without a period, in Markdown
    low: float | None = None
    high: float | None = None
    change: Change = Change.START
    is_flag: bool = False  # an option of `framecast serve`
    is_secret: bool = False  # its value appears in no message and no `repr`
    parse: Callable[[object], object] | None = (
        None  # what the file or the environment has, to a value of its type
    )
    check: Callable[[Any], object] | None = (
        None  # a value of its type, to the one that is used; raises Invalid
    )
    text: Callable[[Any], str] | None = None  # a value as a person writes it
    default_text: str = ""  # Markdown for a default that depends on the machine or needs words

    @property
    def plain_doc(self) -> str:
        """The description without links."""
        return re.sub(r"\[([^\[\]]*)\]\([^()]*\)", r"\1", self.doc)


@dataclass(frozen=True, slots=True)
class Row:
    """One setting of a table. `key` is its path in the configuration file: `grpc.port`."""

    key: str
    hint: Any
    setting: Setting
    field: Field[Any]

    @property
    def default(self) -> Any:  # noqa: ANN401  of any type
        """The default; it may depend on the environment of the process."""
        return self.field.default if self.field.default_factory is MISSING else self.field.default_factory()

    @property
    def default_text(self) -> str:
        """The default in Markdown, '' if there is none."""
        text = self.text_of(self.default)
        return self.setting.default_text or (f"`{text}`" if text else "")

    def text_of(self, value: object) -> str:
        """Return a value as a person writes it."""
        if value is None or value in ([], {}, (), ""):
            return ""
        if self.setting.text is not None:
            return self.setting.text(value)
        return (
            str(value).lower()
            if isinstance(value, bool)
            else f"{value:g}"
            if isinstance(value, float)
            else str(value)
        )


def setting(default: object, doc: str, **given: Any) -> Any:  # noqa: ANN401  as dataclasses.field
    """Return a field of a dataclass that is a row; a callable `default` makes the default."""
    row = Setting(doc, **given)
    kind: dict[str, Any] = {"default_factory": default} if callable(default) else {"default": default}
    return field(**kind, repr=not row.is_secret, metadata={"setting": row})


@cache
def rows(table: type, prefix: str = "") -> tuple[Row, ...]:
    """Return the rows of a table in order; those of a section have its key before theirs."""
    hints, found = get_type_hints(table), list[Row]()
    for one in fields(table):
        key, hint = f"{prefix}{one.name}", hints[one.name]
        if "setting" in one.metadata:
            found.append(Row(key, hint, one.metadata["setting"], one))
        elif _is_table(hint):
            found += rows(hint, f"{key}.")
    return tuple(found)


def sections(table: type) -> dict[str, type]:
    """Return the sections of a table by their keys: fields whose type is a table of its own."""
    hints = get_type_hints(table)
    return {one.name: hints[one.name] for one in fields(table) if _is_table(hints[one.name])}


def value_of(values: object, key: str) -> Any:  # noqa: ANN401  of any type
    """Return the value of the row `key` in a table that is filled."""
    return attrgetter(key)(values)


def mixed(new: T, old: T, takes_new: Callable[[Setting], bool]) -> T:
    """Return `new`, but with the values of `old` in the rows for which `takes_new` is false."""
    kept: dict[str, Any] = {}
    for one in fields(new):
        was, now = getattr(old, one.name), getattr(new, one.name)
        if "setting" in one.metadata:
            kept[one.name] = now if takes_new(one.metadata["setting"]) else was
        elif _is_table(type(now)):
            kept[one.name] = mixed(now, was, takes_new)
    return replace(new, **kept)


def to_json(section: DataclassInstance) -> dict[str, Any]:
    """Return the values of a section as JSON has them."""
    values = {row.key: value_of(section, row.key) for row in rows(type(section))}
    return {key: str(value) if isinstance(value, Path) else value for key, value in values.items()}


def _is_table(kind: object) -> bool:
    return (
        isinstance(kind, type)
        and is_dataclass(kind)
        and any("setting" in one.metadata for one in fields(kind))
    )
