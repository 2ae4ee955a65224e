"""The rules of this repository that no linter knows."""

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from functools import cache
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
    "sqlalchemy": ("framecast.store", "framecast.accounts", "framecast.library", "framecast.rooms"),
    "obstore": ("framecast.store",),
    "alembic": ("framecast.store.migrations",),
    "argon2": ("framecast.accounts",),
    "authlib": ("framecast.accounts",),
    "joserfc": ("framecast.accounts",),
    "webauthn": ("framecast.accounts",),
    "pyotp": ("framecast.accounts",),
    "asyncio": (
        *(
            "framecast.bus.aio",
            "framecast.client.aio",
            "framecast.control.aio",
            "framecast.control.following",
            "framecast.node",
            "framecast.servers",
        ),
        *("framecast.fanout.lingering", "framecast.fanout.persistent", "framecast.processing.run"),
    ),
}
# How package registries and somebody's disk are known; [x] keeps this file from finding itself.
REGISTRY = re.compile(
    r"pypi[.]org|pythonhosted[.]org|--(extra-)?index-url[ =]|--find[-]links[ =]|file:[/]{3}(?!etc/passwd)"
)
# The only module that makes numbers of texts from outside, each with a grammar, a length and a range.
NUMBERS = "framecast.model.number"
NUMBER_TYPES = ("int", "float", "complex", "Fraction", "Decimal")
TEXT_READERS = ("fromhex", "fromisoformat", "strptime", "literal_eval", "isdecimal", "isdigit", "isnumeric")
TEXT_METHODS = {
    *(
        "get",
        "pop",
        "group",
        "read_text",
        "decode",
        "strip",
        "lstrip",
        "rstrip",
        "lower",
        "upper",
        "replace",
        "join",
    ),
    *("split", "rsplit", "splitlines", "partition", "rpartition", "removeprefix", "removesuffix"),
}
# (module, what stands there) -> why it is no text from outside. "*" is everything in a module.
NUMBERS_OF_OUR_OWN = {
    ("framecast.bus.alarm", "*"): "a number of C",
    ("framecast.bus.connection", "*"): "an item of an array of integers",
    ("framecast.bus.memory", "*"): "files of the kernel",
    ("framecast.bus.wire", "*"): "a field of a struct",
    ("framecast.client.capture", "*"): "a property of a frame",
    ("framecast.media.camera", "*"): "a property of OpenCV",
    ("framecast.media.huffman", "bytes.fromhex(_STANDARD)"): "a table of our own",
    ("framecast.cli.streams", "*"): "a rate, already a fraction",
    ("framecast.desktop.settings", "*"): "a line of the command that started this window",
    ("framecast.doctor.machine", "*"): "files of the kernel",
    ("framecast.media.jpeg", "*"): "an array of NumPy",
    (
        "framecast.media.initsegment",
        "int(f\"{int.from_bytes(body[2:6], 'big'):032b}\"[::-1], 2)",
    ): "32 bits of our own",
    (
        "framecast.media.initsegment",
        "int(struct.unpack_from('>I', body, 20 if body[0] else 12)[0])",
    ): "a struct",
    ("framecast.media.testpicture", "*"): "an array of NumPy, a letter of our own",
    ("framecast.node.forkserver", "*"): "arguments and messages of the node that started it",
    ("framecast.node.parent", "*"): "an argument of the node that started it",
    ("framecast.process", "*"): "files of the kernel",
    ("framecast.processing.footprint", "*"): "files of the kernel",
    ("framecast.servers.web.stream_metrics", "*"): "statuses and figures of this machine's node",
    ("framecast.servers.web.metrics", "*"): "what this machine's node says of itself",
    ("framecast.bus.subscriber", "*"): "a message of this machine's node",
    ("framecast.control.publishing", "*"): "an answer of this machine's node",
    ("framecast.servers.rpc.streams", "*"): "what this machine's node says of itself",
    ("framecast.model.status", "*"): "a status of this machine's node",
    ("framecast.worker", "*"): "files of the kernel",
}
MOST_LINES = 350
BINARY = {".png", ".jpg", ".ico", ".mp4", ".woff2"}


@cache
def modules() -> tuple[tuple[str, Path, ast.Module], ...]:
    return tuple(parsed())


def parsed() -> Iterator[tuple[str, Path, ast.Module]]:
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


def decides_by_a_sentence(tree: ast.Module) -> list[str]:
    """Return where a program looks for words in the text of an error: it should look at its class and fields."""
    caught = {
        node.name for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler) and node.name is not None
    } | {"error", "failure"}

    def is_text_of_error(node: ast.expr) -> bool:
        return (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in ("str", "repr")
            and len(node.args) == 1
            and isinstance(node.args[0], ast.Name)
            and node.args[0].id in caught
        )

    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and any(map(is_text_of_error, (node.left, *node.comparators))):
            found.append(ast.unparse(node))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            reads = node.func.attr in ("startswith", "endswith", "partition", "split", "find", "index")
            searches = node.func.attr in ("match", "search", "fullmatch")
            if (reads and is_text_of_error(node.func.value)) or (
                searches and any(map(is_text_of_error, node.args))
            ):
                found.append(ast.unparse(node))
    return found


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


def test_no_code_decides_by_the_sentence_of_an_error() -> None:
    """Sentences are for people, and change; programs decide by an error's class and fields."""
    assert {name: found for name, _, tree in modules() if (found := decides_by_a_sentence(tree))} == {}


@pytest.mark.parametrize(
    "expression",
    [
        "'python 12' in str(error)",
        "str(why) == 'gone'",
        "str(why).startswith('no ')",
        "re.search('gone', str(why))",
        "str(error).partition(': ')[2]",
    ],
)
def test_rule_on_sentences_sees_one(expression: str) -> None:
    tree = ast.parse(f"try:\n    f()\nexcept E as why:\n    g({expression})\n")
    assert decides_by_a_sentence(tree)


def test_rule_on_sentences_lets_messages_be_made_of_them() -> None:
    assert not decides_by_a_sentence(ast.parse("raise E(f'x: {error}') from error\nh = str(error)[:80]"))


def texts_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    """Return the names that may be texts, by their annotation or by what they are made of."""
    arguments = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    texts = {
        one.arg
        for one in arguments
        if one.annotation and re.search(r"\b(str|object|Any)\b", ast.unparse(one.annotation))
    }
    for node in ast.walk(function):
        pairs: list[tuple[ast.expr, ast.expr]] = []
        if isinstance(node, ast.Assign):
            pairs = [(target, node.value) for target in node.targets]
        elif isinstance(node, ast.For | ast.comprehension):
            pairs = [(node.target, node.iter)]
        for target, value in pairs:
            if is_text(value, texts):
                texts |= {name.id for name in ast.walk(target) if isinstance(name, ast.Name)}
    return texts


def is_text(node: ast.expr, texts: set[str]) -> bool:
    if isinstance(node, ast.Subscript):
        return not (isinstance(node.value, ast.Attribute) and node.value.attr == "shape")
    if isinstance(node, ast.Name):
        return node.id in texts
    if isinstance(node, ast.Call):
        made_by = node.func
        if isinstance(made_by, ast.Attribute):
            return made_by.attr in TEXT_METHODS or is_text(made_by.value, texts)
        return isinstance(made_by, ast.Name) and made_by.id in ("str", "input", "repr")
    if isinstance(node, ast.BoolOp | ast.Tuple | ast.List | ast.IfExp):
        return any(is_text(one, texts) for one in ast.iter_child_nodes(node) if isinstance(one, ast.expr))
    return isinstance(node, ast.JoinedStr)


def makes_number_of_text(call: ast.Call, texts: set[str]) -> bool:
    name = call.func.id if isinstance(call.func, ast.Name) else ""
    method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    if name in NUMBER_TYPES and call.args:
        return (name == "int" and len(call.args) == 2) or (
            len(call.args) == 1 and is_text(call.args[0], texts)
        )
    return name in ("eval", "exec") or method in TEXT_READERS


def numbers_of_texts(tree: ast.Module) -> list[str]:
    """Return where a number is made of what may be a text; what only a type checker could tell is not seen."""
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    return sorted(
        {
            ast.unparse(call)
            for scope, texts in [(tree, set[str]()), *((one, texts_of(one)) for one in functions)]
            for call in ast.walk(scope)
            if isinstance(call, ast.Call) and makes_number_of_text(call, texts)
        }
    )


def test_numbers_are_made_of_texts_in_one_module_only() -> None:
    """Python's own parsers take `1e999999999`, 5,000 digits, `nan`, `1_000` and the digits of every script."""
    wrong = [
        f"{name}: {made}"
        for name, _, tree in modules()
        for made in numbers_of_texts(tree)
        if name != NUMBERS and not {(name, made), (name, "*")} & NUMBERS_OF_OUR_OWN.keys()
    ]
    assert not wrong, f"use {NUMBERS}"


@pytest.mark.parametrize(
    "code",
    [
        "def f(text: str): return int(text)",
        "def f(given: object): return float(given)",
        "def f(m): return int(m[1])",
        "def f(m): return Fraction(m.group(1))",
        "def f(m): return int(m.strip(), 16)",
        "def f(line): a, b = line.split(); return int(a) + 1",
        "def f(line): return [int(one) for one in line.split(',')]",
        "def f(q): return float(q.get('fps', 0))",
        "def f(q): return bytes.fromhex(q)",
        "def f(q): return q.isdecimal()",
    ],
)
def test_rule_on_numbers_sees_a_text(code: str) -> None:
    assert numbers_of_texts(ast.parse(code))


@pytest.mark.parametrize(
    "code", ["def f(seconds: float): return int(seconds * 2)", "def f(a): return int(a.shape[0]), float(1)"]
)
def test_rule_on_numbers_lets_numbers_pass(code: str) -> None:
    assert not numbers_of_texts(ast.parse(code))


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


def flaky_marks(tree: ast.Module) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.flaky":
            yield node


def test_a_test_that_may_run_again_gives_the_reason() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{mark.lineno}"
        for path in (ROOT / "tests").rglob("test_*.py")
        for mark in flaky_marks(ast.parse(path.read_text()))
        if len(
            ast.unparse(next((one.value for one in mark.keywords if one.arg == "reason"), ast.Constant("")))
        )
        < 22
    ]
    assert not wrong, "say why: @pytest.mark.flaky(reruns=2, reason=...)"


def test_rule_on_reruns_sees_a_mark() -> None:
    assert list(flaky_marks(ast.parse("@pytest.mark.flaky(reruns=2)\ndef test_x(): ...")))


def test_no_run_of_all_tests_repeats_what_fails() -> None:
    for name in ("Makefile", "tests/all.sh", "pyproject.toml", ".ci/run"):
        assert "--reruns" not in (ROOT / name).read_text(), name
