"""Programs of the npm registry that tests run, as a `package.json` and its lock name them: never part of the product.

They are installed once, below `tests/.cache`, for each content of the lock. Several test runs at once take turns.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from tests.support import needs

CACHE = Path(__file__).parents[1] / ".cache" / "npm"
# axe-core and TypeScript, for the pages.
PAGES = Path(__file__).parent / "npm"
INSTALL_S = 300


def modules(folder: Path = PAGES) -> Path:
    """Return the `node_modules` that the lock in `folder` names; a test that cannot have them is skipped, and fails in CI."""
    npm = needs.npm()
    lock = (folder / "package-lock.json").read_bytes()
    place = CACHE / hashlib.sha256(lock).hexdigest()[:16]
    CACHE.mkdir(parents=True, exist_ok=True)
    with open(CACHE / "lock", "w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if not (place / "done").exists():
            _install(npm, folder, place)
    return place / "node_modules"


def _install(npm: str, folder: Path, place: Path) -> None:
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    for name in ("package.json", "package-lock.json"):
        shutil.copy(folder / name, place)
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    environment = os.environ | {"npm_config_update_notifier": "false"}
    done = subprocess.run(
        command, cwd=place, env=environment, capture_output=True, text=True, timeout=INSTALL_S
    )
    if done.returncode:
        raise AssertionError(f"npm ci failed: is the package registry there?\n{done.stdout}{done.stderr}")
    (place / "done").touch()
