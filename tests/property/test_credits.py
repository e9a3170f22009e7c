"""Credits, lot by lot: what the program says of cumulative sums is what a plain account of every lot says."""

from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from adidem.findings.readings import difference
from adidem.kernel.quantity import round_fraction
from property.rights import event, outcome

FIRST, LAST = date(2025, 1, 1), date(2026, 6, 30)
DAYS = st.integers(0, (LAST - FIRST).days).map(lambda n: FIRST + timedelta(days=n))
AMOUNTS = st.integers(1, 400).map(lambda quarters: Fraction(quarters, 4))
NEVER = date.max


@dataclass
class Lot:
    """What was granted on a day, until when it can be used, and what is left of it."""

    day: date
    expires: date
    left: Fraction


@dataclass
class Account:
    """A roll-forward, and the redemptions that were overdrawn."""

    granted: Fraction
    used: Fraction
    expired: Fraction
    overdrawn: list[str]

    def told(self) -> dict[str, Fraction]:
        """As the program tells it."""
        left = self.granted - self.used - self.expired
        return {"granted": self.granted, "used": self.used, "expired": self.expired, "left": left}


@dataclass
class Case:
    """A clause of credits with what was granted and used."""

    terms: dict[str, Any]
    grants: list[tuple[date, Fraction, date]]
    uses: list[tuple[date, Fraction]]
    on: date

    def events(self, own: bool) -> list[dict[str, str]]:
        """The ledger; with `own`, each grant says when it expires."""
        shared = {"of": "cloud", "unit": "gpu-hours"}
        found = [
            event("grant", f"g{n}", day, by="cloud", to="lab", unit="gpu-hours", amount=_shown(amount))
            | ({"expires": expires.isoformat()} if own and expires != NEVER else {})
            for n, (day, amount, expires) in enumerate(self.grants)
        ]
        used = enumerate(self.uses)
        return found + [event("redemption", f"u{n}", d, by="lab", amount=_shown(a), **shared) for n, (d, a) in used]


def _shown(amount: Fraction) -> str:
    return f"{float(amount):.2f}"


@st.composite
def cases(draw: st.DrawFn, own: bool) -> Case:
    """A case; with `own`, in which each grant has a life of its own."""
    life = draw(st.sampled_from((0, 20, 45, 90, 200)))
    terms: dict[str, Any] = {
        "family": "credits",
        "grantor": "cloud",
        "holder": "lab",
        "unit": "gpu-hours",
        "order": draw(st.sampled_from(("oldest-first", "soonest-first"))),
        "transferable": "no",
        "price": "USD 1.37",
        "rounding": "half even, per line",
    }
    if not own:
        terms["expires_after"] = f"{life} days"
    if draw(st.booleans()):
        terms |= {"grant": draw(st.integers(1, 60)), "every": draw(st.sampled_from(("month", "quarter")))}
    grants = draw(st.lists(st.tuples(DAYS, AMOUNTS, st.one_of(st.just(NEVER), DAYS)), max_size=6))
    kept = [(day, amount, max(day, end) if own else day + timedelta(days=life)) for day, amount, end in grants]
    uses = draw(st.lists(st.tuples(DAYS, AMOUNTS), max_size=7))
    return Case(terms, sorted(kept), sorted(uses), draw(DAYS))


def all_grants(case: Case, own: bool) -> list[tuple[date, Fraction, date]]:
    """What is granted by events and by schedule up to the day asked for."""
    found = [grant for grant in case.grants if grant[0] <= case.on]
    months = {"month": 1, "quarter": 3}.get(case.terms.get("every", ""), 0)
    year, month = 2025, 0
    while months:
        month += months
        year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
        ends = date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
        if ends > case.on:
            break
        life = int(case.terms["expires_after"].split()[0]) if not own else 0
        found.append((ends, Fraction(case.terms["grant"]), NEVER if own else ends + timedelta(days=life)))
    return sorted(found)


def by_lots(case: Case) -> Account:
    """First in, first out, where all lots have the same life: a debt is paid by the lots that come next."""
    grants = all_grants(case, own=False)
    lots: list[Lot] = []
    account = Account(Fraction(0), Fraction(0), Fraction(0), [])
    debt = Fraction(0)
    day = FIRST
    while day <= case.on:
        for lot in lots:
            if lot.expires < day:
                account.expired += lot.left
                lot.left = Fraction(0)
        for granted, amount, expires in grants:
            if granted == day:
                paid = min(debt, amount)
                debt -= paid
                lots.append(Lot(granted, expires, amount - paid))
                account.granted += amount
        for number, (used, amount) in enumerate(case.uses):
            if used == day:
                account.used += amount
                for lot in lots:
                    part = min(lot.left, amount)
                    lot.left -= part
                    amount -= part
                debt += amount
                if debt:
                    account.overdrawn.append(f"clause/u{number}/overdrawn")
        day += timedelta(days=1)
    return account


def in_hindsight(case: Case) -> Account:
    """Lots of different lives in one line: on each last day, use so far is set against the front of the line."""
    grants = all_grants(case, own=True)
    if case.terms["order"] == "oldest-first":
        grants = [(d, a, max(e for other, _, e in grants if other <= d)) for d, a, _ in grants]

    def expired(before: date, known: date) -> Fraction:
        gone = Fraction(0)
        for last in sorted({e for d, _, e in grants if e < before}):
            front = sum((a for d, a, e in grants if _in_front(case, (d, e), last, grants)), Fraction(0))
            used = sum((a for d, a in case.uses if d <= last), Fraction(0))
            gone = max(gone, front - used)
        return gone

    account = Account(sum((a for _, a, _ in grants), Fraction(0)), Fraction(0), expired(case.on, case.on), [])
    for number, (day, amount) in enumerate(case.uses):
        if day <= case.on:
            account.used += amount
            there = sum((a for d, a, _ in grants if d <= day), Fraction(0))
            if there - expired(day, day) - account.used < 0:
                account.overdrawn.append(f"clause/u{number}/overdrawn")
    return account


def _in_front(case: Case, lot: tuple[date, date], last: date, grants: list[tuple[date, Fraction, date]]) -> bool:
    """Whether a lot stands in front of the last one that expires on a day, or is it."""
    if case.terms["order"] == "soonest-first":
        return lot[1] <= last
    return lot[0] <= max(d for d, _, e in grants if e <= last)


def compared(case: Case, own: bool, account: Account) -> None:
    """The program tells the same as the account."""
    found = outcome(case.terms, case.events(own), case.on)
    result = found.results[0]
    told = {name.partition(".")[2]: Fraction(n, 10**6) for name, n in result.quantities.items()}
    worth = sum(round_fraction(a * 137, "half even") for d, a in case.uses if d <= case.on)
    assert {name: told[name] for name in account.told()} == account.told()
    assert result.quantities["clause.worth"] == worth
    overdrawn = [o.id for o in result.obligations if o.norm.name == "overdrawn" and o.state == "violated"]
    assert sorted(overdrawn) == sorted(account.overdrawn)


@settings(max_examples=60, deadline=None)
@given(cases(own=False))
def test_one_life(case: Case):
    """Where all credits live as long, both orders are first in, first out, lot by lot."""
    compared(case, False, by_lots(case))


@settings(max_examples=60, deadline=None)
@given(cases(own=True))
def test_lives_of_their_own(case: Case):
    """Where each grant has its own last day, what is left in front of a place is gone when the credits there expire."""
    compared(case, True, in_hindsight(case))


def test_later_grants_do_not_save_earlier_ones():
    """Use is set against the front of the line also in hindsight: 50 used of what never expires pay for promotional
    credits that came later and expire sooner.
    """
    terms = {"family": "credits", "grantor": "cloud", "holder": "lab", "unit": "c", "transferable": "no"}
    grant = {"by": "cloud", "to": "lab", "unit": "c", "amount": "100"}
    events = [
        event("grant", "bought", date(2025, 1, 1), **grant),
        event("redemption", "use", date(2025, 2, 1), by="lab", of="cloud", unit="c", amount="50"),
        event("grant", "promotional", date(2025, 3, 1), expires="2025-06-30", **grant),
    ]
    expired = {
        order: outcome({**terms, "order": order}, events, date(2025, 12, 31)).results[0].quantities["clause.expired"]
        for order in ("soonest-first", "oldest-first")
    }
    assert expired == {"soonest-first": 50 * 10**6, "oldest-first": 0}


def test_a_disputed_order_gives_two_outcomes():
    """Where only balances differ by how a word is read, both are told."""
    terms = {"family": "credits", "grantor": "cloud", "holder": "lab", "unit": "c", "transferable": "no"}
    terms["order"] = "{readings: {old: oldest-first, soon: soonest-first}}"
    grant = {"by": "cloud", "to": "lab", "unit": "c", "amount": "10"}
    events = [
        event("grant", "long", date(2025, 1, 1), **grant),
        event("grant", "short", date(2025, 1, 2), expires="2025-02-01", **grant),
    ]
    found = outcome(terms, events, date(2025, 3, 1))
    told = {tuple(r.readings.values()): r.quantities["clause.expired"] for r in found.results}
    assert told == {("old",): 0, ("soon",): 10 * 10**6}
    parted = difference(found, found.composition.questions["clause.order"])
    assert parted is not None
    assert parted.rights["clause.left"] == {"old": "20", "soon": "10"}
