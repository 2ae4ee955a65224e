"""The list of streams as pages ask for it, of a node with 10,000 accounts and 1,000 streams; each client may see half of them."""

from __future__ import annotations

import http.client
import json
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import psutil

from bench.running import Node, cpu_s, tree
from bench.table import Row
from framecast.accounts import Accounts, open_accounts
from framecast.model.rights import Grant, Right, Role, Scope

ACCOUNTS = 10_000
STREAMS = 1_000
GROUP = "House"
CLIENTS = 8
LISTS = 50  # of each client
MOST_MS = 100.0


def rows() -> list[Row]:
    """Measure and return the rows."""
    with tempfile.TemporaryDirectory(prefix="framecast-bench-") as folder:
        accounts = open_accounts(f"sqlite:///{folder}/framecast.db")
        tokens = _people(accounts)
        accounts.close()
        streams = {f"camera{number:04}": _stream(number) for number in range(STREAMS)}
        with Node(streams, FRAMECAST_DATA_DIR=folder) as node:
            return _listed(node, tokens)


def _people(accounts: Accounts) -> list[str]:
    accounts.create("admin", role=Role.ADMIN)
    names = [f"viewer{number}" for number in range(ACCOUNTS - 1)]
    for name in names:
        accounts.create(name, role=Role.VIEWER)
    for name in names[:CLIENTS]:
        accounts.grant("account", name, Grant(Right.SEE, group=GROUP))
    return [accounts.make_token(name, "bench", [Scope.READ])[1] for name in names[:CLIENTS]]


def _stream(number: int) -> dict[str, object]:
    return {"source": "pattern:?size=160x120", "groups": [GROUP] if number % 2 else []}


def _listed(node: Node, tokens: list[str]) -> list[Row]:
    for token in tokens:
        _ask(node.url, token, 1)
    # Its port answers before the process is there.
    web = [one for one in tree(node.pid) if one.name() == "fc-web"]
    servers = {"web server": web, "node": [psutil.Process(node.pid)]}
    before = {name: cpu_s(found) for name, found in servers.items()}
    with ThreadPoolExecutor(CLIENTS) as pool:
        asked = [pool.submit(_ask, node.url, token, LISTS) for token in tokens]
        times = sorted(time_ms for one in asked for time_ms in one.result())
    used = {name: 1000 * (cpu_s(found) - before[name]) / (CLIENTS * LISTS) for name, found in servers.items()}
    p50, p95 = times[len(times) // 2], times[len(times) * 95 // 100]
    costs = ", ".join(f"{name} {cost:.2f} ms" for name, cost in used.items())
    return [
        Row(
            f"list of {STREAMS // 2} of {STREAMS:,} streams, {ACCOUNTS:,} accounts, {CLIENTS} clients at once: p95",
            f"{p95:.1f} ms (p50 {p50:.1f} ms; CPU of a list: {costs})",
            must=f"<= {MOST_MS:g} ms",
            met=p95 <= MOST_MS,
        )
    ]


def _ask(url: str, token: str, times: int) -> list[float]:
    """Ask for the list so many times on one connection, and return how long each one took, in milliseconds."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    took, body = [], b""
    for _ in range(times):
        begin = time.perf_counter()
        connection.request("GET", "/api/streams", headers={"Authorization": f"Bearer {token}"})
        body = connection.getresponse().read()
        took.append(1000 * (time.perf_counter() - begin))
    connection.close()
    assert len(json.loads(body)) == STREAMS // 2
    return took
