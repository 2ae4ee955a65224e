"""A client that has sent too much is refused without the database, for a second at most."""

from __future__ import annotations

import pytest

from framecast.errors import WouldBlock
from framecast.servers.rooms.patience import LONGEST_S, Patience


def test_client_is_refused_with_the_time_that_is_left() -> None:
    patience = Patience()
    patience.check(0.0)
    patience.note(WouldBlock("slow down", wait_s=10), 100.0)
    with pytest.raises(WouldBlock, match="slow down") as found:
        patience.check(100.5)
    assert found.value.fields == {"wait_s": 9.5}
    patience.check(100.0 + LONGEST_S)
    patience.note(WouldBlock("the database is busy"), 200.0)
    patience.check(200.0)
