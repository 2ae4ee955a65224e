"""What the node tells the web server when it starts it: one line of JSON on stdin."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Self

from framecast.errors import Invalid


@dataclass(frozen=True, slots=True)
class WebSettings:
    """`fd` is a listening socket that this process inherited; `access_token` None leaves the door open.

    `hosts` are names by which a proxy or another machine may call an open server (see `access.Doorman`);
    `base_path` is the prefix under which a reverse proxy shows it, without a slash at its end.
    """

    fd: int
    runtime_dir: Path
    access_token: str | None = field(default=None, repr=False)
    base_path: str = ""
    data_dir: Path | None = None
    hosts: tuple[str, ...] = ()
    log: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def from_line(cls, line: bytes) -> Self:
        """Return the settings in `line`.

        Raises:
            Invalid: it is not JSON, or a field is missing or cannot be.
        """
        try:
            given = json.loads(line)
            known = {f.name for f in fields(cls)}
            values = {key: value for key, value in given.items() if key in known}
            values["runtime_dir"] = Path(values["runtime_dir"])
            values["fd"] = int(values["fd"])
            data_dir = values.get("data_dir")
            values["data_dir"] = Path(data_dir) if data_dir else None
            values["hosts"] = tuple(str(host) for host in values.get("hosts", ()))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise Invalid(f"the web server's settings cannot be read: {error!r}") from error
        values["base_path"] = clean_base_path(str(values.get("base_path") or ""))
        values["access_token"] = values.get("access_token") or None
        values["log"] = values.get("log") or {}
        return cls(**values)


def clean_base_path(text: str) -> str:
    """Return a path prefix with a slash before it and none behind; '' where there is none."""
    path = text.strip("/")
    return f"/{path}" if path else ""
