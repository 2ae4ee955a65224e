"""Topics: small events between the node and its servers, which say that something has changed and never what.

A notice is a hint: the truth is in one place (a file, a database, the node), and a follower that gets a notice reads it there. So a notice
may be lost if the loss itself is reported: a follower that was too slow, or connected again, gets `missed` for the topic and reads everything.
Programs of the node's own user may publish and follow, sources may not: they parse bytes of strangers. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from framecast.errors import Invalid, NotFound

# Topic -> what a notice in it says, and what its key is. docs/architecture.md has the same table; a test compares them.
TOPICS: Mapping[str, str] = {
    "accounts": "people, groups, grants, sessions, tokens or saved streams were changed; the key is the id of one account, empty: any",
    "config": "the configuration was read again; the key is empty",
    "links": "a share link was made or ended; the key is its id, empty: any",
    "rooms": "something was said or changed in a room; the key is a digest of the room's key, empty: any",
    "videos": "a video of the library, its upload or a job of it was changed; the key is the id of the video, empty: any",
}
MAX_KEY_LENGTH = 64
# What waits for one follower that does not read; beyond that its topics are `missed`.
MAX_WAITING = 256
# What may be published in one topic; beyond that its followers get one `missed` a second.
NOTICES_A_SECOND = 100
_KEY = re.compile(rf"[A-Za-z0-9._:-]{{0,{MAX_KEY_LENGTH}}}")


@dataclass(frozen=True, slots=True)
class Notice:
    """Something of `topic` has changed: `key` says which. With `missed` notices were lost: read everything again."""

    topic: str
    key: str = ""
    missed: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return the event that a follower gets."""
        if self.missed:
            return {"event": "missed", "topic": self.topic}
        return {"event": "notice", "topic": self.topic, "key": self.key}


def notice_from_json(fields: Mapping[str, Any]) -> Notice | None:
    """Return the notice that the node sent, None for any other message."""
    if fields.get("event") == "notice":
        return Notice(str(fields["topic"]), str(fields.get("key", "")))
    if fields.get("event") == "missed":
        return Notice(str(fields["topic"]), missed=True)
    return None


def check_notice(topic: object, key: object) -> Notice:
    """Return a notice that may be published.

    Raises:
        NotFound: there is no such topic.
        Invalid: the key has other characters, or too many.
    """
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        raise Invalid(
            f"the key of a notice must be at most {MAX_KEY_LENGTH} letters, digits and . _ : -, got {key!r:.80}"
        )
    return Notice(_checked(topic), key)


def check_topics(given: object) -> tuple[str, ...]:
    """Return the topics that a follower named.

    Raises:
        NotFound: there is no such topic.
        Invalid: they are not a list of names.
    """
    if not isinstance(given, list) or not given:
        raise Invalid(f"topics must be a list of names, got {given!r:.80}")
    return tuple(dict.fromkeys(map(_checked, given[: len(TOPICS) + 1])))


def _checked(topic: object) -> str:
    if not isinstance(topic, str) or topic not in TOPICS:
        raise NotFound(f"there is no topic {topic!r:.40}: use {', '.join(TOPICS)}")
    return topic


class Waiting:
    """Notices for one follower that cannot be sent now. Bounded: each once, and too many become `missed`."""

    def __init__(self) -> None:
        self._notices: dict[Notice, None] = {}

    def add(self, notice: Notice) -> None:
        """Keep a notice until it can be sent."""
        missed = Notice(notice.topic, missed=True)
        if missed in self._notices:
            return
        if notice.missed or len(self._notices) >= MAX_WAITING:
            self._drop(notice.topic)
            notice = missed
        self._notices[notice] = None

    def take(self) -> Iterable[Notice]:
        """Return what waits, the oldest first, and keep nothing."""
        taken, self._notices = self._notices, {}
        return taken

    def __len__(self) -> int:
        return len(self._notices)

    def _drop(self, topic: str) -> None:
        self._notices = {notice: None for notice in self._notices if notice.topic != topic}
