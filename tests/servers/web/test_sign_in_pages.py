"""Sign-in by an app, by passkeys and at a provider in a real browser, whose authenticator is Chromium's own virtual one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
import pyotp
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import update

from framecast.model.rights import Role
from framecast.store.schema import sessions, totp
from tests.servers.web.browser import Errors, chromium, until
from tests.servers.web.people.test_oidc_routes import PEOPLE, settings
from tests.servers.web.people_web import PASSWORD, PeopleWeb, people_web
from tests.servers.web.test_accessibility import grave
from tests.support import needs, oidc_provider, ports


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PeopleWeb]:
    port = ports.free_port()
    back = f"http://localhost:{port}/login/oidc/callback"
    with (
        oidc_provider.running([oidc_provider.client(back)], PEOPLE) as provider,
        people_web(tmp_path_factory.mktemp("pages"), port, oidc=settings(provider.issuer)) as found,
    ):
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium(needs.chromium()) as found:
        yield found


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    # axe-core is put into the pages by the test: only for that their policy is set aside.
    found = browser.new_context(bypass_csp=True, reduced_motion="reduce")
    yield found
    found.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    found = context.new_page()
    errors = Errors(found)
    yield found
    assert errors.found == []


def authenticator(context: BrowserContext, page: Page) -> None:
    """Give the browser an authenticator that keeps passkeys and recognizes its owner."""
    session = context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def sign_in(page: Page, people: PeopleWeb, name: str, following: str = "account") -> None:
    page.goto(f"{people.url}/login?next={following}")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def code_of_picture(page: Page) -> str:
    """Read the QR code as a phone does."""
    picture = cv2.imdecode(np.frombuffer(page.locator(".qr").screenshot(), np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    # OpenCV finds no code in a few of the pictures that phones read well; another size helps it.
    sizes = (cv2.resize(picture, None, fx=scale, fy=scale) for scale in (1.0, 2.0, 1.5, 0.75))
    return next(filter(None, (cv2.QRCodeDetector().detectAndDecode(one)[0] for one in sizes)), "")


def test_a_person_adds_an_app_by_its_qr_code_and_signs_in_with_its_codes(
    people: PeopleWeb, page: Page
) -> None:
    ada = people.person("ada-page")
    sign_in(page, people, "ada-page")
    page.get_by_role("button", name="Add an authenticator app").click()
    expect(page.get_by_role("heading", name="Add an authenticator app")).to_be_visible()
    assert grave(page) == []
    app = pyotp.parse_uri(code_of_picture(page))
    assert isinstance(app, pyotp.TOTP)
    assert (app.issuer, app.name) == ("Framecast", "ada-page")
    page.get_by_label("Code of the app").fill("000000")
    page.get_by_role("button", name="Turn it on").click()
    expect(page.get_by_role("alert").filter(has_text="wrong")).to_be_visible()
    page.get_by_label("Code of the app").fill(app.now())
    page.get_by_role("button", name="Turn it on").click()
    expect(page.locator(".recovery-codes li")).to_have_count(10)
    assert grave(page) == []
    recovery = page.locator(".recovery-codes li").first.inner_text()
    page.get_by_role("button", name="I have kept them").click()
    expect(page.get_by_role("button", name="Remove the authenticator app")).to_be_visible()
    expect(page.get_by_text("10 codes are left")).to_be_visible()
    assert grave(page) == []

    with people.accounts.store.write() as connection:  # a code counts once; the next one comes in 30 s
        connection.execute(update(totp).where(totp.c.account_id == ada).values(last_counter=0))
    page.context.clear_cookies()
    sign_in(page, people, "ada-page")
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    assert grave(page) == []
    page.get_by_label("Code").fill("123")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("alert").filter(has_text="wrong")).to_be_visible()
    page.get_by_label("Code").fill(app.now())
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/account")

    page.context.clear_cookies()
    sign_in(page, people, "ada-page")
    page.get_by_label("Code").fill(recovery)
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/account")
    expect(page.get_by_text("9 codes are left")).to_be_visible()


def test_a_person_adds_a_passkey_and_signs_in_by_it_alone_and_as_second_step(
    people: PeopleWeb, context: BrowserContext, page: Page
) -> None:
    fay = people.person("fay-page")
    authenticator(context, page)
    sign_in(page, people, "fay-page")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.locator(".recovery-codes li")).to_have_count(10)
    page.get_by_role("button", name="I have kept them").click()
    page.get_by_role("button", name="Rename Passkey on Linux").click()
    page.get_by_label("Name of the passkey").fill("My laptop")
    page.get_by_role("button", name="Save", exact=True).last.click()
    expect(page.get_by_text("My laptop", exact=True)).to_be_visible()

    page.context.clear_cookies()
    page.goto(f"{people.url}/login?next=account")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url("**/account")
    expect(page.get_by_text("last used")).to_be_visible()

    page.context.clear_cookies()
    sign_in(page, people, "fay-page")
    expect(page.get_by_text("Use your passkey, or enter a recovery code.")).to_be_visible()
    page.get_by_role("button", name="Use your passkey").click()
    page.wait_for_url("**/account")

    page.context.clear_cookies()
    sign_in(page, people, "root", "people")
    page.get_by_role("listitem").filter(has_text="fay-page").get_by_role("button").last.click()
    page.get_by_role("menuitem", name="Remove the second step").click()
    page.get_by_role("button", name="Remove", exact=True).click()
    expect(page.get_by_role("alertdialog")).to_have_count(0)
    until(page, lambda: not people.accounts.has_second_factor(fay))


def test_an_old_session_is_asked_for_the_password_once(people: PeopleWeb, page: Page) -> None:
    gus = people.person("gus-page")
    sign_in(page, people, "gus-page")
    expect(page.get_by_role("button", name="Add an authenticator app")).to_be_visible()
    with people.accounts.store.write() as connection:
        connection.execute(update(sessions).where(sessions.c.account_id == gus).values(created_at=0))
    page.get_by_role("button", name="Add an authenticator app").click()
    expect(page.get_by_role("heading", name="Enter your password")).to_be_visible()
    assert grave(page) == []
    field = page.locator("#confirm-password")
    field.fill("wrong password")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("alert").filter(has_text="wrong")).to_be_visible()
    field.fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name="Add an authenticator app")).to_be_visible()


def test_by_the_address_of_the_server_the_account_says_why_there_are_no_passkeys(
    people: PeopleWeb, page: Page
) -> None:
    people.person("hans-page")
    url = people.url.replace("localhost", "127.0.0.1")
    page.goto(f"{url}/login?next=account")
    expect(page.get_by_role("link", name="Sign in with Home")).to_be_visible()
    assert page.get_by_role("button", name="Sign in with a passkey").count() == 0
    page.get_by_label("Name").fill("hans-page")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_text("Passkeys need a name")).to_be_visible()
    expect(page.get_by_role("button", name="Add a passkey")).to_be_disabled()


def test_a_person_signs_in_at_the_provider_and_adds_a_login(
    people: PeopleWeb, page: Page, browser: Browser
) -> None:
    page.goto(f"{people.url}/login?next=account")
    assert grave(page) == []
    page.get_by_role("link", name="Sign in with Home").click()
    at_provider(page, "s-ada")
    page.wait_for_url(f"{people.url}/account")
    expect(page.get_by_text("Signed in as ada, member.")).to_be_visible()
    assert people.accounts.account("ada").role is Role.MEMBER

    people.person("ivo-page")
    mine: Any = browser.new_context()
    other = mine.new_page()
    sign_in(other, people, "ivo-page")
    other.get_by_role("button", name="Add a login at Home").click()
    at_provider(other, "s-eve")
    other.wait_for_url(f"{people.url}/account")
    expect(other.get_by_text("root@example.org")).to_be_visible()
    mine.close()


def at_provider(page: Page, subject: str) -> None:
    """Sign in at the provider and agree, on its own pages."""
    page.locator('input[name="login"]').fill(subject)
    page.locator('input[name="password"]').fill("x")
    page.locator('button[type="submit"]').click()
    page.locator('button[type="submit"]').click()
