"""Consent against a plain account of every request, and of every act that needed it."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from property.rights import event, outcome

FIRST, LAST = date(2025, 1, 1), date(2025, 6, 30)
DAYS = st.integers(0, (LAST - FIRST).days // 5).map(lambda n: FIRST + timedelta(days=5 * n))
"""Every fifth day, so that days meet."""
NEVER = date.max
ANSWERS = ("given", "given", "conditional", "refused", "refused")
GROUNDS = ("", "price", "security")


@dataclass(frozen=True)
class Request:
    """A request, with its answer if there is one."""

    id: str
    day: date
    asset: str
    answer: str
    ground: str
    answered: date


@dataclass
class Case:
    """A clause, requests, acts that need consent, and the day on which its condition was met."""

    terms: dict[str, Any]
    requests: list[Request]
    acts: list[tuple[date, str]]
    met: date
    on: date

    def events(self) -> list[dict[str, str]]:
        """The ledger."""
        found = [event("act", "met", self.met, by="lab", act="report", asset="plan")] if self.met != NEVER else []
        for request in self.requests:
            about = {"act": "sell", "asset": request.asset} if "acts" in self.terms else {"matter": "merger"}
            found.append(event("request", request.id, request.day, by="lab", to="cloud", **about))
            if request.answer:
                said = {"answer": request.answer} | ({"ground": request.ground} if request.ground else {})
                answer = event("consent", f"of-{request.id}", request.answered, by="cloud", request=request.id, **said)
                found.append(answer)
        acts = enumerate(self.acts)
        return found + [event("act", f"a{n}", day, by="lab", act="sell", asset=asset) for n, (day, asset) in acts]


@st.composite
def cases(draw: st.DrawFn, acts: bool) -> Case:
    """A case of acts, or of a matter."""
    terms: dict[str, Any] = {"family": "consent", "holder": "cloud", "asker": "lab"}
    terms |= {"acts": "[sell]", "scope": "every model"} if acts else {"matter": "merger"}
    if draw(st.booleans()):
        terms["answer_within"] = f"{draw(st.sampled_from((5, 30)))} days"
        if draw(st.booleans()):
            terms["silence"] = draw(st.sampled_from(("given", "refused")))
    if draw(st.booleans()):
        terms["conditions"] = "[report]"
    if draw(st.booleans()):
        terms["conditional"] = draw(st.sampled_from(("given", "refused")))
    if draw(st.booleans()):
        terms["withholding"] = draw(st.sampled_from(("at-will", "reasonable")))
        if draw(st.booleans()):
            terms["grounds"] = "[security]"
        if draw(st.booleans()):
            terms["unreasonable"] = draw(st.sampled_from(("given", "breach")))
    if draw(st.booleans()) or not acts:
        terms["long_stop"] = draw(DAYS)
    requests: list[Request] = []
    for number, day in enumerate(sorted(draw(st.lists(DAYS, max_size=4)))):
        answer = draw(st.sampled_from(("", *ANSWERS)))
        answered = day + timedelta(days=draw(st.sampled_from((0, 4, 5, 6, 29, 30, 31, 60))))
        asset = draw(st.sampled_from(("model/one", "model/two")))
        requests.append(Request(f"q{number}", day, asset, answer, draw(st.sampled_from(GROUNDS)), answered))
    done = draw(st.lists(st.tuples(DAYS, st.sampled_from(("model/one", "model/two", "tool"))), max_size=5))
    met = draw(st.one_of(st.just(NEVER), DAYS))
    return Case(terms, requests, done if acts else [], met, date(2025, 12, 31))


def decided(case: Case, request: Request) -> tuple[date, date]:
    """The days on which consent is there, and on which it is refused."""
    terms = case.terms
    yes = request.answer == "given" or (request.answer == "conditional" and terms.get("conditional") == "given")
    withheld = request.answer == "refused" or (
        request.answer == "conditional" and terms.get("conditional") == "refused"
    )
    good = request.ground == "security" if "grounds" in terms else bool(request.ground)
    if withheld and terms.get("withholding") == "reasonable" and not good:
        withheld, yes = False, terms.get("unreasonable") == "given"
    given = request.answered if yes else NEVER
    refused = request.answered if withheld else NEVER
    if "silence" in terms:
        due = request.day + timedelta(days=int(terms["answer_within"].split()[0]))
        silent = not request.answer or request.answered > due
        refused = NEVER if silent else refused
        if silent and terms["silence"] == "given":
            given = min(given, due + timedelta(days=1))
        elif silent:
            refused = due + timedelta(days=1)
    return good_on(case, given), refused


def good_on(case: Case, given: date) -> date:
    """The day on which consent is good: its condition met, and not past the long stop."""
    if "conditions" in case.terms:
        given = max(given, case.met)
    return NEVER if given > case.terms.get("long_stop", NEVER) else given


@settings(max_examples=120, deadline=None)
@given(cases(acts=True))
def test_acts(case: Case):
    """An act is free once the last request for its asset, or any that was granted in words, is good."""
    expected: set[str] = set()
    for number, (day, asset) in enumerate(case.acts):
        before = [r for r in case.requests if r.asset == asset and r.day <= day]
        free = before and decided(case, before[-1])[0] <= day
        told = [r.answered for r in case.requests if r.asset == asset and r.answer == "given"]
        free = free or (told and good_on(case, min(told)) <= day)
        if asset.startswith("model") and not free:
            expected.add(f"clause/a{number}")
    result = outcome(case.terms, case.events(), case.on).results[0]
    assert {o.id for o in result.obligations if o.event.startswith("a") and o.state == "violated"} == expected


@settings(max_examples=120, deadline=None)
@given(cases(acts=False))
def test_a_matter(case: Case):
    """What waits for a matter rests until consent is there, and ends when the long stop passes without it."""
    beside = {
        "waits": {"family": "permission", "holder": "lab", "counterparty": "cloud", "acts": "[use]", "scope": "tool"}
    }
    terms = case.terms | {
        "meanwhile": "[{suspend: waits}]",
        "upon_given": "[{resume: waits}]",
        "upon_lapse": "[{end: waits}]",
    }
    result = outcome(terms, case.events(), case.on, beside).results[0]
    states = {o.id: o.state for o in result.obligations}
    found = [decided(case, request) for request in case.requests]
    there = min((given for given, _ in found), default=NEVER)
    assert states["waits"] == ("in effect" if there <= case.on else "terminated")
    assert states["clause/long stop"] == ("fulfilled" if there <= case.on else "terminated")
    for request, (there, refused) in zip(case.requests, found, strict=True):
        ended = "terminated" if there <= case.on else "in effect"
        assert states[f"clause/{request.id}/refuse"] == ("fulfilled" if refused <= case.on else ended)
        lapsed = "terminated" if refused <= case.on else "in effect"
        assert states[f"clause/{request.id}/consent"] == ("fulfilled" if there <= case.on else lapsed)


def test_nothing_asked():
    """Of an empty ledger only the long stop speaks."""
    terms = {"family": "consent", "holder": "cloud", "asker": "lab", "matter": "merger", "long_stop": "2025-03-31"}
    result = outcome(terms, [], date(2025, 4, 1)).results[0]
    assert {o.id: o.state for o in result.obligations} == {"clause": "in effect", "clause/long stop": "terminated"}
