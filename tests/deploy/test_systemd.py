"""The systemd unit: checked by systemd itself, and what it forbids is forbidden to a real node."""

import configparser
import re
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from framecast.node.settings import Settings
from tests.cli.running import ALL, COMMAND, Node
from tests.support import needs
from tests.support.program import LIMIT_S

FOLDER = Path(__file__).parents[2] / "deploy" / "systemd"
UNIT = (FOLDER / "framecast.service").read_text()
# Of 10; systemd calls everything below 2 "OK" and most services of a distribution 9.
EXPOSURE = 2.0

# As MemoryDenyWriteExecute=: from here on no memory becomes executable that was not (linux/prctl.h).
NO_NEW_CODE = """
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
if libc.prctl(65, 1, 0, 0, 0):
    sys.exit(77)
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""


def placed(tmp_path: Path, *drop_ins: str, unit: str = UNIT) -> Path:
    """Return the unit where systemd finds it with its drop-ins; the only change is where the program is."""
    assert "ExecStart=/opt/framecast/bin/framecast " in unit
    path = tmp_path / "framecast.service"
    path.write_text(unit.replace("/opt/framecast/bin/framecast", sys.executable))
    (tmp_path / "framecast.service.d").mkdir()
    for name in drop_ins:
        shutil.copy(FOLDER / name, tmp_path / "framecast.service.d")
    return path


def verify(path: Path) -> str:
    """Return what systemd has to say against a unit."""
    command = [needs.systemd_analyze(), "verify", "--man=no", "--generators=no", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S)
    about = [line for line in done.stderr.splitlines() if "framecast" in line]
    return "\n".join(about)


@pytest.mark.parametrize(
    "drop_ins", [(), ("credentials.conf",), ("devices.conf",), ("credentials.conf", "devices.conf")]
)
def test_systemd_accepts_the_unit_with_and_without_its_drop_ins(
    tmp_path: Path, drop_ins: tuple[str, ...]
) -> None:
    assert not verify(placed(tmp_path, *drop_ins))


def test_systemd_names_what_is_wrong(tmp_path: Path) -> None:
    wrong = UNIT.replace("ProtectSystem=strict", "ProtectSytem=strict").replace(
        "Type=notify", "Type=notifies"
    )
    found = verify(placed(tmp_path, unit=wrong))
    assert "ProtectSytem" in found
    assert "notifies" in found


def exposure(path: Path) -> float:
    """Return how exposed systemd finds the service, 0 to 10."""
    command = [needs.systemd_analyze(), "security", "--offline=true", "--no-pager", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S)
    found = re.search(r"exposure level for \S+: ([0-9.]+)", done.stdout)
    assert found, done.stderr
    return float(found[1])


def test_service_is_confined(tmp_path: Path) -> None:
    assert exposure(placed(tmp_path)) < EXPOSURE
    bare = tmp_path / "bare"
    bare.mkdir()
    assert exposure(placed(bare, unit=UNIT.partition("# What it may not do")[0])) > 2 * EXPOSURE


def test_folders_of_the_service_are_those_that_the_node_uses() -> None:
    parser = configparser.RawConfigParser(strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(UNIT)
    service = parser["Service"]
    variables = dict(re.findall(r"^Environment=(FRAMECAST_\w+)=(\S+)", UNIT, re.MULTILINE))
    assert variables["FRAMECAST_RUNTIME_DIR"] == f"/run/{service['RuntimeDirectory']}"
    assert variables["FRAMECAST_DATA_DIR"] == f"/var/lib/{service['StateDirectory']}"
    assert service["WorkingDirectory"] == f"/etc/{service['ConfigurationDirectory']}"
    assert {name.removeprefix("FRAMECAST_").lower() for name in variables} - {"runtime_dir"} <= set(
        Settings.__dataclass_fields__
    )
    assert f"u {service['User']} " in (FOLDER / "framecast.sysusers.conf").read_text()
    assert float(service["TimeoutStopSec"]) > 10
    assert (service["Type"], service["Restart"]) == ("notify", "on-failure")


@pytest.fixture
def no_new_code(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have `Node` start under the kernel's own form of MemoryDenyWriteExecute."""
    launcher = (sys.executable, "-c", NO_NEW_CODE, *COMMAND[1:])
    if subprocess.run([*launcher, "version"], capture_output=True, timeout=LIMIT_S).returncode == 77:
        pytest.skip("this kernel has no PR_SET_MDWE (6.3)")
    monkeypatch.setattr("tests.cli.running.COMMAND", launcher)


@pytest.mark.usefixtures("no_new_code")
def test_node_decodes_converts_and_encodes_where_no_memory_becomes_executable(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", NO_NEW_CODE, "-c", "import mmap; mmap.mmap(-1, 4096, prot=7)"],
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
    )
    assert "PermissionError" in done.stderr, "the rule holds"
    with Node(tmp_path, "demo=pattern:?size=640x360", servers=ALL) as node:
        address = f"{node.url}api/frame.jpeg?src=demo&w=320"
        with urllib.request.urlopen(address, timeout=LIMIT_S) as answer:
            assert answer.read(2) == b"\xff\xd8"
        assert node.command("record", "demo", "seen.mp4", "--seconds", "1").returncode == 0, (
            "H.264 was encoded"
        )
        assert node.end() == 0
