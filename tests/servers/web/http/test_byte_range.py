"""Byte ranges as RFC 9110 has them: what is asked for, what is ignored, what is refused."""

from __future__ import annotations

import pytest

from framecast.servers.web.http.byte_range import is_known, wanted_range

TAG = '"g1-main.mp4"'
WHOLE = (0, 100, False)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("bytes=0-0", (0, 1, True)),
        ("bytes=10-", (10, 100, True)),
        ("bytes=-10", (90, 100, True)),
        ("bytes=-1000", (0, 100, True)),
        ("bytes=99-1000", (99, 100, True)),
        ("bytes=0-99", (0, 100, True)),
        ("bytes=100-", None),
        ("bytes=100-200", None),
        ("bytes=-0", None),
        ("bytes=5-4", WHOLE),
        ("bytes=-", WHOLE),
        ("bytes=", WHOLE),
        ("bytes=a-b", WHOLE),
        ("bytes=0-1,3-4", WHOLE),
        ("bytes=0x1-2", WHOLE),
        ("bytes=٠-١", WHOLE),  # noqa: RUF001  digits of another script
        ("items=0-1", WHOLE),
        (f"bytes={'9' * 30}-", WHOLE),
    ],
)
def test_range_is_understood_ignored_or_refused(given: str, expected: tuple[int, int, bool] | None) -> None:
    found = wanted_range({"range": given}, TAG, 100)
    assert (found and (found.start, found.end, found.is_part)) == expected


def test_range_of_another_file_is_ignored() -> None:
    part = {"range": "bytes=0-9"}
    for condition, is_part in (
        (TAG, True),
        (f"W/{TAG}", False),
        ('"g2"', False),
        ("Mon, 30 Nov 2026", False),
    ):
        found = wanted_range({**part, "if-range": condition}, TAG, 100)
        assert found is not None
        assert found.is_part is is_part
    empty = wanted_range({}, TAG, 0)
    assert empty is not None
    assert empty.headers() == {"Accept-Ranges": "bytes", "Content-Length": "0"}
    assert wanted_range({"range": "bytes=0-"}, TAG, 0) is None


def test_client_that_has_the_file_says_so_by_its_tag() -> None:
    for given, known in ((TAG, True), (f'"x", W/{TAG}', True), ("*", True), ('"x"', False), ("", False)):
        assert is_known({"if-none-match": given}, TAG) is known
