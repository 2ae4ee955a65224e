"""`framecast upload`: many files, resume after an interruption, refusals, a real web server."""

from __future__ import annotations

import random
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from framecast.model.library_layout import original_key
from tests.cli.running import COMMAND, environment, run
from tests.servers.web.library_web import library_settings, open_web
from tests.servers.web.tus import Tus
from tests.servers.web.web_process import WebProcess
from tests.support.waiting import until


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[WebProcess, Path]]:
    with open_web(tmp_path_factory.mktemp("web")) as found:
        yield found


def stored(folder: Path, page: str) -> bytes:
    """Return the original of the video of a page."""
    return (folder / "library" / original_key(page.rsplit("/", 1)[1])).read_bytes()


def test_files_are_uploaded_and_one_that_is_missing_does_not_stop_the_others(
    web: tuple[WebProcess, Path], tmp_path: Path
) -> None:
    server, folder = web
    for name in ("one.mp4", "two.mp4"):
        (tmp_path / name).write_bytes(name.encode() * 1000)
    options = ("--to", server.url, "--visibility", "public")
    done = run(tmp_path, "upload", "one.mp4", "none.mp4", "two.mp4", *options)
    assert done.returncode == 9
    assert "framecast: none.mp4: there is no file none.mp4\n" in done.stderr
    gone = run(tmp_path, "upload", "none.mp4")  # no node is asked for it
    assert (gone.returncode, gone.stderr) == (9, "framecast: there is no file none.mp4\n")
    pages = done.stdout.split()
    assert [stored(folder, page) for page in pages] == [b"one.mp4" * 1000, b"two.mp4" * 1000]
    shown = server.json(f"/api/videos/{pages[0].rsplit('/', 1)[1]}")
    assert (shown["title"], shown["visibility"]) == ("one", "public")
    titled = run(tmp_path, "upload", "one.mp4", "two.mp4", "--title", "x", *options)
    assert (titled.returncode, "--title is for one file" in titled.stderr) == (2, True)


def test_an_upload_that_was_killed_continues(web: tuple[WebProcess, Path], tmp_path: Path) -> None:
    server, folder = web
    data = random.Random(5).randbytes(64 << 20)
    (tmp_path / "large.mp4").write_bytes(data)
    command = [*COMMAND, "upload", "large.mp4", "--to", server.url]
    env = environment(tmp_path) | {"XDG_STATE_HOME": str(tmp_path / "state")}
    uploads = folder / "library" / "uploads"
    with subprocess.Popen(command, cwd=tmp_path, env=env, stdout=subprocess.DEVNULL) as killed:
        until(
            lambda: (
                any(one.stat().st_size > 1 << 20 for one in uploads.glob("*")) or killed.poll() is not None
            )
        )
        killed.send_signal(signal.SIGKILL)
    (begun,) = [one for one in server.json("/api/uploads")["uploads"] if one["filename"] == "large.mp4"]
    kept = Tus(server.url).offset(f"/api/uploads/{begun['id']}")
    assert 0 < kept < len(data)
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith(f"/videos/{begun['video']}\n")  # it is the same upload, not another one
    assert stored(folder, done.stdout.strip()) == data
    assert not [one for one in (tmp_path / "state").rglob("*") if one.is_file()]


def test_what_a_node_refuses_is_said_in_its_words(tmp_path: Path) -> None:
    (tmp_path / "clip.mp4").write_bytes(b"x" * 2000)
    settings = library_settings(tmp_path) | {"max_upload_bytes": 1000}
    with open_web(tmp_path, library=settings, access_token="s" * 32) as (server, _folder):
        refused = run(tmp_path, "upload", "clip.mp4", "--to", server.url)
        assert (refused.returncode, "access token" in refused.stderr) == (5, True)
        (tmp_path / "token").write_text("s" * 32 + "\n")
        large = run(tmp_path, "upload", "clip.mp4", "--to", server.url, "--token-file", "token")
        assert (large.returncode, "at most 1000 bytes" in large.stderr) == (2, True)
        (tmp_path / "clip.mp4").write_bytes(b"x" * 1000)
        with_token = server.url.replace("://", f"://{'s' * 32}@")
        done = run(tmp_path, "upload", "clip.mp4", "--to", with_token)
        assert (done.returncode, done.stdout.startswith(server.url)) == (0, True)
        assert "s" * 32 not in done.stdout + done.stderr
    wrong = run(tmp_path, "upload", "clip.mp4", "--to", "ftp://host")
    assert (wrong.returncode, "must be like http://host:8080" in wrong.stderr) == (2, True)
    nobody = run(tmp_path, "upload", "clip.mp4")
    assert nobody.returncode == 6
