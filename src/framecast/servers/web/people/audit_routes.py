"""The audit log: who did what, from where, with which result."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel

from framecast.servers.web.people.calls import call
from framecast.servers.web.people.shapes import MAX_TEXT, Entry, fields

router = APIRouter(tags=["people"])

_LATEST_S = 1 << 40


class AuditPage(BaseModel):
    """Rows, the newest first. `next` is for `before` of the next page, null on the last one."""

    entries: list[Entry]
    next: int | None


@router.get("/api/audit", summary="The audit log")
async def get_audit(
    request: Request,
    who: Annotated[str, Query(max_length=MAX_TEXT, description="a part of the name")] = "",
    what: Annotated[
        str | None,
        Query(max_length=64, description="an action, such as token.make, or a kind, such as token"),
    ] = None,
    since: Annotated[float | None, Query(ge=0, le=_LATEST_S, description="UTC seconds")] = None,
    until: Annotated[float | None, Query(ge=0, le=_LATEST_S, description="UTC seconds")] = None,
    before: Annotated[int | None, Query(ge=1, le=1 << 62, description="id of a row")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> AuditPage:
    """List rows of the audit log, filtered."""
    found = await call(
        request,
        lambda accounts, _by: accounts.audit(
            before=before, most=limit, who=who, what=what, since=since, until=until
        ),
    )
    entries = [Entry(**fields(one)) for one in found]
    return AuditPage(entries=entries, next=entries[-1].id if len(entries) == limit else None)
