"""The list of streams over HTTP, and changing it."""

import json

import pytest

from framecast.model import State
from tests.servers.web.small_node import SmallNode
from tests.servers.web.web_process import WebProcess


def test_list_has_the_shape_of_go2rtc_and_the_facts_beside_it(node: SmallNode, web: WebProcess) -> None:
    node.add("door")
    node.add("garage")
    node.fail("garage", "refused")
    found = web.json("/api/streams")
    assert set(found) == {"door", "garage"}
    assert found["door"]["producers"] == [{"url": "rtsp://***@camera/1"}]
    assert found["door"]["consumers"] == []
    assert found["door"]["state"] == "live"
    assert found["garage"]["state"] == "offline"
    assert found["garage"]["message"] == "the address refuses connections"
    assert found["door"]["tracks"][0]["width"] == 640
    assert web.json("/api/streams?src=door") == web.json("/api/streams")["door"]


def test_list_comes_in_pages(node: SmallNode, web: WebProcess) -> None:
    for name in ("door", "garage", "yard"):
        node.add(name)
    assert list(web.json("/api/streams?limit=2")) == ["door", "garage"]
    assert list(web.json("/api/streams?limit=2&after=garage")) == ["yard"]
    for wrong in ("limit=0", "limit=x", f"after={'x' * 65}"):
        assert web.ask(f"/api/streams?{wrong}")[0].status == 400


def test_list_has_every_change_that_its_client_has_made_before(node: SmallNode, web: WebProcess) -> None:
    for number in range(30):
        name = f"yard{number}"
        web.json(f"/api/streams?name={name}&src=pattern:", "PUT")
        assert name in web.json("/api/streams")
        assert web.ask(f"/api/streams?src={name}", "DELETE")[0].status == 204
        assert web.json("/api/streams") == {}


def test_no_answer_contains_a_password(node: SmallNode, web: WebProcess) -> None:
    node.add("door")
    node.fail("door")
    paths = (
        "/api/streams",
        "/api/streams?src=door",
        "/api/stats",
        "/metrics",
        "/api/frame.jpeg?src=door",
        "/",
    )
    for path in paths:
        assert b"secret" not in web.ask(path)[1]
    web.close()
    assert "secret" not in web.log


def test_stream_is_added_by_query(node: SmallNode, web: WebProcess) -> None:
    answer = web.json("/api/streams?name=yard&src=rtsp://me:pw1234@camera/9", "PUT")
    assert answer["name"] == "yard"
    assert node.puts[0].source.reveal() == "rtsp://me:pw1234@camera/9"
    assert "pw1234" not in json.dumps(answer)


def test_stream_is_added_with_options_by_json(node: SmallNode, web: WebProcess) -> None:
    named = {"display_name": "Hof", "groups": ["Garten", "Süd"]}
    body = json.dumps({"name": "yard", "source": "pattern:", "always": True, **named}).encode()
    answer = web.json("/api/streams", "PUT", body, Content_Type="application/json")
    assert node.puts[0].always
    assert {key: answer[key] for key in named} == named


def test_stream_that_cannot_be_is_refused_with_the_reason(web: WebProcess) -> None:
    wrong = {
        "/api/streams?src=pattern:": "stream name",
        "/api/streams?name=a%20b&src=pattern:": "stream name",
        "/api/streams?name=yard": "needs a source",
    }
    for path, words in wrong.items():
        answer = web.json(path, "PUT")
        assert answer["error"] == "Invalid"
        assert words in answer["message"]
    body = b'{"name": "yard", "source": "pattern:", "colour": "red"}'
    assert "colour" in web.json("/api/streams", "PUT", body, Content_Type="application/json")["message"]
    response, _ = web.ask("/api/streams", "PUT", b"{not json", Content_Type="application/json")
    assert response.status == 400


def test_stream_is_removed(node: SmallNode, web: WebProcess) -> None:
    node.add("door")
    assert web.ask("/api/streams?src=door", "DELETE")[0].status == 204
    assert web.json("/api/streams") == {}
    assert web.ask("/api/streams?src=door", "DELETE")[0].status == 404


def test_stream_is_dialled_again(node: SmallNode, web: WebProcess) -> None:
    node.add("door")
    node.fail("door")
    assert web.json("/api/restart?src=door", "POST")["state"] == State.LIVE
    assert web.ask("/api/restart?src=nobody", "POST")[0].status == 404


def test_body_that_is_too_large_is_refused(web: WebProcess) -> None:
    body = b'{"name": "yard", "source": "' + b"x" * 100_000 + b'"}'
    response, _ = web.ask("/api/streams", "PUT", body, Content_Type="application/json")
    assert response.status == 413


def test_body_that_hides_its_size_is_cut(web: WebProcess) -> None:
    with web.connect() as sock:
        sock.sendall(
            b"PUT /api/streams HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n"
        )
        chunk = b"8000\r\n" + b" " * 0x8000 + b"\r\n"
        try:
            for _ in range(8):
                sock.sendall(chunk)
            answer = sock.recv(4096)
        except OSError:
            answer = b""
    assert b" 200 " not in answer
    assert web.ask("/healthz")[0].status == 200


def test_node_that_is_gone_is_said(node: SmallNode, web: WebProcess) -> None:
    assert web.ask("/api/streams")[0].status == 200
    node.close()
    response, body = web.ask("/api/streams")
    assert response.status == 503
    assert b"NodeUnavailable" in body
    assert web.ask("/healthz")[0].status == 200


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("", "is not a stream name"),
        ("{", "the body: is not valid JSON"),
        ("[" * 60_000, "the body is not valid JSON"),
        ('{"a":' * 12_000, "the body is not valid JSON"),
        ('{"name": "a", "source": "pattern:", "idle_s": ' + "9" * 5000 + "}", "the body is not valid JSON"),
        ('{"name": "a", "source": "pattern:", "idle_s": ' + "9" * 4000 + "}", "got a number of too many digits"),
        ('{"name": "a", "source": "pattern:", "idle_s": NaN}', "got nan"),
        ('{"name": "a", "source": "pattern:", "idle_s": 1e999}', "got inf"),
        ('{"name": "a", "source": "geheim\\ud800"}', "has the character \\ud800"),
        ('{"name": "a", "source": "geheim\\u0000"}', "has the character \\x00"),
        ('{"name": "\\ud800", "source": "pattern:"}', "is not a stream name"),
        ('{"name": "a", "source": "pattern:", "\\ud800": 1}', "must be text that UTF-8 can carry"),
        ('{"name": "a", "source": ["geheim"]}', "source: must be a text, got a list"),
        ('{"name": "a", "source": 5}', "source: must be a text, got 5"),
        ("[1]", "the body: must be a mapping of keys, got a list"),
        ('{"name": "a", "source": "pattern:", "geheim@": 1}', "unknown key (a text that is no name)"),
        ('{"name": "a", "source": "pattern:?' + "x" * 60_000 + '"}', "at most 8192 characters"),
    ],
)  # fmt: skip
def test_body_that_cannot_be_is_refused_in_a_short_sentence(web: WebProcess, body: str, why: str) -> None:
    response, answer = web.ask("/api/streams", "PUT", body.encode(), Content_Type="application/json")
    assert response.status == 400
    message = json.loads(answer)["message"]
    assert why in message
    assert "geheim" not in message
    assert len(message) < 400
    assert web.json("/api/streams") == {}
