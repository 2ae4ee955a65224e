"""What accounts cost: hand-over, MSE viewers and gRPC watchers of a node with accounts, beside those of an open node, by turns.

The clients are viewers with twenty grants each, by a token. And how long a viewer still gets pictures after its token has ended, if no
notice of it comes.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from bench import handover, mse, rpc
from bench.clips import FULL_HD
from bench.running import Node
from bench.table import Row
from framecast.accounts import open_accounts
from framecast.model.rights import Grant, Right, Role, Scope
from tests.servers.web.mp4_client import player

TURNS = 3
VIEWERS = 200
GRANTS = 20
MOST = 1.05
ENDS = 20
# The programs of the benchmark show this token, if there is one.
TOKEN = "BENCH_TOKEN"


def rows() -> list[Row]:
    """Measure and return the rows."""
    return [
        compared("1080p hand-over, p50", "us", handed_over),
        compared(f"{VIEWERS} MSE viewers, web server's CPU", "% of a core", watched_by_mse),
        compared(f"{rpc.WATCHERS} gRPC watchers, the server's CPU", "% of a core", watched_by_rpc),
        ended(),
    ]


@contextmanager
def access(*, has_accounts: bool) -> Iterator[dict[str, str]]:
    """Give the environment of a node, with accounts or open; programs of the benchmark show a viewer's token."""
    if not has_accounts:
        yield {}
        return
    with tempfile.TemporaryDirectory(prefix="framecast-bench-") as folder:
        accounts = open_accounts(_database(folder))
        viewer = accounts.create("viewer", role=Role.VIEWER).id
        accounts.create("admin", role=Role.ADMIN)
        for name in ("camera", "crowd", *(f"other{number}" for number in range(GRANTS - 2))):
            accounts.grant("account", viewer, Grant(Right.SEE, name))
        _, os.environ[TOKEN] = accounts.make_token(viewer, "bench", [Scope.RELAY])
        accounts.close()
        try:
            yield {"FRAMECAST_DATA_DIR": folder, TOKEN: os.environ[TOKEN]}
        finally:
            del os.environ[TOKEN]


def handed_over(variables: dict[str, str]) -> float:
    """Microseconds from publication to the hand of a program."""
    return handover.ours(1, **variables)["p50_us"]


def watched_by_mse(variables: dict[str, str]) -> float:
    """Percent of a core of the web server."""
    with Node({"camera": {"source": str(FULL_HD.path()), "always": True}}, **variables) as node:
        return 100 * mse.crowd(VIEWERS, node)[0]


def watched_by_rpc(variables: dict[str, str]) -> float:
    """Percent of a core of the gRPC server."""
    with Node({"idle": "pattern:"}, **variables) as node:
        return 100 * rpc.watched(node)[1]


def compared(what: str, unit: str, measure: Callable[[dict[str, str]], float]) -> Row:
    """Measure an open node and one with accounts by turns, and compare the medians."""
    found: dict[bool, list[float]] = {False: [], True: []}
    for _ in range(TURNS):
        for has_accounts, values in found.items():
            with access(has_accounts=has_accounts) as variables:
                values.append(measure(variables))
    without, with_them = (statistics.median(found[one]) for one in (False, True))
    ratio = with_them / without
    return Row(
        f"{what}, with accounts",
        f"{with_them:.1f} {unit}",
        f"open node: {without:.1f} {unit}",
        f"{ratio:.3f} x",
        f"<= {MOST} x",
        ratio <= MOST,
    )


def ended() -> Row:
    """How long a viewer still has its WebSocket after its token has ended in the database alone."""
    with access(has_accounts=True) as variables:
        accounts = open_accounts(_database(variables["FRAMECAST_DATA_DIR"]))
        with Node({"camera": "pattern:?size=160x120"}, **variables) as node:
            seconds = []
            for _ in range(ENDS):
                info, secret = accounts.make_token("viewer", "short", [Scope.WATCH])
                with player(node.url, "camera", authorization=f"Bearer {secret}") as playing:
                    playing.play()
                    playing.take(1)
                    accounts.end_token(info.id)
                    begin = time.monotonic()
                    seconds.append(_until_closed(playing.take) - begin)
        accounts.close()
    most = max(seconds)
    return Row(
        "MSE viewer after its token has ended, without a notice: median",
        f"{1000 * statistics.median(seconds):.0f} ms (most {1000 * most:.0f} ms)",
        must="<= 1 s",
        met=most <= 1,
    )


def _database(folder: str) -> str:
    return f"sqlite:///{folder}/framecast.db"


def _until_closed(take: Callable[[int], object]) -> float:
    try:
        while True:
            take(1)
    except Exception:  # noqa: BLE001  the end of the connection, in whatever form
        return time.monotonic()
