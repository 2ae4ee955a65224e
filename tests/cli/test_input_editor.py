"""The line of input in a terminal: keys in, a line out."""

from __future__ import annotations

import pytest

from framecast.cli.input_editor import LONGEST, Entered, InputEditor, Key


def typed(*keys: str | bytes) -> tuple[InputEditor, list[Entered | Key]]:
    editor = InputEditor()
    found: list[Entered | Key] = []
    for key in keys:
        found += editor.feed(key.encode() if isinstance(key, str) else key)
    return editor, found


@pytest.mark.parametrize(
    ("keys", "text", "cursor"),
    [
        (["hello"], "hello", 5),
        (["hello", "\x7f"], "hell", 4),
        (["\x7f"], "", 0),
        (["ac", "\x1b[D", "b"], "abc", 2),
        (["bc", "\x01", "a", "\x05", "d"], "abcd", 4),
        (["abc", "\x1b[H", "\x1b[3~"], "bc", 0),
        (["one two  ", "\x17"], "one ", 4),
        (["one two", "\x1b[1;5D", "\x0b"], "one ", 4),
        (["one two", "\x15"], "", 0),
        (["one two", "\x01", "\x1bf", "\x04"], "onetwo", 3),
        ([b"gr\xc3", b"\xbc\xc3\x9fe"], "grüße", 5),
        ([b"\xff"], "\ufffd", 1),
        (["a\x1b[", "C", "b"], "ab", 2),
        (["a\x1b]0;title\x07b"], "a0;titleb", 9),
        (["a\x00\x1a\x1fb"], "ab", 2),
        (["👩\u200d🚀"], "👩\u200d🚀", 3),
        (["\x1b[200~two\r\nlines\x1b[201~!"], "two  lines!", 11),
        (["\x1b[99;99z", "x"], "x", 1),
    ],
)
def test_keys_edit_the_text(keys: list[str | bytes], text: str, cursor: int) -> None:
    editor, found = typed(*keys)
    assert (editor.text, editor.cursor, found) == (text, cursor, [])


def test_lines_are_entered_and_come_again() -> None:
    editor, found = typed("one\r", "two\n", "dra", "\x1b[A", "\x1b[A", "\x1b[A")
    assert found == [Entered("one"), Entered("two")]
    assert editor.text == "one"
    list(editor.feed(b"\x0e"))
    assert editor.text == "two"
    list(editor.feed(b"\x1b[B"))
    assert editor.text == "dra"


def test_end_is_only_an_empty_line() -> None:
    assert typed("\x04")[1] == [Key.END]
    assert typed("a", "\x04")[1] == []
    assert typed("\x0c")[1] == [Key.REDRAW]


def test_text_is_bounded() -> None:
    editor, _ = typed("x" * (LONGEST + 100))
    assert len(editor.text) == LONGEST


def test_line_scrolls_in_its_window() -> None:
    editor, _ = typed("abcdefghij")
    assert (editor.drawn(20).text, editor.drawn(20).column) == ("abcdefghij", 10)
    drawn = editor.drawn(5)
    assert drawn.text == "ghij"
    assert drawn.column == 4
    list(editor.feed(b"\x01"))
    assert (editor.drawn(5).text, editor.drawn(5).column) == ("abcde", 0)
    wide, _ = typed("日本語")
    assert wide.drawn(5).column <= 5
    assert wide.drawn(80).column == 6
