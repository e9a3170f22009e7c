"""The page on loans and investments holds: its figures are what is printed, and its counts what is counted."""

import re
from pathlib import Path

from adidem.desk.program import program_view
from adidem.kernel.period import AsOf
from documents import held
from e2e.transcript import ROOT, run_page
from property.loans import BEFORE, agreement

PAGE = "docs/loans.md"
BULLET = {
    "lender": "bank",
    "borrower": "lab",
    "principal": "USD 1 m",
    "drawn": "2025-01-15",
    "rate": "6 %",
    "day_count": "A/360",
    "interest_cycle": "3 months",
    "maturity": "2026-01-15",
    "rounding": "half even, per period",
}
FLOATING = {"index": "sofr", "spread": "2 %", "reset_cycle": "3 months"}
LOANS = {
    "fixed, 4 quarters, paid back at the end": BULLET,
    "fixed, 12 months, paid back at the end": {**BULLET, "interest_cycle": "1 month"},
    "fixed, 60 months, paid back at the end": {**BULLET, "interest_cycle": "1 month", "maturity": "2030-01-15"},
    "fixed, 12 months, in instalments": {
        **BULLET,
        "interest_cycle": "1 month",
        "instalment": "USD 50 k",
        "instalment_cycle": "1 month",
    },
    "floating, 4 quarters, a reset in each": {**BULLET, **FLOATING},
    "the same, with floor and cap": {**BULLET, **FLOATING, "floor": "0 %", "cap": "9 %"},
    "fixed, 4 quarters, can be prepaid": {**BULLET, "prepayment": "reduces-last"},
    "fixed, 4 quarters, can be called": {**BULLET, "call_notice": "30 days"},
}


def operations(terms: dict[str, str]) -> int:
    """What a loan computes, beside a document that has none."""
    text = agreement(terms)
    without = BEFORE
    counts = [program_view(held(each), AsOf(25_000, 2**40))["operations"] for each in (text, without)]
    return counts[0] - counts[1]


def test_the_page(tmp_path: Path):
    """Every command of the page, in one folder."""
    assert run_page(PAGE, tmp_path) >= 3


def test_what_a_loan_costs():
    """The table of operations is what is counted."""
    shown = dict(re.findall(r"^\| (\S[^|]*, [^|]*) \| (\d+) \|$", (ROOT / PAGE).read_text(encoding="utf-8"), re.M))
    assert shown == {name: str(operations(terms)) for name, terms in LOANS.items()}
