"""`NodeClient` of another node: the same questions, the same answers, by gRPC."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import framecast
from framecast.errors import Closed, Conflict, Denied, Invalid, NodeUnavailable, NotFound
from framecast.model import State
from tests.client.remote_node import RemoteNode


@pytest.fixture(scope="module")
def remote(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RemoteNode]:
    streams: dict[str, object] = {"always": {"source": "numbers:", "always": True}}
    with RemoteNode(tmp_path_factory.mktemp("remote"), streams) as node:
        yield node


def test_streams_are_listed_added_changed_and_removed(remote: RemoteNode) -> None:
    with framecast.NodeClient(remote.url) as client:
        client.put("extra", "rtsp://user:s3cret@127.0.0.1:1/", transport="udp", idle_s=3.5, audio=False)
        assert [status.name for status in client.streams()] == ["always", "extra"]
        assert client.stream("extra").source == "rtsp://***@127.0.0.1:1/"
        client.put("extra", "numbers:", display_name="Würfel", groups=["Keller, hinten"])
        assert client.stream("extra").source == "numbers:"
        assert client.stream("extra").display_name == "Würfel"
        assert client.stream("extra").groups == ("Keller, hinten",)
        client.restart("extra")
        client.delete("extra")
        with pytest.raises(NotFound, match="extra"):
            client.stream("extra")
    assert [status.name for status in framecast.list_streams(remote.url)] == ["always"]


def test_a_remote_status_is_that_of_the_node_itself(remote: RemoteNode) -> None:
    with framecast.NodeClient(remote.url) as there, framecast.NodeClient(remote.folder) as here:
        here.wait("always", State.LIVE)
        assert there.wait("always", State.LIVE, 20) == here.stream("always")
        assert there.info()["version"] == here.info()["version"]


def test_changes_are_heard(remote: RemoteNode) -> None:
    with framecast.NodeClient(remote.url) as client:
        news = client.watch(30)
        assert next(news).name == "always"
        client.put("heard", "numbers:")
        assert next(change for change in news if change.name == "heard").status is not None
        client.delete("heard")
        assert next(change for change in news if change.name == "heard" and not change.status).status is None
        news.close()  # type: ignore[attr-defined]
        assert [change.name for change in client.watch(0.5)] == ["always"]


def test_what_cannot_be_is_refused_as_by_the_node_itself(remote: RemoteNode) -> None:
    with framecast.NodeClient(remote.url) as client:
        with pytest.raises(Invalid, match="transport"):
            client.put("bad", "rtsp://h/", transport="pigeon")
        with pytest.raises(Invalid, match="not a stream name"):
            client.put("-", "numbers:")
        with pytest.raises(Invalid, match="another node"):
            client.stats()
        with pytest.raises(NotFound):
            client.delete("nobody")
        with framecast.publish("mine", node=remote.folder), pytest.raises(Conflict):
            client.put("mine", "numbers:")


def test_nobody_there_a_wrong_token_and_a_closed_client_are_told(free_port: int, tmp_path: Path) -> None:
    with framecast.NodeClient(f"grpc://127.0.0.1:{free_port}") as client:
        with pytest.raises(NodeUnavailable, match=str(free_port)):
            client.streams()
        with pytest.raises(NodeUnavailable):
            next(client.watch())
    with pytest.raises(Closed):
        client.streams()
    with RemoteNode(tmp_path, {"dice": "numbers:"}, token="s3cret-token") as remote:
        with framecast.NodeClient(remote.url) as nobody, pytest.raises(Denied, match="token"):
            nobody.streams()
        with framecast.NodeClient(remote.url, token="s3cret-token") as known:
            assert [status.name for status in known.streams()] == ["dice"]


def test_an_address_of_a_stream_is_no_node(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="use open"):
        framecast.NodeClient("grpc://host/camera")
    with pytest.raises(Invalid, match="a token is for another node"):
        framecast.NodeClient(tmp_path, token="x")
