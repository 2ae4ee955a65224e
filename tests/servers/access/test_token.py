"""The access token and its sessions."""

import pytest

from framecast.servers.access.token import SESSION_S, AccessToken


class Time:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_only_the_token_itself_matches() -> None:
    token = AccessToken("open sesame")
    assert token.matches("open sesame")
    for wrong in ("", "open", "open sesame ", "OPEN SESAME", "öffne dich", "\udc80"):
        assert not token.matches(wrong)


def test_session_is_known_until_it_runs_out_and_does_not_hold_the_token() -> None:
    time = Time()
    token = AccessToken("secret-token", time)
    session = token.new_session()
    assert "secret-token" not in session
    assert token.knows_session(session)
    time.now += SESSION_S + 1
    assert not token.knows_session(session)


def test_session_of_another_token_is_not_known() -> None:
    assert not AccessToken("new").knows_session(AccessToken("old").new_session())


@pytest.mark.parametrize("forged", ["", "v1", "....", "v1.99999999999.x.", "v1.99999999999.x.é", "\udc80.x"])
def test_forged_session_is_not_known(forged: str) -> None:
    assert not AccessToken("t").knows_session(forged)


def test_longer_expiry_breaks_the_signature() -> None:
    token = AccessToken("t", Time())
    version, expiry, nonce, signature = token.new_session().split(".")
    assert not token.knows_session(f"{version}.{int(expiry) + 1}.{nonce}.{signature}")


def test_sessions_have_ids_that_tell_them_apart() -> None:
    token = AccessToken("t")
    first, second = token.new_session(), token.new_session()
    assert token.session_id(first) != token.session_id(second)
    assert token.session_id(first) not in ("", first)
