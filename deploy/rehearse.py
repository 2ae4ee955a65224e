"""The image without a container engine: follows the Dockerfile in fresh Debian root file systems and runs the result.

As root, on Linux, with debootstrap: `make rehearse`. Each stage gets a root file system of its own; the base is Debian with its Python
instead of the image that FROM names, which is the one difference. What comes out runs as a container would: first process of its
own process namespace, read-only root, the image's user, no capabilities, no new privileges. Leaves nothing behind
but the base, which the next rehearsal starts from.
"""

import argparse
import http.client
import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
SUITE = "trixie"
PACKAGES = "python3,python3-venv,python3-pip,python-is-python3,ca-certificates"
TOKEN = "a token of the rehearsal"  # noqa: S105
DEVICES = ("null", "zero", "full", "random", "urandom")
LIMIT_S = 120
# How a package index is found here is this machine's affair: by its variables and by pip's own file.
PASSED_ON = ("PIP_", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy")


@dataclass
class Stage:
    """A root file system that the Dockerfile describes, and what it says about running it."""

    root: Path
    variables: dict[str, str]
    folder: str = "/"
    shell: list[str] = field(default_factory=lambda: ["/bin/sh", "-c"])
    user: str = "0:0"
    volumes: list[str] = field(default_factory=list)
    entrypoint: list[str] = field(default_factory=list)
    command: list[str] = field(default_factory=list)
    check: list[str] = field(default_factory=list)


def main() -> int:
    """Build, run, look, and say what was seen."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--cache", type=Path, default=REPOSITORY / "tests" / ".cache" / f"{SUITE}.tar")
    arguments = parser.parse_args()
    missing = [name for name in ("debootstrap", "unshare", "setpriv", "nsenter") if not shutil.which(name)]
    if os.getuid() or missing:
        print(f"A rehearsal needs root and {', '.join(missing) or 'nothing else'}", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="framecast-rehearsal-") as folder:
        place = Path(folder)
        base = make_base(place / "base", arguments.cache)
        stage = build(base, place)
        run(stage, place)
    print("rehearsed")
    return 0


def make_base(root: Path, cache: Path) -> Path:
    """Return a root file system with Debian and its Python."""
    if not cache.exists():
        cache.parent.mkdir(parents=True, exist_ok=True)
        fresh = cache.with_suffix(".new")
        call(["debootstrap", "--variant=minbase", f"--include={PACKAGES}", SUITE, str(root)])
        call(["tar", "--one-file-system", "-cf", str(fresh), "-C", str(root), "."])
        fresh.rename(cache)
    else:
        root.mkdir()
        call(["tar", "-xf", str(cache), "-C", str(root)])
    return root


# --- building


def instructions() -> Iterator[tuple[str, str]]:
    """Yield what the Dockerfile says, a word and the rest of its line."""
    text = re.sub(r"^\s*#.*\n", "", (REPOSITORY / "Dockerfile").read_text(), flags=re.MULTILINE)
    for line in filter(None, map(str.strip, text.replace("\\\n", " ").splitlines())):
        word, _, rest = line.partition(" ")
        yield word, rest.strip()


def build(base: Path, place: Path) -> Stage:
    """Follow the Dockerfile and return its last stage."""
    stages: dict[str, Stage] = {}
    stage: Stage | None = None
    for word, rest in instructions():
        if word == "FROM":
            name = rest.partition(" AS ")[2] or "last"
            call(["cp", "-a", str(base), str(place / name)])  # devices as devices
            stage = stages[name] = Stage(
                place / name, {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
            )
        elif stage is not None:
            say(f"{word} {rest[:100]}")
            FOLLOWED[word](stage, rest, stages)
    assert stage is not None
    return stage


def env(stage: Stage, rest: str, _: dict[str, Stage]) -> None:
    """ENV, LABEL, ARG: later words see the earlier."""
    for word in shlex.split(rest):
        name, _equals, value = word.partition("=")
        stage.variables[name] = re.sub(r"\$(\w+)", lambda found: stage.variables.get(found[1], ""), value)


def copy(stage: Stage, rest: str, stages: dict[str, Stage]) -> None:
    """COPY, of the repository or of another stage; what .dockerignore leaves out does not exist."""
    words = rest.split()
    options = [word for word in words if word.startswith("--")]
    *sources, target = [word for word in words if not word.startswith("--")]
    origin = stages[options[0].partition("=")[2]].root if options else REPOSITORY
    to = stage.root / (Path(stage.folder) / target).as_posix().lstrip("/")
    for source in sources:
        found = origin / source.lstrip("/")
        if found.is_dir():
            ignored = shutil.ignore_patterns("__pycache__", "*.pyc") if not options else None
            shutil.copytree(found, to, symlinks=True, dirs_exist_ok=True, ignore=ignored)
        else:
            to.mkdir(parents=True, exist_ok=True)
            shutil.copy2(found, to)


def execute(stage: Stage, rest: str, _: dict[str, Stage]) -> None:
    """RUN, with the network of this machine and what leads its pip to an index."""
    passed = {name: value for name, value in os.environ.items() if name.startswith(PASSED_ON)}
    put_in = {
        Path("/etc/resolv.conf"),
        *pip_files(),
        *map(Path, filter(None, map(passed.get, ("PIP_CERT",)))),
    }
    words = [*stage.shell, rest]
    with lent(stage.root, put_in), mounted_proc(stage.root):
        call(
            ["chroot", str(stage.root), "/bin/sh", "-c", f"cd {stage.folder}; exec {shlex.join(words)}"],
            {**passed, **stage.variables, "HOME": "/root"},
        )


def pip_files() -> list[Path]:
    """The files that configure pip on this machine, those of every user."""
    return [path for path in (Path("/etc/pip.conf"), Path("/etc/xdg/pip/pip.conf")) if path.exists()]


def set_workdir(stage: Stage, rest: str, _: dict[str, Stage]) -> None:
    """WORKDIR, made where it does not exist."""
    stage.folder = rest
    (stage.root / rest.lstrip("/")).mkdir(parents=True, exist_ok=True)


def note(name: str, convert: Callable[[str], object]) -> Callable[[Stage, str, dict[str, Stage]], None]:
    """Return what notes an instruction for the run."""
    return lambda stage, rest, _: setattr(stage, name, convert(rest))


FOLLOWED: dict[str, Callable[[Stage, str, dict[str, Stage]], None]] = {
    "ARG": env,
    "ENV": env,
    "LABEL": lambda *_: None,
    "EXPOSE": lambda *_: None,
    "STOPSIGNAL": lambda *_: None,
    "COPY": copy,
    "RUN": execute,
    "WORKDIR": set_workdir,
    "SHELL": note("shell", json.loads),
    "USER": note("user", str),
    "VOLUME": note("volumes", json.loads),
    "ENTRYPOINT": note("entrypoint", json.loads),
    "CMD": note("command", json.loads),
    "HEALTHCHECK": note("check", lambda rest: json.loads(rest.partition("CMD ")[2])),
}


# --- running


def run(stage: Stage, place: Path) -> None:
    """Run the image as a container and look at it from outside and inside."""
    size = int(subprocess.check_output(["du", "-sm", stage.root / "opt" / "framecast"]).split()[0])
    say(
        f"/opt/framecast is {size} MB; Python {in_stage(stage, 'import platform; print(platform.python_version())')}"
    )
    volumes = make_volumes(stage, place)
    refused = container(stage, volumes, [*stage.entrypoint, *stage.command], {}).wait(LIMIT_S)
    expect(refused == 5, f"without a token it refuses to serve other machines: status {refused}")
    port = free_port()
    given = {"FRAMECAST_ACCESS_TOKEN": TOKEN, "FRAMECAST_LOG__FORMAT": "json", "FRAMECAST_PORT": str(port)}
    given |= {"FRAMECAST_GRPC__PORT": "0", "FRAMECAST_ZMQ__PORT": "0"}  # the network is that of this machine
    begun = time.monotonic()
    node = container(stage, volumes, [*stage.entrypoint, *stage.command, "demo=pattern:?size=640x360"], given)
    try:
        wait_until(lambda: ask(port, "/readyz")[0] == 200, "/readyz is 200")
        say(f"ready after {time.monotonic() - begun:.1f} s")
        look(stage, volumes, node, port)
    except BaseException:
        os.kill(first_process(node), signal.SIGKILL)  # a change of user has made it forget its parent
        node.wait()
        raise
    first = first_process(node)
    begun = time.monotonic()
    os.kill(first, signal.SIGTERM)
    status = node.wait(LIMIT_S)
    expect(status == 0, f"SIGTERM: status {status} after {time.monotonic() - begun:.1f} s")


def look(stage: Stage, volumes: dict[str, Path], node: subprocess.Popen[bytes], port: int) -> None:
    """Everything that has to be true while it runs."""
    expect(ask(port, "/api/frame.jpeg?src=demo")[0] == 401, "without the token there is no picture")
    status, body = ask(port, "/api/frame.jpeg?src=demo", TOKEN)
    expect((status, body[:2]) == (200, b"\xff\xd8"), f"a picture by HTTP: {len(body)} bytes")
    done = inside(stage, node, stage.check)
    expect(done.returncode == 0, f"the health check passes: {done.stdout.strip()}{done.stderr.strip()}")
    done = inside(stage, node, ["touch", "/opt/framecast/x"])
    expect("Read-only file system" in done.stderr, f"nobody writes to the root: {done.stderr.strip()}")
    done = inside(stage, node, ["framecast", "add", "kept", "numbers:"])
    expect(
        done.returncode == 0 and (volumes["/var/lib/framecast"] / "streams.json").exists(),
        "the API's streams are kept",
    )
    expect(reap(node), "a killed forkserver's children are reaped, and the node goes on")
    read = "import framecast; print(next(iter(framecast.open('demo'))).bgr.shape)"
    with subprocess.Popen(
        enter(stage, {"/run/framecast": volumes["/run/framecast"]}, ["python", "-c", read], {}),
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        out, _ = other.communicate(timeout=LIMIT_S)
    expect(
        out.strip() == "(360, 640, 3)",
        f"another container that shares the folder reads frames: {out.strip()}",
    )


def reap(node: subprocess.Popen[bytes]) -> bool:
    """Kill the forkserver of the node, whose children become orphans, and see that none of them stays as a zombie."""
    first = first_process(node)
    found = [pid for pid in below(first) if b"forkserver" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    orphans = below(found[0])
    os.kill(found[0], signal.SIGKILL)
    wait_until(
        lambda: not any(map(state, [found[0], *orphans])), "the forkserver and its children are reaped"
    )
    return bool(orphans) and node.poll() is None


def make_volumes(stage: Stage, place: Path) -> dict[str, Path]:
    """Make a volume for each VOLUME, with the owner and mode that the image's folder has."""
    volumes = {}
    for name in stage.volumes:
        volume = place / name.replace("/", "_")
        shutil.copytree(stage.root / name.lstrip("/"), volume)
        found = (stage.root / name.lstrip("/")).stat()
        os.chown(volume, found.st_uid, found.st_gid)
        volumes[name] = volume
    return volumes


def enter(stage: Stage, volumes: dict[str, Path], words: list[str], given: dict[str, str]) -> list[str]:
    """Return the command that runs `words` as the first process of a container."""
    root = str(stage.root)
    steps = [
        f"mount --bind {root} {root}",
        f"mount -t proc proc {root}/proc",
        f"mount -t tmpfs tmpfs {root}/tmp",  # noqa: S108  that of the container
    ]
    steps += [f"mount -t tmpfs tmpfs {root}/dev"]
    for name in DEVICES:
        steps += [f"touch {root}/dev/{name}", f"mount --bind /dev/{name} {root}/dev/{name}"]
    steps += [f"mount --bind {volume} {root}{name}" for name, volume in volumes.items()]
    steps += [f"mount -o remount,bind,ro {root}"]
    uid, gid = stage.user.split(":")
    variables = [f"{key}={value}" for key, value in (stage.variables | given).items()]
    inner = [
        "chroot",
        root,
        "/usr/bin/setpriv",
        f"--reuid={uid}",
        f"--regid={gid}",
        "--clear-groups",
        "--no-new-privs",
    ]
    inner += [
        "--bounding-set=-all",
        "--inh-caps=-all",
        "/usr/bin/env",
        "-i",
        "-C",
        stage.folder,
        *variables,
        *words,
    ]
    script = "set -e; mount --make-rprivate /; " + "; ".join(steps) + "; exec " + shlex.join(inner)
    return [
        "unshare",
        "--mount",
        "--pid",
        "--ipc",
        "--uts",
        "--fork",
        "--kill-child",
        "/bin/sh",
        "-c",
        script,
    ]


def container(
    stage: Stage, volumes: dict[str, Path], words: list[str], given: dict[str, str]
) -> subprocess.Popen[bytes]:
    """Start a container."""
    return subprocess.Popen(enter(stage, volumes, words, given))


def inside(stage: Stage, node: subprocess.Popen[bytes], words: list[str]) -> subprocess.CompletedProcess[str]:
    """Run a command in the container of the node, as its user."""
    first = first_process(node)
    uid, gid = stage.user.split(":")
    variables = [f"{key}={value}" for key, value in stage.variables.items()]
    enter_it = ["nsenter", f"--target={first}", "--mount", "--pid", f"--root=/proc/{first}/root"]
    as_user = ["setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups", "env", "-i", *variables]
    return subprocess.run([*enter_it, *as_user, *words], capture_output=True, text=True, timeout=LIMIT_S)


def in_stage(stage: Stage, code: str) -> str:
    """Run a line of Python of the image and return what it prints."""
    command = ["chroot", str(stage.root), "/opt/framecast/bin/python", "-c", code]
    return subprocess.check_output(command, text=True).strip()


def first_process(node: subprocess.Popen[bytes]) -> int:
    """Return the number, outside, of the container's first process."""
    return int(Path(f"/proc/{node.pid}/task/{node.pid}/children").read_text().split()[0])


def below(pid: int) -> list[int]:
    """Return all processes below one."""
    try:
        found = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []
    return found + [further for child in found for further in below(child)]


def state(pid: int) -> str:
    """Return the state of a process as one letter, '' where it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""


# --- small things


def ask(port: int, path: str, token: str = "") -> tuple[int, bytes]:
    """Return status and body of an answer; 0 where there is none."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("GET", path, headers={"Authorization": f"Bearer {token}"} if token else {})
        answer = connection.getresponse()
        return answer.status, answer.read()
    except OSError:
        return 0, b""
    finally:
        connection.close()


def wait_until(true: Callable[[], bool], what: str) -> None:
    """Return when something has become true."""
    deadline = time.monotonic() + LIMIT_S
    while not true():
        if time.monotonic() > deadline:
            raise SystemExit(f"not seen within {LIMIT_S} s: {what}")
        time.sleep(0.1)


def expect(true: bool, what: str) -> None:
    """Say what was seen, and end where it is not so."""
    say(("yes: " if true else "NO: ") + what)
    if not true:
        raise SystemExit(1)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return int(sock.getsockname()[1])


@contextmanager
def lent(root: Path, files: set[Path]) -> Iterator[None]:
    """Put files of this machine into a root while something runs in it."""
    placed: dict[Path, bytes | None] = {}
    for path in filter(Path.exists, files):
        target = root / str(path).lstrip("/")
        placed[target] = target.read_bytes() if target.exists() else None
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    try:
        yield
    finally:
        for target, before in placed.items():
            target.unlink() if before is None else target.write_bytes(before)


@contextmanager
def mounted_proc(root: Path) -> Iterator[None]:
    """Mount what pip looks at."""
    call(["mount", "-t", "proc", "proc", str(root / "proc")])
    try:
        yield
    finally:
        call(["umount", str(root / "proc")])


def call(command: list[str], variables: dict[str, str] | None = None) -> None:
    """Run a command that has to succeed."""
    outside = {"PATH": os.environ["PATH"]}
    subprocess.run(command, check=True, env=None if variables is None else outside | variables)


def say(text: str) -> None:
    """Write a line at once, among those of the commands."""
    print(f"-- {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
