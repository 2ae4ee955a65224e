"""The Dockerfile and compose.yaml, without an engine: linted by hadolint, checked against what they name."""

import re
import shlex
import subprocess
import sys
import tomllib
from functools import cache
from importlib.metadata import requires
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement

import framecast
from framecast.cli.app import COMMANDS
from framecast.node.settings import GRPC_PORT, WEB_PORT, ZMQ_PORT

ROOT = Path(__file__).parents[2]
DOCKERFILE = ROOT / "Dockerfile"
NAMES = [command.__name__ for command in COMMANDS]
USER = "10001:10001"


def hadolint(path: Path) -> str:
    """Return what the linter finds, nothing of it forgiven."""
    program = Path(sys.executable).with_name("hadolint")
    done = subprocess.run(
        [program, "--no-color", "--failure-threshold", "style", path],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == bool(done.stdout), done.stderr
    return done.stdout


@cache
def stages() -> list[list[tuple[str, str]]]:
    """The instructions of each stage, those before the first FROM as one of their own."""
    text = re.sub(r"^\s*#.*\n", "", DOCKERFILE.read_text(), flags=re.MULTILINE).replace("\\\n", " ")
    found: list[list[tuple[str, str]]] = [[]]
    for line in filter(None, map(str.strip, text.splitlines())):
        word, _, rest = line.partition(" ")
        if word == "FROM":
            found.append([])
        found[-1].append((word, rest.strip()))
    return found


def last(instruction: str) -> list[str]:
    """The arguments of one kind of instruction in the stage that runs."""
    return [rest for word, rest in stages()[-1] if word == instruction]


def exec_form(text: str) -> list[str]:
    """The words of an instruction in exec form; a shell would not pass signals on."""
    found = yaml.safe_load(text)
    assert isinstance(found, list), f"{text} is run by a shell"
    return [str(word) for word in found]


def test_linter_finds_nothing() -> None:
    assert not hadolint(DOCKERFILE)


def test_linter_sees_what_is_wrong(tmp_path: Path) -> None:
    wrong = tmp_path / "Dockerfile"
    wrong.write_text("FROM python\nRUN cd /tmp && sudo pip install framecast\nCMD framecast serve\n")
    found = hadolint(wrong)
    assert {"DL3006", "DL3004", "DL3003", "DL3025"} <= set(re.findall(r"DL\d+", found))


def test_base_is_pinned_and_one_for_both_stages() -> None:
    ((word, base),) = stages()[0]
    assert word == "ARG"
    assert re.fullmatch(
        r"PYTHON_IMAGE=docker\.io/library/python:3\.\d+\.\d+-slim-[a-z]+(@sha256:[0-9a-f]{64})?", base
    )
    froms = [rest for stage in stages()[1:] for word, rest in stage if word == "FROM"]
    assert froms == ["${PYTHON_IMAGE} AS build", "${PYTHON_IMAGE}"]
    minor = re.search(r"python:(3\.\d+)", base)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert minor
    assert f"Programming Language :: Python :: {minor[1]}" in project["classifiers"]


def test_nothing_is_installed_without_its_hash_or_compiled() -> None:
    installs = re.findall(r"pip \S+ \S+ install ([^;]*)", " ; ".join(rest for _, rest in stages()[1]))
    assert installs[0].split() == ["--require-hashes", "--only-binary", ":all:", "-r", "requirements.lock"]
    assert installs[1].split() == ["--no-deps", "--no-index", "dist/framecast-*.whl"]
    assert len(installs) == 2
    assert "apt" not in DOCKERFILE.read_text().replace("capt", "")


def test_stage_that_runs_builds_and_installs_nothing() -> None:
    assert not re.search(r"\b(pip|apt|apt-get|curl|wget|gcc)\b", " ".join(last("RUN")))
    assert last("COPY") == ["--from=build /opt/framecast /opt/framecast"]


def closure(names: list[str]) -> set[str]:
    """What is installed for these, in the image's Python."""
    seen: set[str] = set()
    todo = list(names)
    while todo:
        name = todo.pop().lower().replace("_", "-")
        if name in seen:
            continue
        seen.add(name)
        needed = [Requirement(text) for text in requires(name) or ()]
        here = {"extra": "", "python_version": "3.13", "python_full_version": "3.13.0"}
        todo += [one.name for one in needed if one.marker is None or one.marker.evaluate(here)]
    return seen


def test_what_only_built_the_wheel_is_removed() -> None:
    document = tomllib.loads((ROOT / "pyproject.toml").read_text())
    built = closure([Requirement(text).name for text in document["dependency-groups"]["build"]])
    kept = closure([Requirement(text).name for text in document["project"]["dependencies"]])
    (removed,) = re.findall(r"uninstall --yes\s+([^;]*)", " ".join(rest for _, rest in stages()[1]))
    assert set(removed.split()) == built - kept
    assert "hatchling" in removed


def test_it_runs_as_a_number_that_is_nobody_else() -> None:
    assert last("USER") == [USER]
    instructions = [word for word, _ in stages()[-1]]
    assert instructions.index("USER") > max(
        i for i, word in enumerate(instructions) if word in ("RUN", "COPY")
    )


def test_command_and_health_check_are_commands_of_the_program_and_get_the_signals() -> None:
    (entrypoint,), (command,), (check,) = last("ENTRYPOINT"), last("CMD"), last("HEALTHCHECK")
    assert exec_form(entrypoint) == ["framecast"]
    assert exec_form(command)[0] in NAMES
    program, name = exec_form(check.partition("CMD ")[2])
    assert (program, name in NAMES) == ("framecast", True)
    assert last("STOPSIGNAL") == ["SIGTERM"]


def test_ports_are_those_that_the_servers_take_without_being_told() -> None:
    assert last("EXPOSE") == [f"{WEB_PORT} {GRPC_PORT} {ZMQ_PORT}"]


def test_every_writable_place_is_a_volume_so_that_the_rest_may_be_read_only() -> None:
    (volumes,) = map(exec_form, last("VOLUME"))
    variables = dict(re.findall(r"(\w+)=(\S+)", " ".join(last("ENV"))))
    for key in ("FRAMECAST_DATA_DIR", "FRAMECAST_RUNTIME_DIR", "HOME"):
        assert any(Path(variables[key]).is_relative_to(volume) for volume in volumes)
    assert variables["PYTHONDONTWRITEBYTECODE"] == "1"


def test_image_has_no_secret_and_no_token() -> None:
    for word, rest in (one for stage in stages() for one in stage):
        if word in ("ARG", "ENV", "LABEL"):
            assert not re.search(r"(?i)token|password|secret|key", rest)


def test_labels_name_version_and_licence() -> None:
    (labels,) = last("LABEL")
    found = dict(word.split("=", 1) for word in shlex.split(labels))
    assert found["org.opencontainers.image.licenses"] == "Apache-2.0"
    assert "VERSION=" + framecast.__version__ in last("ARG")


def test_only_what_is_copied_leaves_the_machine() -> None:
    rules = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and line[0] != "#"]
    assert rules[0] == "*", "everything is left out that is not named"
    sent = {rule[1:] for rule in rules if rule.startswith("!")}
    copied = {
        name
        for word, rest in stages()[1]
        if word == "COPY"
        for name in rest.split()[:-1]
        if not name.startswith("--")
    }
    assert copied == sent
    assert all((ROOT / name).exists() for name in sent)


# --- compose


@cache
def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
    return found


@pytest.mark.parametrize("name", ["node", "reader"])
def test_services_have_no_rights_and_bounded_memory(name: str) -> None:
    service = compose()["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "mem_limit" in service
    assert not {"privileged", "cap_add", "pid", "devices"} & set(service)


def test_compose_names_only_what_it_defines() -> None:
    document = compose()
    wanted: dict[str, set[str]] = {"volumes": set(), "secrets": set(), "configs": set(), "services": set()}
    for service in document["services"].values():
        wanted["volumes"] |= {volume.partition(":")[0] for volume in service.get("volumes", ())}
        wanted["secrets"] |= set(service.get("secrets", ()))
        wanted["configs"] |= {config["source"] for config in service.get("configs", ())}
        wanted["services"] |= set(service.get("depends_on", ()))
    assert {kind: set(document[kind]) for kind in ("volumes", "secrets", "configs")} == {
        kind: wanted[kind] for kind in ("volumes", "secrets", "configs")
    }
    assert wanted["services"] <= set(document["services"])
    assert all((ROOT / config["file"]).is_file() for config in document["configs"].values())


def test_compose_opens_the_page_to_this_machine_only_and_asks_for_a_token() -> None:
    node = compose()["services"]["node"]
    assert node["ports"] == [f"127.0.0.1:{WEB_PORT}:{WEB_PORT}"]
    assert node["environment"]["FRAMECAST_ACCESS_TOKEN_FILE"] == "/run/secrets/access-token"
    assert "FRAMECAST_ACCESS_TOKEN" not in node["environment"]


def test_reader_shares_the_folder_and_the_user_of_the_node() -> None:
    node, reader = compose()["services"]["node"], compose()["services"]["reader"]
    assert "runtime:/run/framecast" in node["volumes"]
    assert reader["volumes"] == ["runtime:/run/framecast"]
    assert (node.get("user", USER), reader["user"]) == (USER, USER)
    assert reader["image"] == node["image"] == f"framecast:{framecast.__version__}"
    assert node["healthcheck"]["test"] == ["CMD", "framecast", "health"]
    assert reader["depends_on"]["node"]["condition"] == "service_healthy"


def test_secrets_of_a_person_are_never_committed() -> None:
    for name in (compose()["secrets"]["access-token"]["file"], "secrets/anything"):
        assert subprocess.run(["git", "check-ignore", "-q", name], cwd=ROOT).returncode == 0
