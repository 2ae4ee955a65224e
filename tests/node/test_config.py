"""Where a value comes from, and what is refused."""

import json
import os
import re
from pathlib import Path

import pytest

from framecast.errors import Invalid
from framecast.model import StreamSpec
from framecast.model.host import is_loopback
from framecast.model.setting import Row, rows
from framecast.node import load_config, schema
from framecast.node.config import SOURCE_FILE
from framecast.node.settings import MAX_PORT, Settings

REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "configuration.md"


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No variables and no file of the person who runs the tests."""
    for name in [name for name in os.environ if name.startswith("FRAMECAST_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "framecast.yaml"
    path.write_text(text)
    return path


def test_flags_stand_above_the_environment_above_the_file_above_the_defaults(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path, "port: 1\nhost: 127.0.0.2\nbase_path: /file\nlog: {level: error, format: json}\n")
    monkeypatch.setenv("FRAMECAST_PORT", "2")
    monkeypatch.setenv("FRAMECAST_HOST", "127.0.0.3")
    monkeypatch.setenv("FRAMECAST_LOG__LEVEL", "debug")
    config = load_config(path, port=3, host=None)
    assert (config.port, config.host, config.base_path, config.insecure) == (3, "127.0.0.3", "/file", False)
    assert (config.log.level, config.log.format) == ("debug", "json")


def test_file_in_the_current_folder_is_found(tmp_path: Path) -> None:
    assert load_config().path is None
    write(tmp_path, "port: 77")
    assert (load_config().port, load_config().path) == (77, Path("framecast.yaml"))


def test_streams_are_sources_or_mappings_with_the_defaults_below(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "defaults: {idle_s: 3, always: true}\n"
        "streams:\n  door: rtsp://camera/1\n  gate: {source: 'pattern:', idle_s: 4}\n  usb: 0\n",
    )
    specs = load_config(path).specs
    assert [(spec.source.reveal(), spec.idle_s, spec.always) for spec in specs.values()] == [
        ("rtsp://camera/1", 3, True),
        ("pattern:", 4, True),
        ("0", 3, True),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("strems: {}", "unknown key 'strems': did you mean 'streams'?"),
        ("log: {levle: info}", "unknown key 'log.levle': did you mean 'level'?"),
        ("log: {level: loud}", "log level must be one of debug, info, warning, error, got 'loud'"),
        ("port: many", "port must"),
        ("port: 70000", "port must"),
        ("streams: {door: {source: x, idel_s: 1}}", "stream door has the unknown key 'idel_s'"),
        ("streams: {door: {idle_s: 1}}", "stream door has no 'source'"),
        ("streams: {door: {source: x, idle_s: -1}}", "idle_s of stream door"),
        ("streams: {'a/b': x}", "not a stream name"),
        ("streams: {door: [1]}", "stream door needs a source"),
        ("streams: {door: {source: a.mp4, pace: fastest}}", "a shared stream does not wait for readers"),
        ("defaults: {colour: red}", "unknown key 'colour'"),
        ("socket_mode: '0999'", "octal"),
        ("socket_mode: '0066'", "owner"),
        ("access_token: ''", "access_token"),
        ("- a\n- b", "must be a mapping"),
        ("a: [1", "is not valid YAML"),
        ("!!python/object/apply:os.system ['true']", "is not valid YAML"),
    ],
)
def test_what_cannot_be_is_refused_by_file_and_key(tmp_path: Path, text: str, expected: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(Invalid) as caught:
        load_config(path)
    assert expected in str(caught.value)
    assert "framecast.yaml" in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "streams: {door: {source: 'rtsp://u:geheim@h/', idle_s: bad}}",
        "streams: 'rtsp://u:geheim@h/'",
        "access_token: {a: geheim}",
        "access_token: [geheim\n",
        "port: geheim",
    ],
)
def test_no_error_shows_a_value(tmp_path: Path, text: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(Invalid) as caught:
        load_config(path)
    assert "geheim" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    "text",
    [
        "access_token: *geheim",
        "access_token: !geheim x",
        "access_token: &geheim",
        "access_token: @geheim",
        "access_token: a: geheim",
        "access_token: 'geheim",
        'access_token: "\\geheim"',
        "access_token: {geheim: 1, geheim: 2}\nx: [",
        "access_token: 4711",
        "access_token: 47.11",
        "access_token: {? [geheim]}",
        "grpc: geheim",
        "log: [geheim]",
        "hosts: geheim",
        "origins: [geheim]",
        "zmq: {curve_secret_key_file: [geheim]}",
        "streams: {door: {source: [geheim]}}",
        "streams: {door: {source: x, always: geheim}}",
        "streams: {door: {rtsp://u:geheim@h/1}}",
        "streams: {rtsp://u:geheim@h/1: x}",
        "rtsp://u:geheim@h/1: x",
        "geheim",
        "- geheim",
        "geheim: 4711: geheim",
        "root:geheim:4711::",
    ],
)
def test_no_error_shows_what_stands_in_the_file(tmp_path: Path, text: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(Invalid) as caught:
        load_config(path)
    assert "geheim" not in str(caught.value)
    assert "47" not in str(caught.value).replace(str(tmp_path), "")
    assert caught.value.__cause__ is None
    assert len(str(caught.value)) < 500


def test_words_of_a_wrong_value_say_key_expectation_and_kind(tmp_path: Path) -> None:
    for text, expected in (
        ("port: many", "framecast.yaml, line 1: port must be a whole number, got a text"),
        ("port: 70000", "framecast.yaml, line 1: port must be at most 65535, got 70000"),
        ("port: -1", "framecast.yaml, line 1: port must be at least 0, got -1"),
        ("port: 1_000", "framecast.yaml, line 1: port must be a whole number, got a text"),
        ("access_token: 5", "framecast.yaml, line 1: access_token must be a text, got a number"),
        (
            "streams:\ndoor: rtsp://camera/1",
            "streams must be a mapping of keys, got nothing: indent the lines that belong to it",
        ),
        ("insecure: 7", "framecast.yaml, line 1: insecure must be true or false, got a number"),
        ("log: {levels: 5}", "framecast.yaml, line 1: log.levels must be a mapping of keys, got a number"),
        ("grpc: {port: [1]}", "framecast.yaml, line 1: grpc.port must be a whole number, got a list"),
        (
            "streams: {a: on}",
            "stream a needs a source: write a URL, a path, or a mapping with the key 'source', got true",
        ),
        (
            "streams: {a: {source: x, idle_s: 1e9}}",
            "idle_s of stream a must be a number from 0 to 86400, got a text",
        ),
    ):
        with pytest.raises(Invalid) as caught:
            load_config(write(tmp_path, text))
        assert str(caught.value).endswith(expected)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("ACCESS_TOKEN", "geheim\udce9"),
        ("ACCESS_TOKEN", "geheim\n"),
        ("ACCESS_TOKEN", " "),
        ("HOST", "geheim\udce9"),
        ("PORT", "geheim"),
        ("PORT", "1_000"),
        ("PORT", "\u0663"),
        ("PORT", "nan"),
        ("PORT", "9" * 5000),
        ("GRPC", "geheim"),
        ("STREAMS", '{"a": "geheim'),
        ("STREAMS", "[" * 100_000),
        ("STREAMS", '{"a": ' + "9" * 5000 + "}"),
    ],
)
def test_variable_that_cannot_be_is_refused_without_its_value(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(f"FRAMECAST_{variable}", value)
    with pytest.raises(Invalid) as caught:
        load_config()
    assert variable.lower() in str(caught.value).lower() or "too deeply" in str(caught.value)
    assert "geheim" not in str(caught.value)
    assert len(str(caught.value)) < 300


def test_token_file_is_a_small_regular_file_of_text(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "latin").write_bytes(b"geheim\xe9\n")
    (tmp_path / "large").write_bytes(b"geheim" * 100_000)
    for name, why in (
        ("pipe", "named pipe"),
        ("latin", "line 1 is not UTF-8"),
        ("large", "larger than 64 KiB"),
        (".", "it is a folder"),
    ):
        config = load_config(access_token_file=tmp_path / name)
        with pytest.raises(Invalid, match=why) as caught:
            config.token()
        assert "geheim" not in str(caught.value)


def test_unknown_variable_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRAMECAST_ACESS_TOKEN", "geheim")
    with pytest.raises(
        Invalid, match="FRAMECAST_ACESS_TOKEN is not known: did you mean 'FRAMECAST_ACCESS_TOKEN'"
    ):
        load_config()


def test_unknown_nested_variable_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRAMECAST_LOG__LEVLE", "info")
    with pytest.raises(
        Invalid, match="FRAMECAST_LOG__LEVLE is not known: did you mean 'FRAMECAST_LOG__LEVEL'"
    ):
        load_config()


def test_file_that_was_named_and_is_missing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="cannot be read"):
        load_config(tmp_path / "missing.yaml")


PLACES = [
    ("streams:\n\tdoor: x\n", "is not valid YAML: a tab: use spaces (line 2, column 1)"),
    ("port: 1\nport: 2\n", "is not valid YAML: the key 'port' appears twice: remove one (line 2, column 1)"),
    ("streams:\n  door: pattern:\n", "or ends with ':', such as 'pattern:' (line 2, column 16)"),
    ("host: ::1\n\ngrpc:\n  prot: 1", ", line 4 has the unknown key 'grpc.prot': did you mean 'port'?"),
    ("# ours\nhosts: cam.local", ", line 2: hosts must be a list, such as [a, b], got a text"),
    ("hosts: [a,\n {b: 1}]", ", line 2: hosts.1 must be a text, got a mapping"),
    (
        "streams:\n  - door: x",
        ", line 1: streams must be a mapping of keys, got a list: remove the '-' before each key",
    ),
    ("- door: x", "must be a mapping of keys, got a list: begin with a line such as 'streams:', "),
    (
        "log:\n  file: a\n  level: loud",
        ", line 3: log level must be one of debug, info, warning, error, got 'loud'",
    ),
    ("streams:\n  a: x\n  front door: x", ", line 3: 'front door' is not a stream name: "),
    (
        "streams:\n  a:\n    source: x\n    alway: true",
        ", line 4: stream a has the unknown key 'alway': did you mean 'always'?",
    ),
    (
        "streams:\n  a:\n    source: x\n    idle_s: no",
        ", line 4: idle_s of stream a must be a number from 0 to 86400, got false",
    ),
    ("defaults:\n  idel_s: 1", ", line 2: 'defaults' has the unknown key 'idel_s': did you mean 'idle_s'?"),
    (
        "grpc:\n  tls_cert_file: a",
        ", line 2: grpc: tls_cert_file and tls_key_file belong together: set both or neither",
    ),
]


@pytest.mark.parametrize(("text", "expected"), PLACES)
def test_error_names_file_line_key_and_what_to_do(tmp_path: Path, text: str, expected: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(Invalid) as caught:
        load_config(path)
    assert str(caught.value).startswith(str(path))
    assert expected in str(caught.value)


@pytest.mark.parametrize(
    ("variable", "value", "expected"),
    [
        ("PROT", "1", " is not known: did you mean 'FRAMECAST_PORT'?"),
        ("GRPC_PORT", "1", " is not known: did you mean 'FRAMECAST_GRPC__PORT'?"),
        ("GRPC__PORT", "x", ": grpc.port must be a whole number, got a text"),
        ("GRPC", "1", ": grpc must be a mapping of keys, got a number"),
        ("HOSTS", "cam.local", ' must be JSON, such as ["a", "b"]'),
        ("STREAMS", "{", ' must be JSON, such as {"key": "value"}'),
        ("STREAMS__DOOR__IDLE_S", "1", ": stream door has no 'source': "),
        ("LOG__LEVEL", "loud", ": log level must be one of "),
    ],
)
def test_error_names_the_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, expected: str
) -> None:
    monkeypatch.setenv(f"FRAMECAST_{variable}", value)
    with pytest.raises(Invalid) as caught:
        load_config(write(tmp_path, "port: 1\ngrpc: {port: 2}"))
    assert str(caught.value).startswith(f"environment variable FRAMECAST_{variable}")
    assert expected in str(caught.value)


def test_error_names_the_flag(tmp_path: Path) -> None:
    path = write(tmp_path, "log: {level: info}")
    with pytest.raises(Invalid, match=r"^--log-level: log level must be one of"):
        load_config(path, log={"level": "loud"})


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost", "[::1]"])
def test_loopback_needs_no_token(host: str) -> None:
    assert is_loopback(host)
    assert not load_config(host=host).needs_accounts


@pytest.mark.parametrize(
    ("given", "host"), [("[::1]", "::1"), ("[::]", "::"), ("0::1", "::1"), ("box", "box")]
)
def test_ipv6_addresses_may_be_written_as_in_urls(given: str, host: str, tmp_path: Path) -> None:
    path = write(tmp_path, f"{{host: '{given}', grpc: {{host: '{given}'}}, insecure: true}}")
    config = load_config(path)
    assert (config.host, config.grpc.host) == (host, host)


@pytest.mark.parametrize("given", ["127.0.0.1:8080", "[::1]:8080", "::z"])
def test_host_with_a_port_is_refused(given: str, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="host must be an address or a name of this machine without a port"):
        load_config(write(tmp_path, f"{{host: '{given}'}}"))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.org", ""])
def test_other_hosts_need_accounts_or_a_token_or_the_word_insecure(host: str, tmp_path: Path) -> None:
    assert load_config(host=host).needs_accounts
    assert load_config(grpc={"host": host or "0.0.0.0"}).needs_accounts
    assert not load_config(grpc={"host": host, "enabled": False}).needs_accounts
    assert not load_config(host=host, insecure=True).needs_accounts
    assert not load_config(host=host, access_token="x").needs_accounts
    (tmp_path / "token").write_text("from a file\nand more\n")
    config = load_config(host=host, access_token_file=tmp_path / "token")
    assert not config.needs_accounts
    assert config.token() == "from a file"


@pytest.mark.parametrize("scheme", ["postgresql", "postgresql+psycopg"])
def test_database_is_postgresql_by_psycopg_and_a_secret(scheme: str) -> None:
    config = load_config(database=f"{scheme}://fc:geheim@db/framecast")
    assert config.database == "postgresql+psycopg://fc:geheim@db/framecast"
    assert "geheim" not in repr(config)


@pytest.mark.parametrize("url", ["", "geheim", "mysql://geheim@db/x", "sqlite:////geheim", "postgresql://"])
def test_other_database_is_refused_without_its_url(url: str, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="must be the URL of a PostgreSQL database") as caught:
        load_config(write(tmp_path, f"database: '{url}'"))
    assert "geheim" not in str(caught.value)


def test_empty_token_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("\n")
    with pytest.raises(Invalid, match="no token"):
        load_config(access_token_file=tmp_path / "token").token()


def test_token_is_not_in_the_repr() -> None:
    assert "geheim" not in repr(load_config(access_token="geheim"))


def test_socket_mode_is_octal(tmp_path: Path) -> None:
    assert load_config(write(tmp_path, "socket_mode: '0660'")).socket_mode == 0o660
    assert load_config(write(tmp_path, "socket_mode: 0660")).socket_mode == 0o660


def test_schema_names_every_key_and_refuses_others() -> None:
    described = schema()
    json.dumps(described)
    assert set(described["properties"]) == set(Settings.__dataclass_fields__)
    assert described["additionalProperties"] is False
    _, stream, secret = described["properties"]["streams"]["additionalProperties"]["anyOf"]
    fields = set(StreamSpec.__dataclass_fields__) - {"name"}
    assert set(stream["properties"]) == fields
    assert set(secret["properties"]) == fields - {"source"} | {"source_file"}


def test_reference_has_a_line_for_every_row_and_no_other() -> None:
    documented = [
        line for line in REFERENCE.read_text().splitlines() if re.match(r"\| `[a-z0-9.*_]+` \|", line)
    ]
    settings = [f"{reference_line(row)} {row.setting.change.value} |" for row in rows(Settings)]
    streams = [reference_line(row) for row in rows(StreamSpec)]
    assert [line for line in (*settings, *streams) if line not in documented] == [], (
        "missing in the reference"
    )
    others = [line.split("`")[1] for line in documented if line not in (*settings, *streams)]
    assert others == ["source", SOURCE_FILE], "a line of the reference is not that of a row"


def reference_line(row: Row) -> str:
    """Return the line of docs/reference/configuration.md for a row."""
    default = "" if row.key in ("streams", "defaults") else row.default_text
    limits = ""
    if row.setting.high is not None and row.setting.high != MAX_PORT:
        limits = f" ({row.setting.low:.15g} to {row.setting.high:.15g})"
    return f"| `{row.key}` | {default or 'none'} | {row.setting.doc}{limits} |"


def test_source_may_stand_in_a_file_of_its_own(tmp_path: Path) -> None:
    secret = tmp_path / "door"
    secret.write_text("rtsp://u:geheim@camera/1\nnot this\n")
    path = write(tmp_path, f"streams:\n  door: {{source_file: {secret}, always: true}}\n  gate: 'pattern:'\n")
    config = load_config(path)
    specs = config.specs
    assert specs["door"].source.reveal() == "rtsp://u:geheim@camera/1"
    assert specs["door"].always
    assert config.source_files == [secret]
    assert "geheim" not in repr(config) + repr(specs)
    secret.unlink()
    assert config.specs == specs, "what was valid once stays what it was"


def test_source_file_may_stand_in_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "door").write_text("pattern:")
    monkeypatch.setenv("FRAMECAST_STREAMS", json.dumps({"door": {"source_file": str(tmp_path / "door")}}))
    assert load_config().specs["door"].source.reveal() == "pattern:"


@pytest.mark.parametrize(
    ("content", "extra", "expected"),
    [
        (None, "", "cannot be read: No such file or directory"),
        (b"", "", "has no source in its first line"),
        (b"\nrtsp://u:geheim@camera/1", "", "has no source in its first line"),
        (b"geheim\xff", "", "is not UTF-8 text"),
        (b"geheim" * 20000 + b"\xc3", ", source: x", "has both 'source' and 'source_file'"),
        (b"geheim://", ", idle_s: -1", "idle_s of stream door"),
    ],
)
def test_source_file_that_cannot_be_used_is_refused_by_name_and_never_quoted(
    tmp_path: Path, content: bytes | None, extra: str, expected: str
) -> None:
    secret = tmp_path / "secret"
    if content is not None:
        secret.write_bytes(content)
    path = write(tmp_path, f"streams: {{door: {{source_file: {secret}{extra}}}}}")
    with pytest.raises(Invalid) as caught:
        load_config(path)
    assert expected in str(caught.value)
    assert "door" in str(caught.value)
    assert "geheim" not in str(caught.value)


def test_folder_in_place_of_a_source_file_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, f"streams: {{door: {{source_file: {tmp_path}}}}}")
    with pytest.raises(Invalid, match="it is a folder"):
        load_config(path)


def test_source_file_is_no_option_for_programs_from_outside() -> None:
    """Who may add streams over the network must not thereby read the node's files."""
    with pytest.raises(Invalid, match="unknown key 'source_file'"):
        StreamSpec.from_json("door", {"source_file": "/etc/passwd"})


def test_sites_that_may_show_players_are_origins(tmp_path: Path) -> None:
    origins = ["https://intra.example", "http://10.0.0.5:8123/"]
    assert load_config(write(tmp_path, f"origins: {json.dumps(origins)}\n")).origins == origins
    for wrong in (
        "intra.example",
        "https://intra.example/page",
        "ftp://intra.example",
        "*",
        "https://a b",
        "http://a;script-src",
    ):
        with pytest.raises(Invalid, match="origins"):
            load_config(write(tmp_path, f"origins: ['{wrong}']\n"))


def test_header_of_the_proxy_is_one_that_no_client_needs(tmp_path: Path) -> None:
    assert (
        load_config(write(tmp_path, "trusted_user_header: Remote-User\n")).trusted_user_header
        == "Remote-User"
    )
    for wrong in ("Cookie", "x-forwarded-for", "A B", "''"):
        with pytest.raises(Invalid, match="trusted_user_header"):
            load_config(write(tmp_path, f"trusted_user_header: {wrong}\n"))
