"""The list of all checks, and how they are run: one that fails by itself is a finding too."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from framecast.doctor.devices import check_hardware_decoders, check_video_devices
from framecast.doctor.finding import Finding, Level
from framecast.doctor.library import check_library
from framecast.doctor.machine import (
    check_clock,
    check_datagrams,
    check_memory,
    check_open_files,
    check_processors,
    check_shared_memory,
)
from framecast.doctor.sandbox import check_sandbox, check_uploads
from framecast.doctor.security import check_exposure, check_parsers, check_secrets
from framecast.doctor.software import check_codecs, check_libraries, check_native, check_python
from framecast.doctor.surroundings import check_authorities, check_node, check_ports, check_runtime_folder
from framecast.doctor.token import check_token

Check = Callable[[], Iterable[Finding]]
# In the order of the report: what everything else needs comes first.
CHECKS: tuple[tuple[str, Check], ...] = (
    ("Python", check_python),
    ("libraries", check_libraries),
    ("framecast-native", check_native),
    ("codecs", check_codecs),
    ("processors", check_processors),
    ("memory", check_memory),
    ("shared memory", check_shared_memory),
    ("open files", check_open_files),
    ("UDP", check_datagrams),
    ("clock", check_clock),
    ("sandbox", check_sandbox),
    ("uploaded files", check_uploads),
    ("certificates", check_authorities),
    ("runtime folder", check_runtime_folder),
    ("node", check_node),
    ("library", check_library),
    ("access token", check_token),
    ("ports", check_ports),
    ("hardware decoding", check_hardware_decoders),
    ("video devices", check_video_devices),
)
# What an attacker would look for: `--security`.
SECURITY: tuple[tuple[str, Check], ...] = (
    ("open ports", check_exposure),
    ("access token", check_token),
    ("secrets", check_secrets),
    ("sandbox", check_sandbox),
    ("uploaded files", check_uploads),
    ("parsers", check_parsers),
)


def examine(checks: Sequence[tuple[str, Check]] = CHECKS) -> list[Finding]:
    """Return what every check found. Never raises: a check that cannot run is a failure of its topic."""
    return [finding for topic, check in checks for finding in _run(topic, check)]


def _run(topic: str, check: Check) -> list[Finding]:
    try:
        return list(check())
    except Exception as error:  # noqa: BLE001  a broken library must not keep the other checks from speaking
        return [Finding(topic, Level.FAILURE, f"the check failed: {type(error).__name__}: {error}", "")]
