"""Other users of the machine at node.sock: each has the rights of its account, and loses them at once."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from framecast.accounts import Accounts, open_accounts
from framecast.bus import Channel
from framecast.errors import Broken, Closed, Conflict, Denied, FramecastError, Invalid, NotFound
from framecast.model import State
from framecast.model.rights import Grant, Right, Role
from framecast.node.control import _OPS
from framecast.node.operation_table import OPERATIONS
from framecast.servers.access.principal import Requirement
from framecast.store.open import sqlite_url
from tests.node.running import RunningNode, folder, publish, served
from tests.node.test_first_start import make_admin
from tests.support import needs
from tests.support.waiting import until

VIEWER, MEMBER, ADMIN, STRANGER = 61001, 61002, 61003, 61004


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    with folder() as path:
        path.chmod(0o711)
        yield path


@pytest.fixture(scope="module")
def accounts(place: Path) -> Iterator[Accounts]:
    make_admin(place)
    opened = open_accounts(sqlite_url(place / "data" / "framecast.db"))
    for uid, name, role in (
        (VIEWER, "vera", Role.VIEWER),
        (MEMBER, "max", Role.MEMBER),
        (ADMIN, "ada", Role.ADMIN),
    ):
        opened.create(name, role=role)
        opened.give_uid(uid, name)
    opened.grant("account", opened.account("vera").id, Grant(Right.SEE, stream="door"))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def node(place: Path, accounts: Accounts) -> Iterator[RunningNode]:
    needs.root()
    (place / "framecast.yaml").write_text("streams: {door: 'pattern:', safe: 'pattern:'}\n")
    with served(place, FRAMECAST_SOCKET_MODE="0666") as running:
        yield running


def connect_as(uid: int, node: RunningNode | Path) -> Channel:
    """Return a connection of another user to a node, or to a socket: its process connects, and hands the socket over."""
    path = node if isinstance(node, Path) else node.socket
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    child = os.fork()
    if child == 0:
        try:
            os.setgid(uid)
            os.setuid(uid)
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
                sock.connect(str(path))
                socket.send_fds(theirs, [b"."], [sock.fileno()])
        finally:
            os._exit(0)
    theirs.close()
    with ours:
        _, fds, _, _ = socket.recv_fds(ours, 1, 1)
    os.waitpid(child, 0)
    return Channel(socket.socket(fileno=fds[0]))


def ask(uid: int, node: RunningNode, **fields: Any) -> dict[str, Any]:
    with closing(connect_as(uid, node)) as channel:
        return channel.call(fields, 60)


def end_of(channel: Channel) -> FramecastError:
    """Wait until the node ends a connection, and return what it says."""
    try:
        while True:
            fields = channel.wait(60).fields
            if "error" in fields:
                return FramecastError(fields["message"])
    except (Broken, Closed) as error:
        return error


def test_user_without_an_account_is_refused_and_the_sentence_names_the_command(node: RunningNode) -> None:
    with pytest.raises(Denied, match=f"framecast user uid NAME {STRANGER}"):
        ask(STRANGER, node, op="streams")


def test_viewer_knows_what_is_granted_and_nothing_else(node: RunningNode) -> None:
    assert [one["name"] for one in ask(VIEWER, node, op="streams")["streams"]] == ["door"]
    assert list(ask(VIEWER, node, op="stats")["streams"]) == ["door"]
    assert ask(VIEWER, node, op="stream", name="door")["name"] == "door"
    assert set(ask(VIEWER, node, op="info")) == {"version", "uptime_s", "servers"}
    answers = []
    for name in ("safe", "none"):
        for fields in (
            {"op": "stream", "name": name},
            {"op": "delete", "name": name},
            {"op": "restart", "name": name},
            {"op": "subscribe", "stream": name, "track": "frames", "policy": "latest", "label": "x"},
        ):
            with pytest.raises(NotFound) as caught:
                ask(VIEWER, node, **fields)
            answers.append(str(caught.value).replace(name, "NAME"))
    assert len(set(answers)) == 1, "what one must not know is answered as what does not exist"
    with closing(connect_as(VIEWER, node)) as channel:
        channel.send({"op": "watch"})
        assert channel.wait(60).fields["name"] == "door"
    for fields in ({"op": "restart", "name": "door"}, {"op": "put", "name": "new", "stream": "pattern:"}):
        with pytest.raises(Denied):
            ask(VIEWER, node, **fields)


def test_member_owns_what_it_adds_and_says_nothing_about_who_it_is(
    node: RunningNode, accounts: Accounts
) -> None:
    member = accounts.account("max").id
    added = ask(
        MEMBER, node, op="put", name="his", stream={"source": "pattern:"}, by=accounts.account("ada").id
    )
    assert added["owner"] == member
    assert "his" not in {one["name"] for one in ask(VIEWER, node, op="streams")["streams"]}
    assert "owner" in ask(ADMIN, node, op="stream", name="his")
    tried = ask(MEMBER, node, op="try", name="x", stream={"source": "pattern:"})["name"]
    request = {"op": "subscribe", "stream": tried, "track": "frames", "policy": "latest", "label": "x"}
    assert ask(MEMBER, node, **request)["event"] == "state"
    with pytest.raises(NotFound):
        ask(VIEWER, node, **request)
    ask(MEMBER, node, op="delete", name="his")
    with pytest.raises(Denied, match="may not publish under the name 'safe'"):
        ask(MEMBER, node, op="publish", stream="safe", label="x")


def test_reader_ends_with_its_grant_and_so_does_what_it_was_given(
    node: RunningNode, accounts: Accounts
) -> None:
    vera = accounts.account("vera").id
    accounts.grant("account", vera, Grant(Right.SEE, stream="numbers"))
    with closing(publish(node, "numbers")) as publisher:
        until(lambda: node.client.stream("numbers").state is State.LIVE, "it is published")
        until(
            lambda: "numbers" in {one["name"] for one in ask(VIEWER, node, op="streams")["streams"]},
            "the grant counts",
        )
        with closing(connect_as(VIEWER, node)) as reader, closing(connect_as(VIEWER, node)) as watcher:
            watcher.send({"op": "watch"})
            names = {watcher.wait(60).fields["name"] for _ in range(2)}
            assert names == {"door", "numbers"}
            reader.send(
                {
                    "op": "subscribe",
                    "stream": "numbers",
                    "track": "data",
                    "policy": "latest",
                    "label": "x",
                    "wait": False,
                }
            )
            message = reader.wait(60)
            while message.fields.get("event") != "introduce":
                message = reader.wait(60)
            with socket.socket(fileno=message.fds[0]) as given:
                given.settimeout(60)
                until(lambda: publisher.tracks["data"].stats()["readers"], "it is introduced")
                begun = time.monotonic()
                (grant,) = [
                    one
                    for one in accounts.grants()
                    if one.grant.stream == "numbers" and one.grant.right is Right.SEE
                ]
                accounts.revoke(grant.id)  # nobody is notified
                assert "there is no stream 'numbers'" in str(end_of(reader))
                while given.recv(65536):
                    pass  # what was on its way, then the end
                print(f"the reader of a user ended {time.monotonic() - begun:.2f} s after its grant")
                until(lambda: not publisher.tracks["data"].stats()["readers"], "the publisher sees it")
            gone = watcher.wait(60).fields
            while gone.get("event") != "removed":
                gone = watcher.wait(60).fields
            assert gone["name"] == "numbers"


def test_user_that_loses_its_account_loses_what_it_publishes_and_asks(
    node: RunningNode, accounts: Accounts
) -> None:
    max_ = accounts.account("max")
    with closing(connect_as(MEMBER, node)) as channel, closing(connect_as(MEMBER, node)) as control:
        assert channel.call({"op": "publish", "stream": "his", "label": "x"}, 60)["ok"]
        assert control.call({"op": "streams"}, 60)
        until(lambda: _owner(node, "his") == max_.id, "it belongs to its account")
        accounts.take_uid(MEMBER)
        assert "has no account here" in str(end_of(channel))
        assert "has no account here" in str(end_of(control))
    with pytest.raises(Denied, match="has no account"):
        ask(MEMBER, node, op="streams")
    accounts.give_uid(MEMBER, "max")
    until(lambda: _is_admitted(MEMBER, node), "the account counts again")


def test_every_operation_has_a_row_and_every_row_an_operation() -> None:
    apart = ("subscribe", "publish", "watch", "follow", "publish_topic", "ticket", "ticket_of")
    assert set(OPERATIONS) == {*_OPS, *apart}


@pytest.mark.parametrize("uid", [VIEWER, MEMBER, ADMIN])
def test_each_operation_is_for_those_that_its_row_says(uid: int, node: RunningNode) -> None:
    """As a stranger to the stream `safe`: all that is about it must look as if it did not exist."""
    for name, operation in OPERATIONS.items():
        if name in ("watch", "publish"):  # answered by events; see above
            continue
        fields: dict[str, Any] = {"op": name, "name": "safe", "stream": "safe", "link": "x", "server": "x"}
        fields |= {"track": "frames", "policy": "latest", "topics": ["links"], "topic": "config"}
        fields |= {"stream": {"source": "pattern:"}} if name in ("put", "try") else {}
        found = _outcome(uid, node, fields)
        if operation.is_own:
            assert found is Denied, name
        elif uid == ADMIN:
            assert found is not Denied, name
        elif operation.names_stream or name in ("video", "ticket"):  # this node has no gRPC server
            assert found is NotFound, name
        elif operation.requirement is Requirement.ADMIN:
            assert found is Denied, name
        elif operation.requirement is Requirement.ADD:
            assert (found is Denied) == (uid == VIEWER), name
        else:
            assert found is None, name


def _outcome(uid: int, node: RunningNode, fields: dict[str, Any]) -> type[FramecastError] | None:
    try:
        ask(uid, node, **fields)
    except (Conflict, Denied, Invalid, NotFound) as error:
        return type(error)
    return None


def _owner(node: RunningNode, name: str) -> str | None:
    found: str | None = node.client.request({"op": "stream", "name": name}).get("owner")
    return found


def _is_admitted(uid: int, node: RunningNode) -> bool:
    try:
        return bool(ask(uid, node, op="streams"))
    except Denied:
        return False
