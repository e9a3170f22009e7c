"""The page on rights holds: each command prints what it shows, and each clause costs what it says."""

import re
from datetime import date
from pathlib import Path

import pytest

from adidem.desk.program import STILL
from adidem.findings.outcome import wanted
from adidem.kernel.schedule import schedule
from e2e.transcript import ROOT, run_page
from property.rights import outcome

CONSENT = {"family": "consent", "holder": "cloud", "asker": "lab"}
REFUSAL = {
    "family": "first-refusal",
    "holder": "cloud",
    "grantor": "lab",
    "act": "place",
    "scope": "workload",
    "provider": "own",
    "nature": "refusal",
    "answer_within": "10 days",
    "silence": "released",
}
REFUSAL_WHOLE = {
    **REFUSAL,
    "test": "all",
    "release": "both",
    "partial": "share",
    "notice": "[price, capacity]",
    "incomplete": "waits",
    "changed_terms": "new-offer",
    "close_within": "60 days",
    "alternates": "[a, b]",
}
PARITY = {
    "family": "price-parity",
    "customer": "lab",
    "provider": "cloud",
    "services": "compute",
    "remedy": "refund",
    "every": "month",
    "pay_within": "30 days",
    "rounding": "half up, per line",
}
PARITY_WHOLE = {**PARITY, "look_back": "10 days", "remedy": "both", "reset_within": "10 days", "volume": "5"}
CREDITS = {
    "family": "credits",
    "grantor": "cloud",
    "holder": "lab",
    "unit": "hours",
    "order": "oldest-first",
    "expires_after": "12 months",
    "transferable": "no",
}
CREDITS_WHOLE = {
    **CREDITS,
    "grant": "10",
    "every": "month",
    "price": "USD 1",
    "rounding": "down, per line",
    "cap": "USD 5",
}
CLAUSES = {
    "consent to a matter": {**CONSENT, "matter": "merger"},
    "consent to acts": {**CONSENT, "acts": "[sell]", "scope": "model"},
    "first refusal, plain": REFUSAL,
    "first refusal, tested": {**REFUSAL, "test": "all"},
    "first refusal, with every term": REFUSAL_WHOLE,
    "price parity, refund": PARITY,
    "price parity, with every term": PARITY_WHOLE,
    "credits, soonest first": {**CREDITS, "order": "soonest-first"},
    "credits, oldest first": CREDITS,
    "credits, with every term": CREDITS_WHOLE,
}
TABLE = dict(
    re.findall(r"^\| ([a-z ,]+) \| (\d+) \|$", (ROOT / "docs/rights.md").read_text(encoding="utf-8"), re.MULTILINE)
)


def test_rights(tmp_path: Path):
    """Every command of docs/rights.md, in one folder."""
    assert run_page("docs/rights.md", tmp_path) >= 10


def test_every_clause_is_counted():
    """The table of costs has these clauses and no other."""
    assert list(TABLE) == list(CLAUSES)


@pytest.mark.parametrize("name", CLAUSES)
def test_cost(name: str):
    """A clause alone adds so many operations as the page says."""
    composition = outcome(CLAUSES[name], [], date(2025, 12, 31)).composition
    live = [index for step in schedule(composition.program, wanted(composition)) for index in step]
    operators = [composition.program.nodes[index].operator for index in live]
    assert sum(operator not in STILL for operator in operators) == int(TABLE[name])
