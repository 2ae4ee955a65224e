"""What command and window say to each other."""

import pytest

from framecast.desktop.settings import Report, WindowSettings
from framecast.errors import Invalid


def test_settings_come_back_as_they_were() -> None:
    settings = WindowSettings("rtsp://me:secret@camera/", (640, 480), True, False, 5, 1, 3)
    assert WindowSettings.from_line(settings.to_line()) == settings
    assert WindowSettings.from_line(WindowSettings("a").to_line()).size is None


def test_report_comes_back_as_it_was() -> None:
    report = Report("a", 100, 2, 25.0, 12.5, -3.5)
    assert Report.from_line(report.to_line()) == report
    assert str(report) == "a: 100 pictures, 25.0 a second, 2 dropped, 12 ms old, sound -4 ms"
    assert str(Report("a")) == "a: 0 pictures, 0.0 a second, 0 dropped"


@pytest.mark.parametrize(
    "line", [b"", b"[]", b"{}", b'{"stream": "a", "colour": 1}', b'{"stream": "a", "size": [1]}']
)
def test_other_lines_are_refused(line: bytes) -> None:
    with pytest.raises(Invalid, match="cannot be read"):
        WindowSettings.from_line(line)
