"""Real exports and the specification's own vectors, from ../shared/data where it is: the sums that their text says."""

import shutil
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from adidem.desk.exports.import_report import report
from adidem.desk.exports.importing import Asked, run
from adidem.desk.workspace import open_workspace
from adidem.records.values import FOREVER
from unit.desk.exports import FOCUS_SOURCE, INCIDENTS_SOURCE, ROOT, shared

NOW = datetime(2026, 11, 1, tzinfo=UTC)
AMERICAN = "dates: month/day/year\nnumbers: grouped\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A workspace without any spend."""
    folder = tmp_path / "w"
    folder.mkdir()
    shutil.copy(ROOT / "examples" / "cloud-commitment" / "agreement.lgd", folder)
    return folder


def bring(folder: Path, files: Sequence[Path], rules: str = "", form: str = "focus", **more: Any) -> dict[str, Any]:
    """Import files by rules and return the account."""
    path = folder.parent / "rules.yaml"
    path.write_text(rules, encoding="utf-8")
    return report(run(folder, Asked(form, files, path if rules else None, **more), NOW))


def usage(cost: str, event: str = "service: cloud/db", more: str = "zone: UTC\n") -> str:
    """Rules by which every row is spend."""
    head = f"kind: usage\ncost: {cost}\nsum: day\nrounding: half even\n{more}"
    return f"{head}event: {{by: harbour, of: nimbus, {event}}}\n"


def cents(folder: Path, kind: str, column: str) -> dict[str, int]:
    """What stands in the ledger, by the words of a column."""
    found = open_workspace(folder).ledger
    table = found.tables[kind]
    out: dict[str, int] = {}
    for row in range(len(table)):
        if table.superseded[row] == FOREVER:
            word = found.words[int(table.columns[column][row])]
            out[word] = out.get(word, 0) + int(table.columns["amount"][row])
    return out


def test_aws_sample_to_the_last_digit(folder: Path):
    """942 rows, none lost; the sums are those of the README, digit by digit."""
    sample = shared("focus/sample/focus_1_0_aws.csv", FOCUS_SOURCE)
    found = bring(folder, [sample])
    assert (found["rows"], found["unmapped"], found["rejected"]) == (942, 942, [])
    assert found["sums"]["BilledCost"] == "18.00663861840"
    assert found["sums"]["ListCost"] == "18.14931764060"
    rules = usage("BilledCost").replace("event:", "rows:\n  - when: {ChargeCategory: Usage}\n    event:")
    found = bring(folder, [sample], rules)
    assert (found["mapped"], found["unmapped"]) == (941, 1)
    taken = found["rounding"]["USD"]
    unmapped = Decimal(found["sums_of"]["unmapped"]["BilledCost"])
    assert Decimal(taken["events"]) + Decimal(taken["taken"]) + unmapped == Decimal("18.00663861840")
    assert sum(cents(folder, "usage", "service").values()) == Decimal(taken["events"]) * 100


@pytest.mark.parametrize("scenario", ["a1", "b1"])
@pytest.mark.parametrize("cost", ["BilledCost", "EffectiveCost"])
def test_spend_agreements(folder: Path, scenario: str, cost: str):
    """Each comes to USD 1,200, billed and effective; by days in American order."""
    file = shared(f"focus/spend_agreements/saas_spend_agreements_{scenario}.csv", FOCUS_SOURCE)
    found = bring(folder, [file], usage(cost, more=AMERICAN))
    assert (found["rejected"], found["unmapped"]) == ([], 0)
    assert cents(folder, "usage", "service") == {"cloud/db": 120_000}


@pytest.mark.parametrize(
    ("scenario", "amount"), [("a1", 10_000), ("a2", 50_000), ("a3", 1_000), ("b", 50_000), ("c", 35_800)]
)
def test_simple_agreements(folder: Path, scenario: str, amount: int):
    """Amounts with a dollar sign and commas: what the text says was billed."""
    file = shared(f"focus/simple_agreements/simple_saas_agreements_{scenario}.csv", FOCUS_SOURCE)
    bring(folder, [file], usage("BilledCost", more=AMERICAN))
    assert cents(folder, "usage", "service") == {"cloud/db": amount * 100}


@pytest.mark.parametrize("later", ["delta", "ledger"])
def test_corrections(folder: Path, later: str):
    """The original with either form of its correction: R-111 comes to 1,200, and R-222 to 300."""
    files = [
        shared(f"focus/corrections/scenario_1_partial_reallocation_{name}.csv", FOCUS_SOURCE)
        for name in ("original", later)
    ]
    rules = """kind: revenue
cost: EffectiveCost
sum: day
currency: USD
event: {by: nimbus, product: {column: ResourceId}}
"""
    found = bring(folder, files, rules)
    assert found["rejected"] == []
    assert cents(folder, "revenue", "product") == {"R-111": 120_000, "R-222": 30_000}


def test_commitment_discounts(folder: Path):
    """Upfront, or hour by hour: billed as the text says. An hour 30 of a day is told, and not taken for one."""
    names = ("purchase_scenario_1", "purchase_scenario_2", "purchase_scenario_3", "usage_scenario_1")
    files = [shared(f"focus/commitment_discounts/commitment_discount_{name}.csv", FOCUS_SOURCE) for name in names]
    found = bring(folder, files, usage("BilledCost", more="currency: USD\n"))
    assert found["sums"]["BilledCost"] == "13144.50"
    assert [(one["file"][-6:], one["line"], one["sum"]) for one in found["rejected"]] == [
        ("_2.csv", 4, "1.00"),
        ("_3.csv", 5, "0.50"),
    ]
    assert all("T30:00:00Z" in one["reason"] for one in found["rejected"])
    assert cents(folder, "usage", "service") == {"cloud/db": 1_314_300}


def test_contract_commitments(folder: Path):
    """The dataset of commitments: one event each, known again by its id."""
    files = [
        shared(f"focus/{name}", FOCUS_SOURCE)
        for name in (
            "contract_commitment/contract_commitment_scenario_1.csv",
            "generated/aws/focus_1_3_contract_commitment_aws.csv",
            "generated/azure/focus_1_3_contract_commitment_azure.csv",
        )
    ]
    rules = "kind: fact\nevent: {about: commitment, text: {column: ContractCommitmentDescription}}\nkey: \
[ContractCommitmentId, ContractCommitmentPeriodStart]\n"
    found = bring(folder, files, rules)
    assert (found["rows"], found["rejected"]) == (52, [])
    assert found["events"]["added"] == found["mapped"] == 52
    assert {one["form"] for one in found["files"]} == {"contract commitments"}


def test_generated_exports_of_two_providers(folder: Path):
    """FOCUS 1.3 of AWS and Azure, by one rules file: the sum of the events is that of the file, and what rounding
    took.
    """
    files = [
        shared(f"focus/generated/{who}/focus_1_3_cost_and_usage_{who}.csv", FOCUS_SOURCE) for who in ("aws", "azure")
    ]
    rules = """kind: revenue
cost: EffectiveCost
sum: month
apart: [SubAccountId]
rounding: half even
event: {by: nimbus, product: {column: ServiceCategory}}
"""
    found = bring(folder, files, rules)
    rejected = Decimal(found["sums_of"]["rejected"].get("EffectiveCost", "0"))
    taken = found["rounding"]["USD"]
    assert found["rows"] == 600
    assert Decimal(taken["events"]) + Decimal(taken["taken"]) + rejected == Decimal(found["sums"]["EffectiveCost"])
    assert sum(cents(folder, "revenue", "product").values()) == Decimal(taken["events"]) * 100


def test_incidents_of_github(folder: Path):
    """508 lines, each a fact; the same once more changes nothing."""
    file = shared("incidents/github_statuses_to_2025-06.jsonl", INCIDENTS_SOURCE)
    found = bring(folder, [file], form="incidents")
    assert found["rows"] == 508 == found["mapped"] + found["rejected_rows"]
    assert found["rejected"] == []
    words = open_workspace(folder).ledger.words
    assert {"maintenance", "incident"} <= set(words)
    assert bring(folder, [file], form="incidents")["events"]["same"] == 508
