"""A provider's record of a commitment, held against the text of its own period and against every reading."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from adidem.desk.committing.record import differences
from adidem.kernel.literal import parse_date
from adidem.kernel.period import AsOf
from adidem.records.values import UNBOUNDED
from documents import agreement, block, front, held, signed

YEARS = """
family: minimum-commitment
customer: lab
provider: cloud
services: everything
every: year
amount: EUR 100
shortfall: none
"""
MILESTONES = YEARS.replace("every: year\namount: EUR 100", 'milestones: [{by: 2024-12-31, amount: "EUR 100"}]')
DISPUTED = YEARS.replace("EUR 100", "{basis: disputed, readings: {net: {is: EUR 80}, gross: {is: EUR 100}}}")
UNITS = YEARS.replace("amount: EUR 100", "quantity: 100 gpu-hours\nprice: EUR 1\nrounding: half even, per period")


def told(
    terms: str, starts: str, ends: str, amended: str = "", pinned: Mapping[str, str] | None = None, **says: str
) -> dict[str, Any]:
    """What comes of one row beside a commitment, and beside what took its place in 2025."""
    texts = {"agreement.lgd": agreement("Commitment", "2024-01-01", commit=terms)}
    if amended:
        head = front("Amendment", "2025-01-01", amends="Commitment") + block("signing", signed("2025-01-01"))
        texts["amendment.lgd"] = head + block("commit", f"replaces: commit\n{amended.strip()}")
    row = {"id": "row", "kind": "contract-commitment", "clause": "commit", "starts": starts, "ends": ends, **says}
    row |= {"occurred": "2025-02-01", "recorded": "2025-02-01"}
    outcome = held(texts, [row]).run(AsOf(parse_date("2025-06-30"), UNBOUNDED), pinned)
    (found,) = differences(outcome)
    return found


@pytest.mark.parametrize(
    ("starts", "ends", "amounts"),
    [
        ("2024-01-01", "2025-01-01", (100, 200)),
        ("2025-01-01", "2026-01-01", (200, 100)),
        ("2024-01-01", "2026-01-01", (300, 400)),
    ],
)
def test_a_row_is_held_against_the_text_of_its_own_years(starts: str, ends: str, amounts: Sequence[int]):
    """An amount that was raised counts for the years after the change alone."""
    raised = YEARS.replace("EUR 100", "EUR 200")
    found = [told(YEARS, starts, ends, raised, amount=f"EUR {amount}")["agrees"] for amount in amounts]
    assert found == [True, False]


def test_a_row_of_a_year_and_a_half_is_of_no_period():
    """It agrees with nothing, although the one whole year in it is of this amount."""
    assert not told(YEARS, "2024-01-01", "2025-07-01", amount="EUR 100")["agrees"]


def test_a_milestone_counts_from_the_one_before_it_in_the_earlier_text():
    """The amounts of milestones are cumulative through all texts."""
    later = MILESTONES.replace("2024-12-31", "2025-12-31").replace("EUR 100", "EUR 300")
    assert told(MILESTONES, "2024-01-01", "2025-01-01", later, amount="EUR 100")["agrees"]
    assert told(MILESTONES, "2025-01-01", "2026-01-01", later, amount="EUR 200")["agrees"]


@pytest.mark.parametrize(("reading", "agrees"), [("", True), ("net", True), ("gross", False)])
def test_a_row_may_read_a_disputed_amount_either_way(reading: str, agrees: bool):
    """It is at odds with a reading only where that one is asked for."""
    pinned = {"commit.amount": reading} if reading else {}
    found = told(DISPUTED, "2024-01-01", "2025-01-01", pinned=pinned, amount="EUR 80")
    words = {"": "EUR 80.00 or EUR 100.00", "net": "EUR 80.00", "gross": "EUR 100.00"}[reading]
    assert (found["agrees"], found["clause_says"]) == (agrees, f"{words} from 2024-01-01 to 2024-12-31")


def test_a_row_in_money_beside_a_commitment_in_units():
    """It is told in the money of the record, and agrees with nothing."""
    found = told(UNITS, "2024-01-01", "2025-01-01", amount="EUR 100")
    assert (found["agrees"], found["says"]) == (False, "EUR 100.00 from 2024-01-01 to 2024-12-31")


def test_a_row_that_says_no_amount():
    """It is not taken for a commitment to nothing."""
    found = told(YEARS, "2024-01-01", "2025-01-01")
    assert (found["agrees"], found["says"]) == (False, "neither an amount nor a quantity from 2024-01-01 to 2024-12-31")


def test_a_row_of_a_time_before_the_commitment():
    """Nothing was committed to then."""
    assert told(YEARS, "2022-01-01", "2023-01-01", amount="EUR 100")["clause_says"] == "nothing for that period"
