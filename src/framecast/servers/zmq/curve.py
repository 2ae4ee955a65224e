"""CURVE, the server's side (RFC 26): both sides prove their keys, and everything is encrypted.

The client must know the server's public key; where `admits` is given its own key must be among the allowed ones, too. Each
connection has fresh keys, so a key that leaks later does not open what was recorded. Encryption by libsodium (PyNaCl).
"""

from __future__ import annotations

import os
from collections.abc import Callable

from nacl import bindings
from nacl.exceptions import CryptoError

from framecast.errors import Broken, Denied
from framecast.protocols import zmtp
from framecast.servers.zmq.mechanism import check_peer, ready_properties
from framecast.servers.zmq.message import Buffer, Message

_KEY = 32
_NONCE = 8
_COOKIE = 96
_HELLO_BYTES = 2 + 72 + _KEY + _NONCE + 80
_MESSAGE = b"\x07MESSAGE"


class Curve:
    """One connection's handshake and encryption."""

    name = b"CURVE"

    def __init__(self, secret_key: bytes, admits: Callable[[bytes], bool | None]) -> None:
        self.ready = False
        self.waits = False
        self._secret = secret_key
        self._public = bindings.crypto_scalarmult_base(secret_key)
        self._admits = admits
        self._client = b""  # the client's short-term key
        self._shared = b""
        self._own_public, self._own_secret = bindings.crypto_box_keypair()
        self._cookie = b""
        self._client_key = b""  # that it has proved to have
        self._properties = b""
        self._sent = 0
        self._seen = -1

    def begin(self) -> list[bytes]:
        """The client speaks first."""
        return []

    def answer(self, name: bytes, body: bytes) -> list[bytes]:
        """HELLO is answered by WELCOME, INITIATE by READY."""
        try:
            if not self._cookie:
                return [self._welcome(name, body)]
            self._prove(name, body)
        except CryptoError as error:
            raise Denied("its keys do not match: does it have the server's public key?") from error
        return self.resume()

    def resume(self) -> list[bytes]:
        """READY, once it is known whether the client's key is allowed."""
        admitted = self._admits(self._client_key)
        self.waits = admitted is None
        if self.waits:
            return []
        if not admitted:
            raise Denied("its public key is not among the allowed ones")
        check_peer(self._properties)
        self.ready = True
        nonce = self._next_nonce()
        box = bindings.crypto_box_afternm(ready_properties(), b"CurveZMQREADY---" + nonce, self._shared)
        return [zmtp.command(b"READY", nonce + box)]

    def seal(self, message: Message, dropped: int) -> list[Buffer]:
        """Encrypt each part; which one is the last is inside."""
        parts = message.parts(dropped)
        wire: list[Buffer] = []
        for number, part in enumerate(parts):
            wire += self._box(1 if number < len(parts) - 1 else 0, part)
        return wire

    def command(self, body: bytes) -> bytes:
        """Encrypt a command, such as the answer to a heartbeat."""
        return b"".join(self._box(2, body))

    def _box(self, flags: int, body: Buffer) -> list[bytes]:
        nonce = self._next_nonce()
        plain = b"".join((bytes([flags]), body))
        box = bindings.crypto_box_afternm(plain, b"CurveZMQMESSAGES" + nonce, self._shared)
        return [zmtp.header(len(_MESSAGE) + _NONCE + len(box)) + _MESSAGE + nonce, box]

    def open(self, frame: zmtp.Frame) -> zmtp.Frame:
        """Decrypt a frame of the client."""
        body = frame.body
        if body[:8] != _MESSAGE or len(body) < 8 + _NONCE + 17:
            raise Broken("an unencrypted message came over an encrypted connection")
        plain = self._unbox(b"CurveZMQMESSAGEC", body[8:16], body[16:])
        return zmtp.Frame(
            (zmtp.MORE if plain[0] & 1 else 0) | (zmtp.COMMAND if plain[0] & 2 else 0), plain[1:]
        )

    def _welcome(self, name: bytes, body: bytes) -> bytes:
        if name != b"HELLO" or len(body) != _HELLO_BYTES or body[0] != 1:
            raise Broken("the subscriber sent a HELLO that is not one of CURVE")
        self._client = body[74:106]
        nonce, box = body[106:114], body[114:]
        if bindings.crypto_box_open(box, b"CurveZMQHELLO---" + nonce, self._client, self._secret) != bytes(
            64
        ):
            raise Denied("its HELLO is not signed")
        self._cookie, salt = os.urandom(_COOKIE), os.urandom(16)
        welcome = bindings.crypto_box(
            self._own_public + self._cookie, b"WELCOME-" + salt, self._client, self._secret
        )
        return zmtp.command(b"WELCOME", salt + welcome)

    def _prove(self, name: bytes, body: bytes) -> None:
        """Check that the client has the secret half of its key."""
        if name != b"INITIATE" or len(body) < _COOKIE + _NONCE + 16 + 128 or body[:_COOKIE] != self._cookie:
            raise Broken("the subscriber sent an INITIATE that is not one of CURVE")
        self._shared = bindings.crypto_box_beforenm(self._client, self._own_secret)
        plain = self._unbox(b"CurveZMQINITIATE", body[_COOKIE : _COOKIE + _NONCE], body[_COOKIE + _NONCE :])
        client, vouch_nonce, vouch = plain[:_KEY], plain[32:48], plain[48:128]
        vouched = bindings.crypto_box_open(vouch, b"VOUCH---" + vouch_nonce, client, self._own_secret)
        if vouched != self._client + self._public:
            raise Denied("its keys do not vouch for each other")
        self._client_key, self._properties = client, plain[128:]

    def _next_nonce(self) -> bytes:
        self._sent += 1
        return self._sent.to_bytes(_NONCE, "big")

    def _unbox(self, prefix: bytes, nonce: bytes, box: bytes) -> bytes:
        """Open a box of the client; its nonces only count up, so that nothing can be played back."""
        number = int.from_bytes(nonce, "big")
        if number <= self._seen:
            raise Broken("a nonce came twice")
        self._seen = number
        try:
            return bindings.crypto_box_open_afternm(box, prefix + nonce, self._shared)
        except CryptoError as error:
            raise Broken("the subscriber sent a box that does not decrypt") from error
