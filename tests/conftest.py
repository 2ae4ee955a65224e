"""Fixtures for every test."""

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
