"""The server's side of CURVE against a client written from RFC 26 with libsodium: who is admitted, and what is noticed."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
from nacl import bindings

from framecast.errors import Broken, Denied
from framecast.protocols import zmtp
from framecast.servers.zmq.curve import Curve
from framecast.servers.zmq.message import Message

SUB = zmtp.metadata({b"Socket-Type": b"SUB"})
SERVER_PUBLIC, SERVER_SECRET = bindings.crypto_box_keypair()


class Client:
    """The client's side; each step may be spoilt."""

    def __init__(self, server_public: bytes = SERVER_PUBLIC) -> None:
        self.public, self.secret = bindings.crypto_box_keypair()
        self.server_public = server_public
        self._short_public, self._short_secret = bindings.crypto_box_keypair()
        self._number = 0

    def nonce(self) -> bytes:
        self._number += 1
        return self._number.to_bytes(8, "big")

    def hello(self, signature: bytes = bytes(64)) -> bytes:
        nonce = self.nonce()
        box = bindings.crypto_box(
            signature, b"CurveZMQHELLO---" + nonce, self.server_public, self._short_secret
        )
        return b"\x01\x00" + bytes(72) + self._short_public + nonce + box

    def welcomed(self, command: bytes) -> None:
        name, body = zmtp.parse_command(command)
        assert name == b"WELCOME"
        plain = bindings.crypto_box_open(
            body[16:], b"WELCOME-" + body[:16], self.server_public, self._short_secret
        )
        self._server_short, self.cookie = plain[:32], plain[32:]
        self.shared = bindings.crypto_box_beforenm(self._server_short, self._short_secret)

    def initiate(self, vouch_for: bytes | None = None, metadata: bytes = SUB) -> bytes:
        vouched = (vouch_for or self._short_public) + self.server_public
        salt = os.urandom(16)
        vouch = bindings.crypto_box(vouched, b"VOUCH---" + salt, self._server_short, self.secret)
        nonce = self.nonce()
        plain = self.public + salt + vouch + metadata
        return (
            self.cookie + nonce + bindings.crypto_box_afternm(plain, b"CurveZMQINITIATE" + nonce, self.shared)
        )

    def sealed(self, body: bytes, flags: int = 0) -> zmtp.Frame:
        nonce = self.nonce()
        plain = bytes([flags]) + body
        box = bindings.crypto_box_afternm(plain, b"CurveZMQMESSAGEC" + nonce, self.shared)
        return zmtp.Frame(0, b"\x07MESSAGE" + nonce + box)

    def opened(self, body: bytes) -> tuple[int, bytes]:
        plain = bindings.crypto_box_open_afternm(body[16:], b"CurveZMQMESSAGES" + body[8:16], self.shared)
        return plain[0], plain[1:]


def server(admits: Callable[[bytes], bool] = lambda _: True) -> Curve:
    return Curve(SERVER_SECRET, admits)


def welcomed(curve: Curve) -> Client:
    client = Client()
    (command,) = curve.answer(b"HELLO", client.hello())
    client.welcomed(command)
    return client


def admitted(curve: Curve) -> Client:
    client = welcomed(curve)
    curve.answer(b"INITIATE", client.initiate())
    assert curve.ready
    return client


def frames_of(data: bytes) -> list[zmtp.Frame]:
    reader = zmtp.Reader()
    reader.feed(data)
    return list(reader.frames())


def test_client_that_knows_the_key_is_admitted_by_its_own_key() -> None:
    asked: list[bytes] = []
    curve = server(lambda key: not asked.append(key))  # type: ignore[func-returns-value]
    assert curve.begin() == []
    client = admitted(curve)
    assert asked == [client.public]


def test_key_that_is_not_allowed_is_denied() -> None:
    curve = server(lambda _: False)
    client = welcomed(curve)
    with pytest.raises(Denied, match="not among the allowed"):
        curve.answer(b"INITIATE", client.initiate())
    assert not curve.ready


def test_client_with_another_server_s_key_is_denied() -> None:
    other, _ = bindings.crypto_box_keypair()
    with pytest.raises(Denied, match="server's public key"):
        server().answer(b"HELLO", Client(other).hello())


def test_hello_that_signs_something_else_is_denied() -> None:
    with pytest.raises(Denied, match="not signed"):
        server().answer(b"HELLO", Client().hello(b"x" * 64))


def test_vouch_for_another_connection_is_denied() -> None:
    """Otherwise whoever has seen one INITIATE could come in by it."""
    curve = server()
    client = welcomed(curve)
    with pytest.raises(Denied, match="vouch"):
        curve.answer(b"INITIATE", client.initiate(vouch_for=bytes(32)))
    assert not curve.ready


def test_cookie_of_another_connection_is_broken() -> None:
    curve = server()
    client = welcomed(curve)
    client.cookie = bytes(96)
    with pytest.raises(Broken, match="INITIATE"):
        curve.answer(b"INITIATE", client.initiate())


def test_other_kind_of_socket_is_refused_although_its_key_is_good() -> None:
    curve = server()
    client = welcomed(curve)
    with pytest.raises(Broken, match="a PULL socket"):
        curve.answer(b"INITIATE", client.initiate(metadata=zmtp.metadata({b"Socket-Type": b"PULL"})))
    assert not curve.ready


@pytest.mark.parametrize("name", [b"HELLO", b"INITIATE", b""])
@pytest.mark.parametrize("size", [0, 1, 193, 195])
def test_hello_of_another_length_or_name_is_broken(name: bytes, size: int) -> None:
    with pytest.raises(Broken, match="HELLO"):
        server().answer(name, b"\x01" + bytes(max(0, size - 1)) if size else b"")


def test_initiate_that_is_too_short_is_broken() -> None:
    curve = server()
    client = welcomed(curve)
    with pytest.raises(Broken, match="INITIATE"):
        curve.answer(b"INITIATE", client.initiate()[: 96 + 8 + 16 + 127])


def test_messages_are_encrypted_part_by_part_and_the_last_one_says_so() -> None:
    curve = server()
    client = admitted(curve)
    message = Message(b"door/video", '{"seq":1', b"payload")
    wire = b"".join(bytes(part) for part in curve.seal(message, 3))
    assert b"payload" not in wire
    found = [client.opened(bytes(frame.body)) for frame in frames_of(wire)]
    assert found == [(1, b"door/video"), (1, b'{"seq":1,"dropped":3}'), (0, b"payload")]
    (command,) = frames_of(curve.command(b"PONG"))
    assert client.opened(bytes(command.body)) == (2, b"PONG")


def test_frames_of_the_client_are_decrypted_with_their_flags() -> None:
    curve = server()
    client = admitted(curve)
    for flags, expected in ((0, 0), (1, zmtp.MORE), (2, zmtp.COMMAND)):
        frame = curve.open(client.sealed(b"\x01door", flags))
        assert (frame.flags, frame.body) == (expected, b"\x01door")


def test_frame_that_is_played_back_is_refused() -> None:
    curve = server()
    client = admitted(curve)
    frame = client.sealed(b"\x01door")
    curve.open(frame)
    with pytest.raises(Broken, match="nonce came twice"):
        curve.open(frame)


def test_frame_that_was_changed_or_is_not_encrypted_is_refused() -> None:
    curve = server()
    client = admitted(curve)
    body = bytearray(client.sealed(b"\x01door").body)
    body[-1] ^= 1
    with pytest.raises(Broken, match="does not decrypt"):
        curve.open(zmtp.Frame(0, bytes(body)))
    for plain in (b"", b"\x01door", b"\x07MESSAGE", b"\x07MESSAGE" + bytes(24)):
        with pytest.raises(Broken, match="encrypted"):
            curve.open(zmtp.Frame(0, plain))
