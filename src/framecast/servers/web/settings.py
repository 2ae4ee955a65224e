"""What the node tells the web server when it starts it, beside what every server is told."""

from __future__ import annotations

from dataclasses import dataclass

from framecast.servers.launch import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSettings(Settings):
    """`hosts` are names by which a proxy or another machine may call an open server (see `origin`).

    `base_path` is the prefix under which a reverse proxy shows it, in any form. `origins` are other sites whose pages may open
    WebSockets, in any form that browsers write. `trusted_proxies` are addresses and networks whose word on clients counts.
    """

    base_path: str = ""
    hosts: tuple[str, ...] = ()
    trusted_proxies: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "base_path", clean_base_path(self.base_path))
        object.__setattr__(self, "origins", tuple(one.rstrip("/").lower() for one in self.origins))


def clean_base_path(text: str) -> str:
    """Return a path prefix with a slash before it and none behind; '' where there is none."""
    path = text.strip("/")
    return f"/{path}" if path else ""
