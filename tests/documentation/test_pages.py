"""Every block of README.md and docs/ runs in the order in which a reader meets it, each page in a fresh folder with its own node."""

from __future__ import annotations

import re
import shlex
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest
import yaml

from framecast.node.config import Config
from framecast.node.config import load as load_config
from tests.documentation.machine import Machine
from tests.documentation.page import ROOT, Block, blocks, pages
from tests.support import needs

# What does not run here, and why. Commands that match are read by a shell, which runs nothing.
NOT_RUN = {
    r"pip install|python3 -m venv": "needs a package index; tests/test_wheel.py installs the wheel",
    r"git clone|make setup": "tests/documentation/test_newcomers.py begins with a clone",
    r"make (test|soak)": "would run this test",
    r"docker |mkdir -p secrets ": "needs a container engine; tests/deploy/test_image.py reads its files",
    r"kubectl |python -m framecast\.servers\.zmq\.keys zmq-server": (
        "needs a cluster; tests/deploy/test_kubernetes.py renders the manifests and makes the secrets"
    ),
    r"sudo |openssl rand .*sudo|echo .*sudo|systemctl |journalctl ": (
        "needs root and systemd; tests/deploy/test_systemd.py checks the unit"
    ),
    r"grpcurl ": "needs grpcurl; tests/servers/rpc asks the same by reflection",
    r"git pull": "the test's checkout stays as it is",
    r"FRAMECAST_ACCESS_TOKEN=.*--host 0\.0\.0\.0": "would listen on every network of the test machine",
    r"vlc ": "needs a player with a window; the next command of the page reads the same link",
    r"framecast view": "needs a desktop; tests/desktop shows the windows",
    r".*--onnx": "needs a model; tests/examples/test_chain.py makes a small one",
    r"framecast serve .*(rtsp|grpc|zmq|imagezmq)://": "needs a camera or a second machine",
    r"python examples/": "tests/examples runs the examples",
}
NOT_RUN_PYTHON = {
    r"subscriber\.curve|publisher = zmq": "continues another program; tests/servers/zmq runs both",
    r"^subscriber\.subscribe": "an excerpt of examples/numbers, which tests/examples runs",
    r"ssl_channel_credentials": "needs a certificate; tests/servers/rpc connects with TLS",
}
# Configurations of other products.
FOREIGN = {
    "apiVersion",
    "providers",
    "scrape_configs",
    "rule_files",
    "type",
    "camera",
    "go2rtc",
    "image",
    "services",
}


@pytest.mark.parametrize("path", pages(), ids=lambda path: path.stem)
def test_page_runs_in_order(path: Path, tmp_path: Path) -> None:
    text = path.read_text()
    with Machine(tmp_path, grpc="50051" in text, zmq=":5556" in text) as machine:
        for block in blocks(text):
            try:
                run(machine, block)
            except AssertionError as error:
                raise AssertionError(f"{path.relative_to(ROOT)}, line {block.line}: {error}") from error


def run(machine: Machine, block: Block) -> None:
    """Run one block, or check what cannot run."""
    match block.language:
        case "sh":
            for command in block.commands:
                if any(re.match(pattern, command) for pattern in NOT_RUN):
                    assert shlex.split(command, comments=True)
                else:
                    machine.shell(command)
        case "python":
            if any(re.search(pattern, block.text, re.MULTILINE) for pattern in NOT_RUN_PYTHON):
                compile(block.text, "page", "exec")
            else:
                machine.python(block.text)
        case "yaml":
            check_configuration(machine.folder, block.text)
        case "html":
            HTMLParser().feed(block.text)
            assert re.findall(
                r"<framecast-(?:player|video|room)[^>]*></framecast-(?:player|video|room)>|<img [^>]*>",
                block.text,
            )
        case "js":
            check_script(block.text)


def check_configuration(folder: Path, text: str) -> None:
    """Read a configuration as the node does, with files of this folder in place of those that it names."""
    given = yaml.safe_load(text)
    if given.keys() & FOREIGN or text.startswith("# go2rtc.yaml"):
        return
    file = folder / "checked.yaml"
    secret = folder / "secret"
    secret.write_text("pattern:\n")
    file.write_text(re.sub(r"(_file: *)[\w./-]+", rf"\g<1>{secret}", text))
    assert isinstance(load_config(file), Config)


def check_script(text: str) -> None:
    """Have Node.js read a script as a module."""
    done = subprocess.run(
        [needs.node(), "--check", "--input-type=module"],
        input=text,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr


def test_reasons_are_needed() -> None:
    found = [block for path in pages() for block in blocks(path.read_text())]
    commands = [command for block in found if block.language == "sh" for command in block.commands]
    programs = [block.text for block in found if block.language == "python"]
    assert [one for one in NOT_RUN if not any(re.match(one, command) for command in commands)] == []
    assert [
        one for one in NOT_RUN_PYTHON if not any(re.search(one, text, re.MULTILINE) for text in programs)
    ] == []


def test_every_block_has_a_language_that_is_checked() -> None:
    known = {"sh", "python", "yaml", "html", "js", "nginx", "json", "ts", ""}
    assert {block.language for path in pages() for block in blocks(path.read_text())} <= known


def test_a_block_that_is_wrong_fails(tmp_path: Path) -> None:
    page = "```sh\nfalse  # wrong\n```\n```python\nraise SystemExit(3)\n```\n```yaml\nportt: 3\n```\n```js\nconst = 1;\n```\n"
    with Machine(tmp_path) as machine:
        for block in blocks(page):
            with pytest.raises(Exception):  # noqa: B017  each kind of block has its own
                run(machine, block)
