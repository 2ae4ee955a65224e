"""The table of errors, here and on its page."""

import re
from pathlib import Path

import grpc
import pytest

from framecast import errors
from framecast.servers.rpc.status import STATUS, status_of

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "grpc.md"


def test_page_has_the_same_table() -> None:
    documented = re.findall(r"^\| `([A-Z_]+)` \| ([^|]*) \|", PAGE.read_text(), re.MULTILINE)
    on_page = {(name, code) for code, names in documented for name in re.findall(r"`(\w+)`", names)}
    assert {(kind.__name__, code.name) for kind, code in STATUS.items()} <= on_page


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.Invalid("x"), grpc.StatusCode.INVALID_ARGUMENT),
        (errors.SourceError("refused", "x"), grpc.StatusCode.UNAVAILABLE),
        (errors.ProtocolMismatch(2, 1), grpc.StatusCode.INTERNAL),
        (errors.FramecastError("x"), grpc.StatusCode.INTERNAL),
    ],
)
def test_error_has_the_status_of_its_class_or_of_the_one_above(
    error: errors.FramecastError, status: grpc.StatusCode
) -> None:
    assert status_of(error) is status
