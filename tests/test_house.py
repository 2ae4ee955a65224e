"""The rules of this repository that no linter knows."""

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "framecast"

# Library -> the only places of the package that may import it ("" would be everywhere).
OWNERS = {
    "av": ("framecast.media",),
    "cv2": ("framecast.media",),
    "simplejpeg": ("framecast.media",),
    "fastapi": ("framecast.servers.web",),
    "starlette": ("framecast.servers.web",),
    "uvicorn": ("framecast.servers.web",),
    "grpc": ("framecast.v1", "framecast.servers.rpc", "framecast.peer"),
    "grpc_health": ("framecast.servers.rpc",),
    "grpc_reflection": ("framecast.servers.rpc",),
    "google": ("framecast.v1", "framecast.servers.rpc", "framecast.peer"),
    "zmq": ("framecast.servers.zmq", "framecast.sources.zmq"),
    "pygame": ("framecast.desktop",),
    "typer": ("framecast.cli",),
    "rich": ("framecast.cli",),
    "asyncio": ("framecast.bus.aio", "framecast.client.aio", "framecast.node", "framecast.servers"),
}
# How package registries and somebody's disk are known; [x] keeps this file from finding itself.
REGISTRY = re.compile(
    r"pypi[.]org|pythonhosted[.]org|--(extra-)?index-url[ =]|--find[-]links[ =]|file:[/]{3}(?!etc/passwd)"
)
MOST_LINES = 350
BINARY = {".png", ".jpg", ".ico", ".mp4", ".woff2"}


def modules() -> Iterator[tuple[str, Path, ast.Module]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        if path.stem.endswith(("_pb2", "_pb2_grpc")):  # generated
            continue
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        yield name, path, ast.parse(path.read_text())


def imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def is_inside(module: str, places: tuple[str, ...]) -> bool:
    return any(module == place or module.startswith(place + ".") for place in places)


def committed_files() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git checkout")
    paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    return [path for path in paths if path.is_file() and path.suffix not in BINARY]


def test_each_library_stays_behind_its_folder() -> None:
    wrong = [
        f"{name} imports {library}, which belongs to {' or '.join(OWNERS[library])}"
        for name, _, tree in modules()
        for library in imported(tree)
        if library in OWNERS and not is_inside(name, OWNERS[library])
    ]
    assert not wrong


def test_modules_are_small() -> None:
    """Who looks for where something happens finds it by the name of a file, not by searching in a long one."""
    longest = {name: path.read_text().count("\n") for name, path, _ in modules()}
    assert {name: lines for name, lines in longest.items() if lines > MOST_LINES} == {}


def test_rule_on_libraries_sees_an_import_inside_a_function() -> None:
    tree = ast.parse("def f():\n    from cv2.dnn import readNet\n")
    assert list(imported(tree)) == ["cv2"]
    assert not is_inside("framecast.mediation", OWNERS["cv2"])


def test_every_module_has_a_docstring() -> None:
    assert not [name for name, _, tree in modules() if not ast.get_docstring(tree)]


def test_package_never_unpickles_loads_unsafe_yaml_or_asks_a_shell() -> None:
    wrong = []
    for name, path, tree in modules():
        if {"pickle", "marshal", "shelve", "dill", "cloudpickle"} & set(imported(tree)):
            wrong.append(f"{name} imports a module that runs code from data")
        if re.search(
            r"\byaml\.(unsafe_|full_)?load\(|shell\s*=\s*True|os\.system\(|allow_pickle\s*=\s*True",
            path.read_text(),
        ):
            wrong.append(f"{name} loads YAML unsafely or asks a shell")
    assert not wrong


def test_no_committed_file_names_a_package_registry_or_a_place_on_somebodys_disk() -> None:
    forbidden = (REGISTRY, re.compile(r"/(home|root|Users)/[a-z]"))
    wrong = [
        f"{path.relative_to(ROOT)}: {found.group()}"
        for path in committed_files()
        for pattern in forbidden
        for found in [pattern.search(path.read_text(errors="replace"))]
        if found
    ]
    assert not wrong


def test_rule_on_registries_knows_one() -> None:
    assert REGISTRY.search("https://files.python" + "hosted.org/packages/x.whl")


def test_locks_pin_every_dependency_with_hashes() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lock = (ROOT / "requirements.lock").read_text()
    for dependency in project["dependencies"]:
        name = re.split(r"[\[<>=;]", dependency)[0]
        pin = re.compile(
            rf"^{re.escape(name)}(\[[a-z,]+\])?==\S+( ;[^\\]+)? \\\n +--hash=sha256:",
            re.MULTILINE | re.IGNORECASE,
        )
        assert pin.search(lock), f"requirements.lock does not pin {name}: make lock"


def test_both_locks_agree() -> None:
    pins = [
        dict(re.findall(r"^([\w.-]+)(?:\[[^]]*\])?==([^\s;]+)", (ROOT / name).read_text(), re.MULTILINE))
        for name in ("requirements.lock", "requirements-dev.lock")
    ]
    assert pins[0].items() <= pins[1].items()


def test_readme_names_only_make_targets_that_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    documents = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    named = {
        name
        for path in documents
        for name in re.findall(r"`make ([a-z]+)|^make ([a-z]+)", path.read_text(), re.MULTILINE)
        for name in name
        if name
    }
    assert {"serve", "test"} <= named <= targets


def test_documents_link_only_to_files_that_exist() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}: {target}"
        for path in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text())
        if not (path.parent / target).exists()
    ]
    assert not wrong
