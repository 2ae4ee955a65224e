"""The manifests: accepted by the API's own schemas, true to themselves, true to the program."""

import copy
import ipaddress
import os
import re
import shlex
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from starlette.routing import Route

import framecast
from framecast.cli.app import COMMANDS
from framecast.node import load_config
from framecast.node.settings import GRPC_PORT, WEB_PORT, ZMQ_PORT, Settings
from framecast.servers.access.principal import Requirement
from framecast.servers.web import health_routes, route_table
from framecast.servers.zmq import keys as curve
from tests.cli.running import Node, environment
from tests.deploy.manifests import (
    FOLDER,
    FOLDERS,
    PAGE,
    ROOT,
    Manifest,
    documented_secrets,
    node_container,
    of_kind,
    pod,
    rendered,
)
from tests.support import needs

# The oldest that the schemas know, the one of the fields' youngest (appProtocol kubernetes.io/h2c), and the newest.
VERSIONS = ("1.25", "1.30", kubernetes_validate.latest_version())


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("folder", FOLDERS)
def test_every_object_is_accepted_by_the_schema_of_the_api(folder: str, version: str) -> None:
    for manifest in rendered(folder):
        kubernetes_validate.validate(manifest, version, strict=True)


def broken(change: str) -> Manifest:
    manifest = copy.deepcopy(of_kind(rendered("base"), "Deployment")[0])
    container: dict[str, Any] = manifest["spec"]["template"]["spec"]["containers"][0]
    changes: dict[str, dict[str, Any]] = {
        "unknown": {"readynessProbe": {}},
        "type": {"ports": [{"containerPort": "8080"}]},
        "missing": {"ports": [{"name": "web"}]},
    }
    container.update(changes[change])
    return manifest


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("change", ["unknown", "type", "missing"])
def test_schema_refuses_what_is_wrong(change: str, version: str) -> None:
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(broken(change), version, strict=True)


# --- true to themselves


def loose_ends(manifests: tuple[Manifest, ...]) -> list[str]:
    """Name everything that is referred to and does not exist, or exists and is not used."""
    spec = pod(manifests)
    there = {f"{manifest['kind']} {manifest['metadata']['name']}" for manifest in manifests}
    there |= {f"Secret {name}" for name, _ in documented_secrets()}
    wanted = set()
    for volume in spec["volumes"]:
        if "configMap" in volume:
            wanted.add(f"ConfigMap {volume['configMap']['name']}")
        if "secret" in volume:
            wanted.add(f"Secret {volume['secret']['secretName']}")
        if "persistentVolumeClaim" in volume:
            wanted.add(f"PersistentVolumeClaim {volume['persistentVolumeClaim']['claimName']}")
    kinds = ("ConfigMap", "Secret", "PersistentVolumeClaim")
    wrong = [f"missing: {name}" for name in wanted - there]
    wrong += [f"unused: {name}" for name in there - wanted if name.startswith(kinds)]
    volumes = {f"volume {volume['name']}" for volume in spec["volumes"]}
    mounted = {f"volume {mount['name']}" for one in spec["containers"] for mount in one["volumeMounts"]}
    wrong += sorted(mounted ^ volumes)
    ports = {port["name"] for one in spec["containers"] for port in one.get("ports", ())}
    named = {
        port["targetPort"] for service in of_kind(manifests, "Service") for port in service["spec"]["ports"]
    }
    for one in spec["containers"]:
        named |= {one[key]["httpGet"]["port"] for key in one if key.endswith("Probe")}
    for policy in of_kind(manifests, "NetworkPolicy"):
        named |= {port["port"] for rule in policy["spec"]["ingress"] for port in rule["ports"]}
    return wrong + sorted(f"port {name}" for name in named ^ ports)


@pytest.mark.parametrize("folder", FOLDERS)
def test_everything_that_is_referred_to_exists(folder: str) -> None:
    assert not loose_ends(rendered(folder))


def test_rule_on_references_sees_each_kind_of_loose_end() -> None:
    manifests = copy.deepcopy(rendered("base"))
    spec = pod(manifests)
    spec["volumes"][0]["configMap"]["name"] = "framecast-confg"
    spec["containers"][0]["volumeMounts"].pop()
    of_kind(manifests, "Service")[0]["spec"]["ports"][0]["targetPort"] = "wbe"
    assert loose_ends(manifests) == [
        "missing: ConfigMap framecast-confg",
        "unused: ConfigMap framecast-config",
        "volume tmp",
        "port wbe",
    ]


@pytest.mark.parametrize("folder", FOLDERS)
def test_selectors_choose_the_pod_and_nothing_else(folder: str) -> None:
    manifests = rendered(folder)
    (deployment,) = of_kind(manifests, "Deployment")
    labels = deployment["spec"]["template"]["metadata"]["labels"].items()
    selectors = [deployment["spec"]["selector"]["matchLabels"]]
    selectors += [service["spec"]["selector"] for service in of_kind(manifests, "Service")]
    selectors += [one["spec"]["podSelector"]["matchLabels"] for one in of_kind(manifests, "NetworkPolicy")]
    assert len(selectors) == 3
    assert all(selector and selector.items() <= labels for selector in selectors)


@pytest.mark.parametrize("folder", FOLDERS)
def test_pod_is_what_the_restricted_security_standard_asks_for(folder: str) -> None:
    """https://kubernetes.io/docs/concepts/security/pod-security-standards/, and a file system that nobody writes to."""
    spec = pod(rendered(folder))
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["runAsUser"] >= 10000
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert not {"hostPID", "hostIPC"} & set(spec)
    assert spec.get("hostNetwork", False) is (folder == "overlays/host-network")
    assert spec["automountServiceAccountToken"] is False
    allowed = {"configMap", "emptyDir", "persistentVolumeClaim", "secret"}
    assert all(set(volume) - {"name"} <= allowed for volume in spec["volumes"])
    for container in spec["containers"]:
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert {"cpu", "memory"} <= set(container["resources"]["limits"])
        assert {"cpu", "memory"} <= set(container["resources"]["requests"])


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_manifest_has_a_secret_in_it(folder: str) -> None:
    manifests = rendered(folder)
    assert not of_kind(manifests, "Secret")
    text = yaml.safe_dump_all(manifests)
    assert not re.search(r"://[^/\s]*:[^/\s]*@", text)
    assert "FRAMECAST_ACCESS_TOKEN" not in text


# --- true to the program


@pytest.mark.parametrize("folder", FOLDERS)
def test_probes_ask_for_routes_that_are_free_for_everybody(folder: str) -> None:
    container = node_container(rendered(folder))
    asked = {key: container[key]["httpGet"]["path"] for key in container if key.endswith("Probe")}
    assert asked == {"startupProbe": "/healthz", "readinessProbe": "/readyz", "livenessProbe": "/healthz"}
    assert set(asked.values()) <= {
        route.path for route in health_routes.router.routes if isinstance(route, Route)
    }
    assert {route_table.row_of("GET", path).requirement for path in asked.values()} == {Requirement.OPEN}


@pytest.mark.parametrize("folder", FOLDERS)
def test_ports_are_those_that_the_servers_take_without_being_told(folder: str) -> None:
    ports = {port["name"]: port["containerPort"] for port in node_container(rendered(folder))["ports"]}
    assert ports == {"web": WEB_PORT, "grpc": GRPC_PORT, "zmq": ZMQ_PORT}


def test_node_ports_are_fixed_and_of_the_allowed_range() -> None:
    (service,) = of_kind(rendered("overlays/nodeport"), "Service")
    assert service["spec"]["type"] == "NodePort"
    ports = {port["name"]: port["nodePort"] for port in service["spec"]["ports"]}
    assert ports == {"web": 30080, "grpc": 30051, "zmq": 30556}
    (policy,) = of_kind(rendered("overlays/nodeport"), "NetworkPolicy")
    blocks = [one["ipBlock"]["cidr"] for one in policy["spec"]["ingress"][0]["from"] if "ipBlock" in one]
    assert blocks == ["0.0.0.0/0", "::/0"]


def test_addresses_of_policies_are_networks_and_exceptions_lie_within_them() -> None:
    (policy,) = of_kind(rendered("base"), "NetworkPolicy")
    blocks = [to["ipBlock"] for rule in policy["spec"]["egress"] for to in rule["to"] if "ipBlock" in to]
    assert blocks
    for block in blocks:
        network = ipaddress.ip_network(block["cidr"])
        for hole in block["except"]:
            assert ipaddress.ip_network(hole).subnet_of(network)  # type: ignore[arg-type]
    metadata = ipaddress.ip_address("169.254.169.254")
    holes = [ipaddress.ip_network(hole) for block in blocks for hole in block["except"]]
    assert any(metadata in hole for hole in holes)


def test_pinned_overlays_wait_for_a_machine_that_reaches_the_cameras() -> None:
    for folder in ("overlays/node-pinning", "overlays/host-network"):
        assert pod(rendered(folder))["nodeSelector"] == {"framecast/cameras": "true"}
    assert "kubectl label node MACHINE framecast/cameras=true" in PAGE.read_text()
    assert pod(rendered("overlays/host-network"))["dnsPolicy"] == "ClusterFirstWithHostNet"


def test_cluster_sets_no_variables_that_the_node_would_take_for_keys() -> None:
    (service,) = of_kind(rendered("base"), "Service")
    variable = (
        service["metadata"]["name"].upper() + "_PORT"
    )  # as the kubelet would set it: tcp://10.0.0.1:8080
    assert variable.removeprefix("FRAMECAST_").lower() in Settings.__dataclass_fields__
    assert pod(rendered("base"))["enableServiceLinks"] is False


def test_pod_ends_after_the_node_has_drained() -> None:
    assert pod(rendered("base"))["terminationGracePeriodSeconds"] > 10
    assert of_kind(rendered("base"), "Deployment")[0]["spec"]["strategy"] == {"type": "Recreate"}


def mounted(folder: str, tmp_path: Path) -> Path:
    """Lay the mounts of the node's container out below a folder, with the Secrets of the docs, and return it."""
    manifests = rendered(folder)
    spec = pod(manifests)
    volumes = {volume["name"]: volume for volume in spec["volumes"]}
    maps = {one["metadata"]["name"]: one["data"] for one in of_kind(manifests, "ConfigMap")}
    secrets = dict(documented_secrets())
    for mount in node_container(manifests)["volumeMounts"]:
        place = tmp_path / mount["mountPath"].lstrip("/")
        place.mkdir(parents=True)
        volume = volumes[mount["name"]]
        if "configMap" in volume:
            for name, content in maps[volume["configMap"]["name"]].items():
                # The only change: where the root is.
                (place / name).write_text(content.replace("/run/secrets", f"{tmp_path}/run/secrets"))
        for key in secrets[volume["secret"]["secretName"]] if "secret" in volume else ():
            if key.endswith(".key"):
                curve.make(place / key)
            else:
                (place / key).write_text(
                    "pattern:?size=320x180" if mount["name"] == "sources" else "a token of a test"
                )
    return tmp_path


def image_environment(root: Path) -> dict[str, str]:
    """The variables that the image sets, below another root."""
    text = (ROOT / "Dockerfile").read_text().rpartition("\nFROM ")[2]
    found = dict(re.findall(r"\b(FRAMECAST_[A-Z_]+)=(\S+)", text))
    assert {"FRAMECAST_HOST", "FRAMECAST_DATA_DIR", "FRAMECAST_RUNTIME_DIR"} <= set(found)
    return {key: f"{root}{value}" if value.startswith("/") else value for key, value in found.items()}


@pytest.mark.parametrize("folder", FOLDERS)
def test_configuration_is_one_that_the_node_takes(
    folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name.startswith("FRAMECAST_")]:
        monkeypatch.delenv(name)
    root = mounted(folder, tmp_path)
    for name, value in image_environment(root).items():
        monkeypatch.setenv(name, value)
    config = load_config(root / "etc" / "framecast" / "framecast.yaml")
    config.check_exposure()
    assert config.host == "0.0.0.0"
    assert config.token() == "a token of a test"
    assert set(config.specs) == {"demo", "front-door"}
    assert config.grpc.enabled
    assert (config.zmq.enabled, config.zmq.host) == (True, "0.0.0.0")
    mounts = [Path(mount["mountPath"]) for mount in node_container(rendered(folder))["volumeMounts"]]
    for written in (config.data_dir, config.runtime_dir):
        inside = Path("/") / written.relative_to(root)
        assert any(inside.is_relative_to(mount) for mount in mounts), (
            f"{inside} is on a file system without writers"
        )


def test_container_is_started_with_a_command_that_exists() -> None:
    assert node_container(rendered("base"))["args"][0] in [command.__name__ for command in COMMANDS]
    image = node_container(rendered("base"))["image"]
    assert image == f"framecast:{framecast.__version__}"


def test_runtime_folder_is_shared_by_the_node_and_the_analyser_and_by_the_same_user() -> None:
    spec = pod(rendered("overlays/sidecar"))
    shared = [
        mount["mountPath"]
        for container in spec["containers"]
        for mount in container["volumeMounts"]
        if mount["name"] == "runtime"
    ]
    assert shared == ["/run/framecast", "/run/framecast"]
    assert not any("runAsUser" in container["securityContext"] for container in spec["containers"])


def test_analyser_of_the_sidecar_may_come_before_the_node_and_ends_when_told(tmp_path: Path) -> None:
    """In a folder that everybody may write to, as an emptyDir is."""
    tmp_path.chmod(0o777)
    program = FOLDER / "overlays" / "sidecar" / "analyser.py"
    with_shared = environment(tmp_path)
    with subprocess.Popen(
        [sys.executable, str(program), "demo"], env=with_shared, stderr=subprocess.PIPE, text=True
    ) as analyser:
        assert analyser.stderr
        try:
            assert "once more in" in analyser.stderr.readline()
            rest = threading.Thread(target=analyser.stderr.read)
            rest.start()
            with Node(tmp_path, "demo=pattern:?size=320x180"):
                found = brightness(with_shared)
        finally:
            analyser.terminate()
        assert analyser.wait(60) == 0
        rest.join()
    assert 10 < found < 245


def brightness(with_shared: dict[str, str]) -> float:
    """Read what the analyser publishes, as another container of the pod would."""
    code = (
        "import framecast\n"
        "with framecast.open('demo-brightness', wait=True) as found:\n"
        "    print(next(iter(found.data())).value['brightness'])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=with_shared, capture_output=True, text=True, timeout=100
    )
    assert done.returncode == 0, done.stderr
    return float(done.stdout)


def test_secrets_of_the_docs_are_made_by_the_commands_of_the_docs(tmp_path: Path) -> None:
    """Where kubectl is here, each command is run by it, without a cluster; what it makes is a Secret with those keys."""
    made = {name: set(keys) for name, keys in documented_secrets()}
    assert made == {
        "framecast-access": {"access-token", "zmq-server.key"},
        "framecast-sources": {"front-door"},
    }
    if shutil.which("kubectl"):
        assert made_by_kubectl(tmp_path) == made


def made_by_kubectl(folder: Path) -> dict[str, set[str]]:
    """Return the keys of each Secret, by name."""
    curve.make(folder / "zmq-server.key")
    text = PAGE.read_text().replace("\\\n", " ")
    made = {}
    for command in re.findall(r"^kubectl create secret generic .*$", text, re.MULTILINE):
        words = [word.replace("$(openssl rand -hex 32)", "0" * 64) for word in shlex.split(command)]
        done = subprocess.run(
            [*words, "--dry-run=client", "-o", "yaml"],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        manifest = yaml.safe_load(done.stdout)
        made[manifest["metadata"]["name"]] = set(manifest["data"])
    return made


def test_overlay_of_the_docs_renders_with_a_configuration_and_an_image_of_its_own(tmp_path: Path) -> None:
    text = PAGE.read_text()
    (kustomization,) = re.findall(r"```yaml\n# site/kustomization\.yaml\n(.*?)```", text, re.DOTALL)
    site = tmp_path / "site"
    site.mkdir()
    shutil.copytree(FOLDER, tmp_path / "deploy" / "kubernetes")
    (site / "kustomization.yaml").write_text(kustomization)
    (site / "framecast.yaml").write_text("streams: {gate: 'pattern:'}\n")
    done = subprocess.run([*needs.kustomize(), str(site)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    manifests = tuple(yaml.safe_load_all(done.stdout))
    assert not loose_ends(manifests)
    assert of_kind(manifests, "ConfigMap")[0]["data"] == {"framecast.yaml": "streams: {gate: 'pattern:'}\n"}
    assert node_container(manifests)["image"] == "registry.example.org/framecast:0.1.0"
