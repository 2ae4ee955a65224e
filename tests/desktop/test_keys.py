"""Keys, and the page that shows them."""

from pathlib import Path

from framecast.desktop.keys import KEYS, Action

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "view.md").read_text()


def test_every_key_is_described_and_every_action_has_one() -> None:
    shown = PAGE.partition("| key |")[2].partition("\n\n")[0].lower()
    words = {"escape": "esc"}
    missing = [key for key in KEYS if words.get(key, key) not in shown.replace(",", " ").split()]
    assert not missing
    assert set(KEYS.values()) == set(Action) - {Action.REPAINT}
