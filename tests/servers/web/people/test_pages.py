"""People and access as people meet them: a real node with a real database, and its pages in Chromium.

The tests share one node, whose first account the page /setup makes.
"""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.cli.running import Node
from tests.servers.web.browser import Errors, chromium, until
from tests.servers.web.test_accessibility import grave
from tests.servers.web.wall_page import node_with, pattern
from tests.support import needs

PASSWORD = "four words of mine"


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    streams = {"door": pattern(1, fps=5), "garden": pattern(2, fps=5)}
    with node_with(tmp_path_factory.mktemp("people"), streams) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium(needs.chromium()) as found:
        yield found


class Tab:
    """A page in a browser profile of its own. It fails the test if it complains, or sends a secret of a link in a URL."""

    def __init__(self, browser: Browser, node: Node, **options: Any) -> None:
        self.context = browser.new_context(
            viewport={"width": 1280, "height": 900}, bypass_csp=True, **options
        )
        self.page: Page = self.context.new_page()
        self.url = node.url
        self.errors = Errors(self.page)
        self.requests: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))

    def open(self, path: str) -> Page:
        """Open a page of the node."""
        self.page.goto(self.url + path)
        return self.page

    def sign_in(self, name: str, password: str = PASSWORD) -> Page:
        """Fill in the login page."""
        self.page.get_by_label("Name").fill(name)
        self.page.get_by_label("Password", exact=True).fill(password)
        self.page.get_by_role("button", name="Sign in", exact=True).click()
        return self.page

    def close(self) -> None:
        """Close it."""
        self.context.close()
        assert self.errors.found == []
        assert not [url for url in self.requests if re.search("fc[ilr]_", url) or PASSWORD in url]


@pytest.fixture(scope="module")
def admin(node: Node, browser: Browser) -> Iterator[Tab]:
    """The first admin, who came in by the page /setup and signed in."""
    tab = Tab(browser, node)
    page = tab.open("setup")
    page.get_by_label("Name").fill("ada")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create the admin").click()
    page.wait_for_url("**/login", timeout=60_000)
    tab.sign_in("ada")
    page.get_by_role("button", name="Signed in as ada").wait_for()
    yield tab
    tab.close()


@pytest.fixture
def visitor(node: Node, browser: Browser, admin: Tab) -> Iterator[Tab]:
    """Another browser, in which nobody is signed in; the node has its admin."""
    tab = Tab(browser, node)
    yield tab
    tab.close()


def ask(node: Node, path: str, token: str) -> int:
    """Return the status of a request with a token."""
    request = urllib.request.Request(node.url + path, headers={"Authorization": f"Bearer {token}"})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code


def shown_once(page: Page) -> str:
    """Return the secret in the dialog, and close it."""
    text = page.locator("framecast-snippet code").inner_text()
    page.get_by_text("It is shown only now.").wait_for()
    page.get_by_role("button", name="Done").click()
    return text


def invite(admin: Tab, role: str) -> str:
    """Return the link of an invitation that the admin makes."""
    page = admin.open("people")
    page.get_by_role("button", name="Invite").click()
    page.get_by_role("radio", name=role).check()
    page.get_by_role("button", name="Make the link").click()
    return shown_once(page)


def join(visitor: Tab, link: str, name: str) -> Page:
    """Accept an invitation."""
    page = visitor.page
    page.goto(link)
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create my account").click()
    page.get_by_role("button", name=f"Signed in as {name}").wait_for()
    return page


def test_whatever_is_wrong_has_one_answer(visitor: Tab) -> None:
    visitor.open("people")
    visitor.page.wait_for_url("**/login?next=people")
    said = []
    for name, password in (("ada", "wrong password"), ("nobody", PASSWORD)):
        visitor.sign_in(name, password)
        alert = visitor.page.get_by_role("alert")
        alert.wait_for()
        said.append(alert.inner_text())
    assert said == ["This name and password do not match an account."] * 2
    assert grave(visitor.page) == []
    visitor.sign_in("ada").wait_for_url("**/people")  # the page that was asked for
    visitor.page.get_by_role("tab", name="People", exact=True).wait_for()
    visitor.page.get_by_role("button", name="Signed in as ada").click()
    visitor.page.get_by_role("menuitem", name="Sign out").click()
    visitor.page.wait_for_url("**/login")
    assert visitor.page.request.get(visitor.url + "api/streams").status == 401


def test_invited_viewer_sees_what_is_granted_and_no_page_of_the_admins(
    node: Node, admin: Tab, visitor: Tab
) -> None:
    link = invite(admin, "Viewer")
    guest = join(visitor, link, "grace")
    guest.get_by_text("An admin of this server decides what you see.").wait_for()
    assert guest.get_by_role("button", name="Add a camera").is_hidden()
    assert visitor.page.request.get(node.url + "api/frame.jpeg?src=door").status == 404
    page = admin.open("people#access")
    page.get_by_role("button", name="Grant access").click()
    page.get_by_label("To", exact=True).select_option(label="grace")
    page.get_by_label("On", exact=True).select_option(label="door")
    assert grave(page) == []
    page.get_by_role("button", name="Grant", exact=True).click()
    page.get_by_text("see door").wait_for()
    guest.get_by_role("link", name="door").wait_for()
    assert guest.get_by_role("button", name="Add stream").is_hidden()
    assert guest.locator("framecast-tile").count() == 1
    guest.goto(node.url + "streams/door")
    guest.get_by_role("button", name="Snapshot", exact=True).wait_for()
    guest.get_by_role("button", name="Signed in as grace").wait_for()
    assert guest.get_by_role("button", name="Reconnect").is_hidden()
    guest.goto(node.url + "people")
    guest.get_by_role("heading", name="Access denied").wait_for()
    assert [visitor.page.request.get(node.url + path).status for path in ("api/people", "api/audit")] == [
        403
    ] * 2
    second = Tab(admin.context.browser, node)  # type: ignore[arg-type]
    second.page.goto(link)
    second.page.get_by_label("Name").fill("eve")
    second.page.get_by_label("Password", exact=True).fill(PASSWORD)
    second.page.get_by_role("button", name="Create my account").click()
    second.page.get_by_role("alert").filter(has_text="expired").wait_for()
    second.close()
    page.get_by_role("button", name="End: grace, see door").click()
    page.get_by_text("Nothing is granted").wait_for()
    until(page, lambda: visitor.page.request.get(node.url + "api/frame.jpeg?src=door").status == 404)


def test_token_is_shown_once_opens_what_it_may_and_ends(node: Node, admin: Tab) -> None:
    page = admin.open("account")
    page.get_by_role("button", name="New token").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Name", exact=True).fill("detector")
    form.get_by_label("Stream", exact=True).select_option("door")
    page.get_by_role("button", name="Make the token").click()
    token = shown_once(page)
    assert token.startswith("fct_")
    assert ask(node, "api/frame.jpeg?src=door", token) == 200
    assert ask(node, "api/frame.jpeg?src=garden", token) == 404
    assert ask(node, "api/people", token) == 403
    page.reload()
    row = page.get_by_role("listitem").filter(has_text="detector")
    row.get_by_text("Program: watch, read of door").wait_for()
    row.get_by_text("Last used just now").wait_for()
    assert token not in page.content()
    row.get_by_role("button", name="End detector").click()
    page.get_by_role("button", name="End the token").click()
    page.get_by_text("No tokens").wait_for()
    until(page, lambda: ask(node, "api/frame.jpeg?src=door", token) == 401)


def test_shared_page_shows_one_stream_after_its_password_and_ends(
    node: Node, admin: Tab, visitor: Tab
) -> None:
    page = admin.open("account")
    page.get_by_role("button", name="New link").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Shows").select_option("stream:door")
    form.get_by_label("Name").fill("For the neighbours")
    form.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Make the link").click()
    link = shown_once(page)
    assert "/share#fcl_" in link
    guest = visitor.page
    guest.goto(link)
    guest.get_by_label("Password", exact=True).fill("four other words")
    guest.get_by_role("button", name="Open", exact=True).click()
    guest.get_by_text("This is not the password of the link.").wait_for()
    guest.get_by_label("Password", exact=True).fill(PASSWORD)
    guest.get_by_role("button", name="Open", exact=True).click()
    guest.get_by_role("heading", name="For the neighbours").wait_for()
    guest.locator("framecast-player[state=live]").wait_for()
    page.get_by_role("button", name="End For the neighbours").click()
    page.get_by_role("button", name="End the link").click()
    page.get_by_text("No shared pages").wait_for()
    guest.locator("framecast-player:not([state=live])").wait_for()


def test_sessions_elsewhere_end_and_the_password_changes_with_the_old_one(admin: Tab, visitor: Tab) -> None:
    visitor.open("login")
    other = visitor.sign_in("ada")
    other.get_by_role("link", name="door").wait_for()
    page = admin.open("account")
    page.get_by_role("button", name="Sign out everywhere else").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Sign out").click()
    other.wait_for_url("**/login*")  # the wall asks, and is asked to sign in
    page.get_by_label("Old password", exact=True).fill("not this one")
    page.get_by_label("New password", exact=True).fill(PASSWORD + "!")
    page.get_by_role("button", name="Change the password").click()
    page.get_by_text("The password is wrong.").wait_for()
    page.get_by_label("Old password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Change the password").click()
    page.get_by_text("The password is changed.").wait_for()
    assert grave(page) == []
    back = page.request.post(
        admin.url + "api/me/password",
        data=json.dumps({"old": PASSWORD + "!", "new": PASSWORD}),
        headers={"Content-Type": "application/json"},
    )
    assert back.status == 204


def test_admin_resets_locks_and_deletes_and_the_log_has_it(admin: Tab, visitor: Tab) -> None:
    join(visitor, invite(admin, "Member"), "linus")
    page = admin.open("people")
    page.get_by_role("button", name="More for linus").click()
    page.get_by_role("menuitem", name="Link to reset the password").click()
    visitor.page.goto(shown_once(page))
    visitor.page.get_by_label("Password", exact=True).fill("another password")
    visitor.page.get_by_role("button", name="Set the password").click()
    visitor.page.wait_for_url("**/login")
    visitor.sign_in("linus", "another password").get_by_role("button", name="Signed in as linus").wait_for()
    page.get_by_role("button", name="More for linus").click()
    page.get_by_role("menuitem", name="Lock").click()
    page.get_by_text("Locked").wait_for()
    until(page, lambda: visitor.page.request.get(admin.url + "api/streams").status == 401)
    page.get_by_role("button", name="More for linus").click()
    page.get_by_role("menuitem", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="More for linus").wait_for(state="detached")
    assert grave(page) == []
    page = admin.open("people/audit")
    page.get_by_role("cell", name="Account deleted").wait_for()
    page.get_by_label("What").select_option("reset")
    page.get_by_role("cell", name="Password reset").wait_for()
    page.get_by_role("cell", name="Account deleted").wait_for(state="detached")
    assert grave(page) == []


def test_group_program_and_screen(node: Node, admin: Tab, visitor: Tab) -> None:
    page = admin.open("people#groups")
    page.get_by_role("button", name="New group").click()
    page.get_by_label("Name", exact=True).fill("Family")
    page.get_by_role("button", name="Make the group").click()
    page.get_by_role("button", name="Family", exact=True).click()
    page.get_by_role("checkbox", name="ada").check()
    page.get_by_role("button", name="Save").click()
    page.get_by_text("1 member").wait_for()
    page.get_by_role("tab", name="Programs and screens").click()
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_label("Name", exact=True).fill("hall-screen")
    page.get_by_role("button", name="Go on to its token").click()
    page.get_by_role("heading", name="Token for hall-screen").wait_for()
    page.get_by_role("button", name="Make the token").click()
    visitor.page.goto(shown_once(page))
    visitor.page.locator(".by-token").get_by_role("button", name="Sign in").press("Enter")
    visitor.page.get_by_role("button", name="Signed in as hall-screen").wait_for()
    assert visitor.page.request.get(node.url + "api/people").status == 403
    assert grave(page) == []


def test_pages_are_for_everybody_on_a_phone(browser: Browser, node: Node, admin: Tab) -> None:
    tab = Tab(browser, node, color_scheme="dark")
    tab.context.add_cookies(admin.context.cookies())  # type: ignore[arg-type]
    tab.page.set_viewport_size({"width": 320, "height": 700})
    for path in (
        "account",
        "people",
        "people#access",
        "people#programs",
        "people/audit",
        "join",
        "share",
        "login",
    ):
        page = tab.open(path)
        page.get_by_role("heading", level=1).wait_for()
        page.wait_for_load_state("networkidle")
        assert grave(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
    tab.close()
