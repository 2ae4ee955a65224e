"""The JSON of people and access: accounts, sessions, tokens, groups, grants, the audit log. Pure; extra fields of a row are left out."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query
from pydantic import BaseModel, Field

from framecast.model.rights import Right, Role, Scope
from framecast.servers.web.http.openapi import NAME

MAX_PASSWORD = 1024
MAX_SECRET = 128
MAX_TEXT = 256
YEAR_S = 366 * 86400

Id = Annotated[str, Query(max_length=64, description="of what is meant")]
OptionalId = Annotated[str | None, Query(max_length=64)]
ID = Annotated[str, Field(max_length=64)]
TEXT = Annotated[str, Field(max_length=MAX_TEXT)]
PASSWORD = Annotated[str, Field(max_length=MAX_PASSWORD)]
SECRET = Annotated[str, Field(max_length=MAX_SECRET, description="from the link")]
STREAM = Annotated[str | None, Field(default=None, max_length=64, json_schema_extra=NAME)]


class Account(BaseModel):
    """A person, or a program with an identity (`is_service`). Times are UTC seconds."""

    id: str
    name: str
    display_name: str
    role: Role
    is_service: bool
    locked: bool
    created_at: float
    signed_in_at: float | None


class Person(Account):
    """An account as the admins see it."""

    seen_at: float | None = Field(description="newest use of a session or token")
    streams: list[str] = Field(description="streams that it owns")
    videos: int = Field(default=0, description="how many videos it owns")
    groups: list[str] = Field(description="groups of people that it is in")
    has_second_factor: bool


class Session(BaseModel):
    """A browser in which somebody is signed in."""

    id: str
    agent: str = Field(description="what the browser says that it is")
    address: str
    created_at: float
    used_at: float
    expires_at: float
    is_this: bool = Field(description="whether it is the one that asks")


class Token(BaseModel):
    """A token; its secret is shown once, when it is made."""

    id: str
    name: str
    kind: str = Field(description="api, media or screen")
    scopes: list[Scope]
    stream: str | None = Field(description="the only stream that it opens, null: all that its account may")
    video: str | None = Field(default=None, description="the only video that it opens")
    created_at: float
    used_at: float | None
    used_from: str
    expires_at: float | None


class NewToken(BaseModel):
    """A token to make."""

    name: TEXT
    kind: Annotated[str, Field(default="api", max_length=16, description="api, media or screen")]
    scopes: Annotated[list[Scope], Field(max_length=len(Scope))]
    stream: STREAM
    video: Annotated[
        str | None, Field(default=None, max_length=32, description="id of a video, for a media token")
    ]
    expires_s: Annotated[float | None, Field(default=None, gt=0, le=10 * YEAR_S)]


class MadeToken(Token):
    """A token that was just made, with its secret."""

    secret: str


class Invitation(BaseModel):
    """A link that makes one account, not used yet."""

    id: str
    role: Role
    groups: list[str]
    created_at: float
    expires_at: float


class NewInvitation(BaseModel):
    """Whom to invite: the role and the groups of people of the account."""

    role: Role
    groups: Annotated[list[ID], Field(default_factory=list, max_length=100)]
    expires_s: Annotated[float, Field(default=7 * 86400.0, gt=0, le=YEAR_S)]


class Secret(BaseModel):
    """A secret that is shown once, for the fragment of a link, and when it ends."""

    secret: str
    expires_at: float | None = None


class Member(BaseModel):
    """An account in a group."""

    id: str
    name: str
    display_name: str


class Group(BaseModel):
    """A group of people."""

    id: str
    name: str
    members: list[Member]


class Grant(BaseModel):
    """A right on one stream, on one group of streams, or on all (both null), for an account, a group of people or everybody."""

    id: str
    subject_kind: str = Field(description="account, group or everybody")
    subject: str = Field(description="id of the account or group, '' for everybody")
    subject_name: str
    right: Right
    stream: str | None
    group: str | None = Field(description="group of streams")


class NewGrant(BaseModel):
    """A grant to make."""

    subject_kind: Annotated[str, Field(max_length=16, description="account, group or everybody")]
    subject: Annotated[str, Field(default="", max_length=64)]
    right: Right
    stream: STREAM
    group: Annotated[str | None, Field(default=None, max_length=MAX_TEXT)]


class Entry(BaseModel):
    """A row of the audit log."""

    id: int
    at: float
    who: str
    address: str
    what: str
    target: str
    result: str


def fields(found: Any) -> dict[str, Any]:  # noqa: ANN401  a value of `accounts`
    """Return the JSON of a value of `accounts`."""
    return dict(found.to_json())
