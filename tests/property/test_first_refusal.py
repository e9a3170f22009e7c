"""First refusal with every term, against a plain account of each offer and each act."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from property.rights import event, outcome

FIRST, ON = date(2025, 1, 1), date(2026, 6, 30)
NEVER = date.max
WHO = ("oak", "elm", "fir")


@dataclass(frozen=True)
class Deal:
    """What an offer or an act says of price in dollars, capacity in MW and start; None where it says nothing."""

    price: int | None
    capacity: int | None
    starts: date | None

    def columns(self) -> dict[str, str]:
        """As an event tells it."""
        said = {
            "price": None if self.price is None else f"USD {self.price}.00",
            "capacity": None if self.capacity is None else f"{self.capacity} MW",
            "starts": None if self.starts is None else self.starts.isoformat(),
        }
        return {name: value for name, value in said.items() if value is not None}

    def better_than(self, other: "Deal") -> bool:
        """Whether it is better for a third party: dearer, smaller or later, in what both say."""
        dearer = None not in (self.price, other.price) and self.price > other.price  # type: ignore[operator]
        smaller = None not in (self.capacity, other.capacity) and self.capacity < other.capacity  # type: ignore[operator]
        later = None not in (self.starts, other.starts) and self.starts > other.starts  # type: ignore[operator]
        return dearer or smaller or later


@dataclass(frozen=True)
class Offer:
    """An offer to the holder, and its answer if there is one."""

    day: date
    third: str
    deal: Deal
    answer: str
    answered: date


@dataclass
class Case:
    """A clause, and the offers and acts about one workload."""

    terms: dict[str, Any]
    offers: list[Offer]
    acts: list[tuple[date, str, Deal]]

    def events(self) -> list[dict[str, str]]:
        """The ledger."""
        found: list[dict[str, str]] = []
        for n, offer in enumerate(self.offers):
            about = {"by": "lab", "to": "cloud", "asset": "workload/one"} | offer.deal.columns()
            about |= {"third_party": offer.third} if offer.third else {}
            found.append(event("offer", f"o{n}", offer.day, **about))
            if offer.answer:
                answer = {"by": "cloud", "offer": f"o{n}", "answer": offer.answer}
                found.append(event("answer", f"n{n}", offer.answered, **answer))
        for n, (day, other, deal) in enumerate(self.acts):
            about = {"by": "lab", "act": "place", "asset": "workload/one", "with": other} | deal.columns()
            found.append(event("act", f"a{n}", day, **about))
        return found


def made(seed: int) -> Case:
    """A case from a seed."""
    chance = Random(seed)
    terms: dict[str, Any] = {
        "family": "first-refusal",
        "holder": "cloud",
        "grantor": "lab",
        "act": "place",
        "scope": "every workload",
        "provider": "own",
        "nature": chance.choice(("refusal", "refusal", "first-offer", "negotiation")),
        "answer_within": "10 days",
        "release": "either",
    }
    optional = {
        "silence": chance.choice(("released", "accepted")),
        "changed_terms": chance.choice(("new-offer", "new-offer", "covered")),
        "close_within": "45 days",
        "alternates": "[oak, elm]",
    }
    terms |= {name: value for name, value in optional.items() if chance.random() < 0.8}
    if chance.random() < 0.6:
        terms |= {"notice": chance.choice(("[price]", "[capacity, third-party]", "[date]"))}
        terms |= {"incomplete": chance.choice(("waits", "runs"))}
    offers: list[Offer] = []
    for day in sorted(_day(chance) for _ in range(chance.randrange(5))):
        answer, after = chance.choice(("", "declined", "declined", "accepted")), chance.choice((0, 5, 10, 11, 15))
        offers.append(Offer(day, chance.choice(("", *WHO)), _deal(chance), answer, day + timedelta(days=after)))
    acts = [(_day(chance), chance.choice(WHO), _deal(chance)) for _ in range(chance.randrange(1, 5))]
    return Case(terms, offers, acts)


def _day(chance: Random) -> date:
    return FIRST + timedelta(days=5 * chance.randrange(16))


def _deal(chance: Random) -> Deal:
    starts = chance.choice((None, date(2025, 9, 1), date(2025, 9, 1), date(2025, 10, 1)))
    return Deal(chance.choice((None, 10, 10, 12)), chance.choice((None, 40, 40, 50)), starts)


def complete(case: Case, offer: Offer) -> bool:
    """Whether an offer says all that it must, or starts the time to answer even so."""
    said = {"price": offer.deal.price, "capacity": offer.deal.capacity, "date": offer.deal.starts}
    said["third-party"] = offer.third or None
    wanted = case.terms.get("notice", "[]").strip("[]").split(", ")
    return case.terms.get("incomplete") == "runs" or all(said[name] is not None for name in wanted if name)


def released(case: Case, offer: Offer) -> date:
    """The day from which an offer leaves the grantor free."""
    due = offer.day + timedelta(days=10)
    if not complete(case, offer):
        return NEVER
    if offer.answer and offer.answered <= due:
        return offer.answered if offer.answer == "declined" else NEVER
    silent = case.terms.get("silence") == "released" or case.terms["nature"] == "negotiation"
    return due + timedelta(days=1) if silent else NEVER


def ground(case: Case, day: date, other: str, deal: Deal) -> str:
    """Why an act is forbidden, in the words of the family; empty where it is not."""
    before = [offer for offer in case.offers if offer.day <= day]

    def faults(offer: Offer) -> tuple[bool, bool]:
        since = released(case, offer)
        late = "close_within" in case.terms and since != NEVER and since + timedelta(days=45) < day
        return late, case.terms.get("changed_terms") == "new-offer" and deal.better_than(offer.deal)

    named = [offer for offer in before if offer.third == other]
    beside = "alternates" in case.terms and other in ("oak", "elm") and named
    if beside and released(case, named[-1]) <= day and not any(faults(named[-1])):
        return ""
    if not before:
        return "was not offered first"
    last = before[-1]
    if "notice" in case.terms and not complete(case, last):
        return "was not offered in full"
    if released(case, last) > day:
        return "was offered and has not released"
    late, better = faults(last)
    if late:
        return "released, but not for longer"
    if better:
        return "was offered on worse terms"
    return "released to the third party" if case.terms["nature"] == "refusal" and last.third != other else ""


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32).map(made))
def test_every_act_has_its_ground(case: Case):
    """An act is a violation exactly where a ground in plain words forbids it, and says that ground."""
    result = outcome(case.terms, case.events(), ON).results[0]
    told = {o.event: o.norm.says.partition(" that cloud ")[2] for o in result.obligations if o.state == "violated"}
    for number, (day, other, deal) in enumerate(case.acts):
        expected, found = ground(case, day, other, deal), told.pop(f"a{number}", "")
        assert found.startswith(expected), (day, other, deal)
        assert bool(found) == bool(expected), (day, other, deal)
    assert told == {}


def test_what_is_left_of_a_part():
    """Of 100 MW of which 60 are taken up, 40 may be placed elsewhere: no more, and no less on the same terms."""
    terms = {
        "family": "first-refusal",
        "holder": "cloud",
        "grantor": "lab",
        "act": "place",
        "scope": "every workload",
        "provider": "own",
        "nature": "first-offer",
        "answer_within": "10 days",
        "partial": "share",
        "changed_terms": "new-offer",
    }
    events: list[dict[str, str]] = []
    for number, capacity in enumerate(("40 MW", "50 MW", "30 MW")):
        asset = {"asset": f"workload/w{number}"}
        events.append(event("offer", f"o{number}", FIRST, by="lab", to="cloud", capacity="100 MW", **asset))
        answer = {"by": "cloud", "answer": "accepted", "capacity": "60 MW"}
        events.append(event("answer", f"n{number}", FIRST, offer=f"o{number}", **answer))
        placed = {"by": "lab", "act": "place", "with": "oak", "capacity": capacity}
        events.append(event("act", f"a{number}", FIRST + timedelta(days=1), **placed, **asset))
    result = outcome(terms, events, ON).results[0]
    told = {o.event: o.norm.says.partition(" that cloud ")[2] for o in result.obligations if o.state == "violated"}
    assert told == {
        "a1": "released in part, and not for so much capacity",
        "a2": "was offered on worse terms than these",
    }
