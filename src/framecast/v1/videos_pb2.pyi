from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Video(_message.Message):
    __slots__ = ("id", "title", "description", "tags", "visibility", "state", "reason", "progress", "owner", "is_mine", "may_edit", "created_at", "published_at", "duration_s", "width", "height", "fps", "size", "views", "is_held", "deleted_at", "generation", "files", "data")
    ID_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    TAGS_FIELD_NUMBER: _ClassVar[int]
    VISIBILITY_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    IS_MINE_FIELD_NUMBER: _ClassVar[int]
    MAY_EDIT_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    PUBLISHED_AT_FIELD_NUMBER: _ClassVar[int]
    DURATION_S_FIELD_NUMBER: _ClassVar[int]
    WIDTH_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    FPS_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    VIEWS_FIELD_NUMBER: _ClassVar[int]
    IS_HELD_FIELD_NUMBER: _ClassVar[int]
    DELETED_AT_FIELD_NUMBER: _ClassVar[int]
    GENERATION_FIELD_NUMBER: _ClassVar[int]
    FILES_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    id: str
    title: str
    description: str
    tags: _containers.RepeatedScalarFieldContainer[str]
    visibility: str
    state: str
    reason: str
    progress: float
    owner: str
    is_mine: bool
    may_edit: bool
    created_at: float
    published_at: float
    duration_s: float
    width: int
    height: int
    fps: float
    size: int
    views: int
    is_held: bool
    deleted_at: float
    generation: str
    files: _containers.RepeatedCompositeFieldContainer[VideoFile]
    data: _containers.RepeatedCompositeFieldContainer[VideoData]
    def __init__(self, id: _Optional[str] = ..., title: _Optional[str] = ..., description: _Optional[str] = ..., tags: _Optional[_Iterable[str]] = ..., visibility: _Optional[str] = ..., state: _Optional[str] = ..., reason: _Optional[str] = ..., progress: _Optional[float] = ..., owner: _Optional[str] = ..., is_mine: _Optional[bool] = ..., may_edit: _Optional[bool] = ..., created_at: _Optional[float] = ..., published_at: _Optional[float] = ..., duration_s: _Optional[float] = ..., width: _Optional[int] = ..., height: _Optional[int] = ..., fps: _Optional[float] = ..., size: _Optional[int] = ..., views: _Optional[int] = ..., is_held: _Optional[bool] = ..., deleted_at: _Optional[float] = ..., generation: _Optional[str] = ..., files: _Optional[_Iterable[_Union[VideoFile, _Mapping]]] = ..., data: _Optional[_Iterable[_Union[VideoData, _Mapping]]] = ...) -> None: ...

class VideoFile(_message.Message):
    __slots__ = ("name", "size", "media_type")
    NAME_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    MEDIA_TYPE_FIELD_NUMBER: _ClassVar[int]
    name: str
    size: int
    media_type: str
    def __init__(self, name: _Optional[str] = ..., size: _Optional[int] = ..., media_type: _Optional[str] = ...) -> None: ...

class VideoData(_message.Message):
    __slots__ = ("name", "count")
    NAME_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    name: str
    count: int
    def __init__(self, name: _Optional[str] = ..., count: _Optional[int] = ...) -> None: ...

class ListVideosRequest(_message.Message):
    __slots__ = ("query", "tag", "owner", "state", "sort", "after", "most")
    QUERY_FIELD_NUMBER: _ClassVar[int]
    TAG_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    SORT_FIELD_NUMBER: _ClassVar[int]
    AFTER_FIELD_NUMBER: _ClassVar[int]
    MOST_FIELD_NUMBER: _ClassVar[int]
    query: str
    tag: str
    owner: str
    state: str
    sort: str
    after: str
    most: int
    def __init__(self, query: _Optional[str] = ..., tag: _Optional[str] = ..., owner: _Optional[str] = ..., state: _Optional[str] = ..., sort: _Optional[str] = ..., after: _Optional[str] = ..., most: _Optional[int] = ...) -> None: ...

class ListVideosResponse(_message.Message):
    __slots__ = ("videos", "next")
    VIDEOS_FIELD_NUMBER: _ClassVar[int]
    NEXT_FIELD_NUMBER: _ClassVar[int]
    videos: _containers.RepeatedCompositeFieldContainer[Video]
    next: str
    def __init__(self, videos: _Optional[_Iterable[_Union[Video, _Mapping]]] = ..., next: _Optional[str] = ...) -> None: ...

class GetVideoRequest(_message.Message):
    __slots__ = ("id",)
    ID_FIELD_NUMBER: _ClassVar[int]
    id: str
    def __init__(self, id: _Optional[str] = ...) -> None: ...

class WatchVideosRequest(_message.Message):
    __slots__ = ("id",)
    ID_FIELD_NUMBER: _ClassVar[int]
    id: str
    def __init__(self, id: _Optional[str] = ...) -> None: ...

class VideoEvent(_message.Message):
    __slots__ = ("id", "video")
    ID_FIELD_NUMBER: _ClassVar[int]
    VIDEO_FIELD_NUMBER: _ClassVar[int]
    id: str
    video: Video
    def __init__(self, id: _Optional[str] = ..., video: _Optional[_Union[Video, _Mapping]] = ...) -> None: ...

class ReadVideoRequest(_message.Message):
    __slots__ = ("id", "file", "generation", "offset", "length")
    ID_FIELD_NUMBER: _ClassVar[int]
    FILE_FIELD_NUMBER: _ClassVar[int]
    GENERATION_FIELD_NUMBER: _ClassVar[int]
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    LENGTH_FIELD_NUMBER: _ClassVar[int]
    id: str
    file: str
    generation: str
    offset: int
    length: int
    def __init__(self, id: _Optional[str] = ..., file: _Optional[str] = ..., generation: _Optional[str] = ..., offset: _Optional[int] = ..., length: _Optional[int] = ...) -> None: ...

class ReadVideoResponse(_message.Message):
    __slots__ = ("file", "generation", "data")
    FILE_FIELD_NUMBER: _ClassVar[int]
    GENERATION_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    file: VideoFile
    generation: str
    data: bytes
    def __init__(self, file: _Optional[_Union[VideoFile, _Mapping]] = ..., generation: _Optional[str] = ..., data: _Optional[bytes] = ...) -> None: ...

class ReadVideoDataRequest(_message.Message):
    __slots__ = ("id", "track", "from_s", "to_s")
    ID_FIELD_NUMBER: _ClassVar[int]
    TRACK_FIELD_NUMBER: _ClassVar[int]
    FROM_S_FIELD_NUMBER: _ClassVar[int]
    TO_S_FIELD_NUMBER: _ClassVar[int]
    id: str
    track: str
    from_s: float
    to_s: float
    def __init__(self, id: _Optional[str] = ..., track: _Optional[str] = ..., from_s: _Optional[float] = ..., to_s: _Optional[float] = ...) -> None: ...

class VideoDataRecord(_message.Message):
    __slots__ = ("time_ns", "captured_at", "payload")
    TIME_NS_FIELD_NUMBER: _ClassVar[int]
    CAPTURED_AT_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    time_ns: int
    captured_at: int
    payload: bytes
    def __init__(self, time_ns: _Optional[int] = ..., captured_at: _Optional[int] = ..., payload: _Optional[bytes] = ...) -> None: ...

class DeleteVideoRequest(_message.Message):
    __slots__ = ("id",)
    ID_FIELD_NUMBER: _ClassVar[int]
    id: str
    def __init__(self, id: _Optional[str] = ...) -> None: ...

class DeleteVideoResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...
