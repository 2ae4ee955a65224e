"""Alert rules and dashboard: Prometheus' own tool reads them, and every metric that they name exists."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support import needs

ROOT = Path(__file__).parents[2]
ALERTS = ROOT / "deploy" / "prometheus" / "alerts.yaml"
DASHBOARD = ROOT / "deploy" / "grafana" / "framecast.json"
METRICS_PAGE = ROOT / "docs" / "reference" / "metrics.md"
HISTOGRAM_ENDS = ("_bucket", "_sum", "_count")


def alerts() -> list[str]:
    groups = yaml.safe_load(ALERTS.read_text())["groups"]
    return [rule["expr"] for group in groups for rule in group["rules"]]


def panels() -> list[dict[str, Any]]:
    return list(json.loads(DASHBOARD.read_text())["panels"])


def queries() -> list[str]:
    """What Grafana asks Prometheus when its variables have values."""
    found = [target["expr"] for panel in panels() for target in panel["targets"]]
    return [re.sub(r"\$(instance|stream)", ".*", query).replace("$__rate_interval", "5m") for query in found]


def check(rules: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [needs.promtool(), "check", "rules", str(rules)], capture_output=True, text=True, timeout=60
    )


def test_alert_rules_are_valid() -> None:
    done = check(ALERTS)
    assert done.returncode == 0, done.stderr
    assert f"{len(alerts())} rules found" in done.stdout


def test_queries_of_the_dashboard_are_valid(tmp_path: Path) -> None:
    rules = [{"record": f"panel:{number}", "expr": query} for number, query in enumerate(queries())]
    path = tmp_path / "rules.yaml"
    path.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}))
    done = check(path)
    assert done.returncode == 0, done.stderr
    path.write_text(path.read_text().replace("sum(", "sum((", 1))
    assert check(path).returncode, "the tool sees a mistake"


@pytest.mark.parametrize("query", [*alerts(), *queries()])
def test_every_metric_of_a_query_is_documented(query: str) -> None:
    documented = set(re.findall(r"^\| `((?:framecast|process)_\w+)`", METRICS_PAGE.read_text(), re.MULTILINE))
    plain = re.sub(r'"[^"]*"', "", query)
    named = set(re.findall(r"\b((?:framecast|process)_\w+)", plain))
    known = documented | {name + end for name in documented for end in HISTOGRAM_ENDS}
    assert named <= known | {"process"}


def test_panels_of_the_dashboard_do_not_overlap() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in panels():
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        taken |= cells
