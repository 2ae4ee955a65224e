"""What commands are given."""

import pytest

from framecast.cli.control import parse_option
from framecast.cli.parameters import parse_size
from framecast.errors import Invalid


def test_size_is_two_numbers_and_one_may_be_open() -> None:
    assert parse_size("640x360") == (640, 360)
    assert parse_size("640x0") == (640, 0)
    assert parse_size("") is None


@pytest.mark.parametrize("text", ["640", "x", "0x0", "ax3", "640x-1", "640x360x3"])
def test_other_sizes_are_refused(text: str) -> None:
    with pytest.raises(Invalid, match="640x360"):
        parse_size(text)


def test_options_keep_the_type_that_they_look_like() -> None:
    assert dict(map(parse_option, ["idle_s=2.5", "memory_limit_mb=64", "loop=false", "hwaccel=cuda"])) == {
        "idle_s": 2.5,
        "memory_limit_mb": 64,
        "loop": False,
        "hwaccel": "cuda",
    }


@pytest.mark.parametrize("text", ["idle_s", "=3"])
def test_option_without_key_or_value_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="KEY=VALUE"):
        parse_option(text)
