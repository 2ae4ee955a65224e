from __future__ import annotations

import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import replace
from time import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from framecast.accounts.bounded_http import HttpRequest, ask
from framecast.accounts.provider import KEYS_AGAIN_S, Attempt, Client, Provider, checked_issuer
from framecast.errors import Broken, Denied, Invalid
from tests.support import oidc_provider

BACK = "http://127.0.0.1:8080/login/oidc/callback"
PEOPLE = {
    "ada": {
        "name": "Ada Lovelace",
        "preferred_username": "ada",
        "email": "ada@example.org",
        "groups": ["admins"],
    }
}
NOW = 1_800_000_000.0


@pytest.fixture(scope="module")
def real() -> Iterator[oidc_provider.OidcProvider]:
    with oidc_provider.running([oidc_provider.client(BACK)], PEOPLE) as provider:
        yield provider


def client_of(issuer: str) -> Client:
    return Client(issuer, "framecast", "a secret of the tests")


def code_for(real: oidc_provider.OidcProvider, provider: Provider, attempt: Attempt) -> str:
    back = real.sign_in(provider.authorization_url(attempt), "ada", BACK)
    assert back["state"] == attempt.state
    return back["code"]


def test_a_person_signs_in_at_a_real_provider(real: oidc_provider.OidcProvider) -> None:
    provider, attempt = Provider(client_of(real.issuer)), Attempt(BACK)
    person = provider.exchange(code_for(real, provider, attempt), attempt)
    assert (person.issuer, person.subject) == (real.issuer, "ada")
    assert person.claims["preferred_username"] == "ada"
    assert person.claims["groups"] == ["admins"]
    assert "secret" not in repr(provider.client)


def test_the_request_has_pkce_state_and_nonce_and_not_the_verifier(real: oidc_provider.OidcProvider) -> None:
    provider, attempt = Provider(client_of(real.issuer)), Attempt(BACK)
    url = provider.authorization_url(attempt)
    query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    assert query["code_challenge_method"] == "S256"
    assert (query["state"], query["nonce"], query["redirect_uri"]) == (attempt.state, attempt.nonce, BACK)
    assert query["scope"].split()[0] == "openid"
    assert attempt.verifier not in url
    assert len({Attempt(BACK).state for _ in range(8)}) == 8


def test_a_code_counts_once(real: oidc_provider.OidcProvider) -> None:
    provider, attempt = Provider(client_of(real.issuer)), Attempt(BACK)
    code = code_for(real, provider, attempt)
    assert provider.exchange(code, attempt).subject == "ada"
    with pytest.raises(Denied, match="refuses"):
        provider.exchange(code, attempt)


def test_a_stolen_code_is_of_no_use_without_the_verifier(real: oidc_provider.OidcProvider) -> None:
    provider, attempt = Provider(client_of(real.issuer)), Attempt(BACK)
    code = code_for(real, provider, attempt)
    with pytest.raises(Denied, match="invalid_grant"):
        provider.exchange(code, Attempt(BACK))


def test_a_token_of_another_attempt_is_refused_by_its_nonce(real: oidc_provider.OidcProvider) -> None:
    provider, attempt = Provider(client_of(real.issuer)), Attempt(BACK)
    code = code_for(real, provider, attempt)
    with pytest.raises(Denied, match="nonce"):
        provider.exchange(code, replace(attempt, nonce="another"))


def test_new_keys_of_the_provider_are_asked_for_once_and_seldom(real: oidc_provider.OidcProvider) -> None:
    asked: list[str] = []

    def counting(request: HttpRequest) -> tuple[int, dict[str, Any]]:
        asked.append(request.url)
        return ask(request)

    def asked_for_keys() -> int:
        return sum(url.endswith("/jwks") for url in asked)

    ahead = 0.0
    provider = Provider(client_of(real.issuer), counting, lambda: time() + ahead)

    def signed_in() -> str:
        attempt = Attempt(BACK)
        return provider.exchange(code_for(real, provider, attempt), attempt).subject

    assert signed_in() == signed_in() == "ada"
    assert asked_for_keys() == 1
    real.new_keys()
    with pytest.raises(Denied):  # the keys were asked for a moment ago
        signed_in()
    assert asked_for_keys() == 1
    ahead = KEYS_AGAIN_S
    assert signed_in() == "ada"
    assert asked_for_keys() == 2
    ahead = 2 * KEYS_AGAIN_S + 3600  # every token of the provider has expired by our clock
    with pytest.raises(Denied):
        signed_in()


class Scripted:
    """The other end of the wire: a provider whose key the test has, so that it can sign what a real one never signs."""

    def __init__(self, issuer: str = "https://id.example") -> None:
        self.key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"}, private=True)
        self.description: dict[str, Any] = {
            "issuer": issuer,
            "authorization_endpoint": "https://id.example/auth",
            "token_endpoint": "https://id.example/token",
            "jwks_uri": "https://id.example/jwks",
        }
        self.claims: dict[str, Any] = {
            "iss": issuer,
            "sub": "ada",
            "aud": "framecast",
            "exp": int(NOW) + 300,
            "iat": int(NOW),
            "nonce": "n",
        }
        self.token = ""
        self.signer: Any = self.key
        self.requests: list[HttpRequest] = []

    def __call__(self, request: HttpRequest) -> tuple[int, dict[str, Any]]:
        self.requests.append(request)
        if request.url.endswith("openid-configuration"):
            return 200, self.description
        if request.url.endswith("/jwks"):
            return 200, {"keys": [self.key.as_dict(private=False)]}
        header = {"alg": "RS256", "kid": "one"}
        token = self.token or jwt.encode(header, self.claims, self.signer, algorithms=["RS256"])
        return 200, {"id_token": token, "access_token": "a", "token_type": "Bearer"}


def exchanged(scripted: Scripted) -> str:
    provider = Provider(Client("https://id.example", "framecast", "s"), scripted, lambda: NOW)
    return provider.exchange("c", Attempt(BACK, nonce="n")).subject


def test_a_token_as_the_standard_has_it_is_accepted() -> None:
    assert exchanged(Scripted()) == "ada"


@pytest.mark.parametrize(
    "wrong",
    [
        {"iss": "https://evil.example"},
        {"aud": "another"},
        {"aud": ["framecast", "another"]},
        {"aud": ["framecast", "another"], "azp": "another"},
        {"azp": "another"},
        {"exp": int(NOW) - 61},
        {"iat": int(NOW) + 600},
        {"nonce": "other"},
        {"nonce": None},
        {"sub": None},
        {"sub": ""},
        {"sub": "x" * 256},
        {"sub": ["ada"]},
        {"exp": "never"},
        {"exp": None},
        {"iat": None},
        {"at_hash": "AAAA"},
    ],
)
def test_a_token_with_a_wrong_claim_is_refused(wrong: dict[str, Any]) -> None:
    scripted = Scripted()
    changed = scripted.claims | wrong
    scripted.claims = {name: value for name, value in changed.items() if value is not None}
    with pytest.raises(Denied):
        exchanged(scripted)


def test_two_audiences_with_us_as_the_authorized_one_are_accepted() -> None:
    scripted = Scripted()
    scripted.claims |= {"aud": ["framecast", "another"], "azp": "framecast"}
    assert exchanged(scripted) == "ada"


def forged(header: dict[str, str], claims: dict[str, Any], key: bytes) -> str:
    """A token as an attacker writes it: no library signs this way any more."""
    body = ".".join(
        urlsafe_b64encode(json.dumps(one).encode()).rstrip(b"=").decode() for one in (header, claims)
    )
    signature = hmac.digest(key, body.encode(), "sha256") if header["alg"] == "HS256" else b""
    return f"{body}.{urlsafe_b64encode(signature).rstrip(b'=').decode()}"


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_a_token_that_is_signed_with_what_everybody_knows_is_refused(algorithm: str) -> None:
    scripted = Scripted()
    public = scripted.key.as_pem(private=False)
    scripted.token = forged({"alg": algorithm, "kid": "one"}, scripted.claims, public)
    with pytest.raises(Denied):
        exchanged(scripted)


def test_a_token_that_another_key_has_signed_is_refused() -> None:
    scripted = Scripted()
    scripted.signer = RSAKey.generate_key(2048, {"kid": "one"}, private=True)
    with pytest.raises(Denied):
        exchanged(scripted)


def test_a_provider_that_calls_itself_otherwise_is_refused() -> None:
    with pytest.raises(Broken, match=r"expected 'https://id\.example'"):
        exchanged(Scripted("https://id.example/"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("token_endpoint", "http://id.example/token"),
        ("jwks_uri", None),
        ("authorization_endpoint", "javascript:alert(1)"),
        ("authorization_endpoint", None),
        ("code_challenge_methods_supported", ["plain"]),
    ],
)
def test_a_description_that_is_not_safe_is_refused(name: str, value: object) -> None:
    scripted = Scripted()
    scripted.description[name] = value
    with pytest.raises(Broken):
        exchanged(scripted)


@pytest.mark.parametrize(
    ("methods", "is_basic"), [(None, True), (["client_secret_post"], False), (["client_secret_basic"], True)]
)
def test_the_client_secret_is_shown_as_the_provider_wants_it(
    methods: list[str] | None, is_basic: bool
) -> None:
    scripted = Scripted()
    scripted.description["token_endpoint_auth_methods_supported"] = methods
    assert exchanged(scripted) == "ada"
    form, headers = next((r.form, r.headers) for r in scripted.requests if r.form)
    assert ("Authorization" in headers) is is_basic
    assert ("client_secret" in form) is not is_basic
    assert "client_secret" not in repr(scripted.requests)


@pytest.mark.parametrize(
    "issuer",
    ["id.example", "http://id.example", "ftp://id.example", "https://a@id.example", "https://id.example?x=1"],
)
def test_an_issuer_that_is_no_address_is_refused(issuer: str) -> None:
    with pytest.raises(Invalid):
        checked_issuer(issuer)


def test_an_issuer_is_taken_as_it_is() -> None:
    assert checked_issuer("https://id.example/realms/home/") == "https://id.example/realms/home/"
