"""Secrets at rest: texts that are encrypted with the keys of one private file in the data folder, `secret.key` (mode 0600).

The file is made when the first text is sealed, whole or not at all: written beside, fsynced, renamed under a lock. Its last key seals; all of
them open, so that keys can be rotated. A sealed text opens only for the use that it was sealed for (`source:door`, `totp:ID`): what is moved to another
row is refused. XSalsa20-Poly1305 (PyNaCl's SecretBox), with a key of its own for each use. Any thread and process; blocks for the disk. PyNaCl is
imported at the first use.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import re
import secrets
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from framecast import private_file
from framecast.errors import Denied, FramecastError, Invalid, NotFound

FILE_NAME = "secret.key"
KEY_BYTES = 32
MAX_KEYS = 32
# How a sealed text begins; what follows is the id of its key, a colon, and base64url.
PREFIX = "sealed:"
_SEALED = re.compile(r"sealed:([0-9a-f]{16}):([A-Za-z0-9_-]+={0,2})")
_MAX_BYTES = 64 << 10
_HEADER = (
    "# Framecast: the keys of the encrypted addresses and passwords in this folder. Keep this file secret, and keep a copy:\n"
    "# without it they must be typed again. One key a line; the last one encrypts.\n"
)


class KeyFile:
    """The keys of one data folder. Nothing is read, made or imported before the first text is sealed or opened."""

    def __init__(self, data_dir: Path) -> None:
        self.path = data_dir / FILE_NAME

    def seal(self, text: str, use: str) -> str:
        """Return `text` encrypted, for this use only. Makes the key if there is none.

        Raises:
            Denied: others may read the key file, or this user may not. Invalid: it is damaged.
            FramecastError: it cannot be written.
        """
        from nacl.secret import SecretBox

        keys = self._read() or self._made()
        name = next(reversed(keys))
        box = SecretBox(_derived(keys[name], use))
        return f"{PREFIX}{name}:{base64.urlsafe_b64encode(box.encrypt(text.encode())).decode()}"

    def unseal(self, sealed: str, use: str) -> str:
        """Return the text that was sealed for this use.

        Raises:
            NotFound: its key is not in the file. Denied, Invalid: as `seal`, or the text is not one that was sealed for this use.
        """
        from nacl.exceptions import CryptoError
        from nacl.secret import SecretBox

        found = _SEALED.fullmatch(sealed)
        if found is None:
            raise Invalid("this is not an encrypted text of Framecast")
        key = self._read().get(found[1])
        if key is None:
            raise NotFound(
                f"the key {found[1]} is not in {self.path}: put back the file that had it, or add its lines to this one",
                key=found[1],
            )
        try:
            return SecretBox(_derived(key, use)).decrypt(base64.urlsafe_b64decode(found[2])).decode()
        except (
            CryptoError,
            ValueError,
        ) as error:  # also base64 of another length, and text that is not UTF-8
            raise Invalid(
                f"an encrypted text is damaged, or was encrypted for another use than {use!r:.80}"
            ) from error

    def rotate(self) -> str:
        """Seal with a new key from now on, and return its id. What older keys have sealed can still be opened.

        Raises:
            Denied, Invalid, FramecastError: as `seal`, or there are too many keys.
        """
        with self._turn():
            keys = self._read()
            if len(keys) >= MAX_KEYS:
                raise Invalid(
                    f"{self.path} has {MAX_KEYS} keys, which is the limit: remove lines whose key nothing uses any more"
                )
            return next(reversed(self._with_another(keys)))

    def ids(self) -> list[str]:
        """Return the ids of the keys, the newest last; none if there is no file.

        Raises:
            Denied, Invalid: as `seal`.
        """
        return list(self._read())

    # --- the file

    def _read(self) -> dict[str, bytes]:
        """The keys by their ids, in order; empty if there is no file."""
        try:
            fd = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise Denied(
                f"the key file {self.path} cannot be read ({error.strerror}): let the node's user read it"
            ) from error
        try:
            self._check(os.fstat(fd))
            with open(fd, "rb", closefd=False) as file:
                content = file.read(_MAX_BYTES + 1)
        finally:
            os.close(fd)
        return self._parsed(content)

    def _check(self, found: os.stat_result) -> None:
        """Refuse what others can read or replace."""
        if not stat.S_ISREG(found.st_mode):
            raise Denied(
                f"the key file {self.path} is not a regular file: put the file with the keys in its place"
            )
        if found.st_uid not in (os.geteuid(), 0):
            raise Denied(
                f"the key file {self.path} belongs to the user {found.st_uid}, expected {os.geteuid()}: chown it"
            )
        if found.st_mode & 0o077:
            raise Denied(
                f"the key file {self.path} has the mode {found.st_mode & 0o777:04o}, so others may read it; expected 0600: "
                f"run 'chmod 600 {self.path}', and change the passwords that it protects if somebody may have read it"
            )

    def _parsed(self, content: bytes) -> dict[str, bytes]:
        lines = (
            content.decode("ascii", "replace").splitlines() if len(content) <= _MAX_BYTES else ["too long"]
        )
        keys: dict[str, bytes] = {}
        for number, line in enumerate(lines, 1):
            if not line.strip() or line.startswith("#"):
                continue
            name, _, text = line.strip().partition(" ")
            key = _key(text)
            if key is None or name != _id_of(key):
                raise Invalid(
                    f"the key file {self.path} is damaged in line {number}: put back a good copy; nothing is encrypted or opened until then"
                )
            keys[name] = key
        if not keys:
            raise Invalid(
                f"the key file {self.path} has no key: put back a good copy, or remove it if nothing is encrypted yet"
            )
        return keys

    def _made(self) -> dict[str, bytes]:
        """The keys of a new file, or those of a file that another process has made meanwhile."""
        with self._turn():
            return self._read() or self._with_another({})

    def _with_another(self, keys: dict[str, bytes]) -> dict[str, bytes]:
        key = secrets.token_bytes(KEY_BYTES)
        keys = {**keys, _id_of(key): key}
        lines = [f"{name} {base64.b64encode(key).decode()}\n" for name, key in keys.items()]
        try:
            private_file.replace(self.path, "".join((_HEADER, *lines)))
        except OSError as error:
            raise self._unwritable(error) from error
        return keys

    @contextmanager
    def _turn(self) -> Iterator[None]:
        try:
            lock = private_file.locked(self.path)
        except OSError as error:
            raise self._unwritable(error) from error
        with lock:
            yield

    def _unwritable(self, error: OSError) -> FramecastError:
        return FramecastError(
            f"the key file {self.path} cannot be written ({error.strerror or error}): nothing was changed"
        )


def is_sealed(text: str) -> bool:
    """True for a text that `KeyFile.seal` has made."""
    return _SEALED.fullmatch(text) is not None


def _derived(key: bytes, use: str) -> bytes:
    """The key of one use."""
    return hashlib.blake2b(
        use.encode(errors="surrogateescape"), digest_size=KEY_BYTES, key=key, person=b"framecast-seal"
    ).digest()


def _id_of(key: bytes) -> str:
    """The id of a key is made from it, so that a damaged key is seen."""
    return hashlib.blake2b(key, digest_size=8, person=b"framecast-id").hexdigest()


def _key(text: str) -> bytes | None:
    try:
        key = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return key if len(key) == KEY_BYTES else None


def main(arguments: list[str]) -> int:
    """Add a new key to the key file of a data folder: `python -m framecast.keyfile DIR`."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m framecast.keyfile DATA_DIR\n")
        return 2
    try:
        name = KeyFile(Path(arguments[0])).rotate()
    except FramecastError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"the key {name} encrypts from now on\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
