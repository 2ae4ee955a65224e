"""The pages' scripts: their JSDoc types hold under TypeScript's strict checks, and the table of options is the node's own."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import MISSING, fields
from pathlib import Path

import pytest

from framecast.model import StreamSpec
from framecast.model.spec import TRANSPORTS
from tests.support import needs, npm_packages
from tools.bundle import BUNDLES, bundle

STATIC = Path(__file__).parents[3] / "src/framecast/servers/web/static"
OPTIONS = {
    "allowJs": True,
    "checkJs": True,
    "strict": True,
    "noEmit": True,
    "target": "ESNext",
    "module": "ESNext",
    "moduleResolution": "bundler",
    "lib": ["ESNext", "DOM", "DOM.Iterable", "DOM.AsyncIterable"],
    "types": [],
}
PLAYER = STATIC.with_name("player")
ROOM = STATIC.with_name("room")
VIDEO = STATIC.with_name("video")
# `make player` writes them, without types and of any length; the .d.ts files beside them lead to the types.
GENERATED = tuple(file for _, file, _ in BUNDLES)
MOST_LINES = 300


def check(folder: Path, source: Path) -> str:
    """Return what TypeScript says about the scripts in `source`."""
    config = folder / "tsconfig.json"
    config.write_text(
        json.dumps(
            {
                "compilerOptions": OPTIONS,
                "include": [f"{source}/*.js"],
                "exclude": [str(one) for one in GENERATED],
            }
        )
    )
    tsc = npm_packages.modules() / "typescript/bin/tsc"
    node = needs.node()
    done = subprocess.run([node, tsc, "-p", config], capture_output=True, text=True)
    return done.stdout


@pytest.mark.parametrize("folder", [STATIC, PLAYER, VIDEO, ROOM], ids=lambda folder: folder.name)
def test_types_of_all_scripts_hold(folder: Path, tmp_path: Path) -> None:
    assert check(tmp_path, folder) == ""


@pytest.mark.parametrize(("entry", "file", "words"), BUNDLES, ids=lambda part: getattr(part, "stem", ""))
def test_file_of_a_player_is_what_its_modules_make(entry: Path, file: Path, words: str) -> None:
    assert file.read_text() == bundle(entry, words), "run `make player`"


def test_check_sees_a_wrong_type(tmp_path: Path) -> None:
    source = tmp_path / "scripts"
    source.mkdir()
    (source / "wrong.js").write_text(
        "/** @param {number} one */\nexport function f(one) { return one.length; }\n"
    )
    assert "TS2339" in check(tmp_path, source)


def test_scripts_are_short() -> None:
    long = {
        path.name: count
        for folder in (STATIC, PLAYER, VIDEO, ROOM)
        for path in folder.glob("*.js")
        if (count := len(path.read_text().splitlines())) > MOST_LINES and path not in GENERATED
    }
    assert long == {}


def test_form_has_every_option_of_a_stream_with_its_limits(tmp_path: Path) -> None:
    shutil.copy(STATIC / "stream-options.js", tmp_path / "table.mjs")
    (tmp_path / "options.mjs").write_text(
        'import {OPTIONS} from "./table.mjs"; console.log(JSON.stringify(OPTIONS));'
    )
    node = needs.node()
    printed = subprocess.run([node, tmp_path / "options.mjs"], capture_output=True, text=True, check=True)
    shown = {option["name"]: option for option in json.loads(printed.stdout)}
    real = {field.name: field.default for field in fields(StreamSpec) if field.default is not MISSING}
    for name in ("display_name", "groups"):  # the form has them beside the name
        del real[name]
    assert {name: option["standard"] for name, option in shown.items()} == real
    assert tuple(shown["transport"]["choices"]) == TRANSPORTS
    for name, option in shown.items():
        if option["kind"] == "number":
            for value in (option["least"], option["most"]):
                StreamSpec.from_json("x", {"source": "pattern:", name: value})
