"""`framecast upload`: files into the library of the running node, or of another one."""

from __future__ import annotations

import errno
import os
import time
from contextlib import closing
from pathlib import Path
from typing import Annotated, Any

import typer

from framecast.cli.failure import exit_code, sentence
from framecast.cli.parameters import read_token
from framecast.cli.progress import Progress
from framecast.client.node_client import NodeClient
from framecast.client.sender import Sender, Target
from framecast.errors import Broken, FramecastError, Invalid
from framecast.model.video import Visibility

_LOOK_S = 0.5
_SHORTEST_S = 0.2


def upload(
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="Video files.")],
    to: Annotated[
        str,
        typer.Option(
            metavar="URL",
            help="Web server of another node: https://TOKEN@host (default: the running node).",
            show_default=False,
        ),
    ] = "",
    token_file: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="File with the token, so that it is not on the command line."),
    ] = None,
    title: Annotated[
        str, typer.Option(metavar="TEXT", help="Title of the video (default: the file's name).")
    ] = "",
    visibility: Annotated[
        Visibility, typer.Option(help="The people that find the video.")
    ] = Visibility.PRIVATE,
    wait: Annotated[bool, typer.Option("--wait", help="Wait until each video can be played.")] = False,
) -> None:
    """Upload videos and print the addresses of their pages.

    An upload that was interrupted continues where it was: run the same command again.
    """
    if title and len(files) > 1:
        raise Invalid("--title is for one file: upload the files one by one, or leave it out")
    if not any(file.exists() for file in files):
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(files[0]))
    token = read_token(token_file)
    target = Target.parse(to or _own_url(), token)
    failure: BaseException | None = None
    with Progress() as progress:
        for file in files:
            shown = _Shown(progress, file)
            try:
                with closing(Sender(target, shown.show)) as sender:
                    metadata = {"filename": file.name, "title": title, "visibility": str(visibility)}
                    video = sender.send(file, {key: text for key, text in metadata.items() if text})
                    page = sender.page(video)
                    if wait:
                        _wait(sender, video, shown)
                    print(page, flush=True)
            except (FramecastError, OSError) as error:
                failure = failure or error
                progress.say(f"framecast: {file.name}: {sentence(error)}")
    if failure is not None:
        raise typer.Exit(exit_code(failure))


class _Shown:
    """What is shown of one file: how much is there, and how fast it goes."""

    def __init__(self, progress: Progress, file: Path) -> None:
        self._progress, self._name = progress, file.name
        self._since: tuple[float, int] | None = None
        self._next = 0.0

    def show(self, done: int, size: int) -> None:
        """Show how many bytes are there."""
        now = time.monotonic()
        if self._since is None:
            self._since = now, done
        if now < self._next and done < size:
            return
        self._next = now + _SHORTEST_S
        since, before = self._since
        speed = (done - before) / max(now - since, _SHORTEST_S)
        left = f", {(size - done) / speed:.0f} s left" if speed and done < size else ""
        self.say(f"{100 * done // max(size, 1)} % of {_bytes(size)}, {_bytes(speed)}/s{left}")

    def say(self, text: str) -> None:
        """Show something else."""
        self._progress.show(f"{self._name}: {text}")


def _own_url() -> str:
    with NodeClient() as node:
        return str(node.info()["servers"]["web"]["url"])


def _wait(sender: Sender, video: str, shown: _Shown) -> None:
    """Return when a video can be played.

    Raises:
        Broken: it cannot be made playable.
    """
    while True:
        found: dict[str, Any] = sender.video(video)
        if found["state"] == "ready":
            return
        if found["state"] == "failed":
            raise Broken(f"it cannot be played: {found['reason']}")
        progress = found["progress"]
        shown.say(found["state"] + (f" {100 * progress:.0f} %" if progress is not None else ""))
        time.sleep(_LOOK_S)


def _bytes(count: float) -> str:
    for unit in ("B", "kB", "MB"):
        if count < 1000:
            return f"{count:.0f} {unit}"
        count /= 1000
    return f"{count:.1f} GB"
