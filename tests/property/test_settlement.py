"""The laws of settling, over random agreements, ledgers and later facts."""

from collections import Counter
from datetime import date
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adidem.desk.answers import explain_view
from adidem.desk.settling.settlement import settlement_view
from adidem.findings.settlement import content, positions
from property.recompute import recomputed, rounded
from property.settling import (
    FIRST,
    HEAD,
    ROUNDINGS,
    SIGNED,
    Deal,
    block,
    late,
    netting,
    random_changes,
    random_events,
    random_terms,
    share,
)
from property.strategies import iso

chances = st.randoms(use_true_random=False)
Q1, Q2, Q3 = FIRST + 89, FIRST + 180, FIRST + 272
"""The last days of the quarters of 2025."""


def deal_over_three_quarters(chance: Random) -> tuple[Deal, dict[str, object]]:
    """A ledger that grows and is corrected while two quarters are closed, and afterwards, also by what is told as
    if it had been known before; and each settlement as it stood right after its closing.
    """
    deal = Deal(random_terms(chance))
    deal.events += random_events(chance, chance.randrange(0, 6), FIRST, Q1 + 10, FIRST, "a", 0.2)
    closed: dict[str, object] = {}
    for period, last, mark in (("2025-Q1", Q1, "b"), ("2025-Q2", Q2, "d")):
        deal.close(period, iso(last + 10))
        closed[period] = content(deal.settling(period, iso(last + 10)).as_closed()[0])
        deal.events += random_changes(chance, _told(deal), last + chance.choice((10, 12)))
        deal.events += random_events(
            chance, chance.randrange(0, 5), FIRST, last + 80, chance.choice((FIRST, last + 12)), mark, 0.2
        )
    return deal, closed


def _told(deal: Deal) -> list[dict[str, object]]:
    """The events that can be corrected and have not been."""
    changed = {event.get("corrects") for event in deal.events}
    return [e for e in deal.events if e["kind"] in ("revenue", "payment") and e["id"] not in changed]


@given(chances)
@settings(max_examples=40, deadline=None)
def test_what_is_closed_stays(chance: Random):
    """Whatever comes to be known later, a closed period settles what it settled."""
    deal, closed = deal_over_three_quarters(chance)
    for period, before in closed.items():
        assert content(deal.settling(period, iso(Q3)).as_closed()[0]) == before


@given(chances)
@settings(max_examples=40, deadline=None)
def test_all_that_was_settled_is_what_is_owed(chance: Random):
    """Figures of all periods, and all adjustments, closed and open, sum to the figures of one run that knows all."""
    deal, _ = deal_over_three_quarters(chance)
    settled: Counter[str] = Counter()
    for period in ("2025-Q1", "2025-Q2"):
        for line in deal.settling(period, iso(Q3)).as_closed()[0].everything():
            settled[line.id] += line.amount_minor
    open_now = deal.settling("2025-Q3", iso(Q3))
    outcome = open_now.now()
    for line in open_now.settlements(outcome)[0].everything():
        settled[line.id] += line.amount_minor
    owed = {f.transfer.id: f.transfer.amount_minor for f in outcome.results[0].figures if f.fixed <= Q3}
    assert {id: minor for id, minor in settled.items() if minor} == owed


@given(chances)
@settings(max_examples=30, deadline=None)
def test_original_and_delta_are_new(chance: Random):
    """Of each figure of a closed period; and what later periods have settled of the delta, and the open one has to,
    is the delta.
    """
    deal, _ = deal_over_three_quarters(chance)
    open_view = settlement_view(deal.settling("2025-Q3", iso(Q3)))
    to_settle: Counter[str] = Counter()
    for period in ("2025-Q1", "2025-Q2"):
        (since,) = settlement_view(deal.settling(period, iso(Q3)))["since"]
        for line in since["lines"]:
            assert line["original_minor"] + line["delta_minor"] == line["new_minor"]
            assert sum(line["settled_in"].values()) + line["to_settle_minor"] == line["delta_minor"]
            to_settle[line["id"]] += line["to_settle_minor"]
    adjusted = Counter({line["id"]: line["amount_minor"] for line in open_view["settlements"][0]["adjustments"]})
    # A figure that moved out of the closed periods is settled where it is now.
    moved = {line["id"] for line in open_view["settlements"][0]["lines"]}
    assert {id: n for id, n in to_settle.items() if n and id not in moved} == {
        id: n for id, n in adjusted.items() if n and id not in moved
    }


@given(chances)
@settings(max_examples=40, deadline=None)
def test_a_settlement_sums_to_nothing(chance: Random):
    """Of each currency, over all parties; and so do its balances."""
    deal, _ = deal_over_three_quarters(chance)
    (settlement,) = settlement_view(deal.settling("2025-Q3", iso(Q3)))["settlements"]
    assert sum(each["net_minor"] for each in settlement["positions"]) == 0
    totals = {total["currency"]: total for total in settlement["totals"]}
    for currency, total in totals.items():
        mine = [each for each in settlement["positions"] if each["currency"] == currency]
        gross = sum(abs(line["amount_minor"]) for line in (*settlement["lines"], *settlement["adjustments"]))
        assert sum(abs(each["net_minor"]) for each in mine) <= 2 * gross
        assert total["settled_minor"] == sum(line["amount_minor"] for line in settlement["lines"])


@given(chances)
@settings(max_examples=40, deadline=None)
def test_the_head_numbers_add_up(chance: Random):
    """Of each direction, settled and adjusted less paid and netted is open, in every kind of period; and with what is
    open of earlier periods that is all that is owed and not met by the end of the period.
    """
    deal, _ = deal_over_three_quarters(chance)
    for period in ("2025-Q1", "2025-Q3", "2025-08", "2025-02", "2025"):
        for settlement in settlement_view(deal.settling(period, iso(Q3)))["settlements"]:
            for total in settlement["totals"]:
                for each in (total, *total["directions"]):
                    owed = each["settled_minor"] + each["adjusted_minor"]
                    assert owed - each["paid_minor"] - each["netted_minor"] == each["open_minor"]
                for each in total["directions"]:
                    way, money = (each["payer"], each["payee"]), total["currency"]
                    mine = [x for x in settlement["lines"] if (x["payer"], x["payee"], x["currency"]) == (*way, money)]
                    assert each["settled_minor"] == sum(line["amount_minor"] for line in mine)
                for key in ("settled_minor", "adjusted_minor", "paid_minor", "netted_minor", "open_minor"):
                    assert total[key] == sum(each[key] for each in total["directions"])
            if period == "2025-Q3":
                rest = sum(total["open_minor"] for total in settlement["totals"])
                rest += sum(each["open_minor"] for each in settlement["open_of_earlier_periods"])
                figures = deal.settling(period, iso(Q3)).now().results[0].figures
                assert rest == sum(f.transfer.amount_minor - f.paid for f in figures if f.fixed <= Q3)


@given(chances)
@settings(max_examples=40, deadline=None)
def test_netting_moves_no_position(chance: Random):
    """What each party is owed less what it owes, unpaid, is the same with netting and without; to the cent."""
    shares = [HEAD, SIGNED, share("share", "ada", "ben"), share("fee", "ben", "ada")]
    events = random_events(chance, chance.randrange(0, 12), FIRST, Q3, FIRST, "a")
    for event in events:  # a payment that pays nothing would stay in one of the two worlds alone
        event["kind"] = "revenue"
        event |= {"product": "lemonade"}
        event.pop("pays", None)
        event.pop("to", None)
    with_it = Deal("\n".join([*shares, netting(chance)]), events)
    without = Deal("\n".join(shares), events)
    found: list[dict[str, dict[str, int]]] = []
    for deal in (with_it, without):
        settling = deal.settling("2025", iso(FIRST + 364))
        (settlement,) = settling.settlements(settling.now())
        figures = [line.figure for line in settlement.lines if line.figure is not None]
        found.append(positions((f, f.transfer.amount_minor - f.paid) for f in figures))
        assert _net_of(settlement_view(settling), "gross_minor") == _net_of(settlement_view(settling), "balance_minor")
    assert found[0] == found[1]


def _net_of(view: dict, key: str) -> dict[str, int]:
    out: Counter[str] = Counter()
    for each in view["settlements"][0]["balances"]:
        out[each["payee"]] += each[key]
        out[each["payer"]] -= each[key]
    return {party: minor for party, minor in out.items() if minor}


@given(chances)
@settings(max_examples=80, deadline=None)
def test_late_interest_is_the_oracles(chance: Random):
    """Payments lie on what is owed like one tape on another: where they overlap is a part, and each bears interest."""
    rule, place = chance.choice(ROUNDINGS), chance.choice(("line", "period"))
    rate, year = Fraction(chance.randrange(1, 3000), 10_000), chance.choice((365, 360))
    grace, from_due = chance.randrange(0, 40), chance.choice((True, False))
    terms = (
        f"family: late-interest\nclauses: [share]\nrate: {rate.numerator}/{rate.denominator}\nday_count: A/{year}\n"
        f"grace: {grace} days\nruns_from: {'due-day' if from_due else 'end-of-grace'}\nrounding: {rule}, per {place}\n"
    )
    clause = f"# Late {{#late}}\n\n```terms\n{terms}```\n"
    deal = Deal("\n".join([HEAD, SIGNED, share("share", "ada", "ben"), clause]))
    deal.events = [e for e in random_events(chance, 12, FIRST, Q3, FIRST, "a") if e["by"] == "ada"]
    as_of = Q3 + chance.randrange(0, 90)
    outcome = deal.settling("2025", iso(as_of)).now()
    figures = outcome.results[0].figures
    owed = sorted((f.transfer for f in figures if f.accrued is None), key=lambda t: t.due)
    paid = sorted((e["occurred"], e["id"], e) for e in deal.events if e["kind"] == "payment")
    expected: dict[str, int] = {}
    start = 0
    for transfer in owed:
        end, at, exact = start + transfer.amount_minor, 0, []
        for when, _, event in paid:
            upto = at + _cents(event["amount"])
            exact.append(_bears(min(end, upto) - max(start, at), _day(when), transfer.due, grace, from_due))
            at = upto
        exact.append(_bears(end - max(start, min(end, at)), as_of, transfer.due, grace, from_due))
        parts = [Fraction(days) * rate / year for days in exact]
        minor = sum(rounded(part, rule) for part in parts) if place == "line" else rounded(sum(parts), rule)
        expected |= {f"late/{transfer.id}/interest": minor} if minor else {}
        start = end
    assert {f.transfer.id: f.transfer.amount_minor for f in figures if f.accrued is not None} == expected


@pytest.mark.parametrize(
    ("paid", "interest"), [("2025-04-30", {}), ("2025-05-01", {"late/share/2025-Q1/share/interest": 20})]
)
def test_without_grace_a_day_is_late(paid: str, interest: dict[str, int]):
    """USD 200.00 is due on 2025-04-30: paid on that day it bears nothing, a day later a thousandth."""
    terms = {"rate": "36.5 %", "day_count": "A/365", "runs_from": "due-day", "rounding": "half even, per period"}
    clause = block("late", family="late-interest", clauses="[share]", **terms)
    deal = Deal("\n".join([HEAD, SIGNED, share("share", "ada", "ben"), clause]))
    sold = {"id": "sold", "kind": "revenue", "by": "ada", "product": "lemonade", "amount": "USD 1000"}
    pays = {"id": "paid", "kind": "payment", "by": "ada", "to": "ben", "amount": "USD 200", "pays": "share"}
    deal.events = [
        {**sold, "occurred": "2025-02-01", "recorded": "2025-02-01"},
        {**pays, "occurred": paid, "recorded": paid},
    ]
    figures = deal.settling("2025", "2025-06-30").now().results[0].figures
    owed = {figure.transfer.id: figure.transfer.amount_minor for figure in figures}
    assert owed == {"share/2025-Q1/share": 20_000, **interest}


def _bears(minor: int, on: int, due: int, grace: int, from_due: bool) -> int:
    """Cents times days of a part that was paid on a day; nothing where it was in time."""
    return max(0, minor) * (on - due - (0 if from_due else grace)) if on > due + grace else 0


def _cents(amount: str) -> int:
    return int(amount.removeprefix("USD ").replace(".", ""))


def _day(text: str) -> int:
    return (date.fromisoformat(text) - date(1970, 1, 1)).days


@given(chances)
@settings(max_examples=20, deadline=None)
def test_interest_is_explained_to_the_cent(chance: Random):
    """The leaves of its explanation recompute it."""
    deal = Deal("\n".join([HEAD, SIGNED, share("share", "ada", "ben"), late(chance, "[share]")]))
    deal.events = [e for e in random_events(chance, 8, FIRST, Q3, FIRST, "a") if e["by"] == "ada"]
    outcome = deal.settling("2025", iso(Q3 + 40)).now()
    for figure in outcome.results[0].figures:
        if figure.accrued is not None:
            (one,) = explain_view(outcome, figure.transfer.id)["explanations"]
            assert recomputed(one["steps"]) == figure.transfer.amount_minor
