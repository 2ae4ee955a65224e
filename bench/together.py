"""Watching together: two Chromium and 18 protocol clients in one private room, a video with numbers in its pictures.

Every 50 ms each member notes the time of the machine's clock, which all share, and its place; the browsers also the number in their picture. A protocol
client has no player: it measures the server's clock by pings, as the browsers do, and works out its place. A browser counts from the moment at
which it plays. The spread of a moment is the distance between the first and the last of all members; it counts from 0.3 s after a key.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from websockets.asyncio.client import connect

from bench.running import program, result
from bench.table import Row
from tests.servers.web.watch_site import Members, Seat, WatchSite, settle, watch_site
from tests.support import needs
from tests.support.media_files import BITS, COLUMNS
from tests.support.stored_videos import FPS

CLIENTS = 18
EVERY_S = 0.05
LOOK_S = 8.0
# From a key to its effect at all members: until then some are at the old place.
ACT_S = 0.3
MOST_S = 0.1
MOST_PICTURES = 2
_PINGS = 5
# Notes place and picture: the row of blocks at the top of a picture is its number.
_NOTE = """([every, columns, bits]) => {
  const video = document.querySelector("framecast-watch").player.video;
  const copy = new OffscreenCanvas(columns * 8, 8);
  const context = copy.getContext("2d", { willReadFrequently: true });
  const picture = () => {
    const side = video.videoWidth / columns;
    context.drawImage(video, 0, 0, video.videoWidth, side, 0, 0, copy.width, 8);
    const { data } = context.getImageData(0, 4, copy.width, 1);
    let number = 0;
    for (let bit = 0; bit < bits; bit += 1) if (data[4 * Math.floor((bit + 1.5) * 8)] > 127) number |= 1 << bit;
    return number;
  };
  window.noted = [];
  clearInterval(window.noting);
  window.noting = setInterval(() => {
    const [wall, at] = [Date.now() / 1000, video.currentTime];
    if (!video.paused && !video.seeking && video.readyState >= 3) noted.push([wall, at, picture()]);
  }, every);
}"""


def rows() -> list[Row]:
    """Measure and return the rows."""
    with tempfile.TemporaryDirectory(prefix="framecast-bench-") as name, watch_site(Path(name)) as site:
        return measured(site)


def measured(site: WatchSite) -> list[Row]:
    """Play, seek and join late; each for some seconds."""
    members = Members(needs.chromium())
    room = site.make_room("Bench", remote="everyone")
    url = f"{site.web.url}/rooms/{room}"
    first = Seat(members.browser(), f"{url}?watch={site.videos[0]}", "one")
    first.close_dialog()
    second = Seat(members.browser(), url, "two")
    socket = f"{site.web.url.replace('http', 'ws')}/api/rooms/{room}/ws"
    crowd = program("bench.together", "clients", socket, 6 * LOOK_S)
    settle([first, second], is_playing=False)
    found: list[Row] = []
    windows = {}
    for what in ("play", "seek", "late join"):
        if what == "late join":
            second.reload()
        _note(first, second)
        if what != "late join":
            first.key("k" if what == "play" else "5")
        begin = time.time() + ACT_S
        first.page.wait_for_timeout(1000 * (ACT_S + LOOK_S))
        windows[what] = (begin, [seat.page.evaluate("noted") for seat in (first, second)])
    crowd.stdin.close() if crowd.stdin else None
    others: list[list[list[float]]] = result(crowd)
    for what, (begin, seen) in windows.items():
        found += _rows(what, begin, seen, others)
    members.close()
    return found


def _note(*seats: Seat) -> None:
    for seat in seats:
        seat.page.evaluate(_NOTE, [1000 * EVERY_S, COLUMNS, BITS])


def _rows(
    what: str, begin: float, seen: list[list[list[float]]], others: list[list[list[float]]]
) -> list[Row]:
    """The spread of the places, and the distance of the two pictures."""
    moments = [begin + EVERY_S * step for step in range(int(LOOK_S / EVERY_S))]
    members = [[one[:2] for one in notes] for notes in (*seen, *others)]
    spreads, pictures = [], []
    for moment in moments:
        places = [place for notes in members if (place := _at(notes, moment)) is not None]
        if len(places) == len(members):
            spreads.append(max(places) - min(places))
        shown = [_at([[one[0], one[2] / FPS] for one in notes], moment) for notes in seen]
        if None not in shown:
            pictures.append(abs(shown[0] - shown[1]) * FPS)  # type: ignore[operator]
    spreads.sort()
    pictures.sort()
    p99, apart = _share(spreads, 0.99), _share(pictures, 0.99)
    return [
        Row(
            f"2 Chromium and {CLIENTS} protocol clients in step, after {what}: the spread of the places",
            f"p50 {1e3 * _share(spreads, 0.5):.0f} ms, p99 {1e3 * p99:.0f} ms, worst {1e3 * spreads[-1]:.0f} ms",
            must=f"p99 <= {1e3 * MOST_S:.0f} ms",
            met=p99 <= MOST_S,
        ),
        Row(
            "  the pictures of the two Chromium",
            f"p50 {_share(pictures, 0.5):.1f}, p99 {apart:.1f} apart",
            must=f"<= {MOST_PICTURES}",
            met=apart <= MOST_PICTURES + 0.5,
        ),
    ]


def _at(notes: list[list[float]], moment: float) -> float | None:
    """The place at a moment, by the nearest note; None if there is none near."""
    near = min(notes, key=lambda one: abs(one[0] - moment), default=None)
    return None if near is None or abs(near[0] - moment) > EVERY_S else near[1] + moment - near[0]


def _share(values: list[float], share: float) -> float:
    return values[min(len(values) - 1, int(share * len(values)))]


# --- the protocol clients, a process of their own


async def follow(url: str, seconds: float, skew_s: float) -> list[list[float]]:
    """Be one member whose clock is wrong by `skew_s`; return times of the machine's clock with the places that it works out."""
    notes: list[list[float]] = []
    state: dict[str, Any] = {}
    trips: list[tuple[float, float]] = []

    def own_s() -> float:
        return time.monotonic() + skew_s

    async with connect(url) as socket:
        await socket.send(json.dumps({"type": "hello", "name": f"client {skew_s:g}", "is_watching": True}))
        sent: dict[str, float] = {}

        async def listen() -> None:
            async for text in socket:
                said = json.loads(text)
                if said["type"] == "pong":
                    begin = sent[said["id"]]
                    trips.append((own_s() - begin, said["server_s"] - (begin + own_s()) / 2))
                elif said["type"] == "welcome":
                    state.update(said["room"]["playback"] or {})
                for event in said.get("events", ()) if said["type"] == "events" else ():
                    state.update(event.get("playback") or {})

        listening = asyncio.create_task(listen())
        for number in range(_PINGS):
            sent[str(number)] = own_s()
            await socket.send(json.dumps({"type": "ping", "id": str(number)}))
            await asyncio.sleep(0.2)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            wall, server_s = time.time(), own_s() + min(trips)[1]
            passed = max(0.0, server_s - state["at_s"]) * state["speed"] if state["is_playing"] else 0.0
            notes.append([wall, state["position_s"] + passed])
            await asyncio.sleep(EVERY_S)
        listening.cancel()
    return notes


async def crowd(url: str, seconds: float) -> None:
    """Be all of them, and print what they have noted."""
    print(
        json.dumps(
            await asyncio.gather(*(follow(url, seconds, 61.0 * (1 + number)) for number in range(CLIENTS)))
        )
    )


if __name__ == "__main__":
    asyncio.run(crowd(sys.argv[2], float(sys.argv[3])))
