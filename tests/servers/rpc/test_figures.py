"""What the server counts, by the web server's /metrics, and the page that names it."""

import re
import urllib.request
from pathlib import Path

from tests.servers.rpc.house import Client, RpcNode
from tests.support.waiting import until

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "metrics.md"


def scraped(node: RpcNode) -> str:
    with urllib.request.urlopen(f"{node.url}metrics", timeout=30) as answer:
        text: str = answer.read().decode()
    return text


def test_watchers_and_calls_are_shown_by_metrics(node: RpcNode, client: Client) -> None:
    readings = [client.read("dice", "data") for _ in range(3)]
    for reading in readings:
        reading.record()
    until(lambda: 'framecast_grpc_watchers{stream="dice"} 3.0' in scraped(node), "three watchers are shown")
    assert re.search(r'framecast_grpc_calls_total\{method="Read"\} [1-9]', scraped(node))
    for reading in readings:
        reading.call.cancel()
    until(lambda: 'framecast_grpc_watchers{stream="dice"}' not in scraped(node), "they have left")


def test_page_names_every_figure() -> None:
    source = (Path(__file__).parents[3] / "src/framecast/servers/rpc/figures.py").read_text()
    reported = set(re.findall(r'"(counter|gauge)", "(framecast_grpc_\w+)"', source))
    named = {name + "_total" if kind == "counter" else name for kind, name in reported}
    assert named == set(re.findall(r"^\| `(framecast_grpc_\w+)`", PAGE.read_text(), re.MULTILINE))
