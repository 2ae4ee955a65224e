from framecast.v1 import streams_pb2 as _streams_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Clock(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CLOCK_UNSPECIFIED: _ClassVar[Clock]
    CLOCK_RTCP: _ClassVar[Clock]
    CLOCK_ARRIVAL: _ClassVar[Clock]
    CLOCK_DEVICE: _ClassVar[Clock]
    CLOCK_FILE: _ClassVar[Clock]
CLOCK_UNSPECIFIED: Clock
CLOCK_RTCP: Clock
CLOCK_ARRIVAL: Clock
CLOCK_DEVICE: Clock
CLOCK_FILE: Clock

class ReadRequest(_message.Message):
    __slots__ = ("stream", "tracks", "policy", "max_fps", "wait", "batch_ms")
    STREAM_FIELD_NUMBER: _ClassVar[int]
    TRACKS_FIELD_NUMBER: _ClassVar[int]
    POLICY_FIELD_NUMBER: _ClassVar[int]
    MAX_FPS_FIELD_NUMBER: _ClassVar[int]
    WAIT_FIELD_NUMBER: _ClassVar[int]
    BATCH_MS_FIELD_NUMBER: _ClassVar[int]
    stream: str
    tracks: _containers.RepeatedScalarFieldContainer[str]
    policy: str
    max_fps: float
    wait: bool
    batch_ms: int
    def __init__(self, stream: _Optional[str] = ..., tracks: _Optional[_Iterable[str]] = ..., policy: _Optional[str] = ..., max_fps: _Optional[float] = ..., wait: _Optional[bool] = ..., batch_ms: _Optional[int] = ...) -> None: ...

class WatchRequest(_message.Message):
    __slots__ = ("read", "pause", "resume", "id")
    READ_FIELD_NUMBER: _ClassVar[int]
    PAUSE_FIELD_NUMBER: _ClassVar[int]
    RESUME_FIELD_NUMBER: _ClassVar[int]
    ID_FIELD_NUMBER: _ClassVar[int]
    read: ReadRequest
    pause: Pause
    resume: Resume
    id: int
    def __init__(self, read: _Optional[_Union[ReadRequest, _Mapping]] = ..., pause: _Optional[_Union[Pause, _Mapping]] = ..., resume: _Optional[_Union[Resume, _Mapping]] = ..., id: _Optional[int] = ...) -> None: ...

class Pause(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Resume(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ReadResponse(_message.Message):
    __slots__ = ("records", "track", "stream", "applied", "lost", "absent")
    RECORDS_FIELD_NUMBER: _ClassVar[int]
    TRACK_FIELD_NUMBER: _ClassVar[int]
    STREAM_FIELD_NUMBER: _ClassVar[int]
    APPLIED_FIELD_NUMBER: _ClassVar[int]
    LOST_FIELD_NUMBER: _ClassVar[int]
    ABSENT_FIELD_NUMBER: _ClassVar[int]
    records: _containers.RepeatedCompositeFieldContainer[Record]
    track: _streams_pb2.Track
    stream: _streams_pb2.Stream
    applied: Applied
    lost: Lost
    absent: str
    def __init__(self, records: _Optional[_Iterable[_Union[Record, _Mapping]]] = ..., track: _Optional[_Union[_streams_pb2.Track, _Mapping]] = ..., stream: _Optional[_Union[_streams_pb2.Stream, _Mapping]] = ..., applied: _Optional[_Union[Applied, _Mapping]] = ..., lost: _Optional[_Union[Lost, _Mapping]] = ..., absent: _Optional[str] = ...) -> None: ...

class Applied(_message.Message):
    __slots__ = ("id",)
    ID_FIELD_NUMBER: _ClassVar[int]
    id: int
    def __init__(self, id: _Optional[int] = ...) -> None: ...

class Lost(_message.Message):
    __slots__ = ("track", "records")
    TRACK_FIELD_NUMBER: _ClassVar[int]
    RECORDS_FIELD_NUMBER: _ClassVar[int]
    track: str
    records: int
    def __init__(self, track: _Optional[str] = ..., records: _Optional[int] = ...) -> None: ...

class Record(_message.Message):
    __slots__ = ("track", "epoch", "seq", "pts", "dts", "duration", "captured_at", "clock", "arrived_at", "published_at", "flags", "payload")
    TRACK_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    SEQ_FIELD_NUMBER: _ClassVar[int]
    PTS_FIELD_NUMBER: _ClassVar[int]
    DTS_FIELD_NUMBER: _ClassVar[int]
    DURATION_FIELD_NUMBER: _ClassVar[int]
    CAPTURED_AT_FIELD_NUMBER: _ClassVar[int]
    CLOCK_FIELD_NUMBER: _ClassVar[int]
    ARRIVED_AT_FIELD_NUMBER: _ClassVar[int]
    PUBLISHED_AT_FIELD_NUMBER: _ClassVar[int]
    FLAGS_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    track: str
    epoch: int
    seq: int
    pts: int
    dts: int
    duration: int
    captured_at: int
    clock: Clock
    arrived_at: int
    published_at: int
    flags: int
    payload: bytes
    def __init__(self, track: _Optional[str] = ..., epoch: _Optional[int] = ..., seq: _Optional[int] = ..., pts: _Optional[int] = ..., dts: _Optional[int] = ..., duration: _Optional[int] = ..., captured_at: _Optional[int] = ..., clock: _Optional[_Union[Clock, str]] = ..., arrived_at: _Optional[int] = ..., published_at: _Optional[int] = ..., flags: _Optional[int] = ..., payload: _Optional[bytes] = ...) -> None: ...

class PublishRequest(_message.Message):
    __slots__ = ("open", "track", "record", "finish", "ready")
    OPEN_FIELD_NUMBER: _ClassVar[int]
    TRACK_FIELD_NUMBER: _ClassVar[int]
    RECORD_FIELD_NUMBER: _ClassVar[int]
    FINISH_FIELD_NUMBER: _ClassVar[int]
    READY_FIELD_NUMBER: _ClassVar[int]
    open: PublishOpen
    track: _streams_pb2.Track
    record: Record
    finish: PublishFinish
    ready: PublishReady
    def __init__(self, open: _Optional[_Union[PublishOpen, _Mapping]] = ..., track: _Optional[_Union[_streams_pb2.Track, _Mapping]] = ..., record: _Optional[_Union[Record, _Mapping]] = ..., finish: _Optional[_Union[PublishFinish, _Mapping]] = ..., ready: _Optional[_Union[PublishReady, _Mapping]] = ...) -> None: ...

class PublishOpen(_message.Message):
    __slots__ = ("stream", "label")
    STREAM_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    stream: str
    label: str
    def __init__(self, stream: _Optional[str] = ..., label: _Optional[str] = ...) -> None: ...

class PublishFinish(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class PublishReady(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class PublishResponse(_message.Message):
    __slots__ = ("accepted", "demand", "lost")
    ACCEPTED_FIELD_NUMBER: _ClassVar[int]
    DEMAND_FIELD_NUMBER: _ClassVar[int]
    LOST_FIELD_NUMBER: _ClassVar[int]
    accepted: PublishAccepted
    demand: PublishDemand
    lost: Lost
    def __init__(self, accepted: _Optional[_Union[PublishAccepted, _Mapping]] = ..., demand: _Optional[_Union[PublishDemand, _Mapping]] = ..., lost: _Optional[_Union[Lost, _Mapping]] = ...) -> None: ...

class PublishAccepted(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class PublishDemand(_message.Message):
    __slots__ = ("tracks", "waiting")
    TRACKS_FIELD_NUMBER: _ClassVar[int]
    WAITING_FIELD_NUMBER: _ClassVar[int]
    tracks: _containers.RepeatedScalarFieldContainer[str]
    waiting: bool
    def __init__(self, tracks: _Optional[_Iterable[str]] = ..., waiting: _Optional[bool] = ...) -> None: ...

class SnapshotRequest(_message.Message):
    __slots__ = ("stream", "width", "height", "quality", "max_age_s")
    STREAM_FIELD_NUMBER: _ClassVar[int]
    WIDTH_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    QUALITY_FIELD_NUMBER: _ClassVar[int]
    MAX_AGE_S_FIELD_NUMBER: _ClassVar[int]
    stream: str
    width: int
    height: int
    quality: int
    max_age_s: float
    def __init__(self, stream: _Optional[str] = ..., width: _Optional[int] = ..., height: _Optional[int] = ..., quality: _Optional[int] = ..., max_age_s: _Optional[float] = ...) -> None: ...

class SnapshotResponse(_message.Message):
    __slots__ = ("jpeg", "captured_at", "age_ms")
    JPEG_FIELD_NUMBER: _ClassVar[int]
    CAPTURED_AT_FIELD_NUMBER: _ClassVar[int]
    AGE_MS_FIELD_NUMBER: _ClassVar[int]
    jpeg: bytes
    captured_at: int
    age_ms: int
    def __init__(self, jpeg: _Optional[bytes] = ..., captured_at: _Optional[int] = ..., age_ms: _Optional[int] = ...) -> None: ...
