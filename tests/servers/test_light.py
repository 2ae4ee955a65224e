"""A server of a node without accounts imports nothing of them: no database, no cryptography of passwords, nothing of logins."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from framecast.servers.web.settings import WebSettings
from tests.servers.server_process import line

HEAVY = (
    "framecast.accounts",
    "framecast.store",
    "framecast.library",
    "framecast.rooms",
    "framecast.servers.library",
    "obstore",
    "sqlalchemy",
    "alembic",
    "argon2",
    "authlib",
    "webauthn",
    "pyotp",
)
_PROGRAM = """
import asyncio, json, sys
from pathlib import Path
from framecast.servers.settings import read
import framecast.servers.web.app as app, framecast.servers.web.context as context
import framecast.servers.rpc.server, framecast.servers.zmq.server
from framecast.servers.web.settings import WebSettings

settings = read(WebSettings, sys.argv[1].encode())
web = context.WebContext(settings, "127.0.0.1")
app.create_app(web)

async def begin():
    assert (web.people is not None) == (settings.database is not None)
    if web.people is not None:
        await web.people.look()
    await web.close()

asyncio.run(begin())
print(json.dumps([name for name in sys.argv[2:] if name in sys.modules]))
"""


@pytest.mark.parametrize("has_accounts", [False, True])
def test_modules_of_accounts_are_imported_only_with_a_database(has_accounts: bool, tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path}/framecast.db" if has_accounts else None
    settings = line(WebSettings, fd=-1, runtime_dir=str(tmp_path), database=database).decode()
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, settings, *HEAVY], capture_output=True, text=True, timeout=240
    )
    assert done.returncode == 0, done.stderr
    found = set(json.loads(done.stdout))
    assert found == set() if not has_accounts else found >= {"framecast.accounts", "sqlalchemy"}
