"""What a stranger gets by `pip install`: the wheel and the sdist, and a node that runs out of each."""

import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import tarfile
import tomllib
import urllib.request
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from email.parser import Parser
from pathlib import Path

import pytest

import framecast
from tests.support.needs import is_ci

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "framecast"
INSTALL_S = 600
# What a program of the same installation asks of a server beside the page, and what it is told.
ASK = {
    "grpc": (
        "import framecast; print(next(iter(framecast.open('{url}/demo'))).bgr.shape)",
        r"\(180, 320, 3\)",
    ),
    "zmq": (
        """
import json, zmq
socket = zmq.Context().socket(zmq.SUB)
socket.connect('{url}')
socket.subscribe(b'')
topic, header, *payload = socket.recv_multipart()
assert isinstance(json.loads(header), dict) and payload
print(topic.decode())
""",
        r"demo\S*",
    ),
}


def build(folder: Path, source: Path, *what: str) -> None:
    command = [sys.executable, "-m", "build", *what, "--no-isolation", "--outdir", str(folder), str(source)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_S)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with both, each built from the repository."""
    folder = tmp_path_factory.mktemp("dist")
    build(folder, ROOT, "--wheel", "--sdist")
    return folder


@pytest.fixture(scope="module")
def wheel(dist: Path) -> Path:
    return next(dist.glob("framecast-*.whl"))


@pytest.fixture(scope="module")
def sdist(dist: Path) -> Path:
    return next(dist.glob("framecast-*.tar.gz"))


def content(wheel: Path) -> dict[str, str]:
    """Return the files of a wheel with their digests."""
    with zipfile.ZipFile(wheel) as archive:
        return {name: hashlib.sha256(archive.read(name)).hexdigest() for name in archive.namelist()}


def metadata(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        name = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return Parser().parsestr(archive.read(name).decode())


def test_wheel_contains_every_file_of_the_package_and_no_other(wheel: Path) -> None:
    packed = {name for name in content(wheel) if ".dist-info/" not in name}
    ours = {
        path.relative_to(PACKAGE.parent).as_posix()
        for path in PACKAGE.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert packed == ours
    needed = ["py.typed", "v1/streams_pb2.py", "v1/streams_pb2.pyi", "v1/media_pb2_grpc.py"]
    needed += ["servers/web/static/player.js", "servers/web/pages/index.html"]
    assert {f"framecast/{name}" for name in needed} <= packed


def test_wheel_names_the_command_and_the_licence(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        info = next(name for name in archive.namelist() if name.endswith(".dist-info/entry_points.txt"))
        assert b"framecast = framecast.__main__:main" in archive.read(info)
        assert info.replace("entry_points.txt", "licenses/LICENSE") in archive.namelist()
    assert metadata(wheel)["License-Expression"] == "Apache-2.0"


def test_an_index_accepts_both_and_shows_their_page(wheel: Path, sdist: Path) -> None:
    command = [sys.executable, "-m", "twine", "check", "--strict", str(wheel), str(sdist)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_S)
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("PASSED") == 2


def test_metadata_says_what_a_stranger_looks_for(wheel: Path) -> None:
    found = metadata(wheel)
    assert found["Version"] == framecast.__version__
    assert found["Requires-Python"] == ">=3.11"
    assert found["Description-Content-Type"] == "text/markdown"
    assert found["Summary"].endswith(".")
    assert "rtsp" in found["Keywords"]
    assert "Typing :: Typed" in found.get_all("Classifier", [])
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    required = [line for line in found.get_all("Requires-Dist", []) if "extra ==" not in line]
    assert len(required) == len(project["dependencies"])
    assert set(found.get_all("Provides-Extra", [])) == set(project["optional-dependencies"])


def test_sdist_contains_what_builds_tests_and_ships_it_and_nothing_of_a_workplace(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        packed = {name.partition("/")[2] for name in archive.getnames()}
    for name in ("pyproject.toml", "Makefile", "requirements.lock", "requirements-dev.lock", "Dockerfile"):
        assert name in packed
    assert {name.split("/")[0] for name in packed if "/" in name} == {
        "src", "docs", "proto", "examples", "tests", "tools", "bench", "deploy", "native"
    }  # fmt: skip
    assert "tests/test_wheel.py" in packed
    assert "proto/framecast/v1/streams.proto" in packed
    assert not [
        name for name in packed if re.search(r"__pycache__|\.cache|node_modules|/target/|\.venv|\.git/", name)
    ]


def test_wheel_that_is_built_from_the_sdist_is_the_same(wheel: Path, sdist: Path, tmp_path: Path) -> None:
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path)  # our own; older Pythons have no `filter`
    source = next(tmp_path.glob("framecast-*"))
    build(tmp_path / "dist", source, "--wheel")
    again = next((tmp_path / "dist").glob("*.whl"))
    assert content(again) == content(wheel)


@pytest.fixture(scope="module")
def venv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a fresh virtual environment with the locked dependencies."""
    folder = tmp_path_factory.mktemp("venv")
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True, timeout=INSTALL_S)
    # Python compiles what is imported; to compile all of it takes longer than to unpack it.
    done = pip(folder, "install", "--no-compile", "-r", str(ROOT / "requirements.lock"))
    if done.returncode and not is_ci():
        pytest.skip(f"the locked dependencies cannot be installed here: {done.stderr.strip()[-300:]}")
    assert done.returncode == 0, done.stderr
    return folder


def pip(venv: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [
        str(venv / "bin" / "python"),
        "-m",
        "pip",
        "--disable-pip-version-check",
        "--quiet",
        *arguments,
    ]
    return subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_S)


@pytest.fixture(scope="module", params=["wheel", "sdist"])
def installed(request: pytest.FixtureRequest, venv: Path, dist: Path) -> Path:
    """Give the `bin` of a virtual environment with one of them in it, and nothing but what it asks for."""
    pip(venv, "uninstall", "--yes", "framecast")
    path = next(dist.glob("framecast-*.whl" if request.param == "wheel" else "framecast-*.tar.gz"))
    # What builds the sdist is in the lock.
    done = pip(venv, "install", "--no-compile", "--no-index", "--no-build-isolation", str(path))
    assert done.returncode == 0, done.stderr
    done = pip(venv, "check")
    assert done.returncode == 0, done.stdout
    return venv / "bin"


def clean() -> dict[str, str]:
    """The environment without what leads to the repository."""
    return {key: value for key, value in os.environ.items() if not key.startswith(("FRAMECAST_", "PYTHON"))}


@contextmanager
def serving(bin_folder: Path, folder: Path) -> Iterator[dict[str, str]]:
    """Run `framecast serve` in an empty folder and give the addresses of its servers."""
    places = {"FRAMECAST_RUNTIME_DIR": str(folder / "run"), "XDG_DATA_HOME": str(folder / "data")}
    ports = {"FRAMECAST_GRPC__PORT": "0", "FRAMECAST_ZMQ__PORT": "0"}
    node = subprocess.Popen(
        [str(bin_folder / "framecast"), "serve", "--port", "0", "demo=pattern:?size=320x180"],
        env=clean() | places | ports,
        cwd=folder,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert node.stderr
    try:
        line = next(line for line in node.stderr if "http://" in line)
        yield dict(re.findall(r"(web|grpc|zmq)=(\S+)", line))
    finally:
        node.send_signal(signal.SIGTERM)
        node.communicate(timeout=60)
    assert node.returncode == 0


@pytest.mark.timeout(2 * INSTALL_S)
def test_plain_install_shows_a_picture_and_its_pages(installed: Path, tmp_path: Path) -> None:
    with serving(installed, tmp_path) as servers:
        url = servers["web"]
        with urllib.request.urlopen(f"{url}api/frame.jpeg?src=demo", timeout=60) as answer:
            assert answer.headers["Content-Type"] == "image/jpeg"
            assert answer.read(2) == b"\xff\xd8"
        with urllib.request.urlopen(url, timeout=60) as page:
            assert b"<html" in page.read().lower()
        with urllib.request.urlopen(f"{url}api/streams", timeout=60) as answer:
            assert json.load(answer)
    doctor = subprocess.run(
        [str(installed / "framecast"), "doctor"], env=clean(), capture_output=True, timeout=60
    )
    assert doctor.returncode == 0


@pytest.mark.timeout(2 * INSTALL_S)
def test_plain_install_serves_grpc_and_zeromq(installed: Path, tmp_path: Path) -> None:
    with serving(installed, tmp_path) as servers:
        assert set(servers) == {"web", *ASK}
        for name, (code, told) in ASK.items():
            done = subprocess.run(
                [str(installed / "python"), "-c", code.format(url=servers[name])],
                env=clean(),
                cwd=tmp_path,
                capture_output=True,
                text=True,
                timeout=60,
            )
            assert done.returncode == 0, done.stderr
            assert re.fullmatch(told, done.stdout.strip()), done.stdout


@pytest.mark.timeout(2 * INSTALL_S)
def test_plain_install_has_the_command(installed: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [str(installed / "framecast"), "--version"], env=clean(), cwd=tmp_path, capture_output=True, text=True
    )
    assert done.stdout.startswith(f"framecast {framecast.__version__}, Python 3.")
