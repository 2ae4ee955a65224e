"""The Kubernetes manifests as a cluster gets them: rendered by Kustomize, Secrets made by kubectl from the commands of the docs."""

import re
import shlex
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.support import needs

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deploy" / "kubernetes"
PAGE = ROOT / "docs" / "how-to" / "kubernetes.md"
FOLDERS = (
    "base",
    *sorted(f"overlays/{path.parent.name}" for path in FOLDER.glob("overlays/*/kustomization.yaml")),
)

Manifest = dict[str, Any]


@cache
def rendered(folder: str) -> tuple[Manifest, ...]:
    """Return every object of a base or overlay."""
    command = [*needs.kustomize(), str(FOLDER / folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "deprecated" not in done.stderr.lower(), done.stderr
    return tuple(yaml.safe_load_all(done.stdout))


def of_kind(manifests: tuple[Manifest, ...], kind: str) -> list[Manifest]:
    """Return the objects of one kind."""
    return [manifest for manifest in manifests if manifest["kind"] == kind]


def pod(manifests: tuple[Manifest, ...]) -> Manifest:
    """Return the specification of the only pod."""
    (deployment,) = of_kind(manifests, "Deployment")
    found: Manifest = deployment["spec"]["template"]["spec"]
    return found


def node_container(manifests: tuple[Manifest, ...]) -> Manifest:
    """Return the container that runs the node."""
    (found,) = [one for one in pod(manifests)["containers"] if one["name"] == "node"]
    return dict(found)


def documented_secrets() -> Iterator[tuple[str, list[str]]]:
    """Return name and keys of each Secret that the page tells to make."""
    text = PAGE.read_text().replace("\\\n", " ")
    for line in re.findall(r"^kubectl create secret generic .*$", text, re.MULTILINE):
        words = shlex.split(line)
        literals = [word for word in words if word.startswith(("--from-literal=", "--from-file="))]
        yield words[4], [literal.split("=")[1] for literal in literals]
