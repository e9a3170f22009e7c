"""A published ladder of credits on a real history of incidents: every month against plain arithmetic."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from adidem.desk.exports.importing import Asked, run
from adidem.desk.workspace import open_workspace
from adidem.findings.claims import Measured, claims
from adidem.kernel.period import AsOf
from adidem.kernel.period import day as number
from property.levels import Incident, Level, credit, lost, second_of, tier_of, usage, windows, workspace
from unit.desk.exports import INCIDENTS_SOURCE, shared

HISTORY = "incidents/github_statuses_to_2025-06.jsonl"
LADDERS = "sla_credit_ladders.json"
FIRST, MONTHS, LAST = date(2022, 3, 1), 40, date(2025, 6, 30)
SERVICES = {
    "Actions": "cloud/actions",
    "Codespaces": "cloud/codespaces",
    "Git Operations": "cloud/git",
    "API Requests": "cloud/api",
    "Pull Requests": "cloud/pull-requests",
}
RULES = f"""kind: incident
each: component
rows:
  - event:
      provider: nimbus
      service: {{column: component, words: {json.dumps(SERVICES)}}}
      started: {{column: start}}
      ended: {{column: end}}
      impact: {{column: impact}}
      component: {{column: component}}
"""


def history() -> list[dict[str, Any]]:
    """The incidents as they were published."""
    text = shared(HISTORY, INCIDENTS_SOURCE).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def ladder(unavailable: tuple[str, ...], fees: str = "cloud") -> Level:
    """The published ladder, its shares read without a float."""
    path = shared(LADDERS, "https://aws.amazon.com/bedrock/sla")
    (found,) = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)["ladders"]
    tiers = tuple(
        (
            Fraction(Decimal(tier["lt"])) / 100,
            Fraction(Decimal(tier.get("ge", 0))) / 100,
            Fraction(tier["credit_pct"], 100),
        )
        for tier in found["tiers"]
    )
    objective = Fraction(Decimal(found["slo_monthly_uptime"])) / 100
    assert "credit only if > 1 USD" in found["other"]
    return Level(objective, tiers, unavailable=unavailable, maintenance="excluded", minimum_minor=101, fees=fees)


def seconds(text: str) -> int:
    """The instant."""
    return int(datetime.fromisoformat(text).timestamp())


def of_component(component: str) -> list[Incident]:
    """The incidents of one component, read without the importer."""
    return [
        Incident(seconds(one["downtime_start"]), seconds(one["downtime_end"]), one["impact"])
        for one in history()
        if component in (one.get("components") or ())
    ]


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace into which the history was imported, with fees of every month, no two alike."""
    file = shared(HISTORY, INCIDENTS_SOURCE)
    folder = tmp_path_factory.mktemp("ladder") / "w"
    rules = folder.parent / "rules.yaml"
    rules.write_text(RULES, encoding="utf-8")
    workspace(folder, ladder(("major", "critical")).text(), fees_of_every_month())
    run(folder, Asked("incidents", [file], rules, recorded="2025-07-01"), datetime(2025, 7, 1, tzinfo=UTC))
    return folder


def fees_of_every_month() -> list[dict[str, str]]:
    """Fees in each month: with those of the cheapest, a credit of one tenth is exactly a dollar."""
    return [
        usage(f"{service}-{n}", after - timedelta(days=1), minor(n), f"cloud/{service}")
        for n, (_, after) in enumerate(windows(Level(), FIRST, MONTHS))
        for service in ("actions", "codespaces")
    ]


def minor(month: int) -> int:
    """The fees of one service in the month of that number."""
    return 1_000 + 12_345 * (month % 7) + (month % 3)


def measured(folder: Path, level: Level, component: str = "") -> list[Measured]:
    """Every month, of one component or of all."""
    text = level.text().replace("service: cloud\n", f"service: {SERVICES.get(component, 'cloud')}\n")
    (folder / "agreement.lgd").write_text(text.replace("2024-01-01", "2022-03-01"), encoding="utf-8")
    composition, columns = open_workspace(folder).composed(AsOf(number(LAST), 2**61))
    (found,) = claims(composition, columns, (number(FIRST), number(LAST)), {}).ways
    return found


@pytest.mark.parametrize("component", SERVICES)
@pytest.mark.parametrize("unavailable", [("major", "critical"), ("minor", "major", "critical")], ids=len)
def test_every_month(imported: Path, component: str, unavailable: tuple[str, ...]):
    """What was lost in each of forty months, the tier and the credit are those of plain arithmetic."""
    level = ladder(unavailable, fees="cloud/actions")
    plain = of_component(component)
    tiers = set[int]()
    found = measured(imported, level, component)
    assert len(found) == MONTHS
    for n, (each, (starts, after)) in enumerate(zip(found, windows(level, FIRST, MONTHS), strict=True)):
        edges = (second_of(starts), second_of(after))
        down = lost(level, plain, *edges)
        tier = tier_of(level, 1 - down / (edges[1] - edges[0]))
        assert (each.starts, each.ends) == edges
        assert (each.lost, each.tier, each.base) == (down, tier, minor(n))
        assert each.credit == credit(level, tier, [minor(n)])
        tiers.add(tier)
    assert tiers > {0}, "some month falls short"


@pytest.mark.parametrize(
    ("zone", "step", "parts"),
    [
        ("America/Los_Angeles", Fraction(1), False),
        ("Asia/Kolkata", Fraction(0), True),
        ("Australia/Lord_Howe", Fraction(1, 2), True),
    ],
)
def test_every_month_of_a_zone(imported: Path, zone: str, step: Fraction, parts: bool):
    """The same where months begin at midnight of a zone, some an hour shorter and some longer than their days."""
    level = replace(ladder(("minor", "major", "critical"), fees="cloud/actions"), zone=zone)
    plain = [incident for component in SERVICES for incident in of_component(component)]
    hours, parted = set[Fraction](), 0
    for n, (each, (starts, after)) in enumerate(
        zip(measured(imported, level), windows(level, FIRST, MONTHS), strict=True)
    ):
        edges = (second_of(starts, zone), second_of(after, zone))
        down = lost(level, plain, *edges)
        tier = tier_of(level, 1 - down / (edges[1] - edges[0]))
        assert ((each.starts, each.ends), each.zone) == (edges, zone)
        assert (each.lost, each.tier, each.credit) == (down, tier, credit(level, tier, [minor(n)]))
        hours.add(Fraction(edges[1] - edges[0], 3_600) - (after - starts).days * 24)
        parted += down != lost(level, plain, second_of(starts), second_of(after))
    assert hours == {-step, Fraction(0), step}
    assert bool(parted) == parts, "whether some month lost another time in UTC"


def test_every_component_counts(imported: Path):
    """Of a service that takes in all of them, moments at which several were down count once."""
    level = ladder(("minor", "major", "critical"))
    found = measured(imported, level)
    plain = [incident for component in SERVICES for incident in of_component(component)]
    for each, (starts, after) in zip(found, windows(level, FIRST, MONTHS), strict=True):
        assert each.lost == lost(level, plain, second_of(starts), second_of(after))
    assert sum(each.lost for each in found) < sum(i.ended - i.started for i in plain if i.ended is not None)
