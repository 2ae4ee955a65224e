"""The command as a whole: help, reference, completion."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer

from framecast.cli.app import COMMANDS, GROUPS, app, main
from tests.cli.running import COMMAND, Node, environment, run

REFERENCE = (Path(__file__).parents[2] / "docs" / "reference" / "cli.md").read_text()
TREE: Any = typer.main.get_command(app)


def leaves(group: Any, above: str = "") -> dict[str, Any]:
    """Every command that does something, with the words that lead to it."""
    found: dict[str, Any] = {}
    for name, command in group.commands.items():
        found |= (
            leaves(command, f"{above}{name} ") if hasattr(command, "commands") else {above + name: command}
        )
    return found


LEAVES = leaves(TREE)
NAMES = list(LEAVES)


def section(name: str) -> str:
    """What the reference says about a command."""
    return REFERENCE.partition(f"## framecast {name}\n")[2].partition("\n## ")[0]


def parameters(name: str) -> list[Any]:
    return [one for one in LEAVES[name].params if one.name != "help"]


def words(parameter: Any) -> set[str]:
    """How a parameter is written by the user."""
    options = {*parameter.opts, *parameter.secondary_opts}
    return {option for option in options if option.startswith("-")} or {parameter.metavar}


def test_every_command_is_described_and_no_other() -> None:
    assert re.findall(r"^## framecast ([\w -]+)$", REFERENCE, re.MULTILINE) == NAMES
    assert set(TREE.commands) == {command.__name__ for command in COMMANDS} | {
        one.info.name for one in GROUPS
    }


@pytest.mark.parametrize("name", NAMES)
def test_every_parameter_is_described_and_no_other(name: str) -> None:
    cells = re.findall(r"^\| (`[^|]*) \|", section(name), re.MULTILINE)
    described = {word.split()[0] for cell in cells for word in re.findall(r"`([^`]+)`", cell)}
    assert described == {word for parameter in parameters(name) for word in words(parameter)}


@pytest.mark.parametrize("name", NAMES)
def test_every_command_and_parameter_has_a_help_text(name: str) -> None:
    assert LEAVES[name].help
    assert not [parameter.name for parameter in parameters(name) if not parameter.help]


def test_help_lists_every_command(tmp_path: Path) -> None:
    done = run(tmp_path, "--help")
    assert done.returncode == 0
    assert all(name in done.stdout for name in TREE.commands)


def test_without_a_command_the_help_is_shown(tmp_path: Path) -> None:
    done = run(tmp_path)
    assert "serve" in done.stdout + done.stderr
    assert "framecast: \n" not in done.stderr


def test_unknown_command_is_one_line_with_code_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["server"]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


@pytest.mark.parametrize("words", ["version", "--version"])
def test_version_is_printed(capsys: pytest.CaptureFixture[str], words: str) -> None:
    assert main([words]) == 0
    assert capsys.readouterr().out.startswith("framecast 0.")


def complete(folder: Path, line: str) -> str:
    """What bash is offered after `line`."""
    asked = {"_FRAMECAST_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(line.count(" "))}
    done = subprocess.run(
        COMMAND, env=environment(folder) | asked, capture_output=True, text=True, timeout=60
    )
    return done.stdout


def test_shell_completes_commands_and_stream_names(node: Node) -> None:
    assert complete(node.folder, "framecast re").split() == ["remove", "restart", "record", "restore"]
    assert complete(node.folder, "framecast restart pat").split() == ["pattern"]


def test_completion_without_a_node_is_silent(tmp_path: Path) -> None:
    assert not complete(tmp_path, "framecast restart pat").strip()


def test_help_does_not_wait_for_ffmpeg_and_opencv() -> None:
    code = (
        "import sys, framecast.cli; framecast.cli.main(['--help']);"
        "sys.exit(bool({'av', 'cv2', 'fastapi', 'pydantic_settings'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=60).returncode == 0
