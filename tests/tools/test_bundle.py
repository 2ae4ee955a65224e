"""One file of ES modules: what it holds, in which order, and what it refuses."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.support import needs
from tools.bundle import BundleError, bundle

ENTRY = 'import { two } from "./two.js";\n\nexport { one } from "./one.js";\nexport const four = 2 * two();\n'
TWO = '// Doubles.\n\nimport { one } from "./one.js";\n\n/** @returns {number} */\nexport function two() {\n  return 2 * one;\n}\n'
ONE = 'export const one = 1; // "import" and // stay in texts: https://example.org\n'


def write(folder: Path, **modules: str) -> Path:
    for name, text in modules.items():
        (folder / f"{name}.js").write_text(text)
    return folder / "entry.js"


def run(folder: Path, text: str, expression: str) -> str:
    """Return what an expression of the bundle's exports gives."""
    (folder / "bundle.mjs").write_text(text)
    (folder / "main.mjs").write_text(f'import * as all from "./bundle.mjs"; console.log({expression});')
    done = subprocess.run([needs.node(), folder / "main.mjs"], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_bundle_does_what_its_modules_do_and_exports_what_its_entry_exports(tmp_path: Path) -> None:
    text = bundle(write(tmp_path, entry=ENTRY, two=TWO, one=ONE))
    assert run(tmp_path, text, "JSON.stringify(all)") == '{"four":4,"one":1}'


def test_module_stands_once_and_behind_those_that_it_imports(tmp_path: Path) -> None:
    text = bundle(write(tmp_path, entry=ENTRY, two=TWO, one=ONE))
    places = [text.index(f"// {name}.js\n") for name in ("one", "two", "entry")]
    assert places == sorted(places)
    assert text.count("const one = 1;") == 1


def test_comments_are_left_out_but_nothing_of_a_line_with_code(tmp_path: Path) -> None:
    text = bundle(write(tmp_path, entry=ENTRY, two=TWO, one=ONE))
    assert "Doubles" not in text
    assert "@returns" not in text
    assert "https://example.org" in text


@pytest.mark.parametrize(
    ("modules", "words"),
    [
        ({"entry": 'import { a } from "./a.js";\n', "a": 'import { e } from "./entry.js";\n'}, "in a circle"),
        ({"entry": 'import { a } from "./a.js";\n'}, "no such file"),
        ({"entry": 'import { a } from "./a.js";\n', "a": "const a = 1;\n"}, "a.js does not export a"),
        (
            {
                "entry": 'import { a } from "./a.js";\nconst b = 1;\n',
                "a": "export const a = 1;\nconst b = 2;\n",
            },
            "b is taken by a.js",
        ),
        (
            {"entry": 'import { a as b } from "./a.js";\n', "a": "export const a = 1;\n"},
            "does not export a as b",
        ),
        ({"entry": 'import * as a from "./a.js";\n'}, "import \\* as a"),
        ({"entry": 'import { a } from "../a.js";\n'}, "outside of what"),
        ({"entry": "export default 1;\n"}, "export default"),
        ({"entry": 'const a = await import("./a.js");\n'}, "import\\("),
    ],
)
def test_what_one_file_cannot_hold_is_refused(modules: dict[str, str], words: str, tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=words):
        bundle(write(tmp_path, **modules))
