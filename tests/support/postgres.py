"""A real PostgreSQL for tests: one server for a process that runs tests, on a UNIX socket of its own, with databases at will.

It ends with that process, and its files go with it. Nothing that it writes has to survive, so it never waits for a disk. A server that is to be killed is another
one (`killable`): what it has committed survives that.
"""

from __future__ import annotations

import atexit
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from itertools import count
from pathlib import Path

import psycopg

from framecast.store import open_store
from tests.support import needs
from tests.support.program import Program

USER = "framecast"
_STARTS = 50  # after a kill
# The kernel keeps what a killed process has written, so only a commit that waits for no write would be lost.
_PLAIN = ("fsync=off", "autovacuum=off", "jit=off")
_UNSAFE = (*_PLAIN, "synchronous_commit=off", "full_page_writes=off")
_SMALL = ("shared_buffers=16MB", "max_connections=60", "listen_addresses=")


class Postgres:
    """A running server. What is committed survives `kill` if it `is_killable`."""

    def __init__(self, *, is_killable: bool = False) -> None:
        programs = needs.postgres()
        self.folder = Path(tempfile.mkdtemp(prefix="framecast-pg-", dir="/tmp"))
        if os.geteuid() == 0:
            shutil.chown(self.folder, *_account())
        data, environment = self.folder / "data", {"PATH": os.environ["PATH"], "LC_ALL": "C"}
        initialise = [
            str(programs / "initdb"),
            "-D",
            str(data),
            "-U",
            USER,
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--no-sync",
        ]
        subprocess.run(_as_user(initialise), check=True, stdout=subprocess.DEVNULL, cwd="/", env=environment)
        options = [word for one in (*(_PLAIN if is_killable else _UNSAFE), *_SMALL) for word in ("-c", one)]
        command = [str(programs / "postgres"), "-D", str(data), "-k", str(self.folder), *options]
        # The server ends with the thread that has started it (PR_SET_PDEATHSIG), and a test may kill it from one that ends before.
        self._starter = ThreadPoolExecutor(1)
        self._begin: Callable[[], Program] = lambda: self._starter.submit(
            Program, _as_user(command), Path("/"), environment
        ).result()
        self._program = self._begin()
        self._numbers = count(1)
        assert self._is_ready(), self._program.text
        self.folder.chmod(0o755)
        self._template = self.empty_database()
        open_store(self._template).close()

    def empty_database(self) -> str:
        """Return the URL of a new database without tables."""
        return self._new("")

    def database(self) -> str:
        """Return the URL of a new database with the tables of this version."""
        return self._new(f" TEMPLATE {self._template.partition('?')[0].rpartition('/')[2]}")

    def end_connections(self) -> None:
        """End every connection to the server, as its restart does."""
        with psycopg.connect(self._address("postgres"), autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND usename = %s",
                (USER,),
            )

    def kill(self) -> None:
        """`kill -9`, and start it again on the same files: it recovers what was committed."""
        self._program.process.kill()
        self._program.release()
        for _ in range(_STARTS):
            self._program = self._begin()
            if self._is_ready():
                return
            self._program.release()  # a process of the killed server still had its memory
        raise AssertionError(self._program.text)

    def _is_ready(self) -> bool:
        """Wait until it takes connections; False: it has ended instead."""
        program = self._program
        program.wait_until(
            lambda: "ready to accept connections" in program.text or program.process.poll() is not None
        )
        return program.process.poll() is None

    def stop(self) -> None:
        """End the server and remove its files."""
        if self._program.process.poll() is None:
            self._program.process.send_signal(signal.SIGINT)
        self._program.release()
        self._starter.shutdown()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _new(self, template: str) -> str:
        name = f"test{next(self._numbers)}"
        with psycopg.connect(self._address("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}{template}".encode())
        return f"postgresql://{USER}@/{name}?host={self.folder}"

    def _address(self, name: str) -> str:
        return f"host={self.folder} user={USER} dbname={name}"


@cache
def server() -> Postgres:
    """Return the server of this process, started by the first call. The test is skipped if PostgreSQL is missing."""
    started = Postgres()
    atexit.register(started.stop)
    return started


@contextmanager
def killable() -> Iterator[Postgres]:
    """Run a server of one's own, for tests that kill it."""
    own = Postgres(is_killable=True)
    try:
        yield own
    finally:
        own.stop()


def _as_user(command: Sequence[str]) -> list[str]:
    """Let a command end with the process that started it, and run it as somebody else than root, whom PostgreSQL refuses."""
    wrapper = ["setpriv", "--pdeathsig", "INT"]
    if os.geteuid() == 0:
        user, group = _account()
        wrapper += ["--reuid", str(user), "--regid", str(group), "--clear-groups"]
    return [*wrapper, *command]


def _account() -> tuple[int, int]:
    for name in ("postgres", "nobody"):
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return found.pw_uid, found.pw_gid
    raise RuntimeError("there is neither a user postgres nor a user nobody")
