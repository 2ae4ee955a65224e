"""Both implementations of RTP, for suites that run on each: `rtp` is a fixture where a module imports it."""

from __future__ import annotations

import os
import shutil

import pytest

from framecast import native
from framecast.protocols.rtp import implementation
from framecast.protocols.rtp.implementation import PYTHON, Implementation


def native_or_skip() -> Implementation:
    """Return the native implementation; skip the test if it is not built, which CI accepts only without a Rust toolchain."""
    found = native.look()
    if found.module is not None:
        return implementation.of(found.module)
    reason = f"framecast-native: {found.why} (make native)"
    if found.is_wrong or ("CI" in os.environ and shutil.which("cargo")):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(params=["python", "native"])
def rtp(request: pytest.FixtureRequest) -> Implementation:
    """Give each implementation in turn."""
    return PYTHON if request.param == "python" else native_or_skip()


@pytest.fixture(params=["python", "native"])
def chosen(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Implementation:
    """Make each implementation in turn the one that sources use."""
    found = PYTHON if request.param == "python" else native_or_skip()
    monkeypatch.setattr(implementation, "chosen", lambda: found)
    return found
