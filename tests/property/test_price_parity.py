"""Price parity against a plain recomputation: every use with every price, one by one."""

from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from adidem.desk.answers import step_view
from adidem.findings.explain import explain
from adidem.kernel.quantity import Rounding, round_fraction
from property.recompute import recomputed
from property.rights import event, outcome

FIRST = date(2025, 1, 1)
SERVICES = ("compute/large", "compute/large", "compute/large/east", "compute/small", "store")
OTHERS = ("rival", "giant")


@dataclass(frozen=True)
class Price:
    """What somebody is charged from a day on, in cents for one unit."""

    id: str
    day: date
    to: str
    service: str
    cents: int
    volume: int


@dataclass(frozen=True)
class Use:
    """What the customer uses, in thousandths."""

    day: date
    service: str
    thousandths: int


@dataclass
class Case:
    """A clause, and prices and uses in the order in which they are told."""

    classes: list[str]
    terms: dict[str, Any]
    prices: list[Price]
    uses: list[Use]

    def events(self) -> list[dict[str, str]]:
        """The ledger."""
        prices = [
            event("price", p.id, p.day, by="cloud", to=p.to, service=p.service, amount=f"USD {p.cents / 100:.2f}")
            | ({"volume": str(p.volume)} if p.volume else {})
            for p in self.prices
        ]
        shared = {"by": "lab", "of": "cloud", "amount": "USD 1"}
        return prices + [
            event("usage", f"u{n}", u.day, service=u.service, quantity=f"{u.thousandths / 1000:.3f}", **shared)
            for n, u in enumerate(self.uses)
        ]

    def class_of(self, service: str) -> str:
        """The class in which a service is comparable, if in any."""
        return next((c for c in self.classes if service == c or service.startswith(f"{c}/")), "")


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """A case with prices near each other, on days that meet."""
    chance = Random(draw(st.integers(0, 2**32)))
    terms: dict[str, Any] = {
        "family": "price-parity",
        "customer": "lab",
        "provider": "cloud",
        "services": chance.choice(("compute/large, compute/small", "compute", "compute/large")),
        "remedy": chance.choice(("refund", "both", "both", "reset")),
        "every": chance.choice(("month", "quarter")),
        "pay_within": "30 days",
        "rounding": f"{chance.choice(('half even', 'half up', 'down', 'up'))}, per line",
        "reset_within": "10 days",
    }
    if chance.random() < 0.7:
        terms["look_back"] = f"{chance.choice((5, 20, 90))} days"
    if chance.random() < 0.5:
        terms["volume"] = 100
    scale = chance.choice((1, 1, 1, 10**7, 10**8))  # one unit may be a whole cluster for a month
    found = [Price("p0", FIRST, "lab", "compute/large", 205 * scale, 0)]
    for number, day in enumerate(sorted(_day(chance) for _ in range(chance.randrange(8))), 1):
        to, service = chance.choice(("lab", *OTHERS)), chance.choice(SERVICES)
        cents = chance.choice((195, 200, 200, 205)) * scale
        found.append(Price(f"p{number}", day, to, service, cents, chance.choice((0, 100, 101))))
    days = sorted(_day(chance) for _ in range(chance.randrange(8)))
    return Case(
        terms["services"].split(", "),
        terms,
        found,
        [Use(day, chance.choice(SERVICES), chance.randrange(1, 9999)) for day in days],
    )


def _day(chance: Random) -> date:
    return FIRST + timedelta(days=5 * chance.randrange(36))


def expected(case: Case, on: date) -> tuple[dict[str, int], dict[str, str]]:
    """Transfers, and the states of what is judged of each price, by the words of the family."""
    rounding: Rounding = case.terms["rounding"].split(", ")[0]
    refunds, resets = case.terms["remedy"] != "reset", case.terms["remedy"] != "refund"
    owed: dict[str, int] = {}
    states: dict[str, str] = {}

    def charged(name: str, until: date, place: int = 99) -> Price | None:
        mine = [p for n, p in enumerate(case.prices) if p.to == "lab" and case.class_of(p.service) == name]
        return next((p for p in reversed(mine) if p.day <= until and case.prices.index(p) <= place), None)

    def lowest(name: str, until: date, place: int = 99) -> int | None:
        most = case.terms.get("volume", 10**9)
        cents = [
            p.cents
            for n, p in enumerate(case.prices)
            if p.to != "lab" and case.class_of(p.service) == name and p.volume <= most and p.day <= until and n <= place
        ]
        return min(cents, default=None)

    def below(price: Price | None, low: int | None) -> int:
        return 0 if price is None or low is None else max(0, price.cents - low)

    for use in case.uses if refunds else ():
        name = case.class_of(use.service)
        if name:
            cents = below(charged(name, use.day), lowest(name, use.day))
            month = use.day.month if case.terms["every"] == "month" else (use.day.month + 2) // 3 * 3
            ends = date(use.day.year, month % 12 + 1, 1) - timedelta(days=1)
            label = f"2025-{month:02d}" if case.terms["every"] == "month" else f"2025-Q{month // 3}"
            if ends <= on:
                figure = f"clause/{label}/refund"
                part = round_fraction(Fraction(cents * use.thousandths, 1000), rounding)
                owed[figure] = owed.get(figure, 0) + part
    for place, price in enumerate(case.prices):
        name = case.class_of(price.service)
        if not name:
            continue
        counts = price.to != "lab" and price.volume <= case.terms.get("volume", 10**9)
        own, low = charged(name, price.day, place), lowest(name, price.day, place)
        if "look_back" in case.terms and refunds and counts:
            back = timedelta(days=int(case.terms["look_back"].split()[0]))
            newly = below(own, low) - below(own, lowest(name, price.day, place - 1))
            used = sum(
                u.thousandths
                for u in case.uses
                if case.class_of(u.service) == name and price.day - back <= u.day < price.day
            )
            owed[f"clause/{price.id}/look-back"] = round_fraction(Fraction(newly * used, 1000), rounding)
        wrong = (counts and own is not None and price.cents < own.cents) or (
            price.to == "lab" and low is not None and price.cents > low
        )
        if wrong:
            states[f"clause/{price.id}/parity"] = "violated"
            due = price.day + timedelta(days=10)
            then = charged(name, min(due, on))
            met = then is not None and low is not None and then.cents <= low
            state = "fulfilled" if met else ("violated" if due < on else "in effect")
            states |= {f"clause/{price.id}/reset": state} if resets else {}
    return {figure: cents for figure, cents in owed.items() if cents}, states


@settings(max_examples=120, deadline=None)
@given(cases())
def test_recomputed(case: Case):
    """What is owed, and what is violated or to be reset, is what each use and each price says alone."""
    on = date(2025, 12, 31)
    result = outcome(case.terms, case.events(), on).results[0]
    owed, states = expected(case, on)
    assert {f.transfer.id: f.transfer.amount_minor for f in result.figures} == owed
    judged = {o.id: o.state for o in result.obligations if o.norm.name in ("parity", "reset")}
    assert judged == states


@settings(max_examples=30, deadline=None)
@given(cases())
def test_explained(case: Case):
    """The amounts at the leaves of every explanation recompute its figure."""
    found = outcome(case.terms, case.events(), date(2025, 12, 31))
    for figure in found.results[0].figures:
        step = explain(found, found.results[0], figure).step
        assert recomputed(step_view(step)) == figure.transfer.amount_minor
