"""`framecast doctor`: what works on this machine, what is missing, and the command that fixes it."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from framecast.cli.failure import FAILED
from framecast.cli.parameters import Json
from framecast.doctor.finding import Finding, Level

MARKS = {
    Level.OK: "[green]ok[/]",
    Level.NOTE: "[dim]note[/]",
    Level.WARNING: "[yellow]warning[/]",
    Level.FAILURE: "[red]failure[/]",
}


def doctor(
    as_json: Json = False,
    security: Annotated[
        bool, typer.Option("--security", help="Check what is open and to whom, secrets, sandbox, parsers.")
    ] = False,
) -> None:
    """Check this machine: Python, FFmpeg, memory, limits, ports, devices; and explain how to fix what is missing.

    Exit code 1 if Framecast cannot work on this machine; with --security, if something should be closed or replaced.
    """
    from framecast.doctor.examination import (
        CHECKS,
        SECURITY,
        examine,
    )  # imports FFmpeg and OpenCV: not for a `--help`

    findings = examine(SECURITY if security else CHECKS)
    if as_json:
        print(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        Console().print(table(findings))
    wrong = (Level.FAILURE, Level.WARNING) if security else (Level.FAILURE,)
    if any(finding.level in wrong for finding in findings):
        raise typer.Exit(FAILED)


def table(findings: list[Finding]) -> Table:
    """Return the findings as a table for people; the fix of a finding is below it."""
    shown = Table(box=None, pad_edge=False, show_header=False)
    shown.add_column(no_wrap=True)
    shown.add_column(no_wrap=True, style="bold")
    shown.add_column(overflow="fold")
    for finding in findings:
        shown.add_row(MARKS[finding.level], finding.topic, escape(finding.found))
        if finding.mend:
            shown.add_row("", "", f"[cyan]-> {escape(finding.mend)}[/]")
    return shown
