"""Errors become answers: which status, whether a client may try again, and that nothing keeps them."""

from __future__ import annotations

import json

import pytest

from framecast.errors import (
    Broken,
    Closed,
    Conflict,
    Denied,
    Ended,
    FramecastError,
    Invalid,
    NodeUnavailable,
    NotEnoughMemory,
    NotFound,
    SourceError,
    WouldBlock,
)
from framecast.servers.web.http.answers import (
    SECURITY_HEADERS,
    NoPicture,
    error_answer,
    say,
    security_headers,
    status_of,
)


@pytest.mark.parametrize(
    ("error", "status", "retries"),
    [
        (NotFound("x"), 404, False),
        (Conflict("x"), 409, False),
        (Denied("x"), 403, False),
        (Invalid("x"), 400, False),
        (NodeUnavailable("x"), 503, True),
        (NoPicture("x"), 503, True),
        (Ended("x"), 503, True),
        (Closed("x"), 503, True),
        (NotEnoughMemory("x"), 503, True),
        (WouldBlock("x"), 504, True),
        (SourceError("refused", "x"), 502, False),
        (Broken("x"), 500, False),
        (FramecastError("x"), 500, False),
    ],
)
def test_each_error_has_its_status_and_says_whether_to_try_again(
    error: FramecastError, status: int, retries: bool
) -> None:
    answer = error_answer(error)
    assert (status_of(error), answer.status_code) == (status, status)
    assert ("Retry-After" in answer.headers) is retries
    assert json.loads(bytes(answer.body)) == {"error": type(error).__name__, "message": "x"}


def test_subclass_is_answered_like_its_class() -> None:
    class Absent(NotFound):
        """One more."""

    assert status_of(Absent("x")) == 404


def test_given_headers_take_the_place_of_retry_after() -> None:
    answer = error_answer(Ended("x"), {"X-Reason": "y"})
    assert "Retry-After" not in answer.headers
    assert answer.headers["X-Reason"] == "y"


def test_answers_are_not_kept_by_caches_unless_the_caller_says_so() -> None:
    assert say(400, "Invalid", "x").headers["Cache-Control"] == "no-store"
    assert say(400, "Invalid", "x", {"Cache-Control": "max-age=1"}).headers["Cache-Control"] == "max-age=1"


def test_pages_run_no_script_of_others_and_none_inline() -> None:
    policy = dict(SECURITY_HEADERS)[b"content-security-policy"].decode()
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == rules["style-src"] == "'self'"
    assert "unsafe" not in policy


def test_pages_stand_in_frames_of_named_sites_alone() -> None:
    def framed_by(*origins: str) -> str:
        return dict(security_headers(origins))[b"content-security-policy"].decode().rpartition("; ")[2]

    assert framed_by() == "frame-ancestors 'self'"
    assert framed_by("https://a.example", "http://10.0.0.5:8123/") == (
        "frame-ancestors 'self' https://a.example http://10.0.0.5:8123"
    )
    assert security_headers(["https://a.example"])[1:] == SECURITY_HEADERS[1:]
