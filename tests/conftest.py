"""Fixtures for every test."""

import signal
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from typing import Any

import pytest

from tests.support import ports, schedule
from tests.support.blocking import Watch

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
    config.pluginmanager.register(Failures(config))
    if not hasattr(config, "workerinput"):  # in the process that gets the reports of all
        config.pluginmanager.register(FileTimes())
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Forget what was seen."""
    config.stash[_watch].close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Bring the long ones to the front."""
    items.sort(key=lambda item: schedule.rank(item.nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give each process whole groups of tests. pytest-xdist's own mark for groups does nothing with pytest 9.2."""
    from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]  # only where several processes run the tests

    class GroupScheduling(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            return schedule.group_of(nodeid)

        def remove_node(self, node: Any) -> str | None:
            # Groups that are done go. xdist would give them to other processes, which then wait for ever for the end of nothing.
            work = self.assigned_work[node]
            self.assigned_work[node] = {
                group: tests for group, tests in work.items() if not all(tests.values())
            }
            crashed: str | None = super().remove_node(node)
            return crashed

    return GroupScheduling(config, log)


class Failures:
    """Tells of each failure when it happens: a run that is cut off has said what went wrong."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Print the test, the phase, the time that it took and the last line of the error."""
        terminal = self._config.pluginmanager.get_plugin("terminalreporter")
        if report.failed and terminal is not None:
            crash = getattr(report.longrepr, "reprcrash", None)
            message = (crash.message if crash else report.longreprtext).strip() or "no message"
            lines = message.splitlines()
            terminal.write_line(
                f"\nFAILED {report.nodeid} ({report.when}, {report.duration:.0f} s): {lines[0][:300]}"
            )


class FileTimes:
    """Sums up how long the tests of each file have taken, and when each process has ended: what is slow, and what comes too late."""

    SHOWN = 40

    def __init__(self) -> None:
        self._begun = time.monotonic()
        self._files: Counter[str] = Counter()
        self._last: dict[str, tuple[float, str]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Add the time of a setup, a test or a teardown."""
        file = report.nodeid.partition("::")[0]
        self._files[file] += report.duration  # type: ignore[assignment]
        self._last[getattr(report, "worker_id", "main")] = time.monotonic() - self._begun, file

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the slowest files of a run of many."""
        if len(self._files) <= self.SHOWN:
            return
        schedule.record(self._files)
        terminalreporter.section(f"slowest of {len(self._files)} files")
        for file, seconds in self._files.most_common(self.SHOWN):
            terminalreporter.write_line(f"{seconds:7.1f}s {file}")
        for process, (at, file) in sorted(self._last.items()):
            terminalreporter.write_line(f"process {process} has ended after {at:.0f} s with {file}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let reports travel between processes as UTF-8: what a test has logged may have halves of surrogate pairs."""
    report = yield
    report.sections = [
        (name, text.encode(errors="backslashreplace").decode()) for name, text in report.sections
    ]
    return report
