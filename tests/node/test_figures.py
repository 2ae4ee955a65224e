"""What servers report about themselves."""

import pytest

from framecast.errors import Invalid
from framecast.node.figures import MAX_FIGURES, Figures

WATCHERS = {
    "metric": "framecast_grpc_watchers",
    "kind": "gauge",
    "help": "Calls that read",
    "labels": {"stream": "door"},
    "value": 3,
}


def test_report_stands_until_the_next_one_of_the_same_server() -> None:
    figures = Figures()
    figures.take("grpc", [WATCHERS])
    figures.take("zmq", [])
    assert figures.all == {"grpc": [{**WATCHERS, "value": 3.0}], "zmq": []}
    figures.take("grpc", [{**WATCHERS, "value": 4}])
    assert [figure["value"] for figure in figures.all["grpc"]] == [4.0]


def test_server_that_ended_has_no_figures() -> None:
    figures = Figures()
    figures.take("grpc", [WATCHERS])
    figures.forget("grpc")
    figures.forget("grpc")
    assert figures.all == {}


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        [3],
        [{**WATCHERS, "metric": "other_name"}],
        [{**WATCHERS, "metric": "framecast_x\n# HELP"}],
        [{**WATCHERS, "kind": "histogram"}],
        [{**WATCHERS, "labels": {"Bad Label": "x"}}],
        [{**WATCHERS, "value": "many"}],
        [WATCHERS] * (MAX_FIGURES + 1),
    ],
)
def test_what_is_no_report_is_refused_and_the_last_one_stays(wrong: object) -> None:
    figures = Figures()
    figures.take("grpc", [WATCHERS])
    with pytest.raises(Invalid):
        figures.take("grpc", wrong)
    assert len(figures.all["grpc"]) == 1
    with pytest.raises(Invalid):
        figures.take("no server", [])
