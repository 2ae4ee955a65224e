"""Whether framecast-native is used: only if it is of exactly this version, and never against the user's will."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from types import ModuleType, SimpleNamespace
from typing import cast

import pytest

import framecast
from framecast import native
from framecast.errors import SourceError
from tests.support.implementations import native_or_skip


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    native.look.cache_clear()
    yield
    native.look.cache_clear()


def package(**fields: object) -> ModuleType:
    return cast("ModuleType", SimpleNamespace(**fields))


def test_only_exactly_this_version_is_used() -> None:
    right = package(VERSION=framecast.__version__, INTERFACE=native.INTERFACE)
    assert native.checked(right).module is right
    for wrong in (
        package(VERSION="0.0.9", INTERFACE=native.INTERFACE),
        package(VERSION=framecast.__version__, INTERFACE=native.INTERFACE + 1),
        package(),
    ):
        found = native.checked(wrong)
        assert found.module is None
        assert found.is_wrong
        assert f"expected version {framecast.__version__}, interface {native.INTERFACE}" in found.why
        assert "\n" not in found.why


@pytest.mark.parametrize("value", ["0", "off", " FALSE "])
def test_the_variable_turns_it_off(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv(native.VARIABLE, value)
    assert native.look() == native.Found(None, "turned off by FRAMECAST_NATIVE")


def test_a_python_without_a_gil_and_a_machine_without_the_package_use_python(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv(native.VARIABLE, raising=False)
    monkeypatch.setitem(sys.modules, "framecast_native", None)  # as if it were not installed
    assert native.look() == native.Found(None, "not installed")
    native.look.cache_clear()
    monkeypatch.setattr(sys, "_is_gil_enabled", lambda: False, raising=False)
    assert native.look() == native.Found(None, "this Python runs without a GIL")


def test_a_broken_package_is_said_and_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_name: str) -> ModuleType:
        raise ImportError("undefined symbol")

    monkeypatch.delenv(native.VARIABLE, raising=False)
    monkeypatch.setattr(native, "import_module", fail)
    assert native.look() == native.Found(None, "it cannot be loaded: undefined symbol", is_wrong=True)


def test_other_errors_are_not_taken_for_faults_of_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(native.VARIABLE, "0")
    with pytest.raises(ValueError, match="mine"), native.faults_end_the_source():
        raise ValueError("mine")
    with native.faults_end_the_source():
        pass


def test_a_panic_ends_the_source_with_its_reason() -> None:
    native_or_skip()
    module = native.look().module
    assert module is not None
    with pytest.raises(SourceError) as caught, native.faults_end_the_source():
        raise module.Panic("framecast-native failed: index out of bounds")
    assert caught.value.reason == "failed"
    assert "FRAMECAST_NATIVE=0 turns framecast-native off" in str(caught.value)


def test_nothing_happens_at_import() -> None:
    """Processes are forked afterwards: no threads, no descriptors."""
    native_or_skip()
    code = (
        "import os; seen = lambda: (os.listdir('/proc/self/task'), os.listdir('/proc/self/fd'))\n"
        "import importlib; before = seen(); importlib.import_module('framecast_native'); assert seen() == before"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
