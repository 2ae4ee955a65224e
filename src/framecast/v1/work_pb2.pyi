from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ClaimJobRequest(_message.Message):
    __slots__ = ("worker", "kinds")
    WORKER_FIELD_NUMBER: _ClassVar[int]
    KINDS_FIELD_NUMBER: _ClassVar[int]
    worker: str
    kinds: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, worker: _Optional[str] = ..., kinds: _Optional[_Iterable[str]] = ...) -> None: ...

class ClaimJobResponse(_message.Message):
    __slots__ = ("job", "lease_s")
    JOB_FIELD_NUMBER: _ClassVar[int]
    LEASE_S_FIELD_NUMBER: _ClassVar[int]
    job: Job
    lease_s: float
    def __init__(self, job: _Optional[_Union[Job, _Mapping]] = ..., lease_s: _Optional[float] = ...) -> None: ...

class Job(_message.Message):
    __slots__ = ("ticket", "id", "video", "kind", "attempt")
    TICKET_FIELD_NUMBER: _ClassVar[int]
    ID_FIELD_NUMBER: _ClassVar[int]
    VIDEO_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    ticket: str
    id: str
    video: str
    kind: str
    attempt: int
    def __init__(self, ticket: _Optional[str] = ..., id: _Optional[str] = ..., video: _Optional[str] = ..., kind: _Optional[str] = ..., attempt: _Optional[int] = ...) -> None: ...

class GetOrderRequest(_message.Message):
    __slots__ = ("ticket",)
    TICKET_FIELD_NUMBER: _ClassVar[int]
    ticket: str
    def __init__(self, ticket: _Optional[str] = ...) -> None: ...

class GetOrderResponse(_message.Message):
    __slots__ = ("request", "inputs")
    REQUEST_FIELD_NUMBER: _ClassVar[int]
    INPUTS_FIELD_NUMBER: _ClassVar[int]
    request: str
    inputs: _containers.RepeatedCompositeFieldContainer[Input]
    def __init__(self, request: _Optional[str] = ..., inputs: _Optional[_Iterable[_Union[Input, _Mapping]]] = ...) -> None: ...

class Input(_message.Message):
    __slots__ = ("size",)
    SIZE_FIELD_NUMBER: _ClassVar[int]
    size: int
    def __init__(self, size: _Optional[int] = ...) -> None: ...

class ReadInputRequest(_message.Message):
    __slots__ = ("ticket", "input", "offset")
    TICKET_FIELD_NUMBER: _ClassVar[int]
    INPUT_FIELD_NUMBER: _ClassVar[int]
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    ticket: str
    input: int
    offset: int
    def __init__(self, ticket: _Optional[str] = ..., input: _Optional[int] = ..., offset: _Optional[int] = ...) -> None: ...

class ReadInputResponse(_message.Message):
    __slots__ = ("data",)
    DATA_FIELD_NUMBER: _ClassVar[int]
    data: bytes
    def __init__(self, data: _Optional[bytes] = ...) -> None: ...

class KeepJobRequest(_message.Message):
    __slots__ = ("ticket", "progress")
    TICKET_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    ticket: str
    progress: float
    def __init__(self, ticket: _Optional[str] = ..., progress: _Optional[float] = ...) -> None: ...

class KeepJobResponse(_message.Message):
    __slots__ = ("is_cancelled",)
    IS_CANCELLED_FIELD_NUMBER: _ClassVar[int]
    is_cancelled: bool
    def __init__(self, is_cancelled: _Optional[bool] = ...) -> None: ...

class CommitJobRequest(_message.Message):
    __slots__ = ("ticket", "result", "file", "data")
    TICKET_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    FILE_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    ticket: str
    result: str
    file: str
    data: bytes
    def __init__(self, ticket: _Optional[str] = ..., result: _Optional[str] = ..., file: _Optional[str] = ..., data: _Optional[bytes] = ...) -> None: ...

class CommitJobResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class EndJobRequest(_message.Message):
    __slots__ = ("ticket", "outcome", "reason", "wait_s")
    TICKET_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    WAIT_S_FIELD_NUMBER: _ClassVar[int]
    ticket: str
    outcome: str
    reason: str
    wait_s: float
    def __init__(self, ticket: _Optional[str] = ..., outcome: _Optional[str] = ..., reason: _Optional[str] = ..., wait_s: _Optional[float] = ...) -> None: ...

class EndJobResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...
