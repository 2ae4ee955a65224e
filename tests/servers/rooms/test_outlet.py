"""The JSON of messages: what many have in common is made once, and is the same text."""

from __future__ import annotations

import json

from framecast.servers.rooms.outlet import JSON_FRAMES, Once, json_text

PLAIN = {
    "type": "welcome",
    "room": {"title": 'a "title"', "pinned": None},
    "events": [{"seq": 1, "text": "ä 👍"}, {"seq": 2}],
    "mine": {"1": ["👍"]},
    "ignored": [],
    "server_s": 1.25,
    "is_gap": False,
}


def test_shared_parts_give_the_text_that_plain_ones_give() -> None:
    shared = dict(PLAIN, room=Once(PLAIN["room"]), events=[Once(one) for one in PLAIN["events"]])  # type: ignore[call-overload,attr-defined]
    text = json_text(shared)
    assert text == json_text(PLAIN)
    assert json.loads(text) == PLAIN
    assert json_text(shared) == text, "and again, from what was kept"
    assert JSON_FRAMES.encode(shared) == JSON_FRAMES.encode(PLAIN)


def test_mixture_of_shared_and_plain_parts_in_a_list_is_whole() -> None:
    for events in ([Once(seq=1), {"seq": 2}], [{"seq": 1}, Once(seq=2)]):
        assert json.loads(json_text({"events": events})) == {"events": [{"seq": 1}, {"seq": 2}]}
