"""Every route is documented, and the pages' scripts keep their rules."""

import re
from pathlib import Path

import pytest
from fastapi.routing import APIRoute

from framecast.servers import web as package
from framecast.servers.web import health_routes, page_routes
from framecast.servers.web.library import recording_routes
from framecast.servers.web.streams import address_routes, stream_routes
from framecast.servers.web.viewers import picture_routes
from tests.servers.web.small_node import SmallNode
from tests.servers.web.web_process import WebProcess

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "http.md"
UPLOADS = PAGE.with_name("uploads.md")
FOLDER = Path(package.__file__).parent
# The head of every page, line by line; its own style sheets and scripts come last.
HEAD = re.compile(
    r"""<!doctype html>
<html lang="en"(?: data-open)?>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<meta name="color-scheme" content="light dark">
(?:<meta name="robots" content="noindex">
)?(?:<meta name="referrer" content="no-referrer">
)?<title>[^<\n]+ · Framecast</title>
<link rel="icon" href="(?P<up>(?:\.\./)*|\$\{up\})static/icon\.svg" type="image/svg\+xml">
(?:<link rel="stylesheet" href="(?P=up)static/[a-z-]+\.css">
)+(?:<script type="module" src="(?P=up)static/[a-z-]+\.js"></script>
)*</head>
"""
)
MODULES = (address_routes, health_routes, picture_routes, page_routes, recording_routes, stream_routes)


def routes() -> list[tuple[str, str]]:
    return [
        (method, route.path)
        for module in MODULES
        for route in module.router.routes
        if isinstance(route, APIRoute)
        for method in sorted(route.methods or ())
    ]


@pytest.mark.parametrize(("method", "path"), routes())
def test_route_is_documented(method: str, path: str) -> None:
    assert f"`{method} {path}`" in PAGE.read_text(), f"docs/reference/http.md says nothing of {method} {path}"


def test_every_parameter_of_the_api_is_documented_and_described(node: SmallNode, web: WebProcess) -> None:
    text = PAGE.read_text() + UPLOADS.read_text()
    for path, methods in web.json("/openapi.json")["paths"].items():
        for operation in methods.values():
            for parameter in operation.get("parameters", ()):
                assert parameter["description"], (path, parameter["name"])
                assert re.search(rf"[`?&]{parameter['name']}\b", text), (path, parameter["name"])


def test_scripts_make_no_markup_from_strings_and_know_no_foreign_address() -> None:
    for path in (FOLDER / "static").glob("*.js"):
        text = path.read_text()
        assert text.startswith("//"), f"{path.name} does not say what it is"
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(", text), (
            path.name
        )
        assert not re.search(r"https?://(?!www\.w3\.org/|example\.org/)", text), path.name


def test_heads_of_all_pages_are_the_same() -> None:
    pages = sorted((FOLDER / "pages").glob("*.html"))
    assert len(pages) > 20
    assert [page.name for page in pages if not HEAD.match(page.read_text())] == []
