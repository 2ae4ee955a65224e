from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Room(_message.Message):
    __slots__ = ("key", "kind", "title", "settings", "pinned", "playback", "owner", "epoch", "last", "unread", "mentions")
    KEY_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    SETTINGS_FIELD_NUMBER: _ClassVar[int]
    PINNED_FIELD_NUMBER: _ClassVar[int]
    PLAYBACK_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    LAST_FIELD_NUMBER: _ClassVar[int]
    UNREAD_FIELD_NUMBER: _ClassVar[int]
    MENTIONS_FIELD_NUMBER: _ClassVar[int]
    key: str
    kind: str
    title: str
    settings: RoomSettings
    pinned: RoomMessage
    playback: RoomPlayback
    owner: str
    epoch: str
    last: int
    unread: int
    mentions: int
    def __init__(self, key: _Optional[str] = ..., kind: _Optional[str] = ..., title: _Optional[str] = ..., settings: _Optional[_Union[RoomSettings, _Mapping]] = ..., pinned: _Optional[_Union[RoomMessage, _Mapping]] = ..., playback: _Optional[_Union[RoomPlayback, _Mapping]] = ..., owner: _Optional[str] = ..., epoch: _Optional[str] = ..., last: _Optional[int] = ..., unread: _Optional[int] = ..., mentions: _Optional[int] = ...) -> None: ...

class RoomSettings(_message.Message):
    __slots__ = ("guests", "slow_s", "links", "words_action", "words", "remote", "waits_for_stalled", "retention_days", "is_open", "hold_new_s")
    GUESTS_FIELD_NUMBER: _ClassVar[int]
    SLOW_S_FIELD_NUMBER: _ClassVar[int]
    LINKS_FIELD_NUMBER: _ClassVar[int]
    WORDS_ACTION_FIELD_NUMBER: _ClassVar[int]
    WORDS_FIELD_NUMBER: _ClassVar[int]
    REMOTE_FIELD_NUMBER: _ClassVar[int]
    WAITS_FOR_STALLED_FIELD_NUMBER: _ClassVar[int]
    RETENTION_DAYS_FIELD_NUMBER: _ClassVar[int]
    IS_OPEN_FIELD_NUMBER: _ClassVar[int]
    HOLD_NEW_S_FIELD_NUMBER: _ClassVar[int]
    guests: str
    slow_s: int
    links: str
    words_action: str
    words: RoomWords
    remote: str
    waits_for_stalled: bool
    retention_days: int
    is_open: bool
    hold_new_s: int
    def __init__(self, guests: _Optional[str] = ..., slow_s: _Optional[int] = ..., links: _Optional[str] = ..., words_action: _Optional[str] = ..., words: _Optional[_Union[RoomWords, _Mapping]] = ..., remote: _Optional[str] = ..., waits_for_stalled: _Optional[bool] = ..., retention_days: _Optional[int] = ..., is_open: _Optional[bool] = ..., hold_new_s: _Optional[int] = ...) -> None: ...

class RoomWords(_message.Message):
    __slots__ = ("words",)
    WORDS_FIELD_NUMBER: _ClassVar[int]
    words: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, words: _Optional[_Iterable[str]] = ...) -> None: ...

class RoomAuthor(_message.Message):
    __slots__ = ("id", "name", "role")
    ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    id: str
    name: str
    role: str
    def __init__(self, id: _Optional[str] = ..., name: _Optional[str] = ..., role: _Optional[str] = ...) -> None: ...

class RoomSpan(_message.Message):
    __slots__ = ("kind", "start", "end", "target")
    KIND_FIELD_NUMBER: _ClassVar[int]
    START_FIELD_NUMBER: _ClassVar[int]
    END_FIELD_NUMBER: _ClassVar[int]
    TARGET_FIELD_NUMBER: _ClassVar[int]
    kind: str
    start: int
    end: int
    target: str
    def __init__(self, kind: _Optional[str] = ..., start: _Optional[int] = ..., end: _Optional[int] = ..., target: _Optional[str] = ...) -> None: ...

class RoomQuote(_message.Message):
    __slots__ = ("seq", "name", "text")
    SEQ_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    seq: int
    name: str
    text: str
    def __init__(self, seq: _Optional[int] = ..., name: _Optional[str] = ..., text: _Optional[str] = ...) -> None: ...

class RoomReaction(_message.Message):
    __slots__ = ("emoji", "count")
    EMOJI_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    emoji: str
    count: int
    def __init__(self, emoji: _Optional[str] = ..., count: _Optional[int] = ...) -> None: ...

class RoomMessage(_message.Message):
    __slots__ = ("seq", "at", "author", "text", "spans", "id", "reply_to", "media_time_s", "edited_at", "is_deleted", "reactions")
    SEQ_FIELD_NUMBER: _ClassVar[int]
    AT_FIELD_NUMBER: _ClassVar[int]
    AUTHOR_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    SPANS_FIELD_NUMBER: _ClassVar[int]
    ID_FIELD_NUMBER: _ClassVar[int]
    REPLY_TO_FIELD_NUMBER: _ClassVar[int]
    MEDIA_TIME_S_FIELD_NUMBER: _ClassVar[int]
    EDITED_AT_FIELD_NUMBER: _ClassVar[int]
    IS_DELETED_FIELD_NUMBER: _ClassVar[int]
    REACTIONS_FIELD_NUMBER: _ClassVar[int]
    seq: int
    at: float
    author: RoomAuthor
    text: str
    spans: _containers.RepeatedCompositeFieldContainer[RoomSpan]
    id: str
    reply_to: RoomQuote
    media_time_s: float
    edited_at: float
    is_deleted: bool
    reactions: _containers.RepeatedCompositeFieldContainer[RoomReaction]
    def __init__(self, seq: _Optional[int] = ..., at: _Optional[float] = ..., author: _Optional[_Union[RoomAuthor, _Mapping]] = ..., text: _Optional[str] = ..., spans: _Optional[_Iterable[_Union[RoomSpan, _Mapping]]] = ..., id: _Optional[str] = ..., reply_to: _Optional[_Union[RoomQuote, _Mapping]] = ..., media_time_s: _Optional[float] = ..., edited_at: _Optional[float] = ..., is_deleted: _Optional[bool] = ..., reactions: _Optional[_Iterable[_Union[RoomReaction, _Mapping]]] = ...) -> None: ...

class RoomEvent(_message.Message):
    __slots__ = ("seq", "at", "kind", "by", "message", "target", "author", "emoji", "on", "count", "settings", "role", "playback")
    SEQ_FIELD_NUMBER: _ClassVar[int]
    AT_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    BY_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    TARGET_FIELD_NUMBER: _ClassVar[int]
    AUTHOR_FIELD_NUMBER: _ClassVar[int]
    EMOJI_FIELD_NUMBER: _ClassVar[int]
    ON_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    SETTINGS_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    PLAYBACK_FIELD_NUMBER: _ClassVar[int]
    seq: int
    at: float
    kind: str
    by: RoomAuthor
    message: RoomMessage
    target: int
    author: str
    emoji: str
    on: bool
    count: int
    settings: RoomSettings
    role: str
    playback: RoomPlayback
    def __init__(self, seq: _Optional[int] = ..., at: _Optional[float] = ..., kind: _Optional[str] = ..., by: _Optional[_Union[RoomAuthor, _Mapping]] = ..., message: _Optional[_Union[RoomMessage, _Mapping]] = ..., target: _Optional[int] = ..., author: _Optional[str] = ..., emoji: _Optional[str] = ..., on: _Optional[bool] = ..., count: _Optional[int] = ..., settings: _Optional[_Union[RoomSettings, _Mapping]] = ..., role: _Optional[str] = ..., playback: _Optional[_Union[RoomPlayback, _Mapping]] = ...) -> None: ...

class RoomPlayback(_message.Message):
    __slots__ = ("version", "video", "position_s", "at_s", "speed", "is_playing", "leader", "waiting_for")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    VIDEO_FIELD_NUMBER: _ClassVar[int]
    POSITION_S_FIELD_NUMBER: _ClassVar[int]
    AT_S_FIELD_NUMBER: _ClassVar[int]
    SPEED_FIELD_NUMBER: _ClassVar[int]
    IS_PLAYING_FIELD_NUMBER: _ClassVar[int]
    LEADER_FIELD_NUMBER: _ClassVar[int]
    WAITING_FOR_FIELD_NUMBER: _ClassVar[int]
    version: int
    video: str
    position_s: float
    at_s: float
    speed: float
    is_playing: bool
    leader: str
    waiting_for: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, version: _Optional[int] = ..., video: _Optional[str] = ..., position_s: _Optional[float] = ..., at_s: _Optional[float] = ..., speed: _Optional[float] = ..., is_playing: _Optional[bool] = ..., leader: _Optional[str] = ..., waiting_for: _Optional[_Iterable[str]] = ...) -> None: ...

class Guest(_message.Message):
    __slots__ = ("name", "secret")
    NAME_FIELD_NUMBER: _ClassVar[int]
    SECRET_FIELD_NUMBER: _ClassVar[int]
    name: str
    secret: str
    def __init__(self, name: _Optional[str] = ..., secret: _Optional[str] = ...) -> None: ...

class JoinRequest(_message.Message):
    __slots__ = ("ref", "hello", "send", "edit", "delete", "react", "typing", "read", "ping", "play", "state", "moderate", "report", "ignore", "more")
    class Hello(_message.Message):
        __slots__ = ("room", "since", "epoch", "guest", "is_watching")
        ROOM_FIELD_NUMBER: _ClassVar[int]
        SINCE_FIELD_NUMBER: _ClassVar[int]
        EPOCH_FIELD_NUMBER: _ClassVar[int]
        GUEST_FIELD_NUMBER: _ClassVar[int]
        IS_WATCHING_FIELD_NUMBER: _ClassVar[int]
        room: str
        since: int
        epoch: str
        guest: Guest
        is_watching: bool
        def __init__(self, room: _Optional[str] = ..., since: _Optional[int] = ..., epoch: _Optional[str] = ..., guest: _Optional[_Union[Guest, _Mapping]] = ..., is_watching: _Optional[bool] = ...) -> None: ...
    class Send(_message.Message):
        __slots__ = ("id", "text", "reply_to", "media_time_s")
        ID_FIELD_NUMBER: _ClassVar[int]
        TEXT_FIELD_NUMBER: _ClassVar[int]
        REPLY_TO_FIELD_NUMBER: _ClassVar[int]
        MEDIA_TIME_S_FIELD_NUMBER: _ClassVar[int]
        id: str
        text: str
        reply_to: int
        media_time_s: float
        def __init__(self, id: _Optional[str] = ..., text: _Optional[str] = ..., reply_to: _Optional[int] = ..., media_time_s: _Optional[float] = ...) -> None: ...
    class Edit(_message.Message):
        __slots__ = ("seq", "text")
        SEQ_FIELD_NUMBER: _ClassVar[int]
        TEXT_FIELD_NUMBER: _ClassVar[int]
        seq: int
        text: str
        def __init__(self, seq: _Optional[int] = ..., text: _Optional[str] = ...) -> None: ...
    class Delete(_message.Message):
        __slots__ = ("seq",)
        SEQ_FIELD_NUMBER: _ClassVar[int]
        seq: int
        def __init__(self, seq: _Optional[int] = ...) -> None: ...
    class React(_message.Message):
        __slots__ = ("seq", "emoji", "on")
        SEQ_FIELD_NUMBER: _ClassVar[int]
        EMOJI_FIELD_NUMBER: _ClassVar[int]
        ON_FIELD_NUMBER: _ClassVar[int]
        seq: int
        emoji: str
        on: bool
        def __init__(self, seq: _Optional[int] = ..., emoji: _Optional[str] = ..., on: _Optional[bool] = ...) -> None: ...
    class Typing(_message.Message):
        __slots__ = ()
        def __init__(self) -> None: ...
    class Read(_message.Message):
        __slots__ = ("seq",)
        SEQ_FIELD_NUMBER: _ClassVar[int]
        seq: int
        def __init__(self, seq: _Optional[int] = ...) -> None: ...
    class Ping(_message.Message):
        __slots__ = ("id",)
        ID_FIELD_NUMBER: _ClassVar[int]
        id: str
        def __init__(self, id: _Optional[str] = ...) -> None: ...
    class PlayerState(_message.Message):
        __slots__ = ("position_s", "is_stalled", "in_sync")
        POSITION_S_FIELD_NUMBER: _ClassVar[int]
        IS_STALLED_FIELD_NUMBER: _ClassVar[int]
        IN_SYNC_FIELD_NUMBER: _ClassVar[int]
        position_s: float
        is_stalled: bool
        in_sync: bool
        def __init__(self, position_s: _Optional[float] = ..., is_stalled: _Optional[bool] = ..., in_sync: _Optional[bool] = ...) -> None: ...
    class Moderate(_message.Message):
        __slots__ = ("action", "target", "seq", "seconds", "reason", "scope", "role", "settings")
        ACTION_FIELD_NUMBER: _ClassVar[int]
        TARGET_FIELD_NUMBER: _ClassVar[int]
        SEQ_FIELD_NUMBER: _ClassVar[int]
        SECONDS_FIELD_NUMBER: _ClassVar[int]
        REASON_FIELD_NUMBER: _ClassVar[int]
        SCOPE_FIELD_NUMBER: _ClassVar[int]
        ROLE_FIELD_NUMBER: _ClassVar[int]
        SETTINGS_FIELD_NUMBER: _ClassVar[int]
        action: str
        target: str
        seq: int
        seconds: float
        reason: str
        scope: str
        role: str
        settings: RoomSettings
        def __init__(self, action: _Optional[str] = ..., target: _Optional[str] = ..., seq: _Optional[int] = ..., seconds: _Optional[float] = ..., reason: _Optional[str] = ..., scope: _Optional[str] = ..., role: _Optional[str] = ..., settings: _Optional[_Union[RoomSettings, _Mapping]] = ...) -> None: ...
    class Report(_message.Message):
        __slots__ = ("seq", "text")
        SEQ_FIELD_NUMBER: _ClassVar[int]
        TEXT_FIELD_NUMBER: _ClassVar[int]
        seq: int
        text: str
        def __init__(self, seq: _Optional[int] = ..., text: _Optional[str] = ...) -> None: ...
    class Ignore(_message.Message):
        __slots__ = ("author", "on")
        AUTHOR_FIELD_NUMBER: _ClassVar[int]
        ON_FIELD_NUMBER: _ClassVar[int]
        author: str
        on: bool
        def __init__(self, author: _Optional[str] = ..., on: _Optional[bool] = ...) -> None: ...
    class More(_message.Message):
        __slots__ = ("since",)
        SINCE_FIELD_NUMBER: _ClassVar[int]
        since: int
        def __init__(self, since: _Optional[int] = ...) -> None: ...
    REF_FIELD_NUMBER: _ClassVar[int]
    HELLO_FIELD_NUMBER: _ClassVar[int]
    SEND_FIELD_NUMBER: _ClassVar[int]
    EDIT_FIELD_NUMBER: _ClassVar[int]
    DELETE_FIELD_NUMBER: _ClassVar[int]
    REACT_FIELD_NUMBER: _ClassVar[int]
    TYPING_FIELD_NUMBER: _ClassVar[int]
    READ_FIELD_NUMBER: _ClassVar[int]
    PING_FIELD_NUMBER: _ClassVar[int]
    PLAY_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    MODERATE_FIELD_NUMBER: _ClassVar[int]
    REPORT_FIELD_NUMBER: _ClassVar[int]
    IGNORE_FIELD_NUMBER: _ClassVar[int]
    MORE_FIELD_NUMBER: _ClassVar[int]
    ref: str
    hello: JoinRequest.Hello
    send: JoinRequest.Send
    edit: JoinRequest.Edit
    delete: JoinRequest.Delete
    react: JoinRequest.React
    typing: JoinRequest.Typing
    read: JoinRequest.Read
    ping: JoinRequest.Ping
    play: PlaybackAct
    state: JoinRequest.PlayerState
    moderate: JoinRequest.Moderate
    report: JoinRequest.Report
    ignore: JoinRequest.Ignore
    more: JoinRequest.More
    def __init__(self, ref: _Optional[str] = ..., hello: _Optional[_Union[JoinRequest.Hello, _Mapping]] = ..., send: _Optional[_Union[JoinRequest.Send, _Mapping]] = ..., edit: _Optional[_Union[JoinRequest.Edit, _Mapping]] = ..., delete: _Optional[_Union[JoinRequest.Delete, _Mapping]] = ..., react: _Optional[_Union[JoinRequest.React, _Mapping]] = ..., typing: _Optional[_Union[JoinRequest.Typing, _Mapping]] = ..., read: _Optional[_Union[JoinRequest.Read, _Mapping]] = ..., ping: _Optional[_Union[JoinRequest.Ping, _Mapping]] = ..., play: _Optional[_Union[PlaybackAct, _Mapping]] = ..., state: _Optional[_Union[JoinRequest.PlayerState, _Mapping]] = ..., moderate: _Optional[_Union[JoinRequest.Moderate, _Mapping]] = ..., report: _Optional[_Union[JoinRequest.Report, _Mapping]] = ..., ignore: _Optional[_Union[JoinRequest.Ignore, _Mapping]] = ..., more: _Optional[_Union[JoinRequest.More, _Mapping]] = ...) -> None: ...

class PlaybackAct(_message.Message):
    __slots__ = ("pause", "unpause", "seek", "source", "speed", "lead")
    class Pause(_message.Message):
        __slots__ = ("position_s",)
        POSITION_S_FIELD_NUMBER: _ClassVar[int]
        position_s: float
        def __init__(self, position_s: _Optional[float] = ...) -> None: ...
    class Unpause(_message.Message):
        __slots__ = ("position_s",)
        POSITION_S_FIELD_NUMBER: _ClassVar[int]
        position_s: float
        def __init__(self, position_s: _Optional[float] = ...) -> None: ...
    class Seek(_message.Message):
        __slots__ = ("position_s",)
        POSITION_S_FIELD_NUMBER: _ClassVar[int]
        position_s: float
        def __init__(self, position_s: _Optional[float] = ...) -> None: ...
    class Source(_message.Message):
        __slots__ = ("video", "position_s")
        VIDEO_FIELD_NUMBER: _ClassVar[int]
        POSITION_S_FIELD_NUMBER: _ClassVar[int]
        video: str
        position_s: float
        def __init__(self, video: _Optional[str] = ..., position_s: _Optional[float] = ...) -> None: ...
    class Speed(_message.Message):
        __slots__ = ("speed",)
        SPEED_FIELD_NUMBER: _ClassVar[int]
        speed: float
        def __init__(self, speed: _Optional[float] = ...) -> None: ...
    class Lead(_message.Message):
        __slots__ = ("to",)
        TO_FIELD_NUMBER: _ClassVar[int]
        to: str
        def __init__(self, to: _Optional[str] = ...) -> None: ...
    PAUSE_FIELD_NUMBER: _ClassVar[int]
    UNPAUSE_FIELD_NUMBER: _ClassVar[int]
    SEEK_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    SPEED_FIELD_NUMBER: _ClassVar[int]
    LEAD_FIELD_NUMBER: _ClassVar[int]
    pause: PlaybackAct.Pause
    unpause: PlaybackAct.Unpause
    seek: PlaybackAct.Seek
    source: PlaybackAct.Source
    speed: PlaybackAct.Speed
    lead: PlaybackAct.Lead
    def __init__(self, pause: _Optional[_Union[PlaybackAct.Pause, _Mapping]] = ..., unpause: _Optional[_Union[PlaybackAct.Unpause, _Mapping]] = ..., seek: _Optional[_Union[PlaybackAct.Seek, _Mapping]] = ..., source: _Optional[_Union[PlaybackAct.Source, _Mapping]] = ..., speed: _Optional[_Union[PlaybackAct.Speed, _Mapping]] = ..., lead: _Optional[_Union[PlaybackAct.Lead, _Mapping]] = ...) -> None: ...

class JoinResponse(_message.Message):
    __slots__ = ("ref", "welcome", "events", "presence", "you", "moderation", "gone", "behind", "done", "error", "pong")
    class Welcome(_message.Message):
        __slots__ = ("room", "you", "epoch", "last", "is_gap", "events", "mine", "ignored", "limits", "presence", "server_s")
        ROOM_FIELD_NUMBER: _ClassVar[int]
        YOU_FIELD_NUMBER: _ClassVar[int]
        EPOCH_FIELD_NUMBER: _ClassVar[int]
        LAST_FIELD_NUMBER: _ClassVar[int]
        IS_GAP_FIELD_NUMBER: _ClassVar[int]
        EVENTS_FIELD_NUMBER: _ClassVar[int]
        MINE_FIELD_NUMBER: _ClassVar[int]
        IGNORED_FIELD_NUMBER: _ClassVar[int]
        LIMITS_FIELD_NUMBER: _ClassVar[int]
        PRESENCE_FIELD_NUMBER: _ClassVar[int]
        SERVER_S_FIELD_NUMBER: _ClassVar[int]
        room: Room
        you: JoinResponse.You
        epoch: str
        last: int
        is_gap: bool
        events: _containers.RepeatedCompositeFieldContainer[RoomEvent]
        mine: _containers.RepeatedCompositeFieldContainer[JoinResponse.Mine]
        ignored: _containers.RepeatedScalarFieldContainer[str]
        limits: JoinResponse.Limits
        presence: JoinResponse.Presence
        server_s: float
        def __init__(self, room: _Optional[_Union[Room, _Mapping]] = ..., you: _Optional[_Union[JoinResponse.You, _Mapping]] = ..., epoch: _Optional[str] = ..., last: _Optional[int] = ..., is_gap: _Optional[bool] = ..., events: _Optional[_Iterable[_Union[RoomEvent, _Mapping]]] = ..., mine: _Optional[_Iterable[_Union[JoinResponse.Mine, _Mapping]]] = ..., ignored: _Optional[_Iterable[str]] = ..., limits: _Optional[_Union[JoinResponse.Limits, _Mapping]] = ..., presence: _Optional[_Union[JoinResponse.Presence, _Mapping]] = ..., server_s: _Optional[float] = ...) -> None: ...
    class Mine(_message.Message):
        __slots__ = ("seq", "emoji")
        SEQ_FIELD_NUMBER: _ClassVar[int]
        EMOJI_FIELD_NUMBER: _ClassVar[int]
        seq: int
        emoji: _containers.RepeatedScalarFieldContainer[str]
        def __init__(self, seq: _Optional[int] = ..., emoji: _Optional[_Iterable[str]] = ...) -> None: ...
    class You(_message.Message):
        __slots__ = ("id", "name", "role", "may_write", "muted_until", "may_moderate", "may_play", "reason")
        ID_FIELD_NUMBER: _ClassVar[int]
        NAME_FIELD_NUMBER: _ClassVar[int]
        ROLE_FIELD_NUMBER: _ClassVar[int]
        MAY_WRITE_FIELD_NUMBER: _ClassVar[int]
        MUTED_UNTIL_FIELD_NUMBER: _ClassVar[int]
        MAY_MODERATE_FIELD_NUMBER: _ClassVar[int]
        MAY_PLAY_FIELD_NUMBER: _ClassVar[int]
        REASON_FIELD_NUMBER: _ClassVar[int]
        id: str
        name: str
        role: str
        may_write: bool
        muted_until: float
        may_moderate: bool
        may_play: bool
        reason: str
        def __init__(self, id: _Optional[str] = ..., name: _Optional[str] = ..., role: _Optional[str] = ..., may_write: _Optional[bool] = ..., muted_until: _Optional[float] = ..., may_moderate: _Optional[bool] = ..., may_play: _Optional[bool] = ..., reason: _Optional[str] = ...) -> None: ...
    class Limits(_message.Message):
        __slots__ = ("text_characters", "rates")
        class RatesEntry(_message.Message):
            __slots__ = ("key", "value")
            KEY_FIELD_NUMBER: _ClassVar[int]
            VALUE_FIELD_NUMBER: _ClassVar[int]
            key: str
            value: float
            def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
        TEXT_CHARACTERS_FIELD_NUMBER: _ClassVar[int]
        RATES_FIELD_NUMBER: _ClassVar[int]
        text_characters: int
        rates: _containers.ScalarMap[str, float]
        def __init__(self, text_characters: _Optional[int] = ..., rates: _Optional[_Mapping[str, float]] = ...) -> None: ...
    class Events(_message.Message):
        __slots__ = ("events", "epoch", "is_gap", "is_more")
        EVENTS_FIELD_NUMBER: _ClassVar[int]
        EPOCH_FIELD_NUMBER: _ClassVar[int]
        IS_GAP_FIELD_NUMBER: _ClassVar[int]
        IS_MORE_FIELD_NUMBER: _ClassVar[int]
        events: _containers.RepeatedCompositeFieldContainer[RoomEvent]
        epoch: str
        is_gap: bool
        is_more: bool
        def __init__(self, events: _Optional[_Iterable[_Union[RoomEvent, _Mapping]]] = ..., epoch: _Optional[str] = ..., is_gap: _Optional[bool] = ..., is_more: _Optional[bool] = ...) -> None: ...
    class Presence(_message.Message):
        __slots__ = ("count", "members", "has_members", "typing", "stalled")
        COUNT_FIELD_NUMBER: _ClassVar[int]
        MEMBERS_FIELD_NUMBER: _ClassVar[int]
        HAS_MEMBERS_FIELD_NUMBER: _ClassVar[int]
        TYPING_FIELD_NUMBER: _ClassVar[int]
        STALLED_FIELD_NUMBER: _ClassVar[int]
        count: int
        members: _containers.RepeatedCompositeFieldContainer[RoomAuthor]
        has_members: bool
        typing: _containers.RepeatedScalarFieldContainer[str]
        stalled: _containers.RepeatedScalarFieldContainer[str]
        def __init__(self, count: _Optional[int] = ..., members: _Optional[_Iterable[_Union[RoomAuthor, _Mapping]]] = ..., has_members: _Optional[bool] = ..., typing: _Optional[_Iterable[str]] = ..., stalled: _Optional[_Iterable[str]] = ...) -> None: ...
    class Queues(_message.Message):
        __slots__ = ("held", "reports")
        HELD_FIELD_NUMBER: _ClassVar[int]
        REPORTS_FIELD_NUMBER: _ClassVar[int]
        held: int
        reports: int
        def __init__(self, held: _Optional[int] = ..., reports: _Optional[int] = ...) -> None: ...
    class Gone(_message.Message):
        __slots__ = ("reason", "code")
        REASON_FIELD_NUMBER: _ClassVar[int]
        CODE_FIELD_NUMBER: _ClassVar[int]
        reason: str
        code: int
        def __init__(self, reason: _Optional[str] = ..., code: _Optional[int] = ...) -> None: ...
    class Behind(_message.Message):
        __slots__ = ()
        def __init__(self) -> None: ...
    class Done(_message.Message):
        __slots__ = ("seq", "is_held", "is_repeat")
        SEQ_FIELD_NUMBER: _ClassVar[int]
        IS_HELD_FIELD_NUMBER: _ClassVar[int]
        IS_REPEAT_FIELD_NUMBER: _ClassVar[int]
        seq: int
        is_held: bool
        is_repeat: bool
        def __init__(self, seq: _Optional[int] = ..., is_held: _Optional[bool] = ..., is_repeat: _Optional[bool] = ...) -> None: ...
    class Error(_message.Message):
        __slots__ = ("error", "message", "fields")
        class FieldsEntry(_message.Message):
            __slots__ = ("key", "value")
            KEY_FIELD_NUMBER: _ClassVar[int]
            VALUE_FIELD_NUMBER: _ClassVar[int]
            key: str
            value: str
            def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
        ERROR_FIELD_NUMBER: _ClassVar[int]
        MESSAGE_FIELD_NUMBER: _ClassVar[int]
        FIELDS_FIELD_NUMBER: _ClassVar[int]
        error: str
        message: str
        fields: _containers.ScalarMap[str, str]
        def __init__(self, error: _Optional[str] = ..., message: _Optional[str] = ..., fields: _Optional[_Mapping[str, str]] = ...) -> None: ...
    class Pong(_message.Message):
        __slots__ = ("id", "server_s")
        ID_FIELD_NUMBER: _ClassVar[int]
        SERVER_S_FIELD_NUMBER: _ClassVar[int]
        id: str
        server_s: float
        def __init__(self, id: _Optional[str] = ..., server_s: _Optional[float] = ...) -> None: ...
    REF_FIELD_NUMBER: _ClassVar[int]
    WELCOME_FIELD_NUMBER: _ClassVar[int]
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    PRESENCE_FIELD_NUMBER: _ClassVar[int]
    YOU_FIELD_NUMBER: _ClassVar[int]
    MODERATION_FIELD_NUMBER: _ClassVar[int]
    GONE_FIELD_NUMBER: _ClassVar[int]
    BEHIND_FIELD_NUMBER: _ClassVar[int]
    DONE_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    PONG_FIELD_NUMBER: _ClassVar[int]
    ref: str
    welcome: JoinResponse.Welcome
    events: JoinResponse.Events
    presence: JoinResponse.Presence
    you: JoinResponse.You
    moderation: JoinResponse.Queues
    gone: JoinResponse.Gone
    behind: JoinResponse.Behind
    done: JoinResponse.Done
    error: JoinResponse.Error
    pong: JoinResponse.Pong
    def __init__(self, ref: _Optional[str] = ..., welcome: _Optional[_Union[JoinResponse.Welcome, _Mapping]] = ..., events: _Optional[_Union[JoinResponse.Events, _Mapping]] = ..., presence: _Optional[_Union[JoinResponse.Presence, _Mapping]] = ..., you: _Optional[_Union[JoinResponse.You, _Mapping]] = ..., moderation: _Optional[_Union[JoinResponse.Queues, _Mapping]] = ..., gone: _Optional[_Union[JoinResponse.Gone, _Mapping]] = ..., behind: _Optional[_Union[JoinResponse.Behind, _Mapping]] = ..., done: _Optional[_Union[JoinResponse.Done, _Mapping]] = ..., error: _Optional[_Union[JoinResponse.Error, _Mapping]] = ..., pong: _Optional[_Union[JoinResponse.Pong, _Mapping]] = ...) -> None: ...

class ListRoomsRequest(_message.Message):
    __slots__ = ("before", "most", "guest")
    BEFORE_FIELD_NUMBER: _ClassVar[int]
    MOST_FIELD_NUMBER: _ClassVar[int]
    GUEST_FIELD_NUMBER: _ClassVar[int]
    before: str
    most: int
    guest: Guest
    def __init__(self, before: _Optional[str] = ..., most: _Optional[int] = ..., guest: _Optional[_Union[Guest, _Mapping]] = ...) -> None: ...

class ListRoomsResponse(_message.Message):
    __slots__ = ("rooms", "next")
    ROOMS_FIELD_NUMBER: _ClassVar[int]
    NEXT_FIELD_NUMBER: _ClassVar[int]
    rooms: _containers.RepeatedCompositeFieldContainer[Room]
    next: str
    def __init__(self, rooms: _Optional[_Iterable[_Union[Room, _Mapping]]] = ..., next: _Optional[str] = ...) -> None: ...

class GetRoomRequest(_message.Message):
    __slots__ = ("room",)
    ROOM_FIELD_NUMBER: _ClassVar[int]
    room: str
    def __init__(self, room: _Optional[str] = ...) -> None: ...

class MakeRoomRequest(_message.Message):
    __slots__ = ("title", "guest")
    TITLE_FIELD_NUMBER: _ClassVar[int]
    GUEST_FIELD_NUMBER: _ClassVar[int]
    title: str
    guest: Guest
    def __init__(self, title: _Optional[str] = ..., guest: _Optional[_Union[Guest, _Mapping]] = ...) -> None: ...

class RemoveRoomRequest(_message.Message):
    __slots__ = ("room",)
    ROOM_FIELD_NUMBER: _ClassVar[int]
    room: str
    def __init__(self, room: _Optional[str] = ...) -> None: ...

class RemoveRoomResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetMessagesRequest(_message.Message):
    __slots__ = ("room", "before", "after", "most", "query", "from_s", "to_s", "guest")
    ROOM_FIELD_NUMBER: _ClassVar[int]
    BEFORE_FIELD_NUMBER: _ClassVar[int]
    AFTER_FIELD_NUMBER: _ClassVar[int]
    MOST_FIELD_NUMBER: _ClassVar[int]
    QUERY_FIELD_NUMBER: _ClassVar[int]
    FROM_S_FIELD_NUMBER: _ClassVar[int]
    TO_S_FIELD_NUMBER: _ClassVar[int]
    GUEST_FIELD_NUMBER: _ClassVar[int]
    room: str
    before: int
    after: int
    most: int
    query: str
    from_s: float
    to_s: float
    guest: Guest
    def __init__(self, room: _Optional[str] = ..., before: _Optional[int] = ..., after: _Optional[int] = ..., most: _Optional[int] = ..., query: _Optional[str] = ..., from_s: _Optional[float] = ..., to_s: _Optional[float] = ..., guest: _Optional[_Union[Guest, _Mapping]] = ...) -> None: ...

class GetMessagesResponse(_message.Message):
    __slots__ = ("messages", "epoch", "last")
    MESSAGES_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    LAST_FIELD_NUMBER: _ClassVar[int]
    messages: _containers.RepeatedCompositeFieldContainer[RoomMessage]
    epoch: str
    last: int
    def __init__(self, messages: _Optional[_Iterable[_Union[RoomMessage, _Mapping]]] = ..., epoch: _Optional[str] = ..., last: _Optional[int] = ...) -> None: ...

class SendMessageRequest(_message.Message):
    __slots__ = ("room", "id", "text", "reply_to", "media_time_s", "guest")
    ROOM_FIELD_NUMBER: _ClassVar[int]
    ID_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    REPLY_TO_FIELD_NUMBER: _ClassVar[int]
    MEDIA_TIME_S_FIELD_NUMBER: _ClassVar[int]
    GUEST_FIELD_NUMBER: _ClassVar[int]
    room: str
    id: str
    text: str
    reply_to: int
    media_time_s: float
    guest: Guest
    def __init__(self, room: _Optional[str] = ..., id: _Optional[str] = ..., text: _Optional[str] = ..., reply_to: _Optional[int] = ..., media_time_s: _Optional[float] = ..., guest: _Optional[_Union[Guest, _Mapping]] = ...) -> None: ...

class SendMessageResponse(_message.Message):
    __slots__ = ("message", "is_held", "is_repeat")
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    IS_HELD_FIELD_NUMBER: _ClassVar[int]
    IS_REPEAT_FIELD_NUMBER: _ClassVar[int]
    message: RoomMessage
    is_held: bool
    is_repeat: bool
    def __init__(self, message: _Optional[_Union[RoomMessage, _Mapping]] = ..., is_held: _Optional[bool] = ..., is_repeat: _Optional[bool] = ...) -> None: ...

class PlayRequest(_message.Message):
    __slots__ = ("room", "act", "guest")
    ROOM_FIELD_NUMBER: _ClassVar[int]
    ACT_FIELD_NUMBER: _ClassVar[int]
    GUEST_FIELD_NUMBER: _ClassVar[int]
    room: str
    act: PlaybackAct
    guest: Guest
    def __init__(self, room: _Optional[str] = ..., act: _Optional[_Union[PlaybackAct, _Mapping]] = ..., guest: _Optional[_Union[Guest, _Mapping]] = ...) -> None: ...

class ListMembersRequest(_message.Message):
    __slots__ = ("room",)
    ROOM_FIELD_NUMBER: _ClassVar[int]
    room: str
    def __init__(self, room: _Optional[str] = ...) -> None: ...

class ListMembersResponse(_message.Message):
    __slots__ = ("members",)
    MEMBERS_FIELD_NUMBER: _ClassVar[int]
    members: _containers.RepeatedCompositeFieldContainer[RoomAuthor]
    def __init__(self, members: _Optional[_Iterable[_Union[RoomAuthor, _Mapping]]] = ...) -> None: ...

class InviteRequest(_message.Message):
    __slots__ = ("room", "expires_s", "uses")
    ROOM_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_S_FIELD_NUMBER: _ClassVar[int]
    USES_FIELD_NUMBER: _ClassVar[int]
    room: str
    expires_s: float
    uses: int
    def __init__(self, room: _Optional[str] = ..., expires_s: _Optional[float] = ..., uses: _Optional[int] = ...) -> None: ...

class InviteResponse(_message.Message):
    __slots__ = ("id", "token", "path", "expires_at")
    ID_FIELD_NUMBER: _ClassVar[int]
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_AT_FIELD_NUMBER: _ClassVar[int]
    id: str
    token: str
    path: str
    expires_at: float
    def __init__(self, id: _Optional[str] = ..., token: _Optional[str] = ..., path: _Optional[str] = ..., expires_at: _Optional[float] = ...) -> None: ...

class AcceptInvitationRequest(_message.Message):
    __slots__ = ("token", "guest")
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    GUEST_FIELD_NUMBER: _ClassVar[int]
    token: str
    guest: Guest
    def __init__(self, token: _Optional[str] = ..., guest: _Optional[_Union[Guest, _Mapping]] = ...) -> None: ...

class ExportRoomRequest(_message.Message):
    __slots__ = ("room",)
    ROOM_FIELD_NUMBER: _ClassVar[int]
    room: str
    def __init__(self, room: _Optional[str] = ...) -> None: ...

class ExportRoomResponse(_message.Message):
    __slots__ = ("lines",)
    LINES_FIELD_NUMBER: _ClassVar[int]
    lines: str
    def __init__(self, lines: _Optional[str] = ...) -> None: ...
