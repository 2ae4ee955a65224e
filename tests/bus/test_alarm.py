"""The alarm: readable again and again until it is closed."""

from __future__ import annotations

import select

from framecast.bus.alarm import Alarm


def test_it_rings_again_after_it_was_drained() -> None:
    alarm = Alarm(0.02)
    for _ in range(3):
        assert select.select([alarm], [], [], 10)[0] == [alarm]
        alarm.drain()
    alarm.drain()  # with nothing there it does not wait
    alarm.close()
    alarm.close()
    assert alarm.fileno() < 0


def test_it_is_silent_before_its_time() -> None:
    alarm = Alarm(3600)
    assert select.select([alarm], [], [], 0)[0] == []
    alarm.close()
