"""A real OpenID Connect provider beside a test: npm's `oidc-provider`, with its own pages for login and consent."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx

from tests.support import needs, npm_packages

HERE = Path(__file__).parent / "oidc"
ANSWER_S = 60.0
_MOST_HOPS = 20


class OidcProvider:
    """The provider's process. `sign_in` does what a person does in a browser."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout
        self._process = process
        self.issuer = process.stdout.readline().strip()
        assert self.issuer, "the provider did not start"

    def new_keys(self) -> None:
        """Replace the signing keys."""
        httpx.post(f"{self.issuer}/test/keys", timeout=ANSWER_S).raise_for_status()

    def asked_for_keys(self) -> int:
        """Return how often the keys were asked for."""
        return json.loads(httpx.get(f"{self.issuer}/test/asked", timeout=ANSWER_S).text)  # type: ignore[no-any-return]

    def sign_in(self, url: str, subject: str, redirect_uri: str) -> dict[str, str]:
        """Go through login and consent, and return the query with which the browser comes back."""
        with httpx.Client(timeout=ANSWER_S) as browser:
            answer = browser.get(url)
            for _ in range(_MOST_HOPS):
                if answer.is_redirect:
                    url = urljoin(str(answer.request.url), answer.headers["location"])
                    if url.startswith(redirect_uri):
                        return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
                    answer = browser.get(url)
                elif answer.status_code == 200:
                    is_login = 'name="login"' in answer.text
                    form = (
                        {"prompt": "login", "login": subject, "password": "x"}
                        if is_login
                        else {"prompt": "consent"}
                    )
                    answer = browser.post(answer.request.url, data=form)
                else:
                    raise AssertionError(f"{answer.status_code} at {answer.request.url}: {answer.text[:500]}")
        raise AssertionError("the provider redirects for ever")


def client(redirect_uri: str, **fields: Any) -> dict[str, Any]:
    """Return a client as the provider has it."""
    return {
        "client_id": "framecast",
        "client_secret": "a secret of the tests",
        "redirect_uris": [redirect_uri],
        "post_logout_redirect_uris": [redirect_uri],
        **fields,
    }


@contextmanager
def running(clients: list[dict[str, Any]], people: Mapping[str, Mapping[str, Any]]) -> Iterator[OidcProvider]:
    """Run a provider on a free port of this machine."""
    modules = npm_packages.modules(HERE)
    process = subprocess.Popen(
        [needs.node(), str(HERE / "provider.mjs")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdin
    assert process.stdout
    try:
        process.stdin.write(
            json.dumps({"modules": str(modules), "clients": clients, "people": people}) + "\n"
        )
        process.stdin.flush()
        yield OidcProvider(process)
    finally:
        process.stdin.close()
        process.wait(ANSWER_S)
        process.stdout.close()
