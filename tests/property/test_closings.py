"""The laws of closing: periods of any lengths, one after the other, while the record grows and is corrected."""

from collections import Counter
from dataclasses import dataclass, field
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adidem.desk.settling.closings import digest
from adidem.desk.settling.settlement import settlement_view
from adidem.findings.closed import Period, following, like, period_of
from adidem.findings.settlement import content
from adidem.kernel.problem import ProblemError
from property.settling import FIRST, Deal, random_changes, random_events, random_terms
from property.strategies import iso

chances = st.randoms(use_true_random=False)
LATEST = FIRST + 700
LENGTHS = ("2025", "2025-Q1", "2025-01")


@dataclass
class Course:
    """A deal of which some periods were closed: their labels, and the day on which the last one was."""

    deal: Deal
    labels: list[str] = field(default_factory=list)
    day: int = FIRST

    @property
    def last(self) -> Period | None:
        """The last period that is closed."""
        return period_of(self.labels[-1]) if self.labels else None

    def take_back(self) -> None:
        """Withdraw the last closing."""
        told = [event for event in self.deal.events if event.get("period") == self.labels[-1]]
        head = {"id": f"back-{self.day}", "kind": "withdrawal", "occurred": iso(self.day), "recorded": iso(self.day)}
        self.deal.events.append({**head, "corrects": told[-1]["id"]})
        self.labels.pop()
        self.day += 1

    def due(self) -> Period:
        """The period that is closed next; the first of all is a quarter."""
        found = following(self.last) if self.last is not None else period_of("2025-Q1")
        assert found is not None
        return found

    def beginning(self) -> list[Period]:
        """The month, the quarter and the year that begin where the last one ends, as far as they do."""
        found = [like(one, self.due().first) for one in map(period_of, LENGTHS) if one is not None]
        return [one for one in found if one is not None and one.first == self.due().first]


def told(deal: Deal) -> list[dict[str, object]]:
    """The events that can be corrected and have not been."""
    changed = {event.get("corrects") for event in deal.events}
    return [e for e in deal.events if e["kind"] in ("revenue", "payment") and e["id"] not in changed]


def course(chance: Random) -> Course:
    """One to five closings of any lengths, the last of them taken back now and then; before and after each, events and
    corrections of any earlier day, some written as if they had been known before.
    """
    out = Course(Deal(random_terms(chance)))
    out.deal.events += random_events(chance, chance.randrange(0, 6), FIRST, FIRST + 120, FIRST, "a", 0.2)
    for number in range(chance.randrange(1, 6)):
        period = chance.choice(out.beginning())
        if period.last > LATEST:
            break
        out.day = max(out.day, period.last) + chance.randrange(0, 20)
        out.deal.close(period.label, iso(out.day), other_length=True)
        out.labels.append(period.label)
        out.deal.events += random_changes(chance, told(out.deal), out.day + chance.randrange(1, 3))
        known = chance.choice((FIRST, out.day + 1))
        out.deal.events += random_events(chance, chance.randrange(0, 4), FIRST, out.day + 60, known, f"m{number}-", 0.2)
        out.day += 3
        if number and chance.random() < 0.25:
            out.take_back()
    return out


@given(chances)
@settings(max_examples=15, deadline=None)
def test_all_that_was_settled_is_what_is_owed(chance: Random):
    """Of every figure what all closings settled, and what the next one will, is what it comes to now."""
    its = course(chance)
    due = chance.choice(its.beginning())
    at = iso(max(its.day, due.last))
    settled: Counter[str] = Counter()
    for label in its.labels:
        for line in its.deal.settling(label, at).as_closed()[0].everything():
            settled[line.id] += line.amount_minor
    open_now = its.deal.settling(due.label, at, other_length=True)
    outcome = open_now.now()
    for line in open_now.drafts(outcome)[0].everything():
        settled[line.id] += line.amount_minor
    owed = {f.transfer.id: f.transfer.amount_minor for f in outcome.results[0].figures if f.fixed <= due.last}
    assert {id: minor for id, minor in settled.items() if minor} == owed


@given(chances)
@settings(max_examples=15, deadline=None)
def test_a_draft_is_what_is_closed(chance: Random):
    """What the draft of the next period settles is what its closing settles, and shows ever after."""
    its = course(chance)
    due = chance.choice(its.beginning())
    at, other = iso(max(its.day, due.last)), due != its.due()
    second = (max(its.day, due.last) + 1) * 86_400 - 1
    draft = its.deal.settling(due.label, at, second, other)
    (found, *_) = draft.drafts(draft.now())
    assert its.deal.close(due.label, at, other) == digest(found)
    its.deal.events += random_changes(chance, told(its.deal), max(its.day, due.last) + 1)
    (shown,) = its.deal.settling(due.label, at).as_closed()
    assert content(shown) == content(found)


@given(chances)
@settings(max_examples=15, deadline=None)
def test_one_period_takes_each_adjustment(chance: Random):
    """Of all periods one can be closed, and it alone takes what is to be adjusted; every other one names it."""
    its = course(chance)
    at = iso(LATEST + 400)
    due = its.due()
    labels = {due.label, *(one.label for one in its.beginning())}
    labels |= {one.label for one in (following(due), like(due, LATEST), period_of("2026"), period_of("2025")) if one}
    wanted = [line["id"] for line in _lines(its, due.label, at, "adjustments")]
    for label in labels - set(its.labels):
        view = settlement_view(its.deal.settling(label, at))
        (settlement,) = view["settlements"]
        parts = set(view["closed_parts"])
        if view["lies_in"] is not None:
            continue
        taken = [line["id"] for line in settlement["adjustments"] if line["closed_in"] not in parts]
        assert taken == (wanted if label == due.label else [])
        assert view["adjustments_go_to"] == due.label
        elsewhere = [line["id"] for line in settlement["adjustments_elsewhere"]]
        assert elsewhere == ([] if label == due.label else wanted)
        if label != due.label:
            with pytest.raises(ProblemError) as refused:
                its.deal.close(label, at)
            assert {problem.code for problem in refused.value.problems} <= {"D303", "D304", "D310"}


@given(chances)
@settings(max_examples=15, deadline=None)
def test_periods_that_do_not_overlap_share_nothing(chance: Random):
    """No two settlements of such periods, closed or not, settle the same amount of the same figure."""
    its = course(chance)
    at = iso(LATEST + 400)
    due = its.due()
    after = following(due)
    assert after is not None
    labels = [*its.labels, due.label, after.label]
    sums: Counter[str] = Counter()
    for label in labels:
        for key in ("lines", "adjustments"):
            for line in _lines(its, label, at, key):
                sums[line["id"]] += line["amount_minor"]
    figures = its.deal.settling(due.label, at).now().results[0].figures
    owed = {f.transfer.id: f.transfer.amount_minor for f in figures if f.fixed <= after.last}
    assert {id: minor for id, minor in sums.items() if minor} == owed


@given(chances)
@settings(max_examples=12, deadline=None)
def test_an_earlier_pair_knows_no_later_closing(chance: Random):
    """As of the pair of a closing, and of any before it, every later one is open; what was settled before stays."""
    its = course(chance)
    every = its.deal.settling(its.labels[0], iso(LATEST)).closings
    closing = chance.choice(every)
    back = chance.randrange(0, 60)
    earlier = closing.as_of.recorded - chance.randrange(0, back + 1) * 86_400
    before = max(FIRST, closing.as_of.occurred - back), max((FIRST + 1) * 86_400, earlier)
    for day, second in ((closing.as_of.occurred, closing.as_of.recorded), before):
        counted = [one for one in every if one.as_of.occurred <= day and one.as_of.recorded <= second]
        for one in every:
            settling = its.deal.settling(one.period.label, iso(day), second)
            assert [each.id for each in settling.closings] == [each.id for each in counted]
            assert (settling.state == "closed") == (one.id in [each.id for each in counted])
            assert settling.later is None or settling.later.id == one.id
            view = settlement_view(settling)
            for settlement in view["settlements"]:
                assert sum(each["net_minor"] for each in settlement["positions"]) == 0


def _lines(its: Course, label: str, at: str, key: str) -> list[dict]:
    return settlement_view(its.deal.settling(label, at))["settlements"][0][key]
