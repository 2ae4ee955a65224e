"""Fixtures for every test."""

import signal
from collections.abc import Callable, Generator, Iterator

import pytest

from tests.support import ports
from tests.support.blocking import Watch

# Files that take minutes begin first where several processes share the tests; the rest fills the gaps.
LONG = (
    *(
        "tests/test_wheel.py",
        "tests/deploy/",
        "tests/system/",
        "tests/servers/web/test_player",
        "tests/servers/web/test_wall",
    ),
    *(
        "tests/servers/web/",
        "tests/servers/rpc/",
        "tests/client/",
        "tests/node/",
        "tests/sources/",
        "tests/cli/",
        "tests/desktop/",
    ),
)

_watch = pytest.StashKey[Watch]()


@pytest.fixture(autouse=True)
def _no_event_loop_is_blocked(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail where Framecast's code has called what blocks its event loop, in whichever process."""
    yield
    found = request.config.stash[_watch].news()
    if found:
        pytest.fail("an event loop was blocked:\n" + "\n".join(found))


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


def pytest_configure(config: pytest.Config) -> None:
    """Watch event loops; undo what shells and `nohup` do to programs in the background: all that they start would ignore Ctrl-C, or a closed terminal."""
    config.stash[_watch] = Watch()
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Forget what was seen."""
    config.stash[_watch].close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Bring the long files to the front."""
    items.sort(
        key=lambda item: next((at for at, name in enumerate(LONG) if item.nodeid.startswith(name)), len(LONG))
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let reports travel between processes as UTF-8: what a test has logged may have halves of surrogate pairs."""
    report = yield
    report.sections = [
        (name, text.encode(errors="backslashreplace").decode()) for name, text in report.sections
    ]
    return report
