"""What a program does in a room, as requests: saying something, changing it, steering the playback, keeping order. Pure.

`Acts` is the same for threads and for asyncio: `_begin` hands a request over, and returns what became of it or what can be awaited for that.
"""

from __future__ import annotations

import secrets
from abc import ABC, abstractmethod
from typing import Any, Generic, TypeVar

from framecast.client.room_values import RoomAuthor, RoomMessage
from framecast.errors import Invalid
from framecast.v1.rooms_pb2 import JoinRequest, PlaybackAct

R_co = TypeVar("R_co", covariant=True)


class Acts(ABC, Generic[R_co]):
    """Each raises what the server answers: Denied, Invalid, NotFound, or WouldBlock, whose field `wait_s` says how long to wait."""

    @abstractmethod
    def _begin(self, request: JoinRequest) -> R_co:
        """Send a request of a member."""

    # --- messages

    def send(
        self,
        text: str,
        *,
        reply_to: int | RoomMessage | None = None,
        media_time_s: float | None = None,
        id: str = "",
    ) -> R_co:
        """Say something; `Done` has the number of the message, or says that a moderator decides first.

        It is said once, whatever happens to the connection. `id` is the program's own id of the message: a program that is started again and
        says it again with the same id has said it once.
        """
        send = JoinRequest.Send(
            id=id or secrets.token_urlsafe(16),
            text=text,
            reply_to=None if reply_to is None else _seq(reply_to),
            media_time_s=media_time_s,
        )
        return self._begin(JoinRequest(send=send))

    def edit(self, message: int | RoomMessage, text: str) -> R_co:
        """Change the text of a message of one's own."""
        return self._begin(JoinRequest(edit=JoinRequest.Edit(seq=_seq(message), text=text)))

    def delete(self, message: int | RoomMessage) -> R_co:
        """Take the text of a message away: of one's own, or as a moderator."""
        return self._begin(JoinRequest(delete=JoinRequest.Delete(seq=_seq(message))))

    def react(self, message: int | RoomMessage, emoji: str, on: bool = True) -> R_co:
        """Put an emoji on a message, or take it back."""
        return self._begin(JoinRequest(react=JoinRequest.React(seq=_seq(message), emoji=emoji, on=on)))

    def show_typing(self) -> R_co:
        """Show for a few seconds that this program is writing."""
        return self._begin(JoinRequest(typing=JoinRequest.Typing()))

    def mark_read(self, message: int | RoomMessage) -> R_co:
        """Say that everything up to a message was read."""
        return self._begin(JoinRequest(read=JoinRequest.Read(seq=_seq(message))))

    # --- the playback

    def play(self, position_s: float | None = None) -> R_co:
        """Play for all who watch together, from where it is or from `position_s`."""
        return self._begin(_play(unpause=PlaybackAct.Unpause(position_s=position_s)))

    def pause(self, position_s: float | None = None) -> R_co:
        """Stop the playback of all, where it is or at `position_s`."""
        return self._begin(_play(pause=PlaybackAct.Pause(position_s=position_s)))

    def seek(self, position_s: float) -> R_co:
        """Continue at another place of the video."""
        return self._begin(_play(seek=PlaybackAct.Seek(position_s=position_s)))

    def set_speed(self, speed: float) -> R_co:
        """Play faster or slower."""
        return self._begin(_play(speed=PlaybackAct.Speed(speed=speed)))

    def set_source(self, video: str, position_s: float = 0.0) -> R_co:
        """Play another video."""
        return self._begin(_play(source=PlaybackAct.Source(video=video, position_s=position_s)))

    def lead(self, author: str | RoomAuthor = "") -> R_co:
        """Take the remote, or give it to somebody else."""
        return self._begin(_play(lead=PlaybackAct.Lead(to=_id(author))))

    # --- order

    def timeout(self, author: str | RoomAuthor, seconds: float, reason: str = "") -> R_co:
        """Keep somebody from writing for some time."""
        return self._moderate("timeout", target=_id(author), seconds=seconds, reason=reason)

    def ban(
        self, author: str | RoomAuthor, seconds: float = 0.0, reason: str = "", scope: str = "account"
    ) -> R_co:
        """Keep somebody out, for `seconds` or until it is lifted; `scope` is account, session or address."""
        return self._moderate("ban", target=_id(author), seconds=seconds, reason=reason, scope=scope)

    def lift(self, author: str | RoomAuthor) -> R_co:
        """End a time-out or a ban."""
        return self._moderate("lift", target=_id(author))

    def clear(self, author: str | RoomAuthor) -> R_co:
        """Take away everything that somebody has said."""
        return self._moderate("clear", target=_id(author))

    def pin(self, message: int | RoomMessage | None) -> R_co:
        """Keep a message above all others; None: none."""
        if message is None:
            return self._moderate("unpin")
        return self._moderate("pin", seq=_seq(message))

    def report(self, message: int | RoomMessage, text: str = "") -> R_co:
        """Show a message to the moderators."""
        return self._begin(JoinRequest(report=JoinRequest.Report(seq=_seq(message), text=text)))

    def ignore(self, author: str | RoomAuthor, on: bool = True) -> R_co:
        """Hide what somebody says from this account alone."""
        return self._begin(JoinRequest(ignore=JoinRequest.Ignore(author=_id(author), on=on)))

    def _moderate(
        self,
        action: str,
        *,
        target: str = "",
        seq: int = 0,
        seconds: float = 0.0,
        reason: str = "",
        scope: str = "",
    ) -> R_co:
        moderate = JoinRequest.Moderate(
            action=action, target=target, seq=seq, seconds=seconds, reason=reason, scope=scope
        )
        return self._begin(JoinRequest(moderate=moderate))


def _play(**act: Any) -> JoinRequest:  # noqa: ANN401  one of the acts, by its name
    return JoinRequest(play=PlaybackAct(**act))


def _seq(message: int | RoomMessage) -> int:
    seq: object = message.seq if isinstance(message, RoomMessage) else message
    if isinstance(seq, bool) or not isinstance(seq, int) or not 0 < seq < 1 << 63:
        raise Invalid(
            f"a message is named by its seq, a positive whole number, or by the message itself; got {message!r:.60}"
        )
    return seq


def _id(author: str | RoomAuthor) -> str:
    return author.id if isinstance(author, RoomAuthor) else author
