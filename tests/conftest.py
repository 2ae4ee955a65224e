"""Fixtures for every test."""

import signal
from collections.abc import Callable, Generator, Iterator

import pytest

from tests.support import ports
from tests.support.blocking import Watch

# Where several processes share the tests, each file stays in one of them. A browser takes most of a core, so all files that
# start one share two processes, and the others are left to tests that mostly wait. What takes minutes begins first.
_WEB = "tests/servers/web/test_"
BROWSERS = {
    "browser-1": ("player", "go2rtc", "player_live", "player_dead", "player_sync"),
    "browser-2": (
        "wall",
        "wall_live",
        "wall_form",
        "stream_page",
        "accessibility",
        "pages",
        "player_firefox",
    ),
}
GROUPS = {f"{_WEB}{name}.py": group for group, names in BROWSERS.items() for name in names}
LONG = (
    *BROWSERS,
    "tests/test_wheel.py",
    "tests/deploy/",
    "tests/system/",
    "tests/servers/",
    "tests/sources/",
    "tests/client/",
    "tests/node/",
    "tests/cli/",
    "tests/desktop/",
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


@pytest.hookimpl(tryfirst=True)  # pytest-xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put each test into its file's group, and bring the long ones to the front."""
    groups = {item: GROUPS.get(file_of(item), file_of(item)) for item in items}
    for item, group in groups.items():
        item.add_marker(pytest.mark.xdist_group(group))
    items.sort(
        key=lambda item: next(
            (at for at, name in enumerate(LONG) if groups[item].startswith(name)), len(LONG)
        )
    )


def file_of(item: pytest.Item) -> str:
    """Return the path of a test's file."""
    return item.nodeid.partition("::")[0]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let reports travel between processes as UTF-8: what a test has logged may have halves of surrogate pairs."""
    report = yield
    report.sections = [
        (name, text.encode(errors="backslashreplace").decode()) for name, text in report.sections
    ]
    return report
