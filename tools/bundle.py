"""Makes one file of the ES modules of each custom element, the players and the chat: `python -m tools.bundle`, or `make player`.

It reads a subset of JavaScript, which the modules keep to: named imports of siblings or of modules in a folder beside theirs, and named
exports, each at the start of a line; no renaming, no cycles, no two top-level names or file names alike, no line of a text that begins
like a comment. A module that is loaded later is imported by an expression (`import(url)`), never by a text. Lines that hold only a
comment are left out, types among them; all else stays as it is. It refuses what it does not know.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

WEB = Path(__file__).parents[1] / "src/framecast/servers/web"
PLAYER_HEADER = '<framecast-player src="NAME">: a live stream in any page, near the live edge. docs/reference/player.md describes it.'
VIDEO_HEADER = '<framecast-video src="ID">: a video of the library in any page. docs/reference/video-player.md describes it.'
ROOM_HEADER = (
    '<framecast-room src="KEY">: the chat of a room in any page. docs/reference/room.md describes it.'
)
# Entry, file, what the file is.
BUNDLES: tuple[tuple[Path, Path, str], ...] = (
    (WEB / "player/player.js", WEB / "static/player.js", PLAYER_HEADER),
    (WEB / "video/video-player.js", WEB / "static/video-player.js", VIDEO_HEADER),
    (WEB / "room/room.js", WEB / "static/room.js", ROOM_HEADER),
)
_HEADER = """\
// {words}
//
// Generated from the modules in {folder}/: change those, then `make player`. One file without imports, so that a page of
// another site gets the player in one request.
"""
_PATH = r'"((?:\./|\.\./[\w-]+/)[\w-]+\.js)"'
_IMPORT = re.compile(rf"^import \{{([^}}]*)\}} from {_PATH};\n", re.MULTILINE)
_EXPORT_FROM = re.compile(rf"^export \{{([^}}]*)\}} from {_PATH};\n", re.MULTILINE)
_DECLARATION = re.compile(r"^(export )?(?:async )?(?:function\*?|class|const|let) (\w+)", re.MULTILINE)
_COMMENT = re.compile(r"^[ ]*(?://.*|/\*\*(?:(?!\*/)[\s\S])*\*/)\n", re.MULTILINE)
_LEFT = re.compile(r"^(?:import|export)\b.*|\bimport\(\W*[\"'`].*", re.MULTILINE)


class BundleError(Exception):
    """A module holds what this program does not read; the message says which and what."""


@dataclass(frozen=True, slots=True)
class Module:
    """One file: what it imports (by place), what it exports, and its text without both."""

    path: Path
    imports: dict[Path, list[str]]
    exports: set[str]
    names: set[str]
    text: str

    @property
    def name(self) -> str:
        """Its file's name."""
        return self.path.name


def bundle(entry: Path, words: str = "") -> str:
    """Return the text of one module that exports what `entry` does; `words` say at its top what it is.

    Raises:
        BundleError: a module uses more than the subset above, or does not fit to another.
    """
    modules = _ordered(entry, [], {})
    _check(modules)
    exports = ", ".join(sorted(modules[entry].exports))
    texts = [f"// {module.name}\n\n{module.text}" for module in modules.values()]
    header = _HEADER.format(words=words, folder=entry.parent.name)
    return "\n".join([header, *texts, f"export {{ {exports} }};\n"])


def _ordered(path: Path, above: Sequence[Path], done: dict[Path, Module]) -> dict[Path, Module]:
    """Add a module behind those that it imports."""
    if path in above:
        names = " -> ".join(one.name for one in [*above, path])
        raise BundleError(f"{names}: modules import each other in a circle")
    if path not in done:
        module = _parsed(path)
        for imported in module.imports:
            _ordered(imported, [*above, path], done)
        done[path] = module
    return done


def _parsed(path: Path) -> Module:
    try:
        text = path.read_text()
    except FileNotFoundError as error:
        raise BundleError(f"{path.name}: an import names it, but there is no such file") from error
    text = _COMMENT.sub("", text)
    imports: dict[Path, list[str]] = {}
    exports: set[str] = set()
    for pattern in (_IMPORT, _EXPORT_FROM):
        for names, place in pattern.findall(text):
            listed = [name.strip() for name in names.split(",") if name.strip()]
            imports.setdefault(_beside(path, place), []).extend(listed)
            exports |= set(listed) if pattern is _EXPORT_FROM else set()
        text = pattern.sub("", text)
    names = {name for _, name in _DECLARATION.findall(text)}
    exports |= {name for exported, name in _DECLARATION.findall(text) if exported}
    text = _DECLARATION.sub(lambda found: found[0].removeprefix("export "), text)
    if left := _LEFT.search(text):
        raise BundleError(f"{path.name}: {left[0]!r} is outside of what the bundle can hold")
    return Module(path, imports, exports, names, re.sub(r"\n{3,}", "\n\n", text).strip("\n") + "\n")


def _beside(path: Path, place: str) -> Path:
    """The file that a module names as `./name.js` or `../folder/name.js`."""
    folder = path.parent.parent if place.startswith("../") else path.parent
    return folder / place.removeprefix("../").removeprefix("./")


def _check(modules: dict[Path, Module]) -> None:
    """Refuse imports of what is not exported, and names that would collide in one file."""
    owners: dict[str, str] = {}
    for module in modules.values():
        for imported, names in module.imports.items():
            if missing := set(names) - modules[imported].exports:
                raise BundleError(
                    f"{module.name}: {imported.name} does not export {', '.join(sorted(missing))}"
                )
        for name in module.names:
            if name in owners:
                raise BundleError(f"{module.name}: the name {name} is taken by {owners[name]}")
            owners[name] = module.name


def main() -> int:
    """Write the file of each element."""
    for entry, file, words in BUNDLES:
        file.write_text(bundle(entry, words))
    return 0


if __name__ == "__main__":
    sys.exit(main())
