"""What was ended ends what it has open: on every server, with real clients, and without a notice.

The changes are made as another process makes them, in the database alone. So each test is one of a lost hint: the servers have to
look by themselves.
"""

from __future__ import annotations

import json
import os
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest
import zmq
from websockets.exceptions import ConnectionClosed, InvalidStatus
from zmq.utils.monitor import recv_monitor_message

from framecast.model.rights import Grant, Right, Scope
from framecast.protocols import zmtp
from framecast.servers.access.people import LOOK_S
from framecast.servers.access.principal import Requirement
from framecast.servers.rpc.method_table import METHODS
from framecast.servers.rpc.server import _SERVICES
from framecast.servers.settings import read
from framecast.servers.web.settings import WebSettings
from framecast.servers.zmq.endpoint_table import ENDPOINTS
from framecast.v1 import media_pb2, streams_pb2
from tests.cli.running import Node
from tests.node.running import folder
from tests.servers.access.household import GRANTED, HIDDEN, MEET, Household, bearer
from tests.servers.rpc.house import DEADLINE_S, Client, refused
from tests.servers.server_process import line
from tests.servers.web.mjpeg_reader import MjpegReader
from tests.servers.web.mp4_client import player, socket_at
from tests.servers.web.web_process import WebProcess
from tests.servers.zmq.zmq_process import WAIT_S, Listener, ZmqProcess
from tests.support import needs
from tests.support.waiting import until

LIST = streams_pb2.ListStreamsRequest()
SECOND = "yard"
_HUB_UID = 41_007
DATA = streams_pb2.Track(name="data")
SETTINGS = read(WebSettings, line(WebSettings, fd=-1, runtime_dir="/"))  # the cookie has its name by them


class House:
    """A node with accounts, its servers, and more of them where a test needs other settings."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.people = Household(place / "data")
        pattern = "pattern:?size=160x120&fps=25&audio=0"
        streams = [f"{name}={pattern}" for name in (GRANTED, SECOND, HIDDEN)]
        self.node = Node(place, "--data-dir", str(place / "data"), *streams, servers=("grpc", "zmq"))
        self.grpc = self.node.wait_for(r"grpc=grpcs?://(\S+)").group(1)
        self.zmq = self.node.wait_for(r"zmq=(tcp://\S+)").group(1)
        self.node.wait_for("serving gRPC at")
        self.web = WebProcess(place / "run", database=self.people.url)
        self._keys = iter(range(100))

    def token(self, *streams: str) -> tuple[str, str, dict[str, str]]:
        """Return the id and the secret of a token of a new viewer, and the ids of its grants by stream."""
        name = f"guest{next(self._keys)}"
        grants = self.people.viewer(name, *(streams or (GRANTED,)))
        info, secret = self.people.accounts.make_token(name, "a token", [Scope.WATCH, Scope.READ])
        return info.id, secret, grants

    def close(self) -> None:
        self.web.close()
        self.node.__exit__()
        self.people.close()


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with folder() as place:
        found = House(place)
        try:
            yield found
        finally:
            found.close()


def status_of(house: House, path: str, secret: str) -> int:
    return house.web.ask(path, **bearer(secret))[0].status


def endings(house: House, name: str) -> dict[str, Callable[[], object]]:
    """Every way to end what a viewer has open, by what is ended."""
    accounts, account = house.people.accounts, house.people.ids[name]
    return {
        "session": lambda: accounts.end_all_sessions(account),
        "account locked": lambda: accounts.change(account, locked=True),
        "account deleted": lambda: accounts.delete(account),
        "grant": lambda: accounts.revoke(accounts.grants(account)[0].id),
    }


@pytest.mark.parametrize("what", ["session", "account locked", "account deleted", "grant"])
def test_pictures_end_with_whatever_has_let_them_in(house: House, what: str) -> None:
    name = what.replace(" ", "")
    house.people.viewer(name, GRANTED)
    cookie = house.people.cookie(SETTINGS, house.people.session(name))["cookie"]
    with MjpegReader(house.web.connect(), f"src={GRANTED}", f"Cookie: {cookie}\r\n") as reader:
        reader.until(live=True)
        endings(house, name)[what]()
        reader.rest()  # returns at the end of the connection
    expected = {"grant": 404}.get(what, 401)
    response, _ = house.web.ask(f"/api/frame.jpeg?src={GRANTED}", cookie=cookie)
    assert response.status == expected


@pytest.mark.parametrize("what", ["link", "grant", "account"])
def test_what_a_shared_page_has_opened_ends(house: House, what: str) -> None:
    name = f"sharer{what}"
    accounts, grants = house.people.accounts, house.people.viewer(name, GRANTED)
    share, secret = accounts.make_share(name, "a link", stream=GRANTED)
    token = accounts.open_share(secret, None).token
    with MjpegReader(house.web.connect(), f"src={GRANTED}&token={token}") as reader:
        reader.until(live=True)
        ends: dict[str, Callable[[], object]] = {
            "link": lambda: accounts.end_share(share.id),
            "grant": lambda: accounts.revoke(grants[GRANTED]),
            "account": lambda: accounts.change(name, locked=True),
        }
        ends[what]()
        reader.rest()  # returns at the end of the connection


def test_mse_and_media_tokens_end(house: House) -> None:
    token, secret, _ = house.token()
    with player(house.web.url, GRANTED, **bearer(secret)) as playing:
        playing.play()
        playing.take(2)
        house.people.accounts.end_token(token)
        with pytest.raises(ConnectionClosed):
            playing.take(1 << 20)
    name = next(one for one in reversed(house.people.ids))
    info, media = house.people.accounts.make_token(name, "tv", [Scope.WATCH], stream=GRANTED, kind="media")
    with MjpegReader(house.web.connect(), f"src={GRANTED}&token={media}") as reader:
        reader.until(live=True)
        house.people.accounts.end_token(info.id)
        reader.rest()
    with pytest.raises(InvalidStatus), player(house.web.url, f"{GRANTED}&token={media}"):
        pass


def test_wall_loses_one_tile_with_its_grant_and_all_with_the_token(house: House) -> None:
    token, secret, grants = house.token(GRANTED, SECOND)
    with socket_at(house.web.url, "api/ws/wall", **bearer(secret)) as wall:
        for name in (HIDDEN, "nowhere"):
            wall.say(type="open", src=name, value="")
            said = wall.until(lambda one: one["type"] == "error")["value"]
            assert said.replace(name, "X") == "mse: there is no stream 'X'"
        for name in (GRANTED, SECOND):
            wall.say(type="open", src=name, value="")
            wall.until(lambda one, name=name: one.get("src") == name and one["type"] == "mse")  # type: ignore[misc]
        house.people.accounts.revoke(grants[SECOND])
        lost = wall.until(lambda one: one["type"] == "error")
        assert (lost["src"], lost["value"]) == (SECOND, f"mse: there is no stream {SECOND!r}")
        wall.take(5)  # the other tile goes on
        house.people.accounts.end_token(token)
        with pytest.raises(ConnectionClosed):
            wall.take(1 << 20)


def test_playlists_of_hls_end(house: House) -> None:
    _, secret, grants = house.token()
    _, stranger, _ = house.token(SECOND)
    response, body = house.web.ask(f"/api/stream.m3u8?src={GRANTED}", **bearer(secret))
    assert response.status == 200
    found = re.search(r"hls/playlist\.m3u8\?id=\S+", body.decode())
    assert found
    path = f"/api/{found.group()}"
    assert status_of(house, path, secret) == 200
    other = house.web.ask(path, **bearer(stranger))
    unknown = house.web.ask("/api/hls/playlist.m3u8?id=unknown", **bearer(stranger))
    assert (other[0].status, other[1]) == (unknown[0].status, unknown[1]) == (404, unknown[1])
    house.people.accounts.revoke(grants[GRANTED])
    # A request that waits for a part far ahead is ended; later ones find nothing.
    while status_of(house, path, secret) != 404:
        pass


def test_lists_show_what_the_client_may_see(house: House) -> None:
    _, secret, _ = house.token(GRANTED)
    shown = bearer(secret)
    assert set(house.web.json("/api/streams", **shown)) == {GRANTED}
    assert set(house.web.json("/api/stats", **shown)["streams"]) == {GRANTED}
    assert set(house.web.json("/api", **shown)) == {
        "version",
        "uptime_s",
        "login",
        "access",
        "open_to",
        "library",
        "rooms",
    }
    metrics = house.web.ask("/metrics", **shown)[1].decode()
    assert f'stream="{GRANTED}"' in metrics
    assert HIDDEN not in metrics
    assert HIDDEN in house.web.ask("/metrics", **bearer(house.people.tokens["metrics"]))[1].decode()
    hidden, nowhere = (house.web.ask(f"/streams/{name}", **shown) for name in (HIDDEN, "nowhere"))
    assert (hidden[0].status, hidden[1].replace(HIDDEN.encode(), b"nowhere")) == (404, nowhere[1])
    with Client(house.grpc, token=secret) as client:
        found = client.streams.ListStreams(LIST, metadata=client.metadata, wait_for_ready=True).streams
        assert [one.name for one in found] == [GRANTED]
        for name in (HIDDEN, "nowhere"):
            request = streams_pb2.GetStreamRequest(name=name)
            status, words = refused(lambda r=request: client.streams.GetStream(r, metadata=client.metadata))  # type: ignore[misc]
            assert (status, words.replace(name, "X")) == (grpc.StatusCode.NOT_FOUND, "there is no stream 'X'")
            assert client.read(name, "jpeg/75").ended() == (
                grpc.StatusCode.NOT_FOUND,
                f"there is no stream {name!r}",
            )


def test_who_adds_and_changes_streams(house: House) -> None:
    viewer, member = house.people.token("viewer", Scope.CHANGE), house.people.token("member", Scope.CHANGE)

    def put(secret: str, name: str) -> int:
        return house.web.ask(f"/api/streams?name={name}&src=numbers:", "PUT", **bearer(secret))[0].status

    assert put(viewer, "fresh") == 403
    assert put(viewer, HIDDEN) == 403
    assert put(viewer, GRANTED) == 403
    assert put(member, GRANTED) == 403
    assert put(member, HIDDEN) == 409
    assert put(member, "fresh") == 200
    owner = house.people.token("member", Scope.READ, Scope.WATCH, Scope.PUBLISH)
    stranger = house.people.token("viewer", Scope.READ)
    assert status_of(house, "/api/streams?src=fresh", owner) == 200
    assert status_of(house, "/api/streams?src=fresh", stranger) == 404
    assert house.web.ask("/api/streams?src=fresh", "DELETE", **bearer(member))[0].status == 204

    # A stream that a program begins belongs to its account, too.
    with Client(house.grpc, token=owner) as client:
        cast = client.publish("cast", DATA)
        cast.send(ready=media_pb2.PublishReady())
        until(lambda: status_of(house, "/api/streams?src=cast", owner) == 200)
        assert status_of(house, "/api/streams?src=cast", stranger) == 404
        cast.close()
        assert cast.ended()[0] is grpc.StatusCode.OK


def test_member_tries_no_address_of_this_machine(house: House) -> None:
    body = json.dumps({"source": f"http://127.0.0.1:{house.web.port}/api/stream.mjpeg"}).encode()

    def tried(name: str) -> dict[str, Any]:
        shown = bearer(house.people.token(name, Scope.CHANGE)) | {"content-type": "application/json"}
        found: dict[str, Any] = house.web.json("/api/streams/try", "POST", body, **shown)
        return found

    assert "source_networks" in tried("member")["message"]
    assert "source_networks" not in tried("admin")["message"]


def test_calls_end_and_followed_lists_lose_what_is_hidden(house: House) -> None:
    token, secret, grants = house.token(GRANTED, SECOND)
    with Client(house.grpc, token=secret) as client:
        events = client.streams.WatchStreams(
            streams_pb2.WatchStreamsRequest(), metadata=client.metadata, timeout=DEADLINE_S
        )
        first: set[str] = set()
        while not first >= {GRANTED, SECOND}:
            first.add(next(events).name)
        assert first == {GRANTED, SECOND}
        reading, other = client.read(SECOND, "jpeg/75"), client.read(GRANTED, "jpeg/75")
        assert reading.record().payload
        assert other.record().payload
        house.people.accounts.revoke(grants[SECOND])
        assert reading.ended()[0] is grpc.StatusCode.UNAUTHENTICATED
        removed = next(event for event in events if not event.HasField("stream"))
        assert removed.name == SECOND
        assert other.record().payload, "the other call goes on"
        house.people.accounts.grant("account", _owner(house, token), Grant(Right.SEE, SECOND))
        assert next(event for event in events if event.name == SECOND).HasField("stream")
        house.people.accounts.end_token(token)
        assert other.ended()[0] is grpc.StatusCode.UNAUTHENTICATED
        status, _ = refused(lambda: client.streams.ListStreams(LIST, metadata=client.metadata))
        assert status is grpc.StatusCode.UNAUTHENTICATED


def _owner(house: House, token: str) -> str:
    return next(one.account for one in house.people.accounts.tokens() if one.id == token)


def test_subscriptions_end_and_lose_what_is_hidden(house: House) -> None:
    token, secret, grants = house.token(GRANTED, SECOND)
    password = {"plain_username": b"x", "plain_password": secret.encode()}
    with Listener(house.zmq, "", **password) as listener:
        seen: set[str] = set()
        while not seen >= {GRANTED, SECOND}:
            seen.add(listener.receive()[0].partition("/")[0])
        assert HIDDEN not in seen
        house.people.accounts.revoke(grants[SECOND])
        quiet = 0  # messages since the last one of the hidden stream
        while quiet < 20:
            quiet = 0 if listener.receive()[0].startswith(SECOND) else quiet + 1
        _disconnects(listener, lambda: house.people.accounts.end_token(token))
    assert not _comes_in(house.zmq, plain_username=b"x", plain_password=b"fct_" + b"x" * 43)


def test_key_of_an_account_opens_what_the_account_sees_until_it_is_removed(house: House) -> None:
    server_public, server_secret = zmq.curve_keypair()
    public, secret = zmq.curve_keypair()
    file = house.place / "server.key"
    file.write_bytes(server_secret)
    file.chmod(0o600)
    house.people.viewer("keyholder", GRANTED)
    house.people.accounts.add_key("keyholder", public.decode(), "a key")
    options = {"curve_serverkey": server_public, "curve_publickey": public, "curve_secretkey": secret}
    with ZmqProcess(
        house.place / "run", database=house.people.url, curve_secret_key_file=str(file)
    ) as server:
        with Listener(server.address, "", **options) as listener:
            assert {listener.receive()[0].partition("/")[0] for _ in range(20)} == {GRANTED}
            _disconnects(listener, lambda: house.people.accounts.remove_key(public.decode()))
        stranger = dict(zip(("curve_publickey", "curve_secretkey"), zmq.curve_keypair(), strict=True))
        assert not _comes_in(server.address, **(options | stranger))


def _disconnects(listener: Listener, act: Callable[[], object]) -> None:
    """Return once the server has closed the connection because of `act`."""
    monitor = listener.sock.get_monitor_socket(zmq.EVENT_DISCONNECTED)
    try:
        act()
        assert monitor.poll(int(WAIT_S * 1000)), "it is still connected"
    finally:
        listener.sock.disable_monitor()
        monitor.close(0)


def _comes_in(address: str, **options: Any) -> bool:
    """True if the handshake of a subscriber succeeds."""
    context = zmq.Context()
    sock = context.socket(zmq.SUB)
    for name, value in options.items():
        setattr(sock, name, value)
    wanted = zmq.EVENT_DISCONNECTED | zmq.EVENT_HANDSHAKE_FAILED_AUTH | zmq.EVENT_HANDSHAKE_SUCCEEDED
    monitor = sock.get_monitor_socket(wanted | zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL)
    sock.connect(address)
    try:
        assert monitor.poll(int(WAIT_S * 1000)), "nothing happened"
        return bool(recv_monitor_message(monitor)["event"] == zmq.EVENT_HANDSHAKE_SUCCEEDED)
    finally:
        sock.disable_monitor()
        context.destroy(0)


def _shown(house: House) -> dict[str, str]:
    """What each kind of client shows to servers that know no sessions; '' for nothing."""
    everything = {name: house.people.token(name, Scope.ADMIN) for name in ("viewer", "member")}
    tokens = {("admin token" if name == "admin" else name): one for name, one in house.people.tokens.items()}
    return {"anonymous": "", "media": house.people.media, **everything, **tokens}


def test_each_method_is_reached_by_whom_it_is_for_and_by_nobody_else(house: House) -> None:
    kinds = {f"/{one.full_name}/{method.name}" for one in _SERVICES for method in one.methods}
    with grpc.insecure_channel(house.grpc) as channel:
        for method, required in METHODS.items():
            expected = set(MEET[required]) - {"admin"}
            if required in (Requirement.CONTROL, Requirement.PUBLISH):
                expected |= {"viewer", "member"}  # which streams they may change is another question
            if method.endswith("/MakeRoom"):
                expected -= {"change"}  # a token that may not read is nobody in rooms
            if required is Requirement.WORK and not method.endswith("/ClaimJob"):
                continue  # what is about one job also needs its ticket
            reached = {
                client
                for client, secret in _shown(house).items()
                if _reaches(channel, method, secret, b"\x0a\x03no/" if method in kinds else b"")
            }
            assert reached == expected, method


def _reaches(channel: Any, method: str, secret: str, request: bytes) -> bool:
    """True if a call is refused by nothing but its method, which gets a stream that has no name, or answers."""
    metadata = (("authorization", f"Bearer {secret}"),) if secret else ()
    call = channel.stream_stream(method)(
        iter([request]), metadata=metadata, timeout=DEADLINE_S, wait_for_ready=True
    )
    try:
        next(call)
    except StopIteration:
        return True
    except grpc.RpcError as error:
        code = error.code()
        assert code is not grpc.StatusCode.DEADLINE_EXCEEDED, method
        return code not in (grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED)
    finally:
        call.cancel()
    return True


def _password(secret: str) -> dict[str, bytes]:
    return {"plain_username": b"x", "plain_password": secret.encode()} if secret else {}


def test_each_endpoint_of_zeromq_is_reached_by_whom_it_is_for_and_by_nobody_else(house: House) -> None:
    assert ENDPOINTS == {"zmq": Requirement.WATCH, "imagezmq": Requirement.WATCH}, "say here who reaches it"
    reached = {
        client for client, secret in _shown(house).items() if _comes_in(house.zmq, **_password(secret))
    }
    assert reached == MEET[Requirement.WATCH] - {"admin"}


@contextmanager
def _hub_of(uid: int, port: int) -> Iterator[socket.socket]:
    """Connect as a user of this machine, and subscribe to everything, as imagezmq's hub does."""
    ours, theirs = socket.socketpair()
    child = os.fork()
    if child == 0:
        try:
            os.setuid(uid)
            with socket.socket() as sock:
                sock.connect(("127.0.0.1", port))
                socket.send_fds(theirs, [b"."], [sock.fileno()])
        finally:
            os._exit(0)
    theirs.close()
    with ours:
        _, fds, _, _ = socket.recv_fds(ours, 1, 1)
    os.waitpid(child, 0)
    with socket.socket(fileno=fds[0]) as sock:
        sock.settimeout(WAIT_S)
        ready = zmtp.command(b"READY", zmtp.metadata({b"Socket-Type": b"SUB"}))
        sock.sendall(zmtp.greeting(b"NULL", as_server=False))
        sock.sendall(zmtp.frame(ready, zmtp.COMMAND) + zmtp.frame(b"\x01"))
        yield sock


def _streams_until_end(sock: socket.socket, most: int) -> set[str]:
    """Return whose pictures come: those of `most` messages, or of all until the end."""
    found: list[str] = []
    raw = b""
    while len(found) < most and (given := sock.recv(1 << 16)):
        raw = raw[-40:] + given
        found += [name.decode() for name in re.findall(rb'"msg":"(\w+)","dtype"', raw)]
    return set(found)


def test_imagezmq_obeys_the_account_of_the_user_of_this_machine(house: House) -> None:
    needs.root()
    accounts = house.people.accounts
    house.people.viewer("hub", GRANTED)
    accounts.give_uid(_HUB_UID, "hub")
    with ZmqProcess(house.place / "run", imagezmq=True, database=house.people.url) as server:
        with _hub_of(_HUB_UID + 1, server.imagezmq_port) as sock:
            assert not _streams_until_end(sock, 1), "a user without an account"
        with _hub_of(0, server.imagezmq_port) as sock:
            assert _streams_until_end(sock, 30) == {GRANTED, SECOND, HIDDEN}, "the node's own user"
        with _hub_of(_HUB_UID, server.imagezmq_port) as sock:
            assert _streams_until_end(sock, 10) == {GRANTED}
            accounts.take_uid(_HUB_UID)
            _streams_until_end(sock, 1 << 30)  # returns at the end of the connection


def test_secrets_are_in_no_log_and_no_answer(house: House) -> None:
    _, secret, _ = house.token()
    assert status_of(house, "/api/streams", secret) == 200
    house.web.ask(f"/api/frame.jpeg?src={GRANTED}&token={secret}")
    assert secret not in house.node.text
    assert secret not in house.web.ask(f"/api/stream.m3u8?src={GRANTED}", **bearer(secret))[1].decode()
    assert LOOK_S <= 0.5, "twice a second: an end is noticed within a second"
