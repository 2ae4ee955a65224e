"""Where a login leads: the page that was asked for, with what it reads from its address, and nowhere else."""

import pytest

from framecast.servers.web.http.next_page import LONGEST, safe_next, wanted_page


@pytest.mark.parametrize(
    ("path", "query", "target"),
    [
        ("/streams/door", "", "./streams/door"),
        (
            "/",
            "kiosk=1&layout=2x2&rotate=30&group=g%C3%A4rten&group=*",
            "./?kiosk=1&layout=2x2&rotate=30&group=g%C3%A4rten&group=%2A",
        ),
        ("/videos/abc", "list=def&t=90", "./videos/abc?list=def&t=90"),
        ("/streams/door", "token=secret&wall=two", "./streams/door?wall=two"),
        ("/streams/door", "token=secret", "./streams/door"),
    ],
)
def test_login_leads_back_with_what_the_page_reads(path: str, query: str, target: str) -> None:
    assert safe_next(wanted_page(path, query)) == target


@pytest.mark.parametrize(
    ("wanted", "target"),
    [
        ("", "./"),
        ("?", "./"),
        ("?x=1", "./"),
        ("//evil.example?wall=1", "./"),
        ("../x?wall=1", "./"),
        ("https://evil.example?wall=1", "./"),
        ("a?next=https://evil.example", "./a"),
        ("a?wall=https://evil.example", "./a?wall=https%3A%2F%2Fevil.example"),
        ("a?wall=%0d%0aInjected:%20b", "./a?wall=%0D%0AInjected%3A+b"),
        ("a?" + "wall=&" * 100, "./"),
        ("a?" + "t=1&" * 70, "./a"),
        ("a?wall=" + "b" * LONGEST, "./"),
    ],
)
def test_hostile_address_leads_nowhere_else(wanted: str, target: str) -> None:
    assert safe_next(wanted) == target
