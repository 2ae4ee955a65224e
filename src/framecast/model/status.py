"""What a node knows about a stream: one frozen value for the node, its servers, programs, the command line and other nodes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from framecast.errors import Invalid
from framecast.model.cadence import PICTURES, note_words
from framecast.model.stream import State
from framecast.model.track import Kind, TrackInfo


@dataclass(frozen=True, slots=True)
class Status:
    """What the node knows about one stream. `source` is masked; `since` is UTC seconds of the newest state."""

    name: str
    source: str = ""
    state: State = State.IDLE
    reason: str = ""  # a code of `framecast.model.REASONS`, '' if nothing is wrong
    detail: str = ""  # the same for people
    since: float = 0.0
    reconnects: int = 0
    readers: int = 0
    configured: str = ""  # what the stream comes from: file, api, command, program
    facts: dict[str, str] = field(default_factory=dict)
    tracks: tuple[TrackInfo, ...] = ()
    newest_at: float | None = None  # UTC seconds of its newest picture, at most 4 seconds old
    every_s: float | None = None  # between its pictures, if that is a second or more
    # Other nodes do not send these three, so they do not make two statuses differ.
    options: dict[str, Any] = field(default_factory=dict, compare=False)  # as `framecast.yaml` has them
    last_picture_at: float | None = field(
        default=None, compare=False
    )  # UTC seconds; it is kept of an offline source
    failures: dict[str, int] = field(default_factory=dict, compare=False)  # of its source, by reason
    display_name: str = ""  # what people call it, '' if that is its name
    groups: tuple[str, ...] = ()  # in which pages show it
    owner: str | None = (
        None  # the account that it belongs to, None: the admins. Servers show it to nobody else
    )

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> Status:
        """Return the status that a node sent.

        Raises:
            Invalid: it is not a status.
        """
        try:
            return cls(
                name=str(fields["name"]),
                source=str(fields.get("source", "")),
                state=State(fields.get("state", State.IDLE)),
                reason=str(fields.get("reason", "")),
                detail=str(fields.get("detail", "")),
                since=float(fields.get("since", 0.0)),
                reconnects=int(fields.get("reconnects", 0)),
                readers=int(fields.get("readers", 0)),
                configured=str(fields.get("configured", "")),
                facts={str(key): str(value) for key, value in dict(fields.get("facts", {})).items()},
                tracks=tuple(map(TrackInfo.from_json, fields.get("tracks", ()))),
                newest_at=fields.get("newest_at"),
                last_picture_at=fields.get("last_picture_at"),
                every_s=fields.get("every_s"),
                options=dict(fields.get("options", {})),
                failures={str(key): int(value) for key, value in dict(fields.get("failures", {})).items()},
                display_name=str(fields.get("display_name", "")),
                groups=tuple(map(str, fields.get("groups", ()))),
                owner=None if fields.get("owner") is None else str(fields["owner"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise Invalid(f"the status of a stream cannot be read: {error}") from error

    @property
    def has_data(self) -> bool:
        """True if the stream announces a data track."""
        return any(track.kind is Kind.DATA for track in self.tracks)

    def to_json(self) -> dict[str, Any]:
        """Return the form that `from_json` reads (docs/architecture.md)."""
        return {
            "name": self.name,
            "display_name": self.display_name,
            "groups": list(self.groups),
            "source": self.source,
            "state": str(self.state),
            "reason": self.reason,
            "detail": self.detail,
            "since": self.since,
            "newest_at": self.newest_at,
            "last_picture_at": self.last_picture_at,
            "every_s": self.every_s,
            "reconnects": self.reconnects,
            "failures": self.failures,
            "readers": self.readers,
            "configured": self.configured,
            "options": self.options,
            "facts": self.facts,
            "tracks": public_tracks(self.tracks),
        }

    @property
    def has_failed(self) -> bool:
        """True while the source is offline or stalled: `reason` and `detail` say why."""
        return self.state in (State.OFFLINE, State.STALLED)

    def note(self, now: float) -> str:
        """Return in words that a live stream has no fresh picture, or how seldom they come; '' otherwise. `now` is UTC seconds."""
        return note_words(
            is_live=self.state is State.LIVE,
            age_s=None if self.newest_at is None else now - self.newest_at,
            every_s=self.every_s,
            has_pictures=any(track.name in PICTURES for track in self.tracks) or not self.tracks,
        )


def public_tracks(tracks: Iterable[TrackInfo]) -> list[dict[str, Any]]:
    """Return what tracks are, without the codecs' own bytes: those are for readers."""
    return [{key: value for key, value in track.to_json().items() if key != "extradata"} for track in tracks]
