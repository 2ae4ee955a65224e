"""Makes one file of the player's ES modules: `python -m tools.bundle`, or `make player`.

It reads a subset of JavaScript, which the modules keep to: named imports of siblings and named exports, each at the start of a
line; no renaming, no cycles, no two top-level names alike, no line of a text that begins like a comment. Lines that hold only a
comment are left out, types among them; all else stays as it is. It refuses what it does not know.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

WEB = Path(__file__).parents[1] / "src/framecast/servers/web"
ENTRY = WEB / "player/player.js"
BUNDLE = WEB / "static/player.js"
_HEADER = """\
// <framecast-player src="NAME">: a live stream in any page, near the live edge. docs/reference/player.md describes it.
//
// Generated from the modules in {folder}/: change those, then `make player`. One file without imports, so that a page of
// another site gets the player in one request.
"""
_IMPORT = re.compile(r'^import \{([^}]*)\} from "\./([\w-]+\.js)";\n', re.MULTILINE)
_EXPORT_FROM = re.compile(r'^export \{([^}]*)\} from "\./([\w-]+\.js)";\n', re.MULTILINE)
_DECLARATION = re.compile(r"^(export )?(?:async )?(?:function\*?|class|const|let) (\w+)", re.MULTILINE)
_COMMENT = re.compile(r"^[ ]*(?://.*|/\*\*(?:(?!\*/)[\s\S])*\*/)\n", re.MULTILINE)
_LEFT = re.compile(r"^(?:import|export)\b.*|\bimport\(.*", re.MULTILINE)


class BundleError(Exception):
    """A module holds what this program does not read; the message says which and what."""


@dataclass(frozen=True, slots=True)
class Module:
    """One file: what it imports, what it exports, and its text without both."""

    name: str
    imports: dict[str, list[str]]
    exports: set[str]
    names: set[str]
    text: str


def bundle(entry: Path) -> str:
    """Return the text of one module that exports what `entry` does.

    Raises:
        BundleError: a module uses more than the subset above, or does not fit to another.
    """
    modules = _ordered(entry, [], {})
    _check(modules)
    exports = ", ".join(sorted(modules[entry.name].exports))
    texts = [f"// {module.name}\n\n{module.text}" for module in modules.values()]
    header = _HEADER.format(folder=entry.parent.name)
    return "\n".join([header, *texts, f"export {{ {exports} }};\n"])


def _ordered(path: Path, above: Sequence[str], done: dict[str, Module]) -> dict[str, Module]:
    """Add a module behind those that it imports."""
    if path.name in above:
        raise BundleError(f"{' -> '.join([*above, path.name])}: modules import each other in a circle")
    if path.name not in done:
        module = _parsed(path)
        for imported in module.imports:
            _ordered(path.with_name(imported), [*above, path.name], done)
        done[path.name] = module
    return done


def _parsed(path: Path) -> Module:
    try:
        text = path.read_text()
    except FileNotFoundError as error:
        raise BundleError(f"{path.name}: an import names it, but there is no such file") from error
    text = _COMMENT.sub("", text)
    imports: dict[str, list[str]] = {}
    exports: set[str] = set()
    for pattern in (_IMPORT, _EXPORT_FROM):
        for names, module in pattern.findall(text):
            listed = [name.strip() for name in names.split(",") if name.strip()]
            imports.setdefault(module, []).extend(listed)
            exports |= set(listed) if pattern is _EXPORT_FROM else set()
        text = pattern.sub("", text)
    names = {name for _, name in _DECLARATION.findall(text)}
    exports |= {name for exported, name in _DECLARATION.findall(text) if exported}
    text = _DECLARATION.sub(lambda found: found[0].removeprefix("export "), text)
    if left := _LEFT.search(text):
        raise BundleError(f"{path.name}: {left[0]!r} is outside of what the bundle can hold")
    return Module(path.name, imports, exports, names, re.sub(r"\n{3,}", "\n\n", text).strip("\n") + "\n")


def _check(modules: dict[str, Module]) -> None:
    """Refuse imports of what is not exported, and names that would collide in one file."""
    owners: dict[str, str] = {}
    for module in modules.values():
        for imported, names in module.imports.items():
            if missing := set(names) - modules[imported].exports:
                raise BundleError(f"{module.name}: {imported} does not export {', '.join(sorted(missing))}")
        for name in module.names:
            if name in owners:
                raise BundleError(f"{module.name}: the name {name} is taken by {owners[name]}")
            owners[name] = module.name


def main() -> int:
    """Write the player's file."""
    BUNDLE.write_text(bundle(ENTRY))
    return 0


if __name__ == "__main__":
    sys.exit(main())
