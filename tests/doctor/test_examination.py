"""All checks together, on this machine and on broken ones."""

from collections.abc import Iterator

from framecast.doctor.examination import CHECKS, examine
from framecast.doctor.finding import Finding, Level


def test_this_machine_has_everything_that_is_essential() -> None:
    findings = examine()
    assert not [finding for finding in findings if finding.level is Level.FAILURE]
    assert {topic for topic, _ in CHECKS} <= {finding.topic for finding in findings}


def test_check_that_breaks_is_a_failure_and_the_others_still_speak() -> None:
    def broken() -> Iterator[Finding]:
        raise RuntimeError("no such library")

    findings = examine([("media", broken), ("rest", lambda: [Finding("rest", Level.OK, "fine")])])
    assert [(finding.topic, finding.level) for finding in findings] == [
        ("media", Level.FAILURE),
        ("rest", Level.OK),
    ]
    assert "no such library" in findings[0].found
