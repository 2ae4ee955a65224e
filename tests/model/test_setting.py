"""Rows of settings: what is derived from the fields of a table."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from framecast.model.setting import Change, mixed, rows, sections, setting, to_json, value_of


@dataclass(frozen=True)
class Lamp:
    """Section `lamp`."""

    watts: float = setting(4.5, "Power of the [lamp](lamps.md) in watts", low=1, high=60)
    cable: Path | None = setting(None, "Where the cable goes", change=Change.NOW)


@dataclass(frozen=True)
class House:
    """A table with a section."""

    rooms: list[str] = setting(list, "Names of the rooms", change=Change.NOW)
    door: int = setting(0o600, "Mode of the door", text=lambda mode: f"{mode:04o}")
    key: str | None = setting(None, "The key", is_secret=True)
    lamp: Lamp = Lamp()
    built: int = 1900  # not a setting


def test_rows_are_in_order_with_the_path_of_their_section() -> None:
    assert [row.key for row in rows(House)] == ["rooms", "door", "key", "lamp.watts", "lamp.cable"]
    assert sections(House) == {"lamp": Lamp}
    assert value_of(House(lamp=Lamp(watts=7)), "lamp.watts") == 7


def test_default_is_shown_as_a_person_writes_it() -> None:
    assert [row.default_text for row in rows(House)] == ["", "`0600`", "", "`4.5`", ""]
    assert rows(House)[3].setting.plain_doc == "Power of the lamp in watts"


def test_default_that_is_made_is_never_shared() -> None:
    made = rows(House)[0].default
    made.append("kitchen")
    assert rows(House)[0].default == House().rooms == []


def test_secret_is_in_no_repr() -> None:
    assert "geheim" not in repr(House(key="geheim"))
    assert "rooms=['kitchen']" in repr(House(rooms=["kitchen"]))


@pytest.mark.parametrize("at_once", [True, False])
def test_rows_that_wait_keep_their_values(at_once: bool) -> None:
    old = House()
    new = House(["hall"], 0o660, "k", Lamp(9, Path("wall")), 2000)
    found = mixed(new, old, lambda one: at_once or one.change is Change.NOW)
    assert found == (new if at_once else House(["hall"], 0o600, None, Lamp(4.5, Path("wall")), 2000))


def test_section_as_json_has_paths_as_text() -> None:
    assert to_json(Lamp(9, Path("wall"))) == {"watts": 9, "cable": "wall"}
