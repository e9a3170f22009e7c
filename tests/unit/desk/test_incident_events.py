"""Incidents of status pages become `incident` events, one for each component; one that goes on has no end."""

import json
import tempfile
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adidem.desk.exports.import_report import report
from adidem.desk.exports.importing import Asked, run
from adidem.desk.workspace import open_workspace
from adidem.kernel.period import AsOf
from adidem.kernel.period import day as number
from adidem.kernel.problem import ProblemError
from property.levels import Level

NOW = datetime(2025, 6, 1, tzinfo=UTC)
RULES = """kind: incident
each: component
rows:
  - event:
      provider: nimbus
      service: {column: component, words: {Search: cloud/search, API: cloud/api}}
      started: {column: start}
      ended: {column: end}
      impact: {column: impact}
      component: {column: component}
"""
GOOGLE_RULES = """kind: incident
event:
  provider: {column: provider, words: {Google Cloud: nimbus}}
  service: cloud/compute
  started: {column: start}
  ended: {column: end}
  impact:
    column: impact
    words: {SERVICE_OUTAGE: critical, SERVICE_DISRUPTION: major, SERVICE_INFORMATION: none}
"""
STARTED, ENDED = "2025-05-01T10:00:00.000Z", "2025-05-01T11:30:00.000Z"


def statuspage(ended: str | None = ENDED, *components: str, **more: str) -> str:
    """A page with one incident."""
    one = {"id": "abc", "name": "Errors", "started_at": STARTED, "resolved_at": ended, "impact": "major", **more}
    one["components"] = [{"name": name} for name in components]  # type: ignore[assignment]
    return json.dumps({"page": {"name": "Nimbus"}, "incidents": [one]})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A workspace with a service level and no event."""
    folder = tmp_path / "w"
    folder.mkdir()
    (folder / "agreement.lgd").write_text(Level().text(), encoding="utf-8")
    return folder


def bring(folder: Path, text: str, rules: str = RULES, recorded: str = "2025-05-10") -> dict[str, Any]:
    """Import a page by rules and return the account."""
    (folder / "incidents.rules.yaml").write_text(rules, encoding="utf-8")
    file = folder.parent / "status.json"
    file.write_text(text, encoding="utf-8")
    return report(run(folder, Asked("incidents", [file], recorded=recorded), NOW))


def events(folder: Path) -> list[dict[str, str]]:
    """The lines of the ledger, without what every import says."""
    lines = (folder / "ledger.jsonl").read_text(encoding="utf-8").splitlines()
    return [
        {k: v for k, v in json.loads(line).items() if k not in ("id", "recorded", "source", "seal")} for line in lines
    ]


def test_one_for_each_component(folder: Path):
    """An incident with two components that are served is two events; a third, of which no rule speaks, is told."""
    found = bring(folder, statuspage(ENDED, "Search", "API", "Docs", "Search"))
    assert (found["rows"], found["mapped"], found["unmapped"]) == (3, 2, 1)
    assert [row["columns"] for row in found["unmapped_rows"]] == [{"title": "Errors", "component": "Docs"}]
    one, other = events(folder)
    assert one == {
        "kind": "incident",
        "occurred": "2025-05-01T10:00:00Z",
        "provider": "nimbus",
        "service": "cloud/search",
        "started": "2025-05-01T10:00:00Z",
        "ended": "2025-05-01T11:30:00Z",
        "impact": "major",
        "component": "Search",
    }
    assert other == {**one, "service": "cloud/api", "component": "API"}


def test_goes_on(folder: Path):
    """Without an end the event has none; when the end is known, the same event is corrected."""
    bring(folder, statuspage(None, "Search"))
    assert "ended" not in events(folder)[0]
    found = bring(folder, statuspage(ENDED, "Search"), recorded="2025-05-11")
    assert (found["events"]["corrected"], found["events"]["added"], found["events"]["withdrawn"]) == (1, 0, 0)
    assert events(folder)[1]["ended"] == "2025-05-01T11:30:00Z"
    assert bring(folder, statuspage(ENDED, "Search"), recorded="2025-05-12")["events"]["same"] == 1


def test_the_rules_say_which(folder: Path):
    """Without `each` an incident is one event, of the service that the first rule names whose component it has."""
    rules = """kind: incident
rows:
  - when: {components: {has: API}}
    event: {provider: nimbus, service: cloud/api, started: {column: start}, impact: {column: impact}}
  - when: {component: Docs}
    event: {provider: nimbus, service: docs, started: {column: start}, impact: {column: impact}}
"""
    bring(folder, statuspage(ENDED, "Search", "API"), rules)
    assert [event["service"] for event in events(folder)] == ["cloud/api"]
    bring(folder, statuspage(ENDED, "Docs"), rules, recorded="2025-05-11")
    assert events(folder)[-1]["service"] == "docs"


def test_no_component(folder: Path):
    """An incident that names no component is one row, without a component."""
    found = bring(folder, statuspage(ENDED))
    assert (found["rows"], found["unmapped"]) == (1, 1)
    rules = RULES.replace("{column: component, words: {Search: cloud/search, API: cloud/api}}", "cloud")
    bring(folder, statuspage(ENDED), rules)
    assert "component" not in events(folder)[0]


def test_google_cloud(folder: Path):
    """Their words for the impact become ours; a page of theirs names its provider."""
    one = {"id": "x", "begin": "2025-05-01T10:00:00+00:00", "end": "", "status_impact": "SERVICE_OUTAGE"}
    other = {"id": "y", "begin": "2025-05-02T12:00:00+02:00", "end": "2025-05-02T12:30:00+02:00"}
    other |= {"status_impact": "SERVICE_DISRUPTION"}
    bring(folder, json.dumps([one, other]), GOOGLE_RULES)
    first, second = events(folder)
    assert (first["impact"], "ended" in first) == ("critical", False)
    assert (second["impact"], second["ended"]) == ("major", "2025-05-02T12:30:00+02:00")


def test_ends_before_it_starts(folder: Path):
    """Such a row is rejected, and the others are read."""
    found = bring(folder, statuspage("2025-05-01T09:00:00Z", "Search"))
    assert found["rejected"][0]["reason"] == "ended is 2025-05-01T09:00:00Z, before started"


@pytest.mark.parametrize(
    ("ended", "reason"),
    [("soon", "end: “soon” is no day"), ("2025-05-01", "end: “2025-05-01” does not say the time of day")],
)
def test_no_instant(folder: Path, ended: str, reason: str):
    """What is no instant is said, and not left out."""
    assert bring(folder, statuspage(ended, "Search"))["rejected"][0]["reason"] == reason


def test_an_incident_that_stands_twice(folder: Path):
    """The second is one rejected row, and the first is read."""
    page = json.loads(statuspage(ENDED, "Search"))
    page["incidents"] *= 2
    found = bring(folder, json.dumps(page))
    assert [each["reason"] for each in found["rejected"]] == ["the incident abc stands in the file a second time"]
    assert (found["rejected_rows"], len(events(folder))) == (1, 1)


def test_unknown_impact(folder: Path):
    """An impact that is none of ours is rejected with those that are."""
    found = bring(folder, statuspage(ENDED, "Search", impact="SERVICE_OUTAGE"))
    assert found["rejected"][0]["reason"] == "“SERVICE_OUTAGE” is no impact"


def test_each_is_for_incidents(folder: Path):
    """In the rules of a table the key `each` is not known; nor any other word in those of incidents."""
    (folder / "table.rules.yaml").write_text("each: component\nkind: fact\nrows: none\n", encoding="utf-8")
    (folder / "t.csv").write_text("a\n1\n", encoding="utf-8")
    with pytest.raises(ProblemError) as error:
        run(folder, Asked("table", [folder / "t.csv"]), NOW)
    assert [problem.code for problem in error.value.problems] == ["I101"]
    with pytest.raises(ProblemError) as error:
        bring(folder, statuspage(), RULES.replace("each: component", "each: title"))
    assert [problem.code for problem in error.value.problems] == ["I103"]


MOMENTS = st.sampled_from(
    ("2025-05-01T10:00:00Z", "2025-05-01T10:00:00.5+02:00", "2025-05-01T10:00:00", "2025-05-01", "9999-12-31T23:59:59Z")
) | st.text("2025-01T:Z+ ", max_size=25)
ODD = st.none() | st.integers() | st.text(max_size=8) | st.lists(st.text(max_size=5), max_size=2)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.fixed_dictionaries(
            {"id": st.sampled_from("abc"), "started_at": MOMENTS},
            optional={
                "resolved_at": MOMENTS | ODD,
                "impact": st.sampled_from(("major", "none", "bad")) | ODD,
                "components": st.lists(st.sampled_from(("Search", "API", "Docs", "a; b", "")) | ODD, max_size=3) | ODD,
            },
        ),
        max_size=4,
    )
)
def test_any_incidents(incidents: list[dict[str, Any]]):
    """Each part of each incident is in one heap, and what was made can be read again."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "w"
        folder.mkdir()
        (folder / "agreement.lgd").write_text(Level().text(), encoding="utf-8")
        found = bring(folder, json.dumps({"incidents": incidents}), recorded="2025-06-01")
        heaps = ("mapped", "left_out", "unmapped", "rejected_rows")
        assert found["rows"] == sum(found[heap] for heap in heaps)
        assert found["mapped"] == found["events"]["added"]
        open_workspace(folder).run(AsOf(number(date(2025, 6, 30)), 2**61))
