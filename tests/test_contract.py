"""What users and other programs rely on is what was recorded: see `tests/contract/`."""

from collections.abc import Iterable, Iterator

import pytest

from tests.contract.flatten import flatten, keys
from tests.contract.live_node import LiveNode, live_node
from tests.contract.sections import OF_A_NODE, RECORDED, STANDING, recorded


@pytest.fixture(scope="module")
def node() -> Iterator[LiveNode]:
    with live_node() as running:
        yield running


def compare(section: str, lines: Iterable[str]) -> None:
    before, now = recorded(section), set(lines)
    gone, new = sorted(before - now), sorted(now - before)
    report = [f"- {line}" for line in gone] + [f"+ {line}" for line in new]
    if gone:
        pytest.fail(
            f"the contract ({section}) is broken: somebody relies on the lines with '-'\n" + "\n".join(report)
        )
    if new:
        pytest.fail(
            f"the contract ({section}) grew: record it by 'python -m tests.contract'\n" + "\n".join(report)
        )


@pytest.mark.parametrize("section", STANDING)
def test_the_contract_is_kept(section: str) -> None:
    compare(section, STANDING[section]())


@pytest.mark.parametrize("section", OF_A_NODE)
def test_the_contract_of_a_running_node_is_kept(section: str, node: LiveNode) -> None:
    compare(section, OF_A_NODE[section](node))


def test_every_recorded_file_is_compared() -> None:
    assert {path.stem for path in RECORDED.glob("*.txt")} == STANDING.keys() | OF_A_NODE.keys()


def test_a_lost_line_is_named_before_a_new_one() -> None:
    lines = recorded("environment")
    lost = min(lines)
    with pytest.raises(pytest.fail.Exception, match=rf"is broken.*\n- {lost}\n\+ NEW$"):
        compare("environment", {*lines, "NEW"} - {lost})


def test_a_new_line_asks_to_be_recorded() -> None:
    with pytest.raises(pytest.fail.Exception, match=r"grew.*\n\+ NEW$"):
        compare("environment", {*recorded("environment"), "NEW"})


def test_an_inserted_item_with_a_name_leaves_the_lines_of_others() -> None:
    one = {"parameters": [{"name": "a", "in": "query"}]}
    two = {"parameters": [{"name": "b", "in": "query"}, {"name": "a", "in": "query"}]}
    assert set(flatten(one)) < set(flatten(two))


def test_members_of_answers_are_told_without_values() -> None:
    assert list(keys({"a": [{"b": 1}, {"c": None}]})) == ["a", "a[].b", "a[].c"]
