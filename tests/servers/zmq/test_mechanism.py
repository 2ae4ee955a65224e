"""Handshakes without encryption: who is admitted, and what breaks them."""

from __future__ import annotations

import pytest

from framecast.errors import Broken, Denied
from framecast.protocols import zmtp
from framecast.servers.zmq.mechanism import Mechanism, Null, Plain, check_peer

SUB = zmtp.metadata({b"Socket-Type": b"SUB"})


def hello(user: bytes, password: bytes) -> bytes:
    return bytes([len(user)]) + user + bytes([len(password)]) + password


def plain() -> Plain:
    return Plain(lambda password: password == "geheim")


def test_null_says_ready_at_once_and_is_ready_after_the_peer() -> None:
    null = Null()
    (ready,) = null.begin()
    assert b"READY" in ready
    assert b"XPUB" in ready
    assert not null.ready
    assert null.answer(b"READY", SUB) == []
    assert null.ready


def test_plain_waits_for_the_password_and_is_ready_after_initiate() -> None:
    found = plain()
    assert found.begin() == []
    assert found.answer(b"HELLO", hello(b"anybody", b"geheim")) == [zmtp.command(b"WELCOME")]
    assert not found.ready
    (ready,) = found.answer(b"INITIATE", SUB)
    assert b"READY" in ready
    assert found.ready


@pytest.mark.parametrize("password", [b"", b"wrong", b"geheim ", b"\xff\xfe"])
def test_wrong_password_is_denied_without_being_shown(password: bytes) -> None:
    found = plain()
    with pytest.raises(Denied) as caught:
        found.answer(b"HELLO", hello(b"", password))
    assert "geheim" not in str(caught.value)
    with pytest.raises(Broken, match="expected HELLO"):  # it is not welcomed
        found.answer(b"INITIATE", SUB)
    assert not found.ready


@pytest.mark.parametrize(
    "body", [b"", b"\x05abc", b"\x00", b"\x00\x07geheim", hello(b"", b"geheim") + b"x", b"\xff" + b"x" * 254]
)
def test_hello_of_another_length_is_broken(body: bytes) -> None:
    with pytest.raises(Broken, match="HELLO"):
        plain().answer(b"HELLO", body)


@pytest.mark.parametrize(("mechanism", "name"), [(Null(), b"HELLO"), (plain(), b"READY"), (plain(), b"")])
def test_command_out_of_turn_is_broken(mechanism: Mechanism, name: bytes) -> None:
    with pytest.raises(Broken, match="expected"):
        mechanism.answer(name, SUB)
    assert not mechanism.ready


@pytest.mark.parametrize("kind", [b"SUB", b"XSUB"])
def test_subscribers_are_served(kind: bytes) -> None:
    check_peer(zmtp.metadata({b"Socket-Type": kind}))
    check_peer(zmtp.metadata({b"SOCKET-TYPE": kind}))  # names of properties have no case


@pytest.mark.parametrize(
    ("properties", "words"),
    [
        ({b"Socket-Type": b"PULL"}, "a PULL socket connected"),
        ({b"Socket-Type": b"x" * 300}, "a x{20} socket connected"),
        ({b"Socket-Type": b""}, "a nameless socket connected"),
        ({}, "a nameless socket connected"),
        ({b"Identity": b"SUB"}, "a nameless socket connected"),
    ],
)
def test_other_sockets_are_named_and_refused(properties: dict[bytes, bytes], words: str) -> None:
    null = Null()
    with pytest.raises(Broken, match=words):
        null.answer(b"READY", zmtp.metadata(properties))
    assert not null.ready


def test_frames_are_neither_changed_on_their_way_out_nor_in() -> None:
    frame = zmtp.Frame(0, b"\x01door")
    assert Null().open(frame) is frame
    assert Null().command(b"PONG") == zmtp.frame(b"PONG", zmtp.COMMAND)
