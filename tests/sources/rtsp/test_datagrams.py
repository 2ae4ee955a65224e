"""Cameras over UDP: networks that lose and overtake, strangers, firewalls."""

from __future__ import annotations

import ipaddress
import itertools
import json
import random
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from framecast.client.frame import Frame
from framecast.errors import SourceError
from framecast.model import Flag
from framecast.protocols.rtp.sorter import Sorter
from framecast.protocols.sdp import Unfit
from framecast.sources.rtsp.connection import Connection
from framecast.sources.rtsp.datagrams import Datagrams, _pair
from framecast.sources.rtsp.receiver import Receiver
from tests.bus.switch import descriptors
from tests.sources.rtsp import test_receiver
from tests.sources.rtsp.test_receiver import CLIP, SDP, SMALL, clip_units
from tests.sources.running import Running, number
from tests.support.media_files import Clip, frame_number
from tests.support.rtp import Sender, report
from tests.support.rtsp_server import RtspServer
from tests.support.scripted_rtsp import ScriptedRtsp
from tests.system.eyes import checksum, known_sums

# The kernel drops what a receiver that is not scheduled for a while does not read in time.
on_a_loaded_machine = pytest.mark.flaky(
    reruns=2, reason="datagrams are lost where the receiver waits for a processor"
)

Sent = list[list[bytes]]
HOST = "127.0.0.1"
LOOPBACK, LINK = "10", "20"


class Udp:
    """The camera's end: two sockets, and the ports that were asked for."""

    def __init__(self) -> None:
        self.rtp, self.rtcp = _pair(socket.AF_INET, (HOST, 0))
        self.server: ScriptedRtsp

    @property
    def transport(self) -> str:
        """What SETUP is answered with."""
        first = self.rtp.getsockname()[1]
        return f"Transport: RTP/AVP/UDP;unicast;source={HOST};server_port={first}-{first + 1}"

    def ports(self) -> tuple[int, int]:
        """Those of the client."""
        asked = self.server.wait_for("SETUP").headers["transport"]
        found = re.fullmatch(r"RTP/AVP;unicast;client_port=(\d+)-(\d+)", asked)
        assert found, asked
        return int(found[1]), int(found[2])

    def send(self, packet: bytes, host: str = HOST) -> None:
        self.rtp.sendto(packet, (host, self.ports()[0]))

    def tell(self, packet: bytes) -> None:
        self.rtcp.sendto(packet, (HOST, self.ports()[1]))


@contextmanager
def camera(play: Callable[[Udp], None] = lambda _udp: None, sdp: str = SDP) -> Iterator[tuple[Udp, str]]:
    udp = Udp()
    with (
        udp.rtp,
        udp.rtcp,
        ScriptedRtsp(
            sdp, lambda _camera: play(udp), headers={"SETUP": f"{udp.transport}\nSession: 1"}
        ) as server,
    ):
        udp.server = server
        yield udp, server.url()


def opened(url: str, **options: float) -> AbstractContextManager[Receiver]:
    return test_receiver.opened(url, transport="udp", **options)


def sending(packets: list[bytes]) -> Callable[[Udp], None]:
    def play(udp: Udp) -> None:
        for packet in packets:
            udp.send(packet)

    return play


def cut(count: int) -> tuple[list[bytes], Sent]:
    """Pictures, and the packets of each."""
    units, sender = clip_units(count), Sender()
    return units, [sender.picture(unit, index * 3600, mtu=400) for index, unit in enumerate(units)]


def test_a_picture_goes_out_with_its_last_packet() -> None:
    (unit,), (sent,) = cut(1)
    with camera(sending(sent)) as (_, url), opened(url) as found:
        assert next(found.packets()).payload == unit


def test_packets_that_overtake_each_other_are_sorted() -> None:
    units, sent = cut(6)
    flat = [packet for packets in sent for packet in packets]
    # The very first stays: nobody knows what comes before it.
    mixed = [
        flat[0],
        *itertools.chain.from_iterable(flat[at : at + 7][::-1] for at in range(1, len(flat), 7)),
    ]
    assert mixed != flat

    def play(udp: Udp) -> None:
        for packet in mixed:
            udp.send(packet)
            udp.send(packet)
            udp.send(packet)  # every one comes three times

    with camera(play) as (_, url), opened(url) as found:
        packets = list(itertools.islice(found.packets(), len(units)))
    assert [bytes(packet.payload) for packet in packets] == units
    assert not any(packet.is_corrupt for packet in packets)


@on_a_loaded_machine
def test_what_is_lost_marks_a_picture_and_no_more() -> None:
    """Of a key frame of many packets the first is missing: all others are nothing, and yet this is a camera."""
    units, sent = cut(4)
    sender = Sender(sequence=int.from_bytes(sent[-1][-1][2:4], "big") + 1 & 0xFFFF)
    large = units[0] + b"\xff" * 200_000  # 500 packets
    broken = sender.picture(large, 4 * 3600, mtu=400)
    head = next(
        index for index, packet in enumerate(broken) if packet[12] & 31 == 28 and packet[13] & 31 == 5
    )
    after = [sender.picture(unit, (5 + index) * 3600, mtu=400) for index, unit in enumerate(units)]

    def play(udp: Udp) -> None:
        for packet in itertools.chain(*sent, broken[:head], broken[head + 1 :], *after):
            udp.send(packet)
            time.sleep(0.0001)

    with camera(play) as (_, url), opened(url) as found:
        packets = list(itertools.islice(found.packets(), 8))
    assert [packet.is_corrupt for packet in packets[:4]] == [False] * 4
    # The next picture is a key frame of its own; what hangs on it is whole.
    assert bytes(packets[4].payload).endswith(units[0])
    assert [bytes(packet.payload) for packet in packets[5:]] == units[1:]
    assert not any(packet.is_corrupt for packet in packets[5:])


def test_a_whole_picture_that_is_lost_is_told_with_the_next_one() -> None:
    units, sent = cut(5)
    with (
        camera(sending([packet for part in (*sent[:2], *sent[3:]) for packet in part])) as (
            _,
            url,
        ),
        opened(url) as found,
    ):
        packets = list(itertools.islice(found.packets(), 4))
    assert [bytes(packet.payload) for packet in packets] == [*units[:2], *units[3:]]
    assert [packet.is_corrupt for packet in packets] == [False, False, True, False]


@on_a_loaded_machine
def test_pictures_made_from_a_damaged_one_are_marked_up_to_the_next_key_frame() -> None:
    _, sent = cut(60)  # key frames every 25 pictures
    is_read = threading.Event()

    def play(udp: Udp) -> None:
        is_read.wait(30)
        for index, packets in enumerate(sent):
            for packet in packets[: -1 if index == 10 else None]:
                udp.send(packet)
            time.sleep(0.02)

    with camera(play) as (_, url), Running(url, transport="udp") as source, source.read() as reader:
        is_read.set()
        shown = [reader.read(30) for _ in range(45)]
    # The eleventh is lost; what is made from it shows anything.
    marked = [bool(record.flags & Flag.CORRUPT) for record in shown]
    assert marked == [False] * 10 + [True] * 14 + [False] * 21
    wrong = [
        index for index, record in enumerate(shown) if number(record) != (index if index < 10 else index + 1)
    ]
    assert wrong
    assert all(marked[index] for index in wrong)


@on_a_loaded_machine
@pytest.mark.parametrize("sequence", [65_500, 30_000, 3])
def test_of_two_senders_one_is_heard_whole(sequence: int) -> None:
    """Their numbers have nothing to do with each other, however near they are."""
    units, sent = cut(30)
    other = Sender(ssrc=0x9999, sequence=sequence)
    mixed = [
        packet
        for index, packets in enumerate(sent)
        for pair in itertools.zip_longest(
            packets, other.picture(units[-1 - index], 7 + index * 3600, mtu=400)
        )
        for packet in pair
        if packet is not None
    ]
    # Within a sender, two packets overtake each other now and then.
    for at in range(8, len(mixed) - 2, 20):
        mixed[at], mixed[at + 2] = mixed[at + 2], mixed[at]

    def play(udp: Udp) -> None:
        for at, packet in enumerate(mixed):
            udp.send(packet)
            if at % 50 == 49:
                time.sleep(0.005)

    with camera(play) as (_, url), opened(url) as found:
        assert [bytes(packet.payload) for packet in itertools.islice(found.packets(), 29)] == units[:29]


def test_strangers_are_not_heard() -> None:
    """Whoever knows the port, but is not the camera: what it sends is neither shown nor counted as damage."""
    units, sent = cut(2)

    def play(udp: Udp) -> None:
        stranger = Sender(ssrc=99, sequence=1)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.bind(("127.0.0.2", 0))
            for _ in range(3):
                for packet in (*stranger.picture(units[0], 7), *[b"junk"] * 300):
                    sock.sendto(packet, (HOST, udp.ports()[0]))
        for packets in sent:
            for packet in packets:
                udp.send(packet)

    with camera(play) as (_, url), opened(url) as found:
        assert [bytes(packet.payload) for packet in itertools.islice(found.packets(), 2)] == units


def test_junk_from_the_camera_ends_it_in_words() -> None:
    with camera(sending([b"\x80\x60\x00"] * 400)) as (_, url):
        with opened(url) as found, pytest.raises(SourceError) as caught:
            next(found.packets())
        assert caught.value.reason == "bad-data"


def test_a_camera_that_sends_from_another_address_is_told_as_such() -> None:
    def play(udp: Udp) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.bind(("127.0.0.3", 0))
            sock.sendto(Sender().packet(b"x", 0), (HOST, udp.ports()[0]))

    with camera(play) as (_, url), opened(url, stall_s=0.5) as found, pytest.raises(SourceError) as caught:
        next(found.packets())
    assert "nothing came for 0.5 s over UDP from 127.0.0.1, but from 127.0.0.3" in str(caught.value)


def test_a_firewall_is_suspected_where_nothing_ever_comes() -> None:
    with camera() as (_, url), opened(url, stall_s=0.5) as found:
        with pytest.raises(SourceError, match="try the transport tcp") as caught:
            next(found.packets())
        assert caught.value.reason == "stalled"
    with (
        camera(sdp=re.sub(";sprop.*", "", SDP)) as (_, url),
        pytest.raises(SourceError, match="firewall") as caught,
    ):
        opened(url, timeout_s=0.5).__enter__()
    assert caught.value.reason == "timeout"


def test_the_way_back_is_opened_and_reports_go_both_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("framecast.sources.rtsp.session._REPORT_EVERY_S", 0.3)
    units, sent = cut(2)

    def play(udp: Udp) -> None:
        udp.tell(report(Sender().ssrc, time.time(), 0))
        for packets in sent:
            for packet in packets:
                udp.send(packet)
            time.sleep(0.5)

    with camera(play) as (udp, url), opened(url) as found:
        assert len(list(itertools.islice(found.packets(), 2))) == len(units)
        for sock in (udp.rtp, udp.rtcp):
            sock.settimeout(30)
        assert udp.rtp.recvfrom(99) == (b"\x80" + bytes(11), (HOST, udp.ports()[0]))
        assert udp.rtcp.recvfrom(99)[0] == b"\x80\xc9\x00\x01" + bytes(4)
        assert b"framecast" in udp.rtcp.recvfrom(99)[0]


def test_the_end_of_the_connection_ends_the_source() -> None:
    with RtspServer(CLIP) as server, Running(server.url(), transport="udp", timeout_s=20.0) as source:
        source.take(3, "video")
        assert (source.facts["client"], source.facts["transport"]) == ("framecast", "udp")
        server.cut()
        error = source.wait_for_end()
    assert isinstance(error, SourceError)
    assert error.reason == "closed"


@on_a_loaded_machine
def test_a_key_frame_larger_than_most_sockets_comes_whole() -> None:
    clip = Clip(size=(1920, 1080), bitrate_kbps=20_000, seconds=4)
    with RtspServer(clip) as server, Running(server.url(), transport="udp") as source:
        pictures = source.take(40)
    found = [number(record) for record in pictures]
    assert [(b - a) % 100 for a, b in itertools.pairwise(found)] == [1] * 39
    assert not any(record.flags & Flag.CORRUPT for record in pictures)


@pytest.fixture
def datagrams() -> Iterator[Datagrams]:
    with socket.create_server((HOST, 0)) as listener:
        near = socket.create_connection(listener.getsockname())
        far, _ = listener.accept()
        found = Datagrams(Connection(near))
        with near, far:
            yield found
        found.close()
        found.close()


def test_ports_are_even_and_odd_and_at_the_connection_s_address(datagrams: Datagrams) -> None:
    for index in range(20):
        transport = datagrams.transport(index)
        first, second = map(int, transport.rpartition("=")[2].split("-"))
        assert (first % 2, second) == (0, first + 1)
    assert {port.sock.getsockname()[0] for port in datagrams._ports.values()} == {HOST}


@pytest.mark.parametrize(
    ("told", "remote"),
    [
        ("RTP/AVP;unicast;client_port=1-2;server_port=6970-6971", (HOST, 6970)),
        ("RTP/AVP;unicast;server_port=6970", (HOST, 6970)),
        ("RTP/AVP;server_port=6970-6971;source=192.0.2.7;ssrc=1", ("192.0.2.7", 6970)),
        ("RTP/AVP;server_port=6970-6971;source=0.0.0.0", (HOST, 6970)),
        ("RTP/AVP;server_port=6970-6971;source=camera", (HOST, 6970)),
        ("RTP/AVP;server_port=6970-6971;source=224.0.0.5", (HOST, 6970)),
        ("RTP/AVP;server_port=99999-0", None),
        ("", None),
    ],
)
def test_where_the_server_sends_from(datagrams: Datagrams, told: str, remote: tuple[str, int] | None) -> None:
    datagrams.transport(0)
    assert datagrams.agree(0, told) == (0, 1)
    assert datagrams._pairs[0][0].remote == remote


def test_a_camera_cannot_make_this_machine_hear_itself(datagrams: Datagrams) -> None:
    datagrams._camera = "192.0.2.1"
    assert datagrams._sender("source=127.0.0.1") == "192.0.2.1"
    assert datagrams._sender("source=192.0.2.9") == "192.0.2.9"


def ipv6_of(wanted: str) -> str:
    """An address of this machine of a scope (include/net/ipv6.h), with its zone; '' where there is none."""
    table = Path("/proc/net/if_inet6")
    for line in table.read_text().splitlines() if table.exists() else ():
        digits, _, _, scope, _, name = line.split()
        if scope == wanted:
            zone = f"%{name}" if scope == LINK else ""
            return f"{ipaddress.IPv6Address(int(digits, 16))}{zone}"
    return ""


@pytest.mark.parametrize("scope", [LOOPBACK, LINK])
def test_ports_of_ipv6(scope: str) -> None:
    host = ipv6_of(scope)
    if not host:
        pytest.skip("this machine has no such address")
    address = socket.getaddrinfo(host, 0, type=socket.SOCK_STREAM)[0][4]
    with (
        socket.create_server(address, family=socket.AF_INET6) as listener,
        socket.create_connection((host, listener.getsockname()[1])) as near,
        listener.accept()[0],
    ):
        found = Datagrams(Connection(near))
        found.transport(0)
        found.agree(0, "server_port=6970-6971")
        rtp, _ = found._pairs[0]
        assert rtp.sock.getsockname()[3] == address[3]  # type: ignore[misc]
        assert rtp.remote is not None
        rtp.remote = (*rtp.remote[:1], rtp.sock.getsockname()[1], *rtp.remote[2:])
        found._send(rtp, Sender().packet(b"to itself", 0))
        found.receive()
        ((channel, packet),) = found.items()  # type: ignore[misc]
        assert (channel, packet[-9:]) == (0, b"to itself")
        found.close()


@pytest.mark.parametrize("told", ["RTP/AVP/TCP;interleaved=0-1", "RTP/AVP;multicast;destination=224.2.0.1"])
def test_another_way_than_was_asked_for_is_left_to_ffmpeg(datagrams: Datagrams, told: str) -> None:
    datagrams.transport(0)
    with pytest.raises(Unfit):
        datagrams.agree(0, told)


def test_no_port_stays_behind_a_refusal() -> None:
    before = descriptors()
    for status in ("401 No", "500 No"):
        refusal = f"RTSP/1.0 {status}\r\n\r\n".encode()
        with (
            ScriptedRtsp(SDP, answers={"PLAY": lambda _c, _r, answer=refusal: answer}) as server,  # type: ignore[misc]
            pytest.raises((SourceError, Unfit)),
        ):
            opened(server.url()).__enter__()
    assert descriptors() == before


class Network(Sorter):
    """Loses, repeats, holds up: before the packets are sorted, as a network does. Every time in the same way."""

    def __init__(self) -> None:
        super().__init__()
        self._chance = random.Random(7)
        self._late: list[tuple[int, bytes]] = []

    def take(self, packet: bytes, now_ns: int) -> Sequence[bytes]:
        """Take what comes now, and what was held up until now."""
        arrived = [held for due, held in self._late if due <= 0]
        self._late = [(due - 1, held) for due, held in self._late if due > 0]
        luck = self._chance.random()
        if luck < 0.04:
            self._late.append((self._chance.randrange(1, 9), packet))
        elif luck > 0.01 + 0.04:
            arrived += [packet, packet] if luck > 0.99 else [packet]
        return [one for came in arrived for one in super(Network, self).take(came, now_ns)]


@pytest.mark.parametrize("codec", ["h264", "h265"])
def test_on_a_bad_network_every_picture_is_whole_or_marked(
    codec: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("framecast.sources.rtsp.datagrams.Sorter", Network)
    clip = Clip(codec, size=SMALL, seconds=4, first=1000, bitrate_kbps=2000, container="mkv")
    sums = {int(name): value for name, value in json.loads(known_sums(clip.path()).read_text()).items()}
    marked = whole = gaps = 0
    with (
        RtspServer({"/test": clip}) as server,
        Running(server.url(), transport="udp") as source,
        source.read() as reader,
    ):
        for _ in range(80):
            frame = Frame(reader.read(30))
            gaps += frame.discontinuity
            if frame.corrupt:
                marked += 1
                continue
            shown = frame_number(frame.gray)
            assert checksum([plane.tobytes() for plane in frame.planes]) == sums[shown], shown
            whole += 1
        assert source.error is None
    assert whole > 10
    # FFmpeg's decoder of H.265 gives out nothing where something is missing, up to the next key frame.
    assert (marked if codec == "h264" else gaps) > 3
