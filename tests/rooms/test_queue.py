"""The queue of the moderators: held messages and reports, decided once, on SQLite and PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest

from framecast.accounts import Accounts
from framecast.errors import Conflict, Denied, NotFound, WouldBlock
from framecast.model.room import Event, Visitor
from framecast.rooms import Rooms, open_rooms
from framecast.rooms.queue import MOST_REPORTS_OF_ONE
from tests.accounts.opened import Clock
from tests.rooms.household import Household, acts, at_once, household
from tests.rooms.people import ROOM, say, texts


def held(
    rooms: Rooms, people: Household, who: Visitor, text: str, client_id: str = "1", **given: object
) -> str:
    """Send a message that is held; return its id in the queue."""
    sent = rooms.send(ROOM, who, text, client_id=client_id, **given)  # type: ignore[arg-type]
    assert sent.is_held
    return next(one.id for one in rooms.queue(ROOM, people.owner).held if one.text == text)


@pytest.fixture
def people(rooms: Rooms, accounts: Accounts) -> Household:
    found = household(accounts, rooms)
    rooms.change_settings(ROOM, found.owner, {"words": ["darn"]})
    return found


def test_a_released_message_is_said_then_and_a_refused_one_never(
    rooms: Rooms, accounts: Accounts, people: Household, clock: Clock
) -> None:
    first = say(rooms, "hello", people.owner)
    side = rooms.tail(ROOM).side
    one = held(rooms, people, people.member, "darn it", reply_to=first.seq, media_time_s=7.5)
    assert rooms.tail(ROOM).side > side
    clock.now += 1
    two = held(rooms, people, people.same_house, "darn you")
    queue = rooms.queue(ROOM, people.moderator)
    assert [(each.author.name, each.text, each.reason) for each in queue.held] == [
        ("Ben", "darn it", "word"),
        ("Cat", "darn you", "word"),
    ]
    assert (queue.held_count, queue.report_count) == rooms.queue_counts(ROOM) == (2, 0)
    assert texts(rooms) == ["hello"]
    clock.now += 5
    event = rooms.release(ROOM, people.moderator, one)
    message = event.message
    assert message is not None
    assert (message.author.id, message.at, message.text) == (people.member.id, clock.now, "darn it")
    assert message.reply_to is not None
    assert (message.reply_to.seq, message.media_time_s) == (first.seq, 7.5)
    rooms.refuse(ROOM, people.other_moderator, two)
    assert texts(rooms) == ["hello", "darn it"]
    assert rooms.queue_counts(ROOM) == (0, 0)
    # Its author sends it again after a reconnect: it is there already.
    again = rooms.send(ROOM, people.member, "darn it", client_id="1")
    assert (again.is_repeat, again.event) == (True, event)
    for act in (rooms.release, rooms.refuse):
        with pytest.raises(NotFound) as decided:
            act(ROOM, people.moderator, one)
        assert decided.value.fields["reason"] == "decided"
    assert acts(accounts)[-2:] == [
        ("Mia", "release", "room stream:demo Ben"),
        ("Max", "refuse", "room stream:demo Cat"),
    ]


def test_moderators_at_once_release_a_message_once(rooms: Rooms, people: Household, database: str) -> None:
    for number in range(4):
        held(rooms, people, people.member, f"darn {number}", str(number))
    ids = [one.id for one in rooms.queue(ROOM, people.owner).held]
    others = [open_rooms(database, now=rooms._now) for _ in range(2)]
    for one in ids:
        release = partial(others[0].release, ROOM, people.moderator, one)
        refuse = partial(others[1].refuse, ROOM, people.other_moderator, one)
        answers = at_once(release, partial(others[1].release, ROOM, people.other_moderator, one), refuse)
        assert sum(isinstance(answer, NotFound) for answer in answers) == 2, answers
    said = texts(rooms)
    assert len(said) == len(set(said)) <= 4
    assert rooms.queue_counts(ROOM) == (0, 0)
    for other in others:
        other.close()


def test_a_ban_and_a_clear_take_the_held_messages_along_but_a_time_out_does_not(
    rooms: Rooms, people: Household
) -> None:
    held(rooms, people, people.member, "darn")
    rooms.restrict(ROOM, people.moderator, people.member.id, "timeout", 60)
    assert rooms.queue_counts(ROOM) == (1, 0)
    rooms.restrict(ROOM, people.moderator, people.member.id, "ban")
    assert rooms.queue_counts(ROOM) == (0, 0)
    say(rooms, "hello", people.same_house)
    held(rooms, people, people.same_house, "darn")
    rooms.clear(ROOM, people.moderator, people.same_house.id)
    assert rooms.queue_counts(ROOM) == (0, 0)


def test_reports_wait_until_one_moderator_is_done_with_the_message(
    rooms: Rooms, accounts: Accounts, people: Household, clock: Clock
) -> None:
    message = say(rooms, "rude", people.member)
    rooms.report(ROOM, people.same_house, message.seq, "it is  rude")
    side = rooms.tail(ROOM).side
    rooms.report(ROOM, people.same_house, message.seq, "it is very rude")  # replaces the first one
    assert rooms.tail(ROOM).side == side
    clock.now += 1
    rooms.report(ROOM, people.guest, message.seq)
    queue = rooms.queue(ROOM, people.moderator)
    assert [(one.by, one.text) for one in queue.reports] == [("Cat", "it is very rude"), ("Gus", "")]
    rooms.edit(ROOM, people.member, message.seq, "nice")
    queue = rooms.queue(ROOM, people.moderator)
    assert {one.message.text for one in queue.reports} == {"nice"}
    rooms.resolve(ROOM, people.moderator, queue.reports[0].id)
    assert rooms.queue_counts(ROOM) == (0, 0)
    with pytest.raises(NotFound):
        rooms.resolve(ROOM, people.other_moderator, queue.reports[1].id)
    assert [what for _, what, _ in acts(accounts)[-4:]] == ["report", "report", "report", "resolve"]


def test_what_was_deleted_needs_no_report(rooms: Rooms, people: Household) -> None:
    message = say(rooms, "rude", people.member)
    rooms.report(ROOM, people.same_house, message.seq)
    rooms.delete_message(ROOM, people.moderator, message.seq)
    assert rooms.queue_counts(ROOM) == (0, 0)
    with pytest.raises(NotFound):
        rooms.report(ROOM, people.same_house, message.seq)


def test_reports_are_bounded(rooms: Rooms, people: Household, clock: Clock) -> None:
    message = say(rooms, "rude", people.member)
    with pytest.raises(Denied):
        rooms.report(ROOM, people.member, message.seq)
    for number in range(5):
        rooms.report(ROOM, people.guest, say(rooms, str(number), people.owner).seq)
    with pytest.raises(WouldBlock) as much:
        rooms.report(ROOM, people.guest, message.seq)
    assert much.value.fields == {"limit": "reports", "wait_s": 60.0}
    reporter = replace(people.guest, address="")
    for number in range(MOST_REPORTS_OF_ONE):
        rooms.report(ROOM, replace(reporter, guest=f"g{number}"), message.seq)
    with pytest.raises(Conflict):
        rooms.report(ROOM, replace(reporter, guest="one-more"), message.seq)


def test_only_moderators_see_the_queue_and_decide(rooms: Rooms, people: Household) -> None:
    one = held(rooms, people, people.member, "darn")
    for who in (people.member, people.guest):
        for act in (
            lambda who=who: rooms.queue(ROOM, who),
            lambda who=who: rooms.release(ROOM, who, one),
            lambda who=who: rooms.refuse(ROOM, who, one),
        ):
            with pytest.raises(Denied):
                act()
    released: Event = rooms.release(ROOM, people.admin, one)
    assert released.message is not None
