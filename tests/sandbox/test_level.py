"""The level of the sandbox, in words."""

from __future__ import annotations

from framecast.sandbox import landlock
from framecast.sandbox.level import Level, level


def test_what_is_missing_is_said_in_words() -> None:
    assert Level(7, seccomp=True).is_full
    for one in (Level(0, seccomp=True), Level(7, seccomp=False)):
        assert not one.is_full
        assert "here)" in str(one)
    assert level().landlock == landlock.version()
