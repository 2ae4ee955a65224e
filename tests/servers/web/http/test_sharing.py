"""What pages of other sites may read: only rows for them, only of the sites that are named or with a token, and never with cookies."""

from __future__ import annotations

import pytest

from framecast.servers.access.principal import Requirement
from framecast.servers.web.http.route_row import Row
from framecast.servers.web.http.sharing import leave_for, sharing_of
from framecast.servers.web.route_table import ROWS

KNOWN = "https://site.example"
FOR_ORIGINS = Row("GET", "/api/rooms/{key}", Requirement.ROOM, is_for_origins=True)
OTHER = Row("GET", "/api/streams", Requirement.READ)
ASKS = {"access-control-request-method": "GET"}


@pytest.mark.parametrize(
    ("row", "origin", "has_token", "expected"),
    [
        (FOR_ORIGINS, KNOWN, False, KNOWN),
        (FOR_ORIGINS, KNOWN.upper(), False, KNOWN.upper()),
        (FOR_ORIGINS, KNOWN, True, KNOWN),
        (FOR_ORIGINS, "https://evil.example", False, None),
        (FOR_ORIGINS, "https://evil.example", True, "*"),
        (FOR_ORIGINS, "null", False, None),
        (FOR_ORIGINS, "", True, None),
        (OTHER, KNOWN, True, None),
    ],
)
def test_page_reads_what_is_for_its_site(
    row: Row, origin: str, has_token: bool, expected: str | None
) -> None:
    headers = {"origin": origin} if origin else {}
    found = dict(sharing_of(row, headers, (KNOWN,), has_token=has_token))
    assert found.get(b"access-control-allow-origin") == (expected and expected.encode())
    assert (b"vary" in found) == (expected not in (None, "*"))
    assert b"access-control-allow-credentials" not in found


def test_leave_is_given_for_reading_alone() -> None:
    headers = {"origin": KNOWN, **ASKS}
    sharing = sharing_of(FOR_ORIGINS, headers, (KNOWN,), has_token=False)
    assert dict(leave_for(FOR_ORIGINS, headers, sharing))[b"access-control-allow-methods"] == b"GET"
    for method in ("POST", "PATCH", "DELETE", "get", ""):
        assert leave_for(FOR_ORIGINS, headers | {"access-control-request-method": method}, sharing) == ()
    assert leave_for(FOR_ORIGINS, {"origin": KNOWN}, sharing) == (), "it is no question of a browser"
    assert leave_for(FOR_ORIGINS, headers, ()) == ()


def test_nothing_that_changes_something_is_for_other_sites() -> None:
    rows = [row for row in ROWS if row.is_for_origins]
    assert rows
    assert {row.method for row in rows} == {"GET"}
