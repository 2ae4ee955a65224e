"""An OpenID Connect provider: where its endpoints are, what it signs with, and for which person an authorization code stands. Blocking; any thread.

Authorization code flow with PKCE, state and nonce (OpenID Connect Core 1.0, section 3.1; RFC 7636, RFC 9700). An ID token counts only
after its signature by a key of the provider, `iss`, `aud`, `azp`, `exp`, `iat`, `nonce` and, if there, `at_hash` were checked. The
description of the provider is asked for again after an hour, its keys when a token names an unknown one, but at most every 30 s.
"""

from __future__ import annotations

import base64
import secrets
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote_plus, urlencode

from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from authlib.oidc.discovery import OpenIDProviderMetadata
from joserfc import jwt
from joserfc.errors import BadSignatureError, InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from framecast.accounts.bounded_http import Ask, HttpRequest, ask, check_url
from framecast.errors import Broken, Denied, Invalid

# Asymmetric signatures only: with HS256 everybody who knows the client secret could sign, and `none` is no signature.
ALGORITHMS = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "EdDSA",
    "Ed25519",
)
METADATA_S = 3600.0
KEYS_AGAIN_S = 30.0
LEEWAY_S = 60  # between the clock of the provider and ours
# Members of a header that are not known do not count (RFC 7515 section 4).
_REGISTRY = JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
_MAX_TOKEN = 32 << 10  # characters
_MAX_KEYS = 64
_MAX_SUBJECT = 255  # section 2 of OpenID Connect Core


@dataclass(frozen=True, slots=True)
class Client:
    """What this server is at the provider."""

    issuer: str
    client_id: str
    client_secret: str | None = field(repr=False)
    scopes: Sequence[str] = ("openid", "profile", "email")


@dataclass(frozen=True, slots=True)
class Attempt:
    """One sign-in under way: what binds the answer of the provider to the browser that began."""

    redirect_uri: str
    state: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    nonce: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(64), repr=False)


@dataclass(frozen=True, slots=True)
class Person:
    """A person who has signed in at the provider: `subject` is the only name that never changes."""

    issuer: str
    subject: str
    claims: Mapping[str, Any] = field(repr=False)


class Provider:
    """One provider; its description and keys are kept. `now` gives UTC seconds."""

    def __init__(self, client: Client, asks: Ask = ask, now: Callable[[], float] = time.time) -> None:
        check_url(client.issuer)
        self.client = client
        self._asks = asks
        self._now = now
        self._turn = threading.Lock()  # one thread asks, the others get what it got
        self._metadata: dict[str, Any] = {}
        self._metadata_at = float("-inf")
        self._keys = KeySet([])
        self._keys_at = float("-inf")

    def authorization_url(self, attempt: Attempt) -> str:
        """Return where the browser goes to sign in.

        Raises:
            Broken: the provider does not answer, or not as a provider does.
        """
        url = prepare_grant_uri(
            self._endpoint("authorization_endpoint"),
            self.client.client_id,
            "code",
            redirect_uri=attempt.redirect_uri,
            scope=" ".join(dict.fromkeys(("openid", *self.client.scopes))),
            state=attempt.state,
            nonce=attempt.nonce,
            code_challenge=create_s256_code_challenge(attempt.verifier),
            code_challenge_method="S256",
        )
        return str(url)

    def logout_url(self, back: str) -> str | None:
        """Return where the browser ends its session at the provider and comes `back`; None if the provider has no such address.

        OpenID Connect RP-Initiated Logout 1.0, section 2, by `client_id`: no ID token is kept for it.

        Raises:
            Broken: the provider does not answer, or not as a provider does.
        """
        endpoint = self._described().get("end_session_endpoint")
        if endpoint is None:
            return None
        try:
            check_url(str(endpoint))
        except Invalid as error:
            raise Broken(f"the end_session_endpoint of the provider is not valid: {error}") from error
        query = urlencode({"client_id": self.client.client_id, "post_logout_redirect_uri": back})
        return f"{endpoint}{'&' if '?' in str(endpoint) else '?'}{query}"

    def exchange(self, code: str, attempt: Attempt) -> Person:
        """Return the person for whom an authorization code stands.

        Raises:
            Denied: the provider refuses the code, or the ID token is not one for this attempt.
            Broken: the provider does not answer, or not as a provider does.
        """
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": attempt.redirect_uri,
            "code_verifier": attempt.verifier,
        }
        status, answer = self._asks(self._token_request(form))
        if status != 200:
            reason = str(answer.get("error", ""))[:64]
            raise Denied(
                f"the provider refuses this sign-in ({reason or status}): sign in again", reason="code"
            )
        token = answer.get("id_token")
        if not isinstance(token, str) or len(token) > _MAX_TOKEN:
            raise Broken("the provider sent no ID token: does the client have the scope openid?")
        return self._person(token, attempt.nonce, answer.get("access_token"))

    # --- the description of the provider

    def _described(self) -> dict[str, Any]:
        with self._turn:
            if self._now() - self._metadata_at >= METADATA_S:
                self._metadata = self._discovered()
                self._metadata_at = self._now()
            return self._metadata

    def _discovered(self) -> dict[str, Any]:
        """Ask for the description (OpenID Connect Discovery 1.0, section 4)."""
        issuer = self.client.issuer
        status, found = self._asks(HttpRequest(f"{issuer.rstrip('/')}/.well-known/openid-configuration"))
        if status != 200:
            raise Broken(f"the provider {issuer} answers {status} when asked for its description")
        if found.get("issuer") != issuer:
            raise Broken(
                f"the provider calls itself {str(found.get('issuer'))[:200]!r}, expected {issuer!r}: oidc.issuer must be the same text"
            )
        metadata = OpenIDProviderMetadata(found)
        try:
            for check in (metadata.validate_authorization_endpoint, metadata.validate_jwks_uri):
                check()
            for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
                check_url(str(metadata.get(name, "")))
        except ValueError as error:
            raise Broken(f"the description of the provider {issuer} is not valid: {error}") from error
        methods = found.get("code_challenge_methods_supported")
        if methods is not None and "S256" not in methods:
            raise Broken(f"the provider {issuer} has no PKCE with S256")
        return found

    def _endpoint(self, name: str) -> str:
        return str(self._described()[name])

    def _token_request(self, form: dict[str, str]) -> HttpRequest:
        """Show the client secret as the provider wants it (OpenID Connect Core 1.0, section 9)."""
        url, client = self._endpoint("token_endpoint"), self.client
        if client.client_secret is None:
            return HttpRequest(url, {**form, "client_id": client.client_id})
        known = self._described().get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        if "client_secret_basic" in known:
            pair = f"{quote_plus(client.client_id)}:{quote_plus(client.client_secret)}"
            basic = base64.b64encode(pair.encode()).decode()
            return HttpRequest(url, form, {"Authorization": f"Basic {basic}"})
        return HttpRequest(
            url, {**form, "client_id": client.client_id, "client_secret": client.client_secret}
        )

    # --- the ID token

    def _person(self, token: str, nonce: str, access_token: object) -> Person:
        try:
            found = self._decoded(token)
            claims = CodeIDToken(
                found.claims,
                found.header,
                {
                    "iss": {"essential": True, "value": self.client.issuer},
                    "aud": {"essential": True, "value": self.client.client_id},
                    "sub": {"essential": True},
                    "nonce": {"essential": True, "value": nonce},
                },
                {"nonce": nonce, "client_id": self.client.client_id, "access_token": access_token},
            )
            # A token without a time, or with a text as one, ends here too.
            claims.validate(now=int(self._now()), leeway=LEEWAY_S)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise Denied(
                f"the ID token of the provider is not valid ({_cause(error)}): sign in again", reason="token"
            ) from error
        audiences = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
        if len(audiences) > 1 and claims.get("azp") != self.client.client_id:
            raise Denied("the ID token of the provider is for another client: sign in again", reason="token")
        subject = claims["sub"]
        if not isinstance(subject, str) or not 0 < len(subject) <= _MAX_SUBJECT:
            raise Denied("the ID token of the provider names nobody: sign in again", reason="token")
        return Person(self.client.issuer, subject, dict(claims))

    def _decoded(self, token: str) -> jwt.Token:
        """Check the signature; a key that is not known yet is asked for once."""
        try:
            return jwt.decode(token, self._known_keys(), registry=_REGISTRY)
        except (InvalidKeyIdError, BadSignatureError):  # a key without an id is known by its signatures only
            return jwt.decode(token, self._known_keys(is_missing=True), registry=_REGISTRY)

    def _known_keys(self, *, is_missing: bool = False) -> KeySet:
        url = self._endpoint("jwks_uri")
        with self._turn:
            if not self._keys or (is_missing and self._now() - self._keys_at >= KEYS_AGAIN_S):
                self._keys = self._asked_keys(url)
                self._keys_at = self._now()
            return self._keys

    def _asked_keys(self, url: str) -> KeySet:
        status, found = self._asks(HttpRequest(url))
        given = found.get("keys")
        if status != 200 or not isinstance(given, list) or not given:
            raise Broken(f"the provider {self.client.issuer} has no keys at {url}")
        keys = []
        for one in given[:_MAX_KEYS]:
            # Keys for encryption, and of kinds that are not known, are not ours.
            if (
                isinstance(one, dict)
                and one.get("use", "sig") == "sig"
                and one.get("kty") in ("RSA", "EC", "OKP")
            ):
                try:
                    keys += list(KeySet.import_key_set({"keys": [one]}))
                except (JoseError, ValueError, TypeError):
                    continue
        if not keys:
            raise Broken(f"the provider {self.client.issuer} has no key for checking signatures")
        return KeySet(keys)


def _cause(error: Exception) -> str:
    return str(getattr(error, "claim", None) or getattr(error, "error", None) or type(error).__name__)[:64]


def checked_issuer(issuer: str) -> str:
    """Return an issuer as the configuration has it.

    Raises:
        Invalid: it is not an address, or has a query.
    """
    if check_url(issuer).query:
        raise Invalid("must have no query")
    return issuer
