"""The test vectors of ACTUS: each loan as a document and a ledger, run by the engine, compared with the published
flows: 1e-6 before rounding, and to the cent where money moves.

Vectors: https://github.com/actusfrf/actus-tests, files actus-tests-pam, -lam, -clm and -ceg.
"""

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from typing import Any

import pytest

from adidem.clauses.parts.lending import plan
from adidem.clauses.parts.schedule_of_payments import Stop, stops
from adidem.kernel.composer import Composer
from adidem.kernel.period import AsOf, day
from documents import held
from property.loans import Walk, agreement, data, event, figures, run

FILES = ("pam", "lam", "clm", "ceg")
VECTORS = {name: vector for file in FILES for name, vector in (data(f"actus/{file}.json") or {}).items()}
LOANS = sorted(name for name, vector in VECTORS.items() if vector["terms"]["contractType"] != "CEG")
GUARANTEES = sorted(name for name, vector in VECTORS.items() if vector["terms"]["contractType"] == "CEG")
SOLD = ("PRD", "TD")
"""A lender sells the loan to another: what the buyer pays is their bargain, and no term of the loan."""
LATER = {"pam12": "2013-01-30", "lam02": "2013-06-01", "lam03": "2013-05-18", "lam04": "2013-06-01"}
"""The day on which a vector's holder bought the loan: what it tells begins there."""
WORDS = {"D": "days", "W": "weeks", "M": "months", "Y": "years"}
SHIFTS = {
    "F": "following",
    "MF": "modified-following",
    "P": "preceding",
    "MP": "modified-preceding",
}
pytestmark = pytest.mark.skipif(not VECTORS, reason="needs the ACTUS vectors, github.com/actusfrf/actus-tests")


def iso(text: str) -> str:
    return text[:10]


def cycle(text: str) -> str:
    """`P3ML1` as `3 months`."""
    number, unit = text[1:].partition("L")[0][:-1], text[1:].partition("L")[0][-1]
    return f"{number} {WORDS[unit]}"


def stub(terms: dict[str, Any], name: str) -> str:
    return "long" if terms.get(name, "").endswith("L0") else "short"


@dataclass(frozen=True)
class Loan:
    """A vector as an agreement with its ledger."""

    name: str
    terms: dict[str, str]
    events: list[str]
    currency: str

    @property
    def text(self) -> str:
        return agreement(self.terms)


def loan(name: str) -> Loan:
    """The document and ledger of a vector of the types PAM, LAM and CLM."""
    vector = VECTORS[name]
    of, currency = vector["terms"], vector["terms"]["currency"]
    calls = of["contractType"] == "CLM"
    start = max(iso(of["initialExchangeDate"]), iso(of["statusDate"])) if calls else iso(of["initialExchangeDate"])
    out = {
        "lender": "bank",
        "borrower": "lab",
        "principal": f"{currency} {of['notionalPrincipal'].strip()}",
        "drawn": start,
        "rate": str(Decimal(of["nominalInterestRate"].strip())),
        "day_count": {"A365": "A/365", "A360": "A/360", "AA": "A/A", "30E360": "30E/360"}[of["dayCountConvention"]],
        "end_of_month": "yes" if of["endOfMonthConvention"] == "EOM" else "no",
        "rounding": "half even, per period",
        "interest_cycle": cycle(of["cycleOfInterestPayment"]),
        "last_period": stub(of, "cycleOfInterestPayment"),
    }
    if "cycleAnchorDateOfInterestPayment" in of:
        out["first_interest"] = iso(of["cycleAnchorDateOfInterestPayment"])
    if "maturityDate" in of:
        out["maturity"] = iso(of["maturityDate"])
    discount = Decimal(of.get("premiumDiscountAtIED", "0").strip())
    if discount < 0:
        out["issue_discount"] = f"{currency} {-discount}"
    if "cycleOfPrincipalRedemption" in of:
        out["instalment"] = f"{currency} {of['nextPrincipalRedemptionPayment'].strip()}"
        out["instalment_cycle"] = cycle(of["cycleOfPrincipalRedemption"])
        out["first_instalment"] = iso(of["cycleAnchorDateOfPrincipalRedemption"])
    if "businessDayConvention" in of:
        words = of["businessDayConvention"]
        out["business_days"] = SHIFTS[words[2:]]
        out["interest_counts_to"] = "moved-day" if words.startswith("SC") else "scheduled-day"
    if calls:
        out["call_notice"] = cycle(of["xDayNotice"])
        out["capitalised_until"] = out["maturity"]
        first = {"clm03": "2015-08-19", "clm04": "2015-09-03", "clm05": "2015-08-09"}.get(name)
        out |= {"first_interest": first} if first else {}
    events = fixings(vector, out)
    return Loan(name, out, events, currency)


def fixings(vector: dict[str, Any], out: dict[str, str]) -> list[str]:
    """The fixings of a floating loan, as its ledger tells them, with nine decimal places; and its terms of resets."""
    of = vector["terms"]
    if "marketObjectCodeOfRateReset" not in of:
        return []
    index = of["marketObjectCodeOfRateReset"]
    out |= {"index": index, "reset_cycle": cycle(of["cycleOfRateReset"])}
    seen = vector["dataObserved"][index]["data"]
    out["first_reset"] = iso(of.get("cycleAnchorDateOfRateReset", seen[0]["timestamp"]))
    spread = Decimal(of.get("rateSpread", "0"))
    if spread:
        out["spread" if spread > 0 else "below_index"] = str(abs(spread))
    rates = ((each["timestamp"], Decimal(each["value"]).quantize(Decimal("1e-9"))) for each in seen)
    return [event(f"fixing-{iso(when)}", "fixing", iso(when), index=index, rate=f"{rate:f}") for when, rate in rates]


def walk(each: Loan) -> tuple[Walk, list[Stop]]:
    """The loan's days as the schedule code has them, to be gone through with fractions."""
    as_of = day(date(2020, 1, 1))
    composition, _ = held(each.text, each.events).composed(AsOf(as_of, 2**40))
    clause = next(c for c in composition.agreement.clauses if c.id == "loan")
    days = stops(plan(Composer(composition, clause)))
    rates = {days[0].day: Fraction(each.terms["rate"])}
    told = {
        iso(row["timestamp"]): Fraction(row["value"])
        for rows in VECTORS[each.name].get("dataObserved", {}).values()
        for row in rows["data"]
    }
    last = Fraction(0)
    for stop in days:
        if stop.reset:
            iso_day = str(date.fromordinal(stop.day + date(1970, 1, 1).toordinal()))
            last = told.get(iso_day, last)
            over = Fraction(each.terms.get("spread", 0)) - Fraction(each.terms.get("below_index", 0))
            rates[stop.day] = last + over
    number = Fraction(each.terms["principal"].split()[1])
    out = Walk(
        days[0].day,
        days[-1].day,
        each.terms["day_count"],
        {s.day for s in days if s.interest},
        {s.day for s in days if s.principal},
        rates,
        number,
        instalment=Fraction(each.terms.get("instalment", "USD 0").split()[1]),
        capitalised_until=days[-1].day if "capitalised_until" in each.terms else -1,
    )
    return out, days


def published(name: str) -> dict[str, Decimal]:
    """What the vector says is paid on each day: interest and principal, from the lender's side."""
    vector, out = VECTORS[name], dict[str, Decimal]()
    sign = 1 if vector["terms"]["contractRole"] == "RPA" else -1
    for row in vector["results"]:
        kind = {"IP": "interest", "PR": "principal", "MD": "principal", "IED": "drawdown"}.get(row["eventType"])
        amount = sign * Decimal(str(row["payoff"]))
        if name == "lam04" and kind == "principal":
            amount = abs(amount)
        if kind and amount:
            amount = -amount if kind == "drawdown" else amount
            key = f"loan/{iso(row['eventDate'])}/{kind}"
            out[key] = out.get(key, Decimal(0)) + amount
    return out


def within(name: str, amounts: dict[str, Any]) -> dict[str, Any]:
    """Of all flows of a loan those that the vector's holder has: not those before it bought it, or after it sold."""
    vector = VECTORS[name]
    first = LATER.get(name, "" if vector["terms"]["contractType"] != "CLM" else vector["terms"]["statusDate"])
    sold = [iso(row["eventDate"]) for row in vector["results"] if row["eventType"] == "TD"]
    last = sold[0] if sold else "9999"
    drawn = any(row["eventType"] == "IED" for row in vector["results"])
    return {
        key: amount
        for key, amount in amounts.items()
        if first < key.split("/")[1] < last and (drawn or not key.endswith("drawdown"))
    }


@pytest.mark.parametrize("name", LOANS)
def test_before_rounding(name: str):
    """The exact rational of each flow is the published one, to a millionth."""
    course, days = walk(loan(name))
    paid = {stop.day: stop.paid for stop in days}
    exact = {f"loan/{date.fromordinal(paid[d] + 719163)}/{kind}": owed for (d, kind), owed in course.owed().items()}
    expected = {key: amount for key, amount in published(name).items() if not key.endswith("drawdown")}
    exact = within(name, exact)
    assert exact.keys() == expected.keys()
    for key, amount in expected.items():
        assert abs(exact[key] - Fraction(amount)) < Fraction(1, 10**6), key


@pytest.mark.parametrize("name", LOANS)
def test_to_the_cent(name: str):
    """Every transfer of the engine is the published flow, rounded to the cent."""
    each = loan(name)
    found = within(name, figures(run(each.text, each.events, "2016-01-01")))
    cents = {key: int((amount * 100).quantize(Decimal(1), ROUND_HALF_EVEN)) for key, amount in published(name).items()}
    assert found == cents


@pytest.mark.parametrize("name", GUARANTEES)
def test_guarantees(name: str):
    """The fee is paid, and the guarantor pays what is covered: the published flows of the one who is protected."""
    vector = VECTORS[name]
    of, amount = vector["terms"], vector["terms"]["notionalPrincipal"]
    terms = {
        "lender": "bank",
        "borrower": "lab",
        "principal": f"USD {amount}",
        "drawn": "2020-01-01",
        "rate": "0 %",
        "day_count": "A/365",
        "maturity": "2021-06-30",
        "rounding": "half even, per period",
        "guarantor": "parent",
        "guarantee_share": "100 %",
        "guarantee_limit": f"USD {amount}",
        "guarantee_upon": {"DF": "non-payment", "DQ": "delay"}[of["creditEventTypeCovered"]],
        "guarantee_until": iso(of["maturityDate"]),
        "guarantee_within": cycle(of["settlementPeriod"]),
        "guarantee_fee": f"USD {of['priceAtPurchaseDate']}",
        "guarantee_fee_by": "bank",
        "guarantee_fee_on": iso(of["purchaseDate"]),
    }
    reference = of["contractStructure"][0]["object"]["contractIdentifier"]
    events = [
        event(
            "called",
            "guarantee-call",
            iso(each["time"]),
            by="bank",
            loan="loan" if each["contractId"] == reference else "another",
            amount=f"USD {amount}",
            ground={"DF": "non-payment", "DQ": "delay"}[each["states"]["contractPerformance"]],
        )
        for each in vector.get("eventsObserved", [])
    ]
    found = figures(run(agreement(terms), events, "2020-12-31"))
    paid = {row["eventType"]: round(row["payoff"] * 100) for row in vector["results"] if row["payoff"]}
    owed = {"loan/guarantee-fee": -paid["PRD"], **({"loan/called/guarantee": paid["STD"]} if "STD" in paid else {})}
    assert {key: amount for key, amount in found.items() if "guarantee" in key} == owed
    assert ("loan/called/guarantee" in owed) == (name == "guarantee02")
