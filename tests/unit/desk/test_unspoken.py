"""Acts, claims, calls and fixings of which no clause speaks."""

import pytest

from adidem.desk.unspoken import acts_unspoken, claims_unspoken, loans_unspoken
from documents import agreement, held

LOAN = """
family: loan
lender: cloud
borrower: lab
principal: USD 5000
drawn: 2025-01-31
index: sofr
reset_cycle: 3 months
day_count: A/365
interest_cycle: 1 month
maturity: 2025-12-31
rounding: half even, per period
"""
TERMS = {"bridge": LOAN, "free": "family: permission\nholder: lab\ncounterparty: cloud\nacts: [see]\nscope: everything"}
FIXINGS = [{"kind": "fixing", "index": index, "rate": "3 %"} for index in ("sofr", "estr", "estr")]
CALL = {"kind": "call", "by": "cloud", "loan": "brigde"}
CLAIM = {"kind": "claim", "by": "lab", "level": "uptime", "window_ends": "2025-02-28"}
ACTS = [{"kind": "act", "by": "lab", "act": act, "asset": "song"} for act in ("sing", "see", "sing")]


@pytest.fixture
def found() -> list[tuple[str, str, str]]:
    """What is said of each, where it stands, and how it is mended."""
    told = [*FIXINGS, CALL, CLAIM, *ACTS]
    events = [
        each | {"id": f"e{n}", "occurred": "2025-03-01", "recorded": "2025-03-01"} for n, each in enumerate(told, 1)
    ]
    workspace = held(agreement("Loan", "2025-01-01", **TERMS), events)
    whole, ledger = workspace.whole, workspace.ledger
    points = [*acts_unspoken(whole, ledger), *claims_unspoken(whole, ledger), *loans_unspoken(whole, ledger)]
    return [(point.sentence, point.place, point.mend) for point in points]


def test_each_word_is_told_once_at_its_first_event(found: list[tuple[str, str, str]]):
    """With the word that was most likely meant, where there is one."""
    assert found == [
        ("no clause speaks of the act sing: the event changes nothing", "ledger.jsonl:6:1", "write one of: see"),
        (
            "no clause is called uptime: what is claimed under it is not claimed",
            "ledger.jsonl:5:1",
            "write one of: bridge, free",
        ),
        ("no loan is called brigde: the call changes nothing", "ledger.jsonl:4:1", "did you mean bridge?"),
        ("no loan follows the index estr: the fixing changes nothing", "ledger.jsonl:2:1", "write one of: sofr"),
    ]
