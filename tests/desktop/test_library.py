"""The command that installs what windows need."""

import sys

import pytest

from framecast.desktop.library import check_library, install_command
from framecast.errors import FramecastError

PIP = f"{sys.executable} -m pip install"


@pytest.mark.parametrize(
    ("origin", "command"),
    [
        ("", "'framecast[view]'"),
        (
            '{"url": "FILE/srv/framecast", "dir_info": {"editable": true}}',
            "-e '/srv/framecast[view]'",
        ),
        ('{"url": "FILE/srv/my%20code", "dir_info": {}}', "'/srv/my code[view]'"),
        ('{"url": "https://example.org/framecast.whl", "archive_info": {}}', "'framecast[view]'"),
        ("no JSON", "'framecast[view]'"),
        ("[]", "'framecast[view]'"),
    ],
)
def test_command_fits_the_installation(origin: str, command: str) -> None:
    assert install_command(origin.replace("FILE", "file://")) == f"{PIP} {command}"


def test_missing_library_is_named_with_extra_and_command(monkeypatch: pytest.MonkeyPatch) -> None:
    check_library()
    monkeypatch.setitem(sys.modules, "pygame", None)
    with pytest.raises(
        FramecastError, match=r"library pygame-ce \(the extra 'view' of framecast\).*: run .* -m pip install "
    ):
        check_library()
