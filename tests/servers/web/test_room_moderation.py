"""Moderation in the chat of a room, in real Chromium on a node with accounts: what a moderator does, a member sees at once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.cli.running import Node
from tests.servers.web.browser import chromium
from tests.servers.web.chat_page import Chat
from tests.servers.web.wall_page import pattern
from tests.support import needs

PASSWORD = "four words of mine"
POST = """async ([path, body]) => (await fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) })).json()"""


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    with Node(tmp_path_factory.mktemp("rooms"), f"door={pattern(1, fps=5)}", servers=()) as found:
        for name, role in (("ada", "admin"), ("bob", "member")):
            ended = found.command("user", "add", name, "--role", role, given=f"{PASSWORD}\n")
            assert ended.returncode == 0, ended.stderr
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium(needs.chromium()) as found:
        yield found


def signed_in(browser: Browser, node: Node, name: str) -> Chat:
    """A browser in which somebody is signed in."""
    chat = Chat(browser, node.url)
    chat.page.goto(f"{node.url}login")
    chat.page.get_by_label("Name").fill(name)
    chat.page.get_by_label("Password", exact=True).fill(PASSWORD)
    chat.page.get_by_role("button", name="Sign in", exact=True).click()
    chat.page.get_by_role("button", name=f"Signed in as {name}").wait_for()
    return chat


@pytest.fixture(scope="module")
def people(node: Node, browser: Browser) -> Iterator[tuple[Chat, Chat]]:
    """The owner of a private room, and a member that it has invited."""
    ada, bob = signed_in(browser, node, "ada"), signed_in(browser, node, "bob")
    key = ada.page.evaluate(POST, [f"{node.url}api/rooms", {"title": "Harbour"}])["key"]
    invitation = ada.page.evaluate(POST, [f"{node.url}api/rooms/{key}/invitations", {}])
    bob.page.evaluate(POST, [f"{node.url}api/rooms/join", {"token": invitation["token"]}])
    for chat in (ada, bob):
        chat.url = f"{node.url}rooms/{key}/embed"
        chat.enter()
    yield ada, bob
    ada.close()
    bob.close()


def rules(ada: Chat, label: str, choice: str) -> None:
    """Change a rule of the room."""
    ada.room.locator("header").get_by_role("button", name="More").click()
    ada.room.get_by_role("menuitem", name="Rules of this room").click()
    ada.room.get_by_label(label).select_option(choice)
    ada.room.get_by_role("button", name="Save").click()
    ada.room.get_by_role("dialog").wait_for(state="hidden")


def lift(ada: Chat) -> None:
    """End the one restriction that is listed."""
    ada.room.locator("header").get_by_role("button", name="More").click()
    ada.room.get_by_role("menuitem", name="Time-outs and bans").click()
    ada.room.get_by_role("button", name="Lift").click()
    ada.room.get_by_text("Nobody is timed out or banned.").wait_for()
    ada.room.get_by_role("button", name="Close", exact=True).click()


def test_pinned_message_and_reports(people: tuple[Chat, Chat]) -> None:
    ada, bob = people
    ada.say("Boats leave at nine")
    ada.act("Boats leave at nine", "More", "Pin for all")
    bob.room.locator(".pinned").get_by_text("Boats leave at nine").wait_for()
    ada.room.get_by_role("button", name="Unpin").click()
    bob.room.locator(".pinned").wait_for(state="hidden")
    bob.act("Boats leave at nine", "More", "Report")
    bob.room.get_by_label("What is wrong with it?").fill("it is ten")
    bob.room.get_by_role("button", name="Report", exact=True).click()
    ada.room.get_by_role("button", name="Waiting for moderators: 0 held, 1 reported").click()
    ada.room.get_by_text("it is ten").wait_for()
    ada.room.get_by_role("button", name="Nothing wrong").click()
    ada.room.get_by_text("Nothing waits.").wait_for()
    ada.room.get_by_role("button", name="Close", exact=True).click()
    assert bob.room.get_by_role("button", name="Waiting for moderators").count() == 0


def test_links_are_held_and_published(people: tuple[Chat, Chat]) -> None:
    ada, bob = people
    rules(ada, "Links", "held")
    bob.field.fill("see https://example.org/")
    bob.field.press("Enter")
    bob.room.get_by_text("A moderator looks at your message").wait_for()
    assert bob.texts().count("see https://example.org/") == 0
    ada.room.get_by_role("button", name="Waiting for moderators: 1 held, 0 reported").click()
    ada.room.get_by_role("button", name="Publish").click()
    bob.message("see https://example.org/").wait_for()
    ada.room.get_by_text("Nothing waits.").wait_for()
    ada.room.get_by_role("button", name="Close", exact=True).click()
    rules(ada, "Links", "allowed")


def test_slow_mode_says_how_long_to_wait_and_keeps_the_text(people: tuple[Chat, Chat]) -> None:
    ada, bob = people
    rules(ada, "Slow mode", "300")
    bob.room.get_by_text("Slow mode: one message every 300 s").wait_for()
    bob.field.fill("too soon")
    bob.field.press("Enter")
    bob.room.get_by_text("You can write again in").wait_for()
    assert bob.field.input_value() == "too soon"
    assert bob.room.get_by_role("button", name="Send", exact=True).is_disabled()
    ada.say("a moderator does not wait")
    ada.say("and again")
    rules(ada, "Slow mode", "0")
    bob.room.get_by_text("You can write again in").wait_for(state="hidden")
    bob.page.reload()
    bob.page.locator("framecast-room[state=open]").wait_for()
    assert bob.field.input_value() == "too soon"
    bob.field.press("Enter")
    ada.message("too soon").wait_for()


def test_time_out_and_closed_room(people: tuple[Chat, Chat]) -> None:
    ada, bob = people
    bob.say("too loud")
    ada.act("too loud", "More", "Time out")
    ada.room.get_by_label("Reason").fill("Calm down")
    ada.room.get_by_role("button", name="Time out", exact=True).click()
    bob.room.get_by_text("You are timed out for 5 min more. Calm down.").wait_for()
    bob.field.wait_for(state="hidden")
    lift(ada)
    bob.field.wait_for()
    rules(ada, "Who may write", "false")
    bob.room.get_by_text("The moderators have closed the chat for now.").wait_for()
    rules(ada, "Who may write", "true")
    bob.field.wait_for()


def test_clear_of_one_person_and_a_ban(people: tuple[Chat, Chat]) -> None:
    ada, bob = people
    ada.say("stays")
    bob.say("goes one")
    bob.say("goes two")
    ada.act("goes one", "More", "Delete all of this person")
    ada.room.get_by_role("button", name="Delete all", exact=True).click()
    for chat in (ada, bob):
        chat.message("Message deleted").wait_for()
        assert "stays" in chat.texts()
        assert not {"goes one", "goes two"} & set(chat.texts())
    ada.room.locator("article", has=ada.page.get_by_text("bob", exact=True)).last.hover()
    bob.say("once more")
    ada.act("once more", "More", "Ban")
    ada.room.get_by_label("Reason").fill("Enough")
    ada.room.get_by_role("button", name="Ban", exact=True).click()
    bob.room.get_by_text("You are banned from this room. Enough.").wait_for()
    bob.page.locator("framecast-room[state=gone]").wait_for()
    bob.wait("room.shadowRoot.querySelectorAll('article').length === 0")
    bob.page.reload()
    bob.page.get_by_text("Enough").first.wait_for()
    lift(ada)
    bob.enter()
    bob.say("back again")
    ada.message("back again").wait_for()
