"""A node with its servers: starts what the configuration says, in order; follows changes of the file; stops in reverse.

First the lock of the runtime folder, so that a second node is refused as such; then the ports, so that a busy port is an error before
anything has begun; then the core, the streams and the servers, of which some wait for the first account (`access_mode`). SIGTERM and SIGINT drain; a second one kills (`ending`). SIGHUP reads the file again. Runs in the node's loop.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from functools import partial
from pathlib import Path

from framecast import log, process
from framecast.bus.channel import Fields
from framecast.control.topics import Notice
from framecast.errors import FramecastError
from framecast.model import StreamSpec
from framecast.node import restoring
from framecast.node.admission import Admission
from framecast.node.config import Config, schema
from framecast.node.core import Core, LogSink
from framecast.node.ending import Ending
from framecast.node.forks import Parent
from framecast.node.library_server import LibraryServer
from framecast.node.limits import raise_open_files
from framecast.node.listener import Lock
from framecast.node.port import with_holder
from framecast.node.reload import Reload
from framecast.node.server_kinds import FILES
from framecast.node.servers import Servers
from framecast.node.watch import FileWatch
from framecast.servers.access.links import Links
from framecast.servers.access.strength import is_strong

_DEMO = ("demo", "pattern:")

logger = log.get_logger(__name__)


# Called with the URL of the web server, the statuses of the streams, and the addresses of the setup if the node waits for its first account.
OnReady = Callable[[str, Sequence[Fields], Sequence[str]], None]
# Interval between two attempts to open a port that another program holds when the setup is done.
_PORT_S = 5.0


class Node:
    """`command` are the streams of the command line; `reload` reads the configuration again."""

    def __init__(
        self,
        config: Config,
        command: Mapping[str, object],
        reload: Callable[[], Config],
        ending: Ending,
        on_ready: OnReady | None = None,
    ) -> None:
        self._config = config
        self._on_ready = on_ready
        self._command = {name: config.spec(name, given) for name, given in command.items()}
        self._reload = Reload(config, reload, self._follow, lambda: self._admission.has_accounts)
        self._ending = ending
        self._stop = asyncio.Event()
        self._serves = False
        self._core: Core
        self._servers: Servers
        self._admission: Admission
        self._library: LibraryServer
        self._port_problem = ""
        self._parent: Parent
        self._watch: FileWatch
        self._url = ""
        # With nohup, SIGHUP is ignored: the program goes on when the terminal is closed.
        self._ends_with_terminal = (
            process.has_terminal() and signal.getsignal(signal.SIGHUP) is signal.SIG_DFL
        )
        self._strength = _strength(config.token())

    async def run(self) -> None:
        """Serve until a signal or `stop`; no process is left when this returns.

        Raises:
            Conflict: the port or the runtime folder is in use.
            Denied, Invalid: the configuration cannot be applied.
        """
        config = self._config
        config.check_exposure()
        config.check_certificates()
        if self._strength == "short":
            logger.warning(
                "the access token is short enough to be guessed: create a longer one with 'openssl rand -hex 16'"
            )
        self._listen_to_signals()
        async with AsyncExitStack() as stack:
            # First: a second node is refused as such, and not because of its ports.
            lock = Lock(config.runtime_dir, config.socket_mode)
            stack.callback(lock.close)
            sink = LogSink()
            stack.callback(sink.close)
            self._parent = Parent(log.relay_levels(config.log))
            self._parent.log_fd = sink.fd
            stack.push_async_callback(self._parent.close)
            self._admission = Admission(config, self._parent, sink.fd, self._renew)
            stack.push_async_callback(self._admission.close)
            await self._admission.begin()
            self._servers = Servers(config, self._admission.state, stack)
            self._parent.expected = self._servers.modules
            self._url = self._admission.url = self._servers.urls["web"]
            self._open_core(stack, sink)
            await self._configure_streams(config)
            self._library = LibraryServer(
                config, self._parent, sink.fd, partial(self._core.figures.take, "library")
            )
            stack.push_async_callback(self._library.close)
            self._core.control.library = self._library
            self._core.forks.videos.ask = self._library.ask
            self._library.on_notice = self._core.forks.videos.notice
            self._library.on_start = self._begin_files
            await self._library.begin(self._core.topics)
            self._servers.start(self._parent, self._core.log_sink.fd, self._core.figures.forget)
            self._ending.victims = self._processes
            self._watch = FileWatch(_files(config), self._reload)
            stack.callback(self._watch.close)
            self._core.listen()
            await self._check_command()
            self._serves = True
            logger.info("serving", **self._servers.urls, streams=len(self._core.directory.statuses()))
            self._admission.start()
            await self._say_ready()
            process.notify("READY=1")
            await self._stop.wait()
            logger.info("ending")
            process.notify("STOPPING=1")

    def _begin_files(self) -> None:
        """Let a process of its own serve uploads and stored videos; not with TLS, whose connections cannot change their process."""
        if "web" not in self._config.certificates:
            self._servers.begin(FILES)

    def _follow(self, config: Config, changed: list[str]) -> None:
        """Apply another configuration."""
        self._core.topics.publish(Notice("config"))
        if any(key.startswith("log.") for key in changed):
            try:
                log.configure(config.log)
            except FramecastError as error:
                logger.error("the log settings are not changed: %s", error)
        log.hide(config.token())
        self._strength = _strength(config.token())
        self._core.forks.media_dirs = _media_dirs(config)
        self._core.forks.withheld = _withheld(config)
        self._core.forks.source_networks = tuple(config.source_networks)
        self._core.catalog.replace("file", config.specs)
        self._admission.follow(config)
        self._library.follow(config)
        self._renew()
        self._watch.follow(_files(config))

    def _renew(self) -> None:
        """Let the servers go on with the configuration and the access of now; a port that is in use is tried again."""
        try:
            self._servers.renew(self._reload.config, self._admission.state)
        except FramecastError as error:
            if not self._port_problem:  # once
                logger.error(str(error))
            self._port_problem = str(error)
            asyncio.get_running_loop().call_later(_PORT_S, self._renew)
        else:
            self._port_problem = ""

    async def _say_ready(self) -> None:
        setup = await self._admission.setup_urls()
        if setup:
            logger.warning(
                "this node has no accounts yet, so only its page /setup answers: 'framecast setup' on this machine gives the secret for it"
            )
        if self._on_ready is not None:
            self._on_ready(self._url, self._core.directory.statuses(), setup)

    def stop(self) -> None:
        """Drain and end."""
        if self._stop.is_set():
            logger.warning("ending now")
        self._stop.set()

    # --- opening, in order

    def _open_core(self, stack: AsyncExitStack, sink: LogSink) -> None:
        config = self._config
        self._core = Core(
            config.runtime_dir,
            config.log,
            saved=self._admission.saved,
            socket_mode=config.socket_mode,
            info=self._info,
            schema=schema,
            reload=self._read_again,
            links=Links(config.data_dir),
            admission=self._admission,
            log_sink=sink,
            parent=self._parent,
        )
        stack.push_async_callback(self._core.close)
        self._core.forks.media_dirs = _media_dirs(config)
        self._core.forks.withheld = _withheld(config)
        self._core.forks.source_networks = tuple(config.source_networks)

    async def _configure_streams(self, config: Config) -> None:
        catalog = self._core.catalog
        catalog.replace("command", self._command)
        catalog.replace("file", config.specs)
        await self._admission.load_streams(self._core)
        if "streams" not in config.given and not self._admission.has_accounts:
            catalog.add_implicit(StreamSpec.from_json(*_DEMO))

    async def _check_command(self) -> None:
        """Check the sources of the command line, unless the node is stopped first.

        Raises:
            Invalid: one is not valid.
        """
        checks = asyncio.gather(*map(self._core.checks.check, self._command.values()))
        stop = asyncio.ensure_future(self._stop.wait())
        await asyncio.wait((checks, stop), return_when=asyncio.FIRST_COMPLETED)
        stop.cancel()
        if checks.done():
            checks.result()
        else:
            checks.cancel()
            with suppress(asyncio.CancelledError):
                await checks

    def _processes(self) -> list[int]:
        """The processes to kill if everything must end: the kernel kills the forkserver's children with it."""
        return [
            *self._servers.pids,
            *self._admission.pids,
            *self._library.pids,
            *filter(None, (self._core.forks.pid, self._parent.pid)),
        ]

    def _listen_to_signals(self) -> None:
        loop = asyncio.get_running_loop()

        def stop() -> None:
            with suppress(RuntimeError):  # the loop has ended already
                loop.call_soon_threadsafe(self.stop)

        self._ending.on_asked(stop)
        loop.add_signal_handler(signal.SIGHUP, self._hang_up)

    def _hang_up(self) -> None:
        """Handle SIGHUP: end if the terminal is gone, otherwise read the file again."""
        if self._ends_with_terminal and not process.has_terminal():
            self.stop()
        elif self._serves:
            self._reload()

    def _read_again(self) -> Fields:
        if self._serves:
            self._reload()
        return {"config_read_at": self._reload.at, "problems": self._reload.problems}

    def _info(self) -> Fields:
        return {
            "servers": self._servers.info(),
            **self._admission.info(),
            **self._library.info(),
            **self._servers.info_of_portless(),
            "config": str(self._config.path or ""),
            "data_dir": str(self._config.data_dir.absolute()),
            "config_read_at": self._reload.at,
            "config_ok": not self._reload.problem,
            "token_strength": self._strength,
            "trusted_proxies": self._config.trusted_proxies,
            "problems": [
                *self._core.catalog.problems,
                *self._reload.problems,
                *filter(None, [self._port_problem]),
            ],
        }


def serve(
    load: Callable[[], Config],
    command: Mapping[str, object] | None = None,
    on_ready: OnReady | None = None,
) -> FramecastError | None:
    """Run a node in the foreground and return why it failed, None after a clean end.

    `load` reads the configuration, at the start and at each change. `on_ready` is called once, when everything is open. The returned
    error has been logged.

    Raises:
        Invalid: the first configuration cannot be read; this is not logged, because the log is not configured yet.
    """
    process.serve_as_init((signal.SIGTERM, signal.SIGINT, signal.SIGHUP))
    ending = Ending()
    config = load()
    if restoring.finish(config.data_dir):  # a restore that was killed
        config = load()
    log.configure(config.log)
    log.hide(config.token())
    log.hide(config.database or "")
    process.rename("framecast")
    raise_open_files()
    try:
        asyncio.run(_run(config, command or {}, load, ending, on_ready))
    except FramecastError as error:
        explained = with_holder(error)
        logger.error(str(explained))
        return explained
    return None


def _files(config: Config) -> list[Path]:
    """The files that are watched for changes."""
    own = [path for path in (config.path, config.access_token_file) if path is not None]
    pairs = [path for pair in config.certificates.values() for path in pair]
    return [*own, *config.source_files, *dict.fromkeys(pairs)]


def _strength(token: str) -> str:
    return "none" if not token else "strong" if is_strong(token) else "short"


def _withheld(config: Config) -> tuple[str, ...]:
    """Return what no process that parses media may read: the data with its key, the configuration, the runtime folder."""
    return tuple(os.path.realpath(path) for path in (config.data_dir, config.runtime_dir, *_files(config)))


def _media_dirs(config: Config) -> tuple[str, ...]:
    return tuple(map(str, config.media_dirs))


async def _run(
    config: Config,
    command: Mapping[str, object],
    load: Callable[[], Config],
    ending: Ending,
    on_ready: OnReady | None,
) -> None:
    await Node(config, command, load, ending, on_ready).run()
