"""The key `oidc`: what is refused, and what the web server gets of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from framecast.errors import Invalid
from framecast.node.config import load as load_config
from framecast.node.server_kinds import _oidc

GOOD = "oidc:\n  issuer: https://id.example/realms/home\n  client_id: framecast\n"


def written(folder: Path, text: str) -> Path:
    path = folder / "framecast.yaml"
    path.write_text(text)
    return path


def test_without_the_key_there_is_no_provider(tmp_path: Path) -> None:
    assert _oidc(load_config(written(tmp_path, "port: 8081\n"))) is None


def test_the_web_server_gets_what_the_file_says_and_the_secret_of_its_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s3cret of the client\n")
    more = f"  client_secret_file: {tmp_path}/secret\n  roles: {{staff: member}}\n  groups: {{staff: Family}}\n  default_role: none\n"
    config = load_config(written(tmp_path, GOOD + more))
    found = _oidc(config)
    assert found is not None
    assert (found.issuer, found.client_id, found.label) == (
        "https://id.example/realms/home",
        "framecast",
        "id.example",
    )
    assert found.client_secret == "s3cret of the client"
    assert (found.roles, found.groups, found.default_role) == (
        {"staff": "member"},
        {"staff": "Family"},
        "none",
    )
    assert "s3cret" not in repr(found) + repr(config)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("oidc:\n  issuer: https://id.example", "issuer and client_id belong together"),
        ("oidc:\n  client_id: framecast", "issuer and client_id belong together"),
        (GOOD.replace("https://", "http://"), "must be the address of a provider"),
        (GOOD.replace("https://", "https://me@"), "must be the address of a provider"),
        (GOOD.replace("/home", "/home?x=1"), "must be the address of a provider"),
        (GOOD + "  default_role: owner", "must be one of viewer, member, admin, none"),
        (GOOD + "  roles: {staff: boss}", "each with one of viewer, member, admin"),
        (GOOD + "  groups: {staff: ''}", "the name of a group of people here"),
        (GOOD + "  client_secret: x\n  client_secret_file: y", "leave one out"),
        (GOOD + "  colour: red", "unknown key"),
    ],
)
def test_what_cannot_work_is_refused_in_words(tmp_path: Path, text: str, expected: str) -> None:
    with pytest.raises(Invalid) as caught:
        load_config(written(tmp_path, text))
    assert expected in str(caught.value)


def test_a_secret_file_without_a_secret_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("\n")
    config = load_config(written(tmp_path, f"{GOOD}  client_secret_file: {tmp_path}/secret\n"))
    with pytest.raises(Invalid, match="has no secret in its first line"):
        config.oidc_secret()
