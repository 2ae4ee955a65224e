"""How a subscriber shows who it is: by CURVE keys if the server has a secret key, else by an access token if one is needed; imagezmq by its user.

Keys and tokens may belong to an account of the node; one that is not known yet is looked for in the database, while the handshake waits.
The public keys of allowed clients come from a file. It is read for each connection, so a new key needs no restart; a thread reads it,
so the event loop never waits for a disk.
"""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Callable
from pathlib import Path

from framecast.errors import Invalid
from framecast.model import curvekeys
from framecast.servers.access.credential import Credential, LocalUser, PublicKey, ShownToken
from framecast.servers.access.gate import Gate
from framecast.servers.access.people import People
from framecast.servers.access.principal import Principal, Requirement
from framecast.servers.access.token import AccessToken
from framecast.servers.zmq.curve import Curve
from framecast.servers.zmq.local_user import user_at
from framecast.servers.zmq.mechanism import Mechanism, Null, Plain
from framecast.servers.zmq.settings import ZmqSettings

log = logging.getLogger("framecast.zmq")


class AllowedKeys:
    """The public keys in a file of allowed clients; with `path` None every key is allowed, or none if `needs_file`."""

    def __init__(self, path: Path | None, *, needs_file: bool = False) -> None:
        self._path = path
        self._needs_file = needs_file
        self._keys: frozenset[bytes] = frozenset()

    @property
    def is_file(self) -> bool:
        """True if `read` has something to read."""
        return self._path is not None

    def read(self) -> None:
        """Read the file. Blocks for the disk. A file that cannot be read allows no key."""
        if self._path is not None:
            try:
                self._keys = curvekeys.read_clients(self._path)
            except Invalid as error:
                self._keys = frozenset()
                log.error("no subscriber is let in: %s", error)

    def __contains__(self, key: bytes) -> bool:
        return key in self._keys or (self._path is None and not self._needs_file)


class Admission:
    """The judgment on one connection from `address`; `came_in` is called with its principal once it may come in."""

    def __init__(
        self, gate: Gate, address: str, required: Requirement, came_in: Callable[[Principal], None]
    ) -> None:
        self._gate = gate
        self._address = address
        self._required = required
        self._came_in = came_in
        self._credential: Credential = None

    def admits(self, credential: Credential) -> bool | None:
        """Return whether what the client shows lets it in; None until `ask` has asked."""
        self._credential = credential
        found = self._gate.admit_known(self._address, credential, self._required)
        if isinstance(found, Principal):
            self._came_in(found)
        return None if found is None else isinstance(found, Principal)

    def admits_user(self, uid: int | None) -> bool | None:
        """As `admits`, of a user of this machine, None for a client of another one. Without accounts only the node's own user is somebody."""
        is_own = uid in (os.getuid(), 0)
        if uid is None or (not is_own and self._gate.people is None):
            return False
        return self.admits(LocalUser(uid, is_own))

    async def ask(self) -> None:
        """Look for what the client has shown.

        Raises:
            FramecastError: the database cannot be reached now.
        """
        assert self._gate.people is not None
        await self._gate.people.identify(self._credential, self._address)


class Authentication:
    """Gives each connection the mechanism that it has to use.

    Raises:
        Invalid: the server's secret key cannot be read.
    """

    def __init__(self, settings: ZmqSettings) -> None:
        # Without a database there are no accounts; with accounts a key without one must stand in the file.
        self.people = People(settings.database) if settings.database else None
        self.allowed = AllowedKeys(settings.curve_clients_file, needs_file=self.people is not None)
        token = AccessToken(settings.access_token) if settings.access_token else None
        self.gate = Gate(token, admits_key=self.allowed.__contains__, people=self.people)
        self._secret = b""
        if settings.curve_secret_key_file is not None:
            path = settings.curve_secret_key_file
            self._secret = curvekeys.read_secret(path)
            if path.stat().st_mode & 0o004:
                log.warning("%s holds a secret key, and every user may read it: chmod 600 %s", path, path)

    def mechanism(
        self, admission: Admission, required: Requirement, local: socket.socket | None = None
    ) -> Mechanism:
        """Return how a connection has to show who it is. `local` is the connection where its user of this machine counts, and nothing else."""
        if local is not None and not self.gate.is_open:
            uid = user_at(local)
            return Null(lambda: admission.admits_user(uid))
        if local is None and required is not Requirement.OPEN and self._secret:
            return Curve(self._secret, lambda key: admission.admits(PublicKey(key)))
        if local is None and required is not Requirement.OPEN and not self.gate.is_open:
            return Plain(lambda given: admission.admits(ShownToken(given)))
        admission.admits(None)
        return Null()
