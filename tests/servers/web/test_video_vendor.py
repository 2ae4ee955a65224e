"""Files of other projects: unchanged, with their licence, and loaded by the name that is there."""

from __future__ import annotations

import hashlib
import re

from tests.servers.web.page_modules import STATIC

VENDOR = STATIC / "vendor"


def test_files_are_what_the_list_says_and_have_their_licence() -> None:
    rows = re.findall(
        r"^\| `([^`]+)` \|.*`([^`]+\.LICENSE\.txt)` \| `(\w{64})` \|$",
        (VENDOR / "README.md").read_text(),
        re.M,
    )
    assert {name for name, _, _ in rows} == {path.name for path in VENDOR.glob("*.js")}
    for name, licence, digest in rows:
        assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == digest
        assert "Apache License, Version 2.0" in (VENDOR / licence).read_text()


def test_player_loads_the_file_that_is_there() -> None:
    (name,) = re.findall(
        r'new URL\("(vendor/[^"]+)", import\.meta\.url\)', (STATIC / "video-player.js").read_text()
    )
    assert (STATIC / name).is_file()
