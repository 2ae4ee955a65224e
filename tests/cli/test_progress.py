"""Progress of a command: on a terminal, and in a pipe."""

from io import StringIO

from framecast.cli.progress import Progress


class Terminal(StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_pipe_gets_a_line_now_and_then() -> None:
    now = [0.0]
    out = StringIO()
    with Progress(out, lambda: now[0]) as progress:
        for second in range(30):
            now[0] = second
            progress.show(f"{second} s")
    assert out.getvalue().splitlines() == ["3 s", "13 s", "23 s"]


def test_quick_work_says_nothing_in_a_pipe() -> None:
    out = StringIO()
    with Progress(out, lambda: 0.0) as progress:
        progress.show("half")
        progress.say("a line that stays")
    assert out.getvalue() == "a line that stays\n"


def test_terminal_shows_the_newest_text_and_keeps_what_was_said() -> None:
    out = Terminal()
    with Progress(out) as progress:
        progress.show("half [of] it")
        progress.say("a line that stays")
    assert "half [of] it" in out.getvalue()
    assert "a line that stays" in out.getvalue()
