"""RTSP servers that mean no good, or are broken: what a source must survive.

    with HostileRtsp("half_packet") as server:
        av.open(server.url())

`BEHAVIOURS` lists the names; every connection gets the same behaviour, in a thread of its own.
"""

import random
import socket
import socketserver
import struct
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

JUNK_BYTES = 4096
SDP = """v=0
o=- 0 0 IN IP4 127.0.0.1
s=hostile
t=0 0
m=video 0 RTP/AVP 96
a=rtpmap:96 H264/90000
a=fmtp:96 packetization-mode=1;sprop-parameter-sets=Z0LAHtkAoD2wEQAAAwABAAADADKPFi5I,aMuMsg==
a=control:track0
""".replace("\n", "\r\n").encode()
DEFAULT_LOCATION = "file:///etc/passwd"


class Connection:
    """One client: its socket, and RTSP as far as a behaviour wants to speak it."""

    def __init__(self, sock: socket.socket, over: threading.Event, location: str) -> None:
        self.sock, self.over, self.location = sock, over, location
        self.dice = random.Random(1)
        self._reader = sock.makefile("rb")

    def request(self) -> tuple[str, str] | None:
        """Return method and CSeq of the next request, None at the end."""
        first = self._reader.readline()
        sequence = "1"
        while (line := self._reader.readline()) not in (b"\r\n", b"\n", b""):
            name, _, value = line.decode(errors="replace").partition(":")
            if name.lower() == "cseq":
                sequence = value.strip()
        return (first.split()[0].decode(errors="replace"), sequence) if first.split() else None

    def answer(self, sequence: str, *headers: str, body: bytes = b"", status: str = "200 OK") -> None:
        """Answer a request; Content-Length comes with a body unless the headers name one."""
        lines = [f"RTSP/1.0 {status}", f"CSeq: {sequence}", *headers]
        if body and not any(line.startswith("Content-Length") for line in headers):
            lines.append(f"Content-Length: {len(body)}")
        self.sock.sendall("\r\n".join([*lines, "", ""]).encode() + body)

    def play(self) -> None:
        """Answer as a good camera does, up to PLAY."""
        answers: dict[str, tuple[tuple[str, ...], bytes]] = {
            "OPTIONS": (("Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN",), b""),
            "DESCRIBE": (("Content-Type: application/sdp",), SDP),
            "SETUP": (("Session: 1", "Transport: RTP/AVP/TCP;unicast;interleaved=0-1"), b""),
        }
        while (asked := self.request()) is not None:
            method, sequence = asked
            headers, body = answers.get(method, (("Session: 1",), b""))
            self.answer(sequence, *headers, body=body)
            if method == "PLAY":
                return
        raise ConnectionError("the client left before PLAY")

    def flood(self, chunk: Callable[[], bytes], pause_s: float = 0.001) -> None:
        """Send without end."""
        while not self.over.wait(pause_s):
            self.sock.sendall(chunk())

    def junk(self, count: int = JUNK_BYTES) -> bytes:
        """Return random bytes."""
        return self.dice.randbytes(count)

    def hang(self) -> None:
        """Keep the socket open and do nothing."""
        self.over.wait()


def closes(_client: Connection) -> None:
    """Close after accept."""


def silent(client: Connection) -> None:
    """Never answer."""
    client.hang()


def garbage(client: Connection) -> None:
    """Answer with random bytes, without end."""
    client.request()
    client.flood(client.junk)


def huge_content_length(client: Connection) -> None:
    """Announce a body of a hundred gigabytes."""
    while (asked := client.request()) is not None:
        if asked[0] == "DESCRIBE":
            client.answer(asked[1], "Content-Type: application/sdp", "Content-Length: 107374182400", body=SDP)
            client.flood(client.junk)
        client.answer(asked[1], "Public: DESCRIBE")


def endless_headers(client: Connection) -> None:
    """Send header lines without end."""
    client.request()
    client.sock.sendall(b"RTSP/1.0 200 OK\r\nCSeq: 1\r\n")
    client.flood(lambda: b"".join(b"X-Header-%d: x\r\n" % client.dice.randrange(10**9) for _ in range(50)))


def endless_line(client: Connection) -> None:
    """Send one header line without end."""
    client.request()
    client.sock.sendall(b"RTSP/1.0 200 OK\r\nX-Header: ")
    client.flood(lambda: b"x" * JUNK_BYTES)


def garbage_media(client: Connection) -> None:
    """Play, then send RTP packets of random bytes between chunks of no protocol at all."""
    client.play()

    def chunk() -> bytes:
        if client.dice.random() < 0.2:
            return client.junk(client.dice.randrange(1, 200))
        return _interleaved(
            0, _rtp(client.dice.randrange(2**16), client.junk(client.dice.randrange(1, 1400)))
        )

    client.flood(chunk)


def half_packet(client: Connection) -> None:
    """Play, send half a packet, and hang."""
    client.play()
    client.sock.sendall(_interleaved(0, _rtp(1, client.junk(1388)))[:700])
    client.hang()


def no_media(client: Connection) -> None:
    """Play, then send nothing."""
    client.play()
    client.hang()


def closes_after_play(client: Connection) -> None:
    """Play, then close."""
    client.play()


def redirect(client: Connection) -> None:
    """Redirect to `location`: by default a file of the machine that asks."""
    while (asked := client.request()) is not None:
        client.answer(asked[1], f"Location: {client.location}", status="302 Found")


BEHAVIOURS: dict[str, Callable[[Connection], None]] = {
    behaviour.__name__: behaviour
    for behaviour in (
        closes,
        silent,
        garbage,
        huge_content_length,
        endless_headers,
        endless_line,
        garbage_media,
        half_packet,
        no_media,
        closes_after_play,
        redirect,
    )
}


class HostileRtsp:
    """A server on a free port with one of BEHAVIOURS. `location` is where `redirect` sends its clients."""

    def __init__(self, behaviour: str, location: str = DEFAULT_LOCATION) -> None:
        self.connections = 0  # accepted since the start
        self._over = threading.Event()
        act = BEHAVIOURS[behaviour]
        owner = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                owner.connections += 1
                client = Connection(self.request, owner._over, location)
                try:
                    act(client)
                except OSError:
                    pass  # the client left
                finally:
                    client._reader.close()

        self._server = _Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="hostile-rtsp")

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    def url(self) -> str:
        """Return the address."""
        return f"rtsp://127.0.0.1:{self.port}/test"

    def give_up(self) -> None:
        """Close every connection that only floods or hangs, now and later."""
        self._over.set()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False


def _interleaved(channel: int, packet: bytes) -> bytes:
    """RFC 2326 section 10.12."""
    return struct.pack(">cBH", b"$", channel, len(packet)) + packet


def _rtp(sequence: int, payload: bytes) -> bytes:
    """RFC 3550 section 5.1, payload type 96."""
    return struct.pack(">BBHII", 0x80, 96, sequence, sequence * 3600, 0x1234) + payload
