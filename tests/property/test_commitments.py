"""Commitments and reservations over random terms and events, against a plain recomputation day by day."""

import json
import re
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adidem.desk.committing.commitments import commitments_view
from adidem.desk.simulating.futures import Play, future
from adidem.desk.unnoticed import events_unnoticed
from adidem.desk.workspace import Workspace
from adidem.findings.evaluator import folded_program
from adidem.kernel.period import AsOf
from adidem.kernel.source import Source
from adidem.text.document import read_document
from documents import agreement, front, held
from property.replayed import Beside

FIRST = date(2024, 1, 1)
MONTHS = {"month": 1, "quarter": 3, "year": 12}
STARTS = [f"1 {date(2000, month, 1):%B}" for month in range(1, 13)]
FOREVER = date(9999, 12, 31)


def number(day: date) -> int:
    return (day - date(1970, 1, 1)).days


def later(day: date, months: int) -> date:
    """The same day so many months on, or the month's last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for number in range(day.day, 27, -1):
        try:
            return date(year, month + 1, number)
        except ValueError:
            continue
    return date(year, month + 1, day.day)


def floor(value: Fraction) -> int:
    return value.numerator // value.denominator


def half_even(value: Fraction) -> int:
    return round(value)


@dataclass
class Case:
    """Terms as a document has them, and events: (day, service, amount in the commitment's parts)."""

    terms: dict[str, Any]
    events: list[tuple[date, str, int]] = field(default_factory=list)
    waived: list[date] = field(default_factory=list)
    as_of: date = date(2025, 12, 31)
    price: int = 0

    def text(self) -> str:
        def shown(value: Any) -> str:
            return "\n" + "\n".join(f"  - {v}" for v in value) if isinstance(value, list) else f" {value}"

        lines = {"family": "minimum-commitment", "customer": "lab", "provider": "cloud", "services": "every cloud"}
        block = "\n".join(f"{key}:{shown(value)}" for key, value in (lines | self.terms).items())
        return agreement("Commitment", FIRST.isoformat(), spend=block)

    def ledger(self) -> str:
        lines: list[dict[str, str]] = []
        for place, (day, service, amount) in enumerate(self.events):
            told = {"id": f"u{place}", "kind": "usage", "by": "lab", "of": "cloud", "service": service}
            told |= {"occurred": day.isoformat(), "recorded": day.isoformat(), "amount": "USD 1"}
            if self.price:
                told |= {"quantity": f"{amount // 10**6}.{amount % 10**6:06d}", "unit": "GPU hours"}
            else:
                told["amount"] = f"USD {'-' if amount < 0 else ''}{abs(amount) // 100}.{abs(amount) % 100:02d}"
            lines.append(told)
        for place, day in enumerate(self.waived):
            on = {"occurred": "2025-06-30", "recorded": "2025-06-30"}
            lines.append(
                {"id": f"w{place}", "kind": "shortfall-waiver", "by": "cloud", "clause": "spend", "of": str(day)} | on
            )
        return "".join(json.dumps(line) + "\n" for line in lines)

    def workspace(self) -> Workspace:
        return held(self.text(), self.ledger().splitlines())


class Oracle:
    """What a commitment owes, worked out day by day with lists of lots."""

    def __init__(self, case: Case):
        self.case, self.terms = case, case.terms
        self.owed: dict[str, int] = {}
        self.credits: dict[str, int] = {}

    def spent(self, first: date, last: date, target: int) -> int:
        """What counts of two days and those between, towards a target."""
        inside = [(s, a) for d, s, a in self.case.events if first <= d <= last and s.startswith("cloud")]
        limited = self.terms.get("limited", "nothing").removeprefix("every ")
        free = sum(a for s, a in inside if not s.startswith(limited))
        kept = sum(a for s, a in inside if s.startswith(limited))
        if "limited" in self.terms:
            kept = min(kept, floor(target * self.rate("limited_to")))
        return free + kept

    def rate(self, name: str) -> Fraction:
        return Fraction(self.terms[name].removesuffix(" %")) / 100

    def owes(self, id: str, amount: int, share: str = "") -> None:
        money = half_even(Fraction(amount * self.case.price, 10**6)) if self.case.price else amount
        money = half_even(money * self.rate(share)) if share else money
        if money:
            self.owed[f"spend/{id}"] = self.owed.get(f"spend/{id}", 0) + money

    def charges(self, period: str, beyond: int) -> None:
        for name in ("overage", "overage-discount"):
            share = {"overage": "overage_rate", "overage-discount": "overage_discount"}[name]
            if share in self.terms:
                self.owes(f"{period}/{name}", beyond, share)

    def draws(self, lots: list[list[Any]], wanted: int, day: date) -> int:
        """From the oldest lot first that is still good."""
        drawn = 0
        for lot in lots:
            if lot[1] < day <= lot[2]:
                part = max(min(lot[0], wanted - drawn), 0)
                lot[0] -= part
                drawn += part
        return drawn

    def good(self, name: str, day: date) -> date:
        return later(day, int(self.terms[name].split()[0])) if name in self.terms else FOREVER

    def milestones(self, milestones: list[tuple[date, int]]) -> dict[str, int]:
        """One after the other; spend that is drawn from prepaid shortfall on the day it comes."""
        counted_for, lots = 0, list[list[Any]]()
        before, committed_before, late, drawn_before = FIRST - timedelta(1), 0, 0, 0
        apart, prepaid = self.terms.get("model") == "continuous", self.terms["shortfall"] == "prepaid"
        drawn = 0
        for place, (day, committed) in enumerate(milestones):
            name = day.isoformat()
            drawn += self.drawn(lots, before, day) if prepaid else 0
            again = 0 if self.terms.get("credit_counts") == "yes" else drawn - (drawn_before if apart else 0)
            if apart:
                step = committed - committed_before
                lacks = step - self.spent(before + timedelta(1), day, step) + late + again
            else:
                lacks = committed - self.spent(FIRST, day, committed) - counted_for + again
            short, late = max(lacks, 0), 0
            if day in self.case.waived and "waiver" in self.terms:
                late = short if self.terms["waiver"] == "deferred" else 0
                counted_for += short - late
                owed = 0
            else:
                owed = short if self.terms["shortfall"] != "none" else 0
            self.owes(f"{name}/shortfall", owed)
            counted_for += owed
            beyond = max(-lacks, 0)
            if "make_up_within" in self.terms:
                made = self.draws(lots, beyond, day)
                self.owes(f"{name}/make-up", made)
                counted_for, beyond = counted_for - made, beyond - made
                lots.append([owed, day, self.good("make_up_within", day)])
            elif prepaid:
                lots.append([owed, day, self.good("credit_within", day)])
            if apart or place == len(milestones) - 1:
                self.charges(name, beyond)
            before, committed_before, drawn_before = day, committed, drawn
        if prepaid:
            self.drawn(lots, before, self.case.as_of)
        for month, part in self.credits.items():
            self.owes(f"{month}/credit", part)
        return self.owed

    def drawn(self, lots: list[list[Any]], after: date, until: date) -> int:
        total = 0
        for day, service, amount in sorted(self.case.events):
            if after < day <= until and service.startswith("cloud"):
                part = self.draws(lots, amount, day)
                total += part
                self.credits[f"{day:%Y-%m}"] = self.credits.get(f"{day:%Y-%m}", 0) + part
        return total

    def periods(self, target: int) -> dict[str, int]:
        """Month by month; at each close what is short, carried, made up or charged."""
        length, lots, carried, drawn = MONTHS[self.terms["every"]], list[list[Any]](), 0, 0
        opened, first, begins = FIRST, FIRST, STARTS.index(self.terms.get("year_starts", STARTS[0]))
        while first <= self.case.as_of:
            last = later(first, 1) - timedelta(1)
            if self.terms["shortfall"] == "prepaid":
                wanted = max(sum(a for d, s, a in self.case.events if first <= d <= last and s.startswith("cloud")), 0)
                part = self.draws(lots, wanted, last)
                drawn += part
                self.owes(f"{last:%Y-%m}/credit", part)
            first = later(first, 1)
            if (last.month - begins) % length:
                continue
            name = {1: f"{last:%Y-%m}", 3: f"{last.year}-Q{last.month // 3}", 12: f"{last.year}"}[length]
            if begins % length:
                name = f"{later(first, -length):%Y-%m}--{last:%Y-%m}"
            if self.terms.get("first_period") == "none" and later(first, -length) < FIRST:
                opened, drawn = last + timedelta(1), 0
                continue  # the clause does not stand in all of it, and nothing is committed
            again = 0 if self.terms.get("credit_counts") == "yes" else drawn
            lacks = target - self.spent(opened, last, target) - carried + again
            short, beyond = max(lacks, 0), max(-lacks, 0)
            waived = "waiver" in self.terms and any(opened <= day <= last for day in self.case.waived)
            owed = 0 if waived or self.terms["shortfall"] == "none" else short
            late = short if waived and self.terms["waiver"] == "deferred" else 0
            made = self.draws(lots, beyond, last) if "make_up_within" in self.terms else 0
            kept = self.kept(target, beyond - made)
            carried = kept - late
            self.owes(f"{name}/shortfall", owed)
            self.owes(f"{name}/make-up", made)
            self.charges(name, beyond - made - kept)
            within = "make_up_within" if "make_up_within" in self.terms else "credit_within"
            months = later(last + timedelta(1), int(self.terms.get(within, "1200 months").split()[0]))
            lots.append([owed, last, months - timedelta(1)])
            opened, drawn = last + timedelta(1), 0
        return self.owed

    def kept(self, target: int, beyond: int) -> int:
        default = "all" if self.terms.get("model") == "discontinuous" else "none"
        match self.terms.get("carry_forward", default):
            case "all":
                return beyond
            case "capped":
                return min(beyond, floor(target * self.rate("carry_forward_to")))
            case _:
                return 0


def made(chance: Random) -> tuple[Case, dict[str, int]]:
    """A random commitment, and what its oracle says is owed."""
    terms: dict[str, Any] = {"shortfall": chance.choice(["payable", "payable", "prepaid", "none"])}
    units = chance.random() < 0.3
    price = chance.choice([1, 205, 333]) if units else 0
    part, unit = (10**6, "GPU hours") if units else (100, "")
    periodic = chance.random() < 0.5
    if terms["shortfall"] == "prepaid":
        terms |= chance.choice([{}, {"credit_within": f"{chance.randrange(1, 9)} months"}])
        terms |= chance.choice([{}, {"credit_counts": "yes"}, {"credit_counts": "no"}])
    elif chance.random() < 0.6:
        terms["make_up_within"] = f"{chance.randrange(1, 9)} months"
    if chance.random() < 0.4:
        terms |= {"limited": "every cloud/market", "limited_to": f"{chance.choice([0, 10, 25, 33.3, 100])} %"}
    if chance.random() < 0.4:
        terms["waiver"] = chance.choice(["forgiven", "deferred"])
    if chance.random() < 0.5:
        terms[chance.choice(["overage_rate", "overage_discount"])] = f"{chance.choice([5, 12.5, 33])} %"
    if units:
        terms["price"] = f"USD {price // 100}.{price % 100:02d}"
    terms["rounding"] = "half even, per period"
    least = 0 if terms["shortfall"] == "prepaid" or units else -40 * part
    events = [
        (
            FIRST + timedelta(chance.randrange(731)),
            chance.choice(["cloud/run", "cloud/market", "cloud/market/x", "other/run"]),
            chance.randrange(least, 90 * part),
        )
        for _ in range(chance.randrange(40))
    ]
    case = Case(terms, events, price=price)

    def said(amount: int) -> str:
        return f"{amount // part}.{amount % part:06d} {unit}" if units else f"USD {amount // part}.{amount % part:02d}"

    if periodic:
        every = chance.choice(["month", "quarter", "year"])
        target = chance.randrange(1, 90 * part * MONTHS[every])
        terms |= {"every": every, "quantity" if units else "amount": said(target)}
        terms |= {"year_starts": chance.choice(STARTS)} if chance.random() < 0.5 else {}
        terms |= {"first_period": chance.choice(["whole", "none"])} if chance.random() < 0.5 else {}
        carries = chance.choice(["", "", "all", "capped", "none"])
        terms |= {"carry_forward": carries} if carries else {}
        terms |= {"carry_forward_to": f"{chance.choice([10, 33.3, 150])} %"} if carries == "capped" else {}
        terms |= chance.choice([{}, {"model": "discontinuous"}])
        case.waived = [FIRST + timedelta(chance.randrange(731)) for _ in range(chance.randrange(3))]
        return case, Oracle(case).periods(target)
    day, total, milestones = FIRST, 0, list[tuple[date, int]]()
    for _ in range(chance.randrange(1, 5)):
        day, total = day + timedelta(chance.choice([30, 91, 150])), total + chance.randrange(250 * part)
        milestones.append((day, total))
    name = "quantity" if units else "amount"
    terms["milestones"] = [f"{{by: {d}, {name}: {said(amount)}}}" for d, amount in milestones]
    terms |= chance.choice([{}, {"model": "continuous"}, {"model": "discontinuous"}])
    case.waived = [chance.choice(milestones)[0] for _ in range(chance.randrange(2))]
    return case, Oracle(case).milestones(milestones)


def owed_by(case: Case) -> dict[str, int]:
    """What the engine says."""
    outcome = case.workspace().run(AsOf(number(case.as_of), 2**61))
    (result,) = outcome.results
    return {f.transfer.id: f.transfer.amount_minor for f in result.figures}


@settings(max_examples=150)
@given(st.randoms(use_true_random=False))
def test_engine_and_oracle_agree_to_the_cent(chance: Random):
    """Every figure of a random commitment is what the plain recomputation says, and there is no other."""
    case, expected = made(chance)
    assert owed_by(case) == expected, case.text() + case.ledger()


@pytest.mark.parametrize("seed", range(40))
def test_an_amendment_that_says_the_same_changes_nothing(seed: int):
    """What is carried, granted and lost goes on from text to text of a periodic commitment."""
    case = next(c for n in range(100) if "every" in (c := made(Random(1_000 * seed + n))[0]).terms)
    whole = case.text()
    again = whole.partition("# Spend")[2].replace("family:", "replaces: spend\nfamily:", 1)
    signing = "\n# Signing {#signing-2}\n\n```terms\nfamily: document\nsigned: 2024-08-01\neffective: 2024-08-10\n```\n"
    amends = "document_type: contract\namends: {title: Commitment, file: agreement.lgd}"
    front = whole.partition("\n# ")[0].replace("document_type: contract", amends)
    document, problems = read_document(
        Source("amendment.lgd", f"{front}{signing}\n# Spend{again.replace('#spend', '#spend-2')}")
    )
    assert document is not None
    assert not problems, "\n".join(map(str, problems))
    workspace = case.workspace()
    workspace.texts.append(document)
    (result,) = workspace.run(AsOf(number(case.as_of), 2**61)).results
    assert {f.transfer.id: f.transfer.amount_minor for f in result.figures} == owed_by(case)


@settings(max_examples=25)
@given(st.randoms(use_true_random=False))
def test_what_is_counted_and_what_is_left_make_what_is_committed(chance: Random):
    """In the report, of each period: committed is counted and remaining together, or less than what is counted."""
    case, _ = made(chance)
    workspace = case.workspace()
    view = commitments_view(workspace, workspace.run(AsOf(number(date(2025, 5, 20)), 2**61)))
    for result in view["results"]:
        for each in result["commitments"]:
            for period in each["periods"]:
                whole, counted, left = (Fraction(period[key]) for key in ("committed", "counted", "remaining"))
                assert left == max(whole - counted, 0)


LATE = {
    "the last milestone": {"milestones": ["{by: 2024-06-30, amount: USD 9}"], "shortfall": "payable"},
    "the clause": {"every": "month", "amount": "USD 9", "shortfall": "payable", "until": "2024-06-30"},
    "its quantity": {"every": "quarter", "quantity": "9 GPU hours", "price": "USD 2", "until": "2024-06-30"}
    | {"shortfall": "payable", "rounding": "half even, per period"},
}


@pytest.mark.parametrize("after", LATE)
def test_use_after_the_end_is_no_part_of_a_commitment(after: str):
    """It changes nothing that is owed, and is told as use of which no clause takes notice; use before it is not."""
    used = [(date(2024, 3, 1), "cloud/run", 400), (date(2024, 6, 30), "cloud/run", 300)]
    late = [(date(2024, 7, 1), "cloud/run", 500), (date(2024, 9, 1), "cloud/run", 600)]
    price = 200 if "quantity" in LATE[after] else 0
    case = Case({**LATE[after]}, used + late, as_of=date(2024, 12, 31), price=price)
    assert owed_by(case) == owed_by(replace(case, events=used))
    outcome = case.workspace().run(AsOf(number(case.as_of), 2**61))
    (point,) = events_unnoticed(outcome)
    assert point.sentence == "no clause takes any notice of the usage of cloud/run: 2 events change nothing"
    assert str(point.place).startswith("ledger.jsonl:3")


@pytest.mark.parametrize(
    "terms",
    [
        {"milestones": ["{by: 2024-06-30, amount: USD 9}"], "shortfall": "prepaid"},
        {"every": "month", "amount": "USD 9", "shortfall": "payable"},
    ],
)
def test_use_that_may_still_count_is_not_told(terms: dict[str, Any]):
    """What is drawn from a prepaid shortfall comes after the last milestone; a commitment of each month has no last."""
    case = Case(terms, [(date(2024, 7, 1), "cloud/run", 500)], as_of=date(2024, 7, 15))
    assert events_unnoticed(case.workspace().run(AsOf(number(case.as_of), 2**61))) == []


OUTLOOK = (
    front("Outlook", "2024-12-31")
    + """
# Horizon {#horizon}

```terms
family: outlook
starts: 2024-12-31
until: 2025-12-31
```

# Use {#use}

```terms
family: driver
shape: growth
start: USD 40
growth: 0 %
volatility: 150 %
```

# Used {#used}

```terms
family: flow
event: usage
columns: {by: lab, of: cloud, service: cloud/run}
amount: use
every: month
```
"""
)


@pytest.mark.parametrize("seed", range(12))
def test_a_sampled_world_is_the_world_that_its_ledger_tells(seed: int):
    """Every figure of random commitments in sampled worlds is what a run of their events comes to."""
    case = next(c for n in range(100) if not (c := made(Random(97 * seed + n))[0]).price)
    case.events = [event for event in case.events if event[0] < date(2024, 12, 31)] or [(FIRST, "cloud/run", 100)]
    case.waived = []
    document, problems = read_document(Source("outlook.lgd", OUTLOOK))
    workspace = case.workspace()
    assert document is not None
    assert not problems
    workspace.outlook_texts.append(document)
    beside = Beside(future(workspace, Play(1)), 8)
    assert [line for world in range(8) for line in beside.differences(world)] == []


MILESTONES = [f"{{by: 2025-{month}, amount: USD {n}00}}" for n, month in enumerate(("03-31", "06-30", "12-31"), 1)]
BUDGETS = {
    "three milestones": (40, {"milestones": MILESTONES, "shortfall": "payable"}),
    "three, made up": (51, {"milestones": MILESTONES, "shortfall": "payable", "make_up_within": "9 months"}),
    "three, prepaid": (100, {"milestones": MILESTONES, "shortfall": "prepaid", "credit_within": "9 months"}),
    "every month": (8, {"every": "month", "amount": "USD 100", "shortfall": "payable"}),
    "every month, made up": (
        25,
        {"every": "month", "amount": "USD 100", "shortfall": "payable", "make_up_within": "3 months"},
    ),
    "every month, prepaid": (
        26,
        {"every": "month", "amount": "USD 100", "shortfall": "prepaid", "credit_within": "3 months"},
    ),
}


@pytest.mark.parametrize("name", BUDGETS)
def test_operations_that_a_commitment_costs(name: str):
    """How many operations are left of the program where use is drawn, as docs/commitments.md has it."""
    budget, terms = BUDGETS[name]
    document, _ = read_document(Source("outlook.lgd", OUTLOOK))
    assert document is not None
    workspace = Case(dict(terms), [(FIRST, "cloud/run", 100)]).workspace()
    workspace.outlook_texts.append(document)
    assert 0 < folded_program(future(workspace, Play(1)).setting, {}).live <= budget
    page = (Path(__file__).parents[2] / "docs" / "commitments.md").read_text(encoding="utf-8")
    assert f"| {name} | {budget} |" in page


def test_what_is_not_said_is_not_read():
    """Of a plain commitment the program reads who used what, and nothing that only other terms ask for."""
    case = Case({"milestones": MILESTONES, "shortfall": "payable"})
    composition, _ = case.workspace().composed(AsOf(number(case.as_of), 2**61))
    read = {(node.domain, node.detail[0]) for node in composition.program.nodes if node.operator == "input"}
    spoken = {"by", "of", "service in cloud", "amount", "occurred"}
    assert {name for domain, name in read if domain == "usage"} == spoken
    assert not [domain for domain, _ in read if domain == "shortfall-waiver"]


def reserved(chance: Random) -> tuple[str, str, list[tuple[date, int]], list[tuple[date, int]], date, int]:
    """A random reservation and its events: (day, parts) of milestones and of what became available."""
    grace, cap = chance.choice([0, 0, 5, 40]), chance.choice([10**9, 50_000])
    until = FIRST + timedelta(chance.randrange(300, 720))
    day, total, wanted = FIRST, 0, list[tuple[date, int]]()
    for _ in range(chance.randrange(1, 4)):
        day, total = day + timedelta(chance.choice([20, 60, 91])), total + chance.randrange(100 * 10**6)
        wanted.append((day, total))
    events = sorted(
        (FIRST + timedelta(chance.randrange(500)), chance.randrange(-30 * 10**6, 60 * 10**6))
        for _ in range(chance.randrange(12))
    )
    listed = "".join(f"  - {{by: {d}, quantity: {n // 10**6}.{n % 10**6:06d} GPUs}}\n" for d, n in wanted)
    terms = f"family: capacity-reservation\nprovider: cloud\ncustomer: lab\ncapacity: every gpu\nmilestones:\n{listed}"
    terms += f"reserved_until: {until}\ncredit: USD 1.37\nrounding: half even, per period\n"
    terms += f"grace: {grace} days\n" if grace else ""
    terms += f"credit_cap: USD {cap // 100}\n" if cap < 10**9 else ""
    ledger = "".join(
        json.dumps(
            {
                "id": f"c{place}",
                "kind": "capacity",
                "by": "cloud",
                "what": "gpu/a",
                "occurred": str(d),
                "recorded": str(d),
            }
            | {"quantity": f"{'-' if n < 0 else ''}{abs(n) // 10**6}.{abs(n) % 10**6:06d}", "unit": "GPUs"}
        )
        + "\n"
        for place, (d, n) in enumerate(events)
    )
    wanted = [(d + timedelta(grace), n) for d, n in wanted]
    return agreement("Reservation", FIRST.isoformat(), gpu=terms), ledger, wanted, events, until, cap


def missed(
    wanted: list[tuple[date, int]], events: list[tuple[date, int]], until: date, grace: timedelta
) -> dict[date, int]:
    """What is missing at the end of each day on which something must be ready."""
    out: dict[date, int] = {}
    for place, (since, amount) in enumerate(wanted):
        last = wanted[place + 1][0] - grace if place + 1 < len(wanted) else until
        day = since + timedelta(1)
        while day <= min(last, until):
            out[day] = max(amount - sum(n for d, n in events if d <= day), 0)
            day += timedelta(1)
    return out


@settings(max_examples=60)
@given(st.randoms(use_true_random=False))
def test_credits_are_what_was_missing_on_each_day(chance: Random):
    """The credits of a random reservation are what a count of every single day comes to."""
    text, ledger, wanted, events, until, cap = reserved(chance)
    workspace = held(text, ledger.splitlines())
    (result,) = workspace.run(AsOf(number(date(2025, 12, 31)), 2**61)).results
    found = {f.transfer.id: f.transfer.amount_minor for f in result.figures}
    grace = wanted[0][0] - date.fromisoformat(text.partition("by: ")[2][:10])
    expected, given, total = dict[str, int](), 0, 0
    days = missed(wanted, events, until, grace)
    first = FIRST
    while first <= date(2025, 12, 31):
        total += sum(n for d, n in days.items() if (d.year, d.month) == (first.year, first.month))
        owed = min(half_even(Fraction(total * 137, 10**6)), cap)
        if owed != given:
            expected[f"gpu/{first:%Y-%m}/credit"] = owed - given
        given, first = owed, later(first, 1)
    assert found == expected


def said_again(text: str, day: date, **changed: str) -> str:
    """An amendment that says a reservation again from a day on, with another value for some of its words."""
    signing = f"\n# Signing {{#signing-2}}\n\n```terms\nfamily: document\nsigned: {day}\neffective: {day}\n```\n"
    front, clause = text.partition("\n# Signing")[0], text.partition("# Gpu {#gpu}")[2]
    amends = "document_type: contract\namends: {title: Reservation, file: agreement.lgd}"
    again = front.replace("document_type: contract", amends) + signing + "\n# Gpu {#gpu-2}"
    for name, value in changed.items():
        clause = re.sub(rf"^{name}: .*$", f"{name}: {value}", clause, flags=re.MULTILINE)
    return again + clause.replace("family:", "replaces: gpu\nfamily:", 1)


def given_by(texts: list[str], ledger: str) -> dict[str, int]:
    """What the reservation of these texts gives, figure by figure."""
    workspace = held(dict(zip(("agreement.lgd", "more.lgd"), texts, strict=False)), ledger.splitlines())
    (result,) = workspace.run(AsOf(number(date(2025, 12, 31)), 2**61)).results
    return {f.transfer.id: f.transfer.amount_minor for f in result.figures}


@pytest.mark.parametrize("seed", range(20))
def test_a_reservation_that_is_said_again_gives_nothing_twice(seed: int):
    """Each text gives for its own days, and a month is rounded once for both, so that not a cent changes."""
    text, ledger, *_ = reserved(chance := Random(seed))
    day = FIRST + timedelta(chance.randrange(20, 400))
    assert given_by([text, said_again(text, day)], ledger) == given_by([text], ledger)


def test_an_amendment_on_the_last_day_of_a_month():
    """The text that takes effect on that day credits the month, and the one before it does not again."""
    terms = "family: capacity-reservation\nprovider: cloud\ncustomer: lab\ncapacity: every gpu\n"
    terms += "milestones:\n  - {by: 2024-06-30, quantity: 100 GPUs}\nreserved_until: 2024-08-31\n"
    text = agreement(
        "Reservation", FIRST.isoformat(), gpu=f"{terms}credit: USD 1.00\nrounding: half even, per period\n"
    )
    given = {"gpu/2024-07/credit": 31 * 10_000, "gpu/2024-08/credit": 31 * 10_000}
    for more in ([], [said_again(text, date(2024, 7, 31))], [said_again(text, date(2024, 8, 1))]):
        assert given_by([text, *more], "") == given


@pytest.mark.parametrize("seed", range(20))
def test_a_credit_that_is_amended(seed: int):
    """Each day is credited by the text of that day, and a month is rounded once for all of its days."""
    text, ledger, wanted, events, until, cap = reserved(chance := Random(seed))
    day = FIRST + timedelta(chance.randrange(20, 400))
    grace = wanted[0][0] - date.fromisoformat(text.partition("by: ")[2][:10])
    days = missed(wanted, events, until, grace)
    expected, total, given, first = dict[str, int](), 0, 0, FIRST
    while first <= date(2025, 12, 31):
        month = {d: n for d, n in days.items() if (d.year, d.month) == (first.year, first.month)}
        before, total = total, total + sum(n * (137 if d < day else 211) for d, n in month.items())
        owed = half_even(Fraction(total, 10**6)) - half_even(Fraction(before, 10**6))
        if owed := min(owed, cap - given):
            expected[f"gpu/{first:%Y-%m}/credit"] = owed
        given, first = given + owed, later(first, 1)
    assert given_by([text, said_again(text, day, credit="USD 2.11")], ledger) == expected


HAZARDS = """
# Lost {#lost}

```terms
family: hazard
event: capacity
columns: {by: cloud, what: gpu/a, quantity: "-12.5", unit: GPUs}
chance: 90 %
every: month
```

# Found {#found}

```terms
family: flow
event: capacity
columns: {by: cloud, what: gpu/b, quantity: 7}
every: quarter
when: not lost.came
```
"""


def test_sampled_capacity_is_that_of_its_ledger():
    """Capacity that may be lost or found in sampled worlds is credited as a run of the same events credits it."""
    terms = "family: capacity-reservation\nprovider: cloud\ncustomer: lab\ncapacity: every gpu\nmilestones:\n"
    terms += "  - {by: 2024-06-30, quantity: 100 GPUs}\n  - {by: 2025-06-30, quantity: 110 GPUs}\n"
    terms += "grace: 3 days\ncredit: USD 1.37\nrounding: half even, per period\n"
    told = {"id": "c", "kind": "capacity", "by": "cloud", "what": "gpu/a", "quantity": "104.5", "unit": "GPUs"}
    told |= {"occurred": "2024-06-01", "recorded": "2024-06-01"}
    head = OUTLOOK.partition("# Use {")[0]
    texts = {"agreement.lgd": agreement("Reservation", FIRST.isoformat(), gpu=terms), "outlook.lgd": head + HAZARDS}
    workspace = held(texts, [told])
    beside = Beside(future(workspace, Play(1)), 32)
    assert len({tuple(amounts) for amounts in beside.amounts[0].sum(axis=1).T.tolist()}) > 8
    assert [line for world in range(32) for line in beside.differences(world)] == []
