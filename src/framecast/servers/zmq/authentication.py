"""Who may subscribe: whoever has the right keys; without keys whoever has the access token; without one, this machine.

CURVE keys come from files; that of the allowed clients is read at each handshake, so adding one needs no restart.
Event loop only.
"""

from __future__ import annotations

import logging
from pathlib import Path

from framecast.control.metrics import Sample
from framecast.errors import Invalid
from framecast.model import curvekeys
from framecast.servers.access.gate import Gate
from framecast.servers.access.token import Token
from framecast.servers.zmq.curve import Curve
from framecast.servers.zmq.mechanism import Mechanism, Null, Plain
from framecast.servers.zmq.settings import ZmqSettings

log = logging.getLogger("framecast.zmq")


class Authentication:
    """Gives each connection the mechanism that it has to use.

    Raises:
        Invalid: the server's secret key cannot be read.
    """

    def __init__(self, settings: ZmqSettings) -> None:
        self._gate = Gate(Token(settings.access_token)) if settings.access_token else None
        self._clients = settings.curve_clients_file
        self._secret = b""
        if settings.curve_secret_key_file is not None:
            path = settings.curve_secret_key_file
            self._secret = curvekeys.read_secret(path)
            if path.stat().st_mode & 0o004:
                log.warning("%s holds a secret key, and every user may read it: chmod 600 %s", path, path)

    def mechanism(self, address: str) -> Mechanism:
        """Return how a connection from `address` has to show who it is."""
        if self._secret:
            return Curve(self._secret, self._admits_key)
        gate = self._gate
        if gate is not None:
            return Plain(lambda given: gate.judge(given, address).is_right)
        return Null()

    @property
    def samples(self) -> list[Sample]:
        """What it counts, for /metrics."""
        return [] if self._gate is None else [self._gate.sample("zmq")]

    def _admits_key(self, public: bytes) -> bool:
        if self._clients is None:
            return True
        return public in allowed_keys(self._clients)


def allowed_keys(path: Path) -> frozenset[bytes]:
    """Return the keys in a file of allowed clients; nobody's where it cannot be read."""
    try:
        return curvekeys.read_clients(path)
    except Invalid as error:
        log.error("no subscriber is let in: %s", error)
        return frozenset()


def anybody(_address: str) -> Mechanism:
    """Let everybody in: for imagezmq, which knows no keys."""
    return Null()
