"""Records: their forms, their secrets, and how they come from children."""

import json
import logging
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from framecast import log
from framecast.errors import Invalid
from framecast.log import LogSettings


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    """Put the logging of this process back."""
    root, package = logging.getLogger(), logging.getLogger("framecast")
    handlers, levels = list(root.handlers), (root.level, package.level)
    yield
    for handler in set(root.handlers) - set(handlers):
        root.removeHandler(handler)
        handler.close()
    root.handlers[:] = handlers
    root.setLevel(levels[0])
    package.setLevel(levels[1])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "framecast.log"


def test_file_format_is_pid_time_level_message(file: Path) -> None:
    log.configure(LogSettings(format="file", file=str(file)))
    log.get_logger("framecast.test").warning("it rains", where="here")
    pattern = r"\d+ - \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}Z - WARNING - it rains where=here\n"
    assert re.fullmatch(pattern, file.read_text())


def test_json_format_is_one_object_a_line(file: Path) -> None:
    log.configure(LogSettings(format="json", file=str(file)))
    logging.getLogger("framecast.test").error("a %s", "b")
    record = json.loads(file.read_text())
    assert (record["level"], record["logger"], record["message"]) == ("error", "framecast.test", "a b")


def test_plain_format_is_short(file: Path) -> None:
    log.configure(LogSettings(file=str(file)))
    logging.getLogger("framecast.test").info("hello")
    assert re.fullmatch(r"\d\d:\d\d:\d\d info    hello\n", file.read_text())


@pytest.mark.parametrize("form", log.FORMATS)
def test_fields_that_say_nothing_are_left_out(file: Path, form: str) -> None:
    log.configure(LogSettings(format=form, file=str(file)))
    log.get_logger("framecast.test").info("stream", state="idle", reason="", detail=None, readers=0)
    text = file.read_text()
    assert "stream state=idle readers=0" in text
    assert "reason" not in text
    assert "detail" not in text


@pytest.mark.parametrize("form", log.FORMATS)
def test_secrets_are_masked_whoever_writes_them(file: Path, form: str) -> None:
    log.configure(LogSettings(format=form, file=str(file)))
    log.hide("the-access-token")
    logger = log.get_logger("framecast.test")
    logger.info(
        "dial rtsp://user:geheim@camera/1", source="http://camera/?password=geheim", token="the-access-token"
    )
    logging.getLogger("somebody.elses").error("failed: %s", "rtsp://user:geheim@camera/1")
    try:
        raise OSError("rtsp://user:geheim@camera/1 refused")
    except OSError:
        logger.exception("failed")
    text = file.read_text()
    assert "geheim" not in text
    assert "the-access-token" not in text
    assert text.count("rtsp://***@camera/1") >= 3


@pytest.mark.parametrize("form", ["plain", "file"])
def test_message_cannot_forge_a_line(file: Path, form: str) -> None:
    log.configure(LogSettings(format=form, file=str(file)))
    log.get_logger("framecast.test").info("from a camera", name="x\n1 - now - ERROR - forged\x1b[31m")
    (line,) = file.read_text().splitlines()
    assert r"x\n1 - now" in line
    assert "\x1b" not in line


def test_file_is_rotated(file: Path) -> None:
    log.configure(LogSettings(format="file", file=str(file), max_bytes=4096, backups=2))
    for _ in range(300):
        logging.getLogger("framecast.test").info("a line that is about sixty characters long, more or less")
    assert {path.name for path in file.parent.iterdir()} == {
        "framecast.log",
        "framecast.log.1",
        "framecast.log.2",
    }
    assert all(path.stat().st_size <= 4096 for path in file.parent.iterdir())


def test_levels_are_by_component(file: Path) -> None:
    log.configure(LogSettings(file=str(file), level="warning", levels={"node": "debug"}))
    logging.getLogger("framecast.node.stream").debug("shown")
    logging.getLogger("framecast.sources").info("hidden")
    log.get_logger("framecast.sources").info("hidden")
    logging.getLogger("a.library").info("hidden")
    assert "shown" in file.read_text()
    assert "hidden" not in file.read_text()
    logging.getLogger("framecast.node").setLevel(logging.NOTSET)


def test_second_configuration_replaces_the_first(file: Path) -> None:
    log.configure(LogSettings(file=str(file)))
    log.configure(LogSettings(format="json", file=str(file)))
    logging.getLogger("framecast.test").info("once")
    assert len(file.read_text().splitlines()) == 1


def test_records_of_children_are_written_as_their_own(file: Path) -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with ours, theirs:
        log.relay(theirs.fileno(), "info")
        try:
            raise ValueError("rtsp://user:geheim@camera/1")
        except ValueError:
            log.get_logger("framecast.sources").exception("it failed")
        packet = ours.recv(65536)
    log.configure(LogSettings(format="file", file=str(file)))
    log.emit_relayed(packet.replace(b'"pid": ', b'"pid": 9'))
    first, *trace = file.read_text().splitlines()
    assert first.startswith("9")
    assert first.endswith("ERROR - it failed")
    assert trace[-1].strip().startswith("ValueError: rtsp://***@camera/1")


def test_node_that_does_not_read_costs_a_child_records_not_time() -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with ours, theirs:
        log.relay(theirs.fileno())
        for _ in range(10_000):
            logging.getLogger("framecast.sources").error("x" * 1000)
        ours.close()
        logging.getLogger("framecast.sources").error("nobody is there")


@pytest.mark.parametrize("packet", [b"", b"{", b"[]", b"{}", b'{"level": "LOUD", "logger": "x"}', b"\xff"])
def test_nonsense_from_a_child_is_dropped(file: Path, packet: bytes) -> None:
    log.configure(LogSettings(file=str(file)))
    log.emit_relayed(packet)
    assert file.read_text() == ""


def test_what_cannot_be_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="plain, file, json"):
        LogSettings(format="xml")
    with pytest.raises(Invalid, match="debug, info, warning, error"):
        LogSettings(levels={"node": "loud"})
    with pytest.raises(Invalid, match="cannot be written"):
        log.configure(LogSettings(file=str(tmp_path / "missing" / "log")))


@pytest.mark.parametrize("form", log.FORMATS)
def test_record_is_one_plain_line_of_bounded_length_whatever_it_says(file: Path, form: str) -> None:
    log.configure(LogSettings(format=form, file=str(file)))
    hostile = "\x1b[2J\n\r\x00\u2028\u202e\ud800\udce9"
    log.get_logger("framecast.test").warning(f"it {hostile} rains", where=hostile + "x" * 60_000_000)
    (line,) = file.read_bytes().decode().splitlines()
    assert line.isprintable()
    assert len(line) < 10_000


@pytest.mark.parametrize("way", ["renamed", "removed", "truncated", "exchanged", "folder"])
def test_file_that_another_program_rotates_goes_on_without_a_signal(file: Path, way: str) -> None:
    folder = file.parent / "logs"
    folder.mkdir()
    file = folder / "framecast.log"
    log.configure(LogSettings(file=str(file)))
    logger = logging.getLogger("framecast.test")
    logger.info("first")
    if way == "renamed":
        file.rename(file.with_suffix(".1"))
    elif way == "removed":
        file.unlink()
    elif way == "truncated":
        file.write_text("")
    elif way == "exchanged":
        file.rename(file.with_suffix(".1"))
        file.touch()
    else:
        folder.rename(folder.with_suffix(".gone"))
        logger.info("nowhere")
        folder.mkdir()
    logger.info("second")
    assert [line.split()[-1] for line in file.read_text().splitlines()] == ["second"]


def test_full_disk_costs_records_and_says_nothing_on_stderr() -> None:
    code = (
        "import logging; from framecast import log; from framecast.log import LogSettings\n"
        "log.configure(LogSettings(file='/dev/full')); logging.getLogger('framecast.x').info('lost')\n"
        "log.configure(LogSettings()); logging.getLogger('framecast.x').info('kept')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.split()[1:] == ["info", "kept"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("time", "1e999"),
        ("time", "NaN"),
        ("time", '"1"'),
        ("pid", "1e3"),
        ("pid", "9" * 4000),
        ("message", "[" * 9000),
    ],
)
def test_relayed_record_that_cannot_be_is_dropped(file: Path, field: str, value: str) -> None:
    log.configure(LogSettings(file=str(file)))
    whole = {
        "pid": "7",
        "time": "1.5",
        "level": '"ERROR"',
        "logger": '"framecast.x"',
        "message": '"it rains"',
    }
    for fields in (whole | {field: value}, whole):
        pairs = ",".join(f'"{key}":{text}' for key, text in fields.items())
        log.emit_relayed(f"{{{pairs}}}".encode())
    assert file.read_text().count("it rains") == 1
