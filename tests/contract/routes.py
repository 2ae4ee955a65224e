"""The routes of the web server that its OpenAPI document leaves out: pages, files, sockets; and what the players' files export."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module
from importlib.resources import files
from pkgutil import walk_packages

from fastapi import APIRouter

import framecast.servers.web

_EXPORT = re.compile(r"^export (?:async )?(?:class|function|const|let) (\w+)(.*)$", re.MULTILINE)
_EXPORT_LIST = re.compile(r"^export \{([^}]*)\}", re.MULTILINE)
_ATTRIBUTES = re.compile(r"observedAttributes = \[([^]]*)\]")


def lines() -> Iterator[str]:
    """Give the contract's lines."""
    for module in walk_packages(framecast.servers.web.__path__, "framecast.servers.web."):
        if not module.name.endswith("__main__"):
            for value in vars(import_module(module.name)).values():
                if isinstance(value, APIRouter):
                    yield from _of_router(value)
    yield from _of_player()


def _of_router(router: APIRouter) -> Iterator[str]:
    for route in router.routes:
        methods = sorted(getattr(route, "methods", None) or ["WEBSOCKET"])
        hidden = "" if getattr(route, "include_in_schema", False) else " (not in the document)"
        yield from (
            f"{method} {getattr(route, 'path', '')}{hidden}" for method in methods if method != "HEAD"
        )


def _of_player() -> Iterator[str]:
    """Other sites import these files by their URLs."""
    static = files("framecast.servers.web") / "static"
    texts = {one.name: one.read_text() for one in static.iterdir() if one.name.endswith(".js")}
    yield from _exports("player.js", texts["player.js"])
    yield from _exports("video-player.js", texts["video-player.js"])
    yield from _attributes("framecast-video", texts.pop("video-player.js"))
    yield from _attributes("framecast-player", "\n".join(texts.values()))


def _exports(file: str, text: str) -> Iterator[str]:
    names = {name for name, _ in _EXPORT.findall(text)}
    for listed in _EXPORT_LIST.findall(text):
        names |= {one.split(" as ")[-1].strip() for one in listed.split(",") if one.strip()}
    yield from (f"static/{file} exports {name}" for name in names)


def _attributes(element: str, text: str) -> Iterator[str]:
    for listed in _ATTRIBUTES.findall(text):
        yield from (f"<{element}> attribute {name}" for name in re.findall(r'"([^"]+)"', listed))
