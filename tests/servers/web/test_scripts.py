"""The pages' scripts: their JSDoc types hold under TypeScript's strict checks, and the table of options is the node's own."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import MISSING, fields
from pathlib import Path

from framecast.model import StreamSpec
from framecast.model.spec import TRANSPORTS
from tests.support import needs, npm_packages

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
# One file on purpose: other sites load it alone.
ALONE = {"player.js"}
MOST_LINES = 300


def check(folder: Path, source: Path) -> str:
    """Return what TypeScript says about the scripts in `source`."""
    config = folder / "tsconfig.json"
    config.write_text(json.dumps({"compilerOptions": OPTIONS, "include": [f"{source}/*.js"]}))
    tsc = npm_packages.modules() / "typescript/bin/tsc"
    node = needs.node()
    done = subprocess.run([node, tsc, "-p", config], capture_output=True, text=True)
    return done.stdout


def test_types_of_all_scripts_hold(tmp_path: Path) -> None:
    assert check(tmp_path, STATIC) == ""


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
        for path in STATIC.glob("*.js")
        if (count := len(path.read_text().splitlines())) > MOST_LINES and path.name not in ALONE
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
    assert {name: option["standard"] for name, option in shown.items()} == real
    assert tuple(shown["transport"]["choices"]) == TRANSPORTS
    for name, option in shown.items():
        if option["kind"] == "number":
            for value in (option["least"], option["most"]):
                StreamSpec.from_json("x", {"source": "pattern:", name: value})
