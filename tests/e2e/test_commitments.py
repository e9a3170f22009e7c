"""Commitments through the command line: three years from billing files, a record that differs, and empty ledgers."""

import csv
import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import CliRunner

from adidem.cli.main import app
from documents import agreement
from e2e.asking import CLOUD, ask
from e2e.transcript import ROOT

BILLING = CLOUD / "billing"
YEARS = (2023, 2024, 2025)


def brought(folder: Path, file: Path, rules: str, recorded: str = "2026-01-05", *more: str) -> None:
    """Import a file by rules."""
    typed = ["import", "focus", str(folder), str(file), "--map", str(BILLING / rules), "--recorded", recorded, *more]
    result = CliRunner().invoke(app, typed)
    assert result.exit_code == 0, result.output


@pytest.fixture
def settled(tmp_path: Path) -> Path:
    """The agreement alone, and the bills of three years imported."""
    (tmp_path / "agreement.lgd").write_text((CLOUD / "agreement.lgd").read_text(encoding="utf-8"), encoding="utf-8")
    for year in YEARS:
        brought(tmp_path, BILLING / f"costs-{year}.csv", "costs.rules.yaml", f"{year + 1}-01-05")
    return tmp_path


def test_the_exports_are_what_the_script_writes(tmp_path: Path):
    """The script writes the files that lie beside it, byte for byte."""
    subprocess.run([sys.executable, BILLING / "make.py", tmp_path], check=True)
    for file in (*(f"costs-{year}.csv" for year in YEARS), "commitments.csv"):
        assert (tmp_path / file).read_bytes() == (BILLING / file).read_bytes()


def by_hand() -> dict[int, Decimal]:
    """What counts of each year of use: the rows of computing and storage, corrections among them, to whole cents a
    month and service.
    """
    sums: dict[tuple[str, str, bool], Decimal] = {}
    for year in YEARS:
        with (BILLING / f"costs-{year}.csv").open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                if row["ServiceCategory"] in ("Compute", "Storage"):
                    correction = row["ChargeClass"] == "Correction"
                    service = "" if correction else row["ServiceCategory"]
                    key = (row["ChargePeriodStart"][:7], service, correction)
                    sums[key] = sums.get(key, Decimal(0)) + Decimal(row["EffectiveCost"])
    years = dict.fromkeys(YEARS, Decimal(0))
    for (month, _, _), amount in sums.items():
        years[int(month[:4])] += round(amount, 2)
    return years


def test_three_years_by_hand_and_by_the_report(settled: Path):
    """The report says to the cent what a sum of the rows says, and so does the README."""
    years = by_hand()
    spent, owed, expected = Decimal(0), Decimal(0), list[tuple[str, int, int]]()
    for year, committed in zip(YEARS, (4_000_000, 9_000_000, 15_000_000), strict=True):
        spent += years[year]
        short = max(committed - spent - owed, Decimal(0))
        expected.append((f"{year}-12-31", int((spent + owed) * 100), int(short * 100)))
        owed += short
    view = ask("commitments", settled, "--at", "2025-12-31")
    (commitment,) = view["results"][0]["commitments"]
    assert [(p["period"], p["counted"], p["remaining"]) for p in commitment["periods"]] == expected
    assert commitment["owed_so_far"][0]["amount"] == int(owed * 100) == 40_000_000
    page = (ROOT / "examples/cloud-commitment/README.md").read_text(encoding="utf-8")
    shown = re.findall(r"^\| (20\d\d) \|.*\| ([\d,.]+) \|$", page, re.MULTILINE)
    assert {int(year): Decimal(amount.replace(",", "")) for year, amount in shown} == years


def test_imported_twice_is_imported_once(settled: Path):
    """The same bill again leaves the report as it was."""
    before = ask("commitments", settled)
    brought(settled, BILLING / "costs-2024.csv", "costs.rules.yaml", "2026-02-01")
    assert ask("commitments", settled)["results"] == before["results"]


def test_a_record_that_agrees_and_one_that_does_not(settled: Path, tmp_path: Path):
    """The provider's record is held against the milestones; a difference is a finding."""
    brought(settled, BILLING / "commitments.csv", "commitments.rules.yaml")
    record = ask("commitments", settled)["record"]
    assert [each["agrees"] for each in record] == [True, True, True]
    text = (BILLING / "commitments.csv").read_text(encoding="utf-8")
    other = tmp_path / "commitments.csv"
    other.write_text(text.replace("6000000.00", "6500000.00"), encoding="utf-8")
    brought(settled, other, "commitments.rules.yaml", "2026-02-01", "--name", "again.csv")
    found = ask("commitments", settled, code=1)["record"]
    wrong = [each for each in found if not each["agrees"]]
    assert [(each["says"], each["clause_says"]) for each in wrong] == [
        (
            "USD 6,500,000.00 from 2025-01-01 to 2025-12-31",
            "USD 6,000,000.00 from 2025-01-01 to 2025-12-31",
        )
    ]


def test_nothing_is_spent(tmp_path: Path):
    """Without any event nothing is counted, nothing is projected, and what is committed is shown."""
    (tmp_path / "agreement.lgd").write_text((CLOUD / "agreement.lgd").read_text(encoding="utf-8"), encoding="utf-8")
    (commitment,) = ask("commitments", tmp_path, "--at", "2023-06-30")["results"][0]["commitments"]
    assert [period["counted"] for period in commitment["periods"]] == [0, 0, 0]
    assert [period["remaining"] for period in commitment["periods"]] == [400_000_000, 900_000_000, 1_500_000_000]
    assert commitment["run_rate"] == {}


def test_no_commitment(tmp_path: Path):
    """An agreement without one says so, and that is no finding."""
    text = agreement("Nothing", "2024-01-01", end="family: duration\nuntil: 2025-12-31")
    (tmp_path / "agreement.lgd").write_text(text, encoding="utf-8")
    result = CliRunner().invoke(app, ["commitments", str(tmp_path)])
    assert result.exit_code == 0
    assert "no clause commits anyone" in result.stdout


def test_two_readings_part_before_anything_is_owed(tmp_path: Path):
    """What is left by each reading of what counts, although no milestone has come."""
    terms = """family: minimum-commitment
customer: lab
provider: cloud
services:
  readings:
    narrow: {is: every cloud/run, held_by: cloud}
    wide: {is: every cloud, held_by: lab}
milestones:
  - {by: 2025-12-31, amount: "USD 1,000"}
shortfall: payable
pay_within: 30 days
"""
    (tmp_path / "agreement.lgd").write_text(agreement("Two", "2024-01-01", spend=terms), encoding="utf-8")
    use = '{"kind": "usage", "occurred": "2024-05-31", "recorded": "2024-06-01", "by": "lab", "of": "cloud", '
    lines = [
        use + '"id": "a", "service": "cloud/run", "amount": "USD 300"}',
        use + '"id": "b", "service": "cloud/store", "amount": "USD 200"}',
    ]
    (tmp_path / "ledger.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    results = ask("commitments", tmp_path)["results"]
    left = {r["readings"][0]["spend.services"]: r["commitments"][0]["periods"][0]["remaining"] for r in results}
    assert left == {"narrow": 70_000, "wide": 50_000}


def test_a_range_shows(tmp_path: Path):
    """What is assumed of a share spans what is left."""
    terms = """family: minimum-commitment
customer: lab
provider: cloud
services: every cloud
limited: every cloud/market
limited_to: {is: 25 %, basis: assumed, range: 10 % to 50 %}
milestones:
  - {by: 2025-12-31, amount: "USD 1,000"}
shortfall: payable
pay_within: 30 days
"""
    (tmp_path / "agreement.lgd").write_text(agreement("Ranged", "2024-01-01", spend=terms), encoding="utf-8")
    line = '{"id": "a", "kind": "usage", "occurred": "2024-05-31", "recorded": "2024-06-01", "by": "lab", '
    line += '"of": "cloud", "service": "cloud/market", "amount": "USD 400"}\n'
    (tmp_path / "ledger.jsonl").write_text(line, encoding="utf-8")
    (period,) = ask("commitments", tmp_path)["results"][0]["commitments"][0]["periods"]
    assert (period["remaining"], period["remaining_range"]) == (75_000, [60_000, 90_000])


def test_hours_come_from_the_same_rows(tmp_path: Path):
    """Consumed quantities of FOCUS rows, each an event, count towards hours; those of another unit do not."""
    terms = """family: minimum-commitment
customer: lab
provider: cloud
services: every cloud
every: month
quantity: 10 Hours
price: USD 2
rounding: half even, per period
shortfall: payable
"""
    (tmp_path / "agreement.lgd").write_text(agreement("Hours", "2024-01-01", use=terms), encoding="utf-8")
    rows = ["ChargePeriodStart,ChargePeriodEnd,ConsumedQuantity,ConsumedUnit,BillingCurrency,BilledCost"]
    for hour, quantity, unit in ((1, "4", "Hours"), (2, "4", "Hours"), (3, "1.25", "Hours"), (4, "7", "GB")):
        rows.append(f"2024-03-04T0{hour}:00:00Z,2024-03-04T0{hour + 1}:00:00Z,{quantity},{unit},USD,1.50")
    (tmp_path / "costs.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    rules = "kind: usage\ncost: BilledCost\nsum: row\nevent:\n  by: lab\n  of: cloud\n  service: cloud/run\n"
    rules += "  quantity: {column: ConsumedQuantity}\n  unit: {column: ConsumedUnit}\n"
    (tmp_path / "focus.rules.yaml").write_text(rules, encoding="utf-8")
    typed = ["import", "focus", str(tmp_path), str(tmp_path / "costs.csv"), "--recorded", "2024-04-01"]
    assert CliRunner().invoke(app, typed).exit_code == 0
    (commitment,) = ask("commitments", tmp_path, "--at", "2024-03-31")["results"][0]["commitments"]
    march = commitment["periods"][-1]
    assert (march["period"], march["counted"], march["remaining"]) == ("2024-03", "9.25", "0.75")
    figures = {figure["id"]: figure["amount"] for figure in commitment["figures"]}
    assert figures["use/2024-03/shortfall"] == 150


def test_what_is_left_open_is_asked(tmp_path: Path):
    """`check` puts each question that a periodic, prepaid commitment leaves open, and none that does not arise."""
    terms = """family: minimum-commitment
customer: lab
provider: cloud
services: every cloud
every: month
amount: USD 10
shortfall: prepaid
"""
    (tmp_path / "agreement.lgd").write_text(agreement("Open", "2024-01-01", spend=terms), encoding="utf-8")
    asked = [p["sentence"] for p in ask("check", tmp_path)["open_points"] if p["code"] == "D201"]
    assert {sentence.partition(": ")[2] for sentence in asked} == {
        "Is a first period of which the clause stands only a part committed in full?",
        "For how long can spend be drawn from prepaid shortfall, and what becomes of the rest?",
        "Does spend that is drawn from prepaid shortfall count towards the commitment again?",
        "What becomes of what is spent beyond the commitment of a period?",
        "How long after its milestone or period must a shortfall be paid?",
    }
    (tmp_path / "agreement.lgd").write_text((CLOUD / "agreement.lgd").read_text(encoding="utf-8"), encoding="utf-8")
    assert [p for p in ask("check", tmp_path)["open_points"] if p["code"] == "D201"] == []
