"""What a wrong command line is answered: the word, what was probably meant, where to read more."""

import pytest

from framecast.cli.app import main


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("serv", "there is no command 'serv': did you mean 'serve'? 'framecast --help' lists the commands"),
        ("xyz", "there is no command 'xyz': 'framecast --help' lists the commands"),
        (
            "serve --prot 3",
            "framecast serve has no option --prot: did you mean '--port'? 'framecast serve --help' lists the options",
        ),
        (
            "streams --josn",
            "framecast streams has no option --josn: did you mean '--json'? 'framecast streams --help' lists the options",
        ),
        (
            "streams add door ./a.mp4",
            "framecast streams does not take 'add door ./a.mp4': did you mean 'framecast add'? 'framecast streams --help' explains the command",
        ),
        ("snapshot", "framecast snapshot needs NAME: 'framecast snapshot --help' explains the command"),
        (
            "serve --port many",
            "--port must be a whole number from 0 to 65535, got 'many': 'framecast serve --help' explains the command",
        ),
        (
            "serve --port 99999",
            "--port must be a whole number from 0 to 65535, got '99999': 'framecast serve --help' explains the command",
        ),
        (
            "snapshot x --timeout never",
            "--timeout must be a number from 0.1 to 31622400, got 'never': 'framecast snapshot --help' explains the command",
        ),
        (
            "record door",
            "give a FILE, or --library to record into the library of the node: 'framecast record --help' explains the command",
        ),
        (
            "serve door=pattern: door=numbers:",
            "the name 'door' is given twice: give each stream a name of its own",
        ),
        (
            "snapshot x a.png",
            "a snapshot is a JPEG picture, and 'a.png' names another format: write 'a.jpg'",
        ),
        (
            "snapshot x --max-age -1",
            "--max-age must be at least 0, got '-1': 'framecast snapshot --help' explains the command",
        ),
    ],
)
def test_wrong_line_is_answered_with_what_was_meant(
    line: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(line.split()) == 2
    assert capsys.readouterr().err == f"framecast: {said}\n"
