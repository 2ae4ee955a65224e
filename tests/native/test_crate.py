"""The Rust half of `native/`: its own tests with the random corpus, its form and its lints. Without a Rust toolchain there is nothing to test."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NATIVE = ROOT / "native"
CARGO = shutil.which("cargo") or shutil.which("cargo", path=Path("~/.cargo/bin").expanduser())


def run(*arguments: str) -> None:
    if CARGO is None:
        pytest.skip("no Rust toolchain")
    environment = os.environ | {"PATH": f"{Path(CARGO).parent}:{os.environ['PATH']}", "FUZZ_SECONDS": "1"}
    done = subprocess.run([CARGO, *arguments], cwd=NATIVE, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]


def test_its_own_tests_pass_with_hostile_bytes() -> None:
    run("test", "--locked", "--quiet", "-p", "framecast-native-core")


def test_it_is_formatted() -> None:
    run("fmt", "--all", "--check")


def test_it_has_no_lint() -> None:
    run("clippy", "--locked", "--quiet", "--workspace", "--all-targets", "--", "-D", "warnings")


def test_each_unsafe_block_gives_its_reason() -> None:
    """The parsers have none at all."""
    blocks = {}
    for path in sorted(NATIVE.rglob("*.rs")):
        lines = path.read_text().splitlines()
        found = [index for index, line in enumerate(lines) if re.search(r"\bunsafe\s*(\{|fn|impl)", line)]
        assert all("// SAFETY: " in lines[index - 1] for index in found), path
        if found:
            blocks[path.relative_to(NATIVE).as_posix()] = len(found)
    assert blocks == {"src/keeper.rs": 1, "src/reception.rs": 1}
    assert "#![forbid(unsafe_code)]" in (NATIVE / "core/src/lib.rs").read_text()


def test_fuzz_targets_run_what_the_random_corpus_runs() -> None:
    corpus = (NATIVE / "core/tests/hostile.rs").read_text()
    targets = sorted(path.stem for path in (NATIVE / "fuzz/fuzz_targets").glob("*.rs"))
    assert targets == sorted(set(re.findall(r"fuzzing::(\w+)\(", corpus)))


def test_lock_names_the_public_index_of_crates_and_no_other_place() -> None:
    """The exception of docs/decisions: Cargo's own lock names where crates come from, each with its hash."""
    lock = (NATIVE / "Cargo.lock").read_text()
    sources = set(re.findall(r'^source = "(.*)"$', lock, re.MULTILINE))
    assert sources == {"registry+https://github.com/rust-lang/crates.io-index"}
    assert lock.count("checksum = ") == lock.count("source = ")
    committed = subprocess.run(
        ["git", "grep", "-lI", "crates.io-index"], cwd=ROOT, capture_output=True, text=True
    )
    assert set(committed.stdout.split()) <= {"native/Cargo.lock", "tests/native/test_crate.py"}
