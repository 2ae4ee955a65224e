"""Limits of control groups: version 1, 2 and both, by folders as the kernel shows them."""

from pathlib import Path

import pytest

from framecast import cgroup
from framecast.bus.memory import free_bytes

GiB = 1 << 30
UNLIMITED_V1 = "9223372036854771712"


def system(tmp_path: Path, groups: str, **files: str) -> tuple[Path, Path]:
    """Make a /sys/fs/cgroup and a /proc; `__` in a name is a folder, `_dot_` a dot."""
    root, proc = tmp_path / "cgroup", tmp_path / "proc"
    (proc / "self").mkdir(parents=True)
    root.mkdir()
    (proc / "self" / "cgroup").write_text(groups)
    (proc / "meminfo").write_text("MemTotal: 99999999 kB\nMemAvailable: 67108864 kB\n")
    for name, text in files.items():
        path = root / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root, proc


def v2(place: str, limit: object, used: object, inactive: int = 0) -> dict[str, str]:
    prefix = f"{place}__" if place else ""
    return {
        f"{prefix}memory_dot_max": f"{limit}\n",
        f"{prefix}memory_dot_current": f"{used}\n",
        f"{prefix}memory_dot_stat": f"anon 7\ninactive_file {inactive}\nfile 9\n",
    }


def v1(place: str, limit: object, used: object, inactive: int = 0) -> dict[str, str]:
    prefix = f"memory__{place}__" if place else "memory__"
    return {
        f"{prefix}memory_dot_limit_in_bytes": f"{limit}\n",
        f"{prefix}memory_dot_usage_in_bytes": f"{used}\n",
        f"{prefix}memory_dot_stat": f"inactive_file 3\ntotal_inactive_file {inactive}\n",
    }


V1_GROUPS = "5:cpu,cpuacct:/docker/abc\n4:memory:/docker/abc\n1:name=systemd:/docker/abc\n"


@pytest.mark.parametrize(
    ("groups", "files", "left"),
    [
        ("0::/\n", v2("", 4 * GiB, GiB), 3 * GiB),
        ("0::/\n", v2("", 4 * GiB, 2 * GiB, GiB), 3 * GiB),
        ("0::/a/b\n", v2("a__b", "max", GiB) | v2("a", 2 * GiB, GiB), GiB),
        ("0::/a/b\n", v2("a__b", 3 * GiB, GiB) | v2("a", 8 * GiB, 7 * GiB), GiB),
        ("0::/host/path\n", v2("", 2 * GiB, GiB), GiB),
        ("0::/../../other\n", v2("", 2 * GiB, GiB), GiB),
        (V1_GROUPS, v1("docker__abc", 2 * GiB, GiB), GiB),
        (V1_GROUPS, v1("", 2 * GiB, GiB, GiB // 2), 3 * GiB // 2),
        (V1_GROUPS, v1("docker__abc", UNLIMITED_V1, GiB) | v1("", 3 * GiB, GiB), 2 * GiB),
        (V1_GROUPS + "0::/docker/abc\n", v1("", 2 * GiB, GiB) | {"unified__cgroup_dot_procs": "1\n"}, GiB),
        ("4:memory:/x\n0::/x\n", v1("x", 3 * GiB, GiB) | v2("unified__x", 2 * GiB, GiB), GiB),
        ("0::/\n", v2("", GiB, 2 * GiB), 0),
        ("", v1("", 2 * GiB, GiB), GiB),
    ],
)
def test_smallest_limit_counts(tmp_path: Path, groups: str, files: dict[str, str], left: int) -> None:
    root, proc = system(tmp_path, groups, **files)
    found = cgroup.memory(root, proc)
    assert found is not None
    assert found.left == left
    assert free_bytes(proc, root) == left


@pytest.mark.parametrize(
    ("groups", "files"),
    [
        ("0::/\n", v2("", "max", GiB)),
        (V1_GROUPS, v1("", UNLIMITED_V1, GiB)),
        (V1_GROUPS, v1("docker__abc", "9223372036854710272", GiB)),  # pages of 64 KiB
        (V1_GROUPS, v1("", "-1", GiB)),
        ("0::/\n", v2("", "nonsense", "nonsense")),
        ("0::/\n", {}),
        ("nonsense\n:::\n\n", {"memory": "no folder"}),
    ],
)
def test_no_limit_is_none(tmp_path: Path, groups: str, files: dict[str, str]) -> None:
    root, proc = system(tmp_path, groups, **files)
    assert cgroup.memory(root, proc) is None
    assert free_bytes(proc, root) == 64 * GiB


@pytest.mark.parametrize(
    ("groups", "files", "processors"),
    [
        ("0::/\n", {"cpu_dot_max": "50000 100000\n"}, 0.5),
        ("0::/\n", {"cpu_dot_max": "max 100000\n"}, 0),
        ("0::/\n", {"cpu_dot_max": "200000\n"}, 2),
        ("0::/a/b\n", {"a__b__cpu_dot_max": "400000 100000\n", "a__cpu_dot_max": "300000 100000\n"}, 3),
        (
            V1_GROUPS,
            {
                "cpu,cpuacct__docker__abc__cpu_dot_cfs_quota_us": "150000\n",
                "cpu,cpuacct__docker__abc__cpu_dot_cfs_period_us": "100000\n",
            },
            1.5,
        ),
        (V1_GROUPS, {"cpu__cpu_dot_cfs_quota_us": "-1\n", "cpu__cpu_dot_cfs_period_us": "100000\n"}, 0),
        (V1_GROUPS, {"cpu__cpu_dot_cfs_quota_us": "25000\n", "cpu__cpu_dot_cfs_period_us": "50000\n"}, 0.5),
        (V1_GROUPS, {"cpu__cpu_dot_cfs_quota_us": "25000\n", "cpu__cpu_dot_cfs_period_us": "0\n"}, 0),
        ("", {}, 0),
    ],
)
def test_smallest_quota_of_processors_counts(
    tmp_path: Path, groups: str, files: dict[str, str], processors: float
) -> None:
    root, proc = system(tmp_path, groups, **files)
    assert cgroup.processors(root, proc) == processors


def test_files_of_this_machine_can_be_read() -> None:
    found = cgroup.memory()
    assert found is None or 0 <= found.left <= found.limit
    assert cgroup.processors() >= 0
