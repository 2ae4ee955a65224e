"""A YAML document from an untrusted writer as plain values: limited in depth and size, and no error shows its content.

It is YAML 1.1 with fewer surprises: keys of a mapping are always text (`on`, `1` and `null` can be names of streams), dates are text,
numbers have decimal, octal or hexadecimal digits only, and a key may appear once. Aliases and merge keys work, but each use counts
its values again. An error names line and column with a reason of its own, because PyYAML's messages may quote the line.
Runs in the thread of its caller.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import yaml
from yaml.error import Mark
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from framecast.errors import Invalid
from framecast.model import number
from framecast.model.text import described
from framecast.node import small_file

MAX_BYTES = 1 << 20
MAX_DEPTH = 32
MAX_VALUES = 50_000
_TAG = "tag:yaml.org,2002:"
_PLAIN_KEY = re.compile(r"[A-Za-z0-9_.-]{1,64}")
# PyYAML's message -> what it means. Some messages quote the document, so none of them is passed on.
_REASONS = (
    (
        "mapping values are not allowed",
        "a ':' in the wrong place: quote a text that contains ': ' or ends with ':', such as 'pattern:'",
    ),
    ("could not find expected ':'", "a key without its ':'"),
    ("found undefined alias", "an alias without its anchor: quote a text that begins with '*'"),
    ("second occurrence", "an anchor that was defined before: quote a text that begins with '&'"),
    ("expected alphabetic or numeric", "an alias, anchor or tag without a name: quote the text"),
    ("found unexpected end of stream", "a quoted text that does not end"),
    ("found unknown escape character", "an unknown escape in double quotes: use single quotes"),
    ("found character '\\t'", "a tab: use spaces"),
    ("found character", "a character that cannot begin a text: quote the text"),
    ("expected <block end>", "an indentation that does not match the lines above"),
    ("expected ',' or", "a list or mapping in brackets that does not end"),
    ("expected the node content", "a value is missing, or a bracket is missing or too much"),
    ("but found another document", "a second document: write everything into one"),
)


class Malformed(Invalid):
    """A document that cannot be read. Its message says why and where, and shows none of the text."""


def read(path: Path) -> dict[str, Any]:
    """Return the mapping in a YAML file; an empty file is an empty mapping.

    Raises:
        Invalid: the file does not exist, is too large, is not text or not YAML, or is not a mapping.
    """
    text = small_file.decoded(path, small_file.read(path, MAX_BYTES))
    try:
        given = parse(text)
    except Malformed as error:
        raise Invalid(f"{path} is not valid YAML: {error}") from None
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise Invalid(
            f"{path} must be a mapping of keys, got {described(given)}: begin with a line such as 'streams:', "
            "and write each stream below it, indented, as 'name: source'"
        )
    return given


def parse(text: str) -> Any:  # noqa: ANN401  whatever the document holds
    """Return the values of a document, None of an empty one.

    Raises:
        Malformed: it is not YAML, is too deep or too large, or has a key twice.
    """
    try:
        loader = _Loader(text)
        try:
            node = loader.get_single_node()
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        raise _malformed(_reason(error.problem or ""), error.problem_mark or error.context_mark) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise Malformed(f"a control character in line {line}") from None
    except yaml.YAMLError:
        raise Malformed("its syntax is wrong") from None
    if node is None:
        return None
    _weigh(node, {})
    return _value(node, {})


def line_of(path: Path, keys: Sequence[str]) -> int | None:
    """Return the line, from 1, where the key at the end of `keys` stands, or the last one on the way to it that is there.

    None if the file cannot be read, or has none of them. For messages about a document that `read` has returned.
    """
    try:
        loader = _Loader(small_file.decoded(path, small_file.read(path, MAX_BYTES)))
        try:
            node = loader.get_single_node()
        finally:
            loader.dispose()
    except (Invalid, yaml.YAMLError):
        return None
    line: int | None = None
    for key in keys:
        found = _entry(node, key)
        if found is None:
            break
        line, node = found
    return line


def _entry(node: Node | None, key: str) -> tuple[int, Node] | None:
    """The line of a key, or of an item by its number, and its value."""
    if isinstance(node, MappingNode):
        for name, value in node.value:
            if isinstance(name, ScalarNode) and name.value == key:
                return name.start_mark.line + 1, value
    if isinstance(node, SequenceNode):
        item = next((item for place, item in enumerate(node.value) if str(place) == key), None)
        return None if item is None else (item.start_mark.line + 1, item)
    return None


class _Loader(yaml.SafeLoader):
    """Makes the nodes of a document; dates and unusual numbers in it are text."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012  PyYAML's own attribute

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._depth = 0

    def compose_node(self, parent: Node | None, index: int) -> Node | None:
        """Return the next node as PyYAML does; refuse a document that is nested too deeply."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise _malformed(_TOO_DEEP, self.get_mark())
        found: Node | None = super().compose_node(parent, index)
        self._depth -= 1
        return found


_TOO_DEEP = f"more than {MAX_DEPTH} levels of lists and mappings"
for _name, _pattern, _first in (
    ("null", r"~|null|Null|NULL|", "~nN\0"),
    ("bool", r"yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF", "yYnNtTfFoO"),
    ("int", r"[-+]?[0-9]+|0x[0-9a-fA-F]+", "-+0123456789"),
    ("float", r"[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?", "-+0123456789."),
    ("merge", r"<<", "<"),
):
    _Loader.add_implicit_resolver(_TAG + _name, re.compile(rf"(?:{_pattern})\Z"), list(_first))
_Loader.add_implicit_resolver(_TAG + "null", re.compile(r"\Z"), [""])


def _weigh(node: Node, known: dict[int, int], depth: int = 1) -> int:
    """Count the values below a node, those behind aliases each time.

    Raises:
        Malformed: they are too many, or an alias contains itself.
    """
    if id(node) in known:
        return known[id(node)]
    if depth > MAX_DEPTH:
        raise _malformed(_TOO_DEEP, node.start_mark)
    weight = 1
    for child in _children(node):
        weight += _weigh(child, known, depth + 1)
        if weight > MAX_VALUES:
            raise _malformed(f"more than {MAX_VALUES} values, counting each use of an alias", node.start_mark)
    known[id(node)] = weight
    return weight


def _children(node: Node) -> list[Node]:
    if isinstance(node, MappingNode):
        return [child for pair in node.value for child in pair]
    return list(node.value) if isinstance(node, SequenceNode) else []


def _value(node: Node, known: dict[int, Any]) -> Any:  # noqa: ANN401  whatever the document holds
    if id(node) not in known:
        known[id(node)] = _made(node, known)
    return known[id(node)]


def _made(node: Node, known: dict[int, Any]) -> Any:  # noqa: ANN401
    kind = node.tag.removeprefix(_TAG)
    if isinstance(node, MappingNode) and kind == "map":
        return _mapping(node, known)
    if isinstance(node, SequenceNode) and kind == "seq":
        return [_value(child, known) for child in node.value]
    if isinstance(node, ScalarNode) and kind in _SCALARS:
        try:
            return _SCALARS[kind](node.value)
        except ValueError:
            raise _malformed("a number that is not valid, or has too many digits", node.start_mark) from None
    raise _malformed("an unknown tag: quote a text that begins with '!'", node.start_mark)


def _mapping(node: MappingNode, known: dict[int, Any]) -> dict[str, Any]:
    own: dict[str, Any] = {}
    merged: list[dict[str, Any]] = []
    for key, value in node.value:
        if not isinstance(key, ScalarNode):
            raise _malformed("a list or mapping as a key", key.start_mark)
        if key.tag == _TAG + "merge":
            merged += _merged(value, known)
            continue
        if key.value in own:
            named = f" '{key.value}'" if _PLAIN_KEY.fullmatch(key.value) else ""
            raise _malformed(f"the key{named} appears twice: remove one", key.start_mark)
        own[key.value] = _value(value, known)
    for one in merged:
        own = {**one, **own}
    return own


def _merged(node: Node, known: dict[int, Any]) -> list[dict[str, Any]]:
    found = _value(node, known)
    given = found if isinstance(found, list) else [found]
    if not all(isinstance(one, dict) for one in given):
        raise _malformed("a merge key '<<' whose value is not a mapping", node.start_mark)
    return given


def _integer(text: str) -> int:
    if text.startswith("0x"):
        return number.integer(text[2:], 0, _MOST, 16)
    digits = text.lstrip("+-")
    if digits.startswith("0") and len(digits) > 1:  # YAML 1.1: a file's mode, such as 0660
        return number.integer(digits, 0, _MOST, 8)
    return number.integer(text, -_MOST, _MOST)


_MOST = (1 << 63) - 1
_SCALARS: dict[str, Callable[[str], Any]] = {
    "str": str,
    "null": lambda _text: None,
    "bool": lambda text: text.lower() in ("yes", "true", "on"),
    "int": _integer,
    "float": lambda text: number.decimal(text, -1e300, 1e300),
}


def _reason(problem: str) -> str:
    return next((words for begin, words in _REASONS if problem.startswith(begin)), "its syntax is wrong")


def _malformed(reason: str, mark: Mark | None) -> Malformed:
    return Malformed(f"{reason} (line {mark.line + 1}, column {mark.column + 1})" if mark else reason)
