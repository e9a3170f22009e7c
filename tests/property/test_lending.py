"""What is not told yet, what does not concern a loan, and what stays the same however a loan's worlds are made."""

from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from adidem.desk.simulating.futures import Play, future
from adidem.desk.workspace import open_workspace
from adidem.kernel.period import AsOf, day
from adidem.kernel.problem import ProblemError
from adidem.kernel.quantity import round_fraction
from documents import block, front, held, signed
from property.loans import PARTIES, agreement, clause, event, figures, run, shown
from property.replayed import Beside

FLOATING = {
    "lender": "bank",
    "borrower": "lab",
    "principal": "USD 1 m",
    "drawn": "2025-01-15",
    "rate": "6 %",
    "index": "sofr",
    "spread": "2 %",
    "first_reset": "2025-04-15",
    "reset_cycle": "3 months",
    "day_count": "A/360",
    "interest_cycle": "3 months",
    "maturity": "2026-01-15",
    "rounding": "half even, per period",
}


def fixing(on: str, rate: str, index: str = "sofr") -> str:
    return event(f"{index}-{on}", "fixing", on, index=index, rate=rate)


def provisional(terms: dict[str, str], events: list[str]) -> dict[str, tuple[int, bool]]:
    outcome = run(agreement(terms), events, "2026-01-31")
    return {
        f.transfer.id.split("/")[1]: (f.transfer.amount_minor, f.transfer.provisional)
        for f in outcome.results[0].figures
        if f.leg.name == "interest"
    }


def test_without_fixings_the_first_rate_goes_on_and_is_provisional():
    """No fixing is told: interest after the first reset is reckoned at the rate before it, and says so."""
    assert provisional(FLOATING, []) == {
        "2025-04-15": (1_500_000, False),
        "2025-07-15": (1_516_667, True),
        "2025-10-15": (1_533_333, True),
        "2026-01-15": (1_533_333, True),
    }


def test_a_late_fixing_settles_its_own_period_alone():
    """A reset takes the last fixing until its day; where it is of an earlier day, interest is provisional."""
    found = provisional(FLOATING, [fixing("2025-04-15", "4 %"), fixing("2025-10-15", "3 %")])
    assert [told for _, told in found.values()] == [False, False, True, True]
    assert [amount for amount, _ in found.values()] == [1_500_000, 1_516_667, 1_533_333, 1_277_778]


def test_another_index_changes_nothing():
    """Fixings of another index, of a later day, and events of another loan or party are passed over."""
    events = [
        fixing("2025-04-15", "1 %", "estr"),
        fixing("2025-04-16", "1 %"),
        event("other", "prepayment", "2025-05-01", by="lab", loan="another", amount="USD 1 k"),
        event("wrong", "prepayment", "2025-05-01", by="bank", loan="loan", amount="USD 1 k"),
        event("late", "prepayment", "2026-01-20", by="lab", loan="loan", amount="USD 1 k"),
    ]
    fixed = {**FLOATING, "prepayment": "reduces-last"}
    assert figures(run(agreement(fixed), events[:1] + events[2:], "2026-01-31")) == figures(
        run(agreement(fixed), [], "2026-01-31")
    )
    assert provisional(fixed, events)["2025-07-15"] == (1_516_667, True)


def test_two_loans_of_one_agreement_are_two():
    """An event names the loan of which it speaks."""
    terms = {**{k: v for k, v in FLOATING.items() if k not in ("drawn",)}, "drawn_from": "2025-01-15"}
    text = agreement(terms) + clause(terms, "second")
    drawn = [
        event(f"d-{id}", "drawdown", "2025-02-01", by="lab", loan=id, amount="USD 10 k") for id in ("loan", "second")
    ]
    one = figures(run(text, drawn[:1], "2026-01-31"))
    both = figures(run(text, drawn, "2026-01-31"))
    assert all(id.startswith("loan/") for id in one)
    assert both == {**one, **{id.replace("loan/", "second/").replace("d-loan", "d-second"): a for id, a in one.items()}}


@pytest.mark.parametrize(("on", "fee"), [("2026-01-15", 400_000), ("2026-01-16", None)])
def test_what_is_paid_back_on_the_maturity_is_early(on: str, fee: int | None):
    """It bears its fee, and lessens the last instalment; a day later nothing is left to be paid back early."""
    terms = {k: v for k, v in FLOATING.items() if k not in ("index", "spread", "first_reset", "reset_cycle")}
    terms |= {"prepayment": "reduces-last", "prepayment_fee": "1 %"}
    early = event("early", "prepayment", on, by="lab", loan="loan", amount="USD 400 k")
    found = figures(run(agreement(terms), [early], "2026-01-31"))
    assert found.get("loan/early/prepayment-fee") == fee
    assert found["loan/2026-01-15/principal"] == (100_000_000 if fee is None else 60_000_000)


def test_a_loan_is_paid_out_on_its_day():
    """The drawdown is due on the day on which the text says that it is drawn, and owed from then on."""
    (paid_out,) = run(agreement(FLOATING), [], "2025-01-15").results[0].figures
    assert (paid_out.transfer.id, paid_out.transfer.amount_minor) == ("loan/2025-01-15/drawdown", 100_000_000)
    assert shown(paid_out.transfer.due) == "2025-01-15"


def test_an_assumed_rate_gives_a_range():
    """A rate that may be off gives interest from the one end to the other, and an exact principal."""
    terms = {k: v for k, v in FLOATING.items() if k not in ("index", "spread", "first_reset", "reset_cycle")}
    terms["rate"] = "{is: 6 %, basis: assumed, range: 5 % to 7 %}"
    ranges = {f.transfer.id: (f.low, f.high) for f in run(agreement(terms), [], "2026-01-31").results[0].figures}
    assert ranges["loan/2025-04-15/interest"] == (1_250_000, 1_750_000)
    assert ranges["loan/2026-01-15/principal"] == (100_000_000, 100_000_000)


AMENDED = "2025-08-01"
AMENDMENT = front("An amendment", AMENDED, PARTIES, amends="A loan") + block("signing-2", signed(AMENDED))


def test_an_amended_rate_speaks_from_its_day():
    """Days under a new text are its own, those before are of the old one, and what was prepaid under that still
    counts.
    """
    terms = {k: v for k, v in FLOATING.items() if k not in ("index", "spread", "first_reset", "reset_cycle")}
    terms |= {"prepayment": "reduces-last"}
    texts = {"agreement.lgd": agreement(terms)}
    texts["amendment.lgd"] = AMENDMENT + clause({**terms, "rate": "9 %", "replaces": "loan"}, "loan-2")
    both = held(texts, [event("p", "prepayment", "2025-05-05", by="lab", loan="loan", amount="USD 400 k")])
    found = figures(both.run(AsOf(day(date(2026, 1, 31)), 2**40)))
    old, new = Fraction(6, 100 * 360), Fraction(9, 100 * 360)
    assert found == {
        "loan/2025-01-15/drawdown": 100_000_000,
        "loan/2025-04-15/interest": 1_500_000,
        "loan/p/prepayment": 40_000_000,
        "loan/2025-07-15/interest": round_fraction((100_000_000 * 91 - 40_000_000 * 71) * old, "half even"),
        "loan/2025-10-15/interest": round_fraction(60_000_000 * 92 * new, "half even"),
        "loan/2026-01-15/interest": round_fraction(60_000_000 * 92 * new, "half even"),
        "loan/2026-01-15/principal": 60_000_000,
    }


@pytest.mark.parametrize("days", ["0 days", "2 years", "3 business days"])
def test_cycles_that_cannot_be(days: str):
    """A cycle that never ends, that is longer than the loan, or that counts business days is refused."""
    with pytest.raises(ProblemError) as refused:
        run(agreement({**FLOATING, "interest_cycle": days}), [], "2026-01-31")
    assert [problem.code for problem in refused.value.problems] == ["A180"]


def test_the_place_of_rounding():
    """Interest that becomes principal is kept finer than a coin, unless each line is rounded."""
    terms = {k: v for k, v in FLOATING.items() if k not in ("index", "spread", "first_reset", "reset_cycle")}
    terms |= {"principal": "USD 1000", "rate": "12 %", "day_count": "A/A", "drawn": "2015-08-05"}
    terms |= {"interest_cycle": "15 days", "maturity": "2015-09-20", "first_interest": "2015-08-19"}
    terms |= {"capitalised_until": "2015-09-20", "last_period": "short"}
    found = [
        figures(run(agreement({**terms, "rounding": f"half even, per {place}"}), [], "2016-01-01"))
        for place in ("period", "line")
    ]
    assert [each["loan/2015-09-20/principal"] for each in found] == [101_454, 101_453]


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        ({"floor": "5 %", "cap": "4 %"}, "A151"),
        ({"issue_discount": "USD 2 m"}, "A151"),
        ({"guarantor": "parent", "guarantee_share": "120 %"}, "A130"),
        ({"guarantor": "parent"}, "A151"),
        ({"guarantee_fee": "USD 10", "guarantee_fee_by": "lab", "guarantee_fee_on": "2025-02-01"}, "A151"),
        ({"maturity": "2025-01-15"}, "A181"),
    ],
)
def test_terms_that_cannot_be(terms: dict[str, str], code: str):
    """A floor above the cap, a discount above the principal, a share of more than all of it, and the price of a
    guarantee that nobody gives are refused.
    """
    with pytest.raises(ProblemError) as refused:
        run(agreement({**FLOATING, **terms}), [], "2026-01-31")
    assert [problem.code for problem in refused.value.problems] == [code]


OUTLOOK = """---
title: Outlook
document_type: contract
effective_date: 2025-01-31
language: en
include_signatures: false
---

# Horizon {#horizon}

```terms
family: outlook
starts: 2025-01-31
until: 2026-03-31
```
"""
HAZARDS = {
    "drawdown": "columns: {by: lab, loan: loan}\namount: USD 300 k",
    "prepayment": "columns: {by: lab, loan: loan}\namount: USD 40 k",
    "call": "columns: {by: bank, loan: loan}",
    "guarantee-call": "columns: {by: bank, loan: loan, ground: delay}\namount: USD 10 k",
}


def test_sampled_loans_are_those_of_a_ledger(tmp_path: Path):
    """A sampled world of drawdowns, prepayments and calls, told by a ledger, comes to the same in every figure."""
    terms = {k: v for k, v in FLOATING.items() if k != "drawn"} | {"drawn_from": "2025-01-15", "day_count": "30E/360"}
    terms |= {"instalment": "USD 90 k", "instalment_cycle": "2 months", "last_period": "short", "end_of_month": "no"}
    terms |= {"prepayment": "reduces-next", "prepayment_fee": "1 %", "call_notice": "20 days"}
    terms |= {"guarantor": "parent", "guarantee_share": "80 %", "guarantee_limit": "USD 12 k"}
    (tmp_path / "agreement.lgd").write_text(agreement(terms), encoding="utf-8")
    first = event("first", "drawdown", "2025-01-31", by="lab", loan="loan", amount="USD 500 k")
    (tmp_path / "ledger.jsonl").write_text(f"{first}\n{fixing('2025-01-31', '4 %')}\n", encoding="utf-8")
    blocks = "".join(
        f"\n# {kind} {{#may-{kind}}}\n\n```terms\nfamily: hazard\nevent: {kind}\n{columns}\n"
        f"chance: {{is: {30 if kind == 'call' else 90} %, basis: assumed, range: 20 % to 95 %}}\nevery: month\n```\n"
        for kind, columns in HAZARDS.items()
    )
    (tmp_path / "outlook.lgd").write_text(OUTLOOK + blocks, encoding="utf-8")
    beside = Beside(future(open_workspace(tmp_path), Play(3)), 24)
    counted = [world for world in range(24) if not beside.apart()[world]]
    assert len(counted) > 12
    assert [line for world in counted for line in beside.differences(world)] == []
    assert len({tuple(map(int, beside.amounts[0][..., world].ravel())) for world in counted}) > 12
