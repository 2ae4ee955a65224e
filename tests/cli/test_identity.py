"""Who a user of the command line is in rooms of nodes without accounts."""

from __future__ import annotations

import os
import pwd

import pytest

from framecast.cli.identity import own_name


def test_user_has_the_name_of_the_environment_or_of_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("USER", "ada")
    assert own_name() == "ada"
    monkeypatch.setenv("USER", "")
    monkeypatch.setenv("LOGNAME", "bob")
    assert own_name() == "bob"
    monkeypatch.delenv("LOGNAME")
    assert own_name() == pwd.getpwuid(os.getuid()).pw_name
    monkeypatch.setattr(os, "getuid", lambda: 4_000_000_000)
    assert own_name() == ""
