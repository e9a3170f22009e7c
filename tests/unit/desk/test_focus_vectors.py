"""FOCUS's worked examples through the command line, and through the clauses that they are examples of."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from adidem.cli.main import app
from documents import agreement
from unit.desk.exports import FOCUS_SOURCE, shared

HEAD = "kind: usage\ncost: {cost}\nsum: day\nrounding: half even\n{more}rows:\n"
EVENT = "    event: {by: lab, of: cloud, service: cloud/db}\n"
AMERICAN = "dates: month/day/year\nnumbers: grouped\n"


def workspace(folder: Path, terms: str) -> Path:
    """An agreement of a year from April 2025, with one commitment."""
    parties = "family: minimum-commitment\ncustomer: lab\nprovider: cloud\nservices: every cloud\n"
    text = agreement("Database services", "2025-04-01", spend=parties + terms)
    (folder / "agreement.lgd").write_text(text, encoding="utf-8")
    return folder


def imported(folder: Path, rules: str, *files: Path) -> dict[str, Any]:
    """What `import focus --json` says; it ends with 1 where a row was rejected or no rule speaks of it."""
    path = folder / "focus.rules.yaml"
    path.write_text(rules, encoding="utf-8")
    names = [str(file) for file in files]
    result = CliRunner().invoke(app, ["import", "focus", str(folder), *names, "--recorded", "2026-05-01", "--json"])
    found = json.loads(result.stdout)
    assert result.exit_code == (1 if found["unmapped"] or found["rejected_rows"] else 0), result.output
    return found


def owed(folder: Path, as_of: str) -> dict[str, int]:
    """The figures of `run`, in cents."""
    result = CliRunner().invoke(app, ["run", str(folder), "--as-of", as_of, "--json"])
    assert result.exit_code == 0, result.output
    return {each["id"]: each["amount_minor"] for each in json.loads(result.stdout)["results"][0]["transfers"]}


@pytest.mark.parametrize("scenario", ["a1", "b1"])
def test_spend_agreements_come_to_what_was_agreed(tmp_path: Path, scenario: str):
    """USD 1,200, billed and effective, whether in arrears or prepaid."""
    file = shared(f"focus/spend_agreements/saas_spend_agreements_{scenario}.csv", FOCUS_SOURCE)
    folder = workspace(tmp_path, "every: year\namount: USD 1,200\nshortfall: payable\n")
    found = imported(
        folder, HEAD.format(cost="BilledCost", more=AMERICAN) + "  - when: {ProviderName: Nobody}\n" + EVENT, file
    )
    assert (Decimal(found["sums"]["BilledCost"]), Decimal(found["sums"]["EffectiveCost"])) == (1200, 1200)
    assert (found["rows"], found["unmapped"], found["rejected"]) == (4 + (scenario == "b1"), found["rows"], [])


def test_the_unused_fee_is_the_shortfall(tmp_path: Path):
    """Scenario A1: of the usage alone the clause works out the fee of USD 972 that the provider bills at the end."""
    file = shared("focus/spend_agreements/saas_spend_agreements_a1.csv", FOCUS_SOURCE)
    terms = 'milestones:\n  - {by: 2026-03-31, amount: "USD 1,200"}\nshortfall: payable\n'
    folder = workspace(tmp_path, terms)
    fee = "  - when: {ChargeDescription: End of contract unused fee}\n    leave out: it is what the clause works out\n"
    rows = "  - when: {ChargeCategory: Usage}\n" + EVENT
    found = imported(folder, HEAD.format(cost="EffectiveCost", more=AMERICAN) + fee + rows, file)
    assert Decimal(found["sums_of"]["left_out"]["EffectiveCost"]) == 972
    assert owed(folder, "2026-03-31") == {"spend/2026-03-31/shortfall": 97_200}


def test_a_minimum_each_month(tmp_path: Path):
    """Scenario A2: USD 12 for the first month, none for the two that reach the minimum, then USD 60 a month."""
    file = shared("focus/spend_agreements/saas_spend_agreements_a1.csv", FOCUS_SOURCE)
    folder = workspace(tmp_path, "every: month\namount: USD 60\nmodel: continuous\nshortfall: payable\n")
    rows = "  - when: {ChargeDescription: Monthly usage charge}\n" + EVENT
    imported(folder, HEAD.format(cost="EffectiveCost", more=AMERICAN) + rows, file)
    short = {f"spend/{month}/shortfall": 6_000 for month in (f"2025-{m:02d}" for m in range(7, 13))}
    short |= {f"spend/2026-{m:02d}/shortfall": 6_000 for m in (1, 2)}
    assert owed(folder, "2026-02-28") == {"spend/2025-04/shortfall": 1_200} | short


@pytest.mark.parametrize("later", ["delta", "ledger"])
def test_corrections_lower_what_was_spent(tmp_path: Path, later: str):
    """Original and delta, or original and ledger: R-111 comes to 1,200 and R-222 to 300, as spend of a commitment."""
    names = [f"focus/corrections/scenario_1_partial_reallocation_{name}.csv" for name in ("original", later)]
    files = [shared(name, FOCUS_SOURCE) for name in names]
    folder = workspace(tmp_path, 'milestones:\n  - {by: 2025-06-30, amount: "USD 2,000"}\nshortfall: payable\n')
    words = "{column: ResourceId, words: {R-111: cloud/r-111, R-222: cloud/r-222}}"
    event = f"  - event: {{by: lab, of: cloud, service: {words}}}\n"
    found = imported(folder, HEAD.format(cost="EffectiveCost", more="currency: USD\n") + event, *files)
    assert (found["unmapped"], found["rejected"]) == (0, [])
    lines = [json.loads(line) for line in (folder / "ledger.jsonl").read_text(encoding="utf-8").splitlines()]
    sums: dict[str, Decimal] = {}
    for line in lines:
        sums[line["service"]] = sums.get(line["service"], Decimal(0)) + Decimal(line["amount"].removeprefix("USD "))
    assert sums == {"cloud/r-111": 1200, "cloud/r-222": 300}
    assert owed(folder, "2025-06-30") == {"spend/2025-06-30/shortfall": 50_000}


def test_commitment_discounts_are_used_or_lost(tmp_path: Path):
    """An hour of a dollar: billed when it is bought, effective when it is used, and when it is not used too."""
    names = ("purchase_scenario_1", "usage_scenario_1", "usage_scenario_2")
    bought, *used = (shared(f"focus/commitment_discounts/commitment_discount_{n}.csv", FOCUS_SOURCE) for n in names)
    folder = workspace(tmp_path, "every: year\namount: USD 1,200\nshortfall: payable\n")
    head = HEAD.format(cost="EffectiveCost", more="currency: USD\n")
    usage = "  - when: {ChargeCategory: Usage}\n" + EVENT
    found = imported(folder, head + usage, bought)
    assert (found["sums"]["BilledCost"], found["sums"]["EffectiveCost"], found["unmapped"]) == ("8760.00", "0.00", 1)
    lost = "  - when: {CommitmentDiscountStatus: Unused}\n    leave out: nobody used it\n"
    found = imported(folder, head + lost + usage, *used)
    assert found["sums"] == {"EffectiveCost": "2.00", "BilledCost": "0.00"}
    assert (found["mapped"], found["left_out"], found["unmapped"]) == (1, 1, 0)
    assert found["sums_of"]["mapped"]["EffectiveCost"] == found["sums_of"]["left_out"]["EffectiveCost"] == "1.00"


def test_contract_commitments_are_held_against_the_clause(tmp_path: Path):
    """The specification's commitment of a million dollars over three years, beside a clause that says the same."""
    file = shared("focus/contract_commitment/contract_commitment_scenario_1.csv", FOCUS_SOURCE)
    terms = "milestones:\n  - {by: 2028-11-30, amount: EUR 925 k}\nshortfall: payable\n"
    folder = workspace(tmp_path, terms)
    rules = """kind: contract-commitment
rows:
  - when: {ContractCommitmentId: CMT-SPEND-001}
    event:
      clause: spend
      category: {column: ContractCommitmentCategory}
      model: {column: ContractCommitmentModel}
      interval: {column: ContractCommitmentFulfillmentInterval}
      amount: {column: ContractCommitmentCost}
      starts: {column: ContractCommitmentPeriodStart}
      ends: {column: ContractCommitmentPeriodEnd}
"""
    found = imported(folder, rules, file)
    assert (found["rows"], found["mapped"], found["unmapped"]) == (3, 1, 2)
    result = CliRunner().invoke(app, ["commitments", str(folder), "--at", "2026-03-31", "--json"])
    record = json.loads(result.stdout)["record"]
    assert [(each["says"], each["agrees"]) for each in record] == [
        ("EUR 925,000.00 from 2025-12-01 to 2028-11-30", True)
    ]


def test_aws_sample(tmp_path: Path):
    """942 rows, none lost, and the sums of billed and list cost exact to the last digit."""
    folder = workspace(tmp_path, "every: year\namount: USD 1,200\nshortfall: payable\n")
    rows = "  - when: {ChargeCategory: Usage}\n" + EVENT
    file = shared("focus/sample/focus_1_0_aws.csv", FOCUS_SOURCE)
    found = imported(folder, HEAD.format(cost="BilledCost", more="zone: UTC\n") + rows, file)
    assert found["rows"] == 942 == found["mapped"] + found["unmapped"] + found["left_out"] + found["rejected_rows"]
    assert (found["sums"]["BilledCost"], found["sums"]["ListCost"]) == ("18.00663861840", "18.14931764060")
