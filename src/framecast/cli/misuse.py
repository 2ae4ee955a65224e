"""What was wrong with a command line, in words: which command, which word of it, what was probably meant, where to read more."""

from __future__ import annotations

import re
from typing import Any

import typer

from framecast.model.sentence import sentence as sentence_of
from framecast.model.suggestion import did_you_mean

_NO_COMMAND = re.compile(r"No such command '(.*)'\.", re.DOTALL)
_LACKING = re.compile(r"Missing (?:argument|option) '(.*?)'.*", re.DOTALL)
_EXTRA = re.compile(r"Got unexpected extra argument(?:\(s\)|s)? \((.*)\)", re.DOTALL)


def sentence(error: typer.TyperException) -> str:
    """Return what was wrong; '' if the help was shown instead."""
    message = error.format_message()
    context: Any = getattr(error, "ctx", None)
    if not message or context is None:
        return message
    command = context.command_path
    option = getattr(error, "option_name", "")
    if option and hasattr(error, "possibilities"):
        near = did_you_mean(option, _options(context.command))
        return f"{command} has no option {option}{_then(near, command, 'lists the options')}"
    if found := _NO_COMMAND.fullmatch(message):
        near = did_you_mean(found[1], context.command.commands)
        return f"there is no command {found[1]!r}{_then(near, command, 'lists the commands')}"
    if found := _EXTRA.fullmatch(message):
        return _extra(command, found[1], context)
    if found := _LACKING.fullmatch(message):
        return f"{command} needs {found[1]}{_then('', command, 'explains the command')}"
    if isinstance(error, typer.BadParameter) and getattr(error, "param", None) is not None and error.message:
        message = _value(error)
    return (
        f"{message.removeprefix('Invalid value: ').rstrip('.')}{_then('', command, 'explains the command')}"
    )


def _value(error: Any) -> str:  # noqa: ANN401  the error of a vendored click
    """What a value must be and what it was; the words of the validation library are for programmers."""
    parameter, cause = error.param, error.__cause__
    name = next(
        (name for name in parameter.opts if name.startswith("--")), parameter.metavar or parameter.name
    )
    low, high = getattr(parameter, "min", None), getattr(parameter, "max", None)
    if not hasattr(cause, "errors"):
        return f"{name} {error.message.removeprefix('it ')}"
    found = cause.errors()[0]
    if low is None or high is None:
        return f"{name} {sentence_of(found, secret=False)}"
    kind = "whole number" if isinstance(low, int) else "number"
    return f"{name} must be a {kind} from {low} to {high}, got {found['input']!r:.40}"


def _extra(command: str, words: str, context: Any) -> str:  # noqa: ANN401  the context of a vendored click
    """`framecast streams add x y` is what other programs call `framecast add x y`."""
    meant = words.split()[0] if words.split() else ""
    others = context.parent.command.commands if context.parent else {}
    near = f"did you mean '{context.parent.command_path} {meant}'?" if meant in others else ""
    return f"{command} does not take {words!r:.80}{_then(near, command, 'explains the command')}"


def _then(near: str, command: str, what: str) -> str:
    return f": {f'{near} ' if near else ''}'{command} --help' {what}"


def _options(command: Any) -> list[str]:  # noqa: ANN401
    return [
        name for one in command.params for name in (*one.opts, *one.secondary_opts) if name.startswith("-")
    ]
