"""`framecast doctor` and `framecast bench` as a user runs them."""

import json
from pathlib import Path

from tests.cli.running import Node, run


def test_working_machine_ends_with_0_and_programs_can_read_it(tmp_path: Path) -> None:
    done = run(tmp_path, "doctor", "--json")
    findings = json.loads(done.stdout)
    assert done.returncode == 0
    assert {"Python", "FFmpeg", "shared memory", "node"} <= {finding["topic"] for finding in findings}


def test_running_node_is_found(node: Node) -> None:
    done = node.command("doctor", "--json")
    (found,) = [finding for finding in json.loads(done.stdout) if finding["topic"] == "node"]
    assert found["level"] == "ok"
    assert str(node.process.pid) in found["found"]


def test_security_of_a_running_node_is_reported_and_the_exit_code_says_it(node: Node) -> None:
    done = node.command("doctor", "--security", "--json")
    findings = json.loads(done.stdout)
    assert done.returncode == any(one["level"] in ("warning", "failure") for one in findings), done.stderr
    assert {"open ports", "secrets", "sandbox", "parsers"} <= {one["topic"] for one in findings}
    (web,) = [one for one in findings if one["topic"] == "open ports" and one["found"].startswith("web ")]
    assert (web["level"], "this machine only" in web["found"]) == ("ok", True)


def test_missing_essential_ends_with_1_and_the_command_that_mends_it(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("a file where the runtime folder should be")
    done = run(tmp_path, "doctor")
    assert done.returncode == 1
    assert "failure" in done.stdout
    assert "FRAMECAST_RUNTIME_DIR" in done.stdout


def test_bench_times_pictures_without_a_node(tmp_path: Path) -> None:
    done = run(tmp_path, "bench", "--pictures", "10", "--json")
    figures = json.loads(done.stdout)
    assert done.returncode == 0, done.stderr
    assert len(figures) == 6
    assert all(figure["value"] > 0 for figure in figures)
