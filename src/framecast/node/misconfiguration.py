"""What is wrong with a configuration, in one sentence: where (file and line, variable or flag), which key, what was expected, what to do.

No sentence shows a value, because values may be secrets. Runs when a configuration was refused, in the node's process.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, get_origin

from pydantic import ValidationError
from pydantic_settings import SettingsError

from framecast import native
from framecast.errors import Invalid
from framecast.model.sentence import LONGEST_MESSAGE, key_of, sentence
from framecast.model.setting import Row, rows, sections
from framecast.model.suggestion import instead_of
from framecast.model.text import named, shown, without_halves
from framecast.node import yaml_document
from framecast.node.settings import Settings

ENV_PREFIX = "FRAMECAST_"
_PATHS = ("_dir", "_file")  # keys whose values may have any bytes

Keys = Sequence[object]


class Origins:
    """The origin of each value of a configuration: flags, which override the environment, which overrides the file."""

    def __init__(self, flags: Mapping[str, object], in_file: Mapping[str, Any], path: Path | None) -> None:
        self._flags = flags
        self._in_file = in_file
        self._path = path

    def of(self, keys: Keys, message: str = "") -> str:
        """Return where the value of a key was set: `framecast.yaml, line 3`. `message` may name a key below it."""
        words = [str(key) for key in keys]
        flag = [*words, *_below(_at(self._flags, words), message)]
        if words and words[0] in self._flags and _at(self._flags, flag) is not None:
            return "--" + "-".join(flag).replace("_", "-")
        if variable := _variable_of(words):
            return f"environment variable {variable}"
        if self._path is None:
            return "the configuration"
        words += _below(_at(self._in_file, words), message)
        line = yaml_document.line_of(self._path, words) if words else None
        return f"{self._path}, line {line}" if line else str(self._path)

    def refused_values(self, error: ValidationError) -> Invalid:
        """Return the error for values that are not of their types: the first one, with its place and key."""
        found = error.errors(include_url=False)[0]
        keys, name = [str(part) for part in found["loc"]], key_of(found["loc"])
        if found["type"] == "extra_forbidden":
            known = instead_of(keys[-1], _names(_table(keys[:-1])), "known keys:")
            return Invalid(f"{self.of(keys)} has the unknown key {named(name)}: {known}")
        message = sentence(found)
        where = self.of(keys, message)
        return Invalid(f"{where}: {_joined(name, message)}" if name else f"{where}: {message}")

    def refused_stream(self, error: Invalid, keys: Keys) -> Invalid:
        """Return the error for a stream, or for the defaults, whose options are wrong."""
        message = shown(str(error), LONGEST_MESSAGE)
        if keys[0] == "defaults":
            message = message.replace("stream defaults", "'defaults'")
        return Invalid(f"{self.of(keys, message)}: {message}")


def refused_environment(error: SettingsError | RecursionError) -> Invalid:
    """Return the error for variables that are not JSON."""
    if isinstance(error, RecursionError):
        return Invalid("the environment cannot be read: JSON is nested too deeply")
    for row in rows(Settings):
        kind = get_origin(row.hint)
        if kind in (list, dict) and not _is_json(os.environ.get(_variable(row), "null")):
            example = '["a", "b"]' if kind is list else '{"key": "value"}'
            return Invalid(f"environment variable {_variable(row)} must be JSON, such as {example}")
    return Invalid(f"the environment cannot be read: {shown(str(error), 200)}")


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def refuse_unknown_variables(environ: Mapping[str, str] = os.environ) -> None:
    """Return if every variable with our prefix is one of a setting, and is text.

    Raises:
        Invalid: names the first one that is not, and the nearest that exists.
    """
    for variable, value in sorted(environ.items()):
        if not variable.startswith(ENV_PREFIX) or variable == native.VARIABLE:
            continue
        parts = variable.removeprefix(ENV_PREFIX).lower().split("__")
        if not _is_known(parts):
            known = instead_of(variable, [*map(_variable, rows(Settings))])
            raise Invalid(f"environment variable {variable} is not known: {known}")
        if not parts[0].endswith(_PATHS) and without_halves(value) != value:
            raise Invalid(f"environment variable {variable} is not UTF-8 text: set it in UTF-8")


def _is_known(parts: list[str]) -> bool:
    """Whether a variable sets a key, a whole section as JSON, or something in a mapping such as `streams`."""
    section = ".".join(parts) + "."
    for row in rows(Settings):
        if row.key.startswith(section):
            return True
        path = row.key.split(".")
        if parts == path or (get_origin(row.hint) is dict and parts[: len(path)] == path):
            return True
    return False


def _variable(row: Row) -> str:
    return ENV_PREFIX + row.key.upper().replace(".", "__")


def _variable_of(keys: list[str]) -> str:
    """The variable that sets a key or a mapping around it, '' if there is none."""
    for length in range(len(keys), 0, -1):
        wanted = ENV_PREFIX + "__".join(keys[:length]).upper()
        for variable in os.environ:
            if variable.upper() == wanted or (
                length == len(keys) and variable.upper().startswith(f"{wanted}__")
            ):
                return shown(variable, 100)
    return ""


def _joined(name: str, message: str) -> str:
    """`port must be ...`, `grpc: tls_cert_file and ...`, `log level must be ...`."""
    if message.startswith(name):
        return message
    return f"{name} {message}" if message.startswith(("must ", "is ")) else f"{name}: {message}"


def _at(values: object, keys: list[str]) -> object:
    for key in keys:
        values = values.get(key) if isinstance(values, Mapping) else None
    return values


def _below(values: object, message: str) -> Iterator[str]:
    """The key of a mapping that a message names as a word."""
    words = set(re.findall(r"\w+", message))
    if isinstance(values, Mapping):
        yield from [key for key in values if str(key) in words][:1]


def _table(keys: list[str]) -> type:
    """The table of the section that keys lead to."""
    table: type = Settings
    for key in keys:
        table = sections(table).get(key, table)
    return table


def _names(table: type) -> list[str]:
    return [*dict.fromkeys(row.key.partition(".")[0] for row in rows(table))]
