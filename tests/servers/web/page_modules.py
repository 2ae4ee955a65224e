"""JavaScript modules of the pages and of the player that need no browser, run by Node.js."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.support import needs

WEB = Path(__file__).parents[3] / "src/framecast/servers/web"
STATIC = WEB / "static"
PLAYER = WEB / "player"
ROOM = WEB / "room"
_PREPARE = """
const given = JSON.parse(process.argv[2]);
const print = (value) => console.log(JSON.stringify(value));
"""


class PageModules:
    """Copies of modules beside each other. Each script begins with `imports`, and has `given` and `print`."""

    def __init__(self, folder: Path, modules: Iterable[Path], imports: str = "") -> None:
        self._main = folder / "main.js"
        self._prepare = imports + _PREPARE
        for module in modules:
            shutil.copy(module, folder)
        (folder / "package.json").write_text('{"type": "module"}')

    def run(self, script: str, given: object = None) -> Any:
        """Return what a script prints as JSON."""
        self._main.write_text(self._prepare + script)
        command = [needs.node(), str(self._main), json.dumps(given)]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)
