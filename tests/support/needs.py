"""Tests run against real programs; one whose program is missing says so.

On a developer's machine the test is skipped with a sentence, in CI (`CI=true`) it fails.
"""

import os
import shutil
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

SYSTEM_PYTHON = (
    "/usr/bin/python3"  # GStreamer's Python bindings are the system's, not the virtual environment's
)
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
TOOLS = str(Path(__file__).parents[1] / ".cache" / "bin")  # what tests/system_packages.sh builds
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

GST_PROBE = """
import gi
gi.require_version("GstRtspServer", "1.0")
from gi.repository import Gst, GstRtspServer
Gst.init(None)
missing = [name for name in ("rtph264pay", "x264enc", "x265enc", "avenc_aac", "qtdemux") if not Gst.ElementFactory.find(name)]
raise SystemExit(f"GStreamer lacks {missing}" if missing else 0)
"""


def root() -> None:
    """Go on if this process may become another user."""
    if os.getuid() != 0:
        pytest.skip("this test needs root, because it becomes other users of the machine")


def ffmpeg() -> str:
    """Return the path of the `ffmpeg` program."""
    return _program("ffmpeg")


def gst_launch() -> str:
    """Return the path of `gst-launch-1.0`, which makes files by GStreamer's muxers."""
    return _program("gst-launch-1.0", "gstreamer1.0-tools")


def ffprobe() -> str:
    """Return the path of the `ffprobe` program."""
    return _program("ffprobe")


def chromium() -> str:
    """Return the path of a Chromium that runs headless."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    return found or _missing("chromium", "a Chromium browser")


def firefox() -> str:
    """Return the path of a Firefox that runs headless."""
    return shutil.which("firefox-esr") or _program("firefox", "firefox-esr")


def display() -> tuple[str, str, str]:
    """Return the paths of Xvfb, a virtual display; openbox, a window manager; and xdotool, which presses keys."""
    return _program("Xvfb", "xvfb"), _program("openbox"), _program("xdotool")


def node() -> str:
    """Return the path of the `node` program, Node.js."""
    return _program("node", "nodejs")


def npm() -> str:
    """Return the path of the `npm` program, which comes with Node.js."""
    return _program("npm")


def rtsp_server() -> str:
    """Return the Python that can run GStreamer's RTSP server."""
    return SYSTEM_PYTHON if _has_gst() else _missing("gir1.2-gst-rtsp-server-1.0", "GStreamer's RTSP server")


def kustomize() -> list[str]:
    """Return the command that renders a folder of manifests."""
    alone = shutil.which("kustomize") or shutil.which("kustomize", path=TOOLS)
    if alone:
        return [alone, "build"]
    return [shutil.which("kubectl") or _missing("kubectl", "kubectl or kustomize"), "kustomize"]


def promtool() -> str:
    """Return the path of `promtool`, which checks rules of Prometheus."""
    return _program("promtool", "prometheus")


def nginx() -> str:
    """Return the path of the `nginx` program."""
    return shutil.which("nginx", path=SYSTEM_PATH) or _missing("nginx-light", "the program nginx")


def caddy() -> str:
    """Return the path of the `caddy` program."""
    return _program("caddy")


def openssl() -> str:
    """Return the path of the `openssl` program, which makes certificates."""
    return _program("openssl")


def postgres() -> Path:
    """Return the folder with the programs of PostgreSQL's server, which Debian keeps out of the path."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=_version)
    found = str(folders[-1]) if folders else shutil.which("postgres")
    return Path(found or _missing("postgresql", "PostgreSQL's server")).parent


def systemd_analyze() -> str:
    """Return the path of the program that checks systemd's units."""
    return shutil.which("systemd-analyze") or _missing("systemd", "the program systemd-analyze")


def is_ci() -> bool:
    """Return whether this is CI, where nothing may be missing."""
    return os.environ.get("CI") == "true"


def _program(name: str, package: str = "") -> str:
    return shutil.which(name) or _missing(package or name, f"the program {name}")


def _version(program: Path) -> tuple[int, str]:
    name = program.parents[1].name
    return (int(name) if name.isdecimal() else 0, name)


@cache
def _has_gst() -> bool:
    try:
        return (
            subprocess.run([SYSTEM_PYTHON, "-c", GST_PROBE], capture_output=True, timeout=60).returncode == 0
        )
    except OSError:
        return False


def _missing(package: str, what: str) -> str:
    sentence = f"this test needs {what} (package {package}): run tests/system_packages.sh"
    refuse: Callable[[str], object] = pytest.fail if is_ci() else pytest.skip
    refuse(sentence)
    raise AssertionError(sentence)
