"""No password leaves by any public way: passwords of every shape in addresses of every kind, through everything that Framecast says."""

from __future__ import annotations

import contextlib
import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote, quote_plus

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from framecast import log, sources
from framecast.cli import failure
from framecast.cli.arguments import mask_arguments
from framecast.errors import FramecastError, Invalid, SourceError, error_to_json, fields_text
from framecast.model import Source, StreamSpec
from framecast.model.mask import mask
from framecast.model.setting import rows
from framecast.model.status import Status
from framecast.model.stream import check_name
from framecast.node import config as node_config
from framecast.node import launching
from framecast.node.forks import Forks
from framecast.node.last_pictures import LastPictures
from framecast.node.settings import Settings
from framecast.node.stream import Stream
from framecast.peer.address import PeerAddress
from framecast.streams import SourceJob

# A password begins and ends with a mark, so that a part of it that gets out is seen.
FIRST, LAST = "Xq7Vorn", "hintenZ9k"
MARKS = (FIRST, LAST, FIRST.lower(), LAST.lower())
_SPECIAL = st.sampled_from(
    [*"@:/#?%&=+;,!$*()[]{}<>|\\^~`'\"-._ ", "%40", "%2F", "://", "ä", "密", "🔑", "\u202e", "0"]
)
PASSWORDS = st.lists(_SPECIAL, max_size=6).map(lambda parts: f"{FIRST}{''.join(parts)}{LAST}")
HOSTS = st.sampled_from(
    ["camera", "192.168.1.20:554", "[2001:db8::7]", "[fe80::1%25eth0]:8554", "cam.example.org:8080"]
)


def _lower_percent(text: str) -> str:
    return quote(text, safe="").replace("%2F", "%2f").replace("%3A", "%3a")


# How a person or a program writes a password into an address.
WRITTEN: st.SearchStrategy[Any] = st.sampled_from(
    [lambda text: quote(text, safe=""), _lower_percent, quote_plus, lambda text: quote(text, safe="@:")]
)
PLACES = st.sampled_from(
    [
        "rtsp://admin:{0}@{1}/stream1",
        "rtsps://{0}@{1}/stream1?channel=1",
        "rtsp://{0}:x@{1}",
        "http://{1}/video?user=admin&password={0}&channel=1",
        "https://admin:{0}@{1}/axis-cgi/mjpg/video.cgi?resolution=640x360",
        "http://{1}/?pwd={0}#here",
        "rtsp://{1}/user=admin_password={0}_channel=1_stream=0.sdp",
        "grpc://{1}/door?token={0}",
        "grpcs://me:{0}@{1}/door",
        "zmq://me:{0}@{1}/door",
        "ftp://admin:{0}@{1}/x",
        "rtmp://{1}/live/{0}",
    ]
)
RAW = st.sampled_from(
    ["rtsp://admin:{0}@{1}/1", "http://admin:{0}@{1}/video?channel=1", "grpc://me:{0}@{1}/door"]
)


@st.composite
def addresses(draw: st.DrawFn) -> tuple[str, str]:
    """An address, and its password as a person knows it."""
    password, host = draw(PASSWORDS), draw(HOSTS)
    if draw(st.booleans()):
        return draw(PLACES).format(draw(WRITTEN)(password), host), password
    return draw(RAW).format(password, host), password


def refuse(out: str, password: str, way: str) -> None:
    """Fail if a password is in what came out, in any form."""
    forms = {
        password,
        *(write(password) for write in (quote, quote_plus, _lower_percent)),
        json.dumps(password)[1:-1],
    }
    found = [mark for mark in (*MARKS, *forms) if mark in out]
    assert not found, f"{way}: {found[0]!r} in {out!r}"


@contextlib.contextmanager
def records(form: str, path: Path) -> Iterator[Callable[[], str]]:
    """Everything that is logged within, as the file has it."""
    log.configure(log.LogSettings(format=form, file=str(path), level="debug"))
    try:
        yield path.read_text
    finally:
        log._remove_handlers()
        path.unlink(missing_ok=True)


def raised(work: Callable[[], object]) -> BaseException | None:
    try:
        work()
    except (FramecastError, ValueError, OSError) as error:
        return error
    return None


# The same examples each time: what a longer search finds becomes a test of its own.
ONCE = settings(
    max_examples=100,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@ONCE
@given(address=addresses())
def test_address_shows_itself_masked(address: tuple[str, str]) -> None:
    text, password = address
    source = Source(text)
    for way, out in (
        ("str", str(source)),
        ("repr", repr(source)),
        ("format", f"{source:>10}"),
        (
            "spec",
            repr(StreamSpec("door", source)) if raised(lambda: StreamSpec("door", source)) is None else "",
        ),
        ("sentence", mask(f"could not open {text}, then tried '{text}' (again: {text})")),
        ("name", str(raised(lambda: check_name(text)))),
        (
            "arguments",
            mask_arguments(f"framecast\0add\0door\0{text}\0door={text}".encode()).decode(errors="replace"),
        ),
    ):
        refuse(out, password, way)


@ONCE
@given(
    address=addresses(),
    around=st.sampled_from(
        ["{}", "[rtsp @ 0x5581] method DESCRIBE failed: 401 {}", "Failed to resolve {}: x", "'{}'"]
    ),
)
def test_message_of_ffmpeg_is_scrubbed(address: tuple[str, str], around: str) -> None:
    text, password = address
    source = Source(text)
    rest = text.partition("://")[2]
    said_alone: tuple[str, ...] = (password, quote(password, safe=""), quote(password))
    if mask(text).endswith(
        "://***"
    ):  # where the password ends is not clear: the address is refused, and said as a whole
        said_alone = (rest.rpartition("@")[0], rest.rpartition("@")[0].partition(":")[2])
    for said in (text, rest, f"tcp://{rest}", *said_alone, *source.secrets):
        refuse(source.scrub(around.format(said)), password, f"scrub of {said!r} for {text!r}")


@ONCE
@given(address=addresses(), form=st.sampled_from(log.FORMATS))
def test_log_has_no_password_in_message_field_or_traceback(
    tmp_path: Path, address: tuple[str, str], form: str
) -> None:
    text, password = address
    source = Source(text)

    def deep(given: str) -> None:
        try:
            raise ValueError(f"bad address {given}")
        except ValueError as error:
            raise SourceError("failed", f"could not open {given}") from error

    with records(form, tmp_path / "log") as written:
        logger = log.get_logger("framecast.test")
        logger.info("opening %s", source, source=source, text=text)
        logging.getLogger("other.library").warning("GET %s 401", text)
        try:
            deep(text)
        except SourceError:
            logger.exception("a source failed", address=text)
        out = written()
    assert "opening" in out
    assert "SourceError" in out
    refuse(out, password, f"log {form}")
    if form == "json":
        refuse("".join(json.loads(line)["message"] for line in out.splitlines()), password, "log json")


@ONCE
@given(address=addresses())
def test_errors_status_and_command_line_have_no_password(address: tuple[str, str]) -> None:
    text, password = address
    spec_error = raised(lambda: StreamSpec.from_json("door", {"source": text, "password": password, text: 1}))
    assert isinstance(spec_error, Invalid)
    errors: list[BaseException | None] = [
        raised(lambda: StreamSpec.from_json("door", {"source": text, "transport": "tcpp"})),
        raised(lambda: sources.check(StreamSpec("door", Source(text)))),
        raised(lambda: sources.check(StreamSpec("door", Source(text)), ("/nowhere",))),
        raised(lambda: PeerAddress.of_stream(Source(text))),
        raised(lambda: Source(text.replace(password, "***")).with_secrets_of(None)),
        raised(lambda: StreamSpec.from_json("door", text)),
    ]
    for error in filter(None, errors):
        refuse(failure.sentence(error), password, f"command line: {error!r:.60}")
        if isinstance(error, FramecastError):
            refuse(json.dumps(error_to_json(error), ensure_ascii=False), password, "JSON")
            refuse(fields_text(error), password, "gRPC")
    refuse(failure.sentence(OSError(2, "No such file", text)), password, "error of the system")


@ONCE
@given(address=addresses())
def test_status_has_no_password(address: tuple[str, str]) -> None:
    text, password = address
    assume(raised(lambda: StreamSpec("door", Source(text))) is None)
    stream = Stream("door", cast(Forks, None), "/run/node.sock", lambda _: None, LastPictures())
    stream.spec = StreamSpec("door", Source(text))
    status = stream.status()
    refuse(json.dumps(status, ensure_ascii=False), password, "status")
    refuse(repr(Status.from_json(status)), password, "status of a client")
    refuse(repr(SourceJob(stream.spec)), password, "job")


@settings(ONCE, max_examples=12)
@given(address=addresses())
def test_configuration_shows_no_value(tmp_path: Path, address: tuple[str, str]) -> None:
    text, password = address
    path = tmp_path / "framecast.yaml"
    for content in (
        {"streams": {"door": {"source": text, "colour": text}}},
        {"streams": {"door": {"source": text, "idle_s": text}}},
        {"streams": [text]},
        {"access_token": [text], "port": text},
        {"streams": {text: {"source": text}}},
        {"grpc": {"host": text, "port": text}},
        {text: 1},
    ):
        path.write_text(json.dumps(content))
        error = raised(lambda: node_config.load(path))
        assert isinstance(error, Invalid), content
        refuse(failure.sentence(error), password, f"configuration {content}")
        refuse(json.dumps(error_to_json(error), ensure_ascii=False), password, "configuration as JSON")
    path.write_text(json.dumps({"streams": {"door": text}, "access_token": password}))
    with contextlib.suppress(Invalid):
        refuse(repr(node_config.load(path)), password, "repr of the configuration")
    path.write_text(f"streams:\n  door: [{json.dumps(text)}\n  x: y")
    error = raised(lambda: node_config.load(path))
    assert isinstance(error, Invalid)
    refuse(str(error), password, "YAML that cannot be read")


def test_processes_of_a_node_do_not_inherit_secrets() -> None:
    own = {
        "framecast_Access_Token": "x",
        "FRAMECAST_STREAMS__DOOR": "x",
        "FRAMECAST_OIDC__CLIENT_SECRET": "x",
        "FRAMECAST_LIBRARY__S3__SECRET_KEY": "x",
        "FRAMECAST_RUNTIME_DIR": "/run",
        "PATH": "/bin",
    }
    kept = launching.environment(own)
    assert {name: kept[name] for name in kept if name in own} == {
        "FRAMECAST_RUNTIME_DIR": "/run",
        "PATH": "/bin",
    }
    secret = [row.key for row in rows(Settings) if row.setting.is_secret and not row.key.endswith("_file")]
    values = {key.partition(".")[0] for key in secret}
    assert values <= {name.removeprefix("FRAMECAST_").lower() for name in launching.SECRETS}
