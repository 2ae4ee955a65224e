"""The identity of a user in rooms of nodes without accounts: a name, and a secret of this user by which the same person comes back.

The secret stands in a small file of the user (`XDG_STATE_HOME`), made at the first use. Each name has another one that is made of it, so programs of one user
are different guests. Without such a folder a new secret is made each time.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import pwd
import secrets
from contextlib import suppress
from pathlib import Path

from framecast import private_file

_BYTES = 32


def own_name() -> str:
    """Return the name of the user: of the environment, or, as in containers, of the system; '' if it has none."""
    name = os.environ.get("USER", "") or os.environ.get("LOGNAME", "")
    with suppress(KeyError):
        name = name or pwd.getpwuid(os.getuid()).pw_name
    return name


def identity_of(name: str) -> str:
    """Return the secret of this user under a name."""
    return hmac.new(_secret().encode(), name.encode(errors="replace"), hashlib.sha256).hexdigest()


def _secret() -> str:
    base = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    path = base / "framecast" / "identity"
    try:
        with private_file.locked(path):
            if path.exists():
                return path.read_text(encoding="ascii").strip()
            made = secrets.token_hex(_BYTES)
            private_file.replace(path, made + "\n")
            return made
    except (OSError, RuntimeError, UnicodeDecodeError):  # there is no home folder, or it cannot be written to
        return secrets.token_hex(_BYTES)
