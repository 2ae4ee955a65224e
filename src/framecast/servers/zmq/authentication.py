"""How a subscriber shows who it is: by CURVE keys if the server has a secret key, else by the access token if there is one.

The public keys of allowed clients come from a file. It is read for each connection, so a new key needs no restart; a thread reads it,
so the event loop never waits for a disk.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from framecast.errors import Invalid
from framecast.model import curvekeys
from framecast.servers.access.credential import Credential, PublicKey, ShownToken
from framecast.servers.access.gate import Gate
from framecast.servers.access.principal import Principal, Requirement
from framecast.servers.access.token import AccessToken
from framecast.servers.zmq.curve import Curve
from framecast.servers.zmq.mechanism import Mechanism, Null, Plain
from framecast.servers.zmq.settings import ZmqSettings

log = logging.getLogger("framecast.zmq")


class AllowedKeys:
    """The public keys in a file of allowed clients; with `path` None every key is allowed."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
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
        return self._path is None or key in self._keys


class Authentication:
    """Gives each connection the mechanism that it has to use.

    Raises:
        Invalid: the server's secret key cannot be read.
    """

    def __init__(self, settings: ZmqSettings) -> None:
        self.allowed = AllowedKeys(settings.curve_clients_file)
        token = AccessToken(settings.access_token) if settings.access_token else None
        self.gate = Gate(token, admits_key=self.allowed.__contains__)
        self._secret = b""
        if settings.curve_secret_key_file is not None:
            path = settings.curve_secret_key_file
            self._secret = curvekeys.read_secret(path)
            if path.stat().st_mode & 0o004:
                log.warning("%s holds a secret key, and every user may read it: chmod 600 %s", path, path)

    def mechanism(
        self, address: str, required: Requirement, came_in: Callable[[Principal], None]
    ) -> Mechanism:
        """Return how a connection from `address` has to show who it is; `came_in` is called once it has."""

        def admits(credential: Credential) -> bool:
            found = self.gate.admit(address, credential, required)
            if isinstance(found, Principal):
                came_in(found)
            return isinstance(found, Principal)

        if required is not Requirement.OPEN and self._secret:
            return Curve(self._secret, lambda key: admits(PublicKey(key)))
        if required is not Requirement.OPEN and not self.gate.is_open:
            return Plain(lambda given: admits(ShownToken(given)))
        admits(None)
        return Null()
