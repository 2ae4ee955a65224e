"""The pages of people and access. What they show comes from the routes below /api."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from framecast.servers.web.page import page_answer

router = APIRouter(include_in_schema=False)


@router.get("/account")
async def account_page(request: Request) -> Response:
    """Show what belongs to the person who is signed in."""
    return page_answer(request, "account")


@router.get("/people")
async def people_page(request: Request) -> Response:
    """Show people, groups, grants and programs."""
    return page_answer(request, "people")


@router.get("/people/audit")
async def audit_page(request: Request) -> Response:
    """Show the audit log."""
    return page_answer(request, "audit")


@router.get("/join")
async def join_page(request: Request) -> Response:
    """Accept an invitation; the secret is in the fragment, which the server does not see."""
    return page_answer(request, "join")


@router.get("/reset")
async def reset_page(request: Request) -> Response:
    """Set a new password by a link."""
    return page_answer(request, "reset")
