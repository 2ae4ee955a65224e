"""Who names files of a node: its owner at node.sock may, somebody over HTTP or gRPC only inside `media_dirs`."""

from __future__ import annotations

import http.client
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from framecast.client.node_client import NodeClient
from framecast.errors import Denied, SourceError
from framecast.model import State
from tests.node.running import RunningNode, read, served
from tests.support.media_files import Clip
from tests.support.waiting import until


def call(node: RunningNode, method: str, path: str, body: object = None) -> tuple[int, Any]:
    where = urlsplit(node.client.info()["servers"]["web"]["url"])
    line = http.client.HTTPConnection(str(where.hostname), where.port, timeout=30)
    line.request(
        method, path, None if body is None else json.dumps(body), {"Content-Type": "application/json"}
    )
    answer = line.getresponse()
    text = answer.read()
    line.close()
    return answer.status, json.loads(text) if text else None


def put(node: RunningNode, name: str, source: str, **options: object) -> tuple[int, Any]:
    return call(node, "PUT", "/api/streams", {"name": name, "source": source, **options})


@pytest.fixture
def clip(place: Path) -> Path:
    (place / "media").mkdir()
    found = place / "media" / "clip.mp4"
    found.write_bytes(Clip(seconds=0.4).path().read_bytes())
    return found


def test_stranger_names_no_file_and_the_owner_does(place: Path, clip: Path) -> None:
    secret = place / "secret"
    secret.write_text("geheim")
    (place / "framecast.yaml").write_text("streams: {door: 'pattern:'}\n")
    theirs = f"zmq://127.0.0.1:9/x?token_file={secret}"
    with served(place, "--grpc-port", "0", FRAMECAST_GRPC__ENABLED="true") as node:
        for source in (str(clip), "0", theirs):
            status, answer = put(node, "x", source)
            assert (status, answer["error"]) == (403, "Denied"), answer
            status, answer = call(node, "POST", "/api/streams/try", {"name": "door", "source": source})
            assert (status, answer["error"]) == (403, "Denied"), answer
        assert "framecast add x" in put(node, "x", str(clip))[1]["message"]
        assert put(node, "x", "pattern:", source_file=str(secret))[0] == 400
        grpc = until(lambda: (found := node.client.info()["servers"]["grpc"])["answers"] and found, "gRPC")
        with NodeClient(grpc["url"]) as remote:
            with pytest.raises(Denied, match="media_dirs"):
                remote.put("x", str(clip))
            with pytest.raises(Denied, match="token_file"):
                remote.put("x", theirs)
        assert {one.name for one in node.client.streams()} == {"door"}
        node.put("mine", str(clip))
        node.put("keyed", theirs)
        assert read(node.subscribe("mine", "video")).payload is not None
        # An option of it changes over the network: the address stays the owner's.
        assert put(node, "mine", str(clip), idle_s=60)[0] == 200
        assert put(node, "keyed", "zmq://127.0.0.1:9/x?token_file=***", idle_s=60)[0] == 200
        # The same secret's file at another stream's address is another address.
        assert put(node, "keyed", "zmq://127.0.0.1:9/y?token_file=***")[0] == 403
    with served(place) as node:
        assert {one.name for one in node.client.streams()} == {"door", "mine", "keyed"}
        assert read(node.subscribe("mine", "video")).payload is not None


def test_file_of_a_media_folder_is_played_until_the_folder_is_taken_back(place: Path, clip: Path) -> None:
    config = place / "framecast.yaml"
    config.write_text(f"media_dirs: [{clip.parent}]\n")
    with served(place) as node:
        assert put(node, "x", "clip.mp4")[0] == 200
        status, answer = put(node, "z", "clap.mp4")
        assert status == 400
        assert "there is no file clap.mp4 in the folders of media_dirs" in str(answer)
        assert read(node.subscribe("x", "video")).payload is not None
        config.write_text("media_dirs: []\n")
        until(lambda: put(node, "y", "clip.mp4")[0] == 403, "the folder is taken back at once")
        assert call(node, "POST", f"/api/restart?{urlencode({'src': 'x'})}")[0] == 200
        until(lambda: node.client.stream("x").reason == "forbidden", "it is not opened again")
    with served(place) as node:  # where it came from is kept
        with pytest.raises((SourceError, TimeoutError)):
            node.subscribe("x", "video").read(0.5)
        until(lambda: node.client.stream("x").reason == "forbidden", "it is refused")
        assert node.client.stream("x").state is not State.LIVE
        node.put("x", str(clip))
        assert read(node.subscribe("x", "video")).payload is not None


def test_entry_without_an_origin_plays_its_file_and_sends_no_key(place: Path, clip: Path) -> None:
    (place / "data").mkdir()
    kept = {
        "old": {"source": str(clip)},
        "keyed": {"source": f"zmq://127.0.0.1:9/x?token_file={clip}"},
        "odd": {"source": str(clip), "origin": "?"},
    }
    (place / "data" / "streams.json").write_text(json.dumps(kept))
    with served(place) as node:
        assert read(node.subscribe("old", "video")).payload is not None
        for name in ("keyed", "odd"):
            with pytest.raises((SourceError, TimeoutError)):
                node.subscribe(name, "video").read(0.5)
        until(
            lambda: {node.client.stream(name).reason for name in ("keyed", "odd")} == {"forbidden"}, "refused"
        )
