"""YAML documents: what they mean, and what is refused in a short sentence."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from framecast.errors import Invalid
from framecast.node.yaml_document import MAX_BYTES, MAX_DEPTH, Malformed, parse, read

BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{at}: &a{at} [{', '.join([f'*a{at - 1}'] * 9)}]\n" for at in range(1, 12)
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("# nothing", None),
        ("a: 1\nb: -2\nc: 0660\nd: 0x1F\ne: 1.5\nf: 2.", {"a": 1, "b": -2, "c": 0o660, "d": 31, "e": 1.5, "f": 2.0}),
        ("a: yes\nb: off\nc: ~\nd:\ne: null", {"a": True, "b": False, "c": None, "d": None, "e": None}),
        ("[2026-99-99, 2026-01-01, 1_000, 1:30, 0b1, .nan, .inf]",
         ["2026-99-99", "2026-01-01", "1_000", "1:30", "0b1", ".nan", ".inf"]),
        ("{1: a, on: b, no: c, 1e3: d, null: e, 2026-01-01: f, '': g}",
         {"1": "a", "on": "b", "no": "c", "1e3": "d", "null": "e", "2026-01-01": "f", "": "g"}),
        ("a: &x {b: 1, c: 2}\nd: {<<: *x, c: 3}", {"a": {"b": 1, "c": 2}, "d": {"b": 1, "c": 3}}),
        ("x: &x {a: 1}\ny: &y {a: 2, b: 2}\nz: {<<: [*x, *y]}",
         {"x": {"a": 1}, "y": {"a": 2, "b": 2}, "z": {"a": 1, "b": 2}}),
        ("!!str 5", "5"),
        ("a: 'it''s'\r\nb: \"\\u00e9\"\r\n", {"a": "it's", "b": "é"}),
    ],
)  # fmt: skip
def test_documents_mean_what_stands_there(text: str, value: object) -> None:
    assert parse(text) == value


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (BOMB, "more than 50000 values, counting each use of an alias (line 5"),
        ("a: &a [*a]", f"more than {MAX_DEPTH} levels"),
        ("a: &a {b: *a}", f"more than {MAX_DEPTH} levels"),
        ("[" * 100_000, f"more than {MAX_DEPTH} levels"),
        ("{a: " * 100_000, f"more than {MAX_DEPTH} levels"),
        ("\n".join(" " * depth + "a:" for depth in range(1000)), f"more than {MAX_DEPTH} levels"),
        ("- " * 10_000, f"more than {MAX_DEPTH} levels"),
        ("port: 1\nport: 2", "the key 'port' appears twice: remove one (line 2, column 1)"),
        ("a: {geheim 1: 1, geheim 1: 2}", "the key appears twice"),
        ("a:\n\tb: geheim", "a tab: use spaces (line 2, column 1)"),
        ("a: !!python/object/apply:os.system [geheim]", "an unknown tag"),
        ("a: !!binary Z2VoZWlt", "an unknown tag"),
        ("a: !!set {geheim}", "an unknown tag"),
        ("a: !!int geheim", "a number that is not valid"),
        ("a: " + "9" * 5000, "too many digits (line 1, column 4)"),
        ("a: 0x" + "f" * 5000, "too many digits"),
        ("a: 1." + "0" * 5000, "too many digits"),
        ("a: 0999", "a number that is not valid"),
        ("{<<: geheim}", "a merge key '<<' whose value is not a mapping"),
        ("{? [geheim] : 1}", "a list or mapping as a key"),
        ("a: 1\n---\nb: geheim", "a second document"),
        ("a: \x00geheim", "a control character in line 1"),
        ("a: 1\nb: \x1b[2J", "a control character in line 2"),
        ("a: \ud800", "a control character in line 1"),
        ("a: &b geheim\nc: &b 1", "an anchor that was defined before"),
        ("%YAML 9.9\n---\na", "its syntax is wrong"),
        ("a: [1, geheim", "that does not end"),
    ],
)
def test_what_is_no_usable_document_is_refused_with_its_place(text: str, why: str) -> None:
    with pytest.raises(Malformed) as caught:
        parse(text)
    assert why in str(caught.value)
    assert "geheim" not in str(caught.value)
    assert len(str(caught.value)) < 200
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        ("port: 1".encode("utf-16"), "it is UTF-16 text; save it as UTF-8"),
        ("port: 1".encode("utf-16-be"), "control character"),
        (b"a: 1\nb: geheim\xe9", "line 2 is not UTF-8 text"),
        (bytes(range(256)), "not UTF-8 text"),
        (b"#" * (MAX_BYTES + 1), "it is larger than 1 MiB, the limit"),
        (b"geheim", "must be a mapping of keys, got a text: begin with a line such as 'streams:'"),
        (b"[geheim]", "got a list"),
    ],
)
def test_file_that_is_no_configuration_is_refused_by_name(tmp_path: Path, raw: bytes, why: str) -> None:
    path = tmp_path / "framecast.yaml"
    path.write_bytes(raw)
    with pytest.raises(Invalid, match=r"framecast\.yaml") as caught:
        read(path)
    assert why in str(caught.value)
    assert "geheim" not in str(caught.value)


def test_what_is_no_file_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "huge").touch()
    os.truncate(tmp_path / "huge", 1 << 30)
    for path, why in (
        (tmp_path / "pipe", "it is a named pipe"),
        (tmp_path, "it is a folder"),
        (tmp_path / "huge", "larger than 1 MiB"),
        (tmp_path / "none", "No such file"),
        (Path("/dev/zero"), "it is a device"),
        (Path("a\0b"), "not a valid file name"),
    ):
        with pytest.raises(Invalid, match=why):
            read(path)
    assert read(Path(os.devnull)) == {}


def test_byte_order_mark_and_empty_files_are_fine(tmp_path: Path) -> None:
    path = tmp_path / "framecast.yaml"
    for raw, value in (
        (b"\xef\xbb\xbfport: 1\r\n", {"port": 1}),
        (b"", {}),
        (b"\xef\xbb\xbf", {}),
        (b"~", {}),
    ):
        path.write_bytes(raw)
        assert read(path) == value
