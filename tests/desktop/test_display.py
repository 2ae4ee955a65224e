"""Whether there is a desktop."""

import pytest

from framecast.desktop.display import has_display, no_display

NAMES = ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER")


@pytest.mark.parametrize("name", NAMES)
def test_each_variable_leads_to_one(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for other in NAMES:
        monkeypatch.setenv(other, "")
    assert not has_display()
    monkeypatch.setenv(name, ":1")
    assert has_display()


def test_sentence_names_the_display_that_cannot_be_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    for other in NAMES:
        monkeypatch.delenv(other, raising=False)
    assert no_display().startswith("there is no display here: run")
    monkeypatch.setenv("DISPLAY", ":77")
    assert no_display("refused").startswith("the display :77 cannot be opened (refused): run")
