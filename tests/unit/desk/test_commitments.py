"""What the view of commitments says of each period: how it stands, what of it is owed, paid and late, and what is to
come.
"""

from datetime import date
from typing import Any

import pytest

from adidem.desk.committing.commitments import commitments_view
from adidem.kernel.period import AsOf, day
from documents import agreement, held

MONTHLY = """
family: minimum-commitment
customer: lab
provider: cloud
services: every cloud
every: month
amount: USD 100
first_period: whole
shortfall: payable
pay_within: 30 days
"""
MILESTONES = MONTHLY.replace("every: month\namount: USD 100\nfirst_period: whole", "{milestones}")
TWO = "milestones: [{by: 2024-06-30, amount: USD 1000}, {by: 2025-06-30, amount: USD 3000}]"


def view(terms: str, on: str, *events: dict[str, str]) -> list[dict[str, Any]]:
    """The commitment, as each of its readings has it."""
    workspace = held(agreement("Commitment", "2024-01-01", spend=terms), events)
    found = commitments_view(workspace, workspace.run(AsOf(day(date.fromisoformat(on)), 2**61)))
    return [result["commitments"][0] for result in found["results"]]


def used(on: str, amount: str, service: str = "cloud/run") -> dict[str, str]:
    """Use of the lab's, known on its day."""
    said = {"by": "lab", "of": "cloud", "service": service, "amount": amount}
    return {"id": f"used-{on}", "kind": "usage", "occurred": on, "recorded": on, **said}


def paid(on: str) -> dict[str, str]:
    """The shortfall of February is paid."""
    said = {"by": "lab", "to": "cloud", "pays": "spend", "amount": "USD 60"}
    return {"id": "paid", "kind": "payment", "occurred": on, "recorded": on, **said}


def test_how_months_that_are_over_stand():
    """One is kept, one is not, and the one that runs is neither."""
    (found,) = view(MONTHLY, "2024-03-10", used("2024-01-05", "USD 100"), used("2024-02-05", "USD 40"))
    states = {each["period"]: each["state"] for each in found["periods"]}
    assert states == {"2024-01": "fulfilled", "2024-02": "violated", "2024-03": "in effect"}
    assert [each for each in found["periods"] if "waived" in each] == []


def test_a_month_that_is_waived():
    """What was short is told as waived, of that month alone."""
    waiver = {"id": "waiver", "kind": "shortfall-waiver", "occurred": "2024-03-05", "recorded": "2024-03-05"}
    waiver |= {"by": "cloud", "clause": "spend", "of": "2024-02-29"}
    (found,) = view(f"{MONTHLY}waiver: forgiven", "2024-03-10", used("2024-02-05", "USD 40"), waiver)
    told = {each["period"]: (each["state"], each.get("waived")) for each in found["periods"]}
    assert told == {"2024-01": ("violated", None), "2024-02": ("discharged", 6_000), "2024-03": ("in effect", None)}


@pytest.mark.parametrize(
    ("on", "payments", "says"),
    [
        ("2024-03-30", [], (False, False, 6_000)),
        ("2024-03-31", [], (False, True, 6_000)),
        ("2024-03-30", [paid("2024-03-20")], (True, False, 0)),
        ("2024-04-10", [paid("2024-03-20")], (True, False, 0)),
    ],
)
def test_what_is_late(on: str, payments: list[dict[str, str]], says: tuple[bool, bool, int]):
    """A shortfall of February is due 30 days after it: unpaid, it is late from the day after; paid, it never is."""
    events = [used("2024-01-05", "USD 100"), used("2024-02-05", "USD 40"), used("2024-03-05", "USD 100"), *payments]
    (found,) = view(MONTHLY, on, *events)
    figure, owed = found["figures"][0], found["owed_so_far"][0]
    assert (figure["id"], figure["due"], figure["amount"]) == ("spend/2024-02/shortfall", "2024-03-30", 6_000)
    assert (figure["paid"], figure["overdue"], owed["not_yet_paid"]) == says


def test_a_rate_carried_on():
    """USD 910 in the 91 days of three months is USD 10 a day: the USD 90 that the first milestone lacks are used in
    nine days more, and the USD 2,090 that the second lacks in 209.
    """
    terms = MILESTONES.format(milestones=TWO)
    uses = [used("2024-01-05", "USD 310"), used("2024-02-05", "USD 290"), used("2024-03-05", "USD 310")]
    (found,) = view(terms, "2024-03-31", *uses)
    assert found["run_rate"]["3"] == {"months": 3, "a_month": 30_333, "is": "projection"}
    first, second = (each["projected"]["3"] for each in found["periods"])
    assert first == {"fulfilled_on": "2024-04-09", "shortfall": 0, "is": "projection"}
    assert second == {"fulfilled_on": "2024-10-26", "shortfall": 0, "is": "projection"}


def test_ranges_of_milestones_to_come():
    """Of the market a tenth to a half counts: what is short at the first milestone still lacks at the second."""
    share = "limited: every cloud/market\nlimited_to: {is: 25 %, basis: assumed, range: 10 % to 50 %}"
    terms = f"{MILESTONES.format(milestones=TWO)}{share}\n"
    (found,) = view(terms, "2024-05-31", used("2024-05-05", "USD 2000", "cloud/market"))
    told = [(each["committed"], each["remaining"], each["remaining_range"]) for each in found["periods"]]
    assert told == [(100_000, 75_000, [50_000, 90_000]), (300_000, 225_000, [150_000, 270_000])]


def test_what_hangs_on_one_share_is_added_share_by_share():
    """USD 800 of the market: of it 100, 250 or 500 counts at the first milestone, and 300, 750 or all at the second."""
    share = "limited: every cloud/market\nlimited_to: {is: 25 %, basis: assumed, range: 10 % to 50 %}"
    terms = f"{MILESTONES.format(milestones=TWO)}{share}\n"
    (found,) = view(terms, "2024-05-31", used("2024-05-05", "USD 800", "cloud/market"))
    told = [(each["remaining"], each["remaining_range"]) for each in found["periods"]]
    assert told == [(75_000, [50_000, 90_000]), (225_000, [220_000, 270_000])]


def test_an_amount_that_is_assumed():
    """The period shows what is taken, and between what the rest lies."""
    terms = MONTHLY.replace("USD 100", "{is: USD 100, basis: assumed, range: USD 80 to USD 150}")
    (found,) = view(terms, "2024-01-31", used("2024-01-05", "USD 30"))
    (january,) = found["periods"]
    assert (january["committed"], january["counted"], january["remaining"]) == (10_000, 3_000, 7_000)
    assert january["remaining_range"] == [5_000, 12_000]


def test_each_reading_owes_its_own():
    """What is owed is that of the reading of which the periods are."""
    readings = "{readings: {narrow: {is: every cloud/run, held_by: cloud}, wide: {is: every cloud, held_by: lab}}}"
    terms = MONTHLY.replace("services: every cloud", f"services: {readings}")
    found = view(terms, "2024-01-31", used("2024-01-05", "USD 30"), used("2024-01-06", "USD 20", "cloud/store"))
    told = [(each["periods"][0]["remaining"], each["owed_so_far"][0]["amount"]) for each in found]
    assert told == [(7_000, 7_000), (5_000, 5_000)]
