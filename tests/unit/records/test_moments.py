"""The moments of one event follow each other as its kind says, as the event was told last."""

import json
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from adidem.desk.families import families
from adidem.kernel.compose import event_kinds
from adidem.kernel.source import Source
from adidem.records.ledger import Ledger, LedgerReader
from adidem.records.values import Spelling
from property.levels import Incident, claim, event, moment

DAYS = st.dates(date(2024, 1, 1), date(2024, 1, 4))


def read(*events: dict[str, str]) -> tuple[Ledger, list[str]]:
    """The ledger of some events, and the codes of what is wrong with it."""
    reader = LedgerReader(event_kinds(families()), ("harbour", "nimbus"), Spelling())
    ledger = reader.read([Source("ledger.jsonl", "\n".join(map(json.dumps, events)))])
    return ledger, [problem.code for problem in reader.problems]


@given(st.integers(1_700_000_000, 1_700_000_003), st.integers(1_700_000_000, 1_700_000_003) | st.none())
def test_ends_not_before_it_starts(started: int, ended: int | None):
    """To end as it starts is allowed, and not to end yet."""
    wrong = ended is not None and ended < started
    assert read(Incident(started, ended).event("i"))[1] == (["L116"] if wrong else [])


@given(DAYS, DAYS)
def test_a_claim_is_for_a_window_that_is_over(day: date, window_ends: date):
    """The last day of the window lies before the claim."""
    assert read(claim("c", day, window_ends))[1] == ([] if window_ends < day else ["L116"])


def test_as_told_last():
    """A correction mends it, or brings it about; the place is where the event tells it."""
    started, later = 1_700_000_000, 1_700_000_600
    wrong, right = Incident(later, started).event("i"), Incident(started, later).event("i")
    mends = event("m", "correction", date(2023, 11, 20), corrects="i", started=moment(started), ended=moment(later))
    breaks = event("b", "correction", date(2023, 11, 20), corrects="i", ended=moment(started - 60))
    assert read(wrong, mends)[1] == []
    assert read(right, breaks)[1] == ["L116"]


def test_few_are_told():
    """Of very many, the last one told says how many more there are."""
    many = [Incident(1_700_000_060, 1_700_000_000).event(f"i{n}") for n in range(200)]
    assert len(read(*many)[1]) == 20
