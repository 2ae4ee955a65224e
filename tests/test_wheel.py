"""What a stranger gets by `pip install`: the wheel, and a node that runs out of it."""

import os
import signal
import subprocess
import sys
import urllib.request
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.needs import is_ci

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "framecast"
INSTALL_S = 600


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    return next(folder.glob("framecast-*.whl"))


def test_wheel_contains_every_file_of_the_package(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        packed = set(archive.namelist())
    ours = {
        path.relative_to(PACKAGE.parent).as_posix()
        for path in PACKAGE.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert "framecast/py.typed" in packed
    assert ours <= packed
    assert not [name for name in packed if name.startswith("tests")]


def test_wheel_names_the_command_and_the_licence(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        info = next(name for name in archive.namelist() if name.endswith(".dist-info/entry_points.txt"))
        assert b"framecast = framecast.cli:main" in archive.read(info)
        metadata = archive.read(info.replace("entry_points.txt", "METADATA"))
    assert b"License-Expression: Apache-2.0" in metadata


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the `bin` of a fresh virtual environment with the wheel in it, and nothing but what it asks for."""
    folder = tmp_path_factory.mktemp("venv")
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True, timeout=INSTALL_S)
    pip = [str(folder / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    for what in (["-r", str(ROOT / "requirements.lock")], ["--no-index", str(wheel)]):
        done = subprocess.run([*pip, *what], capture_output=True, text=True, timeout=INSTALL_S)
        if done.returncode and not is_ci() and "-r" in what:
            pytest.skip(f"the locked dependencies cannot be installed here: {done.stderr.strip()[-300:]}")
        assert done.returncode == 0, done.stderr
    return folder / "bin"


@contextmanager
def serving(bin_folder: Path, folder: Path) -> Iterator[str]:
    """Run `framecast serve` in an empty folder and give the address of its page."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("FRAMECAST_", "PYTHON"))}
    places = {
        "FRAMECAST_RUNTIME_DIR": str(folder / "run"),
        "XDG_DATA_HOME": str(folder / "data"),
        "FRAMECAST_GRPC__PORT": "0",
        "FRAMECAST_ZMQ__PORT": "0",
    }
    node = subprocess.Popen(
        [str(bin_folder / "framecast"), "serve", "--port", "0"],
        env=clean | places,
        cwd=folder,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert node.stderr
    try:
        line = next(line for line in node.stderr if "http://" in line)
        yield next(word for word in line.replace("=", " ").split() if word.startswith("http://"))
    finally:
        node.send_signal(signal.SIGTERM)
        node.communicate(timeout=60)
    assert node.returncode == 0


@pytest.mark.timeout(2 * INSTALL_S)
def test_plain_install_shows_a_picture_and_its_pages(installed: Path, tmp_path: Path) -> None:
    with serving(installed, tmp_path) as url:
        with urllib.request.urlopen(f"{url}api/frame.jpeg?src=demo", timeout=60) as answer:
            assert answer.headers["Content-Type"] == "image/jpeg"
            assert answer.read(2) == b"\xff\xd8"
        with urllib.request.urlopen(url, timeout=60) as page:
            assert b"<html" in page.read().lower()
    doctor = subprocess.run([str(installed / "framecast"), "doctor"], capture_output=True, timeout=60)
    assert doctor.returncode == 0
