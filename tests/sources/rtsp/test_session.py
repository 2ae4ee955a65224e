"""Requests and their answers, on a connection whose other end the test holds."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from time import monotonic

import pytest

from framecast.errors import SourceError
from framecast.protocols.rtsp.address import Address
from framecast.protocols.rtsp.messages import Message
from framecast.protocols.sdp import Unfit
from framecast.sources.rtsp.connection import Connection
from framecast.sources.rtsp.session import Session
from tests.support.rtp import interleaved
from tests.support.scripted_rtsp import response

URL = "rtsp://camera/live"


class Talk:
    """A session, and what the camera says: its answers are there before they are asked for."""

    def __init__(self, near: socket.socket, far: socket.socket) -> None:
        self.far, self.stop = far, threading.Event()
        address = Address.of("rtsp://me:secret@camera/live", 554)
        self.session = Session(Connection(near), address, monotonic() + 30, self.stop)
        self.reports: list[bytes] = []

    def says(self, *answers: bytes) -> None:
        self.far.sendall(b"".join(answers))

    def heard(self) -> list[str]:
        """The requests so far, in lines."""
        return self.far.recv(1 << 16).decode().split("\r\n")


@pytest.fixture
def talk() -> Iterator[Talk]:
    near, far = socket.socketpair()
    with near, far:
        yield Talk(near, far)


def test_packets_and_interim_answers_come_between(talk: Talk) -> None:
    talk.says(interleaved(0, b"early"), b"RTSP/1.0 100 Continue\r\n\r\n", response("200 OK", {"CSeq": "1"}))
    assert talk.session.request("PLAY", URL).status == 200
    assert talk.session.playing(URL, lambda _packet: None) == [(0, b"early")]


def test_a_session_named_by_the_server_is_no_line_of_its_own(talk: Talk) -> None:
    talk.says(b"RTSP/1.0 200 OK\r\nSession: ab\x01c\x7f;timeout=9\r\n\r\n", response("200 OK", {}))
    talk.session.request("SETUP", URL)
    talk.session.request("PLAY", f"{URL}\r\nX-Evil: 1", "Range: a\r\nX-Evil: 2")
    lines = talk.heard()
    assert "Session: abc" in lines
    assert not [line for line in lines if line.startswith("X-Evil")]


def test_a_server_that_asks_something_is_told_no(talk: Talk) -> None:
    talk.says(b"OPTIONS * RTSP/1.0\r\nCSeq: 77\r\n\r\n", response("200 OK", {}))
    talk.session.request("DESCRIBE", URL)
    assert talk.heard()[-4:-1] == ["RTSP/1.0 501 Not Implemented", "CSeq: 77", ""]


def test_a_nonce_that_became_stale_is_no_wrong_password(talk: Talk) -> None:
    told = 'Digest realm="x", nonce="{}", stale={}'
    talk.says(
        *(
            response("401 No", {"WWW-Authenticate": told.format(*pair)})
            for pair in (("a", "false"), ("b", "TRUE"))
        ),
        response("200 OK", {}),
    )
    assert talk.session.request("DESCRIBE", URL).status == 200
    assert [line[-3:-1] for line in talk.heard() if line.startswith("Authorization")] != []


@pytest.mark.parametrize(("status", "reason"), [(401, "bad-auth"), (403, "bad-auth"), (404, "not-found")])
def test_no(talk: Talk, status: int, reason: str) -> None:
    talk.says(response(f"{status} No", {}))
    with pytest.raises(SourceError) as caught:
        talk.session.request("DESCRIBE", URL)
    assert caught.value.reason == reason


def test_what_is_neither_yes_nor_no_is_left_to_ffmpeg(talk: Talk) -> None:
    talk.says(response("500 Internal Server Error", {}))
    with pytest.raises(Unfit, match="DESCRIBE is answered by 500"):
        talk.session.request("DESCRIBE", URL)


def test_stopping_ends_the_wait_for_an_answer(talk: Talk) -> None:
    talk.stop.set()
    with pytest.raises(SourceError) as caught:
        talk.session.request("DESCRIBE", URL)
    assert caught.value.reason == "closed"


def test_signs_of_life_are_requests_and_reports_and_log_in_again(talk: Talk) -> None:
    talk.says(
        response("200 OK", {"Public": "OPTIONS, GET_PARAMETER"}),
        response("200 OK", {"Session": "1;timeout=10"}),
    )
    talk.session.begin(URL)
    talk.session.request("PLAY", URL)
    now = monotonic()
    talk.session.playing(URL, talk.reports.append)
    talk.heard()
    talk.session.keep_alive(now + 4)
    talk.session.keep_alive(now + 6)
    sent = talk.far.recv(1 << 16)
    assert sent.count(b"GET_PARAMETER rtsp://camera/live RTSP/1.0\r\n") == 1
    assert [report[:2] for report in talk.reports] == [b"\x80\xc9"]
    refused = Message(401, {"www-authenticate": ['Digest realm="x", nonce="new"']})
    talk.session.heard(refused)
    talk.session.heard(refused)  # once is enough
    sent = talk.far.recv(1 << 16)
    assert sent.count(b"GET_PARAMETER") == sent.count(b'nonce="new"') == 1
    talk.session.heard(Message(501))
    talk.session.keep_alive(now + 12)
    assert b"OPTIONS rtsp://camera/live" in talk.far.recv(1 << 16)


@pytest.mark.parametrize("status", [400, 404, 405, 451, 454, 500, 501])
def test_a_sign_of_life_that_is_refused_is_an_options_from_then_on(talk: Talk, status: int) -> None:
    talk.says(
        response("200 OK", {"Public": "OPTIONS, GET_PARAMETER"}),
        response("200 OK", {"Session": " 1 ; timeout = 10 "}),
    )
    talk.session.begin(URL)
    talk.session.request("PLAY", URL)
    now = monotonic()
    talk.session.playing(URL, talk.reports.append)
    talk.heard()
    talk.session.keep_alive(now + 6)
    sent = talk.far.recv(1 << 16)
    assert b"GET_PARAMETER" in sent
    assert b"Session: 1\r\n" in sent
    talk.session.heard(
        Message(status, {"cseq": ["2"]})
    )  # the number of an earlier request, as some cameras answer
    talk.session.keep_alive(now + 12)
    assert b"OPTIONS rtsp://camera/live" in talk.far.recv(1 << 16)


def test_the_server_may_be_gone_when_goodbye_is_said(talk: Talk) -> None:
    talk.says(response("200 OK", {"Session": "1"}))
    talk.session.request("SETUP", URL)
    talk.far.close()
    talk.session.close()
    talk.session.close()
