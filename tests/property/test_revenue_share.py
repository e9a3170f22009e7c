"""Every term of a revenue share, together with every other: the engine against a second working-out, to the cent."""

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adidem.clauses.parts.revenue import RATES
from adidem.clauses.revenue_share import FAMILY
from adidem.desk.answers import explained, step_view
from adidem.desk.open_points import open_points
from adidem.desk.simulating.futures import Play, future
from adidem.desk.workspace import open_workspace
from property import strategies
from property.recompute import recomputed
from property.replayed import unlike_whole
from property.share_oracle import STARTS, Event, Share, Terms, Text, rate
from property.strategies import LATEST, Case, written

BASE = date(2024, 1, 1)
YEARLY = ("annual_cap", "minimum")
PRODUCTS = ("model/one", "model/two", "tool/saw", "bundle/all/of-it", "bundle/two")


@dataclass
class Drawn:
    """A clause, perhaps amended, with its ledger."""

    texts: list[Terms]
    starts: list[date]
    extra: Terms | None
    until: date | None
    effects: list[tuple[str, str]]
    events: list[Event]
    day: date
    declared: list[tuple[str, date]] = field(default_factory=list)


class Maker:
    """Draws one, from a source of chance."""

    def __init__(self, chance: Random, without: tuple[str, ...] = ()):
        self.chance, self.without = chance, without
        self.dense = self.one(1, 2, 3)
        self.abroad = self.often(15)

    def one(self, *choices: Any) -> Any:
        return choices[self.chance.randrange(len(choices))]

    def often(self, percent: int) -> bool:
        return self.chance.randrange(100) < percent

    def maybe(self, percent: int) -> bool:
        """Whether a text has a term: in some cases most of them."""
        return self.often(min(85, percent * self.dense))

    def money(self, low: int, high: int) -> str:
        cents = self.chance.randrange(low * 100, high * 100)
        return f"USD {cents // 100}.{cents % 100:02d}" if self.often(50) else f"USD {cents // 100}"

    def rate(self) -> str:
        return self.one("20 %", "3/16", "12.5 %", "1/3", "33.33 %", "7 %", "0.125", "2/7", "100 %", "0 %")

    def terms(self) -> Terms:
        """A text that `check` would let pass."""
        terms: Terms = {
            "family": "revenue-share",
            "payer": "ada",
            "payee": "ben",
            "of": "ada",
            "products": self.one("everything", "everything", "every model", "every bundle"),
            "rate": self.rate(),
            "every": self.one("month", "quarter", "quarter", "year"),
            "pay_within": "30 days",
        }
        rule = self.one("half even", "half up", "down", "up")
        if self.maybe(25):
            terms["net_of"] = self.one(["refund"], ["refund", "tax"], ["nothing"], ["reseller-fee"])
            if self.maybe(50):
                terms["deductions_limit"] = self.one("10 %", "0 %", "1/3", "100 %")
        if self.maybe(20):
            terms["recognised"] = self.one("accrued", "invoiced", "collected")
        if self.maybe(15):
            bundles = [
                {"product": of, "part": self.rate()} for of in ("every bundle/all", "every bundle", "every tool")
            ]
            terms["bundles"] = bundles[self.one(0, 1) :]
        if self.maybe(15):
            terms["allocated"] = self.one("yes", "yes", "no")
        if self.abroad:
            terms["exchange_rates"] = self.one("day", "day", "month-average", "month-end")
        if self.maybe(45):
            self.tiers(terms)
        self.limits(terms)
        whole = "tiers" in terms or "deductions_limit" in terms
        places = ("period", "cumulative total") if whole else ("line", "period", "period", "cumulative total")
        return {name: value for name, value in terms.items() if name not in self.without} | {
            "rounding": f"{rule}, per {self.one(*places)}"
        }

    def tiers(self, terms: Terms) -> None:
        edge, tiers = 0, []
        for _ in range(self.one(1, 2, 3)):
            edge += self.one(50, 100, self.chance.randrange(1, 400))
            tiers.append({"above": f"USD {edge}", "rate": self.rate()})
            if len(tiers) > 1:
                tiers[-2]["up_to"] = f"USD {edge}"
        terms |= {"tiers": tiers, "tiers_count": self.one("period", "year", "year", "life")}
        terms["tiers_apply"] = self.one("incremental", "incremental", "all-units")

    def limits(self, terms: Terms) -> None:
        if self.maybe(20):
            terms["floor"] = self.money(1, 20)
        if self.maybe(30):
            terms["cap"] = self.money(100, 400)
            if self.maybe(60):
                terms["cap_reached"] = self.one("stop", "refund")
        if self.maybe(30):
            terms["annual_cap"] = self.money(60, 100)
            if self.maybe(60):
                terms["over_annual_cap"] = self.one("lost", "carried", "carried")
        if self.maybe(30):
            terms["minimum"] = self.money(10, 60)
        if ("minimum" in terms or "annual_cap" in terms) and self.maybe(60):
            terms["part_year"] = self.one("full", "actual/actual", "actual/365", "actual/360")
        if self.maybe(25):
            terms["advance"] = self.money(5, 90)
            if self.maybe(60):
                terms["recoup_at_most"] = self.one("50 %", "1/3", "100 %", "0 %")
        if self.maybe(20):
            terms["withholding"] = self.one("10 %", "15 %", "1/3")
            if self.maybe(60):
                terms["withholding_borne_by"] = self.one("payee", "payer")

    def amended(self, before: Terms) -> Terms:
        """The text with some terms as another has them."""
        other, terms = self.terms(), dict(before)
        for name in ("rate", "every", "cap", "annual_cap", "minimum", "advance", "tiers"):
            if name in other and name in terms and self.often(40):
                terms[name] = other[name]
        if "cap" in terms and self.often(50):
            terms |= {"cap": "USD 100", "cap_reached": self.one("stop", "refund", "refund")}
        return terms

    def years(self, texts: list[Terms]) -> None:
        """Years from another month, in every text; one that shares no yearly amount with another may have its own."""
        if "year_starts" in self.without or not self.maybe(20):
            return
        of_all = self.one(*STARTS)
        for terms in texts:
            others = [other for other in texts if other is not terms]
            alone = not any(name in terms and name in other for name in YEARLY for other in others)
            terms["year_starts"] = self.one(*STARTS) if alone and self.often(50) else of_all

    def event(self, number: int, days: int) -> Event:
        day = BASE + timedelta(days=self.chance.randrange(days))
        event = {"id": f"e{number}", "kind": "revenue", "occurred": day.isoformat(), "recorded": day.isoformat()}
        event |= {"by": self.one("ada", "ada", "ada", "ada", "ben"), "product": self.one(*PRODUCTS)}
        cents = self.one(5_000, 10_000, self.chance.randrange(1, 60_000), self.chance.randrange(1, 60_000))
        event["amount"] = f"USD {'-' if self.often(12) else ''}{cents // 100}.{cents % 100:02d}"
        if self.often(30):
            event["item"] = self.one("gross", "refund", "tax", "reseller-fee")
            if event["item"] != "gross" and self.often(80):
                event["amount"] = event["amount"].replace("USD -", "USD ").replace("USD ", "USD -")
        if self.often(30):
            event["recognised"] = self.one("accrued", "invoiced", "collected")
        if self.often(20):
            event["other_products"] = self.one("25 %", "1/8", "0 %", "100 %")
        if self.abroad and self.often(40):
            event["amount"] = event["amount"].replace("USD", "EUR")
            event |= {name: self.one("1.0837", "0.925", "1") for name in RATES.values()}
        return event

    def drawn(self) -> Drawn:
        days = self.one(200, 500, 900)
        starts = [BASE + timedelta(days=self.one(0, 0, 14, 31, 100))]
        for _ in range(self.one(0, 0, 1, 1, 2)):
            starts.append(starts[-1] + timedelta(days=self.one(1, 45, 90, 182, 366)))
        texts = [self.terms()]
        for _ in starts[1:]:
            texts.append(self.amended(texts[-1]) if self.often(75) else self.terms())
        extra = None
        if self.often(15):
            extra = self.terms() | {"products": self.one("every model", "everything")}
            for terms in texts:
                terms["counts_once_with"] = ["extra"]
        until = BASE + timedelta(days=self.chance.randrange(100, 900)) if self.often(25) else None
        effects = [("first", self.rate()), ("second", self.rate())][: self.one(0, 0, 0, 1, 2)]
        events = [self.event(n, days) for n in range(self.one(0, 3, 12, 30))]
        day = BASE + timedelta(days=days + self.one(0, 0, 10, 200))
        declared = [(s, BASE + timedelta(days=self.chance.randrange(days))) for s, _ in effects for _ in range(2)]
        self.years(texts)
        return Drawn(texts, starts, extra, until, effects, events, max(day, starts[0]), declared)


def case_of(drawn: Drawn) -> Case:
    """The folder that holds it."""
    texts: list[strategies.Text] = []
    for number, (terms, start) in enumerate(zip(drawn.texts, drawn.starts, strict=True)):
        day = (start - strategies.EPOCH).days
        name = "agreement.lgd" if not number else f"amendment-{number}.lgd"
        first = (BASE - strategies.EPOCH).days
        text = strategies.Text(name, first, day)
        block = dict(terms)
        if drawn.until is not None:
            block["until"] = drawn.until.isoformat()
        text.blocks.append((f"share-{number}", {**block, "replaces": "share"}) if number else ("share", block))
        texts.append(text)
    if drawn.extra is not None:
        texts[0].blocks.append(("extra", drawn.extra))
    for subject, value in drawn.effects:
        block = {"family": "determination", "declarer": "ben", "subject": subject, "test": "yes is yes"}
        block |= {"decided_by": "declaration", "effects": [{"set": "share.rate", "to": value}]}
        texts[0].blocks.append((f"set-{subject}", block))
    events = list(drawn.events)
    for number, (subject, when) in enumerate(drawn.declared):
        event = {"id": f"x{number}", "kind": "declaration", "occurred": when.isoformat(), "recorded": when.isoformat()}
        events.append({**event, "by": "ben", "subject": subject})
    documents = {text.name: written(text, texts[0]) for text in texts}
    return Case(documents, events, (drawn.day - strategies.EPOCH).days, LATEST)


def expected(drawn: Drawn) -> dict[str, int]:
    """Every transfer, worked out a second time."""
    last = drawn.until or date.max
    ends = [start - timedelta(days=1) for start in drawn.starts[1:]]
    texts = [Text(t, s, min(e, last)) for t, s, e in zip(drawn.texts, drawn.starts, [*ends, last], strict=True)]
    sets = []
    for subject, value in drawn.effects:
        came = [
            day for other, day in drawn.declared if other == subject and day <= drawn.day and day >= drawn.starts[0]
        ]
        sets.append((came, rate(value)))
    share = Share("share", texts, sets)
    events = [event for event in drawn.events if date.fromisoformat(event["occurred"]) <= drawn.day]
    out: dict[str, int] = {}
    if drawn.extra is not None:
        extra = Share("extra", [Text(drawn.extra, drawn.starts[0], date.max)])
        share.once = [extra]
        out |= extra.run(events, drawn.day)
    return out | share.run(events, drawn.day)


def run(case: Case) -> dict[str, int]:
    """Every transfer, by the engine."""
    outcome = case.workspace().run(case.as_of)
    assert len(outcome.results) == 1
    return {figure.transfer.id: figure.transfer.amount_minor for figure in outcome.results[0].figures}


def draw(random: Random, without: tuple[str, ...] = ()) -> Drawn:
    """One case."""
    return Maker(random, without).drawn()


@given(st.randoms(use_true_random=False))
@settings(max_examples=120)
def test_to_the_cent(random: Random):
    """Every transfer of every text is the one that is worked out by hand."""
    drawn = draw(random)
    assert run(case_of(drawn)) == expected(drawn)


LIMITS = ("floor", "cap", "cap_reached", "annual_cap", "over_annual_cap", "minimum", "part_year")
BY_LINE = ("bundles", "allocated", "exchange_rates", "deductions_limit")
REST = ("advance", "recoup_at_most", "withholding", "withholding_borne_by")


@given(st.randoms(use_true_random=False), st.integers(1, 50_000))
@settings(max_examples=40)
def test_more_revenue_never_lowers_the_share(random: Random, more: int):
    """By one text with tiers that apply incrementally, all shares together never fall as an event's amount rises.

    With two texts they may: what moves up the ladder under one is shared at less under the other.
    """
    drawn = draw(random, (*LIMITS, *REST, "deductions_limit"))
    drawn = replace(drawn, texts=drawn.texts[:1], starts=drawn.starts[:1], effects=[], declared=[])
    for terms in drawn.texts:
        terms["rounding"] = terms["rounding"].split(",")[0] + ", per cumulative total"
        terms |= {"tiers_apply": "incremental"} if "tiers" in terms else {}
    # Where no term has a currency, that of the events is the agreement's, and none is foreign.
    drawn.events = [event for event in drawn.events if "exchange_rate" not in event]
    before = sum(amount for id, amount in run(case_of(drawn)).items() if id.startswith("share/"))
    for event in drawn.events[:1]:
        event["amount"] = f"{event['amount'][:3]} {_shown(int(float(event['amount'][4:]) * 100 + 0.5) + more)}"
    after = sum(amount for id, amount in run(case_of(drawn)).items() if id.startswith("share/"))
    if drawn.extra is None:
        assert after >= before


def _shown(cents: int) -> str:
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02d}"


@given(st.randoms(use_true_random=False), st.integers(10_000, 40_000))
@settings(max_examples=40)
def test_no_sum_exceeds_a_cap(random: Random, cap: int):
    """What is paid over the life of the clause, true-ups included, is never more than its cap."""
    drawn = draw(random, ("advance", "recoup_at_most"))
    for terms in drawn.texts:
        terms |= {"cap": f"USD {_shown(cap)}"}
    paid = run(case_of(drawn))
    total = sum(-a if id.endswith("/refund") else a for id, a in paid.items() if id.startswith("share/"))
    assert total <= cap


@given(st.randoms(use_true_random=False), st.integers(1, 99))
@settings(max_examples=40)
def test_one_event_told_as_two_is_the_same(random: Random, percent: int):
    """Per period, and per cumulative total, it does not matter in how many lines revenue is told."""
    drawn = draw(random, BY_LINE)
    for terms in (*drawn.texts, *([drawn.extra] if drawn.extra else [])):
        terms["rounding"] = terms["rounding"].replace("per line", "per period")
    drawn.events = [event for event in drawn.events if "exchange_rate" not in event]
    whole = run(case_of(drawn))
    told: list[Event] = []
    for event in drawn.events:
        cents = int(event["amount"][4:].replace(".", ""))
        part = cents * percent // 100
        told.append({**event, "amount": f"USD {_shown(part)}"})
        told.append({**event, "amount": f"USD {_shown(cents - part)}", "id": f"{event['id']}-rest"})
    drawn.events = told
    assert run(case_of(drawn)) == whole


@given(st.randoms(use_true_random=False))
@settings(max_examples=25)
def test_every_figure_is_the_sum_of_its_trace(random: Random):
    """The leaves of an explanation recompute each figure exactly, with every term of the family."""
    case = case_of(draw(random))
    outcome = case.workspace().run(case.as_of)
    for id in {figure.transfer.id for result in outcome.results for figure in result.figures}:
        for explanation, _ in explained(outcome, id):
            assert recomputed(step_view(explanation.step)) == explanation.figure.transfer.amount_minor


def test_the_sample_is_not_idle():
    """Every term of the family that may be left out acts: without it some case of a fixed sample has other figures."""
    idle = {form.name for form in FAMILY.terms if not form.required} - {"counts_once_with"}
    for seed in range(300):
        drawn = draw(Random(seed))
        before = expected(drawn)
        for name in sorted(idle & {name for terms in drawn.texts for name in terms}):
            texts = [{k: v for k, v in terms.items() if k != name} for terms in drawn.texts]
            beside = {form.name for form in FAMILY.terms if name in form.beside}
            if name == "tiers":
                texts = [{k: v for k, v in terms.items() if k not in beside} for terms in texts]
            elif name in ("tiers_count", "tiers_apply", "exchange_rates"):
                idle.discard(name)  # a text cannot do without these; tests/terms has what they change
                continue
            if expected(replace(drawn, texts=texts)) != before:
                idle.discard(name)
    assert idle == set()


PLAIN: Terms = {
    "family": "revenue-share",
    "payer": "ada",
    "payee": "ben",
    "of": "ada",
    "products": "everything",
    "rate": "1/3",
    "every": "quarter",
    "pay_within": "30 days",
    "rounding": "half even, per period",
}
TIERS: Terms = {"tiers": [{"above": "USD 100", "rate": "10 %"}], "tiers_apply": "incremental", "tiers_count": "life"}


def told(*amounts: tuple[str, str]) -> list[Event]:
    """Revenue of some days."""
    event = {"kind": "revenue", "by": "ada", "product": "model/one"}
    return [
        {"id": f"e{n}", **event, "occurred": day, "recorded": day, "amount": amount}
        for n, (day, amount) in enumerate(amounts)
    ]


@pytest.mark.parametrize(
    ("terms", "owed"),
    [
        ({}, 3_333 + 3_333),
        ({"rounding": "down, per cumulative total"}, 3_333 + 3_333),
        ({"rounding": "up, per cumulative total"}, 3_334 + 3_333),
        (TIERS, 3_333 + 1_000),
        (TIERS | {"tiers_count": "year"}, 3_333 + 1_000),
        (TIERS | {"tiers_count": "period"}, 3_333 + 1_000),
        (TIERS | {"tiers_apply": "all-units"}, 3_333 + 2_000 - 3_333),
        ({"floor": "USD 200"}, 20_000),
        ({"annual_cap": "USD 40"}, 4_000),
    ],
)
def test_an_amendment_in_the_middle_of_a_quarter(terms: Terms, owed: int):
    """What the text before has counted and paid in the same quarter counts for the text that takes its place."""
    text = PLAIN | terms
    events = told(("2024-01-31", "USD 100.00"), ("2024-03-31", "USD 100.00"))
    drawn = Drawn([text, text], [BASE, date(2024, 2, 15)], None, None, [], events, date(2024, 3, 31))
    assert run(case_of(drawn)) == expected(drawn) == {"share/2024-Q1/share": owed}


@pytest.mark.parametrize(("amount", "owed"), [("USD 100.00", 3_333), ("USD 100.01", 1_000)])
def test_what_just_fills_a_tier_is_in_it(amount: str, owed: int):
    """The next tier begins above its edge, and its rate is of all from there."""
    text = PLAIN | TIERS | {"tiers_apply": "all-units"}
    drawn = Drawn([text], [BASE], None, None, [], told(("2024-03-01", amount)), date(2024, 3, 31))
    assert run(case_of(drawn)) == expected(drawn) == {"share/2024-Q1/share": owed}


def test_a_minimum_of_a_year_with_one_day():
    """A clause that binds on the first day of a year alone owes what the year lacks."""
    drawn = Drawn([PLAIN | {"minimum": "USD 50"}], [BASE], None, date(2025, 1, 1), [], [], date(2026, 12, 31))
    owed = {"share/2024/true-up": 5_000, "share/2025/true-up": 5_000}
    assert run(case_of(drawn)) == expected(drawn) == owed


def test_a_true_up_counts_towards_a_cap():
    """What a true-up pays is paid: the room of later years is less by it."""
    text = PLAIN | {"minimum": "USD 50", "cap": "USD 120"}
    drawn = Drawn([text], [BASE], None, None, [], [], date(2027, 12, 31))
    owed = {"share/2024/true-up": 5_000, "share/2025/true-up": 5_000, "share/2026/true-up": 2_000}
    assert run(case_of(drawn)) == expected(drawn) == owed


OUTLOOK = """
# Head {{#head}}

```terms
family: outlook
starts: {starts}
until: {until}
```

# Sales {{#sales}}

```terms
family: driver
shape: growth
start: USD 75
growth: 10 %
volatility: 60 %
```

# Revenue {{#revenue}}

```terms
family: flow
event: revenue
columns: {{by: ada, product: model/one}}
amount: sales
every: month
```
"""


@pytest.mark.parametrize("seed", range(16))
def test_sampled_worlds_are_settled_alike(seed: int, tmp_path: Path):
    """Folded for many worlds, the program gives what the kernel gives for each."""
    drawn = draw(Random(seed))
    case = case_of(drawn)
    for name, text in case.documents.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "ledger.jsonl").write_text(case.ledger)
    head = case.documents["agreement.lgd"].partition("# About")[0]
    outlook = OUTLOOK.format(starts=drawn.day, until=drawn.day + timedelta(days=700))
    (tmp_path / "outlook.lgd").write_text(head + outlook)
    assert unlike_whole(future(open_workspace(tmp_path), Play(3)).setting, 16) == []


def test_a_cap_below_what_is_paid_is_a_question():
    """An amendment lowers the cap below what is already paid: payments stop, or the rest is given back."""
    lower = PLAIN | {"cap": "USD 20"}
    lower["cap_reached"] = {"readings": {"stop": {"is": "stop"}, "refund": {"is": "refund"}}}
    events = told(("2024-01-31", "USD 90"), ("2024-05-31", "USD 90"))
    texts = [PLAIN | {"cap": "USD 100"}, lower]
    case = case_of(Drawn(texts, [BASE, date(2024, 4, 1)], None, None, [], events, date(2024, 9, 30)))
    results = case.workspace().run(case.as_of).results
    figures = {
        result.readings["share.cap_reached"]: {f.transfer.id: f.transfer.amount_minor for f in result.figures}
        for result in results
    }
    first = {"share/2024-Q1/share": 3_000}
    assert figures == {"stop": first, "refund": first | {"share/2024-Q2/refund": 1_000}}
    payers = {f.transfer.id: f.transfer.payer for result in results for f in result.figures}
    assert payers == {"share/2024-Q1/share": "ada", "share/2024-Q2/refund": "ben"}


def test_an_assumed_tier_gives_a_range():
    """A figure that rests on the assumed rate of a tier is a range, and names that rate."""
    rate = {"is": "10 %", "basis": "assumed", "range": "5 % to 15 %"}
    text = PLAIN | TIERS | {"tiers": [{"above": "USD 30", "rate": rate}]}
    case = case_of(Drawn([text], [BASE], None, None, [], told(("2024-01-31", "USD 130")), date(2024, 3, 31)))
    (figure,) = case.workspace().run(case.as_of).results[0].figures
    assert (figure.low, figure.transfer.amount_minor, figure.high) == (1_500, 2_000, 2_500)
    assert figure.rests_on == ("share.tiers.1.rate",)


def test_what_a_text_leaves_open_is_asked():
    """Beside a cap, an advance and a tax stand the questions that they raise, and none beside a plain share."""
    asked = {
        "cap": ["cap_reached"],
        "annual_cap": ["cap_reached", "over_annual_cap", "part_year"],
        "minimum": ["part_year"],
        "advance": ["recoup_at_most"],
        "withholding": ["withholding_borne_by"],
    }
    for name, questions in {"floor": [], **asked}.items():
        value = "10 %" if name == "withholding" else "USD 50"
        case = case_of(Drawn([PLAIN | {name: value}], [BASE], None, None, [], [], BASE))
        found = [point.mend.split()[1] for point in open_points(case.workspace().whole) if point.code == "D201"]
        assert sorted(found) == [f"{question}:" for question in questions]
