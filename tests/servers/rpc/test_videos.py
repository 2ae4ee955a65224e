"""The stored videos by gRPC: listed, read by ranges, deleted, and announced to all who listen. A real node without accounts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest

from framecast.model.video import LOCAL, Visibility
from framecast.v1 import videos_pb2, videos_pb2_grpc
from tests.node.running import folder
from tests.servers.rpc.house import DEADLINE_S, Client, RpcNode, refused
from tests.servers.web.library_web import DATA, FILES, MAIN, TRACK, Shelf

NOWHERE = "A" * 22


class Videos:
    """A node, its library, and the service."""

    def __init__(self, node: RpcNode, client: Client, place: Path) -> None:
        self.stub = videos_pb2_grpc.VideosStub(client.channel)  # type: ignore[no-untyped-call]
        self.node = node
        data = place / "framecast"
        data.mkdir(exist_ok=True)
        self.nothing = list(self.list_().videos)
        self.shelf = Shelf(data)

    def list_(self, **fields: Any) -> videos_pb2.ListVideosResponse:
        request = videos_pb2.ListVideosRequest(**fields)
        found: videos_pb2.ListVideosResponse = self.stub.ListVideos(
            request, wait_for_ready=True, timeout=DEADLINE_S
        )
        return found

    def read(self, id: str, **fields: Any) -> list[videos_pb2.ReadVideoResponse]:
        return list(self.stub.ReadVideo(videos_pb2.ReadVideoRequest(id=id, **fields), timeout=DEADLINE_S))

    def announce(self, id: str) -> None:
        """Publish what the process that has changed a video publishes."""
        self.node.control.request({"op": "publish_topic", "topic": "videos", "key": id})


@pytest.fixture(scope="module")
def videos() -> Iterator[Videos]:
    with folder() as place, RpcNode(place) as node, Client(node.address) as client:
        found = Videos(node, client, place)
        yield found
        found.shelf.close()


def test_videos_are_listed_and_described(videos: Videos) -> None:
    assert videos.nothing == []
    made = [videos.shelf.add(title, Visibility.PUBLIC) for title in ("One", "Two", "Three")]
    first = videos.list_(most=2, sort="oldest")
    second = videos.list_(most=2, sort="oldest", after=first.next)
    assert [one.title for one in (*first.videos, *second.videos)] == ["One", "Two", "Three"]
    assert (second.next, list(first.videos[0].files)) == ("", [])
    one = videos.stub.GetVideo(videos_pb2.GetVideoRequest(id=made[0].id))
    assert (one.visibility, one.state, one.may_edit, one.duration_s) == ("public", "ready", True, 60.0)
    assert {file.name: file.size for file in one.files} == {name: len(body) for name, body in FILES.items()}
    assert not one.HasField("deleted_at")
    found = refused(lambda: videos.stub.GetVideo(videos_pb2.GetVideoRequest(id=NOWHERE)))
    assert (found[0], NOWHERE in found[1]) == (grpc.StatusCode.NOT_FOUND, True)
    assert refused(lambda: videos.list_(sort="size"))[0] is grpc.StatusCode.INVALID_ARGUMENT


def test_bytes_are_read_whole_by_ranges_and_by_name(videos: Videos) -> None:
    video = videos.shelf.add("Bytes", Visibility.PRIVATE)
    head, *rest = videos.read(video.id)
    assert (head.file.name, head.file.size, head.file.media_type) == ("main.mp4", len(MAIN), "video/mp4")
    assert head.generation == video.media.generation  # type: ignore[union-attr]
    assert b"".join(one.data for one in rest) == MAIN
    assert len(rest) > 1
    assert b"".join(one.data for one in videos.read(video.id, offset=1000, length=5)) == MAIN[1000:1005]
    assert b"".join(one.data for one in videos.read(video.id, offset=len(MAIN) - 3, length=50)) == MAIN[-3:]
    assert videos.read(video.id, file="poster.jpg")[1].data == FILES["poster.jpg"]
    for fields, status in (
        ({"offset": len(MAIN)}, grpc.StatusCode.INVALID_ARGUMENT),
        ({"file": "../original"}, grpc.StatusCode.NOT_FOUND),
        ({"file": "nothing.mp4"}, grpc.StatusCode.NOT_FOUND),
        ({"generation": "../x"}, grpc.StatusCode.NOT_FOUND),
    ):
        assert refused(lambda fields=fields: videos.read(video.id, **fields))[0] is status  # type: ignore[misc]


def test_data_is_read_whole_and_by_time(videos: Videos) -> None:
    video = videos.shelf.add("Data", Visibility.PRIVATE)

    def read(track: str = TRACK, **span: float) -> list[tuple[int, int, bytes]]:
        request = videos_pb2.ReadVideoDataRequest(id=video.id, track=track, **span)
        call = videos.stub.ReadVideoData(request, timeout=DEADLINE_S)
        return [(one.time_ns, one.captured_at, one.payload) for one in call]

    expected = [(one.time_ns, one.captured_at, one.payload) for one in DATA]
    assert read() == expected, "more of one time than one reading of the file takes"
    assert read(from_s=1.5) == expected[-1:]
    assert read(to_s=1.0) == []
    assert refused(lambda: read("nothing"))[0] is grpc.StatusCode.NOT_FOUND
    assert refused(lambda: read(from_s=-1.0))[0] is grpc.StatusCode.INVALID_ARGUMENT


def test_new_and_deleted_videos_are_announced_to_all_who_listen(videos: Videos) -> None:
    calls = [videos.stub.WatchVideos(videos_pb2.WatchVideosRequest(), timeout=DEADLINE_S) for _ in range(2)]
    assert [next(call) for call in calls] == [videos_pb2.VideoEvent()] * 2
    video = videos.shelf.add("New", Visibility.PUBLIC)
    videos.announce(video.id)
    for call in calls:
        event = next(call)
        while (
            not event.id
        ):  # changes may have been left out: the server begins to follow them with its first client
            videos.announce(video.id)
            event = next(call)
        assert (event.id, event.video.title, event.video.state) == (video.id, "New", "ready")
    videos.stub.DeleteVideo(videos_pb2.DeleteVideoRequest(id=video.id))
    for call in calls:
        event = _named(call)
        assert event.video.deleted_at > 0, "an admin sees it in the bin"
        call.cancel()
    assert videos.shelf.library.video(video.id, LOCAL).deleted_at
    assert refused(lambda: videos.stub.DeleteVideo(videos_pb2.DeleteVideoRequest(id=NOWHERE)))[0] is (
        grpc.StatusCode.NOT_FOUND
    )


def _named(call: Iterator[videos_pb2.VideoEvent]) -> videos_pb2.VideoEvent:
    """The next event that is about a video: one without an id says that changes may have been left out."""
    return next(event for event in call if event.id)
