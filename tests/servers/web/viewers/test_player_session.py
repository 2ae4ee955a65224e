"""What a player may write on its socket: what is no message is answered, what is not known is passed over."""

from __future__ import annotations

from typing import Any, cast

import pytest

from framecast.errors import Invalid
from framecast.model import TrackName
from framecast.servers.web.live.mjpeg_viewer import MjpegOptions
from framecast.servers.web.viewers.player_session import PlayerSession, parse, parse_object


class Lines:
    """The socket's writing half: it keeps what is said."""

    def __init__(self) -> None:
        self.said: list[dict[str, Any]] = []

    def tell(self, **fields: Any) -> None:
        self.said.append(fields)


def session() -> tuple[PlayerSession, Lines]:
    lines: Any = Lines()
    # Nothing here gets as far as the node.
    nothing = cast(Any, None)
    found = PlayerSession(nothing, nothing, "door", TrackName.parse("jpeg/80"), cast(MjpegOptions, None))
    found.on_open(lines)
    return found, lines


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"type": "mse", "value": "avc1"}', ("mse", "avc1")),
        ('{"type": "mse"}', ("mse", None)),
        ('{"type": "", "value": [1]}', ("", [1])),
        ('{"value": 1, "type": "x", "more": 2}', ("x", 1)),
    ],
)
def test_message_is_a_type_and_a_value(text: str, found: tuple[str, object]) -> None:
    assert parse(text) == found


@pytest.mark.parametrize("text", ["", "{", "[]", "1", "null", '"mse"', "[" * 100_000, '{"a":' * 100_000])
def test_what_is_no_object_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="must be a JSON object"):
        parse_object(text)


@pytest.mark.parametrize(
    "text", ["{}", '{"type": 1}', '{"type": null}', '{"type": ["mse"]}', '{"kind": "mse"}']
)
def test_message_without_a_type_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="needs a 'type'"):
        parse(text)


@pytest.mark.parametrize("text", ["", "[]", "{}", "[" * 100_000])
def test_refusal_is_said_and_the_session_goes_on(text: str) -> None:
    found, lines = session()
    found.on_text(text)
    found.on_text(text)
    assert [one["type"] for one in lines.said] == ["error", "error"]
    assert all(one["value"].startswith("message: ") for one in lines.said)


@pytest.mark.parametrize("kind", ["", "MSE", "webrtc/candidate", "webrtc", "framecast/state", "__class__"])
def test_type_that_is_not_known_is_passed_over(kind: str) -> None:
    found, lines = session()
    found.on_text(f'{{"type": "{kind}"}}')
    assert lines.said == []
    assert found._task is None
    assert found._question is None


def test_session_that_watched_nothing_ends_quietly() -> None:
    found, lines = session()
    found.on_writable()
    found.on_cut()
    found.on_closed()
    found.on_text("no message")
    assert lines.said == []
