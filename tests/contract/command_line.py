"""The command line: every command with its arguments and options, their types and defaults."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import typer

import framecast.cli


def lines() -> Iterator[str]:
    """Give the contract's lines."""
    root: Any = typer.main.get_command(_application())
    yield from _parameters("framecast", root)
    yield from _commands("framecast", root)


def _commands(above: str, group: Any) -> Iterator[str]:
    for name, command in group.commands.items():
        yield f"{above} {name}"
        yield from _parameters(f"{above} {name}", command)
        yield from _commands(f"{above} {name}", command) if hasattr(command, "commands") else ()


def _application() -> typer.Typer:
    """The application, in whichever module of the command line it stands."""
    for module in iter_modules(framecast.cli.__path__, "framecast.cli."):
        for value in vars(import_module(module.name)).values():
            if isinstance(value, typer.Typer) and value.info.name == "framecast":
                return value
    raise AssertionError("framecast.cli has no typer application")


def _parameters(command: str, of: Any) -> Iterator[str]:
    for place, parameter in enumerate(of.params):
        kind = parameter.param_type_name
        names = " ".join([*parameter.opts, *parameter.secondary_opts])
        facts = [f"type={_type(parameter)}", f"nargs={parameter.nargs}"]
        facts += [
            f"{end}={getattr(parameter, end)}"
            for end in ("min", "max")
            if getattr(parameter, end) is not None
        ]
        if kind == "argument":
            facts.append(f"place={place}")
        facts += [name for name in ("required", "multiple", "is_flag") if getattr(parameter, name, False)]
        facts.append(f"default={parameter.default if not callable(parameter.default) else '(computed)'}")
        yield f"{command} {kind} {names}: {', '.join(facts)}"


def _type(parameter: Any) -> str:
    """The type that the command's function gets, as its annotation says."""
    annotation = parameter.type_descriptor.annotation
    return annotation.__name__ if isinstance(annotation, type) else str(annotation)
