"""What the server counts, by the web server's /metrics."""

import re
import urllib.request

from tests.servers.rpc.house import Client, RpcNode
from tests.support.waiting import until


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
