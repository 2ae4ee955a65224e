"""The service Rooms as a client of any language meets it: an open node with a video, and one with accounts."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import grpc
import pytest
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

import framecast
from framecast.model.rights import Scope
from framecast.model.video import Visibility
from framecast.servers.rpc.interceptor import TICKET_KEY
from framecast.v1 import rooms_pb2, rooms_pb2_grpc
from framecast.v1.rooms_pb2 import Guest, JoinRequest, JoinResponse, PlaybackAct
from tests.node.running import folder
from tests.node.test_users import connect_as
from tests.servers.access.household import GRANTED, HIDDEN, Household
from tests.servers.rpc.house import DEADLINE_S, Client, RpcNode, refused
from tests.servers.web.library_web import Shelf
from tests.support import needs
from tests.support.waiting import until

UID = 61005
ADA = Guest(name="ada", secret="the secret of ada")
BOB = Guest(name="bob", secret="the secret of bob")


class Member:
    """A call of Join."""

    def __init__(
        self, stub: Any, room: str, guest: Guest | None = None, token: str = "", **hello: Any
    ) -> None:
        self._requests: queue.SimpleQueue[JoinRequest | None] = queue.SimpleQueue()
        metadata = (("authorization", f"Bearer {token}"),) if token else ()
        self.call = stub.Join(
            iter(self._requests.get, None), timeout=DEADLINE_S, metadata=metadata, wait_for_ready=True
        )
        self.say(hello=JoinRequest.Hello(room=room, guest=guest, **hello))
        self.welcome: JoinResponse.Welcome = self.next("welcome").welcome

    def say(self, ref: str = "", **what: Any) -> None:
        self._requests.put(JoinRequest(ref=ref, **what))

    def ask(self, **what: Any) -> JoinResponse:
        """Send a request and return what answers it."""
        self.say(ref="asked", **what)
        while True:
            response: JoinResponse = next(self.call)
            if response.ref == "asked":
                return response

    def next(self, kind: str) -> JoinResponse:
        """Return the next response of a kind; others are passed over."""
        while True:
            response: JoinResponse = next(self.call)
            if response.WhichOneof("what") == kind:
                return response

    def event(self, kind: str) -> rooms_pb2.RoomEvent:
        while True:
            for event in self.next("events").events.events:
                if event.kind == kind:
                    return event

    def close(self) -> None:
        self._requests.put(None)

    def ended(self) -> tuple[grpc.StatusCode, str]:
        return refused(lambda: [*self.call])

    def __enter__(self) -> Member:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()
        self.call.cancel()


class Open:
    """An open node with a stream and a stored video."""

    def __init__(self, node: RpcNode, client: Client) -> None:
        self.node = node
        self.client = client
        self.stub: Any = rooms_pb2_grpc.RoomsStub(client.channel)  # type: ignore[no-untyped-call]

    def send(self, room: str, text: str, guest: Guest = ADA, **fields: Any) -> rooms_pb2.SendMessageResponse:
        request = rooms_pb2.SendMessageRequest(room=room, text=text, guest=guest, **fields)
        found: rooms_pb2.SendMessageResponse = self.stub.SendMessage(
            request, timeout=DEADLINE_S, wait_for_ready=True
        )
        return found

    def messages(self, room: str, **fields: Any) -> rooms_pb2.GetMessagesResponse:
        found: rooms_pb2.GetMessagesResponse = self.stub.GetMessages(
            rooms_pb2.GetMessagesRequest(room=room, **fields), timeout=DEADLINE_S
        )
        return found


@pytest.fixture(scope="module")
def house() -> Iterator[Open]:
    streams = [f"{name}=pattern:?size=128x96" for name in ("demo", "busy", "long")]
    with folder() as place, RpcNode(place, *streams) as node, Client(node.address) as client:
        yield Open(node, client)


def test_reflection_describes_the_service(house: Open) -> None:
    stub = reflection_pb2_grpc.ServerReflectionStub(house.client.channel)
    request = reflection_pb2.ServerReflectionRequest(file_containing_symbol="framecast.v1.Rooms")
    (found,) = stub.ServerReflectionInfo(iter([request]), wait_for_ready=True)
    assert found.file_descriptor_response.file_descriptor_proto


def test_message_is_said_once_and_found_by_page_words_and_place(house: Open) -> None:
    first = house.send("demo", "Hello https://example.org", id="a1", media_time_s=12.5)
    again = house.send("demo", "Hello, again", id="a1")
    assert (first.is_repeat, again.is_repeat, again.message.text) == (
        False,
        True,
        "Hello https://example.org",
    )
    (link,) = first.message.spans
    assert (link.kind, link.start, link.end, link.target) == ("link", 6, 25, "https://example.org")
    assert house.send("demo", "Hello, again", BOB, id="a1").message.author.name == "bob"
    house.send("demo", "one more", reply_to=first.message.seq)
    found = house.messages("demo")
    assert [one.seq for one in found.messages] == [1, 2, 3]
    assert found.messages[2].reply_to.name == "ada"
    assert (found.last, bool(found.epoch)) == (3, True)
    assert [one.seq for one in house.messages("demo", query="hello").messages] == [1, 2]
    assert [one.seq for one in house.messages("demo", before=3, most=1).messages] == [2]
    assert [one.seq for one in house.messages("demo", after=2).messages] == [3]
    assert [one.seq for one in house.messages("stream:demo", from_s=10, to_s=20).messages] == [1]
    assert list(house.messages("demo", from_s=13).messages) == []
    status, words = refused(lambda: house.messages("demo", query="x", after=1))
    assert (status, "use before" in words) == (grpc.StatusCode.INVALID_ARGUMENT, True)


def test_room_is_entered_read_on_and_changed(house: Open) -> None:
    house.send("demo", "before")
    with Member(house.stub, "demo", ADA) as ada:
        welcome = ada.welcome
        assert (welcome.room.key, welcome.you.name, welcome.you.may_write) == ("stream:demo", "ada", True)
        assert welcome.limits.text_characters == 2000
        assert welcome.events[-1].message.text == "before"
        assert welcome.last == welcome.events[-1].seq
        with Member(house.stub, "demo", Guest(name="ADA", secret="another secret, as long")) as other:
            assert other.welcome.you.name != "ada", "the name of somebody who is there is taken"
            assert other.welcome.you.id != welcome.you.id
            done = other.ask(send=JoinRequest.Send(id="x", text="hi @ada")).done
            event = ada.event("message")
            assert (event.seq, event.message.text, done.seq) == (done.seq, "hi @ada", welcome.last + 1)
            ada.say(react=JoinRequest.React(seq=done.seq, emoji="👍", on=True))
            reacted = other.event("react")
            assert (reacted.target, reacted.emoji, reacted.on, reacted.count) == (done.seq, "👍", True, 1)
            error = ada.ask(edit=JoinRequest.Edit(seq=done.seq, text="not mine")).error
            assert error.error in ("Denied", "NotFound")
            ada.say(ping=JoinRequest.Ping(id="7"))
            found = ada.next("pong").pong
            assert found.id == "7"
            assert abs(found.server_s - welcome.server_s) < DEADLINE_S
            settings = rooms_pb2.RoomSettings(slow_s=30, words=rooms_pb2.RoomWords(words=["spam"]))
            ada.ask(moderate=JoinRequest.Moderate(action="settings", settings=settings))
            changed = other.event("settings")
            assert changed.settings.slow_s == 30
            ada.ask(
                moderate=JoinRequest.Moderate(action="settings", settings=rooms_pb2.RoomSettings(slow_s=0))
            )
        since, epoch = welcome.last, welcome.epoch
    with Member(house.stub, "demo", ADA, since=since, epoch=epoch) as again:
        seqs = [event.seq for event in again.welcome.events]
        assert seqs == [*range(since + 1, again.welcome.last + 1)]
        assert not again.welcome.is_gap
    with Member(house.stub, "demo", ADA, since=since, epoch="another") as lost:
        assert lost.welcome.is_gap


def test_client_that_has_closed_its_side_goes_on_to_listen(house: Open) -> None:
    with Member(house.stub, "busy", ADA) as ada:
        ada.close()
        house.send("busy", "still there?")
        assert ada.event("message").message.text == "still there?"


def test_client_that_does_not_read_is_held_back_and_misses_nothing(house: Open) -> None:
    many, text = 900, "x" * 2000
    # A small window: gRPC would take in megabytes for a client that does not read.
    small = ("grpc.http2.bdp_probe", 0), ("grpc.http2.lookahead_bytes", 16384)
    with Client(house.node.address, *small) as client, _members(house, client) as (slow, writer):
        for number in range(many):
            writer.say(send=JoinRequest.Send(id=f"m{number}", text=text))
        while not any(event.seq >= many for event in writer.next("events").events.events):
            continue
        seqs: list[int] = []
        is_behind = False
        while not seqs or seqs[-1] < many:
            response: JoinResponse = next(slow.call)
            kind = response.WhichOneof("what")
            if kind == "behind":
                is_behind = True
                slow.say(more=JoinRequest.More(since=seqs[-1] if seqs else 0))
            elif kind == "events":
                seqs += [event.seq for event in response.events.events]
                if response.events.is_more:
                    slow.say(more=JoinRequest.More(since=seqs[-1]))
        assert is_behind, "it was held back"
        assert seqs == [*range(1, many + 1)]


@contextmanager
def _members(house: Open, client: Client) -> Iterator[tuple[Member, Member]]:
    stub = rooms_pb2_grpc.RoomsStub(client.channel)  # type: ignore[no-untyped-call]
    with Member(stub, "long", ADA) as slow, Member(house.stub, "long", BOB) as writer:
        yield slow, writer


@pytest.mark.parametrize(
    ("first", "words"),
    [
        (JoinRequest(typing=JoinRequest.Typing()), "must be hello"),
        (JoinRequest(hello=JoinRequest.Hello(room="../x")), "'../x'"),
        (JoinRequest(hello=JoinRequest.Hello(room="demo", guest=Guest(secret="short"))), "16 to 256"),
    ],
)
def test_first_request_must_be_a_hello(house: Open, first: JoinRequest, words: str) -> None:
    status, said = refused(lambda: [*house.stub.Join(iter([first]), timeout=DEADLINE_S, wait_for_ready=True)])
    assert (status, words in said) == (grpc.StatusCode.INVALID_ARGUMENT, True), said


def test_playback_is_changed_by_acts_and_goes_on_by_the_clock_of_the_server(house: Open) -> None:
    shelf = Shelf(house.node.folder / "framecast")
    try:
        key = f"video:{shelf.add('Film').id}"
    finally:
        shelf.close()

    def play(**act: Any) -> rooms_pb2.RoomPlayback:
        request = rooms_pb2.PlayRequest(room=key, act=PlaybackAct(**act), guest=ADA)
        found: rooms_pb2.RoomPlayback = house.stub.Play(request, timeout=DEADLINE_S)
        return found

    with Member(house.stub, key, BOB) as bob:
        assert play(seek=PlaybackAct.Seek(position_s=20)).position_s == 20
        playing = play(unpause=PlaybackAct.Unpause())
        assert (playing.is_playing, playing.speed) == (True, 1.0)
        bob.say(play=PlaybackAct(pause=PlaybackAct.Pause()))
        while True:
            found = bob.event("playback").playback
            if found.version > playing.version:
                break
        assert not found.is_playing
        assert 20 <= found.position_s < 60
        status, words = refused(lambda: play(speed=PlaybackAct.Speed(speed=99)))
        assert (status, "4" in words) == (grpc.StatusCode.INVALID_ARGUMENT, True)
        assert refused(play)[0] is grpc.StatusCode.INVALID_ARGUMENT
    with framecast.room(key, node=house.node.folder / "run", since="now", timeout_s=DEADLINE_S) as program:
        paused = program.playback
        assert paused is not None
        assert (paused.version, paused.is_playing) == (found.version, False)
        program.seek(30)
        program.play()
        until(lambda: program.playback and program.playback.is_playing)
        assert program.playback is not None
        assert 30 <= program.playback.position_s < 60
        before = program.playback.position_s
        until(lambda: program.playback and program.playback.position_s > before)
        program.pause()


# --- accounts


class Guarded:
    """A node with accounts: a viewer and a member see one stream, the other one is the admins' own."""

    def __init__(self, node: RpcNode, client: Client, people: Household) -> None:
        self.node = node
        self.client = client
        self.people = people
        self.stub: Any = rooms_pb2_grpc.RoomsStub(client.channel)  # type: ignore[no-untyped-call]
        self.tokens = {
            name: people.token(name, Scope.READ, Scope.WATCH, Scope.CHANGE) for name in ("viewer", "member")
        }
        self.tokens["admin"] = people.token("admin", Scope.ADMIN)
        self.reader = people.token("member", Scope.READ, Scope.WATCH)

    def join(self, room: str, name: str, **hello: Any) -> Member:
        return Member(self.stub, room, token=self.tokens[name], **hello)

    def ask(self, method: str, request: Any, token: str = "") -> Any:
        metadata = (("authorization", f"Bearer {token}"),) if token else ()
        return getattr(self.stub, method)(request, metadata=metadata, timeout=DEADLINE_S, wait_for_ready=True)


@pytest.fixture(scope="module")
def guarded() -> Iterator[Guarded]:
    with folder() as place:
        place.chmod(0o711)
        (place / "framecast.yaml").write_text('socket_mode: "0666"\n')
        people = Household(place / "data")
        streams = [f"{name}=pattern:?size=128x96" for name in (GRANTED, HIDDEN)]
        with (
            RpcNode(place, "--data-dir", str(place / "data"), *streams) as node,
            Client(node.address) as client,
        ):
            yield Guarded(node, client, people)
        people.close()


def test_room_of_what_is_hidden_is_one_that_does_not_exist(guarded: Guarded) -> None:
    found = [
        refused(lambda room=room: guarded.join(room, "viewer"))  # type: ignore[misc]
        for room in (HIDDEN, "nowhere", "room:none", "video:none")
    ]
    assert {status for status, _ in found} == {grpc.StatusCode.NOT_FOUND}
    assert found[0][1].replace(HIDDEN, "") == found[1][1].replace("nowhere", "")
    with guarded.join(GRANTED, "viewer") as viewer:
        assert (viewer.welcome.you.name, viewer.welcome.you.role) == ("viewer", "member")
    request = rooms_pb2.GetRoomRequest(room=GRANTED)
    assert refused(lambda: guarded.ask("GetRoom", request))[0] is grpc.StatusCode.NOT_FOUND, "no guests here"


def test_guest_talks_about_a_public_video_once_it_may(guarded: Guarded) -> None:
    shelf = Shelf(guarded.node.folder / "data")
    try:
        key = f"video:{shelf.add('Open to all', Visibility.PUBLIC).id}"
    finally:
        shelf.close()
    assert refused(lambda: Member(guarded.stub, key, ADA))[0] is grpc.StatusCode.NOT_FOUND
    with guarded.join(key, "admin") as admin:
        settings = rooms_pb2.RoomSettings(guests="write")
        assert admin.ask(moderate=JoinRequest.Moderate(action="settings", settings=settings)).HasField("done")
        with Member(guarded.stub, key, ADA) as ada:
            assert (ada.welcome.you.name, ada.welcome.you.role) == ("ada", "guest")
            assert ada.ask(send=JoinRequest.Send(id="1", text="hi from outside")).HasField("done")
            heard = admin.event("message").message
            assert (heard.author.id, heard.text) == (ada.welcome.you.id, "hi from outside")
            assert ada.ask(moderate=JoinRequest.Moderate(action="pin", seq=heard.seq)).error.error == "Denied"


def test_token_that_may_only_read_writes_nothing(guarded: Guarded) -> None:
    with Member(guarded.stub, GRANTED, token=guarded.reader) as member:
        assert not member.welcome.you.may_write
        assert member.ask(send=JoinRequest.Send(id="x", text="hi")).error.error == "Denied"
    request = rooms_pb2.SendMessageRequest(room=GRANTED, text="hi")
    status, words = refused(lambda: guarded.ask("SendMessage", request, guarded.reader))
    assert (status, "scope change" in words) == (grpc.StatusCode.PERMISSION_DENIED, True)


def test_ban_ends_the_call_at_once_and_is_lifted(guarded: Guarded) -> None:
    with guarded.join(GRANTED, "admin") as admin, guarded.join(GRANTED, "member") as member:
        id = member.welcome.you.id
        assert not member.welcome.you.may_moderate
        assert member.ask(moderate=JoinRequest.Moderate(action="clear", target=id)).error.error == "Denied"
        timeout = JoinRequest.Moderate(action="timeout", target=id, seconds=600, reason="calm down")
        assert admin.ask(moderate=timeout).HasField("done")
        assert member.next("you").you.may_write is False
        error = member.ask(send=JoinRequest.Send(id="x", text="hi")).error
        assert (error.error, float(error.fields["wait_s"]) > 0) == ("Denied", True)
        assert admin.ask(moderate=JoinRequest.Moderate(action="ban", target=id, reason="enough")).HasField(
            "done"
        )
        assert member.next("gone").gone.code == 4003
        status, words = member.ended()
        assert (status, "enough" in words) == (grpc.StatusCode.PERMISSION_DENIED, True)
        assert refused(lambda: guarded.join(GRANTED, "member"))[0] is grpc.StatusCode.PERMISSION_DENIED
        assert admin.ask(moderate=JoinRequest.Moderate(action="lift", target=id)).HasField("done")
    with guarded.join(GRANTED, "member"):
        pass


def test_grant_that_ends_ends_the_call(guarded: Guarded) -> None:
    grants = guarded.people.viewer("passing", GRANTED)
    token = guarded.people.token("passing", Scope.READ, Scope.WATCH)
    with Member(guarded.stub, GRANTED, token=token) as member:
        guarded.people.accounts.revoke(grants[GRANTED])
        assert member.next("gone").gone.code == 4001
        assert member.ended()[0] is grpc.StatusCode.NOT_FOUND


def test_private_room_is_for_those_who_are_invited(guarded: Guarded) -> None:
    owner, guest = guarded.tokens["member"], guarded.tokens["viewer"]
    room = guarded.ask("MakeRoom", rooms_pb2.MakeRoomRequest(title="Plans"), owner)
    assert (room.title, room.owner, room.kind) == ("Plans", "member", "room")
    asked = rooms_pb2.GetRoomRequest(room=room.key)
    assert refused(lambda: guarded.ask("GetRoom", asked, guest))[0] is grpc.StatusCode.NOT_FOUND
    invitation = guarded.ask("Invite", rooms_pb2.InviteRequest(room=room.key, uses=1), owner)
    assert invitation.path == f"/rooms/join#{invitation.token}"
    accept = rooms_pb2.AcceptInvitationRequest(token=invitation.token)
    assert guarded.ask("AcceptInvitation", accept, guest).key == room.key
    members = guarded.ask("ListMembers", rooms_pb2.ListMembersRequest(room=room.key), guest).members
    assert {(one.name, one.role) for one in members} >= {("viewer", "member")}
    guarded.ask("SendMessage", rooms_pb2.SendMessageRequest(room=room.key, text="welcome @viewer"), owner)
    (listed,) = guarded.ask("ListRooms", rooms_pb2.ListRoomsRequest(), guest).rooms
    assert (listed.key, listed.unread, listed.mentions) == (room.key, 1, 1)
    export = rooms_pb2.ExportRoomRequest(room=room.key)
    assert (
        refused(lambda: [*guarded.ask("ExportRoom", export, guest)])[0] is grpc.StatusCode.PERMISSION_DENIED
    )
    lines = "".join(one.lines for one in guarded.ask("ExportRoom", export, owner))
    assert "welcome @viewer" in lines
    remove = rooms_pb2.RemoveRoomRequest(room=room.key)
    assert refused(lambda: guarded.ask("RemoveRoom", remove, guest))[0] is grpc.StatusCode.PERMISSION_DENIED
    guarded.ask("RemoveRoom", remove, owner)
    assert refused(lambda: guarded.ask("GetRoom", asked, owner))[0] is grpc.StatusCode.NOT_FOUND


def test_program_of_this_machine_is_what_its_user_is(guarded: Guarded) -> None:
    path = guarded.node.folder / "run" / "grpc.sock"
    ticket = ((TICKET_KEY, guarded.node.control.request({"op": "ticket"})["ticket"]),)
    with Client(f"unix:{path}") as client:
        stub: Any = rooms_pb2_grpc.RoomsStub(client.channel)  # type: ignore[no-untyped-call]
        request = rooms_pb2.SendMessageRequest(room=HIDDEN, text="from this machine", guest=ADA)
        sent = stub.SendMessage(request, metadata=ticket, timeout=DEADLINE_S, wait_for_ready=True)
        assert (sent.message.author.name, sent.message.author.role) == ("ada", "owner")


def test_other_user_of_this_machine_is_its_account(guarded: Guarded) -> None:
    needs.root()
    guarded.people.accounts.give_uid(UID, "viewer")
    run = guarded.node.folder / "run"
    with closing(connect_as(UID, run / "node.sock")) as channel:
        ticket = ((TICKET_KEY, channel.call({"op": "ticket"}, DEADLINE_S)["ticket"]),)
        with Client(f"unix:{run / 'grpc.sock'}") as client:
            stub: Any = rooms_pb2_grpc.RoomsStub(client.channel)  # type: ignore[no-untyped-call]

            def send(room: str) -> rooms_pb2.SendMessageResponse:
                request = rooms_pb2.SendMessageRequest(room=room, text="hi", guest=ADA)
                found: rooms_pb2.SendMessageResponse = stub.SendMessage(
                    request, metadata=ticket, timeout=DEADLINE_S, wait_for_ready=True
                )
                return found

            author = send(GRANTED).message.author
            assert (author.name, author.role) == ("viewer", "member")
            assert refused(lambda: send(HIDDEN))[0] is grpc.StatusCode.NOT_FOUND
            guarded.people.accounts.take_uid(UID)
            until(lambda: refused_or_sent(lambda: send(GRANTED)) is grpc.StatusCode.UNAUTHENTICATED)


def refused_or_sent(send: Callable[[], object]) -> grpc.StatusCode:
    try:
        send()
    except grpc.RpcError as error:
        found: grpc.StatusCode = error.code()
        return found
    return grpc.StatusCode.OK
