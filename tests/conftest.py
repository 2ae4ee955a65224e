"""Fixtures for every test."""

import signal
from collections.abc import Callable

import pytest

from tests.support import ports


@pytest.fixture
def free_port() -> int:
    """Give a TCP port nobody listens on."""
    return ports.free_port()


@pytest.fixture
def free_ports() -> Callable[[], int]:
    """Give a function that returns another free port each time."""
    return ports.free_port


@pytest.fixture
def anyio_backend() -> str:
    """Let `@pytest.mark.anyio` tests run on asyncio."""
    return "asyncio"


def pytest_configure() -> None:
    """Undo what shells and `nohup` do to programs in the background: all that they start would ignore Ctrl-C, or a closed terminal."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
