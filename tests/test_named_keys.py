"""Texts that name a flag, a key of the configuration or a variable of the environment name one that exists."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from framecast import native
from framecast.cli.app import app
from framecast.model.setting import rows, sections
from framecast.model.spec import StreamSpec
from framecast.node.settings import Settings

PACKAGE = Path(__file__).parents[1] / "src" / "framecast"
# Flags of other programs that texts advise or code gives: docker, pip, prlimit, bwrap; and one that every command has.
OF_OTHERS = {
    "--cpus",
    "--gpus",
    "--memory",
    "--pid",
    "--force-reinstall",
    "--no-cache-dir",
    "--nofile",
    "--help",
    *(
        "--unshare-all",
        "--die-with-parent",
        "--cap-drop",
        "--proc",
        "--dev",
        "--ro-bind",
        "--ro-bind-try",
        "--bind",
        "--chdir",
    ),
}
# Names of gRPC's own channel options and services.
OF_GRPC = re.compile(r"grpc\.(\w+_\w+|aio|health|reflection|http2)\b")
FLAG = re.compile(r"(?<![\w-])--[a-z][a-z0-9-]+")
VARIABLE = re.compile(r"FRAMECAST_[A-Z_]*[A-Z]")
KEY = re.compile(rf"(?<![\w./])(?:{'|'.join(sections(Settings))}|web)(?:\.[a-z0-9_]+)+")
UNDER = re.compile(r"'(\w+)' under '(\w+)'")
# A line for framecast.yaml: 'insecure: true'.
LINE = re.compile(r"'([a-z_]+): (?!source|Bearer)[^']*'")
# A socket of the runtime folder, and a column of a table: named as keys are.
NO_KEYS = {"grpc.sock", "rooms.id"}
# What a text asks to change, if it looks like a key.
ADVISED = re.compile(
    r"\b(?:set|raise|lower|to|into) ([a-z]+(?:_[a-z]+)+)\b(?= in framecast\.yaml|,| to\b|:|$)"
)
QUOTED = re.compile(r"'(\w+)' (?:of|in) the configuration")


def texts(source: str) -> Iterator[str]:
    """Every text of a module, docstrings and pieces of f-strings included."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def flags() -> set[str]:
    """Every flag of every command."""
    found: set[str] = set()
    waiting: list[Any] = [typer.main.get_command(app)]
    while waiting:
        command = waiting.pop()
        waiting += getattr(command, "commands", {}).values()
        found.update(
            name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)
        )
    return found


FLAGS, KEYS = flags() | OF_OTHERS, {row.key for row in rows(Settings)}
KEYS |= {key.rpartition(".")[0] for key in KEYS if key.count(".") > 1}  # sections in sections
STREAM_KEYS = {row.key for row in rows(StreamSpec)}
VARIABLES = {f"FRAMECAST_{key.upper().replace('.', '__')}" for key in KEYS} | {native.VARIABLE}


def unknown(text: str) -> set[str]:
    """What a text names and is not there."""
    keys = {key for key in KEY.findall(text) if not OF_GRPC.match(key)} - KEYS - NO_KEYS
    keys |= {f"{section}.{key}" for key, section in UNDER.findall(text)} - KEYS
    keys |= set(LINE.findall(text)) - KEYS - STREAM_KEYS
    keys |= set(ADVISED.findall(text)) - KEYS - STREAM_KEYS
    variables = {name for name in VARIABLE.findall(text) if name not in VARIABLES}
    return (set(FLAG.findall(text)) - FLAGS) | variables | keys | (set(QUOTED.findall(text)) - KEYS)


def test_every_name_in_a_text_exists() -> None:
    wrong = {
        f"{path.relative_to(PACKAGE)}: {name}"
        for path in PACKAGE.rglob("*.py")
        if not path.stem.endswith(("_pb2", "_pb2_grpc"))
        for text in texts(path.read_text())
        for name in unknown(text)
    }
    assert wrong == set()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("give --prot", "--prot"),
        ("set zmq.hosts", "zmq.hosts"),
        ("add it to web.hosts", "web.hosts"),
        ("set library.s3.buket", "library.s3.buket"),
        ("add the name to 'hosts' under 'web'", "web.hosts"),
        ("set FRAMECAST_ACCES_TOKEN", "FRAMECAST_ACCES_TOKEN"),
        ("among the 'origin' of the configuration", "origin"),
        ("or set 'insecur: true' if", "insecur"),
        ("add its folder to media_dir in framecast.yaml", "media_dir"),
        ("or raise memory_limit_mib", "memory_limit_mib"),
    ],
)
def test_rule_sees_a_wrong_name(text: str, name: str) -> None:
    assert unknown(text) == {name}


@pytest.mark.parametrize(
    "text",
    [
        "--port",
        "zmq.curve_clients_file",
        "set library.s3.bucket, or",
        "FRAMECAST_ZMQ__HOST",
        "the 'hosts' in the configuration",
        "raise memory_limit_mb, or",
        "set verify_tls: false",
        "'insecure: true'",
    ],
)
def test_rule_lets_a_right_name_pass(text: str) -> None:
    assert unknown(text) == set()
